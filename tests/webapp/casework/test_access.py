"""Who may do what in a signal, compared with what was reasoned by hand before there was a product.

`access-signal.csv` holds the rows of regime A for which this version has a word. Left out are rows
about what does not exist yet: anonymous reporters, members of the meeting and local case managers
(no such roles); substitutes, conflicts of interest and break-glass (no such relations); handed-over
and destroyed files (no such states); sharing, exporting, destroying, approving and counting (no
such actions); time spent and exports (no such sections); and what the next regime may see of a
signal that was handed to it.
"""

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import NotAllowedError, NotFoundError
from webapp.casework import access
from webapp.casework.access import Action, Decision, Grant, Person, Subject, may, person_group

ROWS = list(
    csv.DictReader(
        (Path(__file__).parent / "access-signal.csv").read_text(encoding="utf-8").splitlines()
    )
)
IN_VENLO = Subject(
    regime="A",
    region="limburg_noord",
    house="zvh_noord",
    municipality="venlo",
    reporter="melder",
)
ROLES = {
    "reporter": "signaleerder",
    "focal_officer": "aandachtsfunctionaris",
    "triage_chair": "voorzitter_screeningsoverleg",
    "care_coordinator": "zorgcoordinator",
    "enforcement_officer": "handhaver",
    "policy_maker": "beleidsmaker",
    "team_manager": "teammanager",
    "privacy_officer": "privacy_officer",
    "process_owner": "proceseigenaar",
}
SCOPES = {
    "same_municipality": "venlo",
    "other_municipality": "roermond",
    "other_region": "utrecht",
    "organisation": "limburg_noord",
    # the chair of this product sits in one house, the care coordinator in the region
    ("triage_chair", "same_region"): "zvh_noord",
    ("care_coordinator", "same_region"): "limburg_noord",
    # the privacy officer is of the region that the municipality lies in
    ("privacy_officer", "same_municipality"): "limburg_noord",
}
ACTIONS = {
    "view": Action.VIEW_SECTION,
    "list": Action.LIST_SECTION,
    "edit": Action.EDIT_SECTION,
    "complete_task": Action.COMPLETE_TASK,
    "reassign": Action.REASSIGN_TASK,
}
AT_WORK = ("case_handler", "participant_of_item")


@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_the_rule_answers_as_was_expected_by_hand(row) -> None:
    person, subject = _situation(row)

    decision = may(person, ACTIONS[row["action"]], subject)

    assert _in_words(decision) == row["expected"], f"{decision} {row['because']}"


def test_who_may_see_nothing_of_a_case_cannot_know_that_it_exists() -> None:
    stranger = Person("sam", "Sam", frozenset({Grant("aandachtsfunctionaris", "roermond")}))

    with pytest.raises(NotFoundError, match="not_found"):
        access.require(stranger, Action.VIEW_CASE, IN_VENLO)


def test_who_has_no_role_and_brought_nothing_may_do_nothing() -> None:
    stranger = Person("sam", "Sam")
    task = replace(IN_VENLO, candidate="aandachtsfunctionaris@venlo", assignee="anna")

    for action in Action:
        for section in ("", "signal_core", "person_identity", "case_state_only", "task_list"):
            decision = may(stranger, action, task.of_section(section))
            assert not decision.allowed, action
            assert not decision.is_visible, action


def test_who_sees_a_task_that_is_not_theirs_is_told_so() -> None:
    manager = Person("tom", "Tom", frozenset({Grant("teammanager", "venlo")}))
    task = replace(IN_VENLO, candidate="aandachtsfunctionaris@venlo")

    with pytest.raises(NotAllowedError, match="not_allowed"):
        access.require(manager, Action.COMPLETE_TASK, task)


def test_a_role_is_needed_for_a_task_that_was_given_to_someone() -> None:
    task = replace(IN_VENLO, candidate="aandachtsfunctionaris@venlo", assignee="anna")
    colleague = Person("anna", "Anna", frozenset({Grant("aandachtsfunctionaris", "roermond")}))

    assert may(colleague, Action.COMPLETE_TASK, task).allowed
    assert not may(replace(colleague, grants=frozenset()), Action.VIEW_TASK, task).allowed


def test_a_reporter_sees_the_report_and_not_the_case() -> None:
    reporter = Person("melder", "Mel")

    assert may(reporter, Action.VIEW_REPORT, IN_VENLO).allowed
    assert not may(reporter, Action.VIEW_CASE, IN_VENLO).allowed


def test_a_form_for_everyone_can_be_opened_by_everyone_with_an_account() -> None:
    nobody = Person("mel", "Mel")

    assert may(nobody, Action.START_SIGNAL, Subject(starters=("*",))).allowed
    assert not may(
        nobody, Action.START_SIGNAL, Subject(starters=("aandachtsfunctionaris",))
    ).allowed


def test_two_roles_together_see_what_either_sees() -> None:
    both = Person(
        "bo",
        "Bo",
        frozenset({Grant("handhaver", "venlo"), Grant("zorgcoordinator", "limburg_noord")}),
    )
    work = frozenset({("bo", "handhaver"), ("bo", "zorgcoordinator")})
    at_work = replace(IN_VENLO, workers=work, section="contact_log")

    assert set(may(both, Action.VIEW_SECTION, at_work).only) == {"enforcement", "advice"}


def test_a_task_in_one_role_opens_nothing_in_another() -> None:
    reporter = Person(
        "melder", "Mel", frozenset({Grant("voorzitter_screeningsoverleg", "zvh_noord")})
    )
    answered = replace(IN_VENLO, workers=frozenset({("melder", "person:melder")}))

    assert not may(reporter, Action.VIEW_CASE, answered).allowed
    assert not may(reporter, Action.VIEW_SECTION, answered.of_section("person_identity")).allowed


def test_a_role_that_is_not_in_the_table_any_more_allows_nothing() -> None:
    left = Person("el", "El", frozenset({Grant("oude_rol", "venlo")}))

    assert not may(left, Action.VIEW_CASE, IN_VENLO).allowed
    assert not may(left, Action.MANAGE_ACCOUNTS, Subject()).allowed


def _situation(row: dict[str, str]) -> tuple[Person, Subject]:
    person = Person("melder" if row["relation"] == "own_report" else "anna", "Anna")
    role, scope = ROLES.get(row["role"]), _scope(row)
    if role and scope and row["relation"] != "former_handler":
        person = replace(person, grants=frozenset({Grant(role, scope)}))
    worked = row["relation"] in (*AT_WORK, "former_handler")
    subject = replace(
        IN_VENLO,
        is_open=row["state"] == "open",
        section=row["section"],
        workers=frozenset({(person.id, role)}) if worked and role else frozenset(),
        candidate=_candidate(row, person),
    )
    return person, subject


def _scope(row: dict[str, str]) -> str:
    known = SCOPES.get((row["role"], row["role_scope"])) or SCOPES.get(row["role_scope"])
    return known or ""


def _candidate(row: dict[str, str], person: Person) -> str:
    if row["relation"] == "own_report":
        return person_group(person.id)
    if row["relation"] in AT_WORK and person.grants:
        return min(person.grants).group
    return "aandachtsfunctionaris@venlo"


def _in_words(decision: Decision) -> str:
    if decision.allowed:
        return "masked" if decision.only else "allow"
    if decision.because == "needs_step_up":
        return "needs_step_up"
    return "deny_visible" if decision.is_visible else "deny_as_not_found"
