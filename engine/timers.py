"""Durations, cycles and the business calendar: when something is due.

Pure: the moment from which is counted always comes in, nothing here reads a clock. What is given
back is aware and in UTC; `Calendar.local` shows it as people in the calendar's zone read it.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from engine.errors import UitwegError
from engine.model import YearMonthDuration

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
LONGEST_YEARS = 10
SHORTEST_INTERVAL = timedelta(seconds=1)

Counting = Literal["werkdagen", "kalenderdagen", "uren"]
ClosingDays: TypeAlias = frozenset[date] | Callable[[int], Collection[date]]


class TimerError(UitwegError):
    """A duration, cycle or moment that cannot be counted with.

    Codes: bad_duration, mixed_duration, bad_moment, bad_cycle, interval_not_positive, too_long,
    bad_length, bad_counting.
    """


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time as ISO 8601 writes it, months and days kept apart from hours.

    Months and days are days of the calendar: they keep the local time of day, also when summer
    time begins in between. Hours, minutes and seconds are absolute time.
    """

    months: int = 0
    days: int = 0
    rest: timedelta = timedelta()

    @property
    def about(self) -> timedelta:
        """Its length with a month of average length: to compare, not to reckon with."""
        return timedelta(days=self.months * 30.436875 + self.days) + self.rest


@dataclass(frozen=True, slots=True)
class Cycle:
    """A repeating timer, `R3/P7D` or `R2/2026-01-01T00:00:00Z/PT1H`.

    Attributes:
        interval: time between two firings.
        remaining: how often it still fires; None without end.
        start: its first firing, from which all others are counted; None to count from the moment
            the timer begins to run. Naive means local time of the calendar.
    """

    interval: Period
    remaining: int | None = None
    start: datetime | None = None

    def fired(self) -> "Cycle":
        """The cycle that is left after one firing."""
        if self.remaining is None:
            return self
        return replace(self, remaining=max(0, self.remaining - 1))


Length: TypeAlias = Period | timedelta | YearMonthDuration
Timer: TypeAlias = Length | Cycle | datetime | date


def parse_timer(text: str) -> Period | Cycle | datetime | date:
    """Read the text of a timer: duration, cycle, date-time or date in ISO 8601.

    Raises:
        TimerError: it is none of these, or asks for what cannot be.
    """
    stripped = text.strip()
    if stripped[:1] in ("R", "r"):
        return parse_cycle(stripped)
    if stripped[:1] in ("P", "p", "-", "+"):
        return parse_period(stripped)
    return parse_moment(stripped)


def due_at(timer: Timer, now: datetime, calendar: "Calendar | None" = None) -> datetime | None:
    """When a timer that begins to run at *now* is due; None for a cycle that is used up."""
    calendar = calendar or DUTCH_CALENDAR
    if isinstance(timer, Cycle):
        return next_due(timer, now, calendar)
    if isinstance(timer, date):  # a datetime is a date as well
        return calendar.moment(timer)
    return calendar.add(now, timer)


# So few digits that no sum of them is beyond what a timedelta can hold.
_PERIOD = re.compile(
    r"(?P<sign>[+-]?)P(?=.)"
    r"(?:(\d{1,6})Y)?(?:(\d{1,6})M)?(?:(\d{1,6})W)?(?:(\d{1,6})D)?"
    r"(?:T(?=.)(?:(\d{1,8})H)?(?:(\d{1,8})M)?(?:(\d{1,10}(?:[.,]\d{1,6})?)S)?)?",
    re.ASCII | re.IGNORECASE,
)


def parse_period(text: str) -> Period:
    """Read an ISO 8601 duration to wait for, such as `PT24H`, `P2W` or `P1M2D`.

    Raises:
        TimerError: not a duration, negative, or longer than ten years.
    """
    sign, period = _read_period(text)
    if sign < 0:
        raise TimerError("interval_not_positive", text=text[:40])
    if period.about > Period(months=12 * LONGEST_YEARS).about:
        raise TimerError("too_long", text=text[:40])
    return period


def parse_duration(text: str) -> timedelta | YearMonthDuration:
    """Read an ISO 8601 duration as one of FEEL's two kinds; a sign is allowed.

    Raises:
        TimerError: not a duration, or `mixed_duration` for months and days together, which FEEL
            cannot hold. `parse_period` can.
    """
    sign, period = _read_period(text)
    if not period.months:
        # "P0M" is a duration of months, "P0D" one of days
        if re.search(r"[YM]", text.upper().partition("T")[0]) and period == Period():
            return YearMonthDuration(0)
        return sign * (timedelta(days=period.days) + period.rest)
    if period.days or period.rest:
        raise TimerError("mixed_duration", text=text[:40])
    return YearMonthDuration(sign * period.months)


def parse_moment(text: str) -> datetime | date:
    """Read an ISO 8601 date or date-time; a date-time without offset stays naive.

    Raises:
        TimerError: it is neither.
    """
    stripped = text.strip()
    try:
        if len(stripped) == 10:
            return date.fromisoformat(stripped)
        return datetime.fromisoformat(stripped)
    except ValueError:
        raise TimerError("bad_moment", text=text[:40]) from None


