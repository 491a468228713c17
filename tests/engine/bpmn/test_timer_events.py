from datetime import UTC, datetime, timedelta

import pytest

from engine.errors import StepError
from engine.model import (
    FireTimer,
    InstanceStatus,
    JobKind,
)
from tests.diagrams import BEGIN_AND_END, diagram, timer

from .driver import MONDAY
from .shapes import guarded, run


def cycle(text: str) -> str:
    return f"<timerEventDefinition><timeCycle>{text}</timeCycle></timerEventDefinition>"


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("PT24H", MONDAY + timedelta(hours=24)),
        ("P1M", datetime(2026, 4, 2, 8, 0, tzinfo=UTC)),  # summer time has begun
        ('=duration("PT2H")', MONDAY + timedelta(hours=2)),
        ("=lengte", MONDAY + timedelta(days=3)),
        ("lengte", MONDAY + timedelta(days=3)),
        ("=nu() + wacht", MONDAY + timedelta(hours=1)),
        ("2026-05-01T09:00:00", datetime(2026, 5, 1, 7, 0, tzinfo=UTC)),
        ("=datum", datetime(2026, 3, 31, 22, 0, tzinfo=UTC)),
        ("=werkdagen(1)", datetime(2026, 3, 3, 9, 0, tzinfo=UTC)),
    ],
)
def test_a_timer_is_a_job_that_is_due_when_the_diagram_says(text, due):
    driven = run(
        guarded(timer(text)),
        lengte="P3D",
        wacht=timedelta(hours=1),
        datum=datetime(2026, 4, 1).date(),
    )

    (job,) = driven.jobs.values()
    assert (job.kind, job.element_id, job.due_at) == (JobKind.TIMER, "rand", due)


def test_a_timer_does_not_fire_by_itself():
    driven = run(guarded(timer("PT1H")))
    driven.now += timedelta(days=300)

    driven.signal("iets")

    assert driven.open("werk")
    assert len(driven.jobs) == 1


def test_a_completed_task_takes_its_timers_with_it():
    driven = run(guarded(timer("PT1H")))
    (key,) = driven.jobs

    step = driven.complete("werk")

    assert step.cancelled_jobs == (key,)


def test_a_timer_that_fired_is_not_among_the_cancelled():
    driven = run(guarded(timer("PT1H")))
    (key,) = driven.jobs

    step = driven.step(FireTimer(key))

    assert step.cancelled_jobs == ()
    assert [task.element_id for task in step.opened_tasks] == ["alarm"]


def test_a_cycle_fires_as_often_as_it_says_each_time_under_a_new_key():
    driven = run(guarded(cycle("R3/PT24H"), 'cancelActivity="false"'))
    keys, dues = [], []

    while driven.jobs:
        (job,) = driven.jobs.values()
        keys.append(job.key)
        dues.append(job.due_at)
        driven.tick()

    assert dues == [MONDAY + timedelta(days=day) for day in (1, 2, 3)]
    assert len(set(keys)) == 3
    assert driven.open("alarm") == 3


def test_a_cycle_that_fires_late_does_not_drift_and_makes_up_for_nothing():
    driven = run(guarded(cycle("R/PT24H"), 'cancelActivity="false"'))
    driven.now = MONDAY + timedelta(days=1, minutes=5)
    driven.tick()
    (second,) = driven.jobs.values()
    driven.now = MONDAY + timedelta(days=9, minutes=5)
    driven.tick()

    (third,) = driven.jobs.values()

    assert second.due_at == MONDAY + timedelta(days=2)
    assert third.due_at == MONDAY + timedelta(days=10, minutes=5)
    assert driven.open("alarm") == 2


def test_a_cycle_on_an_interrupting_boundary_event_interrupts():
    driven = run(guarded(cycle("R3/PT24H")))

    driven.tick()

    assert driven.open("alarm")
    assert not driven.open("werk")
    assert not driven.jobs


def test_two_timers_behind_one_event_gateway_have_times_of_their_own():
    waits = diagram(
        BEGIN_AND_END
        + '<eventBasedGateway id="wacht"/>'
        + f'<intermediateCatchEvent id="dag">{timer("P1D")}</intermediateCatchEvent>'
        + f'<intermediateCatchEvent id="uur">{timer("PT1H")}</intermediateCatchEvent>',
        "begin wacht dag einde",
        "wacht uur einde",
    )
    driven = run(waits)

    dues = {job.element_id: job.due_at - MONDAY for job in driven.jobs.values()}
    driven.tick()

    assert dues == {"dag": timedelta(days=1), "uur": timedelta(hours=1)}
    assert "uur" in driven.completed
    assert driven.status == InstanceStatus.COMPLETED


def test_a_time_that_cannot_be_counted_with_is_a_problem():
    with pytest.raises(StepError, match="bad_timer"):
        run(guarded(timer("=lengte")), lengte="morgen")
