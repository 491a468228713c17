"""Jobs: timers, service tasks and what is sent to others, done by a worker after the commit.

A worker leases a job, does it in a transaction of its own and deletes it there. A worker that dies
loses only its lease: the job is taken again, and since it goes with its effect, it is done once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, func, insert, select, update

from engine import instances
from engine.errors import ConflictError, NotFoundError, StepError, UitwegError
from engine.handlers import ServiceCall
from engine.history import EventKind, NewEvent
from engine.instances import ProcessInstance
from engine.model import (
    SYSTEM,
    FinishService,
    FireTimer,
    InstanceStatus,
    JobKind,
    ReceiveSignal,
    ServiceFailed,
    Value,
    Variables,
)
from engine.storage import values
from engine.storage.database import Database
from engine.storage.tables import JobStatus, incident, job, process_instance
from engine.storage.unit_of_work import UnitOfWork

TRIES = 5
FIRST_WAIT = timedelta(seconds=5)
LONGEST_LEASE = timedelta(hours=1)
WAIT_GROWS_BY = 6  # 5 s, 30 s, 3 minutes, 18 minutes
# A message may be sent before its receiver waits: while a person does the task in between.
MESSAGE_PATIENCE = timedelta(hours=4)
LONGEST_MESSAGE_WAIT = timedelta(minutes=10)
_NOT_AWAITED = "message_not_awaited"
_ATTEMPTS_WHILE_NOT_AWAITED = 2  # neither new work that a case goes on by, nor nearly the last try


@dataclass(frozen=True, slots=True)
class Job:
    """Work for later.

    Attributes:
        key: names it inside its instance; empty for what the instance sends to others.
        topic: topic of a service task, name of the message or signal that is sent, or id of the
            process that is called.
        due_at: not before this moment.
        attempts: how often it was taken, this time included.
        lease_owner: the worker that has it.
    """

    id: str
    instance_id: str
    key: str
    kind: JobKind
    element_id: str
    topic: str | None
    status: JobStatus
    due_at: datetime
    next_try_at: datetime
    attempts: int
    lease_owner: str | None


@dataclass(frozen=True, slots=True)
class LockedJob(Job):
    """A job whose instance is locked until the commit."""

    instance: ProcessInstance = field(kw_only=True, repr=False)
    payload: bytes | None = field(kw_only=True, repr=False)


COLUMNS = tuple(job.c[each.name] for each in fields(Job))

# A named subquery: PostgreSQL might carry out a plain one again for every row, past its limit.
_DUE = (
    select(job.c.id)
    .where(job.c.status == JobStatus.WAITING, job.c.next_try_at <= bindparam("moment"))
    .order_by(job.c.next_try_at, job.c.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
    .cte("due")
)
_LEASE = (
    update(job)
    .where(job.c.id.in_(select(_DUE.c.id)))
    .values(
        lease_owner=bindparam("owner"),
        next_try_at=bindparam("lease_until"),
        attempts=job.c.attempts + 1,
    )
    .returning(*COLUMNS)
)
_GIVE_BACK = (
    update(job)
    .where(
        job.c.status == JobStatus.WAITING,
        job.c.next_try_at <= bindparam("latest"),
        job.c.lease_owner == bindparam("owner"),
    )
    .values(
        lease_owner=None,
        next_try_at=bindparam("moment"),
        attempts=job.c.attempts - bindparam("tries_less"),
    )
)
_NEXT_DUE = select(func.min(job.c.next_try_at)).where(job.c.status == JobStatus.WAITING)
_GET = select(*COLUMNS, job.c.payload).where(job.c.id == bindparam("job_id"))
_TAKE = delete(job).where(job.c.id == bindparam("job_id"), job.c.lease_owner == bindparam("owner"))
_SEALED = (
    select(job.c.payload, process_instance.c.key_id, process_instance.c.business_key)
    .join_from(job, process_instance, job.c.instance_id == process_instance.c.id)
    .where(job.c.id == bindparam("job_id"))
)
_TRY_AGAIN = (
    update(job)
    .where(job.c.id == bindparam("job_id"))
    .values(status=bindparam("new_status"), next_try_at=bindparam("moment"), lease_owner=None)
)
_WAIT_FOR_RECEIVER = (
    update(job)
    .where(job.c.id == bindparam("job_id"))
    .values(
        next_try_at=bindparam("moment"),
        attempts=_ATTEMPTS_WHILE_NOT_AWAITED,
        lease_owner=None,
    )
)


def claim_due(
    database: Database, *, limit: int = 10, lease_seconds: float = 60, owner: str
) -> tuple[Job, ...]:
    """Lease jobs that are due, the longest due first; no other worker gets them meanwhile.

    Args:
        owner: name of the worker, unique among all workers.
    """
    if not _has_due(database):
        return ()
    with database.unit_of_work(SYSTEM) as uow:
        rows = uow.connection.execute(
            _LEASE,
            {
                "moment": uow.now,
                "limit": limit,
                "owner": owner,
                "lease_until": uow.now + timedelta(seconds=lease_seconds),
            },
        )
        leased = [Job(*row) for row in rows]
    return tuple(sorted(leased, key=lambda each: (each.due_at, each.id)))


def give_back(database: Database, owner: str, *, was_tried: bool) -> int:
    """End the leases of a worker, so that its jobs are taken at once; gives how many.

    Args:
        was_tried: False when none of them was begun, so that no try is counted.
    """
    with database.unit_of_work(SYSTEM) as uow:
        given = uow.connection.execute(
            _GIVE_BACK,
            {
                "owner": owner,
                "moment": uow.now,
                "latest": uow.now + LONGEST_LEASE,
                "tries_less": 0 if was_tried else 1,
            },
        )
        return given.rowcount


def next_due_at(database: Database) -> datetime | None:
    """When the next job may be taken; None when there is none."""
    with database.unit_of_work(SYSTEM, read_only=True) as uow:
        due: datetime | None = uow.connection.execute(_NEXT_DUE).scalar_one_or_none()
    return due


def lock(uow: UnitOfWork, job: Job) -> LockedJob:
    """Take a leased job, with its instance locked until the commit.

    Raises:
        NotFoundError: job_not_found, it was done or cancelled meanwhile.
        ConflictError: lease_lost, another worker has it now.
    """
    if isinstance(job, LockedJob):
        return job
    instance = instances.lock(uow, job.instance_id)
    row = uow.connection.execute(_GET, {"job_id": job.id}).one_or_none()
    if row is None:
        raise NotFoundError("job_not_found", job_id=job.id)
    locked = LockedJob(*row[:-1], instance=instance, payload=row.payload)
    if locked.lease_owner != job.lease_owner or locked.attempts != job.attempts:
        raise ConflictError("lease_lost", job_id=job.id)
    return locked


def call(uow: UnitOfWork, job: LockedJob) -> ServiceCall:
    """What the handler of a service task is given."""
    return ServiceCall(
        job_id=job.id,
        instance_id=job.instance_id,
        business_key=job.instance.business_key,
        element_id=job.element_id,
        topic=job.topic or "",
        variables=content(uow, job),
    )


def content(uow: UnitOfWork, job: LockedJob) -> Mapping[str, Value]:
    """What a job brings, opened."""
    return _opened(uow, job.id, job.instance.key_id, job.payload)


def remove(uow: UnitOfWork, job: Job) -> bool:
    """A job is done with this transaction; whether it was still this worker's."""
    gone = uow.connection.execute(_TAKE, {"job_id": job.id, "owner": job.lease_owner})
    return gone.rowcount == 1


