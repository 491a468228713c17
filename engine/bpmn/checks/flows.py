"""How a token goes: starts and ends, gateways, and what it never reaches or never leaves."""

from collections.abc import Iterator

from engine.bpmn.checks.sheet import (
    Node,
    Scope,
    Sheet,
    is_compensation,
    is_event_subprocess,
    kind_of,
    words,
)
from engine.bpmn.reading import (
    EVENTS,
    FLOW_NODES,
    GATEWAYS,
    child,
    children,
    local_name,
    reference,
    text_of,
)
from engine.errors import Problem

_CHOOSING = ("exclusiveGateway", "inclusiveGateway")


def wrong_ends(sheet: Sheet) -> Iterator[Problem]:
    """What has no incoming or no outgoing flow by its nature."""
    for scope in sheet.scopes:
        for node in scope.nodes.values():
            kind = local_name(node)
            if scope.flows_into(node) and (
                kind in ("startEvent", "boundaryEvent")
                or is_event_subprocess(node)
                or is_compensation(node)
            ):
                yield _wrong_end(sheet, node, "incoming")
            if scope.flows_from(node) and (
                kind == "endEvent" or is_event_subprocess(node) or is_compensation(node)
            ):
                yield _wrong_end(sheet, node, "outgoing")


def immediate_flows(sheet: Sheet) -> Iterator[Problem]:
    """Between the elements of a process that runs nothing else happens."""
    for flow in sheet.nodes("sequenceFlow"):
        if flow.get("isImmediate") == "false":
            yield sheet.problem(
                flow,
                "flow_not_immediate",
                "A sequence flow of a process that runs cannot wait for what is not drawn.",
                "Draw what happens in between, or remove isImmediate.",
            )


def starts(sheet: Sheet) -> Iterator[Problem]:
    """A process or subprocess begins somewhere."""
    for scope in sheet.scopes:
        if scope.kind == "adHocSubProcess" or not _holds_work(scope):
            continue
        begins = scope.of("startEvent") or [
            node for node in scope.nodes.values() if _can_begin(scope, node)
        ]
        if not begins:
            yield sheet.problem(
                scope.node,
                "no_start",
                f"The {words(scope.kind)} has no start event.",
                "Draw a start event before its first element.",
            )


def unreachable(sheet: Sheet) -> Iterator[Problem]:
    """A token can come to every element."""
    for scope in sheet.scopes:
        if scope.kind == "adHocSubProcess" or not scope.of("startEvent"):
            continue
        reached = _reached(scope)
        for name, node in scope.nodes.items():
            if name in reached or is_compensation(node):
                continue
            yield sheet.problem(
                node,
                "unreachable",
                f"No token ever comes to this {words(local_name(node))}.",
                "Draw a sequence flow to it, or remove it.",
                "warning" if local_name(node) == "endEvent" else "error",
            )


def dead_ends(sheet: Sheet) -> Iterator[Problem]:
    """In a process with end events every path ends in one."""
    for scope in sheet.scopes:
        if scope.kind == "adHocSubProcess":
            continue
        for node in scope.nodes.values():
            if scope.flows_from(node) or not _must_go_on(scope, node):
                continue
            yield sheet.problem(
                node,
                "dead_end",
                f"Nothing follows this {words(local_name(node))}.",
                "Draw a sequence flow to what follows, or to an end event.",
            )


def choices(sheet: Sheet) -> Iterator[Problem]:
    """Every way out of a choice has a condition, or is the default."""
    for scope in sheet.scopes:
        for gateway in scope.of(*_CHOOSING):
            flows = scope.flows_from(gateway)
            default = reference(gateway, "default")
            open_ways = [
                flow for flow in flows if flow.get("id") != default and not _condition(flow)
            ]
            if len(flows) < 2:
                continue
            for flow in open_ways:
                yield sheet.problem(
                    flow,
                    "flow_without_condition",
                    "The sequence flow leaves a choice without a condition.",
                    "Give it a condition, or make it the default flow.",
                )
            if not open_ways and default is None:
                yield sheet.problem(
                    gateway,
                    "gateway_without_default",
                    "When none of its conditions is true, the process cannot go on here.",
                    "Make one of its flows the default flow.",
                    "warning",
                )


def misplaced_conditions(sheet: Sheet) -> Iterator[Problem]:
    """A condition after an event or a parallel gateway is never looked at."""
    for scope in sheet.scopes:
        for node in scope.of("parallelGateway", "eventBasedGateway", *EVENTS):
            for flow in scope.flows_from(node):
                if _condition(flow):
                    yield sheet.problem(
                        flow,
                        "condition_ignored",
                        f"After a {words(local_name(node))} a condition does not count.",
                        "Put an exclusive gateway before it, or remove the condition.",
                        "warning",
                    )


def directions(sheet: Sheet) -> Iterator[Problem]:
    """A gateway that says it divides or joins has the flows for it."""
    for scope in sheet.scopes:
        for gateway in scope.of(*GATEWAYS):
            direction = gateway.get("gatewayDirection")
            into, out = len(scope.flows_into(gateway)), len(scope.flows_from(gateway))
            if (direction == "Diverging" and into > 1) or (direction == "Converging" and out > 1):
                yield sheet.problem(
                    gateway,
                    "gateway_direction",
                    f"The gateway says it is {direction}, but its flows say otherwise.",
                    "Let it either divide or join, or remove its gatewayDirection.",
                )


