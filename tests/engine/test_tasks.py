"""User tasks: one wins, nothing that was typed is lost."""

import threading

import pytest
from sqlalchemy import Connection, event, select

from engine import tasks
from engine.errors import ConflictError, NotFoundError, StepError, UitwegError
from engine.model import Actor, InstanceStatus
from engine.storage.tables import TaskStatus, user_task
from tests import diagrams
from tests.builders import ANNA, BRAM, Engine


def test_a_claimed_task_is_closed_to_others(engine: Engine) -> None:
    task = engine.given_open_task()
    engine.as_(ANNA).claim(task)
    engine.clock.advance(minutes=5)

    with pytest.raises(ConflictError, match="task_claimed") as refused:
        engine.as_(BRAM).claim(task)

    assert refused.value.values["by"] == "anna"


def test_claiming_twice_is_once(engine: Engine) -> None:
    task = engine.given_open_task()
    first = engine.claim(task)

    again = engine.claim(task)

    assert again.revision == first.revision == task.revision + 1


def test_a_task_claimed_by_another_cannot_be_completed(engine: Engine) -> None:
    task = engine.given_open_task()
    engine.as_(ANNA).claim(task)

    with pytest.raises(ConflictError, match="task_claimed"):
        engine.as_(BRAM).complete(task)

    assert engine.task(task).is_open


def test_a_released_task_can_be_claimed_by_another(engine: Engine) -> None:
    task = engine.given_open_task()
    engine.as_(ANNA).claim(task)
    with engine.as_(ANNA).unit_of_work() as uow:
        tasks.release(uow, tasks.lock(uow, task.id))

    assert engine.as_(BRAM).claim(task).assignee == "bram"


def test_a_task_can_be_given_to_someone_whoever_has_it(engine: Engine) -> None:
    task = engine.given_open_task()
    engine.as_(ANNA).claim(task)
    with engine.as_(Actor("manager")).unit_of_work() as uow:
        tasks.assign(uow, tasks.lock(uow, task.id), "bram")

    assert engine.as_(BRAM).complete(task).status == InstanceStatus.COMPLETED


def test_a_task_cannot_be_completed_twice(engine: Engine) -> None:
    task = engine.given_open_task(diagrams.TWO_TASKS)
    engine.as_(ANNA).complete(task, {"oordeel": "goed"})

    with pytest.raises(ConflictError, match="task_completed") as refused:
        engine.as_(BRAM).complete(task, {"oordeel": "slecht"})

    assert refused.value.values["by"] == "anna"
    assert refused.value.values["at"] == engine.clock.now()
    assert engine.instance(task).revision == 2


def test_of_two_who_complete_one_task_at_once_one_wins(engine: Engine) -> None:
    task = engine.given_open_task(diagrams.TWO_TASKS)
    outcomes: list[str] = []
    together = threading.Barrier(2)

    def complete(actor: Actor) -> None:
        together.wait()
        try:
            engine.as_(actor).complete(task)
            outcomes.append("won")
        except UitwegError as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=complete, args=(actor,)) for actor in (ANNA, BRAM)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["task_completed", "won"]
    assert engine.instance(task).revision == 2


def test_a_task_that_changed_since_it_was_shown_is_refused(engine: Engine) -> None:
    task = engine.given_open_task()
    engine.claim(task)
    with engine.unit_of_work() as uow:
        tasks.release(uow, tasks.lock(uow, task.id))

    with pytest.raises(ConflictError, match="task_changed"):
        engine.complete(task, revision=task.revision)


def test_who_finds_a_task_claimed_since_hears_by_whom(engine: Engine) -> None:
    task = engine.given_open_task()
    engine.as_(ANNA).claim(task)

    with pytest.raises(ConflictError, match="task_claimed"):
        engine.as_(BRAM).complete(task, revision=task.revision)


