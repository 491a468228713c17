"""Incidents: work that goes on only when a person looks at it."""

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import case, delete, select, tuple_, update

from engine import instances
from engine.errors import NotFoundError
from engine.history import EventKind, NewEvent
from engine.model import JobKind
from engine.storage.tables import JobStatus, incident, job
from engine.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Incident:
    """What stands still.

    Attributes:
        job_id: the job that failed too often; names the incident too.
        code: of the last failure.
    """

    job_id: str
    instance_id: str
    business_key: str
    element_id: str
    code: str
    opened_at: datetime


_COLUMNS = tuple(incident.c[each.name] for each in fields(Incident))


def open_incidents(
    uow: UnitOfWork, *, after: Incident | None = None, limit: int = 50
) -> tuple[Incident, ...]:
    """The oldest incidents, at most *limit*, those after *after*."""
    query = select(*_COLUMNS).order_by(incident.c.opened_at, incident.c.job_id).limit(limit)
    if after is not None:
        query = query.where(
            tuple_(incident.c.opened_at, incident.c.job_id) > (after.opened_at, after.job_id)
        )
    return tuple(Incident(*row) for row in uow.connection.execute(query))


def of_case(uow: UnitOfWork, business_key: str) -> tuple[Incident, ...]:
    """The incidents of a case."""
    query = select(*_COLUMNS).where(incident.c.business_key == business_key)
    return tuple(Incident(*row) for row in uow.connection.execute(query))


def get(uow: UnitOfWork, job_id: str) -> Incident:
    """An incident by the job that failed.

    Raises:
        NotFoundError: incident_not_found, there is none, or it was solved meanwhile.
    """
    found = uow.connection.execute(select(*_COLUMNS).where(incident.c.job_id == job_id))
    row = found.one_or_none()
    if row is None:
        raise NotFoundError("incident_not_found", job_id=job_id)
    return Incident(*row)


def retry(uow: UnitOfWork, job_id: str) -> None:
    """Let a job that stands still be tried again, at once and with all its tries.

    Raises:
        NotFoundError: incident_not_found, it was solved meanwhile.
    """
    found = get(uow, job_id)
    instance = instances.lock(uow, found.instance_id)
    gone = uow.connection.execute(delete(incident).where(incident.c.job_id == job_id))
    if gone.rowcount != 1:
        raise NotFoundError("incident_not_found", job_id=job_id)
    uow.connection.execute(
        update(job)
        .where(job.c.id == job_id)
        .values(
            status=JobStatus.WAITING,
            next_try_at=uow.now,
            attempts=0,
            lease_owner=None,
            # the patience with a message that nobody awaits is counted from here again
            due_at=case((job.c.kind == JobKind.MESSAGE, uow.now), else_=job.c.due_at),
        )
    )
    event = NewEvent(EventKind.INCIDENT_RETRIED, instance.process_id, found.element_id, found.code)
    instances.note(uow, instance, event)
    uow.wake_workers()
