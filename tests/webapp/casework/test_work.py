"""The acts: everything of an act happens or nothing does, once, by who may; and it is recorded."""

import re
from dataclasses import replace
from threading import Barrier, Thread

import pytest

from engine import definitions
from engine.errors import ConflictError, FieldProblem, InvalidInputError, NotFoundError
from engine.handlers import Handlers
from engine.model import SYSTEM
from engine.worker import Worker
from tests.webapp.builders import folder
from webapp.casework import audit, background, desk, notices, views, work
from webapp.casework.tables import Stage

ANA = {"persoon_bekend": True, "naam": "Ana Pérez", "geboortejaar": "2003"}


def test_a_report_opens_a_case_where_it_says_and_its_first_task_there(office) -> None:
    case = office.report(gemeente="roermond")

    assert (case.municipality, case.house, case.region) == ("roermond", "midden", "limburg")
    assert (case.reporter, case.stage) == (office.mel.id, Stage.RECEIVED)
    task = office.open_task(case)
    assert (task.name, task.candidate) == ("Signaal beoordelen", "aandachtsfunctionaris@roermond")


def test_answers_about_people_go_to_the_case_and_never_to_the_process(office) -> None:
    case = office.report(**ANA)

    assert office.content(case.number) == {
        "signal_core": {"what": "Een auto voor de deur.", "company": None},
        "person_identity": {"name": "Ana Pérez", "birth_year": "2003"},
    }
    office.do(office.anna, work.claim_task, office.open_task(case).id, revision=1)
    opened = office.do(office.anna, desk.open_task, office.open_task(case).id)
    assert opened.variables["zaaknummer"] == case.number
    assert opened.variables["melder"] == office.mel.id
    assert (opened.variables["huis"], opened.variables["regio"]) == ("noord", "limburg")
    assert "Ana" not in str(opened.variables)


def test_a_report_that_is_wrong_opens_nothing(office) -> None:
    with pytest.raises(InvalidInputError) as refused:
        office.report(wat="", gemeente="atlantis")

    assert {one.field for one in _fields(refused.value)} == {"wat", "gemeente"}
    assert not office.do(office.mel, views.reports)


def test_the_same_report_sent_twice_is_one_case(office) -> None:
    first = office.report(submission="a")
    again = office.report(submission="a")
    other = office.report(submission="b")

    assert first.number == again.number != other.number
    assert office.acts(first.number) == ["report_signal"]


