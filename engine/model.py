"""The values that the engine's parts hand to each other: variables, triggers, and the Step.

Everything here is frozen and pure. A `Step` says what one advance of a process instance changes;
whether it is stored, shown as a preview or thrown away is the business of the caller.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias


@dataclass(frozen=True, slots=True, order=True)
class YearMonthDuration:
    """A FEEL years and months duration, as a signed number of months."""

    months: int


# What a process variable, a FEEL value and an answer of a form can be. Numbers are decimal, lists
# are tuples and contexts are mappings that nobody changes after making them.
Scalar: TypeAlias = (
    bool | Decimal | int | str | date | time | datetime | timedelta | YearMonthDuration | None
)
Value: TypeAlias = "Scalar | tuple[Value, ...] | list[Value] | Mapping[str, Value]"
Variables: TypeAlias = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: an account, or the system itself.

    Attributes:
        id: stable id of the account, without personal data; "system" for the worker.
        groups: the candidate groups the actor stands in, each written "role@scope".
    """

    id: str
    groups: frozenset[str] = frozenset()


SYSTEM = Actor("system")


class InstanceStatus(StrEnum):
    """Where a process instance stands."""

    ACTIVE = "active"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class ElementOutcome(StrEnum):
    """What happened to an element of the diagram."""

    ENTERED = "entered"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


# --- triggers: what can move an instance -------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Start:
    """Begin the instance.

    Attributes:
        variables: the process variables it starts with.
        message: name of the message of the start event to begin at; None for the none start event.
        signal: name of the signal of the start event to begin at.
    """

    variables: Variables = field(default_factory=dict)
    message: str | None = None
    signal: str | None = None


@dataclass(frozen=True, slots=True)
class CompleteTask:
    """A user task is done; *key* is the key of its OpenedTask."""

    key: str
    variables: Variables = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FireTimer:
    """A timer is due; *key* is the key of its NewJob."""

    key: str


@dataclass(frozen=True, slots=True)
class ReceiveMessage:
    """A message arrived for the subscription with this key."""

    key: str
    variables: Variables = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReceiveSignal:
    """A signal was broadcast; every catching event of that name in the instance takes it."""

    name: str
    variables: Variables = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FinishService:
    """A service task or a call is done; *key* is the key of its NewJob or NewCall."""

    key: str
    variables: Variables = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ServiceFailed:
    """A service task or a call ended in a business error that a boundary event may catch.

    Attributes:
        error_code: None for an error without a code.
    """

    key: str
    error_code: str | None


@dataclass(frozen=True, slots=True)
class CallEscalated:
    """What a call began tells of an escalation, and goes on.

    Attributes:
        escalation_code: None for an escalation without a code.
    """

    key: str
    escalation_code: str | None


@dataclass(frozen=True, slots=True)
class Cancel:
    """End the instance: everything that is open is withdrawn."""


Trigger: TypeAlias = (
    Start
    | CompleteTask
    | FireTimer
    | ReceiveMessage
    | ReceiveSignal
    | FinishService
    | ServiceFailed
    | CallEscalated
    | Cancel
)


# --- effects: what one step changes ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OpenedTask:
    """A user task that waits from now on.

    Attributes:
        key: names the token inside the instance; unique there, never used again.
        process_id: the process the element stands in (a called process has its own).
        lane: name of the innermost lane, None without lanes.
        form_key: id of the form, None when the task is only confirmed.
        due_at: when it should be done (aware, UTC), None without a term.
        variables: the process variables as this token sees them.
    """

    key: str
    element_id: str
    process_id: str
    name: str
    lane: str | None
    form_key: str | None
    due_at: datetime | None
    variables: Variables


@dataclass(frozen=True, slots=True)
class ClosedTask:
    """A user task that no longer waits."""

    key: str
    element_id: str
    outcome: ElementOutcome


class JobKind(StrEnum):
    """Why a job row exists."""

    TIMER = "timer"
    SERVICE = "service"
    MESSAGE = "message"
    SIGNAL = "signal"
    CALL = "call"
    CANCEL_CALL = "cancel_call"
    RETURN = "return"


