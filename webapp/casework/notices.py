"""Notices: what somebody should know, without asking for work. They hold no personal data."""

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import bindparam, insert, select, update

from engine.errors import NotFoundError
from engine.storage.unit_of_work import UnitOfWork
from webapp.casework.access import Person
from webapp.casework.tables import notice

MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice.

    Attributes:
        recipient: a candidate: "role@scope" for all who have the role, or "person:<account>".
        kind: stable name of what it tells, such as "spoed_check_herinnering".
        seen_at: when the first of its recipients put it away.
    """

    id: str
    recipient: str
    kind: str
    case_number: str | None
    task_id: str | None
    at: datetime
    seen_at: datetime | None


_COLUMNS = tuple(notice.c[each.name] for each in fields(Notice))


def send(
    uow: UnitOfWork,
    recipient: str,
    kind: str,
    *,
    case_number: str | None = None,
    task_id: str | None = None,
) -> None:
    """Leave a notice for *recipient*, "role@scope" or "person:<account>"."""
    uow.connection.execute(
        insert(notice),
        {
            "id": uow.new_id(),
            "recipient": recipient,
            "kind": kind,
            "case_number": case_number,
            "task_id": task_id,
            "at": uow.now,
        },
    )


def unseen(uow: UnitOfWork, person: Person) -> tuple[Notice, ...]:
    """The newest notices for this person that nobody has put away."""
    query = (
        select(*_COLUMNS)
        .where(notice.c.recipient.in_(sorted(person.groups)), notice.c.seen_at.is_(None))
        .order_by(notice.c.at.desc(), notice.c.id.desc())
        .limit(MOST_SHOWN)
    )
    return tuple(Notice(*row) for row in uow.connection.execute(query))


def of_case(uow: UnitOfWork, case_number: str) -> tuple[Notice, ...]:
    """Every notice about a case, the oldest first."""
    query = select(*_COLUMNS).where(notice.c.case_number == case_number)
    return tuple(Notice(*row) for row in uow.connection.execute(query.order_by(notice.c.id)))


def put_away(uow: UnitOfWork, person: Person, notice_id: str) -> None:
    """A recipient has seen it.

    Raises:
        NotFoundError: notice_not_found, there is none or it is not for this person.
    """
    changed = uow.connection.execute(
        update(notice)
        .where(
            notice.c.id == notice_id,
            notice.c.recipient.in_(sorted(person.groups)),
        )
        .values(seen_at=uow.now, seen_by=bindparam("account_id")),
        {"account_id": person.id},
    )
    if changed.rowcount != 1:
        raise NotFoundError("notice_not_found")
