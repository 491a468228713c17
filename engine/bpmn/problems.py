"""Why a step cannot be taken, as the problem of an element."""

from typing import TYPE_CHECKING, Protocol

from engine.errors import Problem, StepError

if TYPE_CHECKING:
    from engine.bpmn.compile import Definition


class Place(Protocol):
    """An element in a file."""

    file: str
    bpmn_id: str


def step_error(place: Place, rule: str, message: str, remedy: str) -> StepError:
    """The error of an element that cannot go on."""
    return StepError(Problem(place.file, place.bpmn_id, rule, "error", message, remedy))


def definition_error(definition: "Definition", rule: str, message: str) -> StepError:
    """The error of a process as a whole."""
    remedy = "Look at what the instance waits for; it may have gone on meanwhile."
    return StepError(
        Problem(definition.file, definition.process_id, rule, "error", message, remedy)
    )
