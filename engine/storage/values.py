"""Process variables as bytes and back, without loss: for what is encrypted and stored."""

from collections.abc import Mapping
from decimal import Decimal

import orjson

from engine.model import Value, Variables
from engine.values import CONTENT, KIND, Json, tagged, untagged


def dump(variables: Variables) -> bytes:
    """The variables as bytes."""
    return orjson.dumps(_plain(variables))


def load(content: bytes) -> dict[str, Value]:
    """What `dump` was given; numbers that were whole come back as int, lists as tuples."""
    loaded = _value(orjson.loads(content))
    assert isinstance(loaded, dict)
    return loaded


def _plain(value: Value) -> Json:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**63 else tagged(Decimal(value))
    if isinstance(value, Mapping):
        context = {str(key): _plain(entry) for key, entry in value.items()}
        return {KIND: "context", CONTENT: context} if KIND in context else context
    if isinstance(value, tuple | list):
        return [_plain(entry) for entry in value]
    return tagged(value)


def _value(plain: Json) -> Value:
    if isinstance(plain, list):
        return tuple(_value(entry) for entry in plain)
    if not isinstance(plain, dict):
        return plain
    content = plain.get(CONTENT)
    if KIND not in plain:
        return {key: _value(entry) for key, entry in plain.items()}
    if plain[KIND] == "context" and isinstance(content, dict):
        return {key: _value(entry) for key, entry in content.items()}
    return untagged(plain)
