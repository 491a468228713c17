"""Shapes that several tests of events draw, and a way to begin them."""

from engine.bpmn.compile import compile_set
from engine.model import Value
from tests.diagrams import BEGIN_AND_END, diagram

from .driver import Drive


def run(content: bytes, **variables: Value) -> Drive:
    """Begin the process of a diagram."""
    driven = Drive(compile_set({"proef.bpmn": content})["proef"])
    driven.start(**variables)
    return driven


def guarded(event: str, attributes: str = "", above: str = "") -> bytes:
    """A task with a boundary event that leads to another task."""
    return diagram(
        BEGIN_AND_END
        + '<userTask id="werk"/><userTask id="daarna"/><userTask id="alarm"/>'
        + f'<boundaryEvent id="rand" attachedToRef="werk" {attributes}>{event}</boundaryEvent>'
        + '<endEvent id="alarm_einde"/>',
        "begin werk daarna einde",
        "rand alarm alarm_einde",
        above=above,
    )


def event_subprocess(event: str, attributes: str = "") -> str:
    """An event subprocess with one task."""
    return (
        '<subProcess id="bij" triggeredByEvent="true">'
        f'<startEvent id="bij_begin" {attributes}>{event}</startEvent><userTask id="bij_taak"/>'
        '<sequenceFlow id="bij_f" sourceRef="bij_begin" targetRef="bij_taak"/></subProcess>'
    )
