"""The access tables: every role is a column, so that a review sees a new one or a wider right."""

from dataclasses import replace

import pytest

from webapp.casework.access import Action, Grant, Person, Subject, may
from webapp.casework.roles import NEVER_LISTED, REPORTER, ROLES, Level, Regime, Role

COLUMNS = {
    "me": "signaleerder",
    "af": "aandachtsfunctionaris",
    "vz": "voorzitter_screeningsoverleg",
    "pa": "partner_screeningsoverleg",
    "pr": "procesregisseur",
    "zc": "zorgcoordinator",
    "cr": "casusregisseur",
    "pk": "piket",
    "hh": "handhaver",
    "tm": "teammanager",
    "mz": "manager_zvh",
}
# By regime. One line a section, one column a role; each cell says what somebody with a task in the
# case may see of it while it is open, and below that afterwards: "all", "part", "-", or "2" for a
# second permission.
TABLES = {
    Regime.SIGNAL: """
                       me    af    vz    pa    zc    hh    tm    mz
signal_core            all   all   all   -     -     part  -     -
                       all   -     -     -     -     -     -     -
reporter_identity      all   all   -     -     -     -     -     -
                       all   -     -     -     -     -     -     -
advice                 part  all   -     -     all   -     -     -
                       part  -     -     -     -     -     -     -
feedback_text          all   all   all   -     -     -     -     -
                       all   all   -     -     -     -     -     -
case_state_only        part  all   all   -     all   all   all   all
                       part  all   -     -     -     -     all   -
person_identity        -     all   all   -     -     -     -     -
                       -     -     -     -     -     -     -     -
safe_contact           -     all   -     -     -     -     -     -
                       -     -     -     -     -     -     -     -
secret_address         -     2     -     -     -     -     -     -
                       -     -     -     -     -     -     -     -
documents              -     all   -     -     -     -     -     -
                       -     -     -     -     -     -     -     -
contact_log            -     all   -     -     part  part  -     -
                       -     -     -     -     -     -     -     -
triage_item            -     part  all   part  -     -     -     -
                       -     part  -     -     -     -     -     -
task_list              -     all   all   -     all   all   all   all
                       -     all   -     -     -     -     all   -
timeline               -     all   all   -     -     -     -     -
                       -     all   -     -     -     -     -     -
search_hit             -     all   -     -     -     -     -     -
                       -     part  -     -     -     -     -     -
triage_minutes         -     -     all   -     -     -     -     -
                       -     -     -     -     -     -     -     -
""",
    Regime.SAFETY_HOUSE: """
                       pr    cr    mz
zvh_case               all   -     part
                       all   -     -
zvh_plan               all   part  -
                       all   -     -
zvh_enrichment_police  all   -     -
                       -     -     -
person_identity        all   part  -
                       all   -     -
secret_address         2     -     -
                       -     -     -
contact_log            all   -     -
                       all   -     -
documents              all   -     -
                       all   -     -
case_state_only        all   all   all
                       all   -     all
task_list              all   -     all
                       all   -     all
timeline               all   -     -
                       all   -     -
search_hit             all   -     -
                       all   -     -
""",
    Regime.CARE: """
                       zc    cr    pk    mz
care_intake            all   -     part  -
                       all   -     -     -
care_plan              all   part  -     -
                       all   -     -     -
life_domains           all   -     -     -
                       all   -     -     -
consents               all   -     -     -
                       all   -     -     -
shelter_log            all   -     part  -
                       all   -     -     -
comensha_notification  all   -     -     -
                       all   -     -     -
aftercare_plan         all   part  -     -
                       all   -     -     -
criminal_track         all   -     -     -
                       all   -     -     -
person_identity        all   part  part  -
                       all   -     -     -
safe_contact           all   part  part  -
                       all   -     -     -
secret_address         2     -     -     -
                       2     -     -     -
contact_log            all   part  part  -
                       all   -     -     -
documents              all   part  -     -
                       all   -     -     -
time_spent             all   -     -     -
                       all   -     -     -
case_state_only        all   all   all   all
                       all   -     -     all
task_list              all   -     -     all
                       all   -     -     all
timeline               all   -     -     -
                       all   -     -     -
search_hit             all   -     -     -
                       all   -     -     -
""",
}
WITHOUT_CASES = {"beleidsmaker", "privacy_officer", "proceseigenaar", "beheerder"}
CASE = Subject(region="limburg", house="noord", municipality="venlo", reporter="mel")
SCOPES = {
    Level.MUNICIPALITY: "venlo",
    Level.HOUSE: "noord",
    Level.REGION: "limburg",
    Level.PARTNER: "noord_politie",
}


