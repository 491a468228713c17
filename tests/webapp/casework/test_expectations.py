"""Who may do what, compared with what was reasoned by hand before there was a product.

`expectations.csv` holds the rows for which this version has a word: the roles, regimes, sections,
relations and states below; those of `on_call` were reasoned when that role came. Left out are rows
about what does not exist yet: people without an account, shelters, clients, guests, boards and
auditors (no such roles); enforcement, figures and the log (no such files); conflicts of interest
and who is the subject (no such relations); handed-over, destroyed, held and withdrawn files (no
such states); sharing, exporting, destroying, approving and counting (no such actions).
"""

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from webapp.casework.access import Action, Decision, Grant, Person, Subject, may, person_group

ROWS = list(
    csv.DictReader(
        (Path(__file__).parent / "expectations.csv").read_text(encoding="utf-8").splitlines()
    )
)
# Rows that are decided otherwise, each with what is answered instead.
OTHERWISE = {
    # A partner in the meeting sees the minimum set, which is copied into the item, and no more:
    # not the rest of the signal, nor what the chair writes.
    "TM-001": "masked",
    "TM-006": "deny_as_not_found",
    "TM-009": "deny_as_not_found",
    "TM-010": "deny_as_not_found",
    "TM-014": "deny_as_not_found",
    # A task ties its handler and the team around it alike. Who leads a file is not written down, so
    # nobody of them passes a task on; of the address all are told that it asks for more, and no one
    # sees it.
    "PD-028": "deny_visible",
    "CC-038": "deny_visible",
    "PD-034": "needs_step_up",
    "CC-059": "needs_step_up",
    # Nobody is a guest in a file of another house or region yet.
    "PD-059": "deny_as_not_found",
    "PD-060": "deny_as_not_found",
    "CC-090": "deny_as_not_found",
    # Regimes do not look into each other: what the next one needs is copied when it begins, with a
    # ground. The headline of a neighbouring file is not shown yet.
    "PD-062": "deny_as_not_found",
    "PD-064": "deny_as_not_found",
    "CC-094": "deny_as_not_found",
    "CC-095": "deny_as_not_found",
    "CC-098": "deny_as_not_found",
    "CC-099": "deny_as_not_found",
    # The meeting is held under A, and its items are of A. Source: choice J1.
    "TC-019": "deny_as_not_found",
    "TM-015": "deny_as_not_found",
    # Totals of hours, figures and packages for a request are not there yet.
    "ZM-015": "deny_as_not_found",
    "ZM-016": "deny_as_not_found",
    "TL-012": "deny_as_not_found",
    "CC-054": "deny_as_not_found",
    "PV-022": "deny_as_not_found",
    # Lists of what is to be destroyed, and of steps without content, are not there yet.
    "PV-009": "deny_as_not_found",
    "PV-020": "deny_as_not_found",
    "PV-030": "deny_as_not_found",
    "OW-012": "deny_as_not_found",
    "TA-012": "deny_as_not_found",
}
REPORTER = "melder"
PARTNER = "zvh_noord_politie"
CASE = Subject(region="limburg_noord", house="zvh_noord", municipality="venlo", reporter=REPORTER)
ROLES = {
    "reporter": "signaleerder",
    "focal_officer": "aandachtsfunctionaris",
    "triage_chair": "voorzitter_screeningsoverleg",
    "triage_member": "partner_screeningsoverleg",
    "process_director": "procesregisseur",
    "care_coordinator": "zorgcoordinator",
    "case_manager": "casusregisseur",
    "enforcement_officer": "handhaver",
    "policy_maker": "beleidsmaker",
    "zvh_manager": "manager_zvh",
    "team_manager": "teammanager",
    "privacy_officer": "privacy_officer",
    "process_owner": "proceseigenaar",
    "technical_admin": "beheerder",
    "on_call": "piket",
}
SCOPES = {
    "same_municipality": "venlo",
    "other_municipality": "roermond",
    "same_house": "zvh_noord",
    "other_house": "zvh_midden",
    "same_region": "limburg_noord",
    "other_region": "utrecht",
    "organisation": "limburg_noord",
    # the chair of this product sits in one house, a member there for one partner
    ("triage_chair", "same_region"): "zvh_noord",
    ("triage_member", "same_region"): PARTNER,
    # the local team is of the municipality, also where it is a partner of the house
    ("case_manager", "organisation"): "venlo",
    # the privacy officer is of the region that the municipality and the house lie in
    ("privacy_officer", "same_municipality"): "limburg_noord",
    ("privacy_officer", "same_house"): "limburg_noord",
}
ACTIONS = {
    "view": Action.VIEW_SECTION,
    "list": Action.LIST_SECTION,
    "edit": Action.EDIT_SECTION,
    "complete_task": Action.COMPLETE_TASK,
    "reassign": Action.REASSIGN_TASK,
}
# Who was let into a case was given work in it; that ends when the role is taken away.
AT_WORK = ("case_handler", "case_team", "participant_of_item")
ENDED = "former_handler"
# Nobody can stand in for a colleague or break in yet. Such a row opens nothing by itself: what is
# open where a denial was expected would be open by the role alone.
NOT_THERE_YET = ("substitute_of_handler", "break_glass")
SHUT = ("deny_as_not_found", "deny_visible", "needs_step_up")
SOMEBODY_ELSES = {"A": "aandachtsfunctionaris@venlo", "B": "procesregisseur@zvh_noord"}
CARE_TASK = "zorgcoordinator@limburg_noord"


