"""The running instance: tokens, the variables they see, and the scopes they run in.

A token is SpiffWorkflow's `Task` without a past: what is done leaves the instance at once, so an
instance is as large as what it waits for, however long it runs. Nothing is predicted.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from SpiffWorkflow.bpmn.script_engine import BasePythonScriptEngineEnvironment, PythonScriptEngine
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine import feel
from engine.bpmn.problems import step_error
from engine.errors import StepError
from engine.feel import Expression, FeelError
from engine.model import (
    ElementEvent,
    ElementOutcome,
    InstanceStatus,
    ThrownMessage,
    ThrownSignal,
    Uncaught,
    Value,
    Variables,
)
from engine.timers import Calendar

if TYPE_CHECKING:
    from engine.bpmn.compile import Definition
    from engine.bpmn.nodes import Node
    from engine.bpmn.parsing import ScopeSpec

WAITING, READY, STARTED = TaskState.WAITING, TaskState.READY, TaskState.STARTED
COMPLETED, CANCELLED = TaskState.COMPLETED, TaskState.CANCELLED
MOST_SCOPES = 50
LARGEST_LIMIT = 50_000


class Scope(Mapping[str, Value]):
    """Variables: those of its own, then those of the scope around it.

    Attributes:
        outer: the scope around it; None for a process.
        keeps: whether what is set stays here; otherwise what it does not have itself goes outward.
        changed: names that were set since it began, for who copies them back; None when nobody
            does.
    """

    __slots__ = ("changed", "keeps", "outer", "own")

    def __init__(
        self,
        own: Mapping[str, Value] | None = None,
        outer: "Scope | None" = None,
        *,
        keeps: bool = True,
        changed: Iterable[str] | None = None,
    ) -> None:
        self.own: dict[str, Value] = dict(own or {})
        self.outer = outer
        self.keeps = keeps
        self.changed = None if changed is None else dict.fromkeys(changed)

    def __getitem__(self, name: str) -> Value:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.own:
                return scope.own[name]
            scope = scope.outer
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        yield from self.own
        if self.outer is not None:
            yield from (name for name in self.outer if name not in self.own)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def flat(self) -> dict[str, Value]:
        """Every variable that is seen from here."""
        return dict(self.own) if self.outer is None else {**self.outer.flat(), **self.own}

    def set(self, variables: Variables) -> None:
        """Set variables, each where it belongs."""
        for name, value in variables.items():
            scope = self
            while not scope.keeps and name not in scope.own and scope.outer is not None:
                scope = scope.outer
            scope.own[name] = feel.frozen(value)
            if scope.changed is not None:
                scope.changed[name] = None

    def changes(self) -> dict[str, Value]:
        """What was set since it began."""
        return {name: self.own[name] for name in self.changed or () if name in self.own}


@dataclass(slots=True)
class Present:
    """What one step is given: the moment, the calendar, and the functions lent to expressions.

    Attributes:
        limit: how often something may be done in it before it is taken to have no end.
        is_called: an instance of another case waits for the end of this one.
    """

    now: datetime
    calendar: Calendar
    functions: feel.Functions
    limit: int
    is_called: bool = False

    def allow(self, more: int) -> None:
        """There is more to do than the diagram shows; but not without end."""
        self.limit = max(self.limit, min(self.limit + more, LARGEST_LIMIT))


@dataclass(slots=True)
class Log:
    """What has happened in a step so far."""

    events: list[ElementEvent] = field(default_factory=list)
    messages: list[ThrownMessage] = field(default_factory=list)
    signals: list[ThrownSignal] = field(default_factory=list)
    escalations: list[Uncaught] = field(default_factory=list)
    error: Uncaught | None = None
    steps: int = 0


class Token(Task):  # type: ignore[misc]
    """A token: a SpiffWorkflow task whose id is a number of the instance.

    Attributes:
        flow: id of the sequence flow it came by.
        host: the activity that a boundary event stands on.
        race: what the events of one event-based gateway share; the first to happen ends the others.
        scope: the variables it sees.
    """

    def __init__(
        self,
        workflow: "Running",
        spec: "Node",
        number: int,
        scope: Scope,
        *,
        state: int = TaskState.FUTURE,
        flow: str | None = None,
        host: int | None = None,
        race: int | None = None,
        parent: int | None = None,
        notes: dict[str, Value] | None = None,
    ) -> None:
        self.id = number
        self.workflow: Running = workflow
        self.task_spec: Node = spec
        self.scope = scope
        self.flow = flow
        self.host = host
        self.race = race
        self.internal_data = notes if notes is not None else {}
        self._parent = parent
        self._children: list[int] = []
        self._state = state
        self.triggered = False
        self.thread_id = 0
        workflow.tasks[number] = self

    @property
    def data(self) -> Scope:
        """The variables; SpiffWorkflow's hooks ask for them under this name."""
        return self.scope

    @property
    def node(self) -> "Node":
        """Its element."""
        return self.task_spec

    @property
    def top(self) -> "Instance":
        """The instance it belongs to."""
        return self.workflow.top_workflow

    @property
    def is_here(self) -> bool:
        """Whether it has not left the instance."""
        return self.workflow.tasks.get(self.id) is self

    def evaluate(self, expression: Expression, more: Mapping[str, Value] | None = None) -> Value:
        """What an expression is worth to this token.

        Args:
            more: names that stand before the variables.

        Raises:
            StepError: the expression goes beyond its budget, or a function it calls fails.
        """
        context: Mapping[str, object] = self.scope
        if more:
            context = Scope(more, self.scope)
        elif self.scope.outer is None:
            context = self.scope.own
        try:
            return expression.evaluate(context, functions=self.top.present.functions)
        except FeelError as error:
            raise StepError(error.problem(self.node.file, self.node.bpmn_id)) from error

    def holds(self, condition: Expression, more: Mapping[str, Value] | None = None) -> bool:
        """Whether a condition is true; null is not.

        Raises:
            StepError: it is neither true, false nor null.
        """
        value = self.evaluate(condition, more)
        if value is None or isinstance(value, bool):
            return bool(value)
        raise step_error(
            self.node,
            "condition_not_boolean",
            "The condition is neither true nor false.",
            "Write a comparison, such as x = 1.",
        )

    def _ready(self) -> None:
        self._set_state(READY)
        if not self.task_spec.manual:
            self.top.agenda.append(self)

    def _set_state(self, value: int) -> None:
        self._state = value

    def complete(self) -> None:
        """It is done, unless what it did itself has ended it."""
        if self.is_here:
            self._state = COMPLETED
            self.task_spec._on_complete(self)

    def error(self) -> None:
        """An exception passes; the whole step is lost, so nothing is to be kept."""

    def cancel(self) -> None:
        """Withdraw it, with everything that runs inside it."""
        if not self.is_here:
            return
        self._state = CANCELLED
        self.remove()
        for number in list(self._children):
            self.workflow.tasks[number].cancel()
        inner = self.top.subprocesses.get(self.id)
        if inner is not None:
            inner.withdraw()
        self.node.told(self, ElementOutcome.CANCELLED)

    def remove(self) -> None:
        """Leave the instance, with the boundary events that wait on it."""
        del self.workflow.tasks[self.id]
        if self._parent is not None and self._parent in self.workflow.tasks:
            self.workflow.tasks[self._parent]._children.remove(self.id)
        if self.node.attached:
            for other in list(self.workflow.tasks.values()):
                if other.host == self.id and other._state == WAITING:
                    other.cancel()