def test_a_cancelled_task_cannot_be_completed(engine: Engine) -> None:
    task = engine.given_open_task()
    engine.cancel(engine.instance(task))

    with pytest.raises(ConflictError, match="task_cancelled"):
        engine.complete(task)


def test_a_task_that_is_not_there_is_not_found(engine: Engine) -> None:
    with engine.unit_of_work() as uow, pytest.raises(NotFoundError, match="task_not_found"):
        tasks.lock(uow, "onbekend")


def test_a_step_that_cannot_be_taken_leaves_the_task_open(engine: Engine) -> None:
    task = engine.given_open_task(diagrams.CHOICE)

    with pytest.raises(StepError) as refused:
        engine.complete(task, {"kleur": "groen"})

    assert refused.value.problem.element_id == "splitsing"
    assert engine.task(task) == task
    assert engine.complete(task, {"kleur": "rood"}).status == InstanceStatus.ACTIVE


def test_a_completed_task_says_who_and_when(engine: Engine) -> None:
    task = engine.given_open_task()
    engine.clock.advance(hours=2)
    engine.complete(task)

    done = engine.task(task)

    assert (done.status, done.completed_by) == (TaskStatus.COMPLETED, "anna")
    assert done.completed_at == engine.clock.now()


def test_a_draft_comes_back_to_who_typed_it(engine: Engine) -> None:
    task = engine.given_open_task()
    typed: dict[str, tasks.Typed] = {"toelichting": "half af", "keuzes": ["a", "b"], "aantal": 2}
    with engine.unit_of_work() as uow:
        tasks.save_draft(uow, tasks.lock(uow, task.id), typed)

    with engine.unit_of_work() as uow:
        assert tasks.draft(uow, tasks.get(uow, task.id)) == typed


def test_a_draft_does_not_change_the_revision_of_its_task(engine: Engine) -> None:
    task = engine.given_open_task()
    with engine.unit_of_work() as uow:
        tasks.save_draft(uow, tasks.lock(uow, task.id), {"a": "b"})

    assert engine.complete(task, revision=task.revision).status == InstanceStatus.COMPLETED


def test_a_task_without_draft_has_none(engine: Engine) -> None:
    task = engine.given_open_task()

    with engine.unit_of_work() as uow:
        assert tasks.draft(uow, task) is None


def test_completing_a_task_clears_its_draft(engine: Engine) -> None:
    task = engine.given_open_task()
    with engine.unit_of_work() as uow:
        tasks.save_draft(uow, tasks.lock(uow, task.id), {"a": "b"})
    engine.complete(task)

    with engine.unit_of_work() as uow:
        kept = uow.connection.execute(select(user_task.c.draft, user_task.c.draft_saved_at)).one()
    assert tuple(kept) == (None, None)


def test_a_draft_of_a_task_of_another_is_refused(engine: Engine) -> None:
    task = engine.given_open_task()
    engine.as_(ANNA).claim(task)

    with pytest.raises(ConflictError, match="task_claimed"), engine.as_(BRAM).unit_of_work() as uow:
        tasks.save_draft(uow, tasks.lock(uow, task.id), {"a": "b"})


@pytest.mark.parametrize("shape", [diagrams.ONE_TASK, diagrams.TWO_TASKS, diagrams.TIMED_TASKS])
def test_completing_a_task_takes_eight_statements_at_most_and_one_commit(
    engine: Engine, shape: bytes
) -> None:
    engine.deploy(shape)
    warm, counted = (engine.open_tasks(engine.start(business_key=key))[0] for key in "ab")
    engine.complete(warm)
    statements: list[str] = []
    commits: list[Connection] = []
    event.listen(
        engine.database.engine, "before_cursor_execute", lambda *of: statements.append(of[2])
    )
    event.listen(engine.database.engine, "commit", commits.append)

    engine.complete(counted, revision=counted.revision)

    assert len(statements) <= 8, statements
    assert len(commits) == 1
