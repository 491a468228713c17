"""Sums with numbers, texts, dates and durations; what cannot be is null."""

from collections.abc import Callable, Mapping
from datetime import date, time, timedelta
from decimal import Decimal, DecimalException

from engine.feel import temporal
from engine.feel.values import NUMBERS, Run, conform_single
from engine.model import YearMonthDuration

Operation = Callable[[object, object, Run], object]


def add(left: object, right: object, run: Run) -> object:
    """`left + right`."""
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return NUMBERS.add(left, right)
    if isinstance(left, str) and isinstance(right, str):
        run.room_for_text(len(left) + len(right))
        return left + right
    if isinstance(left, timedelta) and isinstance(right, timedelta):
        return left + right
    if isinstance(left, YearMonthDuration) and isinstance(right, YearMonthDuration):
        return YearMonthDuration(left.months + right.months)
    if isinstance(left, (date, time)) and isinstance(right, (timedelta, YearMonthDuration)):
        return temporal.add_duration(left, right)
    if isinstance(right, (date, time)) and isinstance(left, (timedelta, YearMonthDuration)):
        return temporal.add_duration(right, left)
    return None


def subtract(left: object, right: object, run: Run) -> object:
    """`left - right`."""
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return NUMBERS.subtract(left, right)
    if isinstance(left, timedelta) and isinstance(right, timedelta):
        return left - right
    if isinstance(left, YearMonthDuration) and isinstance(right, YearMonthDuration):
        return YearMonthDuration(left.months - right.months)
    if isinstance(left, (date, time)):
        if isinstance(right, timedelta):
            return temporal.add_duration(left, -right)
        if isinstance(right, YearMonthDuration):
            return temporal.add_duration(left, YearMonthDuration(-right.months))
        return temporal.subtract(left, right)
    return None


def multiply(left: object, right: object, run: Run) -> object:
    """`left * right`."""
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return NUMBERS.multiply(left, right)
    if isinstance(left, Decimal):
        left, right = right, left
    if not isinstance(right, Decimal):
        return None
    if isinstance(left, timedelta):
        return temporal.duration_of(NUMBERS.multiply(temporal.seconds_of(left), right))
    if isinstance(left, YearMonthDuration):
        return _months(NUMBERS.multiply(Decimal(left.months), right))
    return None


def divide(left: object, right: object, run: Run) -> object:
    """`left / right`."""
    if isinstance(left, timedelta) and isinstance(right, timedelta):
        return NUMBERS.divide(temporal.seconds_of(left), temporal.seconds_of(right))
    if isinstance(left, YearMonthDuration) and isinstance(right, YearMonthDuration):
        return NUMBERS.divide(Decimal(left.months), Decimal(right.months))
    if not isinstance(right, Decimal):
        return None
    if isinstance(left, Decimal):
        return NUMBERS.divide(left, right)
    if isinstance(left, timedelta):
        return temporal.duration_of(NUMBERS.divide(temporal.seconds_of(left), right))
    if isinstance(left, YearMonthDuration):
        return _months(NUMBERS.divide(Decimal(left.months), right))
    return None


def power(left: object, right: object, run: Run) -> object:
    """`left ** right`."""
    if not isinstance(left, Decimal) or not isinstance(right, Decimal):
        return None
    return NUMBERS.power(left, right)


def _months(months: Decimal) -> YearMonthDuration | None:
    return YearMonthDuration(int(months)) if abs(months) < Decimal(10) ** 12 else None


def safely(operation: Operation) -> Operation:
    """The operation on single values, with null for what overflows or divides by zero."""

    def compute(left: object, right: object, run: Run) -> object:
        try:
            result = operation(left, right, run)
            if result is None and (left.__class__ is tuple or right.__class__ is tuple):
                return operation(conform_single(left), conform_single(right), run)
        except (DecimalException, OverflowError):
            return None
        return result

    return compute


OPERATIONS: Mapping[str, Operation] = {
    "+": safely(add),
    "-": safely(subtract),
    "*": safely(multiply),
    "/": safely(divide),
    "**": safely(power),
}


def negate(value: object) -> object:
    """`-value`."""
    if isinstance(value, Decimal):
        return NUMBERS.minus(value)
    if isinstance(value, timedelta):
        try:
            return -value
        except OverflowError:
            return None
    return YearMonthDuration(-value.months) if isinstance(value, YearMonthDuration) else None
