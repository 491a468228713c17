"""Events that are refused: where they cannot happen, or say not what they are about."""

from collections.abc import Callable, Iterator

from engine.bpmn.reading import (
    EVENTS,
    child,
    children,
    event_definitions,
    is_event_subprocess,
    local_name,
    reference,
)
from engine.bpmn.surroundings import Surroundings, XmlNode
from engine.errors import Problem


def _event_gateways(around: Surroundings) -> Iterator[Problem]:
    for gateway in around.nodes("eventBasedGateway"):
        if gateway.get("eventGatewayType") == "Parallel":
            yield around.problem(
                gateway,
                "parallel_event_gateway",
                "A parallel event-based gateway is not run.",
                "Use a parallel gateway with an event behind each flow.",
            )
        for flow in around.flows_from(gateway):
            target = around.beside(gateway)[str(flow.get("targetRef"))]
            if local_name(target) not in ("intermediateCatchEvent", "receiveTask"):
                yield around.problem(
                    target,
                    "event_gateway_target",
                    "After an event-based gateway only an event or a receive task can stand.",
                    "Put a catching event behind the gateway.",
                )


_CATCHES = frozenset({"message", "signal", "timer", "conditional"})
_POSSIBLE = {
    "startEvent": _CATCHES,
    "intermediateCatchEvent": _CATCHES | {"link"},
    "intermediateThrowEvent": frozenset({"message", "signal", "escalation", "link"}),
    "endEvent": frozenset({"message", "signal", "error", "escalation", "terminate", "cancel"}),
    "boundaryEvent": _CATCHES | {"error", "escalation", "cancel"},
}


def _events(around: Surroundings) -> Iterator[Problem]:
    for event in around.nodes(*EVENTS):
        kinds = {
            local_name(each).removesuffix("EventDefinition") for each in event_definitions(event)
        }
        wrong = kinds - _possible(event) - {"compensate"}
        must = local_name(event) in ("intermediateCatchEvent", "boundaryEvent")
        refers = child(event, "eventDefinitionRef") is not None
        if wrong or (must and not kinds and not refers) or ("link" in kinds and len(kinds) > 1):
            yield around.problem(
                event,
                "event_not_possible_here",
                f"This event cannot be {'about ' + min(wrong) if wrong else 'about nothing'}.",
                f"Choose one of: {', '.join(sorted(_possible(event))) or 'a plain event'}.",
            )
        if not _is_interrupting(event) and kinds & {"error", "cancel"}:
            yield around.problem(
                event,
                "error_not_interrupting",
                "An error or cancel event always ends what it stands on.",
                "Make it interrupting.",
            )
        yield from _references(around, event)
    for event in around.nodes("intermediateThrowEvent", "intermediateCatchEvent"):
        yield from _link(around, event)


def _is_interrupting(event: XmlNode) -> bool:
    return event.get("cancelActivity") != "false" and event.get("isInterrupting") != "false"


def _possible(event: XmlNode) -> frozenset[str]:
    scope = event.getparent()
    assert scope is not None
    if local_name(event) != "startEvent" or local_name(scope) == "process":
        return _POSSIBLE[local_name(event)]
    if is_event_subprocess(scope):
        return _CATCHES | {"error", "escalation"}
    return frozenset()


def _references(around: Surroundings, event: XmlNode) -> Iterator[Problem]:
    """A message and signal are named, an error is one that is there."""
    for definition in event_definitions(event):
        kind = local_name(definition).removesuffix("EventDefinition")
        if kind not in ("message", "signal", "error", "escalation"):
            continue
        ref = reference(definition, f"{kind}Ref")
        found = around.diagram.named.get(ref) if ref else None
        is_catch = local_name(event) in ("startEvent", "boundaryEvent")
        if ref is None and kind in ("error", "escalation") and is_catch:
            continue  # it catches every code
        needs_name = kind in ("message", "signal")
        if found is None or local_name(found) != kind or (needs_name and not found.get("name")):
            yield around.problem(
                definition,
                "event_without_name",
                f"The event does not say which {kind} it is about.",
                f"Choose a {kind} that is in the file and has a name.",
            )


def _link(around: Surroundings, event: XmlNode) -> Iterator[Problem]:
    for link in children(event, "linkEventDefinition"):
        scope = event.getparent()
        assert scope is not None
        throws = local_name(event) == "intermediateThrowEvent"
        other = "intermediateCatchEvent" if throws else "intermediateThrowEvent"
        partners = [
            each
            for node in children(scope, other)
            for each in children(node, "linkEventDefinition")
            if each.get("name") == link.get("name")
        ]
        if not partners or (throws and len(partners) > 1):
            yield around.problem(
                event,
                "link_without_partner",
                f"The link event has {len(partners)} partners beside it.",
                "Give one throwing and one catching link event the same name.",
            )


def _starts(around: Surroundings) -> Iterator[Problem]:
    for process in around.executable():
        plain = [each for each in children(process, "startEvent") if not event_definitions(each)]
        for start in plain[1:]:
            yield around.problem(
                start,
                "several_plain_starts",
                "The process has more than one start event that is about nothing.",
                "Keep one, and let the others wait for a message.",
            )
        for start in children(process, "startEvent"):
            if any(True for _ in children(start, "conditionalEventDefinition")):
                yield around.problem(
                    start,
                    "conditional_start",
                    "Nothing can make the condition of the start of a process true.",
                    "Begin with a message, or put the condition behind a plain start event.",
                )
        for start in children(process, "startEvent"):
            if any(True for _ in children(start, "timerEventDefinition")):
                yield around.problem(
                    start,
                    "start_by_hand",
                    "No timer begins an instance: one that is begun waits for it here.",
                    "Begin with a message or signal, or let something else start the process.",
                    severity="warning",
                )
    for scope in around.nodes("subProcess"):
        starts = list(children(scope, "startEvent"))
        if is_event_subprocess(scope) and (
            len(starts) != 1 or not (event_definitions(starts[0]) or len(starts[0]) > 0)
        ):
            yield around.problem(
                scope,
                "event_subprocess_start",
                "The event subprocess must have one start event, for what begins it.",
                "Draw one start event in it, about a message, timer, signal, error or escalation.",
            )


RULES: tuple[Callable[[Surroundings], Iterator[Problem]], ...] = (_event_gateways, _events, _starts)