DECIDED = [row for row in ROWS if row["relation"] not in NOT_THERE_YET]
TO_COME = [row for row in ROWS if row["relation"] in NOT_THERE_YET]


@pytest.mark.parametrize("row", DECIDED, ids=[row["id"] for row in DECIDED])
def test_the_rule_answers_as_was_expected_by_hand(row) -> None:
    person, subject = _situation(row)

    decision = may(person, ACTIONS[row["action"]], subject)

    expected = OTHERWISE.get(row["id"], row["expected"])
    assert _in_words(decision) == expected, f"{decision} {row['because']}"


@pytest.mark.parametrize("row", TO_COME, ids=[row["id"] for row in TO_COME])
def test_a_relation_that_is_not_there_yet_opens_nothing(row) -> None:
    person, subject = _situation(row)

    answer = _in_words(may(person, ACTIONS[row["action"]], subject))

    assert answer in (*SHUT, row["expected"]), row["because"]


def test_what_is_decided_otherwise_is_a_row_and_really_other() -> None:
    expected = {row["id"]: row["expected"] for row in ROWS}

    assert all(expected[row_id] != answer for row_id, answer in OTHERWISE.items())


def test_nothing_opens_where_a_denial_was_expected() -> None:
    for row in ROWS:
        answer = OTHERWISE.get(row["id"])
        if answer is not None and row["expected"].startswith("deny"):
            assert answer not in ("allow", "masked"), row["id"]


def _situation(row: dict[str, str]) -> tuple[Person, Subject]:
    is_reporter = row["relation"] == "own_report"
    person = Person(REPORTER if is_reporter else "anna", "Anna")
    grant = Grant(ROLES[row["role"]], _scope(row))
    if row["relation"] != ENDED:
        person = replace(person, grants=frozenset({grant}))
    has_worked = row["relation"] in (*AT_WORK, ENDED)
    subject = replace(
        CASE,
        regime=row["regime"],
        is_open=row["state"] == "open",
        section=row["section"],
        groups=frozenset({grant.group}) if row["relation"] in AT_WORK else frozenset(),
        workers=frozenset({(person.id, grant.group)}) if has_worked else frozenset(),
        candidate=_candidate(row, person, grant),
    )
    return person, subject


def _scope(row: dict[str, str]) -> str:
    return SCOPES.get((row["role"], row["role_scope"])) or SCOPES[row["role_scope"]]


def _candidate(row: dict[str, str], person: Person, grant: Grant) -> str:
    if row["relation"] == "own_report":
        return person_group(person.id)
    if row["relation"] in AT_WORK:
        return grant.group
    return SOMEBODY_ELSES.get(row["regime"], CARE_TASK)


def _in_words(decision: Decision) -> str:
    if decision.allowed:
        return "masked" if decision.only else "allow"
    if decision.because == "needs_step_up":
        return "needs_step_up"
    return "deny_visible" if decision.is_visible else "deny_as_not_found"
