"""What somebody sees of a case, its diagram, or their own report; and that it is recorded."""

import pytest

from engine.errors import NotFoundError
from webapp.casework import audit, desk, views, work

ANA = {"persoon_bekend": True, "naam": "Ana Pérez", "geboortejaar": "2003"}


def test_the_case_page_says_what_happened_what_waits_and_what_is_known(office) -> None:
    case = office.report(**ANA)
    office.do(office.anna, work.claim_task, office.open_task(case).id, revision=1)

    seen = office.do(office.bram, views.view_case, case.number)

    assert (seen.process_name, seen.municipality, seen.house) == (
        "Een klein signaal",
        "Venlo",
        "ZVH Noord",
    )
    assert [section.key for section in seen.sections] == ["signal_core", "person_identity"]
    (waiting,) = seen.tasks
    assert (waiting.task.name, waiting.holder.assignee) == ("Signaal beoordelen", "Anna Aarts")
    assert [(one.kind.value, one.element_name, one.actor) for one in seen.timeline] == [
        ("instance_started", "", "Mel Melder"),
        ("element_completed", "Er is een signaal", ""),
        ("element_entered", "Signaal beoordelen", ""),
        ("task_claimed", "Signaal beoordelen", "Anna Aarts"),
    ]
    assert office.acts(case.number)[-1] == "view_case"


def test_a_view_names_in_the_audit_what_was_shown(office) -> None:
    case = office.report(**ANA)
    office.do(office.anna, views.view_case, case.number)
    office.do(office.tom, views.view_case, case.number)

    records = office.read(lambda uow: audit.read(uow, case.number))
    assert [(one.actor_id, one.object) for one in records[1:]] == [
        (office.anna.id, "person_identity signal_core"),
        (office.tom.id, ""),
    ]


def test_a_manager_sees_where_a_case_is_and_nothing_of_its_content(office) -> None:
    case = office.report(**ANA)

    seen = office.do(office.tom, views.view_case, case.number)

    assert seen.sections == ()
    assert len(seen.tasks) == 1
    assert "Ana" not in repr(seen)


def test_who_may_not_know_the_reporter_does_not_read_their_name(office) -> None:
    case = office.report()
    office.complete(office.anna, office.open_task(case), route="vragen", vraag="Wie?")
    seen = office.do(office.tom, views.view_case, case.number)
    task = office.do(office.tom, desk.open_task, office.open_task(case).id)

    assert "Mel Melder" not in repr(seen) + repr(task.holder)
    assert seen.tasks[0].holder.role == "Signaleerder"


def test_a_colleague_who_reported_is_named_for_their_work(office) -> None:
    case = office.report(office.anna)
    office.complete(office.anna, office.open_task(case), route="overleg")

    seen = office.do(office.vera, views.view_case, case.number)

    actors = [event.actor for event in seen.timeline]
    assert actors[0] == "Signaleerder"
    assert "Anna Aarts" in actors


def test_who_may_not_see_what_happened_sees_no_timeline_and_no_marks(office) -> None:
    case = office.report()

    seen = office.do(office.tom, views.view_case, case.number)
    drawn = office.do(office.tom, views.view_diagram, case.number)

    assert seen.timeline == ()
    assert (drawn.active, drawn.done) == ((), ())
    assert b'id="beoordelen"' in drawn.bpmn


@pytest.mark.parametrize("act", [views.view_case, views.view_diagram])
@pytest.mark.parametrize("who", ["carla", "mel", "vera"])
def test_a_case_of_others_is_not_found(office, act, who) -> None:
    number = office.report().number
    person = getattr(office, who)

    for asked in (number, "S-222222"):
        with pytest.raises(NotFoundError) as refused:
            office.do(person, act, asked)
        assert str(refused.value) == "not_found"
    assert office.acts(number) == ["report_signal"]


def test_the_diagram_says_where_the_case_is(office) -> None:
    case = office.report()

    seen = office.do(office.anna, views.view_diagram, case.number)

    assert [step.element_id for step in seen.active] == ["beoordelen"]
    assert [step.element_id for step in seen.done] == ["melden", "advies"]
    assert b'id="beoordelen"' in seen.bpmn


def test_a_reporter_sees_their_own_reports_and_the_question_to_them(office) -> None:
    case = office.report(**ANA)
    office.report(office.anna, submission="van anna")
    office.complete(office.anna, office.open_task(case), route="vragen", naam="Ana", vraag="Wie?")

    (report,) = office.do(office.mel, views.reports)

    assert (report.case.number, report.question_task_id) == (
        case.number,
        office.open_task(case).id,
    )


def test_a_report_shows_no_more_than_a_reporter_may_see_whatever_their_role(office) -> None:
    case = office.report(office.anna, **ANA)
    office.complete(office.bram, office.open_task(case), route="overleg", naam="Ana")

    seen = office.do(office.anna, views.view_report, case.number)

    assert [section.key for section in seen.sections] == ["signal_core"]
    assert office.acts(case.number)[-1] == "view_report"


def test_a_report_of_another_is_not_found(office) -> None:
    number = office.report().number

    with pytest.raises(NotFoundError, match="not_found"):
        office.do(office.anna, views.view_report, number)
