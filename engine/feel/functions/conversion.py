"""Conversion between types."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal, DecimalException

from engine.feel import temporal
from engine.feel.errors import FeelError
from engine.feel.functions.registry import builtin
from engine.feel.values import MAX_NESTING, NUMBERS, Function, Range, Run
from engine.model import YearMonthDuration

_NUMBER = re.compile(r"-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,6})?", re.ASCII)
_SEPARATORS = (None, " ", ",", ".")


@builtin("string", "from: any")
def _string(run: Run, value: object) -> object:
    return None if value is None else text_of(value, run)


def text_of(value: object, run: Run) -> str:
    """A value as FEEL's `string` writes it; texts inside lists and contexts stand in quotes."""
    if isinstance(value, str):
        return value
    parts: list[str] = []
    _write(value, parts, [run.budget.text], 0)
    return run.text("".join(parts))


def _write(value: object, parts: list[str], left: list[int], depth: int) -> None:
    if depth > MAX_NESTING:
        raise FeelError("too_deep", "The value is nested too deeply.")
    before = len(parts)
    if isinstance(value, tuple):
        _write_all("[", "]", [("", item) for item in value], parts, left, depth)
    elif isinstance(value, Mapping):
        entries = [(f"{_key(key)}: ", item) for key, item in value.items()]
        _write_all("{", "}", entries, parts, left, depth)
    else:
        parts.append(_quoted(value) if isinstance(value, str) and depth else scalar_text(value))
    left[0] -= sum(len(part) for part in parts[before:]) if len(parts) == before + 1 else 1
    if left[0] < 0:
        raise FeelError("text_too_long", "The expression makes a text that is too long.")


def _write_all(
    opening: str,
    closing: str,
    entries: list[tuple[str, object]],
    parts: list[str],
    left: list[int],
    depth: int,
) -> None:
    parts.append(opening)
    for number, (prefix, item) in enumerate(entries):
        parts.append((", " if number else "") + prefix)
        _write(item, parts, left, depth + 1)
    parts.append(closing)


def _key(key: str) -> str:
    return key if re.fullmatch(r"\w[\w ]*", key) else _quoted(key)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def scalar_text(value: object) -> str:
    """A single value as text: a number without exponent, a moment in ISO 8601."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return number_text(value)
    if isinstance(value, (date, time, timedelta, YearMonthDuration)):
        return temporal.temporal_text(value)
    if isinstance(value, Range):
        return _range_text(value)
    return "function" if isinstance(value, Function) else str(value)


def number_text(number: Decimal) -> str:
    """A number without exponent and without zeros at the end."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _range_text(span: Range) -> str:
    def end(value: object) -> str:
        if value is None:
            return ""
        return _quoted(value) if isinstance(value, str) else scalar_text(value)

    opening = "[" if span.start_included else "("
    return f"{opening}{end(span.start)}..{end(span.end)}{']' if span.end_included else ')'}"


@builtin("number", "from: string", "grouping separator?: string", "decimal separator?: string")
def _number(
    run: Run, text: str, grouping: str | None = None, decimal_sign: str | None = None
) -> object:
    if grouping not in _SEPARATORS or decimal_sign not in (None, ".", ","):
        return None
    if grouping is not None and grouping == decimal_sign:
        return None
    plain = text.replace(grouping, "") if grouping else text
    plain = plain.replace(decimal_sign, ".") if decimal_sign else plain
    if len(plain) > 6_200 or not _NUMBER.fullmatch(plain):
        return None
    try:
        return NUMBERS.create_decimal(plain)
    except DecimalException:
        return None


@builtin("number", "from: number")
def _number_of_number(run: Run, number: Decimal) -> object:
    return number


@builtin("date", "from: string")
def _date(run: Run, text: str) -> object:
    return temporal.parse_date(text)


@builtin("date", "from: day")
def _date_of(run: Run, day: date) -> object:
    return day.date() if isinstance(day, datetime) else day


