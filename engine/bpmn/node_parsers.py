"""One parser for each kind of element: what stands in the XML becomes the attributes of a node."""

from typing import TYPE_CHECKING

from lxml import etree
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.specs.event_definitions import NoneEventDefinition

from engine.bpmn import events
from engine.bpmn.activities import (
    CallActivity,
    CallElsewhere,
    EventSubprocess,
    MultiInstance,
    Repeating,
    StandardLoop,
    SubProcess,
)
from engine.bpmn.event_nodes import (
    BoundaryEvent,
    Catching,
    EndEvent,
    IntermediateCatchEvent,
    IntermediateThrowEvent,
    Listener,
    ReceiveTask,
    SendJob,
    SendTask,
    StartEvent,
)
from engine.bpmn.expressions import Reader
from engine.bpmn.gateways import (
    EventBasedGateway,
    ExclusiveGateway,
    InclusiveGateway,
    ParallelGateway,
)
from engine.bpmn.nodes import (
    AbstractTask,
    BusinessRuleTask,
    ManualTask,
    Node,
    ScriptTask,
    ServiceTask,
    UserTask,
    Waiting,
)
from engine.bpmn.reading import (
    Diagram,
    Element,
    child,
    event_definitions,
    extension,
    extension_value,
    is_event_subprocess,
    local_name,
    message_of,
    reference,
    text_of,
)
from engine.feel import Expression

if TYPE_CHECKING:
    from engine.bpmn.parsing import ScopeSpec


class ElementParser(TaskParser):  # type: ignore[misc]
    """Makes the node of an element; the flows are drawn later."""

    node: etree._Element
    spec: "ScopeSpec"

    @property
    def reader(self) -> Reader:
        """Reads the expressions of the file."""
        reader: Reader = self.process_parser.parser.reader
        return reader

    @property
    def diagram(self) -> Diagram:
        """The file."""
        diagram: Diagram = self.process_parser.parser.diagram
        return diagram

    @property
    def element(self) -> Element:
        """What the diagram says about it."""
        return next(
            process.elements[self.bpmn_id]
            for process in self.diagram.processes.values()
            if self.bpmn_id in process.elements
        )

    def parse_node(self) -> Node:
        """The node; with the loop around it, when there is one."""
        node = self.make(self.spec_class, self.bpmn_id)
        self.fill(node)
        return self._repeated(node)

    def make(self, spec_class: type[Node], name: str, **more: object) -> Node:
        """A node of this element."""
        element = self.element
        node = spec_class(
            self.spec,
            name,
            description=element.kind,
            lane=element.lane,
            bpmn_name=element.name,
            **self.arguments(),
            **more,
        )
        node.bpmn_id = element.id
        node.file = self.filename
        node.process_id = element.process_id
        return node

    def arguments(self) -> dict[str, object]:
        """What the library's constructor asks for beside the name."""
        return {}

    def fill(self, node: Node) -> None:
        """Set what is ours."""
        node.mappings = self.reader.mappings(self.node)

    def _repeated(self, node: Node) -> Node:
        loop = child(self.node, "standardLoopCharacteristics")
        instances = child(self.node, "multiInstanceLoopCharacteristics")
        if loop is not None:
            around: Repeating = self._outside(StandardLoop)
            self._fill_loop(around, loop)
        elif instances is not None:
            around = self._outside(MultiInstance)
            self._fill_instances(around, instances)
        else:
            return node
        del self.spec.task_specs[node.name]
        node.name = f"{node.name} [child]"
        self.spec.task_specs[node.name] = node
        around.name = self.bpmn_id
        del self.spec.task_specs[f"{self.bpmn_id} [around]"]
        self.spec.task_specs[self.bpmn_id] = around
        around.each = node
        return around

    def _outside(self, spec_class: type[Repeating]) -> Repeating:
        element = self.element
        around = spec_class(
            self.spec,
            f"{self.bpmn_id} [around]",
            description=element.kind,
            lane=element.lane,
            bpmn_name=element.name,
        )
        around.bpmn_id = element.id
        around.file = self.filename
        around.process_id = element.process_id
        return around

    def _fill_loop(self, around: Repeating, loop: etree._Element) -> None:
        assert isinstance(around, StandardLoop)
        maximum = loop.get("loopMaximum")
        around.maximum = int(maximum) if maximum and maximum.isdigit() else None
        around.condition = self.reader.expression_in(child(loop, "loopCondition"), self.bpmn_id)
        around.test_before = loop.get("testBefore") == "true"

    def _fill_instances(self, around: Repeating, loop: etree._Element) -> None:
        assert isinstance(around, MultiInstance)
        around.is_sequential = loop.get("isSequential") == "true"
        around.condition = self._in(loop, "completionCondition")
        if extension(loop, "loopCharacteristics") is not None:
            self._fill_zeebe(around, loop)
            return
        around.cardinality = self._in(loop, "loopCardinality")
        around.collection = self._in(loop, "loopDataInputRef")
        around.item = _variable(child(loop, "inputDataItem"))
        around.output = text_of(child(loop, "loopDataOutputRef"))
        result = _variable(child(loop, "outputDataItem")) or around.item
        if around.output is not None:
            around.result = self.reader.expression(result, self.bpmn_id, loop.sourceline)

    def _fill_zeebe(self, around: MultiInstance, loop: etree._Element) -> None:
        def value(attribute: str) -> str | None:
            return extension_value(loop, "loopCharacteristics", attribute)

        around.collection = self.reader.expression(
            value("inputCollection"), self.bpmn_id, loop.sourceline
        )
        around.item = value("inputElement")
        around.output = value("outputCollection")
        around.result = self.reader.expression(
            value("outputElement"), self.bpmn_id, loop.sourceline
        )

    def _in(self, node: etree._Element, kind: str) -> Expression | None:
        return self.reader.expression_in(child(node, kind), self.bpmn_id)


