"""Nodes and tasks: SpiffWorkflow's specifications, with the life of a token that is ours.

A token arrives (`_update`), becomes ready, is run, and leaves by the flows that `following` names.
A specification is shared by all instances and frozen once the diagram is compiled.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from SpiffWorkflow.bpmn.specs import defaults
from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec
from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin

from engine.bpmn.expressions import Mappings, Script
from engine.bpmn.problems import step_error
from engine.bpmn.tokens import READY, STARTED, Scope, Token
from engine.errors import StepError
from engine.feel import Expression, FeelError
from engine.model import (
    ElementEvent,
    ElementOutcome,
    JobKind,
    NewCall,
    NewJob,
    NewSubscription,
    OpenedTask,
    Value,
    YearMonthDuration,
)
from engine.timers import Timer, TimerError, due_at, parse_timer

if TYPE_CHECKING:
    from engine.bpmn.events import EventDefinition
    from engine.bpmn.parsing import ScopeSpec

Effect = OpenedTask | NewJob | NewCall | NewSubscription


@dataclass(frozen=True, slots=True)
class Exit:
    """A way out of a node.

    Attributes:
        flow_id: the sequence flow; None for the way from a link to its other end.
        target: name of the node it leads to.
        condition: when it is taken; None for always.
        is_default: taken when no condition holds.
    """

    flow_id: str | None
    target: str
    condition: Expression | None = None
    is_default: bool = False


class Node(BpmnTaskSpec):  # type: ignore[misc]
    """What every element of a diagram does, on top of SpiffWorkflow's specification of it.

    Attributes:
        bpmn_id: id of the element in the diagram.
        file: the file of the diagram.
        exits: its ways out, each with the node it leads to.
        incoming: ids of the flows that lead to it.
        attached: its boundary events.
        is_listener: it waits for the event that begins an event subprocess.
        tells_late: that a token has arrived is told only when something comes of it.
        is_silent: nothing is told.
        keeps_flow: by which flow a token came still matters while it waits.
        definitions: what an event is about.
    """

    name: str
    bpmn_id: str
    lane: str | None
    file: str
    process_id: str
    exits: tuple[tuple[Exit, "Node"], ...] = ()
    incoming: tuple[str, ...] = ()
    attached: tuple["Node", ...] = ()
    mappings: Mappings = Mappings()
    definitions: "tuple[EventDefinition, ...]" = ()
    is_plain = True
    is_listener = False
    tells_late = False
    is_silent = False
    keeps_flow = False
    _is_frozen = False
    _inputs: Sequence[str]
    _outputs: Sequence[str]

    def __setattr__(self, name: str, value: object) -> None:
        if self._is_frozen:
            raise AttributeError(f"{name}: a compiled diagram does not change")
        super().__setattr__(name, value)

    def freeze(self) -> None:
        """From now on it is shared, and nothing of it changes."""
        self.is_plain = not any(each.condition or each.is_default for each, _ in self.exits)
        self._inputs = tuple(self._inputs)
        self._outputs = tuple(self._outputs)
        self._is_frozen = True

    # --- the life of a token ---

    def _predict(self, *_arguments: object, **_more: object) -> None:
        """Nothing is made before it is reached."""

    def _update(self, token: Token) -> None:
        """A token arrives."""
        if not self.tells_late:
            self.told(token, ElementOutcome.ENTERED)
        around = token.scope
        self._map_inputs(token)
        for event in self.attached:
            if token.is_here:
                token.workflow.spawn(event, scope=around, host=token.id)
        if token.is_here and self._update_hook(token):
            token._ready()

    def _update_hook(self, token: Token) -> bool:
        """Whether it may go on at once."""
        return True

    def _run_hook(self, token: Token) -> bool | None:
        """Do its work; None when it is done later."""
        return True

    def _on_complete(self, token: Token) -> None:
        """The work is done: the token leaves."""
        for each in self.mappings.outputs:
            value = token.evaluate(each.source)
            self.around(token).set({each.target: value})
        if token._parent is None:
            self.leave(token)
            return
        self.told(token, ElementOutcome.COMPLETED)
        parent = token.workflow.tasks[token._parent]
        token.remove()
        parent.node.child_done(parent, token)

    def leave(self, token: Token) -> None:
        """Take the ways out; without any, the scope may be done."""
        workflow, scope = token.workflow, self.around(token)
        exits = self.following(token)
        flow_ids = tuple(each.flow_id for each, _ in exits if each.flow_id)
        self.told(token, ElementOutcome.COMPLETED, flow_ids)
        token.remove()
        interruptions = workflow.interruptions
        self.after(token)
        if workflow.completed:
            return
        if workflow.interruptions == interruptions:
            for each, node in exits:
                self.go(token, each, node, scope)
        workflow.look_whether_done()

    def go(self, token: Token, way: Exit, node: "Node", scope: Scope) -> None:
        """Send a token along one of the ways out."""
        token.workflow.spawn(node, scope=scope, flow=way.flow_id)

    def after(self, token: Token) -> None:
        """What happens when it is done, before the token goes on."""

    def following(self, token: Token) -> tuple[tuple[Exit, "Node"], ...]:
        """The ways out that are taken: without condition, or with one that holds.

        Source: BPMN 2.0.2, 13.2.1: the default flow is taken when no condition holds.
        """
        if self.is_plain:
            return self.exits
        conditional = [each for each in self.exits if each[0].condition is not None]
        taken = [each for each in conditional if token.holds(_condition(each[0]))]
        always = [
            each for each in self.exits if each[0].condition is None and not each[0].is_default
        ]
        if not taken:
            taken = [each for each in self.exits if each[0].is_default]
        return tuple(each for each in self.exits if each in taken or each in always)

    def around(self, token: Token) -> Scope:
        """The scope the token arrived in."""
        scope = token.scope
        if (self.mappings.inputs or self.mappings.outputs) and scope.outer is not None:
            return scope.outer
        return scope

    def bring(self, token: Token, variables: Mapping[str, Value]) -> None:
        """Set what came of it: in its own scope when output mappings say what goes outward."""
        if self.mappings.outputs:
            token.scope.set(variables)
            return
        self.around(token).set(variables)
        if self.mappings.inputs:
            hidden = {name: variables[name] for name in variables if name in token.scope.own}
            token.scope.set(hidden)

    def told(self, token: Token, outcome: ElementOutcome, flow_ids: tuple[str, ...] = ()) -> None:
        """Tell what happened to the element."""
        if self.is_silent or (self.tells_late and outcome == ElementOutcome.CANCELLED):
            return
        token.top.log.events.append(ElementEvent(self.bpmn_id, self.process_id, outcome, flow_ids))

    # --- what it waits for ---

    def waits(self, token: Token) -> tuple[str, ...]:
        """The keys of what the token waits for from outside."""
        return ()

    def effect(self, token: Token, key: str) -> Effect:
        """What waits under a key."""
        raise NotImplementedError

    def effect_kind(self, key: str) -> type[Effect]:
        """Of what kind that is."""
        raise NotImplementedError

    def look_at_conditions(self, token: Token) -> None:
        """Let it happen when a condition it waits for has become true."""

    def happen(self, token: Token, index: int, variables: Mapping[str, Value]) -> None:
        """What it waits for under this number has happened."""
        raise NotImplementedError

    # --- what only some do ---

    def child_done(self, token: Token, child: Token) -> None:
        """One of the instances of an activity with several is done."""
        raise NotImplementedError

    def inner_ended(self, token: Token, scope: Scope) -> None:
        """What ran inside has ended."""
        raise NotImplementedError

    def inside(self, token: Token) -> "ScopeSpec":
        """What it holds or calls."""
        raise NotImplementedError

    def _map_inputs(self, token: Token) -> None:
        if self.mappings.inputs or self.mappings.outputs:
            own: dict[str, Value] = {}
            for each in self.mappings.inputs:
                own[each.target] = token.evaluate(each.source, own)
            token.scope = Scope(own, token.scope, keeps=bool(self.mappings.outputs))


def _condition(way: Exit) -> Expression:
    assert way.condition is not None
    return way.condition


class Waiting(Node):
    """Waits for a person: the token stays ready until the task is completed."""

    form_key: str | None = None
    due: Expression | None = None
    display_name = ""

    def waits(self, token: Token) -> tuple[str, ...]:
        """The task itself."""
        return (str(token.id),) if token._state == READY else ()

    def effect(self, token: Token, key: str) -> OpenedTask:
        """The task that opens."""
        return OpenedTask(
            key=key,
            element_id=self.bpmn_id,
            process_id=self.process_id,
            name=self.display_name,
            lane=self.lane,
            form_key=self.form_key,
            due_at=self.due_at(token),
            variables=token.scope.flat(),
        )

    def effect_kind(self, key: str) -> type[Effect]:
        """A task."""
        return OpenedTask

    def due_at(self, token: Token) -> datetime | None:
        """When the task should be done."""
        if self.due is None:
            return None
        value = token.evaluate(self.due)
        return None if value is None else moment(self, value, token)


class UserTask(Waiting, defaults.UserTask):  # type: ignore[misc]
    """A task of a person, with or without a form."""


class ManualTask(Waiting, defaults.ManualTask):  # type: ignore[misc]
    """A task of a person outside the system, confirmed here."""


class AbstractTask(Node, BpmnSpecMixin):  # type: ignore[misc]
    """A task of no kind: complete as soon as it is reached.

    Source: BPMN 2.0.2, 13.3.3, Abstract Task.
    """


class ScriptTask(Node, defaults.ScriptTask):  # type: ignore[misc]
    """Sets variables by FEEL."""

    does: Script = Script()

    def _run_hook(self, token: Token) -> bool:
        for each in self.does.assignments:
            self.bring(token, {each.target: token.evaluate(each.source)})
        if self.does.context is not None:
            entries = token.evaluate(self.does.context)
            if not isinstance(entries, Mapping):
                raise step_error(
                    self,
                    "script_no_context",
                    "The script does not give a context.",
                    "Write {name: expression, …}.",
                )
            self.bring(token, entries)
        return True


class ServiceTask(Node, defaults.ServiceTask):  # type: ignore[misc]
    """Work that a handler does after the commit; the token waits for it."""

    topic: str | None = None

    def _run_hook(self, token: Token) -> None:
        return None

    def waits(self, token: Token) -> tuple[str, ...]:
        """The job."""
        return (str(token.id),) if token._state == STARTED else ()

    def effect(self, token: Token, key: str) -> NewJob:
        """The job that is written."""
        given = token.scope.own if self.mappings.inputs else token.scope.flat()
        return NewJob(
            key=key,
            kind=JobKind.SERVICE,
            element_id=self.bpmn_id,
            topic=self.topic,
            due_at=token.top.present.now,
            variables=dict(given),
        )

    def effect_kind(self, key: str) -> type[Effect]:
        """A job."""
        return NewJob


class BusinessRuleTask(Node, BpmnSpecMixin):  # type: ignore[misc]
    """Asks a decision, and keeps its outcome in a variable."""

    decision_id: str = ""
    result_variable: str = ""

    def _run_hook(self, token: Token) -> bool:
        try:
            outcome = token.top.definition.decisions.evaluate(
                self.decision_id, token.scope, functions=token.top.present.functions
            )
        except FeelError as error:
            raise StepError(error.problem(self.file, self.bpmn_id)) from error
        if outcome.problem is not None:  # null would go on as if nothing had been decided
            raise step_error(
                self, outcome.problem.rule, outcome.problem.message, outcome.problem.remedy
            )
        self.bring(token, {self.result_variable: outcome.value})
        return True


def moment(node: Node, value: Value, token: Token) -> datetime:
    """The moment that a value means: a moment, a date, or a length of time from now.

    Raises:
        StepError: it means none.
    """
    present = token.top.present
    try:
        due = due_at(timer(value), present.now, present.calendar)
    except TimerError as error:
        raise bad_timer(node, error.code) from error
    if due is None:
        raise bad_timer(node, "never")
    return due


def timer(value: Value) -> Timer:
    """What a value of FEEL means as a timer.

    Raises:
        TimerError: nothing.
    """
    if isinstance(value, str):
        return parse_timer(value)
    if isinstance(value, date | timedelta | YearMonthDuration):
        return value
    raise TimerError("bad_moment")


def bad_timer(node: Node, reason: str) -> StepError:
    """The error of a time that cannot be counted with."""
    return step_error(
        node,
        "bad_timer",
        f"The time cannot be counted with ({reason}).",
        "Let the expression give a duration, a date, a moment, or such a thing as ISO 8601 text.",
    )
