"""Where an expression finds its names while it runs."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from engine.feel.functions import as_function, is_builtin
from engine.feel.values import READY, Function, Run


class Scope:
    """Names and their values, before those of an outer scope.

    The outermost scope holds what the caller gave and is frozen name by name when it is read; all
    others hold values of FEEL already.
    """

    __slots__ = ("names", "outer", "run")

    def __init__(self, names: Mapping[str, object], outer: "Scope | None", run: Run) -> None:
        self.names = names
        self.outer = outer
        self.run = run

    def lookup(self, name: str) -> object:
        """The value of a variable; null when there is none, and a built-in function by its name."""
        scope = self
        while scope.outer is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.outer
        value = scope.names.get(name)
        if value.__class__ not in READY:
            return self.run.lift(value)
        if value is None and is_builtin(name):
            return as_function(name)
        return value

    def function(self, name: str) -> Function | None:
        """The function that a variable of this name holds."""
        scope: Scope | None = self
        while scope is not None:
            found = scope.names.get(name)
            if isinstance(found, Function):
                return found
            scope = scope.outer
        return None


Closure: TypeAlias = Callable[[Scope], object]
