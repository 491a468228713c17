"""Functions of dates and times."""

from datetime import date, datetime, time
from decimal import Decimal

from engine.feel import temporal
from engine.feel.functions.registry import builtin
from engine.feel.values import Run, equal

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


@builtin("day of year", "date: day")
def _day_of_year(run: Run, day: date) -> object:
    return Decimal(day.timetuple().tm_yday)


@builtin("day of week", "date: day")
def _day_of_week(run: Run, day: date) -> object:
    return _DAYS[day.weekday()]


@builtin("month of year", "date: day")
def _month_of_year(run: Run, day: date) -> object:
    return _MONTHS[day.month - 1]


@builtin("week of year", "date: day")
def _week_of_year(run: Run, day: date) -> object:
    return Decimal(day.isocalendar().week)


@builtin("is", "value1: any", "value2: any")
def _is(run: Run, left: object, right: object) -> object:
    """The same value of the same type; moments also in the same zone."""
    if left.__class__ is not right.__class__:
        return False
    if isinstance(left, (datetime, time)) and isinstance(right, (datetime, time)):
        same = left.replace(tzinfo=None) == right.replace(tzinfo=None)
        return same and temporal.same_zone(left.tzinfo, right.tzinfo)
    return equal(left, right, run) is True
