"""Calls of a process in a case of its own: begun, answered and withdrawn by jobs.

The caller and what it calls are two instances, each with a key and a lock of its own, and no step
locks both. So a call is a job of the caller, what comes of it is a job of the caller too, and a
withdrawn call withdraws what it began by a third.
"""

from collections.abc import Iterator, Mapping

from sqlalchemy import bindparam, select

from engine import beginnings, definitions, instances, jobs
from engine.beginnings import Begin, BeginKind, Beginning
from engine.errors import StepError
from engine.instances import Caller, ProcessInstance
from engine.jobs import Job
from engine.model import (
    CallEscalated,
    FinishService,
    InstanceStatus,
    ServiceFailed,
    Trigger,
    Value,
)
from engine.storage.tables import process_instance
from engine.storage.unit_of_work import UnitOfWork

# The business error of a call whose instance somebody cancelled; a boundary event may name it.
CALL_CANCELLED = "call_cancelled"

_OF_CALL = select(process_instance.c.id).where(
    process_instance.c.caller_id == bindparam("caller_id"),
    process_instance.c.caller_key == bindparam("caller_key"),
)
_OPEN = (
    select(*instances.COLUMNS)
    .where(
        process_instance.c.caller_id == bindparam("caller_id"),
        process_instance.c.status == InstanceStatus.ACTIVE,
    )
    .order_by(process_instance.c.started_at, process_instance.c.id)
)


def begin(uow: UnitOfWork, job: Job, *, begin: Begin = beginnings.begin) -> ProcessInstance:
    """Begin what is called, in the case with the number that the call names.

    The caller is not locked: who takes the job away first, this or its withdrawal, has its way.

    Raises:
        NotFoundError: job_not_found, the call was begun or withdrawn; process_not_found.
        StepError: the process cannot begin.
    """
    sent = jobs.take(uow, job)
    beginning = Beginning(
        BeginKind.CALL,
        definitions.latest(uow, sent.name),
        sent.name,
        sent.correlation_key,
        sent.variables,
        sent.sender_id,
        sent.sender_key,
        Caller(job.instance_id, job.key, job.element_id),
    )
    return begin(uow, beginning)


def finish(uow: UnitOfWork, job: Job) -> ProcessInstance:
    """Bring to the caller what came of its call; gives the caller.

    A caller that ended or withdrew the call meanwhile does not hear of it.

    Raises:
        NotFoundError: job_not_found.
        ConflictError: lease_lost.
        StepError: the caller cannot go on; nothing has happened.
    """
    locked = jobs.lock(uow, job)
    told = jobs.content(uow, locked)
    jobs.remove(uow, locked)
    caller = locked.instance
    for trigger in _triggers(locked.key, told):
        if caller.status != InstanceStatus.ACTIVE:
            break
        try:
            caller = instances.step(uow, caller, trigger)
        except StepError as error:
            if error.problem.rule != "nothing_waits":
                raise
            break
    return caller


def cancel(uow: UnitOfWork, job: Job) -> ProcessInstance | None:
    """Cancel what a withdrawn call began; None when it had not begun, or has ended.

    Raises:
        NotFoundError: job_not_found.
    """
    jobs.take(uow, job)
    call = {"caller_id": job.instance_id, "caller_key": job.key}
    row = uow.connection.execute(_OF_CALL, call).one_or_none()
    if row is None:
        return None
    called = instances.lock(uow, row.id)
    return instances.cancel(uow, called) if called.status == InstanceStatus.ACTIVE else None


def open_calls(uow: UnitOfWork, instance_id: str) -> tuple[ProcessInstance, ...]:
    """The instances that an instance waits for: the reason why its call activities stand still."""
    rows = uow.connection.execute(_OPEN, {"caller_id": instance_id})
    return tuple(ProcessInstance(*row) for row in rows)


def _triggers(key: str, told: Mapping[str, Value]) -> Iterator[Trigger]:
    """What the caller is to be told, in order: escalations come before the end."""
    escalations, error = told.get("escalations"), told.get("error")
    for code in escalations if isinstance(escalations, tuple | list) else ():
        yield CallEscalated(key, _code(code))
    if isinstance(error, Mapping):
        yield ServiceFailed(key, _code(error.get("code")))
    elif told.get("outcome") == InstanceStatus.CANCELLED:
        yield ServiceFailed(key, CALL_CANCELLED)
    elif told.get("outcome") == InstanceStatus.COMPLETED:
        yield FinishService(key, jobs.context(told.get("variables")))


def _code(value: Value) -> str | None:
    return value if isinstance(value, str) else None
