"""Process instances: starting them, locking them, and storing what a step changes.

Everything that moves an instance ends in `apply`, in the order: state, tasks, jobs, subscriptions,
history. Whoever calls it holds the lock of the instance and has compared its revision.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, fields, replace
from datetime import datetime

from sqlalchemy import Insert, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from engine import definitions, effects, history
from engine.bpmn.compile import Definition
from engine.bpmn.interpreter import CODEC_VERSION, advance
from engine.errors import ConflictError, LimitError, NotFoundError
from engine.history import EventKind, NewEvent
from engine.model import Cancel, InstanceStatus, Start, Step, Trigger, Variables
from engine.storage.tables import instance_state, process_instance
from engine.storage.unit_of_work import UnitOfWork

KEPT_STATES = 10
LARGEST_STATE_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class ProcessInstance:
    """One run of a process, as it stands in its row.

    Attributes:
        business_key: pseudonymous number of the case that it belongs to.
        revision: rises by one with every step.
        calendar: name of the calendar that counts its terms; "" for the one of everybody.
        key_id: the key of its case.
        caller_id, caller_key, caller_element_id: the call activity that waits for its end: the
            instance it stands in, the key of its token, its id in the diagram; None for what
            nobody called.
        sealed_state: its state, encrypted.
    """

    id: str
    process_id: str
    definition_id: str
    business_key: str
    status: InstanceStatus
    revision: int
    history_length: int
    calendar: str
    started_at: datetime
    started_by: str
    ended_at: datetime | None
    key_id: str
    codec_version: int
    caller_id: str | None
    caller_key: str | None
    caller_element_id: str | None
    sealed_state: bytes = field(repr=False)

    @property
    def is_called(self) -> bool:
        """Whether another instance waits for its end."""
        return self.caller_id is not None


@dataclass(frozen=True, slots=True)
class Caller:
    """The call activity that waits for an instance.

    Attributes:
        instance_id: the instance it stands in.
        key: of its token there.
        element_id: its id in the diagram.
    """

    instance_id: str
    key: str
    element_id: str


# The columns of a ProcessInstance, in its order: `ProcessInstance(*row)`.
COLUMNS = tuple(
    process_instance.c["state" if each.name == "sealed_state" else each.name]
    for each in fields(ProcessInstance)
)

_LOCK = (
    select(*COLUMNS).where(process_instance.c.id == bindparam("id")).with_for_update(key_share=True)
)
_GET = select(*COLUMNS).where(process_instance.c.id == bindparam("id"))
_INSERT = insert(process_instance)
_UPDATE = (
    update(process_instance)
    .where(
        process_instance.c.id == bindparam("instance_id"),
        process_instance.c.revision == bindparam("old_revision"),
    )
    .values(
        revision=bindparam("new_revision"),
        status=bindparam("new_status"),
        ended_at=bindparam("new_ended_at"),
        history_length=bindparam("new_history_length"),
        codec_version=bindparam("new_codec_version"),
        state=bindparam("new_state"),
    )
)
_COUNT_HISTORY = (
    update(process_instance)
    .where(process_instance.c.id == bindparam("instance_id"))
    .values(history_length=bindparam("length"))
)


def _keep_state(dialect: str) -> Insert:
    into = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = into(instance_state)
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["instance_id", "slot"],
        set_={
            "revision": new.revision,
            "replaced_at": new.replaced_at,
            "codec_version": new.codec_version,
            "state": new.state,
        },
    )


_KEEP_STATE = {dialect: _keep_state(dialect) for dialect in ("sqlite", "postgresql")}


def start(
    uow: UnitOfWork,
    process_id: str,
    *,
    variables: Variables,
    business_key: str,
    key_id: str | None = None,
    message: str | None = None,
    signal: str | None = None,
    calendar: str = "",
    caller: Caller | None = None,
) -> ProcessInstance:
    """Begin an instance of the newest version of a process.

    Args:
        variables: process variables; no personal data, that belongs to the case.
        key_id: the key of the case; a new one is made when there is none yet.
        message: name of the message of the start event to begin at.
        signal: name of the signal of the start event to begin at.
        calendar: name of the calendar that counts the terms of this instance.
        caller: the call that waits for its end.

    Raises:
        NotFoundError: no such process.
        StepError: the process cannot begin.
    """
    definition_id = definitions.latest(uow, process_id).id
    definition = definitions.load(uow, definition_id)
    step = advance(
        definition,
        None,
        Start(variables, message, signal),
        uow.now,
        uow.calendar_of(calendar),
        is_called=caller is not None,
    )
    instance = ProcessInstance(
        id=uow.new_id(),
        process_id=process_id,
        definition_id=definition_id,
        business_key=business_key,
        status=InstanceStatus.ACTIVE,
        revision=0,
        history_length=0,
        calendar=calendar,
        started_at=uow.now,
        started_by=uow.actor.id,
        ended_at=None,
        key_id=key_id or uow.keyring.new_key(uow),
        codec_version=CODEC_VERSION,
        caller_id=caller.instance_id if caller else None,
        caller_key=caller.key if caller else None,
        caller_element_id=caller.element_id if caller else None,
        sealed_state=b"",
    )
    events = [NewEvent(EventKind.INSTANCE_STARTED, process_id), *_events(instance, step)]
    begun = _after(uow, instance, step, len(events))
    following = effects.prepare(uow, begun, step, ())
    uow.connection.execute(
        _INSERT,
        {column.name: value for column, value in zip(COLUMNS, _row(begun), strict=True)},
    )
    effects.write(uow, following)
    history.append(uow, begun.id, events, length=0, revision=begun.revision)
    return begun


def lock(uow: UnitOfWork, instance_id: str, *, revision: int | None = None) -> ProcessInstance:
    """Take an instance; nobody else can move it until the commit.

    Args:
        revision: the revision that the caller saw; None when any will do.

    Raises:
        NotFoundError: instance_not_found.
        ConflictError: instance_changed, it moved since.
    """
    row = uow.connection.execute(_LOCK, {"id": instance_id}).one_or_none()
    if row is None:
        raise NotFoundError("instance_not_found", instance_id=instance_id)
    instance = ProcessInstance(*row)
    if revision is not None and instance.revision != revision:
        raise ConflictError("instance_changed", instance_id=instance_id, revision=instance.revision)
    return instance


def get(uow: UnitOfWork, instance_id: str) -> ProcessInstance:
    """An instance to look at, not locked.

    Raises:
        NotFoundError: instance_not_found.
    """
    row = uow.connection.execute(_GET, {"id": instance_id}).one_or_none()
    if row is None:
        raise NotFoundError("instance_not_found", instance_id=instance_id)
    return ProcessInstance(*row)


def step(
    uow: UnitOfWork,
    instance: ProcessInstance,
    trigger: Trigger,
    *,
    done_jobs: Collection[str] = (),
) -> ProcessInstance:
    """Move a locked instance on by one trigger.

    Args:
        done_jobs: keys of the jobs that the trigger is the end of.

    Raises:
        ConflictError: instance_ended, it takes no more triggers.
        StepError: it cannot go on; nothing has happened.
    """
    if instance.status != InstanceStatus.ACTIVE:
        raise ConflictError("instance_ended", instance_id=instance.id, status=instance.status.value)
    definition = definitions.load(uow, instance.definition_id)
    calendar = uow.calendar_of(instance.calendar)
    next_step = advance(
        definition,
        state(uow, instance),
        trigger,
        uow.now,
        calendar,
        is_called=instance.is_called,
    )
    return apply(uow, instance, definition, next_step, done_jobs=done_jobs)


def cancel(uow: UnitOfWork, instance: ProcessInstance) -> ProcessInstance:
    """End a locked instance: everything open is withdrawn."""
    return step(uow, instance, Cancel())


def apply(
    uow: UnitOfWork,
    instance: ProcessInstance,
    definition: Definition,
    step: Step,
    *,
    done_jobs: Collection[str] = (),
) -> ProcessInstance:
    """Store what a step changes; gives the instance as it is afterwards.

    Args:
        instance: as it was locked, before the step.
        done_jobs: keys of the jobs that the step is the end of.

    Raises:
        ConflictError: instance_changed, the row is not the one that was locked.
        LimitError: state_too_large.
        StepError: a task opens in a lane that nobody stands for.
    """
    events = _events(instance, step)
    after = _after(uow, instance, step, len(events))
    following = effects.prepare(uow, after, step, done_jobs)
    changed = uow.connection.execute(
        _UPDATE,
        {
            "instance_id": after.id,
            "old_revision": instance.revision,
            "new_revision": after.revision,
            "new_status": after.status,
            "new_ended_at": after.ended_at,
            "new_history_length": after.history_length,
            "new_codec_version": after.codec_version,
            "new_state": after.sealed_state,
        },
    )
    if changed.rowcount != 1:
        raise ConflictError("instance_changed", instance_id=instance.id)
    _keep(uow, instance)
    effects.write(uow, following)
    history.append(uow, after.id, events, length=instance.history_length, revision=after.revision)
    return after


def state(uow: UnitOfWork, instance: ProcessInstance) -> bytes:
    """The state of an instance, decrypted, for the interpreter.

    Raises:
        NotFoundError: the key of the case was destroyed.
    """
    return uow.keyring.decrypt(
        instance.key_id,
        instance.sealed_state,
        table="process_instance",
        column="state",
        row=f"{instance.id}@{instance.revision}",
    )


def state_before(uow: UnitOfWork, instance: ProcessInstance, revision: int) -> bytes:
    """The state that an earlier revision had, while it is among the last ones.

    Raises:
        NotFoundError: state_not_kept.
    """
    row = uow.connection.execute(
        select(instance_state.c.state).where(
            instance_state.c.instance_id == instance.id, instance_state.c.revision == revision
        )
    ).one_or_none()
    if row is None:
        raise NotFoundError("state_not_kept", instance_id=instance.id, revision=revision)
    return state(uow, replace(instance, revision=revision, sealed_state=row.state))


def note(uow: UnitOfWork, instance: ProcessInstance, event: NewEvent) -> ProcessInstance:
    """Append to the history of a locked instance what did not move it, a claim for example."""
    length = history.append(
        uow, instance.id, [event], length=instance.history_length, revision=instance.revision
    )
    uow.connection.execute(_COUNT_HISTORY, {"instance_id": instance.id, "length": length})
    return replace(instance, history_length=length)


def _row(instance: ProcessInstance) -> tuple[object, ...]:
    return tuple(getattr(instance, each.name) for each in fields(instance))


def _after(
    uow: UnitOfWork, instance: ProcessInstance, step: Step, new_events: int
) -> ProcessInstance:
    """The instance as the step leaves it, its new state encrypted."""
    if len(step.state) > LARGEST_STATE_BYTES:
        raise LimitError("state_too_large", instance_id=instance.id, bytes=len(step.state))
    revision = instance.revision + 1
    sealed = uow.keyring.encrypt(
        instance.key_id,
        step.state,
        table="process_instance",
        column="state",
        row=f"{instance.id}@{revision}",
    )
    return replace(
        instance,
        revision=revision,
        status=step.status,
        ended_at=None if step.status == InstanceStatus.ACTIVE else uow.now,
        history_length=instance.history_length + new_events,
        codec_version=CODEC_VERSION,
        sealed_state=sealed,
    )


def _events(instance: ProcessInstance, step: Step) -> list[NewEvent]:
    events = [history.of_element(event) for event in step.events]
    if step.status == InstanceStatus.COMPLETED:
        error = step.error.code if step.error is not None else None
        events.append(NewEvent(EventKind.INSTANCE_COMPLETED, instance.process_id, detail=error))
    elif step.status == InstanceStatus.CANCELLED:
        events.append(NewEvent(EventKind.INSTANCE_CANCELLED, instance.process_id))
    return events


def _keep(uow: UnitOfWork, instance: ProcessInstance) -> None:
    """Keep the state before the step, as it was encrypted, in place of the oldest."""
    uow.connection.execute(
        _KEEP_STATE[uow.connection.dialect.name],
        {
            "instance_id": instance.id,
            "slot": instance.revision % KEPT_STATES,
            "revision": instance.revision,
            "replaced_at": uow.now,
            "codec_version": instance.codec_version,
            "state": instance.sealed_state,
        },
    )
