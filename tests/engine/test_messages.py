"""Messages go to one, by exactly their key; signals go to all who wait."""

from dataclasses import replace

import pytest

from engine import (
    beginnings,
    history,
    incidents,
    instances,
    messages,
    queries,
    tasks,
    worker,
)
from engine.beginnings import Begin, BeginKind, Beginning
from engine.errors import ConflictError, NotFoundError
from engine.history import EventKind
from engine.instances import ProcessInstance
from engine.model import InstanceStatus
from engine.storage.tables import data_key, incident, job, message_subscription, user_task
from engine.storage.unit_of_work import UnitOfWork
from engine.worker import ENGINE_ACTS, Worker
from tests import diagrams
from tests.builders import Engine


def test_a_message_goes_to_the_one_with_exactly_its_key(engine: Engine) -> None:
    engine.deploy(diagrams.WAITS_FOR_ANSWER)
    waiting = {number: engine.start("vraag", nummer=number) for number in ("7", "77", "7 ")}

    received = engine.send("antwoord", "7")

    assert received.id == waiting["7"].id
    assert engine.instance(waiting["7"]).status == InstanceStatus.COMPLETED
    assert engine.instance(waiting["77"]).revision == engine.instance(waiting["7 "]).revision == 1


def test_a_message_that_nobody_awaits_is_refused(engine: Engine) -> None:
    engine.deploy(diagrams.WAITS_FOR_ANSWER)
    engine.start("vraag", nummer="7")

    for name, key in (("antwoord", "8"), ("antwoord", None), ("iets_anders", "7")):
        with pytest.raises(NotFoundError, match="message_not_awaited"):
            engine.send(name, key)


def test_a_message_is_received_once(engine: Engine) -> None:
    engine.deploy(diagrams.WAITS_FOR_ANSWER)
    engine.start("vraag", nummer="7")
    engine.send("antwoord", "7")

    with pytest.raises(NotFoundError, match="message_not_awaited"):
        engine.send("antwoord", "7")

    assert engine.count(message_subscription) == 0


def test_of_two_with_one_key_the_one_that_waits_longest_receives(engine: Engine) -> None:
    engine.deploy(diagrams.WAITS_FOR_ANSWER)
    first = engine.start("vraag", nummer="7")
    engine.clock.advance(seconds=1)
    second = engine.start("vraag", nummer="7")

    received = [engine.send("antwoord", "7").id for _ in range(2)]

    assert received == [first.id, second.id]


def test_what_a_message_brings_becomes_variables_of_its_receiver(engine: Engine) -> None:
    engine.deploy(diagrams.ANSWER_IS_READ)
    instance = engine.start("vraag", nummer="7")
    engine.send("antwoord", "7", {"uitkomst": "ja"})

    (task,) = engine.open_tasks(instance)

    assert task.element_id == "lees_ja"


def test_a_message_can_be_addressed_to_one_instance(engine: Engine) -> None:
    engine.deploy(diagrams.WAITS_FOR_ANSWER)
    engine.start("vraag", nummer="7")
    second = engine.start("vraag", nummer="7")

    with engine.unit_of_work() as uow:
        messages.send_to(uow, instances.lock(uow, second.id), "antwoord", {})

    assert engine.instance(second).status == InstanceStatus.COMPLETED


def test_a_message_addressed_to_who_does_not_wait_is_refused(engine: Engine) -> None:
    task = engine.given_open_task()

    with engine.unit_of_work() as uow, pytest.raises(NotFoundError, match="message_not_awaited"):
        messages.send_to(uow, instances.lock(uow, task.instance_id), "antwoord", {})


def test_a_message_that_a_process_begins_with_starts_it(engine: Engine) -> None:
    engine.deploy(diagrams.BEGINS_BY_MESSAGE)

    begun = engine.send("verzoek", "S-9", {"bron": "politie"})

    (task,) = engine.open_tasks(begun)
    assert (begun.process_id, begun.business_key) == ("op_verzoek", "S-9")
    assert task.element_id == "beoordeel"


def test_a_process_started_for_a_known_case_uses_its_key(engine: Engine) -> None:
    engine.deploy(diagrams.BEGINS_BY_MESSAGE, diagrams.ONE_TASK)
    known = engine.start(business_key="S-9")

    assert engine.send("verzoek", "S-9").key_id == known.key_id
    assert engine.count(data_key) == 1


def test_only_the_newest_version_is_started_by_a_message(engine: Engine) -> None:
    engine.deploy(diagrams.BEGINS_BY_MESSAGE)
    engine.deploy(diagrams.BEGINS_BY_MESSAGE.replace(b'"verzoek"', b'"vraagje"'))

    with pytest.raises(NotFoundError, match="message_not_awaited"):
        engine.send("verzoek", None)