class WaitingParser(ElementParser):
    """User and manual tasks."""

    def fill(self, node: Node) -> None:
        """With form and term."""
        super().fill(node)
        assert isinstance(node, Waiting)
        node.form_key = self.element.form_key
        node.display_name = self.element.name or self.bpmn_id
        due = extension_value(self.node, "taskSchedule", "dueDate")
        if due is not None and not due.startswith("="):
            due = f'="{due}"'
        node.due = self.reader.expression(due, self.bpmn_id, self.node.sourceline)


class ScriptParser(ElementParser):
    """Script tasks."""

    def arguments(self) -> dict[str, object]:
        """The library is given no script."""
        return {"script": ""}

    def fill(self, node: Node) -> None:
        """With its FEEL."""
        super().fill(node)
        assert isinstance(node, ScriptTask)
        node.does = self.reader.script(self.node)


class ServiceParser(ElementParser):
    """Service tasks."""

    def fill(self, node: Node) -> None:
        """With its topic."""
        super().fill(node)
        assert isinstance(node, ServiceTask)
        node.topic = self.element.topic


class BusinessRuleParser(ElementParser):
    """Business rule tasks: a decision, or work of a handler."""

    def parse_node(self) -> Node:
        """As a service task when it names a topic."""
        if self.element.decision_id is None and self.element.topic is not None:
            self.spec_class = ServiceTask
        return super().parse_node()

    def fill(self, node: Node) -> None:
        """With its decision and its variable."""
        super().fill(node)
        if isinstance(node, BusinessRuleTask):
            node.decision_id = self.element.decision_id or ""
            node.result_variable = self.element.result_variable or node.decision_id
        elif isinstance(node, ServiceTask):
            node.topic = self.element.topic


class SubProcessParser(ElementParser):
    """Subprocesses, transactions and event subprocesses."""

    def parse_node(self) -> Node:
        """An event subprocess is of a class of its own."""
        if is_event_subprocess(self.node):
            self.spec_class = EventSubprocess
        return super().parse_node()

    def arguments(self) -> dict[str, object]:
        """The library's name of what it holds."""
        return {"subworkflow_spec": self.bpmn_id}

    def fill(self, node: Node) -> None:
        """With what it holds."""
        super().fill(node)
        assert isinstance(node, SubProcess)
        parser = self.process_parser.parser
        parser.create_parser(self.node, filename=self.filename, lane=self.element.lane)
        node.inner = parser.get_spec(self.bpmn_id)


class CallParser(ElementParser):
    """Call activities."""

    def parse_node(self) -> Node:
        """A call in a case of its own is of a class of its own."""
        if self.element.business_key is not None:
            self.spec_class = CallElsewhere
        return super().parse_node()

    def arguments(self) -> dict[str, object]:
        """The process it calls."""
        return {"subworkflow_spec": self.element.called_process}

    def fill(self, node: Node) -> None:
        """With what goes in and comes back that no mapping names."""
        super().fill(node)
        assert isinstance(node, CallActivity)
        node.gives_all = not self._is_false("propagateAllParentVariables")
        node.takes_all = not self._is_false("propagateAllChildVariables")
        if isinstance(node, CallElsewhere):
            node.business_key = self.reader.expression(
                self.element.business_key, self.bpmn_id, self.node.sourceline
            )

    def _is_false(self, attribute: str) -> bool:
        return extension_value(self.node, "calledElement", attribute) == "false"


