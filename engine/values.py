"""Values that JSON has no word for, as tagged objects of JSON and back, without loss.

What stores variables shares these tags: the state of an instance and what is encrypted beside it.
"""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TypeAlias
from zoneinfo import ZoneInfo

from engine.model import Value, YearMonthDuration

Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json] | None"

# An object with this key is one of ours. A context that has a key of that name itself is wrapped by
# whoever writes it, so that what someone typed can never be taken for a tag.
KIND = "$"
CONTENT = "v"


def tagged(value: object) -> dict[str, Json]:
    """A number, moment, date, time or duration as a tagged object.

    Raises:
        TypeError: it is none of these.
    """
    kind, content = _scalar(value)
    return {KIND: kind, CONTENT: content}


def untagged(plain: dict[str, Json]) -> Value:
    """What `tagged` was given.

    Raises:
        ValueError: it is not a tag.
    """
    match plain[KIND], plain[CONTENT]:
        case "number", str(text):
            return Decimal(text)
        case "months", int(months):
            return YearMonthDuration(months)
        case "seconds", [int(days), int(seconds), int(microseconds)]:
            return timedelta(days, seconds, microseconds)
        case "date", str(text):
            return date.fromisoformat(text)
        case "moment", [str(text), str(zone)]:
            return datetime.fromisoformat(text).astimezone(ZoneInfo(zone))
        case "moment", [str(text), None]:
            return datetime.fromisoformat(text)
        case "time", [str(text), str(zone)]:
            return time.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
        case "time", [str(text), None]:
            return time.fromisoformat(text)
    raise ValueError(f"not a stored value: {plain[KIND]}")


def _scalar(value: object) -> tuple[str, Json]:
    if isinstance(value, Decimal):
        return "number", str(value)
    if isinstance(value, YearMonthDuration):
        return "months", value.months
    if isinstance(value, timedelta):
        return "seconds", [value.days, value.seconds, value.microseconds]
    if isinstance(value, datetime):
        return "moment", [value.isoformat(), _zone(value)]
    if isinstance(value, date):
        return "date", value.isoformat()
    if isinstance(value, time):
        return "time", [value.isoformat(), _zone(value)]
    raise TypeError(f"{type(value).__name__} cannot be a process variable")


def _zone(moment: datetime | time) -> str | None:
    return moment.tzinfo.key if isinstance(moment.tzinfo, ZoneInfo) else None
