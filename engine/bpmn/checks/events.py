"""Which events can stand where, and what belongs together: links, compensation, loops."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from engine.bpmn.checks.flows import linked
from engine.bpmn.checks.sheet import Node, Scope, Sheet, is_event_subprocess, kind_of, words
from engine.bpmn.reading import (
    ACTIVITIES,
    child,
    children,
    local_name,
    reference,
    text_of,
)
from engine.errors import Problem
from engine.timers import TimerError, parse_timer

MOST_INSTANCES = 200
# Without small letters it is no name of a variable: somebody meant a date or a duration.
_WRITTEN_OUT = re.compile(r"[A-Z0-9:./+-]+", re.ASCII)

# Source: BPMN 2.0.2, 10.5.2 to 10.5.4, tables 10.84 to 10.93.
_TOP_STARTS = frozenset({"message", "timer", "conditional", "signal"})
_INNER_STARTS = _TOP_STARTS | {"error", "escalation", "compensate"}
_CATCHES = frozenset({"message", "timer", "conditional", "link", "signal"})
_THROWS = frozenset({"message", "escalation", "compensate", "link", "signal"})
_ENDS = frozenset({"message", "error", "escalation", "cancel", "compensate", "signal", "terminate"})
_BOUNDARIES = frozenset({"message", "timer", "escalation", "conditional", "signal"})
_INTERRUPTING = _BOUNDARIES | {"error", "cancel", "compensate"}


def kinds_of_events(sheet: Sheet) -> Iterator[Problem]:
    """An event is about something that can happen where it stands."""
    for scope in sheet.scopes:
        for event in scope.nodes.values():
            allowed, required = _allowed(scope, event)
            if allowed is None:
                continue
            kinds = [kind_of(each) for each in sheet.definitions_of(event)]
            wrong = [kind for kind in kinds if kind not in allowed]
            if wrong or (required and not kinds):
                what = f"a {wrong[0]} event" if wrong else "about nothing"
                yield sheet.problem(
                    event,
                    "event_not_possible_here",
                    f"This {words(local_name(event))} cannot be {what}.",
                    f"Choose one of: {', '.join(sorted(allowed)) or 'a plain event'}.",
                )


def cancel_events(sheet: Sheet) -> Iterator[Problem]:
    """Only a transaction can be cancelled."""
    for event in sheet.nodes("endEvent", "boundaryEvent"):
        if not any(kind_of(each) == "cancel" for each in sheet.definitions_of(event)):
            continue
        if local_name(event) == "endEvent":
            within = event.getparent()
            while within is not None and local_name(within) == "subProcess":
                within = within.getparent()
            is_right = event.getparent() is within and within is not None
        else:
            within = sheet.target(event, "attachedToRef")
            is_right = within is not None
        if not is_right or within is None or local_name(within) != "transaction":
            yield sheet.problem(
                event,
                "cancel_without_transaction",
                "A cancel event stands directly in a transaction, or on its edge.",
                "Make the subprocess a transaction, or use an error event.",
            )


def links(sheet: Sheet) -> Iterator[Problem]:
    """A link leads from one event to another beside it."""
    for scope in sheet.scopes:
        pairs = list(linked(scope))
        for node, link in _links(scope, "intermediateThrowEvent"):
            catchers = [catcher for thrower, catcher in pairs if thrower is node]
            if len(catchers) != 1:
                yield _link_problem(sheet, node, len(catchers))
            elif text_of(child(link, "target")) and not _refers_back(catchers[0], link):
                yield _link_problem(sheet, node, 0)
        for node, _ in _links(scope, "intermediateCatchEvent"):
            if not any(catcher is node for _, catcher in pairs):
                yield _link_problem(sheet, node, 0)


def compensation(sheet: Sheet) -> Iterator[Problem]:
    """A compensation event leads to the activity that undoes, by an association."""
    for scope in sheet.scopes:
        for event in scope.of("boundaryEvent"):
            if not any(kind_of(each) == "compensate" for each in sheet.definitions_of(event)):
                continue
            if scope.flows_from(event):
                yield _no_compensation(sheet, event, "it leads on by a sequence flow")
            handlers = [
                target
                for each in sheet.anywhere("association")
                if reference(each, "sourceRef") == event.get("id")
                and (target := sheet.target(each, "targetRef")) is not None
                and local_name(target) in ACTIVITIES
            ]
            if any(handler.get("isForCompensation") != "true" for handler in handlers):
                yield _no_compensation(sheet, event, "its activity is not for compensation")


def loops(sheet: Sheet) -> Iterator[Problem]:
    """An activity loops in one way, as often as can be."""
    for node in sheet.nodes(*ACTIVITIES):
        loop = child(node, "standardLoopCharacteristics")
        instances = child(node, "multiInstanceLoopCharacteristics")
        if loop is not None and instances is not None:
            yield sheet.problem(
                node,
                "two_loops",
                "The activity is both a loop and a multi-instance.",
                "Choose one of the two.",
            )
        if loop is not None and (loop.get("loopMaximum") or "1").startswith("-"):
            yield sheet.problem(
                node,
                "bad_number",
                "The activity loops less than no times.",
                "Make loopMaximum 1 or more.",
            )
        if instances is not None and child(instances, "complexBehaviorDefinition") is not None:
            yield sheet.problem(
                node,
                "unsupported_element",
                "Events for some of the instances of a multi-instance are not thrown.",
                "Remove the complexBehaviorDefinition.",
            )


def timers(sheet: Sheet) -> Iterator[Problem]:
    """A time that is written out can be read."""
    for definition in sheet.nodes("timerEventDefinition"):
        for time in children(definition, "timeDate", "timeDuration", "timeCycle"):
            text = text_of(time) or ""
            if _WRITTEN_OUT.fullmatch(text) and not _is_time(text):
                yield sheet.problem(
                    _holder(definition),
                    "bad_timer",
                    f"{text[:40]!r} is no time that a timer can wait for.",
                    "Write it as ISO 8601, such as PT24H, R3/P7D or 2026-05-01T09:00:00.",
                )


def instances(sheet: Sheet) -> Iterator[Problem]:
    """A multi-instance that says how often it runs stays within what can be."""
    for loop in sheet.nodes("multiInstanceLoopCharacteristics"):
        text = (text_of(child(loop, "loopCardinality")) or "").removeprefix("=").strip()
        if re.fullmatch(r"-?\d{1,20}", text) and not 0 <= int(text) <= MOST_INSTANCES:
            yield sheet.problem(
                loop,
                "too_many_instances",
                f"A multi-instance of {text} is not run; {MOST_INSTANCES} is the most.",
                "Make the number smaller, or divide the work over several cases.",
            )


def quantities(sheet: Sheet) -> Iterator[Problem]:
    """A number of tokens is one or more."""
    for node in sheet.nodes(*ACTIVITIES):
        for attribute in ("startQuantity", "completionQuantity"):
            value = (node.get(attribute) or "1").strip()
            if not value.isdigit() or int(value) < 1:
                yield sheet.problem(
                    node,
                    "bad_number",
                    f"The {attribute} of this {words(local_name(node))} is {value[:20]!r}.",
                    "Make it 1 or more.",
                )


def ad_hoc_contents(sheet: Sheet) -> Iterator[Problem]:
    """An ad-hoc subprocess has no beginning and no end of its own."""
    for scope in sheet.scopes:
        if scope.kind == "adHocSubProcess":
            for event in scope.of("startEvent", "endEvent"):
                yield sheet.problem(
                    event,
                    "event_not_possible_here",
                    f"A {words(local_name(event))} cannot stand in an ad-hoc subprocess.",
                    "Remove it; people choose what they do and when it is done.",
                )


def transactions(sheet: Sheet) -> Iterator[Problem]:
    """The method of a transaction is a name for it."""
    for node in sheet.nodes("transaction"):
        method = node.get("method", "##Compensate")
        if method not in ("##Compensate", "##Store", "##Image") and not is_uri(method):
            yield sheet.problem(
                node,
                "bad_uri",
                f"The method {method[:40]!r} of the transaction is no address.",
                "Remove the method.",
            )


def is_uri(text: str) -> bool:
    """Whether a text is an absolute address: a scheme and what follows it."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return bool(parts.scheme and (parts.netloc or parts.path)) and " " not in text


