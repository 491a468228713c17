"""A diagram as the rules look at it: elements by id, the scope each stands in, and findings."""

from collections.abc import Iterator
from functools import cached_property

from lxml import etree

from engine.bpmn.reading import (
    ACTIVITIES,
    BPMN,
    FLOW_NODES,
    SCOPES,
    Diagram,
    children,
    event_definitions,
    local_name,
    reference,
    text_of,
)
from engine.errors import Problem, Severity

Node = etree._Element
CHOREOGRAPHY = ("choreographyTask", "callChoreography", "subChoreography")


class Sheet:
    """One diagram, with what several rules need to know about it."""

    def __init__(self, diagram: Diagram) -> None:
        self.diagram = diagram
        self.file = diagram.file
        self.root = diagram.root

    @cached_property
    def every(self) -> list[tuple[str, Node]]:
        """Every element of BPMN with its kind, in the order of the file."""
        return [(local_name(node), node) for node in self.root.iter(f"{{{BPMN}}}*")]

    @cached_property
    def executable(self) -> list[tuple[str, Node]]:
        """Those of processes that are run."""
        return [
            (local_name(node), node)
            for process in children(self.root, "process")
            if process.get("isExecutable", "true") == "true"
            for node in process.iter(f"{{{BPMN}}}*")
        ]

    @cached_property
    def by_id(self) -> dict[str, Node]:
        """Every element of BPMN that has an id; the first where two have the same."""
        found: dict[str, Node] = {}
        for _, node in self.every:
            if node.get("id"):
                found.setdefault(str(node.get("id")), node)
        return found

    @cached_property
    def scopes(self) -> list["Scope"]:
        """Every executable process and everything inside it that holds flow nodes."""
        return [Scope(self, node) for kind, node in self.executable if kind in SCOPES]

    def nodes(self, *kinds: str) -> Iterator[Node]:
        """Elements of these kinds in executable processes, in the order of the file."""
        return (node for kind, node in self.executable if kind in kinds)

    def anywhere(self, *kinds: str) -> Iterator[Node]:
        """Elements of these kinds anywhere in the file."""
        return (node for kind, node in self.every if kind in kinds)

    def target(self, node: Node, attribute: str) -> Node | None:
        """The element that an attribute refers to."""
        name = reference(node, attribute)
        return self.by_id.get(name) if name else None

    def definitions_of(self, event: Node) -> list[Node]:
        """What an event is about, those it refers to included."""
        refs = [text_of(each) or "" for each in children(event, "eventDefinitionRef")]
        shared = [self.by_id.get(ref.rpartition(":")[2]) for ref in refs]
        return event_definitions(event) + [each for each in shared if each is not None]

    def problem(
        self,
        node: Node,
        rule: str,
        message: str,
        remedy: str,
        severity: Severity = "error",
    ) -> Problem:
        """A finding about an element, or about the nearest one around it that has an id."""
        holder: Node | None = node
        while holder is not None and not holder.get("id"):
            holder = holder.getparent()
        element_id = holder.get("id") if holder is not None else None
        return Problem(self.file, element_id, rule, severity, message, remedy, node.sourceline)


class Scope:
    """A process or subprocess with the flow nodes and sequence flows directly inside it."""

    def __init__(self, sheet: Sheet, node: Node) -> None:
        self.sheet = sheet
        self.node = node
        self.kind = local_name(node)
        self.nodes = {str(each.get("id")): each for each in children(node, *FLOW_NODES)}
        self.flows = list(children(node, "sequenceFlow"))
        self.incoming: dict[str, list[Node]] = {}
        self.outgoing: dict[str, list[Node]] = {}
        for flow in self.flows:
            self.outgoing.setdefault(reference(flow, "sourceRef") or "", []).append(flow)
            self.incoming.setdefault(reference(flow, "targetRef") or "", []).append(flow)

    def of(self, *kinds: str) -> list[Node]:
        """The flow nodes of these kinds."""
        return [node for node in self.nodes.values() if local_name(node) in kinds]

    def flows_into(self, node: Node) -> list[Node]:
        """The sequence flows that end at a node."""
        return self.incoming.get(str(node.get("id")), [])

    def flows_from(self, node: Node) -> list[Node]:
        """The sequence flows that begin at a node."""
        return self.outgoing.get(str(node.get("id")), [])


def is_event_subprocess(node: Node) -> bool:
    """Whether a node is a subprocess that an event begins."""
    return node.get("triggeredByEvent") == "true"


def is_compensation(node: Node) -> bool:
    """Whether an activity stands outside the flow, to undo another one."""
    return local_name(node) in ACTIVITIES and node.get("isForCompensation") == "true"


def kind_of(definition: Node) -> str:
    """What an event definition is about: "timer", "message", .."""
    return local_name(definition).removesuffix("EventDefinition")


def words(kind: str) -> str:
    """The name of a kind of element as people write it: "sequence flow"."""
    return "".join(f" {sign.lower()}" if sign.isupper() else sign for sign in kind)