def parse_cycle(text: str) -> Cycle:
    """Read an ISO 8601 repeating interval: `R/PT24H`, `R3/P7D`, `R2/2026-01-01T00:00:00Z/PT1H`.

    Raises:
        TimerError: not a cycle, or an interval shorter than a second or longer than ten years.
    """
    count, *parts = text.strip().split("/")
    found = re.fullmatch(r"R(\d{0,6})", count, re.ASCII | re.IGNORECASE)
    if found is None or len(parts) not in (1, 2) or not parts[-1]:
        raise TimerError("bad_cycle", text=text[:60])
    interval = parse_period(parts[-1])
    if interval.about < SHORTEST_INTERVAL:
        raise TimerError("interval_not_positive", text=text[:60])
    return Cycle(
        interval=interval,
        remaining=int(found[1]) if found[1] else None,
        start=_cycle_start(parts[0]) if len(parts) == 2 else None,
    )


def next_due(cycle: Cycle, after: datetime, calendar: "Calendar | None" = None) -> datetime | None:
    """When *cycle* fires next, strictly later than *after*; None when it is used up."""
    calendar = calendar or DUTCH_CALENDAR
    if cycle.remaining == 0:
        return None
    if cycle.start is None:
        return calendar.add(after, cycle.interval)
    start = calendar.moment(cycle.start)
    if start > after:
        return start
    return _next_on_grid(cycle.interval, start, after, calendar)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are working days, and what a term comes to.

    Every Saturday, Sunday and day of article 3 of the Algemene termijnenwet is free, and so are the
    closing days. Calendars are values: equal when their zone and closing days are.

    Attributes:
        zone: where the local time of day is read.
        closing_days: free days of one's own, such as Carnival or a day that the Crown made equal
            to a holiday: a set, or a function that gives those of a year. The function is called
            only when a working day is counted, once for each year it touches.

    Source: Algemene termijnenwet, art. 3; docs/decisions/0004-business-calendar.md.
    """

    zone: ZoneInfo = AMSTERDAM
    closing_days: ClosingDays = frozenset()

    def is_working_day(self, day: date) -> bool:
        """Whether people work on this day."""
        return day.weekday() < 5 and day not in self._free_days(day.year)

    def local(self, moment: datetime) -> datetime:
        """The same moment as the clock in this calendar's zone shows it; naive is local already."""
        if moment.tzinfo is None:
            return moment.replace(tzinfo=self.zone)
        return moment.astimezone(self.zone)

    def moment(self, day: date | datetime) -> datetime:
        """The moment meant by a date (its first minute) or a date-time (naive is local), in UTC."""
        at = day if isinstance(day, datetime) else datetime.combine(day, time())
        return self.local(at).astimezone(UTC)

    def add(self, moment: datetime, length: Length) -> datetime:
        """*moment* plus a length: months and days by the calendar, hours as absolute time.

        The last day of a shorter month takes the place of a day it does not have. A time of day
        that summer time skips becomes the one an hour later; of one that comes twice, the first.
        FEEL durations (timedelta) are absolute, as FEEL reckons them.
        """
        if isinstance(length, timedelta):
            return _plus(moment, length)
        period = Period(months=length.months) if isinstance(length, YearMonthDuration) else length
        if not period.months and not period.days:
            return _plus(moment, period.rest)
        local = self.local(moment)
        try:
            day = _months_later(local.date(), period.months) + timedelta(days=period.days)
        except (OverflowError, ValueError):
            raise TimerError("too_long") from None
        return _plus(self._at(day, local), period.rest)

    def add_working_days(self, moment: datetime, n: int) -> datetime:
        """The same local time of day on the *n*-th working day after *moment*.

        The day of *moment* itself does not count, so from a Saturday the first working day is the
        Monday, as from the Friday before. With 0: *moment*, or the first working day after it when
        that is none.

        Raises:
            TimerError: bad_length for less than 0, too_long for more than ten years of days.
        """
        if n < 0:
            raise TimerError("bad_length", length=n)
        if n > LONGEST_YEARS * 366:
            raise TimerError("too_long", length=n)
        local = self.local(moment)
        day = self._nth_working_day(local.date(), n)
        return moment.astimezone(UTC) if day == local.date() else self._at(day, local)

    def due(
        self, moment: datetime, length: Length | str | int | Decimal, counting: Counting
    ) -> datetime:
        """When a term that begins at *moment* ends.

        Args:
            length: a number of the unit that *counting* names, or a duration or its ISO text.
            counting: "werkdagen" counts working days and "kalenderdagen" all days, both at the
                same local time of day; "uren" counts absolute time.

        Raises:
            TimerError: the length does not fit the way of counting.
        """
        if counting not in ("werkdagen", "kalenderdagen", "uren"):
            raise TimerError("bad_counting", counting=str(counting)[:40])
        period = _period_of(length, counting)
        if counting == "kalenderdagen":
            return self.add(moment, period)
        if period.months:
            raise TimerError("bad_length", length=str(length)[:40])
        if counting == "uren":
            return _plus(moment, timedelta(days=period.days) + period.rest)
        if period.rest:
            raise TimerError("bad_length", length=str(length)[:40])
        return self.add_working_days(moment, period.days)

    def latest_begin(
        self, end: datetime, length: Length | str | int | Decimal, counting: Counting
    ) -> datetime:
        """The latest moment at which a term could begin that has ended by *end*.

        Args:
            length, counting: as `due` takes them.

        Raises:
            TimerError: the length does not fit the way of counting, or is more than ten years.
        """
        if counting == "uren":
            return _plus(end, end - self.due(end, length, counting))
        # Days keep the time of day, so it is that time on one of the days before.
        local = self.local(end)
        for days in range(LONGEST_YEARS * 366):
            moment = self._at(local.date() - timedelta(days=days), local)
            if self.due(moment, length, counting) <= end:
                return moment
        raise TimerError("too_long")

    def _at(self, day: date, like: datetime) -> datetime:
        wall = datetime.combine(day, like.time().replace(fold=0), tzinfo=self.zone)
        return wall.astimezone(UTC)

    def _nth_working_day(self, day: date, n: int) -> date:
        free: dict[int, frozenset[date]] = {}

        def works(candidate: date) -> bool:
            if candidate.weekday() >= 5:
                return False
            if candidate.year not in free:
                free[candidate.year] = self._free_days(candidate.year)
            return candidate not in free[candidate.year]

        try:
            while n > 0 or not works(day):
                day += timedelta(days=1)
                if n > 0 and works(day):
                    n -= 1
        except OverflowError:
            raise TimerError("too_long") from None
        return day

    def _free_days(self, year: int) -> frozenset[date]:
        own = self.closing_days
        return general_holidays(year).union(own if isinstance(own, frozenset) else own(year))