def event_gateways(sheet: Sheet) -> Iterator[Problem]:
    """An event-based gateway waits for events that come to nothing else."""
    for scope in sheet.scopes:
        for gateway in scope.of("eventBasedGateway"):
            if gateway.get("instantiate") == "true" and scope.flows_into(gateway):
                yield _wrong_end(sheet, gateway, "incoming")
            if len(scope.flows_from(gateway)) < 2:
                yield sheet.problem(
                    gateway,
                    "event_gateway_single",
                    "An event-based gateway waits for the first of several events.",
                    "Draw two or more events behind it, or remove the gateway.",
                )
            for flow in scope.flows_from(gateway):
                target = scope.nodes.get(reference(flow, "targetRef") or "")
                if target is not None:
                    yield from _waited_for(sheet, scope, target)


def loops_without_wait(sheet: Sheet) -> Iterator[Problem]:
    """Once round, a loop comes by something that waits or decides."""
    for scope in sheet.scopes:
        for node in _going_round(scope):
            yield sheet.problem(
                node,
                "endless_loop",
                "From here the process goes round for ever without waiting.",
                "Let a gateway lead out of the loop, or wait for something in it.",
            )


def _waited_for(sheet: Sheet, scope: Scope, target: Node) -> Iterator[Problem]:
    kinds = {kind_of(each) for each in sheet.definitions_of(target)}
    waits = (
        local_name(target) == "intermediateCatchEvent"
        and kinds
        and kinds <= {"message", "timer", "signal", "conditional"}
    ) or local_name(target) == "receiveTask"
    guarded = any(
        reference(event, "attachedToRef") == target.get("id") for event in scope.of("boundaryEvent")
    )
    if not waits or guarded or len(scope.flows_into(target)) > 1:
        yield sheet.problem(
            target,
            "event_gateway_target",
            "After an event-based gateway only an event or a receive task can stand, by itself.",
            "Put a catching event for a message, timer, signal or condition behind the gateway.",
        )


def _wrong_end(sheet: Sheet, node: Node, direction: str) -> Problem:
    return sheet.problem(
        node,
        f"{direction}_flow",
        f"This {words(local_name(node))} cannot have an {direction} sequence flow.",
        "Remove the flow.",
    )


def _holds_work(scope: Scope) -> bool:
    return any(not is_event_subprocess(node) for node in scope.nodes.values())


def _can_begin(scope: Scope, node: Node) -> bool:
    """Whether a node begins a scope that has no start event: nothing comes before it."""
    return not (
        scope.flows_into(node)
        or local_name(node) == "boundaryEvent"
        or is_event_subprocess(node)
        or is_compensation(node)
    )


def _reached(scope: Scope) -> set[str]:
    """The nodes that a token can come to, given that it begins at a start event."""
    waiting = [str(node.get("id")) for node in scope.of("startEvent")]
    waiting += [
        name
        for name, node in scope.nodes.items()
        if is_event_subprocess(node) or node.get("instantiate") == "true"
    ]
    after: dict[str, list[str]] = {}
    for flow in scope.flows:
        after.setdefault(reference(flow, "sourceRef") or "", []).append(
            reference(flow, "targetRef") or ""
        )
    for event in scope.of("boundaryEvent"):
        after.setdefault(reference(event, "attachedToRef") or "", []).append(str(event.get("id")))
    for thrower, catcher in linked(scope):
        after.setdefault(str(thrower.get("id")), []).append(str(catcher.get("id")))
    reached: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += after.get(name, [])
    return reached


def linked(scope: Scope) -> Iterator[tuple[Node, Node]]:
    """Every end of a link with its beginning: of one name, or that refer to each other."""
    catchers = [
        (node, link)
        for node in scope.of("intermediateCatchEvent")
        for link in children(node, "linkEventDefinition")
    ]
    for thrower in scope.of("intermediateThrowEvent"):
        for end in children(thrower, "linkEventDefinition"):
            target = text_of(child(end, "target"))
            for catcher, link in catchers:
                if link.get("name") == end.get("name") or (target and target == link.get("id")):
                    yield thrower, catcher


def _must_go_on(scope: Scope, node: Node) -> bool:
    kind = local_name(node)
    if kind == "endEvent" or is_event_subprocess(node) or is_compensation(node):
        return False
    if kind == "boundaryEvent":
        return not any(True for _ in children(node, "compensateEventDefinition"))
    if kind == "intermediateThrowEvent":
        return not any(True for _ in children(node, "linkEventDefinition"))
    if kind in ("startEvent", "intermediateCatchEvent", "eventBasedGateway"):
        return True
    return bool(scope.of("endEvent")) and kind in FLOW_NODES


def _going_round(scope: Scope) -> Iterator[Node]:
    """One node of every circle that a token passes at once, with no way out of it."""
    looked_at: set[str] = set()
    for start in scope.nodes.values():
        path: set[str] = set()
        at: Node | None = start
        while at is not None and str(at.get("id")) not in looked_at:
            path.add(str(at.get("id")))
            looked_at.add(str(at.get("id")))
            at = _only_way_on(scope, at)
        if at is not None and str(at.get("id")) in path:
            yield at


def _only_way_on(scope: Scope, node: Node) -> Node | None:
    flows = scope.flows_from(node)
    if not _passes_at_once(node) or len(flows) != 1 or _condition(flows[0]):
        return None
    return scope.nodes.get(reference(flows[0], "targetRef") or "")


def _passes_at_once(node: Node) -> bool:
    return local_name(node) in ("task", "scriptTask", *_CHOOSING) and not is_compensation(node)


def _condition(flow: Node) -> str | None:
    return text_of(child(flow, "conditionExpression"))


RULES = (
    wrong_ends,
    immediate_flows,
    starts,
    unreachable,
    dead_ends,
    choices,
    misplaced_conditions,
    directions,
    event_gateways,
    loops_without_wait,
)
