"""A BPMN file as elements: what stands in the diagram, before anything is compiled."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from engine.xml import parse

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"
BUSINESS_KEY = "businessKey"  # the property of a call activity that names another case

ACTIVITIES = frozenset(
    {
        "task",
        "userTask",
        "manualTask",
        "scriptTask",
        "serviceTask",
        "businessRuleTask",
        "sendTask",
        "receiveTask",
        "subProcess",
        "transaction",
        "adHocSubProcess",
        "callActivity",
    }
)
EVENTS = frozenset(
    {
        "startEvent",
        "endEvent",
        "intermediateCatchEvent",
        "intermediateThrowEvent",
        "boundaryEvent",
    }
)
GATEWAYS = frozenset(
    {
        "exclusiveGateway",
        "parallelGateway",
        "inclusiveGateway",
        "eventBasedGateway",
        "complexGateway",
    }
)
FLOW_NODES = ACTIVITIES | EVENTS | GATEWAYS
SCOPES = frozenset({"process", "subProcess", "transaction", "adHocSubProcess"})


@dataclass(frozen=True, slots=True)
class Flow:
    """A sequence flow of the diagram."""

    id: str
    name: str
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Element:
    """A task, event, gateway or subprocess of the diagram.

    Attributes:
        process_id: the process it stands in.
        kind: its name in BPMN, such as "userTask".
        lane: name of the innermost lane it stands in, None without lanes.
        topic: what a service task asks for.
        form_key: id of the form of a user task.
        decision_id: the decision of a business rule task, and `result_variable` what holds its
            outcome.
        attached_to: the activity of a boundary event.
        parent: the subprocess it stands in, None directly in the process.
        outgoing, incoming: ids of its sequence flows, in the order of the file.
        event: what an event is about: "timer", "message", "signal", "error", "escalation",
            "conditional", "link", "terminate", "cancel", "compensate" or "multiple"; None for a
            plain one and for what is no event.
        message: name of the message that is caught or thrown.
        signal: name of the signal.
        is_interrupting: of a boundary event, and of the start of an event subprocess.
        called_process: the process of a call activity.
        business_key: FEEL for the number of the case that a call runs in; None for that of the
            caller.
    """

    id: str
    process_id: str
    kind: str
    name: str = ""
    lane: str | None = None
    topic: str | None = None
    form_key: str | None = None
    decision_id: str | None = None
    result_variable: str | None = None
    attached_to: str | None = None
    parent: str | None = None
    outgoing: tuple[str, ...] = ()
    incoming: tuple[str, ...] = ()
    event: str | None = None
    message: str | None = None
    signal: str | None = None
    is_interrupting: bool = True
    called_process: str | None = None
    business_key: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Process:
    """A process of the diagram.

    Attributes:
        node: its XML, for the compiler.
    """

    id: str
    name: str
    is_executable: bool
    elements: Mapping[str, Element]
    flows: Mapping[str, Flow]
    node: etree._Element = field(repr=False)


@dataclass(frozen=True, slots=True)
class Diagram:
    """A BPMN file that was read.

    Attributes:
        named: messages, signals, errors and escalations by id.
    """

    file: str
    root: etree._Element = field(repr=False)
    processes: Mapping[str, Process]
    named: Mapping[str, etree._Element] = field(repr=False)


def read(content: bytes, *, file: str) -> Diagram:
    """Read a BPMN file.

    Raises:
        InvalidInputError: it is no XML, or XML that is not safe to read.
    """
    root = parse(content, file=file)
    named = {
        str(node.get("id")): node
        for kind in ("message", "signal", "error", "escalation")
        for node in root.iterfind(f"{{{BPMN}}}{kind}")
    }
    lanes = _lanes(root)
    processes = {}
    for node in root.iterfind(f"{{{BPMN}}}process"):
        found = _process(node, lanes, named)
        processes[found.id] = found
    return Diagram(file, root, processes, named)


def local_name(node: etree._Element) -> str:
    """The tag of an element of BPMN without its namespace; "" for those of others."""
    namespace, _, name = str(node.tag)[1:].rpartition("}")
    return name if namespace == BPMN else ""


def children(node: etree._Element, *kinds: str) -> Iterator[etree._Element]:
    """The BPMN elements of these kinds directly inside a node, in the order of the file."""
    for child in node:
        if local_name(child) in kinds:
            yield child


def child(node: etree._Element, kind: str) -> etree._Element | None:
    """The first BPMN element of this kind directly inside a node."""
    return node.find(f"{{{BPMN}}}{kind}")


def text_of(node: etree._Element | None) -> str | None:
    """The text of an element, None when it is empty or not there."""
    text = (node.text or "").strip() if node is not None else ""
    return text or None


def extension(node: etree._Element, name: str) -> etree._Element | None:
    """A Zeebe extension element of a node."""
    return node.find(f"{{{BPMN}}}extensionElements/{{{ZEEBE}}}{name}")


def extension_value(node: etree._Element, name: str, attribute: str) -> str | None:
    """An attribute of a Zeebe extension element, None when it is empty or not there."""
    found = extension(node, name)
    return (found.get(attribute) or "").strip() or None if found is not None else None


def property_value(node: etree._Element, name: str) -> str | None:
    """The value of an extension property of a node, None when it is empty or not there."""
    found = extension(node, "properties")
    for each in found if found is not None else ():
        if each.tag == f"{{{ZEEBE}}}property" and each.get("name") == name:
            return (each.get("value") or "").strip() or None
    return None


def event_definitions(node: etree._Element) -> list[etree._Element]:
    """What an event is about, as XML."""
    return [each for each in node if local_name(each).endswith("EventDefinition")]


def reference(node: etree._Element, attribute: str) -> str | None:
    """The id that an attribute refers to; a prefix of its namespace does not count."""
    value = node.get(attribute)
    return value.rpartition(":")[2] if value else None


def is_event_subprocess(node: etree._Element) -> bool:
    """Whether a subprocess is begun by an event."""
    return node.get("triggeredByEvent") == "true"


def message_of(node: etree._Element, named: Mapping[str, etree._Element]) -> etree._Element | None:
    """The message that an event or a send or receive task is about."""
    holders = [node, *children(node, "messageEventDefinition")]
    for holder in holders:
        ref = reference(holder, "messageRef")
        if ref is not None:
            found = named.get(ref)
            return found if found is not None and local_name(found) == "message" else None
    return None


def _process(
    node: etree._Element,
    lanes: Mapping[str, str],
    named: Mapping[str, etree._Element],
) -> Process:
    process_id = str(node.get("id"))
    flows = {
        str(flow.get("id")): Flow(
            str(flow.get("id")),
            flow.get("name") or "",
            str(flow.get("sourceRef")),
            str(flow.get("targetRef")),
        )
        for flow in node.iter(f"{{{BPMN}}}sequenceFlow")
    }
    outgoing: dict[str, list[str]] = {}
    incoming: dict[str, list[str]] = {}
    for flow in flows.values():
        outgoing.setdefault(flow.source, []).append(flow.id)
        incoming.setdefault(flow.target, []).append(flow.id)
    elements = {}
    for each, parent, lane in _flow_nodes(node, None, None, lanes):
        element_id = str(each.get("id"))
        elements[element_id] = Element(
            id=element_id,
            process_id=process_id,
            kind=local_name(each),
            name=" ".join((each.get("name") or "").split()),
            lane=lane,
            topic=extension_value(each, "taskDefinition", "type"),
            form_key=extension_value(each, "formDefinition", "formId")
            or extension_value(each, "formDefinition", "formKey"),
            decision_id=extension_value(each, "calledDecision", "decisionId"),
            result_variable=extension_value(each, "calledDecision", "resultVariable"),
            attached_to=reference(each, "attachedToRef"),
            parent=parent,
            outgoing=tuple(outgoing.get(element_id, ())),
            incoming=tuple(incoming.get(element_id, ())),
            event=_event(each),
            message=_message_name(each, named),
            signal=_signal_name(each, named),
            is_interrupting=_is_interrupting(each),
            called_process=_called_process(each),
            business_key=property_value(each, BUSINESS_KEY),
            line=each.sourceline,
        )
    return Process(
        process_id,
        node.get("name") or "",
        node.get("isExecutable", "true") == "true",
        elements,
        flows,
        node,
    )


def _flow_nodes(
    scope: etree._Element, parent: str | None, lane: str | None, lanes: Mapping[str, str]
) -> Iterator[tuple[etree._Element, str | None, str | None]]:
    """Every flow node with the subprocess and the lane it stands in."""
    for node in children(scope, *FLOW_NODES):
        element_id = str(node.get("id"))
        own_lane = lanes.get(element_id, lane)
        yield node, parent, own_lane
        if local_name(node) in SCOPES:
            yield from _flow_nodes(node, element_id, own_lane, lanes)


def _lanes(root: etree._Element) -> dict[str, str]:
    """The name of the innermost lane of each element: lanes inside others come after them."""
    found: dict[str, str] = {}
    for lane in root.iter(f"{{{BPMN}}}lane"):
        for ref in children(lane, "flowNodeRef"):
            element_id = text_of(ref)
            if element_id and lane.get("name"):
                found[element_id] = " ".join(str(lane.get("name")).split())
    return found


def _event(node: etree._Element) -> str | None:
    if local_name(node) not in EVENTS:
        return None
    kinds = [local_name(each).removesuffix("EventDefinition") for each in event_definitions(node)]
    if not kinds:
        return None
    return kinds[0] if len(kinds) == 1 else "multiple"


def _message_name(node: etree._Element, named: Mapping[str, etree._Element]) -> str | None:
    message = message_of(node, named)
    return message.get("name") if message is not None else None


def _signal_name(node: etree._Element, named: Mapping[str, etree._Element]) -> str | None:
    for definition in children(node, "signalEventDefinition"):
        found = named.get(reference(definition, "signalRef") or "")
        return found.get("name") if found is not None else None
    return None


def _is_interrupting(node: etree._Element) -> bool:
    return node.get("cancelActivity", "true") == "true" and (
        node.get("isInterrupting", "true") == "true"
    )


def _called_process(node: etree._Element) -> str | None:
    if local_name(node) != "callActivity":
        return None
    return extension_value(node, "calledElement", "processId") or reference(node, "calledElement")
