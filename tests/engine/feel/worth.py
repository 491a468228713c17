"""What an expression is worth, in plain Python values, so that a test reads as a table."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from engine import feel
from engine.model import YearMonthDuration


def worth(text: str, **context: object) -> object:
    """The value of an expression; whole numbers as int, other numbers as text."""
    return readable(feel.evaluate(text, context))


def readable(value: object) -> object:
    """A value as a test writes it down."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else format(value, "f").rstrip("0")
    if isinstance(value, (list, tuple)):
        return [readable(item) for item in value]
    if isinstance(value, (str, bool, date, datetime, time, timedelta, YearMonthDuration)):
        return value
    return None if value is None else {name: readable(item) for name, item in value.items()}  # type: ignore[attr-defined]
