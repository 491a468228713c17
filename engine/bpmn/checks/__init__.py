"""The rules of BPMN itself: what a diagram must hold to, beside what `refusals` knows is not run.

Each rule is a function that looks at a whole diagram and gives what it finds, with the element and
what to do. Source: BPMN 2.0.2 (OMG formal/2013-12-09), chapters 8 and 10.
"""

from collections.abc import Iterator, Sequence

from engine.bpmn.checks import calls, data, events, flows, references
from engine.bpmn.checks.sheet import Sheet
from engine.bpmn.reading import Diagram
from engine.errors import Problem

RULES = (*references.RULES, *flows.RULES, *events.RULES, *data.RULES)


def problems(diagrams: Sequence[Diagram]) -> Iterator[Problem]:
    """Everything that the rules find in the diagrams of a set.

    Where a flow leads to nothing, all that lies behind it is out of reach: that is left out.
    """
    for diagram in diagrams:
        sheet = Sheet(diagram)
        dangling = [found for rule in references.RULES for found in rule(sheet)]
        yield from dangling
        for rule in RULES:
            if rule not in references.RULES and not (dangling and rule is flows.unreachable):
                yield from rule(sheet)
    yield from calls.cycles(diagrams)
