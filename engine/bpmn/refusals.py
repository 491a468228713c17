"""What is refused: diagrams that cannot be compiled at all, and what would not run as it is drawn.

Refused is fine, wrong is not: what SpiffWorkflow passes over in silence, and we do not run either,
is named here with what to do instead. `checks` holds the rules of BPMN itself.
"""

from collections.abc import Callable, Iterator

from engine.bpmn import refused_events
from engine.bpmn.reading import (
    ACTIVITIES,
    BPMN,
    BUSINESS_KEY,
    FLOW_NODES,
    child,
    children,
    extension,
    local_name,
    message_of,
    property_value,
    reference,
    text_of,
)
from engine.bpmn.surroundings import Surroundings, XmlNode
from engine.errors import Problem


def breakage(around: Surroundings) -> list[Problem]:
    """Why a diagram cannot be compiled at all: its ids and references."""
    return [*_ids(around), *_flow_ends(around), *_hosts(around)]


def refusals(around: Surroundings) -> list[Problem]:
    """What is refused in a diagram that could be compiled."""
    return [problem for rule in _RULES for problem in rule(around)]


def _ids(around: Surroundings) -> Iterator[Problem]:
    seen: set[str] = set()
    for node in around.diagram.root.iter(f"{{{BPMN}}}*"):
        element_id = node.get("id")
        if element_id in seen:
            yield around.problem(
                node,
                "duplicate_id",
                f"The id {element_id!r} stands in the file twice.",
                "Give one of them another id.",
            )
        if element_id:
            seen.add(element_id)
        elif local_name(node) in FLOW_NODES | {"process", "sequenceFlow"}:
            yield around.problem(node, "missing_id", "This element has no id.", "Give it an id.")
    for process in around.diagram.processes.values():
        if around.processes[process.id] is not process:
            yield around.problem(
                process.node,
                "duplicate_process",
                "Another diagram of the set has a process with this id.",
                "Give one of them another id.",
            )


def _flow_ends(around: Surroundings) -> Iterator[Problem]:
    for flow in around.nodes("sequenceFlow"):
        beside = around.beside(flow)
        for end in ("sourceRef", "targetRef"):
            if flow.get(end) not in beside:
                yield around.problem(
                    flow,
                    "missing_reference",
                    f"The {end} of the sequence flow is no element beside it.",
                    "Draw the flow again between two elements of the same process or subprocess.",
                )


def _hosts(around: Surroundings) -> Iterator[Problem]:
    for event in around.nodes("boundaryEvent"):
        host = around.beside(event).get(reference(event, "attachedToRef") or "")
        if host is None or local_name(host) not in ACTIVITIES:
            yield around.problem(
                event,
                "boundary_without_host",
                "The boundary event is not attached to an activity beside it.",
                "Draw it on the edge of the activity it belongs to.",
            )


def _executable(around: Surroundings) -> Iterator[Problem]:
    if not any(True for _ in around.executable()):
        for process in around.diagram.processes.values():
            yield around.problem(
                process.node,
                "not_executable",
                "No process of the file is executable.",
                'Set isExecutable="true" on the process that is to be run.',
            )
    for node in around.executable():
        if not any(True for _ in children(node, *FLOW_NODES)):
            yield around.problem(
                node, "empty_process", "The process is empty.", "Draw its elements."
            )


# What is not run, by kind of element: rule, what it is, and what to do.
_UNSUPPORTED = {
    "complexGateway": ("complex_gateway", "A complex gateway", "Use inclusive gateways."),
    "adHocSubProcess": (
        "ad_hoc_subprocess",
        "An ad-hoc subprocess",
        "Use a subprocess with an inclusive gateway, or non-interrupting events.",
    ),
    "compensateEventDefinition": (
        "compensation",
        "Compensation",
        "Draw what undoes the work as tasks behind an error or escalation event.",
    ),
    "potentialOwner": ("potential_owner", "An owner of its own", "Put the task in a lane."),
    "humanPerformer": ("potential_owner", "An owner of its own", "Put the task in a lane."),
    "performer": ("potential_owner", "An owner of its own", "Put the task in a lane."),
    "eventDefinitionRef": (
        "event_definition_ref",
        "A reference to an event definition",
        "Put the definition in the event itself.",
    ),
    "assignment": (
        "data_assignment",
        "An assignment of a data association",
        "Use an input or output mapping (zeebe:ioMapping), or a script task.",
    ),
    "transformation": (
        "data_assignment",
        "A transformation of a data association",
        "Use an input or output mapping (zeebe:ioMapping), or a script task.",
    ),
}