def fire_timer(uow: UnitOfWork, job: Job) -> ProcessInstance:
    """Let a timer that is due move its instance on.

    Raises:
        ConflictError: job_not_due, or lease_lost.
        NotFoundError: job_not_found, it fired or was cancelled meanwhile.
        StepError: the instance cannot go on; nothing has happened.
    """
    locked = lock(uow, job)
    if locked.due_at > uow.now:
        raise ConflictError("job_not_due", job_id=job.id, due_at=locked.due_at)
    return instances.step(uow, locked.instance, FireTimer(locked.key), done_jobs=(locked.key,))


def finish(uow: UnitOfWork, job: Job, variables: Variables) -> ProcessInstance:
    """The work of a service task is done; its instance moves on.

    Args:
        variables: what the task sets; no personal data.

    Raises:
        ConflictError, NotFoundError, StepError: as `fire_timer`.
    """
    locked = lock(uow, job)
    trigger = FinishService(locked.key, variables)
    return instances.step(uow, locked.instance, trigger, done_jobs=(locked.key,))


def throw_error(uow: UnitOfWork, job: Job, error_code: str) -> ProcessInstance:
    """A service task ended in a business error, which a boundary event may catch.

    Raises:
        ConflictError, NotFoundError, StepError: as `fire_timer`.
    """
    locked = lock(uow, job)
    trigger = ServiceFailed(locked.key, error_code)
    return instances.step(uow, locked.instance, trigger, done_jobs=(locked.key,))


def receive_signal(uow: UnitOfWork, job: Job) -> ProcessInstance:
    """Give a signal to the one instance that this job brings it to.

    An instance that ended meanwhile does not hear it.

    Raises:
        ConflictError, NotFoundError, StepError: as `fire_timer`.
    """
    locked = lock(uow, job)
    remove(uow, job)
    if locked.instance.status != InstanceStatus.ACTIVE:
        return locked.instance
    brought = content(uow, locked)
    signal = ReceiveSignal(locked.topic or "", context(brought.get("variables")))
    return instances.step(uow, locked.instance, signal)


