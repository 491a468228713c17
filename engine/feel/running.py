"""What closures do while they run: walk through lists, reach into values, call functions."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal

from engine.errors import UitwegError
from engine.feel import syntax, temporal, types
from engine.feel.errors import FeelError, unknown_function
from engine.feel.functions import call_builtin, is_builtin
from engine.feel.scope import Closure, Scope
from engine.feel.values import (
    Function,
    Range,
    Run,
    as_list,
    conform_single,
    freeze,
    walk_range,
)


def member(base: object, name: str, run: Run) -> object:
    """`base.name`: an entry, the entries of every item of a list, or a part of a date or range."""
    if isinstance(base, Mapping):
        return base.get(name)
    if isinstance(base, tuple):
        run.room_for_items(len(base))
        run.spend(1 + len(base) // 4)
        return tuple([member(item, name, run) for item in base])
    if isinstance(base, Range):
        return {
            "start": base.start,
            "end": base.end,
            "start included": base.start_included,
            "end included": base.end_included,
        }.get(name)
    return temporal.property_of(base, name)


def at_index(items: Sequence[object], index: object) -> object:
    """The item at a position that counts from 1, or from the end when negative; null outside."""
    if not isinstance(index, Decimal) or abs(index) > len(items) or index % 1:
        return None
    position = int(index)
    if not position:
        return None
    return items[position - 1 if position > 0 else position]


def items_of(value: object, run: Run) -> Iterable[object] | None:
    """What a loop or filter walks through; None for null and for a range without whole steps."""
    if isinstance(value, Range):
        return walk_range(value, run)
    return as_list(value)


def visit_all(
    domains: Sequence[tuple[str, Closure]], scope: Scope, visit: Callable[[Scope], bool]
) -> bool:
    """Visit every combination of the domains, the first outermost; False when it was ended."""
    (name, domain), rest = domains[0], domains[1:]
    items = items_of(domain(scope), scope.run)
    if items is None:
        return False
    for item in items:
        scope.run.spend(1)
        inner = Scope({name: item}, scope, scope.run)
        if not (visit_all(rest, inner, visit) if rest else visit(inner)):
            return False
    return True


MISFIT = object()


def coerced(value: object, kind: syntax.FeelType | None) -> object:
    """An argument as its parameter's type has it; MISFIT when it cannot be."""
    if kind is None or value is None or types.conforms(value, kind):
        return value
    if kind.name == "list":
        return (value,)
    single = conform_single(value)
    return single if types.conforms(single, kind) else MISFIT


def enter(run: Run, cost: int) -> None:
    """Count a call of a defined function; calls too deep in each other end the evaluation."""
    if run.depth >= run.budget.depth:
        raise FeelError("too_deep", "Functions call each other too deeply.")
    run.spend(1 + cost)
    run.depth += 1


def apply(target: object, arguments: list[object], names: Sequence[str] | None, run: Run) -> object:
    """Call a function that is a value; null when it is none or the names do not fit."""
    if not isinstance(target, Function):
        return None
    if names is None:
        return target.call(run, arguments)
    if target.parameters is None or set(names) != set(target.parameters):
        return None
    by_name = dict(zip(names, arguments, strict=True))
    return target.call(run, [by_name[name] for name in target.parameters])


def call_named(name: str, arguments: list[object], node: syntax.Call, scope: Scope) -> object:
    """Call a function of a variable, of the caller, or of FEEL, in this order."""
    found = scope.function(name)
    if found is not None:
        return apply(found, arguments, node.names, scope.run)
    lent = scope.run.functions.get(name)
    if lent is None:
        if is_builtin(name):
            return call_builtin(name, scope.run, arguments)
        raise unknown_function(name, node.position)
    scope.run.spend(10)
    try:
        return freeze(lent(*arguments))
    except FeelError:
        raise
    except (UitwegError, TypeError, ValueError, ArithmeticError) as error:
        reason = error.code if isinstance(error, UitwegError) else type(error).__name__
        raise FeelError(
            "function_failed",
            f"The function {name} could not be carried out.",
            position=node.position,
            name=name,
            reason=reason,
        ) from error