@lru_cache(maxsize=64)
def general_holidays(year: int) -> frozenset[date]:
    """The days that article 3 of the Algemene termijnenwet frees in *year*, Sundays left out.

    The library gives the days that move (Easter and what hangs on it, Koningsdag on the Saturday
    when the 27th of April is a Sunday). It counts 5 May once in five years, as many employers do;
    the law counts it every year.
    """
    import holidays  # 170 ms, and only needed once a working day is counted

    table = holidays.country_holidays("NL", years=year)
    return frozenset(day for day in (*table, date(year, 5, 5)) if day.weekday() != 6)


DUTCH_CALENDAR = Calendar()


def _read_period(text: str) -> tuple[int, Period]:
    found = _PERIOD.fullmatch(text.strip())
    if found is None or not any(found.groups()[1:]):
        raise TimerError("bad_duration", text=text[:40])
    sign, *numbers = found.groups()
    years, months, weeks, days, hours, minutes = (int(number or 0) for number in numbers[:6])
    microseconds = int(Decimal((numbers[6] or "0").replace(",", ".")) * 1_000_000)
    rest = timedelta(hours=hours, minutes=minutes, microseconds=microseconds)
    period = Period(months=12 * years + months, days=7 * weeks + days, rest=rest)
    return (-1 if sign == "-" else 1), period


def _cycle_start(text: str) -> datetime:
    start = parse_moment(text)
    return start if isinstance(start, datetime) else datetime.combine(start, time())


def _next_on_grid(
    interval: Period, start: datetime, after: datetime, calendar: Calendar
) -> datetime:
    """The first firing later than *after*, counted from *start* so that nothing drifts."""

    def firing(number: int) -> datetime:
        return calendar.add(
            start, Period(interval.months * number, interval.days * number, interval.rest * number)
        )

    if interval.months or interval.days:
        # Months differ by up to three days from the average, and an interval is at least a day:
        # this estimate is early by a few firings at most.
        number = max(0, int((after - start - timedelta(days=6)) / interval.about))
    else:
        number = (after - start) // interval.rest
    while firing(number) <= after:
        number += 1
    return firing(number)


def _period_of(length: Length | str | int | Decimal, counting: Counting) -> Period:
    if isinstance(length, Period):
        return length
    if isinstance(length, YearMonthDuration):
        return Period(months=length.months)
    if isinstance(length, timedelta):
        return Period(days=length.days, rest=length - timedelta(days=length.days))
    if isinstance(length, str):
        if not re.fullmatch(r"\s*\d{1,6}\s*", length, re.ASCII):
            return parse_period(length)
        length = int(length)
    if isinstance(length, bool) or not isinstance(length, (int, Decimal)):
        raise TimerError("bad_length", length=type(length).__name__)
    if length != int(length) or not 0 <= length <= LONGEST_YEARS * 366 * 24:
        raise TimerError("bad_length", length=str(length)[:40])
    if counting == "uren":
        return Period(rest=timedelta(hours=int(length)))
    return Period(days=int(length))


def _months_later(day: date, months: int) -> date:
    if not months:
        return day
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first = date(years, month + 1, 1)
    last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(day.day, last.day))


def _plus(moment: datetime, length: timedelta) -> datetime:
    try:
        return moment.astimezone(UTC) + length
    except OverflowError:
        raise TimerError("too_long") from None
