"""Jobs: taken by one worker at a time, never before their time, done once."""

import pytest
from sqlalchemy import select, update

from engine import jobs
from engine.errors import ConflictError, NotFoundError
from engine.jobs import Job
from engine.model import JobKind
from engine.storage.tables import job
from tests import diagrams
from tests.builders import Engine


def test_a_timer_is_a_job_with_a_due_time(engine: Engine) -> None:
    engine.given_open_task(diagrams.REMINDED)

    with engine.unit_of_work() as uow:
        found = uow.connection.execute(select(job.c.element_id, job.c.due_at, job.c.kind)).all()

    waits = {row.element_id: row.due_at - engine.clock.now() for row in found}
    assert {name: wait.days for name, wait in waits.items()} == {
        "na_een_dag": 1,
        "na_drie_dagen": 3,
    }
    assert {row.kind for row in found} == {JobKind.TIMER}


def test_nothing_is_due_before_its_time(engine: Engine) -> None:
    engine.given_open_task(diagrams.REMINDED)
    engine.clock.advance(hours=23, minutes=59)

    assert engine.claim_jobs() == ()


def test_the_next_due_time_is_that_of_the_first_job(engine: Engine) -> None:
    assert jobs.next_due_at(engine.database) is None
    engine.given_open_task(diagrams.REMINDED)
    engine.clock.advance(days=1)

    assert jobs.next_due_at(engine.database) == engine.clock.now()


def test_a_leased_job_is_taken_by_nobody_else(engine: Engine) -> None:
    engine.given_open_task(diagrams.REMINDED)
    engine.clock.advance(days=4)

    assert [each.element_id for each in engine.claim_jobs("een")] == ["na_een_dag", "na_drie_dagen"]
    assert engine.claim_jobs("twee") == ()


def test_no_more_jobs_are_taken_than_asked_for(engine: Engine) -> None:
    engine.deploy(diagrams.DELAYED)
    for _ in range(5):
        engine.start()
    engine.clock.advance(hours=1)

    taken = [jobs.claim_due(engine.database, limit=2, owner=name) for name in ("a", "b", "c")]

    assert [len(some) for some in taken] == [2, 2, 1]
    assert len({each.id for some in taken for each in some}) == 5


def test_the_job_of_a_worker_that_died_is_taken_again(engine: Engine) -> None:
    job_of_the_dead = _due_timer(engine)
    engine.clock.advance(seconds=61)

    (again,) = engine.claim_jobs("twee")

    assert again.id == job_of_the_dead.id
    assert again.attempts == 2


def test_a_worker_that_lost_its_lease_changes_nothing(engine: Engine) -> None:
    lost = _due_timer(engine)
    engine.clock.advance(seconds=61)
    engine.claim_jobs("twee")

    with pytest.raises(ConflictError, match="lease_lost"), engine.unit_of_work() as uow:
        jobs.fire_timer(uow, lost)


def test_a_timer_fires_once(engine: Engine) -> None:
    timer = _due_timer(engine)
    with engine.unit_of_work() as uow:
        jobs.fire_timer(uow, timer)

    with pytest.raises(NotFoundError, match="job_not_found"), engine.unit_of_work() as uow:
        jobs.fire_timer(uow, timer)

    assert engine.count(job) == 0


def test_a_timer_does_not_fire_before_its_time_whoever_asks(engine: Engine) -> None:
    timer = _due_timer(engine)
    engine.clock.advance(minutes=-1)

    with pytest.raises(ConflictError, match="job_not_due"), engine.unit_of_work() as uow:
        jobs.fire_timer(uow, timer)


def test_a_timer_of_a_task_that_is_done_never_fires(engine: Engine) -> None:
    task = engine.given_open_task(diagrams.REMINDED)
    engine.clock.advance(days=4)
    (first, _) = engine.claim_jobs()
    engine.complete(task)

    with pytest.raises(NotFoundError, match="job_not_found"), engine.unit_of_work() as uow:
        jobs.fire_timer(uow, first)


def test_a_timer_that_does_not_interrupt_leaves_its_task_open(engine: Engine) -> None:
    task = engine.given_open_task(diagrams.REMINDED)
    engine.clock.advance(days=1)
    engine.run_due()

    opened = engine.open_tasks(engine.instance(task))

    assert {each.element_id for each in opened} == {"beoordeel", "herinner"}


def test_a_timer_that_interrupts_takes_its_task_away(engine: Engine) -> None:
    task = engine.given_open_task(diagrams.REMINDED)
    engine.clock.advance(days=3)
    engine.run_due()

    opened = engine.open_tasks(engine.instance(task))

    assert {each.element_id for each in opened} == {"herinner", "neem_over"}


def test_jobs_given_back_are_taken_at_once(engine: Engine) -> None:
    _due_timer(engine)

    given = jobs.give_back(engine.database, "een", was_tried=False)

    (again,) = engine.claim_jobs("twee")
    assert given == 1
    assert again.attempts == 1


def test_the_jobs_of_others_are_not_given_back(engine: Engine) -> None:
    _due_timer(engine)

    assert jobs.give_back(engine.database, "twee", was_tried=True) == 0


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite has one writer
def test_a_job_locked_by_another_transaction_is_passed_over(engine: Engine) -> None:
    engine.deploy(diagrams.DELAYED)
    held, free = engine.start(), engine.start()
    engine.clock.advance(hours=1)

    with engine.unit_of_work() as uow:
        uow.connection.execute(
            update(job).where(job.c.instance_id == held.id).values(lease_owner="x")
        )
        taken = engine.claim_jobs()

    assert [each.instance_id for each in taken] == [free.id]


def _due_timer(engine: Engine) -> Job:
    engine.deploy(diagrams.DELAYED)
    engine.start()
    engine.clock.advance(hours=1)
    (timer,) = engine.claim_jobs("een")
    return timer
