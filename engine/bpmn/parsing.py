"""From a diagram to specifications, by SpiffWorkflow's parser with classes of our own.

The library follows the flows from the start event, one call inside the other; here every node of a
scope is read first and the flows are drawn after that, so that no chain is too long.
"""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import cast

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec

from engine.bpmn.event_nodes import Catching, Listener, StartEvent
from engine.bpmn.events import Conditional, Message, Signal
from engine.bpmn.expressions import Reader
from engine.bpmn.gateways import InclusiveGateway
from engine.bpmn.node_parsers import PARSERS, BoundaryParser, ElementParser
from engine.bpmn.nodes import Exit, Node
from engine.bpmn.reading import (
    ACTIVITIES,
    BPMN,
    FLOW_NODES,
    Diagram,
    child,
    children,
    event_definitions,
    is_event_subprocess,
    local_name,
    reference,
)

# After events and other gateways a condition does not count (BPMN 2.0.2, 8.3.13 and 10.6).
_CONDITIONAL = ACTIVITIES | {"exclusiveGateway", "inclusiveGateway"}


class ScopeSpec(BpmnProcessSpec):  # type: ignore[misc]
    """A process or subprocess: its nodes, and where tokens begin.

    Attributes:
        starts: the nodes that a token begins at when nothing else is said.
        start_nodes, signal_nodes: the nodes that a message and a signal begin, by its name.
        listeners: what waits for the events of its event subprocesses.
        joins: inclusive gateways where tokens wait for each other.
        has_conditions: an event in it waits for a condition.
        data_inputs, data_outputs: what it declares when it is called; None for everything.
    """

    _is_frozen = False

    def __init__(self, name: str, description: str, filename: str) -> None:
        super().__init__(name=name, description=description, filename=filename)
        # The library's own start and end have names that elements of a diagram may have too.
        self.task_specs: dict[str, Node] = {}
        self.starts: tuple[Node, ...] = ()
        self.start_nodes: Mapping[str, Node] = {}
        self.signal_nodes: Mapping[str, Node] = {}
        self.listeners: tuple[Node, ...] = ()
        self.joins: tuple[InclusiveGateway, ...] = ()
        self.has_conditions = False
        self.data_inputs: tuple[str, ...] | None = None
        self.data_outputs: tuple[str, ...] | None = None

    def __setattr__(self, name: str, value: object) -> None:
        if self._is_frozen:
            raise AttributeError(f"{name}: a compiled diagram does not change")
        super().__setattr__(name, value)

    def freeze(self) -> None:
        """From now on it is shared, and nothing in it changes."""
        for node in self.task_specs.values():
            node.freeze()
        self.task_specs = cast("dict[str, Node]", MappingProxyType(self.task_specs))
        self._is_frozen = True


def parse(diagram: Diagram, reader: Reader) -> dict[str, ScopeSpec]:
    """The specifications of the executable processes of a diagram, by id.

    What is wrong with an expression is kept by the reader.
    """
    parser = _Parser(diagram, reader)
    parser.add_bpmn_xml(diagram.root, diagram.file)
    return {
        process.id: parser.get_spec(process.id)
        for process in diagram.processes.values()
        if process.is_executable
    }


