"""FEEL, the language of every condition, cell, timer and default: DMN 1.5 on decimal numbers.

An expression is parsed once and kept; evaluating it touches nothing but the values it is given.
Nothing here evaluates Python, reads an attribute of an object, a clock or a file.

Source: DMN 1.5 (OMG formal/2024-01-01), chapter 10. docs/feel.md says what is there.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import DecimalException
from functools import lru_cache
from typing import cast

from engine.feel.compiler import Compiler
from engine.feel.errors import FeelError, unknown_function
from engine.feel.functions import builtin_names
from engine.feel.functions.conversion import scalar_text
from engine.feel.matching import any_of
from engine.feel.parser import LONGEST_SOURCE, read_expression, read_unary_tests
from engine.feel.scope import Scope
from engine.feel.temporal import parse_at_literal
from engine.feel.values import DEFAULT_BUDGET, SCALARS, Budget, Run, export, freeze
from engine.model import Value

__all__ = [
    "DEFAULT_BUDGET",
    "LONGEST_SOURCE",
    "Budget",
    "Evaluation",
    "Expression",
    "FeelError",
    "UnaryTests",
    "builtin_names",
    "evaluate",
    "frozen",
    "parse",
    "parse_unary_tests",
    "parse_value",
    "plain",
    "to_text",
    "unknown_function",
]

Functions = Mapping[str, Callable[..., object]]
NO_FUNCTIONS: Functions = {}


class Expression:
    """A parsed expression.

    Attributes:
        text: as it was written.
        names: variables it certainly reads.
        maybe_names: names in a filter, which may as well be members of the filtered items.
        calls: functions it calls that FEEL does not have, each with its position; the caller of
            `evaluate` has to lend them.
    """

    __slots__ = ("_closure", "calls", "maybe_names", "names", "text")

    def __init__(self, text: str, names: Iterable[str] = (), longest: int = LONGEST_SOURCE) -> None:
        compiler = Compiler()
        self._closure = compiler.compile(read_expression(text, names, longest))
        self.text = text
        self.names = frozenset(compiler.names)
        self.maybe_names = frozenset(compiler.maybe_names)
        self.calls: Mapping[str, int] = compiler.calls

    def evaluate(
        self,
        context: Mapping[str, object],
        *,
        functions: Functions = NO_FUNCTIONS,
        budget: Budget = DEFAULT_BUDGET,
    ) -> Value:
        """What the expression is worth; a name the context does not have is null.

        Args:
            functions: functions lent for this evaluation, by name.
            budget: what it may use.

        Raises:
            FeelError: it goes beyond its budget, or calls a function that nobody lent.
        """
        run = Run(functions, budget)
        return cast(Value, self._value(Scope(context, None, run)))

    def _value(self, scope: Scope) -> object:
        try:
            value = self._closure(scope)
            return value if value.__class__ in SCALARS else export(value, scope.run)
        except RecursionError:
            raise FeelError("too_deep", "The expression goes too deep.") from None
        except DecimalException:
            raise FeelError("no_value", "A number cannot be reckoned with.") from None


class UnaryTests:
    """A parsed cell of a decision table, or another set of unary tests.

    Attributes:
        text, names, maybe_names, calls: as of an Expression.
        is_irrelevant: the cell is empty or `-` and fits everything.
    """

    __slots__ = ("_matchers", "_negated", "calls", "is_irrelevant", "maybe_names", "names", "text")

    def __init__(self, text: str, names: Iterable[str] = (), longest: int = LONGEST_SOURCE) -> None:
        tests = read_unary_tests(text, names, longest)
        compiler = Compiler()
        self._matchers = compiler.matchers(tests.tests, cell=True)
        self._negated = tests.negated
        self.is_irrelevant = not tests.tests
        self.text = text
        self.names = frozenset(compiler.names)
        self.maybe_names = frozenset(compiler.maybe_names)
        self.calls: Mapping[str, int] = compiler.calls

    def matches(
        self,
        value: object,
        context: Mapping[str, object],
        *,
        functions: Functions = NO_FUNCTIONS,
        budget: Budget = DEFAULT_BUDGET,
    ) -> bool:
        """Whether *value* fits; errors as of `Expression.evaluate`."""
        return Evaluation(context, functions=functions, budget=budget).matches(self, value)

    def _fits(self, value: object, scope: Scope) -> bool:
        if self.is_irrelevant:
            return True
        try:
            fits = any_of(self._matchers, value, Scope({"?": value}, scope, scope.run))
        except RecursionError:
            raise FeelError("too_deep", "The test goes too deep.") from None
        except DecimalException:
            raise FeelError("no_value", "A number cannot be reckoned with.") from None
        return fits is not None and fits is not self._negated


class Evaluation:
    """Several expressions on one context, with one budget for all of them together."""

    def __init__(
        self,
        context: Mapping[str, object],
        *,
        functions: Functions = NO_FUNCTIONS,
        budget: Budget = DEFAULT_BUDGET,
    ) -> None:
        self._scope = Scope(context, None, Run(functions, budget))

    def with_names(self, values: Mapping[str, object]) -> "Evaluation":
        """An evaluation that sees these values besides the others and spends the same budget."""
        wider = Evaluation.__new__(Evaluation)
        wider._scope = Scope({**self._scope.names, **values}, None, self._scope.run)
        return wider

    def value(self, expression: Expression) -> Value:
        """What an expression is worth here."""
        return cast(Value, expression._value(self._scope))

    def matches(self, tests: UnaryTests, value: object) -> bool:
        """Whether a value fits the tests here."""
        return tests._fits(self._scope.run.lift(value), self._scope)


def parse(text: str, *, names: Iterable[str] = (), longest: int = LONGEST_SOURCE) -> Expression:
    """Read an expression; the same text is read only once.

    Args:
        names: known names; needed for those that hold spaces or operators.
        longest: most characters the text may have.

    Raises:
        FeelError: it is no FEEL (with the position), too long, or nested too deeply.
    """
    return _cached_expression(text, frozenset(names), longest)


def parse_unary_tests(
    text: str, *, names: Iterable[str] = (), longest: int = LONGEST_SOURCE
) -> UnaryTests:
    """Read the cell of a decision table: `-`, `> 5, < 3`, `not("a", "b")`, `contains(?, "x")`.

    Raises:
        FeelError: as `parse`.
    """
    return _cached_tests(text, frozenset(names), longest)


def evaluate(
    text: str,
    context: Mapping[str, object],
    *,
    functions: Functions = NO_FUNCTIONS,
    budget: Budget = DEFAULT_BUDGET,
) -> Value:
    """What the expression in *text* is worth; see `parse` and `Expression.evaluate`."""
    return parse(text).evaluate(context, functions=functions, budget=budget)


@lru_cache(maxsize=4096)
def _cached_expression(text: str, names: frozenset[str], longest: int) -> Expression:
    return Expression(text, names, longest)


@lru_cache(maxsize=4096)
def _cached_tests(text: str, names: frozenset[str], longest: int) -> UnaryTests:
    return UnaryTests(text, names, longest)


def parse_value(text: str) -> Value:
    """A date, time, date-time or duration from ISO 8601 text; None when it is none of these."""
    return parse_at_literal(text)


def to_text(value: Value) -> str:
    """A single value as text: numbers without exponent, moments in ISO 8601, null as "null"."""
    return value if isinstance(value, str) else scalar_text(freeze(value))


def frozen(value: Value) -> Value:
    """A value as FEEL holds it: decimals, tuples and read-only mappings, all the way down."""
    return cast(Value, freeze(value))


def plain(value: Value) -> Value:
    """A value with lists and dicts of its own, for a reader outside; numbers stay decimal."""
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value
