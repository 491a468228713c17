"""The functions that expressions of a process may call beside FEEL's own: termijn, werkdagen, nu.

They need the moment of the step, the calendar and the table of norm times.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, cast, get_args

from engine.decisions import Decisions
from engine.feel import FeelError, Functions
from engine.model import Value
from engine.timers import Calendar, Counting

if TYPE_CHECKING:
    from engine.bpmn.compile import Definition


def functions(definition: "Definition", now: datetime, calendar: Calendar) -> Functions:
    """The functions, for one step."""

    def termijn(naam: Value, spoed: Value = None, minderjarig: Value = None) -> Value:
        """The moment that the norm time of this name ends, counted from now."""
        if not (
            isinstance(naam, str | bool | None)
            and isinstance(spoed, str | bool | None)
            and isinstance(minderjarig, str | bool | None)
        ):
            raise FeelError("no_term", "A norm time is asked for by its name, yes and no.")
        length, counting = term(definition.decisions, definition.terms, naam, spoed, minderjarig)
        return calendar.due(now, length, counting)

    def werkdagen(n: Value) -> Value:
        """The moment so many working days from now."""
        if not isinstance(n, Decimal | int) or n != int(n):
            raise FeelError("no_term", "The number of working days is not a whole number.")
        return calendar.add_working_days(now, int(n))

    def nu() -> Value:
        """Now."""
        return now

    return {"termijn": termijn, "werkdagen": werkdagen, "nu": nu}


@lru_cache(maxsize=2048, typed=True)
def term(
    decisions: Decisions, table: str, naam: Value, spoed: Value = None, minderjarig: Value = None
) -> tuple[str | Decimal, Counting]:
    """How long a term is and how it is counted; the table says the same whenever it is asked.

    Raises:
        FeelError: no_term, the table has none of this name.
        NotFoundError: decision_not_found, there is no such table.
    """
    context = {"naam": naam, "spoed": spoed, "minderjarig": minderjarig}
    outcome = decisions.evaluate(table, context).value
    if not isinstance(outcome, Mapping) or outcome.get("duur") is None:
        raise FeelError("no_term", "The table of norm times has no term of this name.")
    counting = outcome.get("telling")
    if counting not in get_args(Counting):
        raise FeelError("no_term", "The term does not say how it is counted.")
    return cast("str | Decimal", outcome["duur"]), cast(Counting, counting)