def test_a_message_to_another_instance_is_delivered_after_the_commit(engine: Engine) -> None:
    engine.deploy(diagrams.WAITS_FOR_ANSWER, diagrams.SENDS_ANSWER)
    waiting = engine.start("vraag", nummer="7")
    engine.start("antwoord_geven", nummer="7", uitkomst="ja")

    assert engine.instance(waiting).status == InstanceStatus.ACTIVE
    engine.run_due()
    assert engine.instance(waiting).status == InstanceStatus.COMPLETED
    assert engine.count(job) == 0


def test_a_message_sent_too_early_arrives_when_someone_waits(engine: Engine) -> None:
    engine.deploy(diagrams.WAITS_FOR_ANSWER, diagrams.SENDS_ANSWER)
    engine.start("antwoord_geven", nummer="7", uitkomst="ja")
    engine.run_due()
    waiting = engine.start("vraag", nummer="7")
    engine.clock.advance(seconds=5)

    engine.run_due()

    assert engine.instance(waiting).status == InstanceStatus.COMPLETED


def test_a_message_that_nobody_ever_awaits_ends_with_a_person(engine: Engine) -> None:
    engine.deploy(diagrams.WAITS_FOR_ANSWER, diagrams.SENDS_ANSWER)
    engine.start("antwoord_geven", nummer="7", uitkomst="ja")
    for _ in range(6):
        engine.run_due()
        engine.clock.advance(hours=1)

    assert engine.count(incident) == 1


def test_a_receiver_that_comes_hours_later_still_gets_a_message(engine: Engine) -> None:
    engine.deploy(diagrams.WAITS_FOR_ANSWER, diagrams.SENDS_ANSWER)
    engine.start("antwoord_geven", nummer="7", uitkomst="ja")
    for _ in range(220):
        engine.run_due()
        engine.clock.advance(minutes=1)
    waiting = engine.start("vraag", nummer="7")
    engine.clock.advance(minutes=10)

    engine.run_due()

    assert engine.instance(waiting).status == InstanceStatus.COMPLETED
    assert engine.count(incident) == 0


def test_a_message_that_waits_for_its_receiver_is_no_failure(engine: Engine) -> None:
    engine.deploy(diagrams.SENDS_ANSWER)
    sender = engine.start("antwoord_geven", nummer="7", uitkomst="ja")
    for _ in range(30):
        engine.run_due()
        engine.clock.advance(minutes=5)

    with engine.unit_of_work() as uow:
        events = [each.kind for each in history.read(uow, sender.id)]
        assert EventKind.JOB_FAILED not in events
        assert queries.is_under_way(uow, sender.business_key)
        assert not queries.is_moving(uow, sender.business_key)


def test_a_message_that_stood_still_is_tried_as_long_again(engine: Engine) -> None:
    engine.deploy(diagrams.WAITS_FOR_ANSWER, diagrams.SENDS_ANSWER)
    engine.start("antwoord_geven", nummer="7", uitkomst="ja")
    for _ in range(6):
        engine.run_due()
        engine.clock.advance(hours=1)
    with engine.unit_of_work() as uow:
        (stands_still,) = incidents.open_incidents(uow)
        incidents.retry(uow, stands_still.job_id)
    engine.run_due()
    assert engine.count(incident) == 0

    waiting = engine.start("vraag", nummer="7")
    engine.clock.advance(minutes=10)
    engine.run_due()

    assert engine.instance(waiting).status == InstanceStatus.COMPLETED


def test_the_layer_above_says_in_which_case_a_message_begins(engine: Engine) -> None:
    seen: list[Beginning] = []

    def hook(uow: UnitOfWork, beginning: Beginning) -> ProcessInstance:
        seen.append(beginning)
        given = {**beginning.variables, "zaaknummer": "B-1"}
        return beginnings.start(uow, beginning, variables=given, business_key="B-1")

    engine.deploy(diagrams.BEGINS_BY_MESSAGE)
    with engine.unit_of_work() as uow:
        begun = messages.correlate(uow, "verzoek", "S-9", {"bron": "x"}, begin=hook)

    (task,) = engine.open_tasks(begun)
    with engine.unit_of_work() as uow:
        assert tasks.variables(uow, task) == {"bron": "x", "zaaknummer": "B-1"}
    (beginning,) = seen
    assert (beginning.kind, beginning.name, beginning.key) == (BeginKind.MESSAGE, "verzoek", "S-9")
    assert (beginning.sender_id, beginning.definition.process_id) == (None, "op_verzoek")


def test_who_begins_an_instance_knows_who_sent_the_message(engine: Engine) -> None:
    seen: list[Beginning] = []

    def hook(uow: UnitOfWork, beginning: Beginning) -> ProcessInstance:
        seen.append(beginning)
        return beginnings.begin(uow, beginning)

    begins = diagrams.BEGINS_BY_MESSAGE.replace(b'"verzoek"', b'"antwoord"')
    engine.deploy(begins, diagrams.SENDS_ANSWER)
    sender = engine.start("antwoord_geven", business_key="O-1", nummer="7", uitkomst="ja")
    _hooked(engine, hook).run_due()

    (beginning,) = seen
    assert (beginning.sender_id, beginning.sender_key) == (sender.id, "O-1")
    assert beginning.key == "7"


