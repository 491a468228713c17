"""Activities with something inside: subprocesses, calls, loops and several instances."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from SpiffWorkflow.bpmn.specs import defaults
from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin

from engine.bpmn.nodes import Effect, Node
from engine.bpmn.problems import step_error
from engine.bpmn.tokens import STARTED, Scope, Token, whole
from engine.feel import Expression
from engine.model import ElementEvent, ElementOutcome, NewCall, Value

if TYPE_CHECKING:
    from engine.bpmn.parsing import ScopeSpec

MOST_INSTANCES = 1_000


class SubProcess(Node, defaults.SubWorkflowTask):  # type: ignore[misc]
    """Holds a part of the process, which sees and sets the same variables.

    Attributes:
        inner: what it holds.
    """

    inner: "ScopeSpec"

    def inside(self, token: Token) -> "ScopeSpec":
        """What it holds."""
        return self.inner

    def _run_hook(self, token: Token) -> None:
        token.top.begin_inside(token, self.inner, token.scope)

    def inner_ended(self, token: Token, scope: Scope) -> None:
        """It is done."""
        token.complete()


class EventSubprocess(SubProcess, defaults.EventSubprocess):  # type: ignore[misc]
    """What an event begins beside or instead of the rest of its scope."""


class CallActivity(Node, defaults.CallActivity):  # type: ignore[misc]
    """Runs another process within the same instance, with variables of its own.

    It is given every variable, or only what the input mappings name, or only what the called
    process declares as its data inputs; what it set comes back, as far as it declares outputs.

    Attributes:
        gives_all, takes_all: whether variables go in and come back that no mapping names.
    """

    gives_all = True
    takes_all = True

    def inside(self, token: Token) -> "ScopeSpec":
        """The process it calls."""
        return token.top.definition.program.processes[self.spec]

    def _run_hook(self, token: Token) -> None:
        called = self.inside(token)
        token.top.begin_inside(token, called, Scope(self._given(token), changed=()))

    def inner_ended(self, token: Token, scope: Scope) -> None:
        """It is done: take over what was set."""
        called = self.inside(token)
        changes = scope.changes()
        if called.data_outputs is not None:
            changes = {
                name: value for name, value in changes.items() if name in called.data_outputs
            }
        self.bring(token, changes)
        token.complete()

    def bring(self, token: Token, variables: Mapping[str, Value]) -> None:
        """Take over what was set, as far as the call takes anything."""
        if self.takes_all or self.mappings.outputs:
            super().bring(token, variables)

    def _given(self, token: Token) -> dict[str, Value]:
        given = token.scope.flat() if self.gives_all else {}
        if self.mappings.inputs:
            given = dict(token.scope.own)
        declared = self.inside(token).data_inputs
        return given if declared is None else {name: given.get(name) for name in declared}


class CallElsewhere(CallActivity):
    """Runs another process as an instance of its own, in another case; the token waits for its end.

    What is given and what comes back is as with every call. Which version is called is not known
    here: the newest one when the call is begun.

    Attributes:
        business_key: gives the number of that case.
    """

    business_key: Expression | None = None

    def _run_hook(self, token: Token) -> None:
        assert self.business_key is not None
        value = token.evaluate(self.business_key)
        if not isinstance(value, str) or not value.strip():
            raise step_error(
                self,
                "no_business_key",
                "The call does not say in which case the process is to run.",
                "Let the property businessKey give the number of a case, as text.",
            )
        token.internal_data["case"] = value

    def waits(self, token: Token) -> tuple[str, ...]:
        """The call."""
        return (str(token.id),) if token._state == STARTED else ()

    def effect(self, token: Token, key: str) -> NewCall:
        """The call that is written."""
        return NewCall(
            key=key,
            element_id=self.bpmn_id,
            process_id=self.spec,
            business_key=str(token.internal_data["case"]),
            variables=self._given(token),
        )

    def effect_kind(self, key: str) -> type[Effect]:
        """A call."""
        return NewCall


class Repeating(Node):
    """An activity that is done more than once; each time is a child of its token.

    Attributes:
        each: the activity itself.
    """

    each: Node

    def _child(self, token: Token, scope: Scope, round_: int) -> None:
        child = token.workflow.spawn(self.each, scope=scope, parent=token)
        child.internal_data["round"] = round_

    def told(self, token: Token, outcome: ElementOutcome, flow_ids: tuple[str, ...] = ()) -> None:
        """Each time is told by itself; the flows that are taken belong to the last of them."""
        if outcome != ElementOutcome.COMPLETED:
            return
        if not token.internal_data.get("done"):
            super().told(token, ElementOutcome.ENTERED)
            super().told(token, outcome, flow_ids)
            return
        events = token.top.log.events
        for index in range(len(events) - 1, -1, -1):
            event = events[index]
            if (
                event.element_id == self.bpmn_id
                and event.process_id == self.process_id
                and event.outcome == ElementOutcome.COMPLETED
                and not event.flow_ids
            ):
                events[index] = ElementEvent(self.bpmn_id, self.process_id, outcome, flow_ids)
                return


class StandardLoop(Repeating, BpmnSpecMixin):  # type: ignore[misc]
    """Repeats an activity while a condition holds, at most so many times.

    Source: BPMN 2.0.2, 13.3.7 Loop Activity. The condition sees `loopCounter`, from 1.
    """

    maximum: int | None = None
    condition: Expression | None = None
    test_before = False

    def _run_hook(self, token: Token) -> bool | None:
        if (self.test_before or self.maximum == 0) and not self._goes_on(token, 0):
            return True
        self._child(token, token.scope, 1)
        return None

    def child_done(self, token: Token, child: Token) -> None:
        """Begin the next round, or be done."""
        done = whole(child.internal_data["round"])
        token.internal_data["done"] = done
        if self._goes_on(token, done):
            self._child(token, token.scope, done + 1)
        else:
            token.complete()

    def _goes_on(self, token: Token, done: int) -> bool:
        if self.maximum is not None and done >= self.maximum:
            return False
        return self.condition is None or token.holds(self.condition, {"loopCounter": done})


class MultiInstance(Repeating, BpmnSpecMixin):  # type: ignore[misc]
    """An activity for each item of a collection, one after the other or all at once.

    Each instance has a scope of its own with its item and `loopCounter`, from 1. What it sets stays
    there when there is an output collection; otherwise it goes to the process as the instance ends.

    Attributes:
        collection, cardinality: one of them says how many there are.
        item: variable of the item.
        output: variable that the list of results becomes.
        result: what an instance adds to it.

    Source: BPMN 2.0.2, 13.3.7 Multi-Instance Activity.
    """

    is_sequential = False
    collection: Expression | None = None
    cardinality: Expression | None = None
    item: str | None = None
    output: str | None = None
    result: Expression | None = None
    condition: Expression | None = None

    def _run_hook(self, token: Token) -> bool | None:
        items = self._items(token)
        notes = token.internal_data
        notes["items"] = items
        notes["done"] = 0
        if self.output is not None:
            notes["results"] = (None,) * len(items)
        if not items:
            self._finish(token)
            return True
        token.top.present.allow(len(items) * len(token.top.definition.elements))
        for index in range(1 if self.is_sequential else len(items)):
            self._begin(token, index)
        return None

    def child_done(self, token: Token, child: Token) -> None:
        """Keep its result, and begin the next one or be done."""
        notes, index = token.internal_data, whole(child.internal_data["round"]) - 1
        items = _list(notes["items"])
        if self.output is not None and self.result is not None:
            results = list(_list(notes["results"]))
            results[index] = child.evaluate(self.result)
            notes["results"] = tuple(results)
        elif self.output is None:
            self._hand_over(token, child)
        done = whole(notes["done"]) + 1
        notes["done"] = done
        if done == len(items) or self._is_enough(token, child, done):
            for other in list(token._children):
                token.workflow.tasks[other].cancel()
            self._finish(token)
            token.complete()
        elif self.is_sequential:
            self._begin(token, done)

    def _begin(self, token: Token, index: int) -> None:
        item = _list(token.internal_data["items"])[index]
        own: dict[str, Value] = {"loopCounter": Decimal(index + 1)}
        if self.item is not None:
            own[self.item] = item
        hands_over = None if self.output is not None else ()
        scope = Scope(own, token.scope, changed=hands_over)
        self._child(token, scope, index + 1)

    def _hand_over(self, token: Token, child: Token) -> None:
        scope = child.node.around(child)
        changes = scope.changes()
        changes.pop(self.item or "", None)
        token.scope.set(changes)

    def _finish(self, token: Token) -> None:
        if self.output is not None:
            token.scope.set({self.output: token.internal_data["results"]})

    def _is_enough(self, token: Token, child: Token, done: int) -> bool:
        if self.condition is None:
            return False
        total, active = len(_list(token.internal_data["items"])), len(token._children)
        counters: dict[str, Value] = {
            "nrOfInstances": total,
            "nrOfActiveInstances": active,
            "nrOfCompletedInstances": done,
            "nrOfTerminatedInstances": 0,
            "numberOfInstances": total,
            "numberOfActiveInstances": active,
            "numberOfCompletedInstances": done,
            "numberOfTerminatedInstances": 0,
        }
        return child.holds(self.condition, counters)

    def _items(self, token: Token) -> tuple[Value, ...]:
        if self.cardinality is not None:
            return tuple(Decimal(number) for number in range(1, self._count(token) + 1))
        assert self.collection is not None
        items = token.evaluate(self.collection)
        if isinstance(items, Mapping):
            items = tuple(items.values())
        if not isinstance(items, tuple | list):
            raise step_error(
                self,
                "no_collection",
                "What the activity is repeated for is not a list.",
                "Let the input collection be a list; an empty one is allowed.",
            )
        self._check_number(len(items))
        return tuple(items)

    def _count(self, token: Token) -> int:
        assert self.cardinality is not None
        value = token.evaluate(self.cardinality)
        try:
            count = int(value)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            count = -1
        if count < 0 or count != value:
            raise step_error(
                self,
                "no_cardinality",
                "How often the activity is repeated is not a whole number.",
                "Let the loop cardinality be a whole number from 0.",
            )
        self._check_number(count)
        return count

    def _check_number(self, count: int) -> None:
        if count > MOST_INSTANCES:
            raise step_error(
                self,
                "too_many_instances",
                f"The activity would be repeated {count} times.",
                f"At most {MOST_INSTANCES} are allowed; start an instance for each instead.",
            )


def _list(value: Value) -> tuple[Value, ...]:
    assert isinstance(value, tuple)
    return value