class EventParser(ElementParser):
    """Events, and what is like one."""

    def arguments(self) -> dict[str, object]:
        """The library is told that it is about nothing; `definitions` is what it is about."""
        return {"event_definition": NoneEventDefinition()}

    def fill(self, node: Node) -> None:
        """With what it is about."""
        inside = self.node.getparent()
        if isinstance(node, StartEvent) and inside is not None and is_event_subprocess(inside):
            return  # its listener waits and maps; the event itself is passed at once
        super().fill(node)
        node.definitions = self.definitions()
        if isinstance(node, Catching):
            node.is_parallel = self.node.get("parallelMultiple") == "true"

    def definitions(self) -> tuple[events.EventDefinition, ...]:
        """What the event is about, in the order of the file."""
        made = (self._definition(each) for each in event_definitions(self.node))
        return tuple(each for each in made if each is not None)

    def message(self) -> events.Message | None:
        """The message that it waits for or sends."""
        message = message_of(self.node, self.diagram.named)
        if message is None:
            return None
        correlation = extension_value(message, "subscription", "correlationKey")
        return events.Message(
            message.get("name") or "",
            self.reader.expression(correlation, message.get("id"), message.sourceline),
        )

    def _definition(self, node: etree._Element) -> events.EventDefinition | None:
        match local_name(node).removesuffix("EventDefinition"):
            case "message":
                return self.message()
            case "timer":
                time = self.reader.timer(node, self.bpmn_id)
                return events.Timer(self.bpmn_id, time) if time is not None else None
            case "signal":
                return events.Signal(self._named(node, "signalRef", "name") or "")
            case "error":
                code = self._named(node, "errorRef", "errorCode")
                return events.Error("error", code)
            case "escalation":
                code = self._named(node, "escalationRef", "escalationCode")
                return events.Escalation("escalation", code)
            case "conditional":
                condition = self.reader.expression_in(child(node, "condition"), self.bpmn_id)
                return events.Conditional(condition) if condition is not None else None
            case "terminate":
                return events.Terminate()
            case "cancel":
                return events.Cancel()
        return None

    def _named(self, node: etree._Element, attribute: str, of: str) -> str | None:
        """An attribute of the signal, error or escalation that an event refers to, or its id."""
        ref = reference(node, attribute)
        found = self.diagram.named.get(ref) if ref is not None else None
        return found.get(of) or ref if found is not None else None


class TaskEventParser(EventParser):
    """Send and receive tasks."""

    def parse_node(self) -> Node:
        """A send task with a topic is work of a handler."""
        if local_name(self.node) == "sendTask" and self.element.topic is not None:
            self.spec_class = SendJob
        return super().parse_node()

    def arguments(self) -> dict[str, object]:
        """A job is not about an event."""
        return {} if self.spec_class is SendJob else super().arguments()

    def fill(self, node: Node) -> None:
        """With its message or topic."""
        super().fill(node)
        if isinstance(node, SendJob):
            node.topic = self.element.topic

    def definitions(self) -> tuple[events.EventDefinition, ...]:
        """Its message."""
        message = self.message() if self.spec_class is not SendJob else None
        return (message,) if message is not None else ()


class BoundaryParser(EventParser):
    """Boundary events, and what listens for the start of an event subprocess."""

    def arguments(self) -> dict[str, object]:
        """Whether it interrupts."""
        return {**super().arguments(), "cancel_activity": self.element.is_interrupting}

    def parse_listener(self) -> Node:
        """What waits for this start event of an event subprocess."""
        node = self.make(Listener, f"{self.bpmn_id} [listener]")
        self.fill(node)
        return node


PARSERS: dict[str, tuple[type[ElementParser], type[Node]]] = {
    "task": (ElementParser, AbstractTask),
    "userTask": (WaitingParser, UserTask),
    "manualTask": (WaitingParser, ManualTask),
    "scriptTask": (ScriptParser, ScriptTask),
    "serviceTask": (ServiceParser, ServiceTask),
    "businessRuleTask": (BusinessRuleParser, BusinessRuleTask),
    "sendTask": (TaskEventParser, SendTask),
    "receiveTask": (TaskEventParser, ReceiveTask),
    "subProcess": (SubProcessParser, SubProcess),
    "transaction": (SubProcessParser, SubProcess),
    "callActivity": (CallParser, CallActivity),
    "exclusiveGateway": (ElementParser, ExclusiveGateway),
    "parallelGateway": (ElementParser, ParallelGateway),
    "inclusiveGateway": (ElementParser, InclusiveGateway),
    "eventBasedGateway": (EventParser, EventBasedGateway),
    "startEvent": (EventParser, StartEvent),
    "endEvent": (EventParser, EndEvent),
    "intermediateCatchEvent": (EventParser, IntermediateCatchEvent),
    "intermediateThrowEvent": (EventParser, IntermediateThrowEvent),
    "boundaryEvent": (BoundaryParser, BoundaryEvent),
    # Refused, but read all the same, so that what else is wrong comes to light with it.
    "adHocSubProcess": (ElementParser, AbstractTask),
    "complexGateway": (ElementParser, AbstractTask),
}


def _variable(node: etree._Element | None) -> str | None:
    return (node.get("name") or node.get("id")) if node is not None else None
