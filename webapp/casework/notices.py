"""Notices: what somebody should know, without asking for work. They hold no personal data."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime

from sqlalchemy import bindparam, func, insert, literal, select, update

from engine import definitions
from engine.errors import NotFoundError
from engine.storage.unit_of_work import UnitOfWork
from webapp.casework.access import Person
from webapp.casework.tables import case_file, notice

MOST_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice.

    Attributes:
        recipient: a candidate: "role@scope" for all who have the role, or "person:<account>".
        kind: stable name of what it tells, such as "spoed_check_herinnering".
        seen_at: when the first of its recipients put it away.
        is_report: whether it is for who reported the case, and so about a report of theirs.
        text: what it says, as the manifest of a process words its kind; "" when none does.
    """

    id: str
    recipient: str
    kind: str
    case_number: str | None
    task_id: str | None
    at: datetime
    seen_at: datetime | None
    is_report: bool
    text: str = ""


_NOT_STORED = ("is_report", "text")
_IS_REPORT = notice.c.recipient == literal("person:") + func.coalesce(case_file.c.reporter, "")
_COLUMNS = (
    *(notice.c[each.name] for each in fields(Notice) if each.name not in _NOT_STORED),
    _IS_REPORT,
)
_NOTICES = select(*_COLUMNS).outerjoin(case_file, case_file.c.number == notice.c.case_number)


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
    """The newest notices for this person that nobody has put away, one more than are shown."""
    query = (
        _NOTICES.where(notice.c.recipient.in_(sorted(person.groups)), notice.c.seen_at.is_(None))
        .order_by(notice.c.at.desc(), notice.c.id.desc())
        .limit(MOST_SHOWN + 1)
    )
    return _worded(uow, [Notice(*row) for row in uow.connection.execute(query)])


def of_case(uow: UnitOfWork, case_number: str) -> tuple[Notice, ...]:
    """Every notice about a case, the oldest first."""
    query = _NOTICES.where(notice.c.case_number == case_number).order_by(notice.c.id)
    return _worded(uow, [Notice(*row) for row in uow.connection.execute(query)])


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


def _worded(uow: UnitOfWork, found: Sequence[Notice]) -> tuple[Notice, ...]:
    texts = _texts(uow) if found else {}
    return tuple(
        replace(one, text=texts.get(one.kind, "").replace("{nummer}", one.case_number or ""))
        for one in found
    )


def _texts(uow: UnitOfWork) -> dict[str, str]:
    """What each kind of notice says, in the newest version of each process."""
    found = (definitions.manifest(uow, each.id) for each in definitions.current(uow))
    return {kind: text for one in found if one for kind, text in one.notices.items()}