def whole(value: Value) -> int:
    """A whole number that a token has noted."""
    assert isinstance(value, int | Decimal)
    return int(value)


class Running:
    """What an instance and its subprocesses have in common: tokens in one scope of the diagram.

    Attributes:
        interruptions: how often everything in it was withdrawn for one event.
        host: the activity that a subprocess runs for; None for an instance.
    """

    spec: "ScopeSpec"
    tasks: dict[int, Token]
    top_workflow: "Instance"
    scope: Scope
    completed: bool
    interruptions = 0
    host: "Token | None" = None

    @property
    def is_idle(self) -> bool:
        """Whether no token is left but those that listen for an event subprocess."""
        return all(each.node.is_listener and each._state == WAITING for each in self.tasks.values())

    def interrupt(self, but: Token) -> None:
        """Withdraw every token but one."""
        self.interruptions += 1
        for token in list(self.tasks.values()):
            if token is not but:
                token.cancel()

    def begin(self, nodes: Iterable["Node"]) -> None:
        """Put a token on each of these nodes, after the event subprocesses have begun to listen."""
        for listener in self.spec.listeners:
            self.spawn(listener)
        for node in nodes:
            if not self.interruptions:  # a condition that holds already may have begun another way
                self.spawn(node)
        self.look_whether_done()

    def spawn(
        self,
        node: "Node",
        *,
        scope: Scope | None = None,
        flow: str | None = None,
        host: int | None = None,
        race: int | None = None,
        parent: Token | None = None,
    ) -> Token:
        """A new token arrives at a node."""
        token = Token(
            self,
            node,
            self.top_workflow.next_number(),
            scope if scope is not None else self.scope,
            flow=flow,
            host=host,
            race=race,
            parent=parent.id if parent is not None else None,
        )
        if parent is not None:
            parent._children.append(token.id)
        node._update(token)
        return token

    def look_whether_done(self) -> None:
        """End it when it is idle."""
        if not self.completed and self.is_idle:
            self.end()

    def end(self) -> None:
        """Withdraw what is left and go on with what waits for its end."""
        self.withdraw()
        self.ended()

    def withdraw(self) -> None:
        """Withdraw every token."""
        self.completed = True
        for token in list(self.tasks.values()):
            token.cancel()

    def ended(self) -> None:
        """It has ended by itself."""


