"""What a decision is made of: a table or an expression, and the decisions it requires."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from engine.errors import Problem
from engine.feel import Expression, UnaryTests
from engine.model import Value


class HitPolicy(StrEnum):
    """Which of the rules that hit give the outcome of a table.

    Source: DMN 1.5, 8.2.8 Hit policies.
    """

    UNIQUE = "UNIQUE"
    FIRST = "FIRST"
    ANY = "ANY"
    PRIORITY = "PRIORITY"
    RULE_ORDER = "RULE ORDER"
    OUTPUT_ORDER = "OUTPUT ORDER"
    COLLECT = "COLLECT"


@dataclass(frozen=True, slots=True)
class Input:
    """A column that is tested."""

    id: str
    label: str
    expression: Expression


@dataclass(frozen=True, slots=True)
class Output:
    """A column that is decided.

    Attributes:
        name: key of the value in the outcome of a table with several outputs.
        default: what it is when no rule hits, None without default.
        order: its values from the highest priority to the lowest, for PRIORITY and OUTPUT ORDER.
    """

    id: str
    name: str
    label: str
    default: Expression | None = None
    order: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A row: a test for each input, a value for each output, and what is noted beside it.

    Attributes:
        annotations: the text of each annotation column, in the order of `Table.annotations`.
        description: the author's remark on the row.
    """

    id: str
    tests: tuple[UnaryTests, ...]
    outputs: tuple[Expression, ...]
    annotations: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A decision table.

    Attributes:
        aggregation: SUM, MIN, MAX or COUNT for a COLLECT table; None collects a list.
        annotations: names of the annotation columns.
    """

    hit_policy: HitPolicy
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]
    aggregation: str | None = None
    annotations: tuple[str, ...] = ()


Logic: TypeAlias = Table | Expression


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision.

    Attributes:
        variable: the name under which decisions that require this one read its outcome.
        requires: ids of the decisions it requires itself.
        order: ids of all decisions below it, each after those it requires.
    """

    id: str
    name: str
    file: str
    variable: str
    logic: Logic
    requires: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a decision came to.

    Attributes:
        value: the value itself for one output, a context by output name for several; null when no
            rule hit.
        rule_ids: the rules that made it, in the order of the outcome.
        problem: why a table could not decide, and the value is null: two rules hit where one may.
    """

    value: Value
    rule_ids: tuple[str, ...] = ()
    problem: Problem | None = None