def test_a_signal_begins_every_process_that_starts_with_it(engine: Engine) -> None:
    other = diagrams.BEGINS_BY_SIGNAL.replace(b'"bij_alarm"', b'"ook_bij_alarm"')
    engine.deploy(diagrams.BEGINS_BY_SIGNAL, other, diagrams.HEARS_ALARM, diagrams.RAISES_ALARM)
    seen: list[Beginning] = []

    def hook(uow: UnitOfWork, beginning: Beginning) -> ProcessInstance:
        seen.append(beginning)
        return beginnings.begin(uow, beginning)

    listener = engine.start("luisteraar")
    thrower = engine.start("alarm_slaan", business_key="O-1")
    _hooked(engine, hook).run_due()

    assert sorted(each.definition.process_id for each in seen) == ["bij_alarm", "ook_bij_alarm"]
    assert {(each.kind, each.sender_id, each.key) for each in seen} == {
        (BeginKind.SIGNAL, thrower.id, None)
    }
    assert _has_ended(engine, listener)
    assert engine.count(user_task) == 2
    assert engine.count(job) == 0


def test_a_signal_from_outside_begins_at_once(engine: Engine) -> None:
    engine.deploy(diagrams.BEGINS_BY_SIGNAL)

    with engine.unit_of_work() as uow:
        assert messages.broadcast(uow, "alarm", {}) == 1

    assert engine.count(user_task) == 1


def test_only_the_newest_version_is_started_by_a_signal(engine: Engine) -> None:
    engine.deploy(diagrams.BEGINS_BY_SIGNAL, diagrams.RAISES_ALARM)
    engine.deploy(diagrams.BEGINS_BY_SIGNAL.replace(b'"alarm"', b'"brand"'), folder="nieuwer")
    engine.start("alarm_slaan")

    engine.run_due()

    assert engine.count(user_task) == 0


def test_one_process_that_cannot_begin_keeps_a_signal_from_no_other(engine: Engine) -> None:
    def hook(uow: UnitOfWork, beginning: Beginning) -> ProcessInstance:
        if beginning.definition.process_id == "bij_alarm":
            raise ConflictError("no_place")
        return beginnings.begin(uow, beginning)

    other = diagrams.BEGINS_BY_SIGNAL.replace(b'"bij_alarm"', b'"ook_bij_alarm"')
    engine.deploy(diagrams.BEGINS_BY_SIGNAL, other, diagrams.RAISES_ALARM)
    engine.start("alarm_slaan")
    _hooked(engine, hook).run_due()

    assert engine.count(user_task) == 1
    assert engine.count(job) == 1


def test_a_signal_reaches_all_who_wait_each_by_a_job(engine: Engine) -> None:
    engine.deploy(diagrams.HEARS_ALARM, diagrams.RAISES_ALARM)
    listeners = [engine.start("luisteraar") for _ in range(3)]
    engine.start("alarm_slaan")

    taken = engine.run_due()

    assert taken == 1 + len(listeners)
    assert all(_has_ended(engine, each) for each in listeners)
    assert engine.count(job) == engine.count(message_subscription) == 0


def test_a_signal_is_not_kept_for_who_comes_later(engine: Engine) -> None:
    engine.deploy(diagrams.HEARS_ALARM, diagrams.RAISES_ALARM)
    engine.start("alarm_slaan")
    engine.run_due()
    late = engine.start("luisteraar")

    engine.run_due()

    assert not _has_ended(engine, late)


def test_an_instance_that_ended_does_not_hear_a_signal_that_is_on_its_way(engine: Engine) -> None:
    engine.deploy(diagrams.HEARS_ALARM)
    listener = engine.start("luisteraar")
    with engine.unit_of_work() as uow:
        assert messages.broadcast(uow, "alarm", {}) == 1
    engine.cancel(listener)

    engine.run_due()

    assert engine.instance(listener).status == InstanceStatus.CANCELLED
    assert engine.count(job) == 0


def test_what_someone_waits_for_stands_in_a_row(engine: Engine) -> None:
    engine.deploy(diagrams.WAITS_FOR_ANSWER)
    engine.start("vraag", nummer="7")

    with engine.unit_of_work() as uow:
        (instance,) = queries.instances_of_case(uow, "S-2026-0001")
        row = uow.connection.execute(message_subscription.select()).one()

    assert (row.instance_id, row.name, row.correlation_key) == (instance.id, "antwoord", "7")


def _hooked(engine: Engine, hook: Begin) -> Worker:
    """A worker that lets a hook begin what messages and signals begin."""
    acts = replace(
        ENGINE_ACTS,
        deliver_message=lambda uow, job: worker.deliver_message(uow, job, begin=hook),
        deliver_signal=lambda uow, job: worker.deliver_signal(uow, job, begin=hook),
    )
    return Worker(engine.database, engine.handlers, acts)


def _has_ended(engine: Engine, instance: ProcessInstance) -> bool:
    return engine.instance(instance).status == InstanceStatus.COMPLETED