@builtin("date", "year: number", "month: number", "day: number")
def _date_from_parts(run: Run, year: Decimal, month: Decimal, day: Decimal) -> object:
    parts = _whole(year, month, day)
    try:
        return None if parts is None else date(*parts)
    except ValueError:
        return None


@builtin("time", "from: string")
def _time(run: Run, text: str) -> object:
    return temporal.parse_time(text)


@builtin("time", "from: time")
def _time_of_time(run: Run, at: time) -> object:
    return at


@builtin("time", "from: date and time")
def _time_of(run: Run, moment: datetime) -> object:
    return moment.timetz()


@builtin("time", "from: date")
def _time_of_date(run: Run, day: date) -> object:
    return temporal.parse_time("00:00:00Z")


@builtin("time", "hour: number", "minute: number", "second: number", "offset?: days")
def _time_from_parts(
    run: Run, hour: Decimal, minute: Decimal, second: Decimal, offset: timedelta | None = None
) -> object:
    clock = _clock(hour, minute, second)
    try:
        zone = None if offset is None else temporal.zone_at(offset)
    except ValueError:
        return None
    return None if clock is None else clock.replace(tzinfo=zone)


def _clock(hour: Decimal, minute: Decimal, second: Decimal) -> time | None:
    parts = _whole(hour, minute)
    if parts is None or not 0 <= second < 60:
        return None
    microsecond = int((second % 1).scaleb(6))
    try:
        return time(parts[0], parts[1], int(second), microsecond)
    except ValueError:
        return None


@builtin("date and time", "from: string")
def _date_time(run: Run, text: str) -> object:
    return temporal.parse_date_time(text)


@builtin("date and time", "from: day")
def _date_time_of(run: Run, day: date) -> object:
    return day if isinstance(day, datetime) else datetime.combine(day, time())


@builtin("date and time", "date: day", "time: time")
def _date_time_joined(run: Run, day: date, at: time) -> object:
    return datetime.combine(day.date() if isinstance(day, datetime) else day, at)


@builtin("date and time", "date: date and time", "timezone: string")
def _date_time_in_zone(run: Run, moment: datetime, zone: str) -> object:
    try:
        there = temporal.parse_zone(zone if zone[:1] in "+-Z" else f"@{zone}")
        return moment.replace(tzinfo=there) if moment.tzinfo is None else moment.astimezone(there)
    except (ValueError, OverflowError):
        return None


@builtin(
    "date and time",
    "year: number",
    "month: number",
    "day: number",
    "hour: number",
    "minute: number",
    "second: number",
    "offset?: days",
)
def _date_time_from_parts(
    run: Run,
    year: Decimal,
    month: Decimal,
    day: Decimal,
    hour: Decimal,
    minute: Decimal,
    second: Decimal,
    offset: timedelta | None = None,
) -> object:
    on = _date_from_parts(run, year, month, day)
    at = _time_from_parts(run, hour, minute, second, offset)
    if not isinstance(on, date) or not isinstance(at, time):
        return None
    return datetime.combine(on, at)


@builtin("duration", "from: string")
def _duration(run: Run, text: str) -> object:
    return temporal.parse_duration(text)


@builtin("duration", "from: duration")
def _duration_of(run: Run, length: object) -> object:
    return length


@builtin("years and months duration", "from: day", "to: day")
def _months_between(run: Run, start: date, end: date) -> object:
    months = (end.year - start.year) * 12 + end.month - start.month
    if months > 0 and end.day < start.day:
        months -= 1
    if months < 0 and end.day > start.day:
        months += 1
    return YearMonthDuration(months)


def _whole(*numbers: Decimal) -> tuple[int, ...] | None:
    """The numbers as integers; None when one has a fraction or is far too large."""
    if any(abs(number) > 1_000_000 or number % 1 for number in numbers):
        return None
    return tuple(int(number) for number in numbers)
