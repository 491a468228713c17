"""Runs a set of diagrams in memory on a virtual clock: no database, no waiting, no one asked.

Stable: the command line, the studio and the tests of a process stand on it. It lives on
`compile_set` and `advance` alone, so a diagram does here what it does in an installation, with
these answers to what an installation leaves to people and to time:

- A user task is completed at once, a service task too: nobody is asked and no handler is called.
- A message goes to the instance that waits longest for its name with exactly its correlation key
  (a message without one to who waits without one), else to a new instance of the process that
  begins with it. A message that nobody awaits yet is kept until someone does, as the worker of an
  installation tries it again; one that is still there at the end is no error.
- A signal goes to all who wait for it at that moment, begins every process that starts with it,
  and is not kept.
- A call in a case of its own runs as an instance of its own, whose end goes back to its caller.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from heapq import heappop, heappush
from typing import Literal

from engine.bpmn.compile import Definition, compile_set
from engine.bpmn.interpreter import advance
from engine.errors import NotFoundError, Problem, StepError
from engine.model import (
    CallEscalated,
    Cancel,
    CompleteTask,
    ElementOutcome,
    FinishService,
    FireTimer,
    InstanceStatus,
    JobKind,
    NewCall,
    NewJob,
    NewSubscription,
    OpenedTask,
    ReceiveMessage,
    ReceiveSignal,
    ServiceFailed,
    Start,
    Step,
    SubscriptionKind,
    ThrownMessage,
    ThrownSignal,
    Trigger,
    Variables,
)
from engine.timers import DUTCH_CALENDAR, Calendar

EPOCH = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)  # a Monday, nine o'clock in Amsterdam
MOST_STEPS = 20_000

State = Literal["completed", "waiting", "failed"]


@dataclass(frozen=True, slots=True)
class Trace:
    """What a simulation did.

    Attributes:
        elements: ids of the elements completed, in order, one entry for each time, boundary events
            included; of every instance of the simulation.
        state: of the process that was asked for. Any failure ends the simulation.
        variables: its process variables at the end.
        error: why it failed, with the element that could not go on, or what it waits for that can
            never come; None when all is well.
    """

    elements: tuple[str, ...]
    state: State
    variables: Variables
    error: Problem | None = None


def simulate(
    files: Mapping[str, bytes],
    process_id: str,
    *,
    variables: Variables | None = None,
    until: timedelta,
    start: datetime = EPOCH,
    start_first: Sequence[str] = (),
    answers: Mapping[str, Sequence[Variables]] | None = None,
    calendar: Calendar = DUTCH_CALENDAR,
) -> Trace:
    """Run a process from its start, and what it calls and sends messages to, for a length of time.

    Args:
        files: the diagrams and tables, by path.
        variables: what every process that is started here begins with.
        until: how long the clock runs; timers due at its last moment still fire.
        start_first: processes that are started before; they may wait for messages of it.
        answers: for each user task, by element id, what it is completed with, time after time;
            with nothing when these are used up.
        calendar: which days are working days.

    Raises:
        InvalidInputError: the files cannot run; with every Problem.
        NotFoundError: process_not_found.
    """
    definitions = compile_set(files)
    for wanted in (*start_first, process_id):
        if wanted not in definitions:
            raise NotFoundError("process_not_found", process_id=wanted)
    run = _Simulation(definitions, start, calendar, answers or {})
    begin_with = variables or {}
    main: _Instance | None = None
    try:
        for other in start_first:
            run.begin(other, Start(begin_with))
            run.settle()
        main = run.begin(process_id, Start(begin_with))
        run.run_until(start + until)
    except StepError as error:
        elements = (*run.elements, *error.element_ids)
        state: State = "waiting" if error.problem.rule == "deadlock" else "failed"
        return Trace(elements, state, main.variables if main else begin_with, error.problem)
    ended = main.status != InstanceStatus.ACTIVE
    return Trace(tuple(run.elements), "completed" if ended else "waiting", main.variables)


@dataclass(slots=True, eq=False)
class _Instance:
    """One process instance of the simulation.

    Attributes:
        caller: the instance that waits for its end, and the key of the call there.
    """

    definition: Definition
    caller: "tuple[_Instance, str] | None" = None
    state: bytes | None = None
    status: InstanceStatus = InstanceStatus.ACTIVE
    variables: Variables = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class _Catcher:
    """An instance that waits for a message or a signal."""

    instance: _Instance
    subscription: NewSubscription

    @property
    def key(self) -> str:
        return self.subscription.key

    def awaits(self, message: ThrownMessage) -> bool:
        return (
            self.subscription.kind == SubscriptionKind.MESSAGE
            and self.subscription.name == message.name
            and self.subscription.correlation_key == message.correlation_key
        )

    def hears(self, signal: ThrownSignal) -> bool:
        kind, name = self.subscription.kind, self.subscription.name
        return kind == SubscriptionKind.SIGNAL and name == signal.name


class _Simulation:
    """The instances, what they wait for, and what is to be done now or later."""

    def __init__(
        self,
        definitions: Mapping[str, Definition],
        now: datetime,
        calendar: Calendar,
        answers: Mapping[str, Sequence[Variables]],
    ) -> None:
        self.elements: list[str] = []
        self._definitions = definitions
        self._now = now
        self._calendar = calendar
        self._answers = {element_id: deque(entries) for element_id, entries in answers.items()}
        self._steps = 0
        self._at_once: deque[Callable[[], None]] = deque()
        self._open: set[tuple[_Instance, str]] = set()
        self._timers: list[tuple[datetime, int, _Instance, NewJob]] = []
        self._order = 0
        self._catchers: list[_Catcher] = []
        self._kept: list[ThrownMessage] = []
        self._called: dict[tuple[_Instance, str], _Instance] = {}

    def begin(
        self, process_id: str, trigger: Start, caller: tuple[_Instance, str] | None = None
    ) -> _Instance:
        """Start an instance."""
        instance = _Instance(self._definitions[process_id], caller, variables=trigger.variables)
        self._advance(instance, trigger)
        return instance

    def run_until(self, end: datetime) -> None:
        """Do what can be done at once, then let the next timer fire, until *end*."""
        self.settle()
        while self._timers and self._timers[0][0] <= end:
            due_at, _, instance, job = heappop(self._timers)
            if (instance, job.key) in self._open:
                self._now = max(self._now, due_at)
                self._end_job(instance, job, FireTimer(job.key))
                self.settle()

    def settle(self) -> None:
        """Do everything that waits for nothing, in the order in which it came up."""
        while self._at_once:
            self._at_once.popleft()()

    def _advance(self, instance: _Instance, trigger: Trigger) -> None:
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise StepError(_too_long(instance.definition))
        step = advance(
            instance.definition,
            instance.state,
            trigger,
            self._now,
            self._calendar,
            is_called=instance.caller is not None,
        )
        instance.state, instance.status = step.state, step.status
        instance.variables = step.variables
        self.elements += (
            event.element_id for event in step.events if event.outcome == ElementOutcome.COMPLETED
        )
        self._forget(instance, step)
        self._remember(instance, step)
        self._send(instance, step)
        if instance.caller is not None:
            self._return(*instance.caller, step)

    def _forget(self, instance: _Instance, step: Step) -> None:
        """What ceased to wait."""
        closed = {task.key for task in step.closed_tasks}
        closed.update(step.cancelled_jobs, step.closed_subscriptions, step.cancelled_calls)
        self._open.difference_update((instance, key) for key in closed)
        for key in step.cancelled_calls:
            called = self._called.pop((instance, key), None)
            if called is not None and called.status == InstanceStatus.ACTIVE:
                called.caller = None
                self._at_once.append(partial(self._cancel, called))
        if step.closed_subscriptions:
            self._catchers = [
                each for each in self._catchers if (each.instance, each.key) in self._open
            ]

    def _remember(self, instance: _Instance, step: Step) -> None:
        """What began to wait."""
        for task in step.opened_tasks:
            self._open.add((instance, task.key))
            self._at_once.append(partial(self._complete, instance, task))
        for job in step.new_jobs:
            self._open.add((instance, job.key))
            if job.kind == JobKind.SERVICE:
                self._at_once.append(partial(self._end_job, instance, job, FinishService(job.key)))
            else:
                self._order += 1
                heappush(self._timers, (job.due_at, self._order, instance, job))
        for call in step.new_calls:
            self._open.add((instance, call.key))
            self._at_once.append(partial(self._call, instance, call))
        for subscription in step.opened_subscriptions:
            self._open.add((instance, subscription.key))
            self._catchers.append(_Catcher(instance, subscription))

    def _send(self, instance: _Instance, step: Step) -> None:
        """What was sent, and what was kept until someone began to wait for it."""
        kept: Sequence[ThrownMessage] = ()
        if step.opened_subscriptions:
            kept, self._kept = self._kept, []
        for message in (*kept, *step.messages):
            self._at_once.append(partial(self._deliver, message))
        for signal in step.signals:
            self._at_once.append(partial(self._broadcast, instance, signal))

    def _complete(self, instance: _Instance, task: OpenedTask) -> None:
        if (instance, task.key) not in self._open:
            return
        prepared = self._answers.get(task.element_id)
        answer = prepared.popleft() if prepared else {}
        self._advance(instance, CompleteTask(task.key, answer))

    def _end_job(self, instance: _Instance, job: NewJob, trigger: Trigger) -> None:
        if (instance, job.key) in self._open:
            self._open.discard((instance, job.key))
            self._advance(instance, trigger)

    def _call(self, caller: _Instance, call: NewCall) -> None:
        if (caller, call.key) in self._open:
            instance = self.begin(call.process_id, Start(call.variables), (caller, call.key))
            self._called[caller, call.key] = instance

    def _cancel(self, instance: _Instance) -> None:
        if instance.status == InstanceStatus.ACTIVE:
            self._advance(instance, Cancel())

    def _return(self, caller: _Instance, key: str, step: Step) -> None:
        """What a called instance tells its caller."""
        told: list[Trigger] = [CallEscalated(key, each.code) for each in step.escalations]
        if step.error is not None:
            told.append(ServiceFailed(key, step.error.code))
        elif step.status == InstanceStatus.COMPLETED:
            told.append(FinishService(key, step.result))
        for trigger in told:
            self._at_once.append(partial(self._hear, caller, key, trigger))

    def _hear(self, caller: _Instance, key: str, trigger: Trigger) -> None:
        if (caller, key) in self._open:
            if not isinstance(trigger, CallEscalated):
                self._open.discard((caller, key))
            self._advance(caller, trigger)

    def _deliver(self, message: ThrownMessage) -> None:
        for each in self._catchers:
            if each.awaits(message):
                self._advance(each.instance, ReceiveMessage(each.key, message.variables))
                return
        for process_id, definition in self._definitions.items():
            if message.name in definition.start_messages:
                self.begin(process_id, Start(message.variables, message.name))
                return
        self._kept.append(message)

    def _broadcast(self, sender: _Instance, signal: ThrownSignal) -> None:
        """Give a signal to all who wait; its sender has taken it already."""
        hearing = {
            id(each.instance): each.instance
            for each in self._catchers
            if each.hears(signal) and each.instance is not sender
        }
        for instance in hearing.values():
            self._advance(instance, ReceiveSignal(signal.name, signal.variables))
        for process_id, definition in self._definitions.items():
            if signal.name in definition.start_signals:
                self.begin(process_id, Start(signal.variables, signal=signal.name))


def _too_long(definition: Definition) -> Problem:
    return Problem(
        definition.file,
        definition.process_id,
        "too_many_steps",
        "error",
        f"The simulation took {MOST_STEPS} steps and did not come to an end.",
        "Look for a loop that no answer leaves, or simulate a shorter time.",
    )
