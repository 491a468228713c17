"""History: who did what and when, in order, without data."""

from engine import history, tasks
from engine.history import EventKind, HistoryEvent
from engine.instances import ProcessInstance
from engine.model import Actor
from tests import diagrams
from tests.builders import ANNA, BRAM, Engine


def test_history_tells_what_happened_in_order(engine: Engine) -> None:
    task = engine.given_open_task()
    ended = engine.as_(BRAM).complete(task)

    told = [(event.kind, event.element_id) for event in _read(engine, ended)]

    assert told == [
        (EventKind.INSTANCE_STARTED, None),
        (EventKind.ELEMENT_ENTERED, "begin"),
        (EventKind.ELEMENT_COMPLETED, "begin"),
        (EventKind.ELEMENT_ENTERED, "beoordeel"),
        (EventKind.ELEMENT_COMPLETED, "beoordeel"),
        (EventKind.ELEMENT_ENTERED, "einde"),
        (EventKind.ELEMENT_COMPLETED, "einde"),
        (EventKind.INSTANCE_COMPLETED, None),
    ]


def test_events_are_numbered_from_one_without_gap(engine: Engine) -> None:
    task = engine.given_open_task(diagrams.TWO_TASKS)
    engine.claim(task)
    instance = engine.complete(task)

    events = _read(engine, instance)

    assert [event.number for event in events] == list(range(1, len(events) + 1))
    assert engine.instance(instance).history_length == len(events)


def test_an_event_says_who_and_when_and_at_which_revision(engine: Engine) -> None:
    task = engine.as_(ANNA).given_open_task(diagrams.TWO_TASKS)
    engine.clock.advance(hours=1)
    instance = engine.as_(BRAM).complete(task)

    last = _read(engine, instance)[-1]

    assert (last.actor_id, last.revision, last.at) == ("bram", 2, engine.clock.now())


def test_a_completed_element_says_by_which_flows_it_was_left(engine: Engine) -> None:
    ended = engine.complete(engine.given_open_task())

    left = {
        event.element_id: event.flow_ids
        for event in _read(engine, ended)
        if event.kind == EventKind.ELEMENT_COMPLETED
    }

    assert left == {"begin": ("begin_beoordeel",), "beoordeel": ("beoordeel_einde",), "einde": ()}


def test_who_has_a_task_is_history_too(engine: Engine) -> None:
    task = engine.given_open_task()
    engine.as_(ANNA).claim(task)
    with engine.as_(ANNA).unit_of_work() as uow:
        tasks.release(uow, tasks.lock(uow, task.id))
    with engine.as_(Actor("manager")).unit_of_work() as uow:
        tasks.assign(uow, tasks.lock(uow, task.id), "bram")

    told = [(event.kind, event.detail) for event in _read(engine, engine.instance(task))[-3:]]

    assert told == [
        (EventKind.TASK_CLAIMED, "anna"),
        (EventKind.TASK_RELEASED, None),
        (EventKind.TASK_ASSIGNED, "bram"),
    ]


def test_history_is_read_page_by_page(engine: Engine) -> None:
    ended = engine.complete(engine.given_open_task())

    with engine.unit_of_work() as uow:
        first = history.read(uow, ended.id, limit=5)
        rest = history.read(uow, ended.id, after=first[-1].number)

    assert [event.number for event in (*first, *rest)] == list(range(1, ended.history_length + 1))


def _read(engine: Engine, instance: ProcessInstance) -> tuple[HistoryEvent, ...]:
    with engine.unit_of_work() as uow:
        return history.read(uow, instance.id)