def test_the_same_report_sent_at_the_same_moment_is_one_case(office) -> None:
    ready = Barrier(4)
    numbers = []

    def send():
        ready.wait()
        numbers.append(work.once(lambda: office.report(submission="dubbel")).number)

    threads = [Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(numbers) == 4
    assert len(set(numbers)) == 1


def test_a_claimed_task_is_closed_to_colleagues_and_says_who_has_it(office) -> None:
    case = office.report()
    task = office.open_task(case)
    office.do(office.anna, work.claim_task, task.id, revision=task.revision)

    with pytest.raises(ConflictError, match="task_claimed") as refused:
        office.do(office.bram, work.claim_task, task.id, revision=task.revision)

    assert refused.value.values["by"] == office.anna.id
    assert office.case(case.number).stage is Stage.IN_PROGRESS
    assert office.acts(case.number) == ["report_signal", "claim_task"]


def test_a_task_that_was_given_back_is_open_to_colleagues(office) -> None:
    task = office.open_task(office.report())
    claimed = office.do(office.anna, work.claim_task, task.id, revision=task.revision)
    released = office.do(office.anna, work.release_task, task.id, revision=claimed.revision)

    claimed = office.do(office.bram, work.claim_task, task.id, revision=released.revision)

    assert claimed.assignee == office.bram.id


def test_a_stranger_does_not_learn_that_a_task_was_completed(office) -> None:
    task = office.open_task(office.report())
    office.complete(office.anna, task, route="afronden")

    with pytest.raises(NotFoundError, match="not_found"):
        office.complete(office.carla, task, route="afronden")


def test_completing_writes_to_the_case_and_moves_the_process_on(office) -> None:
    case = office.report()
    done = office.complete(office.anna, office.open_task(case), route="overleg", naam="Ana")

    assert (done.case_number, done.next_task_id) == (case.number, None)
    assert office.open_task(case).candidate == "voorzitter_screeningsoverleg@noord"
    assert office.content(case.number)["person_identity"] == {"name": "Ana"}
    assert office.acts(case.number) == ["report_signal", "complete_task"]


def test_the_next_task_is_theirs_at_once_when_they_may_do_it(office) -> None:
    case = office.report()
    done = office.complete(office.anna, office.open_task(case), route="afronden")

    task = office.open_task(case)
    assert (done.next_task_id, task.assignee) == (task.id, office.anna.id)
    assert office.complete(office.anna, task, antwoord="Dank u.").next_task_id is None


def test_a_form_with_errors_changes_nothing(office) -> None:
    case = office.report()
    task = office.open_task(case)

    with pytest.raises(InvalidInputError) as refused:
        office.complete(office.anna, task, route="weg", naam="Ana")

    assert [(one.field, one.rule) for one in _fields(refused.value)] == [("route", "option")]
    assert office.open_task(case) == task
    assert office.acts(case.number) == ["report_signal"]


def test_a_task_sent_twice_is_completed_once_with_one_outcome(office) -> None:
    case = office.report()
    task = office.open_task(case)

    first = office.complete(office.anna, task, submission="x", route="afronden")
    again = office.complete(office.anna, task, submission="x", route="afronden")

    assert first == again
    assert office.acts(case.number).count("complete_task") == 1


def test_the_second_of_two_colleagues_learns_who_was_first(office) -> None:
    task = office.open_task(office.report())
    office.complete(office.anna, task, route="overleg")

    with pytest.raises(ConflictError, match="task_completed") as refused:
        office.complete(office.bram, task, submission="van bram", route="afronden")

    assert refused.value.values["by"] == office.anna.id
    assert refused.value.values["at"] == office.clock.now()


def test_clicks_at_the_same_moment_are_one_completion(office) -> None:
    case = office.report()
    task = office.open_task(case)
    ready = Barrier(6)
    outcomes = []

    def click():
        ready.wait()
        outcomes.append(
            work.once(lambda: office.complete(office.anna, task, submission="x", route="overleg"))
        )

    threads = [Thread(target=click) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(outcomes) == 6
    assert len(set(outcomes)) == 1
    assert office.acts(case.number) == ["report_signal", "complete_task"]


def test_fields_that_are_not_in_the_form_are_refused(office) -> None:
    task = office.open_task(office.report())

    with pytest.raises(InvalidInputError, match="invalid_input"):
        office.complete(office.anna, task, route="afronden", status="closed")


def test_what_someone_cannot_see_is_not_cleared_by_an_empty_field(office) -> None:
    case = office.report(**ANA)
    office.complete(office.anna, office.open_task(case), route="vragen", naam="Ana", vraag="Wie?")
    question = office.open_task(case)

    opened = office.do(office.mel, desk.open_task, question.id)
    office.complete(office.mel, question, aanvulling="Geen idee.", naam="")

    assert (opened.values["vraag"], opened.values["naam"]) == ("Wie?", None)
    assert office.content(case.number)["person_identity"]["name"] == "Ana"
    assert office.content(case.number)["signal_core"]["addition"] == "Geen idee."


def test_what_someone_sees_is_cleared_by_an_empty_field(office) -> None:
    case = office.report(**ANA)

    office.complete(office.anna, office.open_task(case), route="overleg", naam="")

    assert office.content(case.number)["person_identity"]["name"] is None


def test_a_case_is_closed_when_its_process_ends(office) -> None:
    case = office.report()
    office.complete(office.anna, office.open_task(case), route="afronden")
    office.complete(office.anna, office.open_task(case), antwoord="Dank u.")

    closed = office.case(case.number)
    assert (closed.is_open, closed.stage, closed.closed_at) == (
        False,
        Stage.CLOSED,
        office.clock.now(),
    )
    seen = office.do(office.anna, views.view_case, case.number)
    assert [section.key for section in seen.sections] == ["feedback_text"]


@pytest.mark.parametrize(
    ("answers", "most"),
    [
        ({"route": "overleg", "naam": "Ana Pérez"}, 17),  # the work goes to someone else
        ({"route": "afronden", "naam": "Bea"}, 21),  # one goes on, and another person is meant
    ],
)
def test_completing_with_everything_around_it_takes_few_statements(office, answers, most) -> None:
    office.complete(office.anna, office.open_task(office.report(**ANA)), **answers)
    task = office.open_task(office.report(submission="tweede", **ANA))
    office.do(office.anna, work.claim_task, task.id, revision=1)

    with office.statements() as sent:
        office.complete(office.anna, replace(task, revision=2), **answers)

    assert len(sent) <= most, "\n".join(sent)


def test_a_reporter_can_add_something_of_their_own_accord(office) -> None:
    case = office.report()
    office.do(office.mel, work.add_to_report, case.number, " Nog iets. ", submission="plus")
    office.do(office.mel, work.add_to_report, case.number, "Nog iets.", submission="plus")
    office.do(office.mel, work.add_to_report, case.number, "En dit.", submission="plus-2")

    additions = office.content(case.number)["signal_core"]["additions"]
    assert [addition["text"] for addition in additions] == ["Nog iets.", "En dit."]
    facts = office.do(office.anna, views.view_case, case.number).sections[0].facts
    assert any(fact.text.startswith("02-03-2026 10:00, Nog iets.") for fact in facts)
    assert office.acts(case.number)[1:3] == ["add_to_report", "add_to_report"]


def test_another_addition_in_the_same_form_is_not_taken_for_the_first(office) -> None:
    case = office.report()
    office.do(office.mel, work.add_to_report, case.number, "Nog iets.", submission="plus")

    with pytest.raises(ConflictError, match="submission_differs"):
        office.do(office.mel, work.add_to_report, case.number, "En dit.", submission="plus")


def test_nothing_can_be_added_to_a_report_that_was_dealt_with(office) -> None:
    case = office.report()
    office.complete(office.anna, office.open_task(case), route="afronden")
    office.complete(office.anna, office.open_task(case), antwoord="Dank u.")

    with pytest.raises(ConflictError, match="addition_not_awaited"):
        office.do(office.mel, work.add_to_report, case.number, "Nog iets.", submission="plus")

    assert not office.do(office.mel, views.view_report, case.number).may_add


@pytest.mark.parametrize(
    ("text", "rule"),
    [("  ", "required"), ("x" * 4001, "max_length"), ("Een\0bus\x1b[2J", "control_character")],
)
def test_an_addition_says_something_and_not_too_much(office, text, rule) -> None:
    case = office.report()

    with pytest.raises(InvalidInputError) as refused:
        office.do(office.mel, work.add_to_report, case.number, text, submission="plus")

    assert [problem.rule for problem in refused.value.problems] == [rule]


def test_a_timer_and_a_service_task_are_recorded_as_a_person_is(office) -> None:
    case = office.report()
    office.clock.advance(days=1, minutes=1)

    office.worker.run_due()

    assert office.acts(case.number) == ["report_signal", "fire_timer", "finish_job"]
    assert [one.kind for one in office.do(office.anna, _notices)] == ["herinnering"]
    assert not office.read(lambda uow: audit.verify(uow, case.number))


def test_a_job_that_fails_is_recorded_and_shown_to_nobody_as_done(office) -> None:
    case = office.report()
    office.clock.advance(days=1, minutes=1)

    Worker(office.database, Handlers({"proef.herinner": _broken}), background.ACTS).run_due()

    record = office.read(lambda uow: audit.read(uow, case.number))[-1]
    assert (record.action, record.result, record.reason) == (
        "fail_job",
        "failed",
        "will_try_again",
    )


def _fields(error: InvalidInputError) -> list[FieldProblem]:
    return [one for one in error.problems if isinstance(one, FieldProblem)]


def _notices(uow, person):
    return notices.unseen(uow, person)


def _broken(_uow, _call):
    raise RuntimeError("kapot")


def test_after_automatic_work_someone_goes_on_with_the_next_task_of_the_case(office) -> None:
    _put_automatic_work_before_the_last_task(office)
    case = office.report()
    done = office.complete(office.anna, office.open_task(case), route="afronden")
    office.worker.run_due()

    next_id = office.do(office.anna, work.take_next, case.number)

    assert done.goes_on
    assert done.next_task_id is None
    assert next_id == office.open_task(case).id
    assert office.open_task(case).assignee == office.anna.id


def test_nobody_is_given_what_waited_before_their_last_task(office) -> None:
    case = office.report()

    assert office.do(office.anna, work.take_next, case.number) is None


def _put_automatic_work_before_the_last_task(office) -> None:
    files = folder()
    (path,) = (path for path in files if path.endswith(".bpmn"))
    between = b"""
      <bpmn:serviceTask id="tussendoor" name="Tussendoor">
        <bpmn:extensionElements>
          <zeebe:taskDefinition type="proef.herinner" />
        </bpmn:extensionElements>
      </bpmn:serviceTask>
      <bpmn:sequenceFlow id="f30" sourceRef="tussendoor" targetRef="afronden" />
      <bpmn:sequenceFlow id="f4" name="afronden" sourceRef="keuze" targetRef="tussendoor" />"""
    flow = re.compile(rb'\s*<bpmn:sequenceFlow id="f4"[^>]*/>')
    files[path] = flow.sub(lambda _: between, files[path])
    with office.database.unit_of_work(SYSTEM) as uow:
        definitions.deploy(uow, files)


def test_who_chairs_goes_on_with_what_the_meeting_asks_next(chain) -> None:
    signal = chain.signal()
    meeting = chain.receive("Overleg.Nodig", "noord", huis="noord", zaak=signal.number)
    (decide,) = (task for task in chain.tasks(signal) if task.name == "Beslissen")
    decide = chain.do(chain.vera, work.claim_task, decide.id, revision=decide.revision)

    done = chain.complete(chain.vera, decide)
    chain.worker.run_due()
    next_id = chain.do(chain.vera, work.take_next, signal.number)

    assert (done.next_task_id, done.goes_on) == (None, True)
    (report,) = chain.tasks(meeting)
    assert (next_id, report.assignee) == (report.id, chain.vera.id)


def test_who_did_nothing_for_the_meeting_is_given_none_of_its_work(chain) -> None:
    signal = chain.signal()
    chain.receive("Overleg.Nodig", "noord", huis="noord", zaak=signal.number)
    chain.confirm(chain.anna, signal, "Doorsturen")

    assert chain.do(chain.anna, work.take_next, signal.number) is None
    assert chain.do(chain.vera, work.take_next, signal.number) is None
