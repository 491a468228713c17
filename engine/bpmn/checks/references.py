"""Ids that stand twice, and references to what is not there or is something else."""

from collections.abc import Iterator

from engine.bpmn.checks.sheet import CHOREOGRAPHY, Node, Sheet, words
from engine.bpmn.reading import (
    ACTIVITIES,
    EVENTS,
    FLOW_NODES,
    children,
    local_name,
    reference,
    text_of,
)
from engine.errors import Problem, Severity

_NAMED = {
    "messageRef": ("message",),
    "signalRef": ("signal",),
    "errorRef": ("error",),
    "escalationRef": ("escalation",),
    "attachedToRef": tuple(ACTIVITIES),
    "dataObjectRef": ("dataObject",),
    "operationRef": ("operation",),
    "activityRef": tuple(ACTIVITIES),
}
_TEXT_REFS = {
    "flowNodeRef": tuple(FLOW_NODES),
    "operationRef": ("operation",),
    "inMessageRef": ("message",),
    "outMessageRef": ("message",),
}


def has_process(sheet: Sheet) -> Iterator[Problem]:
    """A file holds a process."""
    if not any(True for _ in children(sheet.root, "process")):
        yield sheet.problem(
            sheet.root, "no_process", "The file holds no process.", "Draw a process in it."
        )


def duplicate_ids(sheet: Sheet) -> Iterator[Problem]:
    """An id names one thing."""
    seen: set[str] = set()
    for _, node in sheet.every:
        element_id = node.get("id")
        if element_id in seen:
            yield sheet.problem(
                node,
                "duplicate_id",
                f"The id {element_id!r} stands in the file twice.",
                "Give one of them another id.",
            )
        if element_id:
            seen.add(element_id)


def references(sheet: Sheet) -> Iterator[Problem]:
    """A reference names something of the right kind that is in the file."""
    for kind, node in sheet.every:
        for attribute in _NAMED.keys() & node.keys():
            name = reference(node, attribute)
            if name:
                yield from _missing(sheet, node, attribute, name, _NAMED[attribute])
        if kind in _TEXT_REFS:
            name = (text_of(node) or "").rpartition(":")[2]
            yield from _missing(sheet, node, kind, name, _TEXT_REFS[kind])
    for node in sheet.anywhere("participant"):
        name = reference(node, "processRef")
        if name:
            yield from _missing(sheet, node, "processRef", name, ("process",), "warning")


def flow_ends(sheet: Sheet) -> Iterator[Problem]:
    """A sequence flow joins two flow nodes of the same process or subprocess."""
    for flow in sheet.nodes("sequenceFlow"):
        ends = [sheet.target(flow, name) for name in ("sourceRef", "targetRef")]
        for end, name in zip(ends, ("sourceRef", "targetRef"), strict=True):
            if end is None or local_name(end) not in (*FLOW_NODES, *CHOREOGRAPHY):
                yield sheet.problem(
                    flow,
                    "missing_reference",
                    f"The sequence flow has the {name} {flow.get(name)!r}, which is no flow node.",
                    "Draw the flow again between a task, event or gateway and the next.",
                )
            elif end.getparent() is not flow.getparent():
                yield sheet.problem(
                    flow,
                    "flow_across_border",
                    "The sequence flow crosses the border of a process or subprocess.",
                    "Let it end inside, or use a message between processes.",
                )


def message_flow_ends(sheet: Sheet) -> Iterator[Problem]:
    """A message flow leaves what sends and reaches what receives."""
    senders = (*ACTIVITIES, "intermediateThrowEvent", "endEvent", "participant")
    receivers = (*ACTIVITIES, *EVENTS - {"endEvent", "intermediateThrowEvent"}, "participant")
    for flow in sheet.anywhere("messageFlow"):
        for name, kinds in (("sourceRef", senders), ("targetRef", receivers)):
            end = sheet.target(flow, name)
            if end is None or local_name(end) not in kinds:
                yield sheet.problem(
                    flow,
                    "message_flow_end",
                    f"A message flow cannot have {flow.get(name)!r} as its {name}.",
                    "Draw it from what sends the message to what receives it.",
                )


def default_flows(sheet: Sheet) -> Iterator[Problem]:
    """The default flow of a node leaves that node."""
    for node in sheet.nodes(*FLOW_NODES):
        name = reference(node, "default")
        if not name:
            continue
        flow = sheet.by_id.get(name)
        if flow is None or reference(flow, "sourceRef") != node.get("id"):
            yield sheet.problem(
                node,
                "default_flow",
                f"The default flow {name!r} does not leave this element.",
                "Choose one of its own outgoing flows as the default.",
            )


def choreographies(sheet: Sheet) -> Iterator[Problem]:
    """A choreography does not stand inside a process."""
    for node in sheet.nodes(*CHOREOGRAPHY):
        yield sheet.problem(
            node,
            "unsupported_element",
            f"A {words(local_name(node))} cannot stand in a process.",
            "Draw tasks, and messages between processes.",
        )


def _missing(
    sheet: Sheet,
    node: Node,
    attribute: str,
    name: str,
    kinds: tuple[str, ...],
    severity: Severity = "error",
) -> Iterator[Problem]:
    found = sheet.by_id.get(name)
    if found is None or local_name(found) not in kinds:
        yield sheet.problem(
            node,
            "missing_reference",
            f"The {attribute} {name!r} is not in this file, or is something else.",
            "Choose an element that is there.",
            severity,
        )


RULES = (
    has_process,
    duplicate_ids,
    references,
    flow_ends,
    message_flow_ends,
    default_flows,
    choreographies,
)
