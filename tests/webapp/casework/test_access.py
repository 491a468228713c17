"""Who may do what, and what a refusal tells: the rules around the table of expectations."""

from dataclasses import replace

import pytest

from engine.errors import NotAllowedError, NotFoundError
from webapp.casework import access
from webapp.casework.access import Action, Grant, Person, Subject, may

IN_VENLO = Subject(
    regime="A",
    region="limburg_noord",
    house="zvh_noord",
    municipality="venlo",
    reporter="melder",
)
CARE = replace(IN_VENLO, regime="C", reporter="")
POLICE = Grant("partner_screeningsoverleg", "zvh_noord_politie")
YOUTH = Grant("partner_screeningsoverleg", "zvh_noord_veilig_thuis")


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
    work = frozenset({("bo", "handhaver@venlo"), ("bo", "zorgcoordinator@limburg_noord")})
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


def test_a_partner_sees_the_minimum_set_while_it_has_or_had_a_task_and_nothing_else() -> None:
    item = IN_VENLO.of_section("triage_item")
    partner = _with(POLICE)

    asked = may(partner, Action.VIEW_SECTION, replace(item, groups=frozenset({POLICE.group})))
    answered = replace(item, workers=frozenset({("anna", POLICE.group)}))

    assert asked.only == ("core",)
    assert may(partner, Action.VIEW_SECTION, answered).allowed
    assert not may(partner, Action.VIEW_SECTION, item).allowed
    assert not may(partner, Action.VIEW_SECTION, replace(answered, is_open=False)).allowed
    assert not may(partner, Action.VIEW_CASE, answered).allowed
    assert not may(partner, Action.VIEW_TASK, replace(answered, candidate="x@venlo")).allowed


def test_what_one_partner_is_asked_another_does_not_see() -> None:
    item = replace(IN_VENLO, groups=frozenset({POLICE.group}), candidate=POLICE.group)

    assert may(_with(POLICE), Action.COMPLETE_TASK, item).allowed
    assert not may(_with(YOUTH), Action.VIEW_TASK, item).allowed
    assert not may(_with(YOUTH), Action.VIEW_SECTION, item.of_section("triage_item")).allowed


def test_what_was_seen_for_one_partner_ends_with_that_role() -> None:
    answered = replace(IN_VENLO, workers=frozenset({("anna", POLICE.group)}), section="triage_item")

    assert may(_with(POLICE, YOUTH), Action.VIEW_SECTION, answered).allowed
    assert not may(_with(YOUTH), Action.VIEW_SECTION, answered).allowed


def test_a_place_that_a_case_does_not_have_is_nobodys() -> None:
    meeting = replace(IN_VENLO, municipality="", reporter="", candidate="voorzitter@zvh_noord")
    for role in ("aandachtsfunctionaris", "teammanager", "handhaver"):
        nowhere = _with(Grant(role, ""))
        at_work = replace(meeting, workers=frozenset({("anna", f"{role}@")}))

        for about in (meeting, at_work):
            assert not may(nowhere, Action.VIEW_CASE, about).allowed
            assert not may(nowhere, Action.REASSIGN_TASK, about).allowed


def test_a_case_that_nobody_brought_is_nobodys_report() -> None:
    meeting = replace(IN_VENLO, reporter="")
    nobody = Person("", "")

    assert not may(nobody, Action.VIEW_REPORT, meeting).allowed
    assert not may(nobody, Action.VIEW_SECTION, meeting.of_section("signal_core")).allowed


def test_a_manager_gives_the_tasks_of_their_own_regime_to_others() -> None:
    task = replace(IN_VENLO, candidate="zorgcoordinator@limburg_noord")
    team, house = _with(Grant("teammanager", "venlo")), _with(Grant("manager_zvh", "zvh_noord"))

    assert may(team, Action.REASSIGN_TASK, task).allowed
    assert not may(team, Action.REASSIGN_TASK, replace(task, regime="C")).allowed
    assert may(house, Action.REASSIGN_TASK, replace(task, regime="C")).allowed
    assert not may(house, Action.REASSIGN_TASK, task).allowed


def test_an_event_is_reported_by_who_sees_the_case_and_has_the_role_there() -> None:
    care = replace(CARE, starters=("zorgcoordinator",))
    at_work = replace(care, groups=frozenset({"zorgcoordinator@limburg_noord"}))
    coordinator = _with(Grant("zorgcoordinator", "limburg_noord"))
    elsewhere = _with(Grant("zorgcoordinator", "utrecht"))

    assert may(coordinator, Action.REPORT_EVENT, at_work).allowed
    assert not may(coordinator, Action.REPORT_EVENT, care).allowed
    assert not may(elsewhere, Action.REPORT_EVENT, at_work).allowed
    assert not may(coordinator, Action.REPORT_EVENT, replace(at_work, is_open=False)).allowed


def test_the_role_of_a_partner_counts_only_where_it_has_work() -> None:
    both = _with(POLICE, Grant("manager_zvh", "zvh_noord"))
    care = replace(CARE, starters=(POLICE.role,))

    assert not may(both, Action.REPORT_EVENT, care).allowed
    assert may(both, Action.REPORT_EVENT, replace(care, groups=frozenset({POLICE.group}))).allowed


def test_who_sees_the_case_without_the_role_of_the_event_is_told_so() -> None:
    care = replace(CARE, starters=("zorgcoordinator",))
    manager = _with(Grant("manager_zvh", "zvh_noord"), Grant("zorgcoordinator", "utrecht"))

    with pytest.raises(NotAllowedError, match="not_allowed"):
        access.require(manager, Action.REPORT_EVENT, care)
    with pytest.raises(NotFoundError, match="not_found"):
        access.require(_with(Grant("handhaver", "venlo")), Action.REPORT_EVENT, care)


def test_a_roster_is_made_by_the_manager_of_that_house_alone() -> None:
    noord, nowhere = Subject(house="zvh_noord"), Subject()
    manager = _with(Grant("manager_zvh", "zvh_noord"))
    others = (
        _with(Grant("manager_zvh", "zvh_midden")),
        _with(Grant("manager_zvh", "")),
        _with(Grant("piket", "zvh_noord")),
        _with(Grant("teammanager", "zvh_noord")),
        _with(Grant("beheerder", "limburg_noord")),
        _with(),
    )

    assert may(manager, Action.MANAGE_ROSTER, noord).allowed
    assert not may(manager, Action.MANAGE_ROSTER, nowhere).allowed
    for person in others:
        for place in (noord, nowhere):
            decision = may(person, Action.MANAGE_ROSTER, place)
            assert not decision.allowed
            assert not decision.is_visible


def test_what_piket_sees_ends_with_its_task_though_the_case_goes_on() -> None:
    piket = Grant("piket", "zvh_noord")
    log = replace(CARE, section="shelter_log")
    asked = replace(log, groups=frozenset({piket.group}))
    done = replace(log, workers=frozenset({("anna", piket.group)}))

    assert may(_with(piket), Action.VIEW_SECTION, asked).allowed
    assert may(_with(piket), Action.VIEW_CASE, asked).allowed
    assert not may(_with(piket), Action.VIEW_SECTION, done).allowed
    assert not may(_with(piket), Action.VIEW_CASE, done).allowed


def _with(*grants: Grant) -> Person:
    return Person("anna", "Anna", frozenset(grants))