class NoPython(BasePythonScriptEngineEnvironment):  # type: ignore[misc]
    """Stands where SpiffWorkflow would evaluate Python; nothing here ever does."""

    def evaluate(self, *_arguments: object) -> None:
        """Refuse."""
        raise NotImplementedError("expressions are FEEL")

    execute = call_service = evaluate


_ENGINE = PythonScriptEngine(NoPython())


class Instance(Running, BpmnWorkflow):  # type: ignore[misc]
    """A process instance while a step is taken.

    Attributes:
        number: the last number given to a token.
        agenda: tokens that are ready to go on by themselves, in order.
        keys: the tokens that waited after the last step, by key.
    """

    agenda: deque[Token]
    present: Present
    subprocesses: dict[int, "SubInstance"]

    def __init__(self, definition: "Definition", scope: Scope, number: int = 0) -> None:
        super().__init__(
            definition.program.processes[definition.process_id],
            script_engine=_ENGINE,
            deserializing=True,
        )
        self.definition = definition
        self.scope = scope
        self.number = number
        self.agenda = deque()
        self.status = InstanceStatus.ACTIVE
        self.log = Log()
        self.keys: dict[str, Token] = {}

    def next_number(self) -> int:
        """A number that no token of the instance has had."""
        self.number += 1
        return self.number

    def workflows(self) -> Iterator[Running]:
        """The process and everything that runs inside it."""
        yield self
        yield from self.subprocesses.values()

    def all_tokens(self) -> Iterator[Token]:
        """Every token there is."""
        for workflow in self.workflows():
            yield from workflow.tasks.values()

    def find(self, number: int) -> Token | None:
        """A token by its number."""
        for workflow in self.workflows():
            if number in workflow.tasks:
                return workflow.tasks[number]
        return None

    def begin_inside(self, host: Token, spec: "ScopeSpec", scope: Scope) -> "SubInstance":
        """Begin what an activity holds or calls.

        Raises:
            StepError: too many of them stand inside each other.
        """
        inner = SubInstance(spec, host, scope)
        if inner.depth > MOST_SCOPES:
            raise step_error(
                host.node,
                "call_depth",
                "Processes call each other too deeply.",
                "Let the process that calls itself come to an end.",
            )
        self.subprocesses[host.id] = inner
        inner.begin(spec.starts)
        return inner


class SubInstance(Running, BpmnSubWorkflow):  # type: ignore[misc]
    """What runs inside a subprocess or a called process.

    Attributes:
        host: the token of the activity it runs for.
    """

    host: Token

    def __init__(self, spec: "ScopeSpec", host: Token, scope: Scope) -> None:
        self.host = host
        super().__init__(spec, host.id, host.top, deserializing=True)
        self.scope = scope

    @property
    def parent_workflow(self) -> Running:
        """Where the activity stands."""
        return self.host.workflow

    def withdraw(self) -> None:
        """Withdraw every token, and be gone."""
        super().withdraw()
        self.top_workflow.subprocesses.pop(self.host.id, None)

    def ended(self) -> None:
        """The activity is done."""
        self.host.node.inner_ended(self.host, self.scope)
