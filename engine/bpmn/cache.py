"""Decoded instances, kept for the next step.

An entry is taken out while someone works on it, and put back under the digest of its new state; so
a step that is rolled back leaves nothing to clean up, and no two threads share an instance.
"""

import hashlib
from collections import OrderedDict
from threading import Lock

from engine.bpmn.compile import Definition
from engine.bpmn.tokens import Instance

MOST_ENTRIES = 256

_Key = tuple[str, str, bytes]
_entries: OrderedDict[_Key, Instance] = OrderedDict()
_lock = Lock()


def take(definition: Definition, state: bytes) -> Instance | None:
    """The instance with this state, which is then no longer here."""
    with _lock:
        return _entries.pop(_key(definition, state), None)


def put(definition: Definition, state: bytes, instance: Instance) -> None:
    """Keep an instance under its state; the one not used longest makes room."""
    key = _key(definition, state)
    with _lock:
        _entries[key] = instance
        if len(_entries) > MOST_ENTRIES:
            _entries.popitem(last=False)


def clear() -> None:
    """Keep nothing."""
    with _lock:
        _entries.clear()


def _key(definition: Definition, state: bytes) -> _Key:
    return (
        definition.fingerprint,
        definition.process_id,
        hashlib.blake2b(state, digest_size=16).digest(),
    )
