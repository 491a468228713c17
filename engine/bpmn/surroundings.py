"""What the rules of what is refused look at: a diagram among the others of its set."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from engine.bpmn.reading import BPMN, FLOW_NODES, Diagram, Process, children, local_name
from engine.errors import Problem, Severity

XmlNode = etree._Element


@dataclass(frozen=True)
class Surroundings:
    """What a diagram is looked at with.

    Attributes:
        processes: every process of the set, by id.
        decision_ids: every decision of the set.
    """

    diagram: Diagram
    processes: Mapping[str, Process]
    decision_ids: Collection[str]
    _beside: dict[XmlNode, dict[str, XmlNode]] = field(default_factory=dict, init=False, repr=False)
    _flows: dict[str, list[XmlNode]] = field(default_factory=dict, init=False, repr=False)

    def beside(self, node: XmlNode) -> Mapping[str, XmlNode]:
        """The flow nodes of the process or subprocess that an element stands directly in."""
        scope = node.getparent()
        assert scope is not None
        if scope not in self._beside:
            self._beside[scope] = {
                str(each.get("id")): each for each in children(scope, *FLOW_NODES)
            }
        return self._beside[scope]

    def flows_from(self, node: XmlNode) -> list[XmlNode]:
        """The sequence flows that begin at a node."""
        if not self._flows:
            for flow in self.nodes("sequenceFlow"):
                self._flows.setdefault(str(flow.get("sourceRef")), []).append(flow)
        return self._flows.get(str(node.get("id")), [])

    def problem(
        self,
        node: XmlNode,
        rule: str,
        message: str,
        remedy: str,
        element_id: str | None = None,
        *,
        severity: Severity = "error",
    ) -> Problem:
        """A finding about the element, or about the nearest one around it that has an id."""
        holder: XmlNode | None = node
        while holder is not None and not holder.get("id"):
            holder = holder.getparent()
        found = element_id or (holder.get("id") if holder is not None else None)
        return Problem(self.diagram.file, found, rule, severity, message, remedy, node.sourceline)

    def executable(self) -> Iterator[XmlNode]:
        """The processes that are run."""
        for process in self.diagram.processes.values():
            if process.is_executable:
                yield process.node

    def nodes(self, *kinds: str) -> Iterator[XmlNode]:
        """Elements of these kinds in the processes that are run, in the order of the file."""
        for process in self.executable():
            for node in process.iter(f"{{{BPMN}}}*"):
                if local_name(node) in kinds:
                    yield node
