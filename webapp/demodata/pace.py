"""When colleagues do something: in office hours, before it is due as a rule, at once when it must.

Pure but for the die that it is handed.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from random import Random

from engine.tasks import UserTask
from engine.timers import DUTCH_CALENDAR, Calendar

OPENS, SHUTS = time(8, 30), time(17, 30)
# What is due within so long does not wait for office hours.
AT_ONCE = timedelta(hours=5)
WITHOUT_TERM = timedelta(days=3)
LATE_IN_HUNDRED = 3
SOON = (3, 25)
FARTHEST_DAYS = 70


class Pace:
    """When people of a region work.

    Args:
        working_days: every day that they do, of the whole time that is played.
    """

    def __init__(self, working_days: Iterable[date]) -> None:
        self._working_days = frozenset(working_days)

    @classmethod
    def between(cls, calendar: Calendar, begin: datetime, end: datetime) -> "Pace":
        """That of a calendar; whatever is due after the end is not played."""
        first, last = begin.date(), end.date() + timedelta(days=FARTHEST_DAYS)
        days = (first + timedelta(days=number) for number in range((last - first).days + 1))
        return cls(day for day in days if calendar.is_working_day(day))

    def done_at(self, rng: Random, task: UserTask, now: datetime) -> datetime:
        """When somebody does a task that they find now."""
        due = task.due_at or now + WITHOUT_TERM
        left = due - now
        if timedelta() < left <= AT_ONCE:
            return now + left * rng.uniform(0.05, 0.6)
        if left > timedelta() and rng.randrange(100) >= LATE_IN_HUNDRED:
            moment = self.part_of(now, due, rng.uniform(0.2, 0.97))
            if moment is not None:
                return moment
        late = max(now, due)
        moment = self.part_of(late, late + timedelta(days=5), rng.uniform(0.02, 0.9))
        return moment or late + timedelta(days=5)

    def soon(self, rng: Random, now: datetime) -> datetime:
        """A few minutes from now: who has just done one thing does the next."""
        return now + timedelta(minutes=rng.uniform(*SOON))

    def is_at_work(self, moment: datetime) -> bool:
        """Whether people are in the office."""
        local = DUTCH_CALENDAR.local(moment)
        return local.date() in self._working_days and OPENS <= local.time() < SHUTS

    def within(self, rng: Random, day: date) -> datetime:
        """A moment of a day when somebody reports something: mostly in office hours."""
        hour = rng.choice((9, 9, 10, 10, 11, 12, 13, 14, 14, 15, 16, 16, 17, 20))
        at = datetime.combine(day, time(hour, rng.randrange(60)))
        return DUTCH_CALENDAR.moment(at)

    def part_of(self, start: datetime, end: datetime, share: float) -> datetime | None:
        """So far along the office hours between two moments; None when there are none."""
        spans = list(self._office_hours(start, end))
        at = sum((until - begin for begin, until in spans), timedelta()) * share
        for begin, until in spans:
            if at < until - begin:
                return begin + at
            at -= until - begin
        return None

    def _office_hours(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        day = DUTCH_CALENDAR.local(start).date()
        last = min(DUTCH_CALENDAR.local(end).date(), day + timedelta(days=FARTHEST_DAYS))
        while day <= last:
            if day in self._working_days:
                begin = max(start, DUTCH_CALENDAR.moment(datetime.combine(day, OPENS)))
                until = min(end, DUTCH_CALENDAR.moment(datetime.combine(day, SHUTS)))
                if begin < until:
                    yield begin, until
            day += timedelta(days=1)
