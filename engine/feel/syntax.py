"""The tree of a FEEL expression, as the parser makes it and the compiler reads it."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that stands in the text."""

    value: object


@dataclass(frozen=True, slots=True)
class Name:
    """A variable; `?` is the value that a unary test tests."""

    name: str


@dataclass(frozen=True, slots=True)
class Path:
    """`base.name`."""

    base: "Node"
    name: str


@dataclass(frozen=True, slots=True)
class Filter:
    """`base[predicate]`: items that fit, or the item at an index."""

    base: "Node"
    predicate: "Node"


@dataclass(frozen=True, slots=True)
class Call:
    """A function called by its name or as the value of an expression.

    Attributes:
        names: names of the arguments when they are given by name, else None.
        position: where the name stands in the text.
    """

    target: "Node"
    arguments: tuple["Node", ...]
    names: tuple[str, ...] | None
    position: int


@dataclass(frozen=True, slots=True)
class Sum:
    """`first` and then each operator with its operand, from left to right."""

    first: "Node"
    rest: tuple[tuple[str, "Node"], ...]


@dataclass(frozen=True, slots=True)
class Negate:
    """`-operand`."""

    operand: "Node"


@dataclass(frozen=True, slots=True)
class Both:
    """All operands joined by `and`, or all joined by `or`."""

    word: str
    operands: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Compare:
    """`left operator right` with one of = != < <= > >=."""

    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Between:
    """`value between low and high`."""

    value: "Node"
    low: "Node"
    high: "Node"


@dataclass(frozen=True, slots=True)
class In:
    """`value in tests`."""

    value: "Node"
    tests: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Test:
    """A unary test.

    Attributes:
        operator: comparison before the operand; None when the operand is the test itself.
        uses_input: the operand speaks of `?`, so it is true or false of itself.
    """

    operator: str | None
    operand: "Node"
    uses_input: bool = False


@dataclass(frozen=True, slots=True)
class If:
    """`if .. then ..` as often as `else if` follows, then `else`."""

    branches: tuple[tuple["Node", "Node"], ...]
    otherwise: "Node"


@dataclass(frozen=True, slots=True)
class For:
    """`for name in domain, .. return body`."""

    iterators: tuple[tuple[str, "Node"], ...]
    body: "Node"


@dataclass(frozen=True, slots=True)
class Quantified:
    """`some` or `every` name in domain, .. `satisfies` condition."""

    word: str
    iterators: tuple[tuple[str, "Node"], ...]
    condition: "Node"


@dataclass(frozen=True, slots=True)
class ListNode:
    """`[item, ..]`."""

    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class ContextNode:
    """`{key: value, ..}`; a later entry sees the earlier ones."""

    entries: tuple[tuple[str, "Node"], ...]


@dataclass(frozen=True, slots=True)
class RangeNode:
    """`[start..end]` with open or closed ends; an end of None is unbounded."""

    start: "Node | None"
    end: "Node | None"
    start_included: bool
    end_included: bool


@dataclass(frozen=True, slots=True)
class FunctionNode:
    """`function(name: type, ..) body`."""

    parameters: tuple[tuple[str, "FeelType | None"], ...]
    body: "Node"


@dataclass(frozen=True, slots=True)
class InstanceOf:
    """`value instance of type`."""

    value: "Node"
    type: "FeelType"


@dataclass(frozen=True, slots=True)
class Tests:
    """A whole cell of a decision table: any of the tests, or none of them when negated."""

    tests: tuple[Test, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class FeelType:
    """A type as `instance of` names it.

    Attributes:
        of: type of the items of a list or range, or of the result of a function.
        members: types of the entries of a context, or of a function's parameters (names empty).
    """

    name: str
    of: "FeelType | None" = None
    members: tuple[tuple[str, "FeelType"], ...] = ()


Node: TypeAlias = (
    Literal
    | Name
    | Path
    | Filter
    | Call
    | Sum
    | Negate
    | Both
    | Compare
    | Between
    | In
    | Test
    | If
    | For
    | Quantified
    | ListNode
    | ContextNode
    | RangeNode
    | FunctionNode
    | InstanceOf
    | Tests
)