class _ScopeParser(ProcessParser):  # type: ignore[misc]
    """Reads the nodes of a process or subprocess, and then draws the flows between them."""

    parser: "_Parser"
    node: etree._Element
    spec: ScopeSpec

    def create_spec(self) -> ScopeSpec:
        """An empty one."""
        return ScopeSpec(self.bpmn_id, self.get_name(), self.filename)

    def _parse(self) -> None:
        self.spec = self.create_spec()
        self._declare_data()
        parsed = [
            self._element_parser(node).parse_node() for node in children(self.node, *FLOW_NODES)
        ]
        nodes = {node.name: node for node in parsed}
        self._connect(nodes)
        self._attach(nodes)
        self._listen(nodes)
        self._begin(nodes)
        self.spec.joins = tuple(_joins(nodes))
        every = [*self.spec.task_specs.values()]
        self.spec.has_conditions = any(
            isinstance(definition, Conditional) for node in every for definition in node.definitions
        )
        self.spec.freeze()

    def _declare_data(self) -> None:
        declared = child(self.node, "ioSpecification")
        if declared is not None:
            self.spec.data_inputs = _names(children(declared, "dataInput")) or None
            self.spec.data_outputs = _names(children(declared, "dataOutput")) or None

    def _element_parser(self, node: etree._Element) -> ElementParser:
        parser_class, spec_class = PARSERS[local_name(node)]
        return parser_class(self, spec_class, node, self.nsmap)

    def _connect(self, nodes: Mapping[str, Node]) -> None:
        exits: dict[str, list[tuple[Exit, Node]]] = {name: [] for name in nodes}
        incoming: dict[str, list[str]] = {name: [] for name in nodes}
        for flow in self._flows():
            source, target = nodes[str(flow.get("sourceRef"))], nodes[str(flow.get("targetRef"))]
            flow_id = str(flow.get("id"))
            is_default = self.get_node_by_id(source.name).get("default") == flow_id
            condition = None
            if not is_default and local_name(self.get_node_by_id(source.name)) in _CONDITIONAL:
                condition = self.parser.reader.condition_of(flow)
            exits[source.name].append((Exit(flow_id, target.name, condition, is_default), target))
            incoming[target.name].append(flow_id)
            source._outputs = [*source._outputs, target.name]
            target._inputs = [*target._inputs, source.name]
        for thrower, catcher in self._links(nodes):
            exits[thrower.name].append((Exit(None, catcher.name), catcher))
        for name, node in nodes.items():
            node.exits, node.incoming = tuple(exits[name]), tuple(incoming[name])

    def _flows(self) -> Iterator[etree._Element]:
        return children(self.node, "sequenceFlow")

    def _links(self, nodes: Mapping[str, Node]) -> Iterator[tuple[Node, Node]]:
        """Each end of a link with the catch event of the same name."""
        catchers = {
            link.get("name"): nodes[str(node.get("id"))]
            for node in children(self.node, "intermediateCatchEvent")
            for link in children(node, "linkEventDefinition")
        }
        for node in children(self.node, "intermediateThrowEvent"):
            for link in children(node, "linkEventDefinition"):
                if link.get("name") in catchers:
                    yield nodes[str(node.get("id"))], catchers[link.get("name")]

    def _attach(self, nodes: Mapping[str, Node]) -> None:
        attached: dict[str, list[Node]] = {}
        for node in children(self.node, "boundaryEvent"):
            attached.setdefault(str(reference(node, "attachedToRef")), []).append(
                nodes[str(node.get("id"))]
            )
        for name, events in attached.items():
            if name in nodes:
                nodes[name].attached = tuple(events)

    def _listen(self, nodes: Mapping[str, Node]) -> None:
        """A listener for each event subprocess; it leads to the subprocess."""
        listeners = []
        for node in children(self.node, "subProcess"):
            start = child(node, "startEvent") if is_event_subprocess(node) else None
            if start is not None:
                listener = BoundaryParser(self, Listener, start, self.nsmap).parse_listener()
                subprocess = nodes[str(node.get("id"))]
                listener.exits = ((Exit(None, subprocess.name), subprocess),)
                listeners.append(listener)
        self.spec.listeners = tuple(listeners)

    def _begin(self, nodes: Mapping[str, Node]) -> None:
        """Where tokens begin: at the start events, or else where no flow leads to."""
        starts = [node for node in nodes.values() if isinstance(node, StartEvent)]
        plain = [node for node in starts if not node.definitions]
        if starts:
            self.spec.starts = tuple(plain or starts)
        else:
            self.spec.starts = tuple(node for node in nodes.values() if self._is_implicit(node))
        self.spec.start_nodes = dict(self._message_starts(starts, nodes))
        self.spec.signal_nodes = {
            definition.name: start
            for start in starts
            for definition in start.definitions
            if isinstance(definition, Signal)
        }

    def _is_implicit(self, node: Node) -> bool:
        xml = self.get_node_by_id(node.name)
        return (
            not node.incoming
            and local_name(xml) != "boundaryEvent"
            and not is_event_subprocess(xml)
            and not any(local_name(each).startswith("link") for each in event_definitions(xml))
        )

    def _message_starts(
        self, starts: Iterable[Node], nodes: Mapping[str, Node]
    ) -> Iterator[tuple[str, Node]]:
        for start in starts:
            for definition in start.definitions:
                if isinstance(definition, Message):
                    yield definition.name, start
        for node in nodes.values():
            if self.get_node_by_id(node.name).get("instantiate") == "true":
                waiting = [node, *(target for _, target in node.exits)]
                for each in waiting if not isinstance(node, Catching) else [node]:
                    for definition in each.definitions:
                        if isinstance(definition, Message):
                            yield definition.name, node


class _Parser(BpmnParser):  # type: ignore[misc]
    """SpiffWorkflow's parser of one file, with our classes for every element."""

    PARSER_CLASSES = {f"{{{BPMN}}}{kind}": classes for kind, classes in PARSERS.items()}  # noqa: RUF012
    PROCESS_PARSER_CLASS = _ScopeParser

    def __init__(self, diagram: Diagram, reader: Reader) -> None:
        super().__init__()
        self.diagram = diagram
        self.reader = reader

    def _add_data_stores(self, _bpmn: object) -> None:
        """Data stores are drawn for the reader; variables hold the data."""

    def _add_correlations(self, _bpmn: object) -> None:
        """Messages are correlated by keys of our own."""

    def _add_diagram_indexes(self, _bpmn: object) -> None:
        """Where something is drawn does not matter here, nor whether that is a number."""

    def _add_messages(self, _bpmn: object) -> None:
        """What events are about is in `diagram.named`."""

    _add_signals = _add_errors = _add_escalations = _add_messages


def _names(nodes: Iterable[etree._Element]) -> tuple[str, ...]:
    return tuple(str(node.get("name") or node.get("id")) for node in nodes)


def _joins(nodes: Mapping[str, Node]) -> Iterator[InclusiveGateway]:
    """The inclusive gateways that join, with what can still reach each of their flows."""
    before: dict[str, list[tuple[str, str | None]]] = {name: [] for name in nodes}
    for name, node in nodes.items():
        for way, target in node.exits:
            before[target.name].append((name, way.flow_id))
        for event in node.attached:
            before[event.name].append((name, None))
    for node in nodes.values():
        if isinstance(node, InclusiveGateway) and len(node.incoming) > 1:
            node.reach = {
                str(flow_id): _upstream(source, node.name, before)
                for source, flow_id in before[node.name]
            }
            yield node


def _upstream(
    start: str, without: str, before: Mapping[str, list[tuple[str, str | None]]]
) -> frozenset[str]:
    """The nodes from which *start* can be reached without passing a node."""
    found, open_ = set(), [start]
    while open_:
        name = open_.pop()
        if name in found or name == without:
            continue
        found.add(name)
        open_ += [source for source, _ in before[name]]
    return frozenset(found)
