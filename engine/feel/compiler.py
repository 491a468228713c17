"""Turns the tree of an expression into closures: made once, run often, without eval.

A closure takes the scope and gives a value. Work that the text of the expression bounds is not
counted; every round of a loop and every call of a function is, by the number of nodes in it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

from engine.feel import arithmetic, matching, syntax, types
from engine.feel.functions import call_builtin, call_by_name, is_builtin
from engine.feel.running import (
    MISFIT,
    apply,
    at_index,
    call_named,
    coerced,
    enter,
    items_of,
    member,
    visit_all,
)
from engine.feel.scope import Closure, Scope
from engine.feel.values import (
    READY,
    Function,
    Range,
    Run,
    less_or_equal,
)

_FOLDED = frozenset(["date", "date and time", "duration", "time"])


class Compiler:
    """Compiles one expression and notes what it needs from outside.

    Attributes:
        names: variables it reads for certain.
        maybe_names: names inside a filter, which may be members of the items instead.
        calls: functions it calls that FEEL itself does not have, with their positions.
    """

    def __init__(self, bound: Iterable[str] = ()) -> None:
        self.names: set[str] = set()
        self.maybe_names: set[str] = set()
        self.calls: dict[str, int] = {}
        self._bound: list[str] = list(bound)
        self._filters = 0
        self._nested = bool(self._bound)
        self._nodes = 0
        self._partial = False

    def compile(self, node: syntax.Node) -> Closure:
        """The closure of a node."""
        self._nodes += 1
        return _COMPILERS[type(node)](self, node)

    @contextmanager
    def _binding(self, *names: str) -> Iterator[None]:
        nested, self._nested = self._nested, True
        self._bound += names
        yield
        del self._bound[len(self._bound) - len(names) :]
        self._nested = nested

    def _sized(self, node: syntax.Node) -> tuple[Closure, int]:
        """The closure of a node and how much one round of it counts."""
        before = self._nodes
        closure = self.compile(node)
        return closure, self._nodes - before

    # --- values and names ---

    def _literal(self, node: syntax.Literal) -> Closure:
        value = node.value
        return lambda scope: value

    def _name(self, node: syntax.Name) -> Closure:
        name = node.name
        self._partial = self._partial or name == "partial"
        self._note(name)
        if self._nested or is_builtin(name):
            return lambda scope: scope.lookup(name)

        def read(scope: Scope) -> object:
            value = scope.names.get(name)
            return value if value.__class__ in READY else scope.run.lift(value)

        return read

    def _note(self, name: str) -> None:
        if name in self._bound or is_builtin(name):
            return
        (self.maybe_names if self._filters else self.names).add(name)

    def _path(self, node: syntax.Path) -> Closure:
        base, name = self.compile(node.base), node.name
        return lambda scope: member(base(scope), name, scope.run)

    def _list_of(self, node: syntax.ListNode) -> Closure:
        items = [self.compile(item) for item in node.items]
        return lambda scope: tuple([item(scope) for item in items])

    def _context(self, node: syntax.ContextNode) -> Closure:
        entries: list[tuple[str, Closure]] = []
        with self._binding():
            for key, value in node.entries:
                entries.append((key, self.compile(value)))
                self._bound.append(key)
            del self._bound[len(self._bound) - len(entries) :]

        def made(scope: Scope) -> object:
            values: dict[str, object] = {}
            inner = Scope(values, scope, scope.run)
            for key, value in entries:
                values[key] = value(inner)
            return MappingProxyType(values)

        return made

    def _range_of(self, node: syntax.RangeNode) -> Closure:
        start = self.compile(node.start) if node.start else _nothing
        end = self.compile(node.end) if node.end else _nothing
        start_bounded, end_bounded = node.start is not None, node.end is not None

        def made(scope: Scope) -> object:
            first, last = start(scope), end(scope)
            if (first is None and start_bounded) or (last is None and end_bounded):
                return None
            if start_bounded and end_bounded and less_or_equal(first, first) is None:
                return None
            return Range(first, last, node.start_included, node.end_included)

        return made

    def _filter(self, node: syntax.Filter) -> Closure:
        base = self.compile(node.base)
        self._filters += 1
        with self._binding("item"):
            predicate, cost = self._sized(node.predicate)
        self._filters -= 1

        def filtered(scope: Scope) -> object:
            found = base(scope)
            items = items_of(found, scope.run)
            if items is None:
                return None
            run = scope.run
            kept = []
            for item in items:
                run.spend(cost)
                inner = Scope({"item": item}, scope, run)
                if isinstance(item, Mapping):
                    inner = Scope(item, inner, run)
                fits = predicate(inner)
                if fits is True:
                    kept.append(item)
                elif fits is not None and fits is not False:
                    return at_index(tuple(items), fits)
            return tuple(kept)

        if isinstance(node.predicate, syntax.Literal):
            return self._indexed(base, node.predicate.value, filtered)
        return filtered

    def _indexed(self, base: Closure, index: object, otherwise: Closure) -> Closure:
        if index is None or isinstance(index, bool):
            return otherwise

        def indexed(scope: Scope) -> object:
            items = items_of(base(scope), scope.run)
            return None if items is None else at_index(tuple(items), index)

        return indexed

    # --- operators ---

    def _sum(self, node: syntax.Sum) -> Closure:
        first = self.compile(node.first)
        rest = [(arithmetic.OPERATIONS[sign], self.compile(part)) for sign, part in node.rest]
        if len(rest) == 1:
            operation, second = rest[0]
            return lambda scope: operation(first(scope), second(scope), scope.run)

        def summed(scope: Scope) -> object:
            total = first(scope)
            for operation, part in rest:
                total = operation(total, part(scope), scope.run)
            return total

        return summed

    def _negate(self, node: syntax.Negate) -> Closure:
        operand = self.compile(node.operand)
        return lambda scope: arithmetic.negate(operand(scope))

    def _both(self, node: syntax.Both) -> Closure:
        decisive = node.word == "or"
        operands = [self.compile(operand) for operand in node.operands]

        def joined(scope: Scope) -> object:
            answer: bool | None = not decisive
            for operand in operands:
                value = operand(scope)
                if value is decisive:
                    return decisive
                if value is not (not decisive):
                    answer = None
            return answer

        return joined

    def _compare(self, node: syntax.Compare) -> Closure:
        left, right = self.compile(node.left), self.compile(node.right)
        return matching.comparison(node.operator, left, node.right, right)

    def _between(self, node: syntax.Between) -> Closure:
        value, low, high = (self.compile(part) for part in (node.value, node.low, node.high))

        def lies_between(scope: Scope) -> object:
            middle = value(scope)
            first = less_or_equal(low(scope), middle)
            second = less_or_equal(middle, high(scope))
            if first is None or second is None:
                return None
            return first and second

        return lies_between

    def _is_in(self, node: syntax.In) -> Closure:
        value = self.compile(node.value)
        members = matching.constant_members(node.tests)
        if members is not None:
            return _is_member(value, members)
        matchers = self.matchers(node.tests, cell=False)
        if not any(isinstance(test, syntax.Test) and test.uses_input for test in node.tests):
            return lambda scope: matching.any_of(matchers, value(scope), scope)

        def tested(scope: Scope) -> object:
            found = value(scope)
            return matching.any_of(matchers, found, Scope({"?": found}, scope, scope.run))

        return tested

    def matchers(self, tests: Sequence[syntax.Node], *, cell: bool) -> list[matching.Matcher]:
        """A matcher for each unary test."""
        made = []
        with self._binding("?"):
            for test in tests:
                assert isinstance(test, syntax.Test)
                made.append(matching.matcher(test, self.compile(test.operand), cell=cell))
        return made

    def _instance_of(self, node: syntax.InstanceOf) -> Closure:
        value, kind = self.compile(node.value), node.type
        return lambda scope: types.conforms(value(scope), kind)

    # --- words ---

    def _conditional(self, node: syntax.If) -> Closure:
        branches = [(self.compile(test), self.compile(then)) for test, then in node.branches]
        otherwise = self.compile(node.otherwise)

        def chosen(scope: Scope) -> object:
            for test, then in branches:
                if test(scope) is True:
                    return then(scope)
            return otherwise(scope)

        return chosen

    def _loop(self, node: syntax.For) -> Closure:
        with self._binding():
            domains = self._domains(node.iterators)
            self._bound.append("partial")
            before, self._partial = self._partial, False
            body, cost = self._sized(node.body)
            uses_partial, self._partial = self._partial, before
            del self._bound[len(self._bound) - len(domains) - 1 :]

        def collected(scope: Scope) -> object:
            run = scope.run
            results: list[object] = []

            def visit(inner: Scope) -> bool:
                if uses_partial:
                    run.spend(len(results) // 16)
                    inner = Scope({"partial": tuple(results)}, inner, run)
                run.spend(cost)
                results.append(body(inner))
                return True

            complete = visit_all(domains, scope, visit)
            run.room_for_items(len(results))
            return tuple(results) if complete else None

        return collected

    def _quantified(self, node: syntax.Quantified) -> Closure:
        with self._binding():
            domains = self._domains(node.iterators)
            condition, cost = self._sized(node.condition)
            del self._bound[len(self._bound) - len(node.iterators) :]
        decisive = node.word == "some"

        def judged(scope: Scope) -> object:
            answer: bool | None = not decisive

            def visit(inner: Scope) -> bool:
                nonlocal answer
                scope.run.spend(cost)
                holds = condition(inner)
                if holds is decisive:
                    answer = decisive
                    return False
                if holds is not (not decisive):
                    answer = None
                return True

            complete = visit_all(domains, scope, visit)
            return answer if complete or answer is decisive else None

        return judged

    def _domains(self, iterators: Sequence[tuple[str, syntax.Node]]) -> list[tuple[str, Closure]]:
        domains = []
        for name, domain in iterators:
            domains.append((name, self.compile(domain)))
            self._bound.append(name)
        return domains

    # --- functions ---

    def _function(self, node: syntax.FunctionNode) -> Closure:
        names = tuple(name for name, _ in node.parameters)
        kinds = [kind for _, kind in node.parameters]
        with self._binding(*names):
            body, cost = self._sized(node.body)

        def made(scope: Scope) -> object:
            def call(run: Run, arguments: Sequence[object]) -> object:
                if len(arguments) != len(names):
                    return None
                given = [coerced(a, kind) for a, kind in zip(arguments, kinds, strict=True)]
                if MISFIT in given:
                    return None
                enter(run, cost)
                try:
                    return body(Scope(dict(zip(names, given, strict=True)), scope, run))
                finally:
                    run.depth -= 1

            return Function(names, call)

        return made

    def _call(self, node: syntax.Call) -> Closure:
        arguments = [self.compile(argument) for argument in node.arguments]
        if not isinstance(node.target, syntax.Name):
            self._note_method(node)
            target = self.compile(node.target)
            return lambda scope: apply(
                target(scope), [argument(scope) for argument in arguments], node.names, scope.run
            )
        name = node.target.name
        if is_builtin(name) and name not in self._bound:
            return self._builtin_call(name, node, arguments)
        if name not in self._bound:
            self.calls.setdefault(name, node.position)
        return lambda scope: call_named(
            name, [argument(scope) for argument in arguments], node, scope
        )

    def _note_method(self, node: syntax.Call) -> None:
        """Note a call of a member, for only what the expression makes itself holds functions."""
        members: list[str] = []
        root = node.target
        while isinstance(root, syntax.Path):
            members.append(root.name)
            root = root.base
        if not members:
            return
        if isinstance(root, syntax.Literal) or (
            isinstance(root, syntax.Name) and root.name not in self._bound
        ):
            start = root.name if isinstance(root, syntax.Name) else "…"
            self.calls.setdefault(".".join([start, *reversed(members)]), node.position)

    def _builtin_call(self, name: str, node: syntax.Call, arguments: Sequence[Closure]) -> Closure:
        if node.names is not None:
            names = node.names
            return lambda scope: call_by_name(
                name,
                scope.run,
                {n: argument(scope) for n, argument in zip(names, arguments, strict=True)},
            )
        if name in _FOLDED and all(isinstance(a, syntax.Literal) for a in node.arguments):
            values = [a.value for a in node.arguments if isinstance(a, syntax.Literal)]
            constant = call_builtin(name, Run({}), values)
            return lambda scope: constant
        return lambda scope: call_builtin(
            name, scope.run, [argument(scope) for argument in arguments]
        )


def _nothing(scope: Scope) -> object:
    return None


def _is_member(value: Closure, members: Sequence[object]) -> Closure:
    """Membership of numbers and texts, quick because equal types are compared by Python."""
    by_kind = {
        kind: tuple(m for m in members if m.__class__ is kind)
        for kind in {m.__class__ for m in members}
    }

    def tested(scope: Scope) -> object:
        found = value(scope)
        same_kind = by_kind.get(found.__class__)
        if same_kind is not None:
            return found in same_kind
        return False if found is None else None

    return tested


_COMPILERS: Mapping[type, Callable[[Compiler, Any], Closure]] = {
    syntax.Literal: Compiler._literal,
    syntax.Name: Compiler._name,
    syntax.Path: Compiler._path,
    syntax.Filter: Compiler._filter,
    syntax.Call: Compiler._call,
    syntax.Sum: Compiler._sum,
    syntax.Negate: Compiler._negate,
    syntax.Both: Compiler._both,
    syntax.Compare: Compiler._compare,
    syntax.Between: Compiler._between,
    syntax.In: Compiler._is_in,
    syntax.If: Compiler._conditional,
    syntax.For: Compiler._loop,
    syntax.Quantified: Compiler._quantified,
    syntax.ListNode: Compiler._list_of,
    syntax.ContextNode: Compiler._context,
    syntax.RangeNode: Compiler._range_of,
    syntax.FunctionNode: Compiler._function,
    syntax.InstanceOf: Compiler._instance_of,
}
