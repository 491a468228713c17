"""Process instances: what a step changes is stored whole, readable by nobody without the key."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import select, text, update

from engine import definitions, instances, queries, tasks
from engine.bpmn.interpreter import task_variables
from engine.errors import ConflictError, LimitError, NotFoundError, StepError, UnavailableError
from engine.model import InstanceStatus
from engine.storage.database import Database
from engine.storage.tables import (
    data_key,
    instance_state,
    job,
    message_subscription,
    metadata,
    process_instance,
)
from tests import diagrams
from tests.builders import ANNA, CASE, Engine

SECRET = "zeer-geheime-waarde"


def test_an_instance_waits_at_its_first_task(engine: Engine) -> None:
    engine.deploy(diagrams.ONE_TASK)

    instance = engine.start()

    (task,) = engine.open_tasks(instance)
    assert (task.element_id, task.name, task.business_key) == ("beoordeel", "Beoordeel", CASE)
    assert (instance.status, instance.revision) == (InstanceStatus.ACTIVE, 1)


def test_every_step_raises_the_revision_by_one(engine: Engine) -> None:
    task = engine.given_open_task(diagrams.TWO_TASKS)
    instance = engine.complete(task)
    (second,) = engine.open_tasks(instance)
    ended = engine.complete(second)

    assert [instance.revision, ended.revision] == [2, 3]
    assert engine.instance(task) == ended


def test_an_instance_ends_when_nothing_is_left_to_do(engine: Engine) -> None:
    task = engine.given_open_task()

    ended = engine.complete(task)

    assert ended.status == InstanceStatus.COMPLETED
    assert ended.ended_at == engine.clock.now()
    assert engine.open_tasks(ended) == []


def test_an_instance_keeps_the_version_it_started_with(engine: Engine) -> None:
    task = engine.given_open_task(diagrams.ONE_TASK)
    engine.deploy(diagrams.TWO_TASKS)

    ended = engine.complete(task)

    assert ended.status == InstanceStatus.COMPLETED


def test_a_step_that_is_rolled_back_leaves_no_trace(engine: Engine) -> None:
    task = engine.given_open_task(diagrams.TWO_TASKS)
    before = _everything(engine.database)

    with pytest.raises(ZeroDivisionError), engine.unit_of_work() as uow:  # noqa: PT012
        tasks.complete(uow, tasks.lock(uow, task.id), {"a": 1})
        raise ZeroDivisionError

    assert _everything(engine.database) == before
    assert engine.complete(task).revision == 2


def test_a_step_that_is_refused_leaves_no_trace_even_if_the_transaction_goes_on(
    engine: Engine,
) -> None:
    _deploy_with_lanes(engine)
    (task,) = engine.open_tasks(engine.start(melder="anna"))
    before = _everything(engine.database)

    with engine.unit_of_work() as uow, pytest.raises(StepError, match="lane_without_scope"):
        tasks.complete(uow, tasks.lock(uow, task.id), {})

    assert _everything(engine.database) == before


def test_a_revision_that_is_not_the_stored_one_is_refused(engine: Engine) -> None:
    task = engine.given_open_task(diagrams.TWO_TASKS)
    engine.complete(task)

    with engine.unit_of_work() as uow, pytest.raises(ConflictError, match="instance_changed"):
        instances.lock(uow, task.instance_id, revision=1)


def test_an_instance_that_was_not_locked_cannot_be_overwritten(engine: Engine) -> None:
    task = engine.given_open_task(diagrams.TWO_TASKS)
    stale = engine.instance(task)
    engine.complete(task)

    with pytest.raises(ConflictError, match="instance_changed"), engine.unit_of_work() as uow:
        instances.cancel(uow, stale)


def test_two_who_step_at_once_come_one_after_the_other(engine: Engine) -> None:
    engine.deploy(diagrams.TWO_TASKS)
    instance = engine.start()
    revisions: list[int] = []

    def step() -> None:
        with engine.unit_of_work() as uow:
            locked = instances.lock(uow, instance.id)
            (task, *_) = queries.open_tasks(uow, CASE)
            revisions.append(tasks.complete(uow, tasks.lock(uow, task.id), {}).revision)
            assert locked.revision + 1 == revisions[-1]

    threads = [threading.Thread(target=step) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(revisions) == [2, 3]


def test_a_cancelled_instance_leaves_nothing_open(engine: Engine) -> None:
    engine.deploy(diagrams.REMINDED, diagrams.WAITS_FOR_ANSWER)
    for process_id in ("proef", "vraag"):
        cancelled = engine.cancel(engine.start(process_id, nummer="7"))
        assert cancelled.status == InstanceStatus.CANCELLED
        assert engine.open_tasks(cancelled) == []

    assert engine.count(job) == engine.count(message_subscription) == 0


def test_an_instance_that_ended_takes_no_more_triggers(engine: Engine) -> None:
    task = engine.given_open_task()
    engine.cancel(engine.instance(task))

    with pytest.raises(ConflictError, match="instance_ended"):
        engine.cancel(engine.instance(task))


def test_an_instance_that_is_not_there_is_not_found(engine: Engine) -> None:
    with engine.unit_of_work() as uow, pytest.raises(NotFoundError, match="instance_not_found"):
        instances.lock(uow, "onbekend")


def test_instances_of_one_case_share_its_key(engine: Engine) -> None:
    engine.deploy(diagrams.ONE_TASK)
    first = engine.start()
    with engine.unit_of_work() as uow:
        second = instances.start(uow, "proef", variables={}, business_key=CASE, key_id=first.key_id)

    assert second.key_id == first.key_id
    assert engine.count(data_key) == 1


def test_nothing_stored_holds_a_value_in_plain_text(
    engine: Engine, database: Database, tmp_path: Path
) -> None:
    engine.deploy(diagrams.SERVICE, diagrams.ONE_TASK.replace(b'"proef"', b'"tweede"'))
    engine.start(geheim=SECRET)
    task = engine.open_tasks(engine.start("tweede", geheim=SECRET))[0]
    with engine.unit_of_work() as uow:
        tasks.save_draft(uow, tasks.lock(uow, task.id), {"antwoord": SECRET})

    stored = _bytes_of(database, tmp_path)

    assert b"tweede" in stored
    assert SECRET.encode() not in stored


def test_a_state_that_was_changed_on_the_disk_is_refused(engine: Engine) -> None:
    task = engine.given_open_task()
    sealed = engine.instance(task).sealed_state
    changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    with engine.unit_of_work() as uow:
        uow.connection.execute(update(process_instance).values(state=changed))

    with pytest.raises(UnavailableError, match="data_damaged"):
        engine.complete(task)


def test_an_older_state_put_back_is_refused(engine: Engine) -> None:
    task = engine.given_open_task(diagrams.TWO_TASKS)
    older = engine.instance(task).sealed_state
    engine.complete(task)
    with engine.unit_of_work() as uow:
        uow.connection.execute(update(process_instance).values(state=older))

    (second,) = engine.open_tasks(engine.instance(task))
    with pytest.raises(UnavailableError, match="data_damaged"):
        engine.complete(second)


def test_destroying_the_key_of_a_case_destroys_its_state(engine: Engine) -> None:
    task = engine.given_open_task()
    key_id = engine.instance(task).key_id
    with engine.unit_of_work() as uow:
        uow.keyring.destroy(uow, key_id)

    with pytest.raises(NotFoundError, match="key_not_found"):
        engine.complete(task)


def test_the_states_before_the_last_steps_are_kept(engine: Engine) -> None:
    task = engine.given_open_task(diagrams.TWO_TASKS)
    instance = engine.complete(task)

    with engine.unit_of_work() as uow:
        definition = definitions.load(uow, instance.definition_id)
        before = instances.state_before(uow, instance, 1)

        assert task_variables(definition, before, task.key) == {}
        with pytest.raises(NotFoundError, match="state_not_kept"):
            instances.state_before(uow, instance, 0)


def test_no_more_states_are_kept_than_the_last_ten(engine: Engine) -> None:
    engine.deploy(diagrams.AROUND)
    instance = engine.start()
    for _ in range(instances.KEPT_STATES + 3):
        (task,) = engine.open_tasks(instance)
        instance = engine.complete(task, {"nog_eens": True})

    with engine.unit_of_work() as uow:
        kept = uow.connection.execute(select(instance_state.c.revision)).scalars().all()

    assert sorted(kept) == list(range(4, instances.KEPT_STATES + 4))


def test_a_state_that_grows_too_large_is_refused(engine: Engine) -> None:
    task = engine.given_open_task(diagrams.TWO_TASKS)

    with pytest.raises(LimitError, match="state_too_large"):
        engine.complete(task, {"tekst": "x" * instances.LARGEST_STATE_BYTES})

    assert engine.instance(task).revision == 1


def test_variables_come_back_as_they_went_in(engine: Engine) -> None:
    task = engine.given_open_task(diagrams.TWO_TASKS, a=1, b="twee", c=(True, None))
    instance = engine.complete(task, {"d": {"e": "f"}})
    (second,) = engine.open_tasks(instance)

    with engine.unit_of_work() as uow:
        found = tasks.variables(uow, second)

    assert found == {"a": 1, "b": "twee", "c": (True, None), "d": {"e": "f"}}


def _deploy_with_lanes(engine: Engine) -> None:
    """The second task is for a scope that no variable names."""
    files = {"proef/proef.bpmn": diagrams.TWO_LANES, "proef/process.toml": diagrams.TWO_ROLES}
    with engine.unit_of_work() as uow:
        definitions.deploy(uow, files)


def _everything(database: Database) -> dict[str, list[tuple[object, ...]]]:
    with database.unit_of_work(ANNA) as uow:
        return {
            table.name: [tuple(row) for row in uow.connection.execute(select(table))]
            for table in metadata.sorted_tables
        }


def _bytes_of(database: Database, folder: Path) -> bytes:
    """Everything the database keeps: the file with its log, or every row as text."""
    if database.is_sqlite:
        return b"".join(path.read_bytes() for path in folder.glob("uitweg.db*"))
    with database.unit_of_work(ANNA) as uow:
        rows = [
            uow.connection.execute(text(f'SELECT t::text FROM "{table.name}" t')).scalars().all()
            for table in metadata.sorted_tables
        ]
    texts = "\n".join(line for found in rows for line in found)
    return texts.encode() + b"".join(
        bytes.fromhex(part.split('"')[0].split(",")[0].split(")")[0])
        for part in texts.split("\\x")[1:]
    )
