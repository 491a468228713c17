"""The access table: every role is a column, so that a review sees a new one or a wider right."""

from dataclasses import replace

from webapp.casework.access import Action, Grant, Person, Subject, may
from webapp.casework.roles import ROLES, Level, Regime, Role

SECTIONS = (
    "signal_core",
    "reporter_identity",
    "person_identity",
    "safe_contact",
    "secret_address",
    "advice",
    "feedback_text",
    "documents",
    "contact_log",
    "triage_item",
    "triage_minutes",
    "case_state_only",
    "task_list",
    "search_hit",
)
# One line a section, one column a role; each cell says what somebody with a task in the case may
# see of it while it is open, and after that: "all", "part", "-", or "2" for a second permission.
TABLE = """
                   me    af    vz    zc    hh    tm
signal_core        all   all   all   -     part  -
                   all   -     -     -     -     -
reporter_identity  all   all   -     -     -     -
                   all   -     -     -     -     -
person_identity    -     all   all   -     -     -
                   -     -     -     -     -     -
safe_contact       -     all   -     -     -     -
                   -     -     -     -     -     -
secret_address     -     2     -     -     -     -
                   -     -     -     -     -     -
advice             part  all   -     all   -     -
                   part  -     -     -     -     -
feedback_text      all   all   all   -     -     -
                   all   all   -     -     -     -
documents          -     all   -     -     -     -
                   -     -     -     -     -     -
contact_log        -     all   -     part  part  -
                   -     -     -     -     -     -
triage_item        -     part  all   -     -     -
                   -     part  -     -     -     -
triage_minutes     -     -     all   -     -     -
                   -     -     -     -     -     -
case_state_only    part  all   all   all   all   all
                   part  all   -     -     -     all
task_list          -     all   all   all   all   all
                   -     all   -     -     -     all
search_hit         -     all   -     -     -     -
                   -     part  -     -     -     -
"""
COLUMNS = {
    "me": "signaleerder",
    "af": "aandachtsfunctionaris",
    "vz": "voorzitter_screeningsoverleg",
    "zc": "zorgcoordinator",
    "hh": "handhaver",
    "tm": "teammanager",
}
WITHOUT_CASES = {
    "procesregisseur",
    "manager_zvh",
    "beleidsmaker",
    "privacy_officer",
    "proceseigenaar",
    "beheerder",
}
SIGNAL = Subject(regime="A", region="limburg", house="noord", municipality="venlo", reporter="mel")


def test_what_each_role_may_see_of_a_signal_is_this_table() -> None:
    lines = ["                   " + "".join(f"{name:6}" for name in COLUMNS).rstrip()]
    for section in SECTIONS:
        for name, is_open in ((section, True), ("", False)):
            cells = "".join(f"{_cell(role, section, is_open):6}" for role in COLUMNS.values())
            lines.append(f"{name:19}{cells}".rstrip())

    assert "\n".join(lines) == TABLE.strip("\n")


def test_no_role_has_a_right_that_the_table_does_not_show() -> None:
    shown = {
        section
        for role in ROLES.values()
        for sections in role.sections.values()
        for section in sections
    }

    assert shown == set(SECTIONS)
    assert {key for key, role in ROLES.items() if role.sections} == set(COLUMNS.values())
    assert set(ROLES) == set(COLUMNS.values()) | WITHOUT_CASES


def test_a_regime_that_a_role_does_not_have_is_shut() -> None:
    for regime in set(Regime) - {Regime.SIGNAL}:
        for role in ROLES.values():
            case = replace(SIGNAL, regime=regime.value, workers=frozenset({("x", role.key)}))
            person = Person("x", "X", frozenset({Grant(role.key, _scope(role))}))
            sections = (may(person, Action.VIEW_SECTION, case.of_section(one)) for one in SECTIONS)
            assert not any(decision.allowed for decision in sections), (regime, role.key)


def test_a_role_counts_in_its_own_place_alone() -> None:
    for role in ROLES.values():
        person = Person("x", "X", frozenset({Grant(role.key, "elders")}))
        case = replace(SIGNAL, workers=frozenset({("x", role.key)}))

        assert not may(person, Action.VIEW_CASE, case).allowed


def _cell(role_key: str, section: str, is_open: bool) -> str:
    role = ROLES[role_key]
    is_reporter = role_key == "signaleerder"
    person = Person("mel" if is_reporter else "x", "X", frozenset({Grant(role_key, _scope(role))}))
    case = replace(
        SIGNAL, is_open=is_open, workers=frozenset({(person.id, role_key)}), section=section
    )
    decision = may(person, Action.VIEW_SECTION, case)
    if decision.allowed:
        return "part" if decision.only else "all"
    return "2" if decision.because == "needs_step_up" else "-"


def _scope(role: Role) -> str:
    return {Level.MUNICIPALITY: "venlo", Level.HOUSE: "noord", Level.REGION: "limburg"}[role.level]