@dataclass(frozen=True, slots=True)
class Sent:
    """A message, signal or call on its way.

    Attributes:
        name: of the message or signal; the process id of a call.
        sender_id, sender_key: the instance that threw it, and its business key.
        correlation_key: what its receiver must wait for, or the number of the case of a call; None
            for a signal.
        is_for_one: a signal that has its receiver already: the instance of the job.
        begins: the process that a signal begins; None for one that goes to who waits.
    """

    name: str
    sender_id: str
    sender_key: str
    correlation_key: str | None
    variables: Variables
    is_for_one: bool
    begins: str | None


def look_into(uow: UnitOfWork, job: Job) -> Sent:
    """What a message, signal or call job brings.

    Raises:
        NotFoundError: job_not_found, it was delivered meanwhile.
    """
    row = uow.connection.execute(_SEALED, {"job_id": job.id}).one_or_none()
    if row is None:
        raise NotFoundError("job_not_found", job_id=job.id)
    brought = _opened(uow, job.id, row.key_id, row.payload)
    key, begins = brought.get("correlation_key"), brought.get("begins")
    return Sent(
        job.topic or "",
        job.instance_id,
        row.business_key,
        key if isinstance(key, str) else None,
        context(brought.get("variables")),
        brought.get("is_for_one") is True,
        begins if isinstance(begins, str) else None,
    )


def take(uow: UnitOfWork, job: Job) -> Sent:
    """What a message, signal or call job brings, the job being done with this transaction.

    The instance that sent it is not locked: delivering locks the one that receives.

    Raises:
        NotFoundError: job_not_found, it was delivered meanwhile or another worker has it.
    """
    sent = look_into(uow, job)
    if not remove(uow, job):
        raise NotFoundError("job_not_found", job_id=job.id)
    return sent


def waits_for_receiver(job: Job, error: Exception, now: datetime) -> bool:
    """Whether a job is a message that nobody awaits yet, sent so lately that it only waits."""
    return (
        job.kind == JobKind.MESSAGE
        and isinstance(error, NotFoundError)
        and error.code == _NOT_AWAITED
        and now - job.due_at < MESSAGE_PATIENCE
    )


def fail(uow: UnitOfWork, job: Job, error: Exception) -> bool:
    """A try did not succeed: wait longer each time, and after the last one ask for a person.

    A message that nobody awaits yet has not failed: it waits for its receiver, up to
    `MESSAGE_PATIENCE` after it was sent.

    Args:
        error: what happened; only its code is stored, never its text.

    Returns:
        Whether it became an incident.
    """
    locked = lock(uow, job)
    code = error.code if isinstance(error, UitwegError) else type(error).__name__
    if waits_for_receiver(locked, error, uow.now):
        wait = min(max(uow.now - locked.due_at, FIRST_WAIT), LONGEST_MESSAGE_WAIT)
        later = {"job_id": job.id, "moment": uow.now + wait}
        uow.connection.execute(_WAIT_FOR_RECEIVER, later)
        return False
    stuck = error.problem.element_id if isinstance(error, StepError) else None
    element_id = stuck or locked.element_id
    is_last = locked.attempts >= TRIES or code == _NOT_AWAITED  # its patience is at an end
    wait = FIRST_WAIT * WAIT_GROWS_BY ** (locked.attempts - 1)
    uow.connection.execute(
        _TRY_AGAIN,
        {
            "job_id": job.id,
            "new_status": JobStatus.INCIDENT if is_last else JobStatus.WAITING,
            "moment": uow.now if is_last else uow.now + wait,
        },
    )
    if is_last:
        uow.connection.execute(
            insert(incident),
            {
                "job_id": job.id,
                "instance_id": locked.instance_id,
                "business_key": locked.instance.business_key,
                "element_id": element_id,
                "code": code,
                "opened_at": uow.now,
            },
        )
    kind = EventKind.INCIDENT_OPENED if is_last else EventKind.JOB_FAILED
    event = NewEvent(kind, locked.instance.process_id, element_id, code)
    instances.note(uow, locked.instance, event)
    return is_last


def _has_due(database: Database) -> bool:
    due = next_due_at(database)
    return due is not None and due <= database.clock.now()


def _opened(uow: UnitOfWork, job_id: str, key_id: str, payload: bytes | None) -> dict[str, Value]:
    if payload is None:
        return {}
    opened = uow.keyring.decrypt(key_id, payload, table="job", column="payload", row=job_id)
    return values.load(opened)


def context(value: Value) -> Variables:
    """Variables that a job brings; none when it brings something else."""
    return value if isinstance(value, Mapping) else {}
