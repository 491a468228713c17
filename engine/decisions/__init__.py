"""Decisions: DMN tables and expressions, with the decisions they require.

`load` reads the `*.dmn` files of a set; `Decisions.evaluate` gives the outcome of one decision and
the rules that made it. Pure. Source: DMN 1.5 (OMG formal/2024-01-01), chapters 6 to 8.
"""

from collections.abc import Collection, Mapping

from engine import feel
from engine.decisions.model import Decision, HitPolicy, Input, Outcome, Output, Rule, Table
from engine.decisions.reading import read
from engine.decisions.tables import outcome_of_table
from engine.errors import InvalidInputError, NotFoundError, Problem
from engine.feel import DEFAULT_BUDGET, NO_FUNCTIONS, Budget, FeelError, Functions
from engine.model import Value

__all__ = [
    "Decision",
    "Decisions",
    "HitPolicy",
    "Input",
    "Outcome",
    "Output",
    "Rule",
    "Table",
    "ids",
    "load",
    "problems",
]


def load(files: Mapping[str, bytes]) -> "Decisions":
    """Read every `*.dmn` file among *files*.

    Raises:
        InvalidInputError: with every Problem found.
    """
    decisions, found = read(files)
    if any(problem.severity == "error" for problem in found):
        raise InvalidInputError(found, "invalid_decisions")
    return Decisions(decisions)


def problems(
    files: Mapping[str, bytes], *, functions: Collection[str] | None = None
) -> list[Problem]:
    """Everything that is wrong with the `*.dmn` files among *files*.

    Args:
        functions: functions that will be lent when they are evaluated; None does not look.
    """
    return read(files, functions)[1]


def ids(files: Mapping[str, bytes]) -> frozenset[str]:
    """Ids of the decisions in *files*, whether or not they can be evaluated."""
    return frozenset(read(files)[0])


class Decisions:
    """The decisions of a set of files, ready to be evaluated."""

    def __init__(self, decisions: Mapping[str, Decision]) -> None:
        self._decisions = decisions

    @property
    def ids(self) -> frozenset[str]:
        """Ids of the decisions that are here."""
        return frozenset(self._decisions)

    def get(self, decision_id: str) -> Decision:
        """One decision, with its table, to show.

        Raises:
            NotFoundError: decision_not_found.
        """
        found = self._decisions.get(decision_id)
        if found is None:
            raise NotFoundError("decision_not_found", decision_id=decision_id)
        return found

    def evaluate(
        self,
        decision_id: str,
        context: Mapping[str, Value],
        *,
        functions: Functions = NO_FUNCTIONS,
        budget: Budget = DEFAULT_BUDGET,
    ) -> Outcome:
        """What a decision comes to; the decisions it requires are evaluated before it.

        Args:
            context: values by name; a name that is missing is null. The outcome of a required
                decision goes before a value of the same name.
            functions: functions lent to every expression, by name.
            budget: what all expressions together may use.

        Raises:
            NotFoundError: decision_not_found.
            FeelError: an expression goes beyond the budget or calls what nobody lent; its values
                name the decision.
        """
        decision = self.get(decision_id)
        evaluation = feel.Evaluation(context, functions=functions, budget=budget)
        for required in decision.order:
            before = self._decisions[required]
            outcome = _outcome(before, evaluation)
            evaluation = evaluation.with_names({before.variable: outcome.value})
        return _outcome(decision, evaluation)


def _outcome(decision: Decision, evaluation: feel.Evaluation) -> Outcome:
    try:
        if isinstance(decision.logic, Table):
            return outcome_of_table(decision, decision.logic, evaluation)
        return Outcome(evaluation.value(decision.logic))
    except FeelError as error:
        error.values.setdefault("decision_id", decision.id)
        raise
