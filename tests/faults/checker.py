"""Compares what is stored after a crash with what its users saw: the rules that hold always."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Table, func, select, text

from engine import definitions, history, instances
from engine.bpmn.interpreter import advance
from engine.history import EventKind, HistoryEvent
from engine.instances import ProcessInstance
from engine.model import Cancel, InstanceStatus, JobKind
from engine.storage.database import Database
from engine.storage.tables import (
    JobStatus,
    TaskStatus,
    incident,
    job,
    message_subscription,
    process_instance,
    submission,
    user_task,
)
from engine.storage.unit_of_work import UnitOfWork
from tests.faults.clients import Call, Kind
from webapp import demo
from webapp.casework import audit, cases
from webapp.casework.audit import Act
from webapp.casework.tables import case_file

STEPS = {
    Act.REPORT_SIGNAL,
    Act.COMPLETE_TASK,
    Act.FIRE_TIMER,
    Act.FINISH_JOB,
    Act.DELIVER_MESSAGE,
    Act.DELIVER_SIGNAL,
}
LONGEST_HISTORY = 10_000
ALONE_WITHIN_SECONDS = 10

# By instance and element; the boundary timers of the shipped process begin once in an instance.
Timers = dict[tuple[str, str], datetime]


def breaches(database: Database, log: Sequence[Call]) -> list[str]:
    """Everything that is stored otherwise than the rules and the log of the client say."""
    with database.unit_of_work(demo.DEMO, read_only=True) as uow:
        found = [*_about_reports(uow, log), *_about_tasks(uow, log)]
        for each in _all_instances(uow):
            found += [f"{each.business_key}: {breach}" for breach in _about_instance(uow, each)]
        for chain in audit.chains(uow):
            found += map(str, audit.verify(uow, chain))
    return found


def timers(database: Database) -> Timers:
    """When each waiting timer is due."""
    with database.unit_of_work(demo.DEMO, read_only=True) as uow:
        rows = uow.connection.execute(
            select(job.c.instance_id, job.c.element_id, job.c.due_at).where(
                job.c.kind == JobKind.TIMER
            )
        )
        return {(row.instance_id, row.element_id): row.due_at for row in rows}


def firings(database: Database) -> dict[tuple[str, str], list[datetime]]:
    """When the worker completed an element, by instance and element."""
    found: dict[tuple[str, str], list[datetime]] = {}
    with database.unit_of_work(demo.DEMO, read_only=True) as uow:
        for instance in _all_instances(uow):
            for event in _history(uow, instance):
                if event.kind is EventKind.ELEMENT_COMPLETED and event.actor_id == "system":
                    found.setdefault((instance.id, event.element_id or ""), []).append(event.at)
    return found


def wait_until_alone(database: Database) -> None:
    """Let the database finish what a dead server had asked of it."""
    others = text(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid()"
    )
    until = time.monotonic() + ALONE_WITHIN_SECONDS
    while not database.is_sqlite and time.monotonic() < until:
        with database.unit_of_work(demo.DEMO, read_only=True) as uow:
            if not uow.connection.execute(others).all():
                return
        time.sleep(0.01)


def is_at_rest(database: Database) -> bool:
    """Whether nothing is left that a worker could do now."""
    with database.unit_of_work(demo.DEMO, read_only=True) as uow:
        is_due = (job.c.status == JobStatus.WAITING) & (job.c.due_at <= uow.now)
        return not uow.connection.execute(select(job.c.id).where(is_due)).all()


def _about_reports(uow: UnitOfWork, log: Sequence[Call]) -> Iterator[str]:
    """An acknowledged report is there once, under its number; another once or not at all."""
    stored: dict[str, list[str]] = {}
    reported = select(case_file.c.number).where(case_file.c.reporter.is_not(None))
    for number in uow.connection.execute(reported).scalars().all():
        content = cases.content(uow, cases.get(uow, number))
        stored.setdefault(str(content["signal_core"]["what"]), []).append(number)
    for call in log:
        if call.kind is Kind.REPORT:
            numbers = stored.pop(call.about, [])
            yield from _about_call(uow, call, len(numbers))
            if call.is_acknowledged and numbers and f"/{numbers[0]}/" not in call.location:
                yield f"report acknowledged at {call.location} is stored as {numbers[0]}"
    yield from (f"report {numbers} that nobody sent" for numbers in stored.values())


def _about_tasks(uow: UnitOfWork, log: Sequence[Call]) -> Iterator[str]:
    """An acknowledged completion is there once; another one whole or not at all."""
    for call in log:
        if call.kind is Kind.COMPLETE:
            task = uow.connection.execute(
                select(user_task).where(user_task.c.id == call.about)
            ).one()
            records = [
                record
                for record in audit.read(uow, task.business_key)
                if record.action == Act.COMPLETE_TASK and record.object.split()[0] == task.id
            ]
            yield from _about_call(uow, call, len(records))
            if (task.status == TaskStatus.COMPLETED) != bool(records):
                yield f"task {task.id} is {task.status}, with {len(records)} records of it"


def _about_call(uow: UnitOfWork, call: Call, effects: int) -> Iterator[str]:
    """One submission key has one effect; none only when nobody was told that it has."""
    if effects > 1 or (call.is_acknowledged and effects == 0):
        yield f"{call.kind} {call.form.submission}: {call.reply}, with {effects} effects"
    remembered = uow.connection.execute(
        select(func.count()).select_from(submission).where(submission.c.key == call.form.submission)
    ).scalar_one()
    if remembered != effects:
        yield f"{call.kind} {call.form.submission}: {effects} effects, {remembered} remembered"


def _about_instance(uow: UnitOfWork, instance: ProcessInstance) -> Iterator[str]:
    yield from _about_steps(uow, instance)
    yield from _about_state(uow, instance)
    failed = select(incident.c.code).where(incident.c.instance_id == instance.id)
    yield from (f"incident {code}" for code in uow.connection.execute(failed).scalars())


def _about_steps(uow: UnitOfWork, instance: ProcessInstance) -> Iterator[str]:
    """The revision counts the steps; each has its history and one record."""
    told = _history(uow, instance)
    if {event.revision for event in told} != set(range(1, instance.revision + 1)):
        yield f"history does not tell each of {instance.revision} steps"
    if [event.number for event in told] != list(range(1, instance.history_length + 1)):
        yield "history has a gap"
    records = [each for each in audit.read(uow, instance.business_key) if each.action in STEPS]
    if len(records) != instance.revision:
        yield f"{instance.revision} steps and {len(records)} records of them"


def _about_state(uow: UnitOfWork, instance: ProcessInstance) -> Iterator[str]:
    """What the rows say that it waits for is what its state waits for, one to one.

    Cancelling it, which is only tried, names everything that its state has open.
    """
    rows = (
        Counter(_keys(uow, instance, user_task, user_task.c.status == TaskStatus.OPEN)),
        Counter(_keys(uow, instance, job, job.c.kind.in_([JobKind.TIMER, JobKind.SERVICE]))),
        Counter(_keys(uow, instance, message_subscription)),
    )
    if instance.status is not InstanceStatus.ACTIVE:
        if any(rows):
            yield f"it has ended, and {rows} are open"
        return
    step = advance(
        definitions.load(uow, instance.definition_id),
        instances.state(uow, instance),
        Cancel(),
        uow.now,
        uow.calendar_of(instance.calendar),
    )
    state = (
        Counter(task.key for task in step.closed_tasks),
        Counter(step.cancelled_jobs),
        Counter(step.closed_subscriptions),
    )
    if rows != state:
        yield f"its rows wait for {rows}, its state for {state}"
    if not any(rows):
        yield "it waits for nothing"


def _keys(
    uow: UnitOfWork, instance: ProcessInstance, table: Table, *where: ColumnElement[bool]
) -> list[str]:
    query = select(table.c.key).where(table.c.instance_id == instance.id, *where)
    return list(uow.connection.execute(query).scalars())


def _all_instances(uow: UnitOfWork) -> tuple[ProcessInstance, ...]:
    rows = uow.connection.execute(select(*instances.COLUMNS).order_by(process_instance.c.id))
    return tuple(ProcessInstance(*row) for row in rows)


def _history(uow: UnitOfWork, instance: ProcessInstance) -> tuple[HistoryEvent, ...]:
    return history.read(uow, instance.id, limit=LONGEST_HISTORY)
