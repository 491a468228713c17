"""Unary tests: whether a value fits a cell of a decision table, or stands `in` something.

Source: DMN 1.5, 7.3.3 unary tests and 10.3.2.8 (`in`).
"""

import operator
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TypeAlias

from engine.feel import syntax
from engine.feel.scope import Closure, Scope
from engine.feel.values import Range, Run, equal, includes, less, less_or_equal

Matcher: TypeAlias = Callable[[object, Scope], bool | None]

_ORDERED: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def compare(sign: str, left: object, right: object, run: Run) -> bool | None:
    """`left sign right` for one of = != < <= > >=."""
    if sign == "=":
        return equal(left, right, run)
    if sign == "!=":
        same = equal(left, right, run)
        return None if same is None else not same
    if sign == "<":
        return less(left, right)
    if sign == "<=":
        return less_or_equal(left, right)
    if sign == ">":
        return less(right, left)
    return less_or_equal(right, left)


def comparison(sign: str, left: Closure, right: syntax.Node, right_closure: Closure) -> Closure:
    """The closure of a comparison, quick where the right side is a number or text in the source."""
    constant = right.value if isinstance(right, syntax.Literal) else None
    if isinstance(constant, Decimal) and sign in _ORDERED:
        return _against_number(_ORDERED[sign], left, constant)
    if constant.__class__ in (str, Decimal) and sign == "=":
        return _equals_constant(left, constant)

    def compared(scope: Scope) -> object:
        return compare(sign, left(scope), right_closure(scope), scope.run)

    return compared


def _against_number(
    holds: Callable[[Decimal, Decimal], bool], left: Closure, number: Decimal
) -> Closure:
    def compared(scope: Scope) -> object:
        value = left(scope)
        return holds(value, number) if value.__class__ is Decimal else None

    return compared


def _equals_constant(left: Closure, constant: object) -> Closure:
    kind = constant.__class__

    def compared(scope: Scope) -> object:
        value = left(scope)
        if value.__class__ is kind:
            return value == constant
        return False if value is None else None

    return compared


def contained(value: object, found: object, run: Run) -> bool | None:
    """Whether *value* is what a test gave, lies in the range, or is in the list it gave."""
    if isinstance(found, Range):
        return includes(found, value)
    if isinstance(found, tuple):
        return _in_list(value, found, run)
    return equal(value, found, run)


def _in_list(value: object, items: Sequence[object], run: Run) -> bool:
    run.spend(1 + len(items) // 16)
    if isinstance(value, tuple) and equal(value, items, run):
        return True
    return any(
        includes(item, value) is True
        if isinstance(item, Range) and not isinstance(value, Range)
        else equal(item, value, run) is True
        for item in items
    )


def constant_members(tests: Sequence[syntax.Node]) -> "tuple[object, ...] | None":
    """The values when every test is a number or a text in the source."""
    values = []
    for test in tests:
        operand = test.operand if isinstance(test, syntax.Test) and not test.operator else None
        if not isinstance(operand, syntax.Literal) or operand.value.__class__ not in (Decimal, str):
            return None
        values.append(operand.value)
    return tuple(values)


def matcher(test: syntax.Test, operand: Closure, *, cell: bool) -> Matcher:
    """Whether a value fits one test.

    Args:
        cell: the test stands in a decision table, where an expression of other variables may
            decide by itself; after `in` it may not.
    """
    sign = test.operator
    if sign is not None:

        def compares(value: object, scope: Scope) -> bool | None:
            return compare(sign, value, operand(scope), scope.run)

        return compares
    if isinstance(test.operand, syntax.Literal):
        constant = test.operand.value

        def is_constant(value: object, scope: Scope) -> bool | None:
            return equal(value, constant, scope.run)

        return is_constant
    if isinstance(test.operand, syntax.RangeNode):
        return _in_range(operand)
    return _by_value(operand, uses_input=test.uses_input, cell=cell)


def _in_range(operand: Closure) -> Matcher:
    """A range with an end that is null is null, and nothing can be said about it."""

    def matches(value: object, scope: Scope) -> bool | None:
        found = operand(scope)
        return None if found is None else contained(value, found, scope.run)

    return matches


def _by_value(operand: Closure, *, uses_input: bool, cell: bool) -> Matcher:
    def matches(value: object, scope: Scope) -> bool | None:
        found = operand(scope)
        if uses_input and (isinstance(found, bool) or found is None):
            return found
        if cell and isinstance(found, bool) and not isinstance(value, (bool, tuple)):
            return found
        return contained(value, found, scope.run)

    return matches


def any_of(matchers: Sequence[Matcher], value: object, scope: Scope) -> bool | None:
    """Whether a value fits one of the tests; null when none fits and none could be judged."""
    answer: bool | None = None
    for matches in matchers:
        fits = matches(value, scope)
        if fits is True:
            return True
        if fits is False:
            answer = False
    return answer
