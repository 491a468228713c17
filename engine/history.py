"""What happened in a process instance: who, when, which element. Append only, and without data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import bindparam, insert, select

from engine.model import ElementEvent
from engine.storage.tables import history_event
from engine.storage.unit_of_work import UnitOfWork


class EventKind(StrEnum):
    """What a history event tells."""

    INSTANCE_STARTED = "instance_started"
    INSTANCE_COMPLETED = "instance_completed"
    INSTANCE_CANCELLED = "instance_cancelled"
    ELEMENT_ENTERED = "element_entered"
    ELEMENT_COMPLETED = "element_completed"
    ELEMENT_CANCELLED = "element_cancelled"
    TASK_CLAIMED = "task_claimed"
    TASK_RELEASED = "task_released"
    TASK_ASSIGNED = "task_assigned"
    JOB_FAILED = "job_failed"
    INCIDENT_OPENED = "incident_opened"
    INCIDENT_RETRIED = "incident_retried"


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to append.

    Attributes:
        detail: what belongs to the kind: sequence flows taken (joined by a space), the account a
            task was given to, the code of a failure. Never data of a case.
    """

    kind: EventKind
    process_id: str | None = None
    element_id: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class HistoryEvent:
    """One line of the history of an instance; *number* counts from 1."""

    instance_id: str
    number: int
    revision: int
    at: datetime
    actor_id: str
    kind: EventKind
    process_id: str | None
    element_id: str | None
    detail: str | None

    @property
    def flow_ids(self) -> tuple[str, ...]:
        """Sequence flows that a completed element was left by."""
        if self.kind != EventKind.ELEMENT_COMPLETED:
            return ()
        return tuple((self.detail or "").split())


_APPEND = insert(history_event)
_READ = (
    select(history_event)
    .where(
        history_event.c.instance_id == bindparam("instance_id"),
        history_event.c.number > bindparam("after"),
    )
    .order_by(history_event.c.number)
    .limit(bindparam("limit"))
)


def of_element(event: ElementEvent) -> NewEvent:
    """What the interpreter told, as history keeps it."""
    return NewEvent(
        EventKind(f"element_{event.outcome.value}"),
        event.process_id,
        event.element_id,
        " ".join(event.flow_ids) or None,
    )


def append(
    uow: UnitOfWork,
    instance_id: str,
    events: Sequence[NewEvent],
    *,
    length: int,
    revision: int,
) -> int:
    """Add events to a locked instance, in one statement; gives the new length.

    Args:
        length: how many events the instance has.
        revision: the revision of the instance that the events belong to.
    """
    if events:
        uow.connection.execute(
            _APPEND,
            [
                {
                    "instance_id": instance_id,
                    "number": number,
                    "revision": revision,
                    "at": uow.now,
                    "actor_id": uow.actor.id,
                    "kind": event.kind.value,
                    "process_id": event.process_id,
                    "element_id": event.element_id,
                    "detail": event.detail,
                }
                for number, event in enumerate(events, start=length + 1)
            ],
        )
    return length + len(events)


def read(
    uow: UnitOfWork, instance_id: str, *, after: int = 0, limit: int = 500
) -> tuple[HistoryEvent, ...]:
    """The events of an instance with a number above *after*, in order, at most *limit*."""
    rows = uow.connection.execute(
        _READ, {"instance_id": instance_id, "after": after, "limit": limit}
    )
    return tuple(
        HistoryEvent(
            row.instance_id,
            row.number,
            row.revision,
            row.at,
            row.actor_id,
            EventKind(row.kind),
            row.process_id,
            row.element_id,
            row.detail,
        )
        for row in rows
    )
