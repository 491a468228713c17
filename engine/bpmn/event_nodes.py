"""Events in the diagram: those that wait, those that throw, and send and receive tasks."""

from collections.abc import Mapping

from SpiffWorkflow.bpmn.specs import defaults

from engine.bpmn.events import Conditional, EventDefinition, Terminate, Timer, listening
from engine.bpmn.nodes import Effect, Node, ServiceTask
from engine.bpmn.tokens import READY, WAITING, Token
from engine.model import ElementOutcome, NewJob, NewSubscription, Value


class Catching(Node):
    """Waits until what it is about happens.

    Attributes:
        is_parallel: it waits for all of its definitions instead of the first.
    """

    definitions: tuple[EventDefinition, ...] = ()
    is_parallel = False

    def _update_hook(self, token: Token) -> bool:
        """Wait, unless it is about nothing."""
        if not self.definitions:
            return True
        token._set_state(WAITING)
        for index, definition in enumerate(self.definitions):
            definition.listen(token, index)
        self.look_at_conditions(token)
        return False

    def look_at_conditions(self, token: Token) -> None:
        """Let it happen when a condition it waits for has become true."""
        for index, definition in listening(token):
            if isinstance(definition, Conditional) and definition.has_become_true(token, index):
                self.happen(token, index, {})
                return

    def waits(self, token: Token) -> tuple[str, ...]:
        """A key for each definition that something from outside can make happen."""
        waiting = [
            index
            for index, definition in listening(token)
            if definition.is_external
            and not (isinstance(definition, Timer) and token.internal_data[str(index)] is None)
        ]
        if len(self.definitions) == 1:
            return (str(token.id),) if waiting else ()
        return tuple(f"{token.id}.{index}" for index in waiting)

    def effect(self, token: Token, key: str) -> Effect:
        """The timer, message or signal that waits under the key."""
        index = int(key.partition(".")[2] or 0)
        return self.definitions[index].effect(token, key, index)

    def effect_kind(self, key: str) -> type[Effect]:
        """A job for a timer, a subscription for the rest."""
        index = int(key.partition(".")[2] or 0)
        return NewJob if isinstance(self.definitions[index], Timer) else NewSubscription

    def happen(self, token: Token, index: int, variables: Mapping[str, Value]) -> None:
        """What it waits for under this number has happened.

        Args:
            variables: what came with it.
        """
        self.bring(token, variables)
        if self.is_parallel:
            token.internal_data[f"seen{index}"] = True
            if any(True for _ in listening(token)):
                return
        token._set_state(READY)
        if self.tells_late:
            self.told(token, ElementOutcome.ENTERED)
        self.takes_effect(token)
        token._ready()

    def takes_effect(self, token: Token) -> None:
        """What its happening ends or begins anew."""
        if token.race is None:
            return
        for other in list(token.workflow.tasks.values()):
            if other.race == token.race and other is not token and other._state == WAITING:
                other.cancel()

    def begin_again(self, token: Token) -> None:
        """Wait for the next time, if there can be one."""
        if not any(definition.repeats for definition in self.definitions):
            return
        again = Token(
            token.workflow,
            self,
            token.top.next_number(),
            self.around(token),
            state=WAITING,
            host=token.host,
        )
        self._map_inputs(again)
        for index, definition in enumerate(self.definitions):
            definition.listen(again, index, token)
        if not self._can_happen(again):
            again.remove()

    def _can_happen(self, token: Token) -> bool:
        return any(
            not isinstance(definition, Timer) or token.internal_data[str(index)] is not None
            for index, definition in listening(token)
        )


class StartEvent(Catching, defaults.StartEvent):  # type: ignore[misc]
    """Where a process or subprocess begins."""


class IntermediateCatchEvent(Catching, defaults.IntermediateCatchEvent):  # type: ignore[misc]
    """Waits between two activities."""


class ReceiveTask(Catching, defaults.ReceiveTask):  # type: ignore[misc]
    """Waits for a message, as an activity."""


class BoundaryEvent(Catching, defaults.BoundaryEvent):  # type: ignore[misc]
    """Waits as long as an activity runs; what it interrupts is withdrawn."""

    tells_late = True

    def takes_effect(self, token: Token) -> None:
        """End the activity, or wait for the next time."""
        host = token.workflow.tasks.get(token.host or 0)
        if host is None:
            return
        if self.cancel_activity:
            host.cancel()
        else:
            self.begin_again(token)


class Listener(Catching, defaults.BoundaryEvent):  # type: ignore[misc]
    """Waits in a scope for the event that begins one of its event subprocesses.

    The start event inside the event subprocess is what is told about; this only waits.
    """

    is_listener = True
    is_silent = True

    def takes_effect(self, token: Token) -> None:
        """End everything else in the scope, or wait for the next time."""
        if self.cancel_activity:
            token.workflow.interrupt(token)
        else:
            self.begin_again(token)


class Throwing(Node):
    """Throws what it is about as it is left."""

    definitions: tuple[EventDefinition, ...] = ()

    def after(self, token: Token) -> None:
        """Throw; to terminate comes last, as it ends the scope."""
        for definition in sorted(self.definitions, key=lambda each: isinstance(each, Terminate)):
            definition.throw(token)


class EndEvent(Throwing, defaults.EndEvent):  # type: ignore[misc]
    """Where a path ends."""


class IntermediateThrowEvent(Throwing, defaults.IntermediateThrowEvent):  # type: ignore[misc]
    """Throws between two activities."""


class SendTask(Throwing, defaults.SendTask):  # type: ignore[misc]
    """Sends a message, as an activity."""


class SendJob(ServiceTask):
    """A send task with a topic: a handler sends."""