def _holder(definition: Node) -> Node:
    parent = definition.getparent()
    return definition if parent is None else parent


def _is_time(text: str) -> bool:
    try:
        parse_timer(text)
    except TimerError:
        return False
    return True


def _allowed(scope: Scope, event: Node) -> tuple[frozenset[str] | None, bool]:
    """What an event may be about (None for what is no event), and whether it must be."""
    match local_name(event):
        case "startEvent":
            if is_event_subprocess(scope.node) and scope.kind != "process":
                return _INNER_STARTS, True
            return (_TOP_STARTS if scope.kind == "process" else frozenset()), False
        case "intermediateCatchEvent":
            return _CATCHES, True
        case "intermediateThrowEvent":
            return _THROWS, False
        case "endEvent":
            return _ENDS, False
        case "boundaryEvent":
            is_interrupting = event.get("cancelActivity", "true") == "true"
            return (_INTERRUPTING if is_interrupting else _BOUNDARIES), True
    return None, False


def _links(scope: Scope, kind: str) -> Iterator[tuple[Node, Node]]:
    for node in scope.of(kind):
        for link in children(node, "linkEventDefinition"):
            yield node, link


def _refers_back(catcher: Node, link: Node) -> bool:
    """Whether the other end knows this one, where it names its ends at all."""
    for other in children(catcher, "linkEventDefinition"):
        sources = [text_of(each) for each in children(other, "source")]
        if sources and link.get("id") not in sources:
            return False
    return True


def _link_problem(sheet: Sheet, node: Node, found: int) -> Problem:
    return sheet.problem(
        node,
        "link_without_partner",
        f"The link event has {found} partners in its process or subprocess; it must have one.",
        "Give one throwing and one catching link event the same name.",
    )


def _no_compensation(sheet: Sheet, event: Node, reason: str) -> Problem:
    return sheet.problem(
        event,
        "compensation",
        f"The compensation event cannot undo anything: {reason}.",
        "Draw an association from it to an activity that is for compensation.",
    )


RULES = (
    kinds_of_events,
    cancel_events,
    links,
    compensation,
    loops,
    timers,
    instances,
    quantities,
    ad_hoc_contents,
    transactions,
)
