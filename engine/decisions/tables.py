"""The outcome of a decision table: which rules hit, and what the hit policy makes of them.

Source: DMN 1.5, 8.2.8 to 8.2.11.
"""

from collections.abc import Sequence

from engine import feel
from engine.decisions.model import Decision, HitPolicy, Outcome, Output, Rule, Table
from engine.errors import Problem
from engine.model import Value

_SAME = feel.parse("left = right")
_AGGREGATES = {
    "SUM": feel.parse("sum(outputs)"),
    "MIN": feel.parse("min(outputs)"),
    "MAX": feel.parse("max(outputs)"),
    "COUNT": feel.parse("count(outputs)"),
}
_SINGLE_HIT = (HitPolicy.UNIQUE, HitPolicy.FIRST, HitPolicy.ANY, HitPolicy.PRIORITY)


def outcome_of_table(decision: Decision, table: Table, evaluation: feel.Evaluation) -> Outcome:
    """What a table comes to, in the names of *evaluation*."""
    hits = _hits(table, evaluation)
    if not hits:
        return Outcome(_value_without_hit(table, evaluation))
    if table.hit_policy is HitPolicy.UNIQUE and len(hits) > 1:
        return Outcome(None, _ids(hits), _several_hits(decision, hits))
    outputs = [_outputs(rule, evaluation) for rule in hits]
    if table.hit_policy is HitPolicy.ANY and not _all_same(outputs, evaluation):
        return Outcome(None, _ids(hits), _different_outputs(decision, hits))
    if table.hit_policy in (HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER):
        hits, outputs = _by_priority(table, hits, outputs)
    if table.hit_policy in _SINGLE_HIT:
        return Outcome(_named(table, outputs[0]), _ids(hits[:1]))
    return Outcome(_collected(table, outputs, evaluation), _ids(hits))


def _hits(table: Table, evaluation: feel.Evaluation) -> list[Rule]:
    values = [evaluation.value(each.expression) for each in table.inputs]
    hits = []
    for rule in table.rules:
        if _fits(rule, values, evaluation):
            hits.append(rule)
            if table.hit_policy is HitPolicy.FIRST:
                break
    return hits


def _fits(rule: Rule, values: Sequence[Value], evaluation: feel.Evaluation) -> bool:
    for tests, value in zip(rule.tests, values, strict=True):
        if not tests.is_irrelevant and not evaluation.matches(tests, value):
            return False
    return True


def _outputs(rule: Rule, evaluation: feel.Evaluation) -> tuple[Value, ...]:
    return tuple([evaluation.value(entry) for entry in rule.outputs])


def _named(table: Table, values: Sequence[Value]) -> Value:
    if len(table.outputs) == 1:
        return values[0]
    names = [output.name for output in table.outputs]
    return feel.frozen(dict(zip(names, values, strict=True)))


def _value_without_hit(table: Table, evaluation: feel.Evaluation) -> Value:
    if table.hit_policy is HitPolicy.COLLECT and table.aggregation == "COUNT":
        return feel.frozen(0)
    if not any(output.default for output in table.outputs):
        return None
    values = [evaluation.value(each.default) if each.default else None for each in table.outputs]
    return _named(table, values)


def _all_same(outputs: Sequence[Sequence[Value]], evaluation: feel.Evaluation) -> bool:
    first = tuple(outputs[0])
    return all(
        evaluation.with_names({"left": first, "right": tuple(other)}).value(_SAME) is True
        for other in outputs[1:]
    )


def _by_priority(
    table: Table, hits: list[Rule], outputs: list[tuple[Value, ...]]
) -> tuple[list[Rule], list[tuple[Value, ...]]]:
    """Rules and their outputs by the first column in which they differ, then as in the table."""
    ranks = [
        tuple(_rank(column, value) for column, value in zip(table.outputs, values, strict=True))
        for values in outputs
    ]
    order = sorted(range(len(hits)), key=lambda number: (ranks[number], number))
    return [hits[number] for number in order], [outputs[number] for number in order]


def _rank(column: Output, value: Value) -> int:
    for rank, each in enumerate(column.order):
        if each.__class__ is value.__class__ and each == value:
            return rank
    return len(column.order)


def _collected(
    table: Table, outputs: Sequence[tuple[Value, ...]], evaluation: feel.Evaluation
) -> Value:
    values = tuple(_named(table, each) for each in outputs)
    if table.aggregation is None:
        return values
    return evaluation.with_names({"outputs": values}).value(_AGGREGATES[table.aggregation])


def _ids(rules: Sequence[Rule]) -> tuple[str, ...]:
    return tuple(rule.id for rule in rules)


def _several_hits(decision: Decision, hits: Sequence[Rule]) -> Problem:
    return _undecided(
        decision,
        "several_rules_hit",
        f"Of the table {decision.id!r} only one rule may hit, but these do: {_listed(hits)}.",
        "Let the rules exclude each other, or choose another hit policy.",
    )


def _different_outputs(decision: Decision, hits: Sequence[Rule]) -> Problem:
    return _undecided(
        decision,
        "different_outputs_hit",
        f"Rules of the table {decision.id!r} hit with different outputs: {_listed(hits)}.",
        "Give these rules the same outputs, or choose another hit policy.",
    )


def _listed(hits: Sequence[Rule]) -> str:
    return ", ".join(_ids(hits)[:10])


def _undecided(decision: Decision, rule: str, message: str, remedy: str) -> Problem:
    return Problem(decision.file, decision.id, rule, "error", message, remedy, decision.line)