@dataclass(frozen=True, slots=True)
class NewJob:
    """Work for later: a timer to fire, a service task to carry out.

    Attributes:
        key: names it inside the instance; a FireTimer or FinishService carries it back.
        topic: what the service task asks for; None for a timer.
        due_at: not before this moment (aware, UTC).
        variables: what the handler of a service task is given; empty for a timer.
    """

    key: str
    kind: JobKind
    element_id: str
    topic: str | None
    due_at: datetime
    variables: Variables = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewCall:
    """A process to begin in a case of its own, as an instance of its own; the token waits for it.

    Attributes:
        key: names it inside the instance; what comes back carries it.
        process_id: the process that is called.
        business_key: the number of the case it runs in.
        variables: what it is given.
    """

    key: str
    element_id: str
    process_id: str
    business_key: str
    variables: Variables = field(default_factory=dict)


class SubscriptionKind(StrEnum):
    """What is waited for: a message for one, or a signal for all."""

    MESSAGE = "message"
    SIGNAL = "signal"


@dataclass(frozen=True, slots=True)
class NewSubscription:
    """The instance waits for a message or a signal.

    Attributes:
        name: of the message or the signal.
        correlation_key: the value a message must carry, as text; None when the name is enough
            (then the message must be addressed to this instance), and for a signal.
    """

    key: str
    element_id: str
    kind: SubscriptionKind
    name: str
    correlation_key: str | None = None


@dataclass(frozen=True, slots=True)
class ThrownMessage:
    """A message for another instance; it is delivered after the commit."""

    element_id: str
    name: str
    correlation_key: str | None
    variables: Variables


@dataclass(frozen=True, slots=True)
class ThrownSignal:
    """A signal for every other instance that waits for it; broadcast after the commit."""

    element_id: str
    name: str
    variables: Variables


@dataclass(frozen=True, slots=True)
class ElementEvent:
    """An element of the diagram was entered, completed or cancelled. Sequence flows are not told.

    Attributes:
        flow_ids: sequence flows taken out of the element by this completion.
    """

    element_id: str
    process_id: str
    outcome: ElementOutcome
    flow_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Uncaught:
    """An error or escalation that only who called the instance can still catch.

    Attributes:
        code: None for one without a code.
    """

    code: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """One advance of a process instance: its new state and every effect it has.

    Attributes:
        state: the whole instance in the codec of the interpreter; what `advance` takes next time.
        status: COMPLETED only if a full scan finds nothing ready, waiting or started.
        variables: the process variables of the instance after the step.
        opened_tasks, closed_tasks: user tasks that began and ceased to wait.
        new_jobs, cancelled_jobs: timers and service tasks; cancelled ones by key. A job whose
            trigger this step is (it fired, it finished) is not among the cancelled.
        opened_subscriptions, closed_subscriptions: messages and signals waited for; closed ones by
            key.
        new_calls, cancelled_calls: processes begun in a case of their own; cancelled ones by key,
            whether they have begun or not.
        result: what an instance that was called hands back as it ends.
        error: the business error that it ended in, which nothing in it catches.
        escalations: those that nothing in it catches.
        events: what happened to the elements, in order.
    """

    state: bytes
    status: InstanceStatus
    variables: Variables
    opened_tasks: tuple[OpenedTask, ...] = ()
    closed_tasks: tuple[ClosedTask, ...] = ()
    new_jobs: tuple[NewJob, ...] = ()
    cancelled_jobs: tuple[str, ...] = ()
    opened_subscriptions: tuple[NewSubscription, ...] = ()
    closed_subscriptions: tuple[str, ...] = ()
    messages: tuple[ThrownMessage, ...] = ()
    signals: tuple[ThrownSignal, ...] = ()
    new_calls: tuple[NewCall, ...] = ()
    cancelled_calls: tuple[str, ...] = ()
    result: Variables = field(default_factory=dict)
    error: Uncaught | None = None
    escalations: tuple[Uncaught, ...] = ()
    events: tuple[ElementEvent, ...] = ()
