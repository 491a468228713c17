"""Dates, times and durations: from and to ISO 8601 text, and sums with them.

What cannot be read or lies outside the years 1 to 9999 is None, as FEEL's null.
"""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.feel.values import instant, offset_of
from engine.model import YearMonthDuration

Duration = timedelta | YearMonthDuration
Temporal = date | time | datetime | timedelta | YearMonthDuration

_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)
_TIME = re.compile(
    r"(\d\d):(\d\d):(\d\d)(?:\.(\d{1,18}))?(Z|z|[+-]\d\d:\d\d(?::\d\d)?|@[A-Za-z0-9_+/-]{1,64})?",
    re.ASCII,
)
_MONTHS = re.compile(r"(-?)P(?=\d)(?:(\d{1,9})Y)?(?:(\d{1,9})M)?", re.ASCII)
_DAYS = re.compile(
    r"(-?)P(?=.)(?:(\d{1,9})D)?"
    r"(?:T(?=\d)(?:(\d{1,12})H)?(?:(\d{1,13})M)?(?:(\d{1,15})(?:\.(\d{1,18}))?S)?)?",
    re.ASCII,
)


def parse_date(text: str) -> date | None:
    """Read `2026-04-27`."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    try:
        return date(*(int(part) for part in found.groups()))
    except ValueError:
        return None


def parse_time(text: str) -> time | None:
    """Read `09:30:00`, with a fraction, an offset, `Z` or `@Europe/Amsterdam` where given."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    hour, minute, second, fraction, zone = found.groups()
    try:
        return time(
            int(hour), int(minute), int(second), _microseconds(fraction), tzinfo=parse_zone(zone)
        )
    except ValueError:
        return None


def parse_date_time(text: str) -> datetime | None:
    """Read a date with a time of day; a date alone is its first minute."""
    day_text, separator, time_text = text.partition("T")
    day = parse_date(day_text)
    if day is None or not separator:
        return None if day is None else datetime.combine(day, time())
    at = parse_time(time_text)
    return None if at is None else datetime.combine(day, at)


def parse_zone(text: str | None) -> tzinfo | None:
    """Read `Z`, `+02:00` or `@Europe/Amsterdam`; ValueError when there is no such zone."""
    if text is None:
        return None
    if text in ("Z", "z"):
        return UTC
    if text.startswith("@"):
        return _named_zone(text[1:])
    hours, minutes, seconds = (int(part) for part in (text[1:] + ":00").split(":")[:3])
    if hours > 14 or minutes > 59 or seconds > 59:
        raise ValueError("offset")
    offset = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return zone_at(-offset if text[0] == "-" else offset)


def zone_at(offset: timedelta) -> tzinfo:
    """The zone that lies at *offset* from UTC."""
    return timezone(offset) if offset else UTC


def same_zone(left: tzinfo | None, right: tzinfo | None) -> bool:
    """Whether two zones are one and the same; a named zone is not the offset it has now."""
    if isinstance(left, ZoneInfo) or isinstance(right, ZoneInfo):
        return isinstance(left, ZoneInfo) and isinstance(right, ZoneInfo) and left.key == right.key
    return left == right


def _named_zone(name: str) -> tzinfo:
    try:
        return UTC if name == "Z" else ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError) as error:
        raise ValueError("zone") from error


def _microseconds(fraction: str | None) -> int:
    return int((fraction or "0")[:6].ljust(6, "0"))


def parse_duration(text: str) -> Duration | None:
    """Read `P1Y6M` or `P3DT4H`; FEEL has no duration that mixes months and days."""
    found = _MONTHS.fullmatch(text)
    if found is not None and found[2] is not found[3]:
        months = int(found[2] or 0) * 12 + int(found[3] or 0)
        return YearMonthDuration(-months if found[1] else months)
    found = _DAYS.fullmatch(text)
    if found is None or not any(found.groups()[1:]):
        return None
    sign, days, hours, minutes, seconds, fraction = found.groups()
    try:
        length = timedelta(
            days=int(days or 0),
            hours=int(hours or 0),
            minutes=int(minutes or 0),
            seconds=int(seconds or 0),
            microseconds=_microseconds(fraction),
        )
    except OverflowError:
        return None
    return -length if sign else length


def parse_at_literal(text: str) -> Temporal | None:
    """What stands between the quotes of `@"..."`: any date, time or duration."""
    return (
        parse_date(text)
        or parse_time(text)
        or (parse_date_time(text) if "T" in text and ":" in text else None)
        or _duration_or_none(text)
    )


def _duration_or_none(text: str) -> Duration | None:
    return parse_duration(text) if text[:2] in ("P", "-P") or text[:1] == "P" else None


def temporal_text(value: Temporal) -> str:
    """A date, time or duration as ISO 8601 text, as FEEL writes it."""
    if isinstance(value, datetime):
        return f"{value.date().isoformat()}T{_time_text(value.timetz(), value)}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return _time_text(value, value)
    if isinstance(value, YearMonthDuration):
        return _months_text(value.months)
    return _duration_text(value)


def _time_text(at: time, whole: time | datetime) -> str:
    fraction = f".{at.microsecond:06d}".rstrip("0") if at.microsecond else ""
    return f"{at.hour:02d}:{at.minute:02d}:{at.second:02d}{fraction}{_zone_text(whole)}"


