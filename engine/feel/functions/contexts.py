"""Functions of contexts."""

from collections.abc import Mapping
from types import MappingProxyType

from engine.feel.functions.registry import builtin
from engine.feel.values import EMPTY_CONTEXT, Run


@builtin("get value", "m: context", "key: string")
def _get_value(run: Run, context: Mapping[str, object], key: str) -> object:
    return context.get(key)


@builtin("get entries", "m: context")
def _get_entries(run: Run, context: Mapping[str, object]) -> object:
    run.room_for_items(len(context))
    return tuple(MappingProxyType({"key": key, "value": value}) for key, value in context.items())


@builtin("context put", "context: context", "key: string", "value: any")
def _put(run: Run, context: Mapping[str, object], key: str, value: object) -> object:
    run.room_for_items(len(context) + 1)
    return MappingProxyType({**context, key: value})


@builtin("context put", "context: context", "keys: list", "value: any")
def _put_deep(
    run: Run, context: Mapping[str, object], keys: tuple[object, ...], value: object
) -> object:
    if not keys or not isinstance(keys[0], str):
        return None
    run.spend(1)
    first, rest = keys[0], keys[1:]
    if not rest:
        return _put(run, context, first, value)
    inner = context.get(first, EMPTY_CONTEXT)
    if not isinstance(inner, Mapping):
        return None
    deeper = _put_deep(run, inner, rest, value)
    return None if deeper is None else _put(run, context, first, deeper)


@builtin("context merge", "contexts: list")
def _merge(run: Run, contexts: tuple[object, ...]) -> object:
    merged: dict[str, object] = {}
    for context in contexts:
        if not isinstance(context, Mapping):
            return None
        run.spend(1 + len(context) // 16)
        merged.update(context)
    run.room_for_items(len(merged))
    return MappingProxyType(merged)


@builtin("context", "entries: list")
def _context(run: Run, entries: tuple[object, ...]) -> object:
    made: dict[str, object] = {}
    for entry in entries:
        if not isinstance(entry, Mapping) or not {"key", "value"} <= entry.keys():
            return None
        key = entry["key"]
        if not isinstance(key, str) or key in made:
            return None
        made[key] = entry["value"]
    run.room_for_items(len(made))
    return MappingProxyType(made)
