"""Functions of dates and times."""

from datetime import date
from decimal import Decimal

from engine.feel.functions.registry import builtin
from engine.feel.values import Run, equal, offset_of

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
    if hasattr(left, "utcoffset"):
        return left.replace(tzinfo=None) == right.replace(tzinfo=None) and (  # type: ignore[attr-defined]
            offset_of(left) == offset_of(right)  # type: ignore[arg-type]
        )
    return equal(left, right, run) is True