def _zone_text(at: time | datetime) -> str:
    if at.tzinfo is None:
        return ""
    if isinstance(at.tzinfo, ZoneInfo):
        return f"@{at.tzinfo.key}"
    offset = offset_of(at) or timedelta()
    if not offset:
        return "Z"
    seconds = abs(int(offset.total_seconds()))
    text = f"{'-' if offset < timedelta() else '+'}{seconds // 3600:02d}:{seconds // 60 % 60:02d}"
    return f"{text}:{seconds % 60:02d}" if seconds % 60 else text


def _months_text(months: int) -> str:
    years, rest = divmod(abs(months), 12)
    parts = (f"{years}Y" if years else "") + (f"{rest}M" if rest or not years else "")
    return f"{'-' if months < 0 else ''}P{parts}"


def _duration_text(length: timedelta) -> str:
    if not length:
        return "PT0S"
    whole = abs(length)
    hours, rest = divmod(whole.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    fraction = f".{whole.microseconds:06d}".rstrip("0") if whole.microseconds else ""
    text = "P" + (f"{whole.days}D" if whole.days else "")
    clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    clock += f"{seconds}{fraction}S" if seconds or fraction else ""
    return f"{'-' if length < timedelta() else ''}{text}{'T' + clock if clock else ''}"


def add_duration(at: date | time | datetime, length: Duration) -> date | time | datetime | None:
    """A moment plus a duration; hours and days are absolute time, months are of the calendar."""
    try:
        if isinstance(at, time):
            return _add_to_time(at, length)
        if isinstance(length, YearMonthDuration):
            return _add_months(at, length.months)
        if isinstance(at, datetime):
            moved = instant(at) + length
            return moved if at.tzinfo is None else moved.astimezone(at.tzinfo)
        return (datetime.combine(at, time()) + length).date()
    except (OverflowError, ValueError):
        return None


def _add_to_time(at: time, length: Duration) -> time | None:
    if isinstance(length, YearMonthDuration):
        return None
    wall = datetime.combine(date(2000, 1, 2), at.replace(tzinfo=None))
    moved = wall + length % timedelta(days=1)
    return moved.time().replace(tzinfo=at.tzinfo)


def _add_months(day: date | datetime, months: int) -> date | datetime:
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = _days_in_month(years, month + 1)
    return day.replace(year=years, month=month + 1, day=min(day.day, last))


def _days_in_month(year: int, month: int) -> int:
    following = date(year + month // 12, month % 12 + 1, 1) if (year, month) < (9999, 12) else None
    return 31 if following is None else (following - timedelta(days=1)).day


def subtract(left: object, right: object) -> timedelta | None:
    """The time from *right* to *left*; null when only one of them has a zone."""
    if type(left) is time and type(right) is time:
        return _subtract_times(left, right)
    if not isinstance(left, date) or not isinstance(right, date):
        return None
    if type(left) is date and type(right) is date:
        return left - right
    first, second = _as_moment(left), _as_moment(right)
    if (first.tzinfo is None) != (second.tzinfo is None):
        return None
    try:
        return instant(first) - instant(second)
    except OverflowError:
        return None


def _subtract_times(left: time, right: time) -> timedelta | None:
    if (left.tzinfo is None) != (right.tzinfo is None):
        return None
    day = date(2000, 1, 1)
    wall = datetime.combine(day, left.replace(tzinfo=None)) - datetime.combine(
        day, right.replace(tzinfo=None)
    )
    return wall - ((offset_of(left) or timedelta()) - (offset_of(right) or timedelta()))


def _as_moment(day: date) -> datetime:
    return day if isinstance(day, datetime) else datetime.combine(day, time(), tzinfo=UTC)


def seconds_of(length: timedelta) -> Decimal:
    """A duration in seconds, exact."""
    whole = length.days * 86_400 + length.seconds
    return Decimal(whole) + Decimal(length.microseconds).scaleb(-6)


def duration_of(seconds: Decimal) -> timedelta | None:
    """A duration of so many seconds, rounded to the microsecond."""
    try:
        return timedelta(microseconds=int(seconds.scaleb(6).to_integral_value()))
    except (OverflowError, ArithmeticError):
        return None


def property_of(value: object, name: str) -> object:
    """The named part of a date, time or duration; None when it has no such part."""
    if isinstance(value, (date, time)):
        return _part_of_moment(value, name)
    if isinstance(value, YearMonthDuration):
        sign = -1 if value.months < 0 else 1
        parts = {"years": abs(value.months) // 12, "months": abs(value.months) % 12}
        return Decimal(sign * parts[name]) if name in parts else None
    if isinstance(value, timedelta):
        return _part_of_duration(value, name)
    return None


def _part_of_moment(value: date | time, name: str) -> object:
    if name == "weekday" and isinstance(value, date):
        return Decimal(value.isoweekday())
    if name in ("year", "month", "day") and isinstance(value, date):
        return Decimal(getattr(value, name))
    if isinstance(value, (time, datetime)):
        if name in ("hour", "minute", "second"):
            return Decimal(getattr(value, name))
        if name == "time offset":
            return offset_of(value)
        if name == "timezone" and isinstance(value.tzinfo, ZoneInfo):
            return value.tzinfo.key
    return None


def _part_of_duration(value: timedelta, name: str) -> object:
    whole = abs(value)
    parts = {
        "days": whole.days,
        "hours": whole.seconds // 3600,
        "minutes": whole.seconds // 60 % 60,
        "seconds": whole.seconds % 60,
    }
    if name not in parts:
        return None
    return Decimal(-parts[name] if value < timedelta() else parts[name])