@pytest.mark.parametrize("regime", TABLES)
def test_what_each_role_may_see_of_a_case_is_this_table(regime: Regime) -> None:
    columns = {name: key for name, key in COLUMNS.items() if regime in ROLES[key].sections}
    lines = [f"{'':23}" + "".join(f"{name:6}" for name in columns).rstrip()]
    for section in _sections(regime):
        for name, is_open in ((section, True), ("", False)):
            cells = (_cell(ROLES[key], regime, section, is_open) for key in columns.values())
            lines.append(f"{name:23}{''.join(f'{cell:6}' for cell in cells)}".rstrip())

    assert "\n".join(lines) == TABLES[regime].strip("\n")


def test_no_role_has_a_right_that_the_tables_do_not_show() -> None:
    regimes = {regime for role in ROLES.values() for regime in role.sections}

    assert regimes == set(TABLES)
    assert {key for key, role in ROLES.items() if role.sections} == set(COLUMNS.values())
    assert set(ROLES) == set(COLUMNS.values()) | WITHOUT_CASES


def test_a_regime_that_a_role_does_not_have_is_shut() -> None:
    everything = {section for regime in TABLES for section in _sections(regime)}
    for regime in Regime:
        for role in ROLES.values():
            if regime not in role.sections:
                cells = {_cell(role, regime, section, True) for section in everything}
                assert cells == {"-"}, (regime, role.key)


def test_a_role_counts_in_its_own_place_alone() -> None:
    for role in ROLES.values():
        elsewhere, here = Grant(role.key, "elders"), Grant(role.key, SCOPES[role.level])
        person = Person("x", "X", frozenset({elsewhere}))
        for regime in Regime:
            case = replace(CASE, regime=regime.value, groups=frozenset({here.group}))
            seen = (
                may(person, Action.VIEW_SECTION, case.of_section(section))
                for section in role.sections.get(regime, {})
            )

            assert not may(person, Action.VIEW_CASE, case).allowed
            assert not any(decision.allowed for decision in seen), role.key


def test_what_is_never_listed_is_in_no_list() -> None:
    for role in ROLES.values():
        person = Person("x", "X", frozenset({Grant(role.key, SCOPES[role.level])}))
        for regime in role.sections:
            for section in NEVER_LISTED:
                decision = may(person, Action.LIST_SECTION, _case(role, regime, section, "x"))

                assert not decision.allowed
                assert not decision.is_visible


def _sections(regime: Regime) -> dict[str, None]:
    """Every section that any role has a right to, in the order in which they are given."""
    return dict.fromkeys(
        section for role in ROLES.values() for section in role.sections.get(regime, ())
    )


def _cell(role: Role, regime: Regime, section: str, is_open: bool) -> str:
    account_id = "mel" if role is REPORTER else "x"
    person = Person(account_id, "X", frozenset({Grant(role.key, SCOPES[role.level])}))
    case = replace(_case(role, regime, section, account_id), is_open=is_open)
    decision = may(person, Action.VIEW_SECTION, case)
    if decision.allowed:
        return "part" if decision.only else "all"
    return "2" if decision.because == "needs_step_up" else "-"


def _case(role: Role, regime: Regime, section: str, account_id: str) -> Subject:
    group = f"{role.key}@{SCOPES[role.level]}"
    return replace(
        CASE,
        regime=regime.value,
        section=section,
        groups=frozenset({group}),
        workers=frozenset({(account_id, group)}),
    )
