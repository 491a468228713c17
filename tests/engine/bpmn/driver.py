"""Drives an instance through `advance` by a script in words, as the coverage cases are written."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from engine import feel
from engine.bpmn import cache
from engine.bpmn.compile import Definition
from engine.bpmn.interpreter import advance
from engine.model import (
    CompleteTask,
    ElementOutcome,
    FinishService,
    FireTimer,
    InstanceStatus,
    JobKind,
    NewJob,
    NewSubscription,
    OpenedTask,
    ReceiveMessage,
    ReceiveSignal,
    Start,
    Step,
    SubscriptionKind,
    ThrownMessage,
    ThrownSignal,
    Trigger,
    Value,
)
from engine.timers import DUTCH_CALENDAR

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Drive:
    """One running instance, with what is open in it as a database would show it.

    Args:
        keeps_cache: whether decoded instances are kept between the steps.
    """

    def __init__(self, definition: Definition, *, keeps_cache: bool = True) -> None:
        self.definition = definition
        self.keeps_cache = keeps_cache
        self.now = MONDAY
        self.last: bytes | None = None
        self.states: list[bytes] = []
        self.status = InstanceStatus.ACTIVE
        self.variables: Mapping[str, Value] = {}
        self.tasks: dict[str, OpenedTask] = {}
        self.jobs: dict[str, NewJob] = {}
        self.subscriptions: dict[str, NewSubscription] = {}
        self.completed: list[str] = []
        self.flows: list[str] = []
        self.messages: list[ThrownMessage] = []
        self.signals: list[ThrownSignal] = []

    def step(self, trigger: Trigger) -> Step:
        """Take a step, and keep the books."""
        if not self.keeps_cache:
            cache.clear()
        step = advance(self.definition, self.last, trigger, self.now, DUTCH_CALENDAR)
        self.last, self.status, self.variables = step.state, step.status, step.variables
        self.states.append(step.state)
        if isinstance(trigger, FireTimer | FinishService):
            del self.jobs[trigger.key]
        for closed in step.closed_tasks:
            del self.tasks[closed.key]
        for key in step.cancelled_jobs:
            del self.jobs[key]
        for key in step.closed_subscriptions:
            del self.subscriptions[key]
        self.tasks |= {each.key: each for each in step.opened_tasks}
        self.jobs |= {each.key: each for each in step.new_jobs}
        self.subscriptions |= {each.key: each for each in step.opened_subscriptions}
        for event in step.events:
            if event.outcome == ElementOutcome.COMPLETED:
                self.completed.append(event.element_id)
                self.flows += event.flow_ids
        self.messages += step.messages
        self.signals += step.signals
        for message in step.messages:
            self._deliver(message.name, message.correlation_key, message.variables)
        return step

    @property
    def state(self) -> bytes:
        """What the last step left."""
        assert self.last is not None
        return self.last

    # --- what happens to it ---

    def start(self, **variables: Value) -> Step:
        """Begin it."""
        return self.step(Start(variables))

    def complete(self, element_id: str, **variables: Value) -> Step:
        """Complete the first open task of an element."""
        key = next(key for key, task in self.tasks.items() if task.element_id == element_id)
        return self.step(CompleteTask(key, variables))

    def finish(self, element_id: str, **variables: Value) -> Step:
        """Finish the service task of an element."""
        key = next(key for key, job in self.jobs.items() if job.element_id == element_id)
        return self.step(FinishService(key, variables))

    def message(self, name: str, key: str | None = None, **variables: Value) -> None:
        """Give it a message."""
        assert self._deliver(name, key, variables), f"nobody waits for the message {name}"

    def signal(self, name: str, **variables: Value) -> Step:
        """Broadcast a signal."""
        return self.step(ReceiveSignal(name, variables))

    def tick(self) -> None:
        """Let the next timers fire: all that are due at the same moment, one after the other."""
        timers = [job for job in self.jobs.values() if job.kind == JobKind.TIMER]
        assert timers, "no timer is set"
        due = min(job.due_at for job in timers)
        self.now = max(self.now, due)
        for job in timers:
            if job.due_at <= self.now and job.key in self.jobs:
                self.step(FireTimer(job.key))
        self.now += timedelta(milliseconds=1)

    # --- what is to be seen ---

    def open(self, element_id: str) -> int:
        """How many tasks of an element are open."""
        return sum(task.element_id == element_id for task in self.tasks.values())

    def play(self, script: str) -> None:
        """Follow a script: its words are the keys of `_WORDS`, each followed by what it needs."""
        for line in filter(None, map(str.strip, script.split(";"))):
            word, *rest = line.split(" ")
            assert _WORDS[word](self, rest), f"{line!r} is not so"

    def _deliver(self, name: str, key: str | None, variables: Mapping[str, Value]) -> bool:
        for subscription in self.subscriptions.values():
            if (
                subscription.kind == SubscriptionKind.MESSAGE
                and subscription.name == name
                and subscription.correlation_key == key
            ):
                self.step(ReceiveMessage(subscription.key, variables))
                return True
        return False


def _values(words: list[str]) -> dict[str, Value]:
    """`x=5 go=true` as variables."""
    return {
        name: feel.evaluate(text, {}) for name, _, text in (word.partition("=") for word in words)
    }


def _does(act: Callable[[Drive, list[str]], object]) -> Callable[[Drive, list[str]], bool]:
    def done(drive: Drive, words: list[str]) -> bool:
        act(drive, words)
        return True

    return done


_WORDS: Mapping[str, Callable[[Drive, list[str]], bool]] = {
    "complete": _does(lambda drive, words: drive.complete(words[0], **_values(words[1:]))),
    "finish": _does(lambda drive, words: drive.finish(words[0], **_values(words[1:]))),
    "message": _does(lambda drive, words: drive.message(*words)),
    "signal": _does(lambda drive, words: drive.signal(*words)),
    "tick": _does(lambda drive, _: drive.tick()),
    "open": lambda drive, words: drive.open(words[0]) == int((words[1:] or ["1"])[0]),
    "closed": lambda drive, words: not drive.open(words[0]),
    "done": lambda drive, words: words[0] in drive.completed,
    "undone": lambda drive, words: words[0] not in drive.completed,
    "ended": lambda drive, _: drive.status == InstanceStatus.COMPLETED,
    "waits": lambda drive, _: drive.status == InstanceStatus.ACTIVE,
    "sent": lambda drive, words: [each.name for each in drive.messages] == words,
    "broadcast": lambda drive, words: [each.name for each in drive.signals] == words,
    "lane": lambda drive, words: [each.lane for each in drive.tasks.values()] == words,
    "is": lambda drive, words: all(
        drive.variables.get(name) == value for name, value in _values(words).items()
    ),
    "unset": lambda drive, words: not any(name in drive.variables for name in words),
    "sees": lambda drive, words: (
        all(
            task.variables.get(name) == value
            for task in drive.tasks.values()
            if task.element_id == words[0]
            for name, value in _values(words[1:]).items()
        )
        and bool(drive.open(words[0]))
    ),
}
