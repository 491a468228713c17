"""Runs processes: BPMN diagrams with DMN tables, forms and FEEL. Knows no web and no municipality.

Stable, and without a database: `check` reports everything that is wrong with a set of files,
`simulate` runs a process of such a set on a virtual clock and gives a `Trace`, and `decisions`
evaluates its tables. Everything else is the engine's own; docs/feel.md and docs/forms.md are the
author's side of it.
"""

from typing import TYPE_CHECKING

from engine.errors import Problem

if TYPE_CHECKING:
    from engine import decisions
    from engine.findings import check
    from engine.simulation import EPOCH, Trace, simulate

__all__ = ["EPOCH", "Problem", "Trace", "check", "decisions", "simulate"]

# Read when they are first asked for: whoever needs one module of the engine reads no other.
_HOMES = {
    "EPOCH": "engine.simulation",
    "Trace": "engine.simulation",
    "check": "engine.findings",
    "simulate": "engine.simulation",
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name == "decisions":
        return import_module("engine.decisions")
    if name not in _HOMES:
        raise AttributeError(f"module 'engine' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
