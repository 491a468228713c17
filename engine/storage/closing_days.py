"""Free days of one's own, kept in the process for a minute: terms are counted often."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Protocol

from sqlalchemy import Connection, bindparam, select

from engine.storage.tables import closing_day
from engine.timers import Calendar

KEPT_FOR = timedelta(minutes=1)
EVERYWHERE = ""

_DAYS = select(closing_day.c.day).where(
    closing_day.c.calendar.in_((EVERYWHERE, bindparam("calendar"))),
    closing_day.c.day.between(bindparam("first"), bindparam("last")),
)


class Reading(Protocol):
    """What this module needs of a unit of work."""

    @property
    def connection(self) -> Connection:
        """The open transaction."""

    @property
    def now(self) -> datetime:
        """The instant of the transaction."""

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Run *callback* once the transaction is durable."""


class ClosingDays:
    """The closing days of the calendars of one database."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int], tuple[frozenset[date], datetime]] = {}

    def calendar(self, uow: Reading, name: str) -> Calendar:
        """The calendar *name*; its own days are read when a working day is counted."""
        return Calendar(closing_days=partial(self._of_year, uow, name))

    def changed(self, uow: Reading) -> None:
        """Forget what was read: the days change in this transaction."""
        self._kept.clear()
        uow.after_commit(self._kept.clear)

    def _of_year(self, uow: Reading, name: str, year: int) -> frozenset[date]:
        kept = self._kept.get((name, year))
        if kept and abs(uow.now - kept[1]) < KEPT_FOR:
            return kept[0]
        span = {"calendar": name, "first": date(year, 1, 1), "last": date(year, 12, 31)}
        days = frozenset(uow.connection.execute(_DAYS, span).scalars())
        self._kept[name, year] = (days, uow.now)
        return days
