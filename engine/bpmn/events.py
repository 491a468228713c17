"""What events are about: SpiffWorkflow's definitions, waiting for triggers instead of a clock.

A definition says what is written when a token begins to wait for it, and what throwing it does.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from SpiffWorkflow.bpmn.specs import event_definitions as spiff
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition

from engine import feel
from engine.bpmn.expressions import TimerText
from engine.bpmn.nodes import Effect, bad_timer, timer
from engine.bpmn.problems import step_error
from engine.bpmn.tokens import WAITING, Instance, Running, Token, whole
from engine.feel import Expression
from engine.model import (
    JobKind,
    NewJob,
    NewSubscription,
    SubscriptionKind,
    ThrownMessage,
    ThrownSignal,
    Uncaught,
    Value,
)
from engine.timers import Cycle, TimerError, due_at, next_due


class EventDefinition:
    """What an event is about.

    Attributes:
        name: of the message or signal.
        is_external: what it waits for comes from outside the instance.
        repeats: an event that does not interrupt may catch it more than once.
    """

    name: str
    is_external = False
    repeats = True

    def listen(self, token: Token, index: int, before: Token | None = None) -> None:
        """A token begins to wait.

        Args:
            index: its place among the definitions of the event; what it notes stands under it.
            before: the token of which this one is the next round.
        """

    def effect(self, token: Token, key: str, index: int) -> Effect:
        """What is written for a token that waits."""
        raise NotImplementedError

    def throw(self, token: Token) -> None:
        """A token throws it."""
        raise NotImplementedError


class Timer(EventDefinition, TimerEventDefinition):  # type: ignore[misc]
    """Fires when it is told to; when that should be is reckoned as the token begins to wait."""

    is_external = True

    def __init__(self, name: str, time: TimerText) -> None:
        super().__init__(name, "")
        self.time = time

    def listen(self, token: Token, index: int, before: Token | None = None) -> None:
        """Note the moment, and how often a cycle still fires after it."""
        present, node = token.top.present, token.node
        try:
            meant = self.time
            if isinstance(meant, Expression):
                meant = timer(token.evaluate(meant))
            if isinstance(meant, Cycle):
                due, left = _round_of(meant, token, index, before)
            else:
                due, left = due_at(meant, present.now, present.calendar), 0
        except TimerError as error:
            raise bad_timer(node, error.code) from error
        if before is not None and not isinstance(meant, Cycle):
            due = None
        token.internal_data[str(index)] = due
        if left is None or left > 0:
            token.internal_data[f"left{index}"] = left

    def effect(self, token: Token, key: str, index: int) -> NewJob:
        """The job that fires it."""
        due = token.internal_data[str(index)]
        assert isinstance(due, datetime)
        return NewJob(key, JobKind.TIMER, token.node.bpmn_id, None, due)


class Message(EventDefinition, spiff.MessageEventDefinition):  # type: ignore[misc]
    """A message for one instance.

    Attributes:
        correlation: gives the value that the receiver waits with and the message carries.
    """

    is_external = True

    def __init__(self, name: str, correlation: Expression | None) -> None:
        super().__init__(name)
        self.correlation = correlation

    def listen(self, token: Token, index: int, before: Token | None = None) -> None:
        """Note the correlation key."""
        token.internal_data[str(index)] = self._key(token)

    def effect(self, token: Token, key: str, index: int) -> NewSubscription:
        """The subscription."""
        correlation = token.internal_data[str(index)]
        return NewSubscription(
            key,
            token.node.bpmn_id,
            SubscriptionKind.MESSAGE,
            self.name,
            correlation if isinstance(correlation, str) else None,
        )

    def throw(self, token: Token) -> None:
        """Send it after the commit; it carries what its input mappings name, and nothing else."""
        given = token.scope.own if token.node.mappings.inputs else {}
        token.top.log.messages.append(
            ThrownMessage(token.node.bpmn_id, self.name, self._key(token), dict(given))
        )

    def _key(self, token: Token) -> str | None:
        if self.correlation is None:
            return None
        value = token.evaluate(self.correlation)
        if value is None:
            return None
        if isinstance(value, tuple | list | dict) or hasattr(value, "items"):
            raise step_error(
                token.node,
                "correlation_key",
                "The correlation key is not a single value.",
                "Let the expression give a text or a number.",
            )
        return feel.to_text(value)


class Signal(EventDefinition, spiff.SignalEventDefinition):  # type: ignore[misc]
    """A signal for all who wait for it, in this instance at once."""

    is_external = True

    def effect(self, token: Token, key: str, index: int) -> NewSubscription:
        """The subscription."""
        return NewSubscription(key, token.node.bpmn_id, SubscriptionKind.SIGNAL, self.name)

    def throw(self, token: Token) -> None:
        """Broadcast it."""
        given = dict(token.scope.own) if token.node.mappings.inputs else {}
        token.top.log.signals.append(ThrownSignal(token.node.bpmn_id, self.name, given))
        broadcast(token.top, self.name, given)


class Conditional(EventDefinition, spiff.ConditionalEventDefinition):  # type: ignore[misc]
    """Fires when a condition becomes true."""

    def __init__(self, condition: Expression) -> None:
        super().__init__("")
        self.condition = condition

    def listen(self, token: Token, index: int, before: Token | None = None) -> None:
        """Note that the condition holds already, for an event that has just fired on it."""
        if before is not None:
            token.internal_data[str(index)] = True

    def has_become_true(self, token: Token, index: int) -> bool:
        """Whether it holds now and did not when it was last asked."""
        held = token.internal_data.get(str(index)) is True
        holds = token.holds(self.condition)
        if holds != held:
            token.internal_data[str(index)] = holds
        return holds and not held


class Coded(EventDefinition):
    """An error or escalation: caught by its code, from the inside outwards.

    Attributes:
        code: None catches every code.
    """

    code: str | None

    def throw(self, token: Token) -> None:
        """Let the nearest event that catches the code happen."""
        found = catcher(token, self.__class__, self.code)
        if found is not None:
            event, index = found
            event.node.happen(event, index, {})
        else:
            self.uncaught(token)

    def uncaught(self, token: Token) -> None:
        """Nobody catches it."""


class Error(Coded, spiff.ErrorEventDefinition):  # type: ignore[misc]
    """An error, which ends the scope it is thrown in."""

    def uncaught(self, token: Token) -> None:
        """Nothing here catches it: whoever called the instance may; else it cannot go on."""
        if token.top.present.is_called:
            token.top.log.error = Uncaught(self.code)
            token.top.withdraw()
            return
        raise step_error(
            token.node,
            "uncaught_error",
            f"Nobody catches the error {self.code!r}.",
            "Put a boundary event for it on the subprocess, the task or the call activity.",
        )


class Escalation(Coded, spiff.EscalationEventDefinition):  # type: ignore[misc]
    """An escalation; uncaught it has no effect here, and who called the instance hears of it."""

    def uncaught(self, token: Token) -> None:
        """Nothing here catches it."""
        if token.top.present.is_called:
            token.top.log.escalations.append(Uncaught(self.code))


class Cancel(Coded, spiff.CancelEventDefinition):  # type: ignore[misc]
    """Ends the transaction it is thrown in."""

    code = None

    def throw(self, token: Token) -> None:
        """Let the boundary event of the transaction happen, and no other."""
        host, found = token.workflow.host, None
        if host is not None:
            beside = host.workflow.tasks.values()
            found = _match([each for each in beside if each.host == host.id], Cancel, None)
        if found is None:
            raise step_error(
                token.node,
                "uncaught_cancel",
                "The transaction that is cancelled has no boundary event for it.",
                "Put a cancel event on the edge of the transaction.",
            )
        found[0].node.happen(*found, {})


class Terminate(EventDefinition, spiff.TerminateEventDefinition):  # type: ignore[misc]
    """Ends the scope it is thrown in, and everything in it."""

    def throw(self, token: Token) -> None:
        """End the scope."""
        token.workflow.end()


def broadcast(instance: Instance, name: str, variables: dict[str, Value]) -> None:
    """Let every event happen that waits for a signal of this name."""
    waiting = [
        (token, index)
        for token in instance.all_tokens()
        for index, definition in listening(token)
        if isinstance(definition, Signal) and definition.name == name
    ]
    for token, index in waiting:
        if token.is_here and token._state == WAITING:
            token.node.happen(token, index, variables)


def listening(token: Token) -> Iterator[tuple[int, EventDefinition]]:
    """What a token waits for: the definitions of its event that have not happened yet."""
    if token._state != WAITING:
        return
    for index, definition in enumerate(token.node.definitions):
        if f"seen{index}" not in token.internal_data:
            yield index, definition


def catcher(token: Token, kind: type[Coded], code: str | None) -> tuple[Token, int] | None:
    """The event that catches an error or escalation of this token, the innermost first."""
    workflow: Running = token.workflow
    hosts = {token.id, token._parent} - {None}
    while True:
        events = [each for each in workflow.tasks.values() if each._state == WAITING]
        found = _match([each for each in events if each.host in hosts], kind, code) or _match(
            [each for each in events if each.node.is_listener], kind, code
        )
        host = workflow.host
        if found is not None or host is None:
            return found
        workflow, hosts = host.workflow, {host.id, host._parent} - {None}


def _match(events: list[Token], kind: type[Coded], code: str | None) -> tuple[Token, int] | None:
    """The event for exactly this code, else one for every code."""
    open_to_all = None
    for event in events:
        for index, definition in listening(event):
            if not isinstance(definition, kind):
                continue
            if definition.code is not None and definition.code == code:
                return event, index
            if definition.code is None and open_to_all is None:
                open_to_all = event, index
    return open_to_all


def _round_of(
    cycle: Cycle, token: Token, index: int, before: Token | None
) -> tuple[datetime | None, int | None]:
    """When a cycle fires next, and how often after that."""
    present = token.top.present
    after = present.now
    if before is not None:
        left = before.internal_data.get(f"left{index}", 0)
        cycle = replace(cycle, remaining=None if left is None else whole(left))
        last = before.internal_data[str(index)]
        assert isinstance(last, datetime)
        # Counted from when it was due, so that nothing drifts; what was missed is not made up for.
        due = next_due(cycle, last, present.calendar)
        if due is not None and due > present.now:
            return due, cycle.fired().remaining
    return next_due(cycle, after, present.calendar), cycle.fired().remaining
