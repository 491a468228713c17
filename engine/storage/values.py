"""Process variables as bytes and back, without loss: for what is encrypted and stored."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TypeAlias
from zoneinfo import ZoneInfo

import orjson

from engine.model import Value, Variables, YearMonthDuration

# What JSON has no word for is an object with this key. A context that has a key of that name itself
# is wrapped, so that what someone typed can never be taken for one of ours.
_KIND = "$"
_Json: TypeAlias = "None | bool | int | str | list[_Json] | dict[str, _Json]"


def dump(variables: Variables) -> bytes:
    """The variables as bytes."""
    return orjson.dumps(_plain(variables))


def load(content: bytes) -> dict[str, Value]:
    """What `dump` was given; numbers that were whole come back as int, lists as tuples."""
    loaded = _value(orjson.loads(content))
    assert isinstance(loaded, dict)
    return loaded


def _plain(value: Value) -> _Json:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**63 else _tagged("number", str(value))
    if isinstance(value, Mapping):
        context = {str(key): _plain(entry) for key, entry in value.items()}
        return _tagged("context", context) if _KIND in context else context
    if isinstance(value, tuple | list):
        return [_plain(entry) for entry in value]
    return _tagged(*_scalar(value))


def _scalar(
    value: Decimal | date | time | datetime | timedelta | YearMonthDuration,
) -> tuple[str, _Json]:
    if isinstance(value, Decimal):
        return "number", str(value)
    if isinstance(value, YearMonthDuration):
        return "months", value.months
    if isinstance(value, timedelta):
        return "seconds", [value.days, value.seconds, value.microseconds]
    if isinstance(value, datetime):
        zone = value.tzinfo
        return "moment", [value.isoformat(), zone.key if isinstance(zone, ZoneInfo) else None]
    if isinstance(value, date):
        return "date", value.isoformat()
    if isinstance(value, time):
        zone = value.tzinfo
        name = zone.key if isinstance(zone, ZoneInfo) else None
        return "time", [value.isoformat(), name]
    raise TypeError(f"{type(value).__name__} cannot be a process variable")


def _tagged(kind: str, content: _Json) -> _Json:
    return {_KIND: kind, "v": content}


def _value(plain: _Json) -> Value:
    if isinstance(plain, list):
        return tuple(_value(entry) for entry in plain)
    if not isinstance(plain, dict):
        return plain
    if _KIND not in plain:
        return {key: _value(entry) for key, entry in plain.items()}
    return _untagged(str(plain[_KIND]), plain["v"])


def _untagged(kind: str, content: _Json) -> Value:
    match kind, content:
        case "context", dict():
            return {key: _value(entry) for key, entry in content.items()}
        case "number", str():
            return Decimal(content)
        case "months", int():
            return YearMonthDuration(content)
        case "seconds", [int(days), int(seconds), int(microseconds)]:
            return timedelta(days, seconds, microseconds)
        case "date", str():
            return date.fromisoformat(content)
        case "moment", [str(text), str(zone)]:
            return datetime.fromisoformat(text).astimezone(ZoneInfo(zone))
        case "moment", [str(text), None]:
            return datetime.fromisoformat(text)
        case "time", [str(text), str(zone)]:
            return time.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
        case "time", [str(text), None]:
            return time.fromisoformat(text)
    raise ValueError(f"not a stored value: {kind}")