def _unsupported(around: Surroundings) -> Iterator[Problem]:
    for node in around.nodes(*_UNSUPPORTED):
        rule, what, remedy = _UNSUPPORTED[local_name(node)]
        holder = node if node.get("id") and local_name(node) in FLOW_NODES else _flow_node(node)
        yield around.problem(
            node,
            rule,
            f"{what} is not run.",
            remedy,
            holder.get("id") if holder is not None else None,
        )
    for node in around.nodes(*ACTIVITIES):
        if node.get("isForCompensation") == "true":
            _, what, remedy = _UNSUPPORTED["compensateEventDefinition"]
            yield around.problem(node, "compensation", f"{what} is not run.", remedy)
        if child(node, "ioSpecification") is not None:
            yield around.problem(
                node,
                "io_specification",
                "The data inputs and outputs of a single activity are not looked at.",
                "Use input and output mappings (zeebe:ioMapping).",
            )
        if any((node.get(name) or "1") != "1" for name in ("startQuantity", "completionQuantity")):
            yield around.problem(
                node,
                "start_quantity",
                "An activity takes one token and gives one token.",
                "Use a parallel gateway to wait for several tokens.",
            )
    for key in around.diagram.root.iter(f"{{{BPMN}}}correlationKey"):
        yield around.problem(
            key,
            "correlation_key",
            "The correlation keys of a collaboration are not looked at.",
            "Give the message a zeebe:subscription with a correlationKey.",
        )


def _gateways(around: Surroundings) -> Iterator[Problem]:
    for gateway in around.nodes("exclusiveGateway"):
        flows = around.flows_from(gateway)
        default = reference(gateway, "default")
        for flow in flows if len(flows) > 1 else []:
            if flow.get("id") != default and text_of(child(flow, "conditionExpression")) is None:
                yield around.problem(
                    flow,
                    "flow_without_condition",
                    "The sequence flow leaves a choice without a condition.",
                    "Give it a condition, or make it the default flow.",
                )


# Extensions that would change what happens; others only describe.
_UNSUPPORTED_EXTENSIONS = {
    "assignmentDefinition": "Put the task in a lane.",
    "priorityDefinition": "Give the task a term (zeebe:taskSchedule).",
    "executionListeners": "Draw the work as a service task.",
    "taskListeners": "Draw the work as a service task.",
    "adHoc": "Use a subprocess.",
    "conditionalFilter": "Write the whole condition in the event.",
}


def _extensions(around: Surroundings) -> Iterator[Problem]:
    for node in around.nodes(*FLOW_NODES):
        for name, remedy in _UNSUPPORTED_EXTENSIONS.items():
            found = extension(node, name)
            if found is not None:
                yield around.problem(
                    found, "unsupported_extension", f"zeebe:{name} is not looked at.", remedy
                )


def _calls(around: Surroundings) -> Iterator[Problem]:
    for process in around.diagram.processes.values():
        for element in process.elements.values():
            if element.kind != "callActivity" or not process.is_executable:
                continue
            called = around.processes.get(element.called_process or "")
            if called is None or not called.is_executable:
                yield Problem(
                    around.diagram.file,
                    element.id,
                    "called_process_missing",
                    "error",
                    f"The process {element.called_process!r} that is called is not there.",
                    "Name the id of an executable process of the folder or of the shared folder.",
                    element.line,
                )


