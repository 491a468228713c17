"""Gateways: where tokens divide, choose, race and wait for each other."""

from collections.abc import Iterable, Mapping

from SpiffWorkflow.bpmn.specs import defaults

from engine.bpmn.nodes import Exit, Node
from engine.bpmn.problems import step_error
from engine.bpmn.tokens import WAITING, Running, Scope, Token
from engine.errors import StepError
from engine.model import ElementOutcome


class Joining(Node):
    """A gateway where several flows meet; tokens wait in it for each other."""

    def freeze(self) -> None:
        """Tell late only where tokens wait for each other."""
        self.tells_late = self.keeps_flow = len(self.incoming) > 1
        super().freeze()

    def gathered(self, workflow: Running) -> dict[str, Token]:
        """The first token that waits for each flow."""
        found: dict[str, Token] = {}
        for token in workflow.tasks.values():
            if token.task_spec is self and token._state == WAITING and token.flow is not None:
                found.setdefault(token.flow, token)
        return found

    def merge(self, kept: Token, tokens: Iterable[Token]) -> None:
        """Go on with one token instead of several."""
        for token in tokens:
            if token is not kept:
                token.remove()
        self.told(kept, ElementOutcome.ENTERED)


class ParallelGateway(Joining, defaults.ParallelGateway):  # type: ignore[misc]
    """Goes on when a token has come by every flow, one of each.

    Source: BPMN 2.0.2, 13.4.1.
    """

    def _update_hook(self, token: Token) -> bool:
        if not self.tells_late:
            return True
        token._set_state(WAITING)
        gathered = self.gathered(token.workflow)
        if len(gathered) < len(self.incoming):
            return False
        self.merge(token, gathered.values())
        return True


class ExclusiveGateway(Node, defaults.ExclusiveGateway):  # type: ignore[misc]
    """Takes the first way whose condition holds.

    Source: BPMN 2.0.2, 13.4.2.
    """

    def following(self, token: Token) -> tuple[tuple[Exit, Node], ...]:
        """One way, or an error when there is none."""
        if self.is_plain:
            return self.exits
        for each in self.exits:
            if each[0].condition is not None and token.holds(each[0].condition):
                return (each,)
        for each in self.exits:
            if each[0].is_default or each[0].condition is None:
                return (each,)
        raise no_way(self)


class InclusiveGateway(Joining, defaults.InclusiveGateway):  # type: ignore[misc]
    """Takes every way whose condition holds; joins what can still come.

    Attributes:
        reach: for each incoming flow, the nodes from which a token can still come by it without
            passing this gateway.

    Source: BPMN 2.0.2, 13.4.3.
    """

    reach: Mapping[str, frozenset[str]] = {}

    def _update_hook(self, token: Token) -> bool:
        if not self.tells_late:
            return True
        token._set_state(WAITING)
        return False

    def fire_if_complete(self, workflow: Running) -> bool:
        """Go on when nothing can come any more by a flow that has brought no token."""
        gathered = self.gathered(workflow)
        if not gathered or any(
            self._may_come(token, gathered)
            for token in workflow.tasks.values()
            if token.task_spec is not self
        ):
            return False
        kept = next(iter(gathered.values()))
        self.merge(kept, list(gathered.values()))
        kept._ready()
        return True

    def _may_come(self, token: Token, gathered: Mapping[str, Token]) -> bool:
        name = token.node.name
        return any(name in self.reach[flow] for flow in self.incoming if flow not in gathered) and (
            not any(name in self.reach[flow] for flow in gathered)
        )

    def following(self, token: Token) -> tuple[tuple[Exit, Node], ...]:
        """The ways whose condition holds, or the default one."""
        taken = super().following(token)
        if not taken:
            raise no_way(self)
        return taken


class EventBasedGateway(Node, defaults.EventBasedGateway):  # type: ignore[misc]
    """Waits for the first of several events: its ways out race each other.

    Source: BPMN 2.0.2, 13.4.4.
    """

    def go(self, token: Token, way: Exit, node: Node, scope: Scope) -> None:
        """Let one of the events wait."""
        token.workflow.spawn(node, scope=scope, flow=way.flow_id, race=token.id)

    def connect(self, _child: object) -> None:
        """SpiffWorkflow would take the events of the children away; here they keep them."""


def no_way(node: Node) -> StepError:
    """The error of a gateway that no flow leaves."""
    return step_error(
        node,
        "no_flow_taken",
        "No condition of the gateway holds, and it has no default flow.",
        "Mark one of its flows as the default flow.",
    )
