"""Closing days of the installation and of its regions, such as Carnival."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, insert, select

from engine.storage.closing_days import EVERYWHERE
from engine.storage.tables import closing_day
from engine.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ClosingDay:
    """A free day beside the national ones.

    Attributes:
        calendar: the region it counts for; "" for everyone.
        name: what people call it, shown beside terms.
    """

    calendar: str
    day: date
    name: str


def close(uow: UnitOfWork, day: date, name: str, *, calendar: str = EVERYWHERE) -> None:
    """Make *day* a free day from now on; terms that were counted already stay as they are."""
    open_again(uow, day, calendar=calendar)
    uow.connection.execute(insert(closing_day), {"calendar": calendar, "day": day, "name": name})


def open_again(uow: UnitOfWork, day: date, *, calendar: str = EVERYWHERE) -> None:
    """Take a closing day back; does nothing when it is none."""
    uow.connection.execute(
        delete(closing_day).where(closing_day.c.calendar == calendar, closing_day.c.day == day)
    )
    uow.closing_days.changed(uow)


def closing_days(uow: UnitOfWork, *, calendar: str = EVERYWHERE) -> tuple[ClosingDay, ...]:
    """The closing days of a calendar alone, in order."""
    found = uow.connection.execute(
        select(closing_day).where(closing_day.c.calendar == calendar).order_by(closing_day.c.day)
    )
    return tuple(ClosingDay(row.calendar, row.day, row.name) for row in found)