def _business_keys(around: Surroundings) -> Iterator[Problem]:
    """Only a call can run in a case of its own, and it says in which."""
    for process in around.executable():
        for holder in process.iter(f"{{{BPMN}}}*"):
            found = extension(holder, "properties")
            names = [each.get("name") for each in found] if found is not None else []
            if BUSINESS_KEY not in names:
                continue
            if local_name(holder) != "callActivity":
                yield around.problem(
                    holder,
                    "business_key_without_call",
                    f"The property {BUSINESS_KEY!r} stands on what is no call activity.",
                    "Remove it; only a called process can run in a case of its own.",
                )
            elif names.count(BUSINESS_KEY) > 1 or property_value(holder, BUSINESS_KEY) is None:
                yield around.problem(
                    holder,
                    "business_key_missing",
                    "The call activity does not say in which case the called process runs.",
                    f'Give one property {BUSINESS_KEY!r} with FEEL, such as "=zaak".',
                )


def _tasks(around: Surroundings) -> Iterator[Problem]:
    for task in around.nodes("businessRuleTask"):
        process_id = _process_of(task).get("id")
        element = around.diagram.processes[str(process_id)].elements[str(task.get("id"))]
        if element.decision_id is None and element.topic is None:
            yield around.problem(
                task,
                "task_without_decision",
                "The business rule task does not say which decision it asks.",
                "Give it a zeebe:calledDecision with a decisionId and a resultVariable.",
            )
        elif element.decision_id is not None and element.decision_id not in around.decision_ids:
            yield around.problem(
                task,
                "decision_missing",
                f"The decision {element.decision_id!r} is not there.",
                "Name a decision of the folder or of the shared folder.",
            )
    for task in around.nodes("sendTask", "receiveTask"):
        message = message_of(task, around.diagram.named)
        is_job = local_name(task) == "sendTask" and extension(task, "taskDefinition") is not None
        if not is_job and (message is None or not message.get("name")):
            yield around.problem(
                task,
                "event_without_name",
                "The task does not say which message it is about.",
                "Choose a message that is in the file and has a name.",
            )


def _loops(around: Surroundings) -> Iterator[Problem]:
    for node in around.nodes(*ACTIVITIES):
        loop = child(node, "standardLoopCharacteristics")
        if loop is not None and not (
            (loop.get("loopMaximum") or "").isdigit() or text_of(child(loop, "loopCondition"))
        ):
            yield around.problem(
                loop,
                "loop_without_end",
                "The loop says neither how often nor under which condition it goes on.",
                "Give it a loopCondition or a loopMaximum.",
            )
        instances = child(node, "multiInstanceLoopCharacteristics")
        if instances is None:
            continue
        if (instances.get("behavior") or "All") != "All":
            yield around.problem(
                instances,
                "multi_instance_behavior",
                "Events for some of the instances are not thrown.",
                'Leave the behavior "All".',
            )
        if not _has_one_source(instances):
            yield around.problem(
                instances,
                "multi_instance_source",
                "The multi-instance activity does not say what it is repeated for.",
                "Give it an input collection, or a loop cardinality, and not both.",
            )


def _has_one_source(instances: XmlNode) -> bool:
    zeebe = extension(instances, "loopCharacteristics")
    sources = [
        zeebe.get("inputCollection") if zeebe is not None else None,
        text_of(child(instances, "loopCardinality")),
        text_of(child(instances, "loopDataInputRef")),
    ]
    return sum(source is not None for source in sources) == 1


def _flow_node(node: XmlNode) -> XmlNode | None:
    """The task, event or gateway that an element stands in."""
    holder: XmlNode | None = node
    while holder is not None and local_name(holder) not in FLOW_NODES:
        holder = holder.getparent()
    return holder


def _process_of(node: XmlNode) -> XmlNode:
    while local_name(node) != "process":
        parent = node.getparent()
        assert parent is not None
        node = parent
    return node


_RULES: tuple[Callable[[Surroundings], Iterator[Problem]], ...] = (
    _executable,
    _unsupported,
    *refused_events.RULES,
    _extensions,
    _gateways,
    _calls,
    _business_keys,
    _tasks,
    _loops,
)
