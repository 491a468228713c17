"""Moving a process instance on: `advance`, the heart.

A pure function: the same arguments give the same Step, byte for byte. An instance is decoded,
given its trigger, run until nothing goes on by itself, and compared with what waited before.
"""

from collections.abc import Mapping
from datetime import datetime

from engine.bpmn import cache
from engine.bpmn.codec import CODEC_VERSION, decode, encode
from engine.bpmn.compile import Definition
from engine.bpmn.effects import changes, waiting
from engine.bpmn.events import Error, Escalation, EventDefinition, Message, Signal, broadcast
from engine.bpmn.lent import functions
from engine.bpmn.problems import definition_error, step_error
from engine.bpmn.tokens import READY, WAITING, Instance, Log, Present, Scope, Token
from engine.errors import LimitError, Problem, StepError
from engine.feel import FeelError
from engine.model import (
    CallEscalated,
    Cancel,
    CompleteTask,
    ElementOutcome,
    FinishService,
    FireTimer,
    InstanceStatus,
    OpenedTask,
    ReceiveMessage,
    ReceiveSignal,
    ServiceFailed,
    Start,
    Step,
    Trigger,
    Value,
    Variables,
)
from engine.timers import Calendar

__all__ = ["CODEC_VERSION", "advance", "forget", "open_tasks", "task_variables"]

MOST_STEPS = 1_000
LARGEST_STATE_BYTES = 1_000_000


def advance(
    definition: Definition,
    state: bytes | None,
    trigger: Trigger,
    now: datetime,
    calendar: Calendar,
    *,
    is_called: bool = False,
) -> Step:
    """Take one step of a process instance.

    Args:
        state: what the last step left; None for the first, whose trigger is a Start.
        now: the moment of the step, aware.
        calendar: counts the terms.
        is_called: an instance of another case waits for its end, and catches what this one throws
            and does not catch itself.

    Raises:
        StepError: the step cannot be taken; nothing of it has happened.
        LimitError: state_too_large.
    """
    instance = _instance(definition, state)
    instance.present = Present(
        now,
        calendar,
        functions(definition, now, calendar),
        MOST_STEPS + len(definition.elements),
        is_called,
    )
    instance.log = Log()
    before = instance.keys
    try:
        _take(instance, trigger)
        _run(instance)
        instance.keys = waiting(instance)
        instance.status = _status(instance, trigger)
        next_state = encode(instance)
        step = changes(instance, before, next_state, trigger)
    except FeelError as error:
        raise _failed(instance, error.problem(definition.file, definition.process_id)) from error
    except StepError as error:
        raise _failed(instance, error.problem) from error
    if len(next_state) > LARGEST_STATE_BYTES:
        raise LimitError("state_too_large", bytes=len(next_state))
    if instance.status == InstanceStatus.ACTIVE:
        cache.put(definition, next_state, instance)
    return step


def task_variables(definition: Definition, state: bytes, key: str) -> Variables:
    """The process variables as an open user task sees them.

    Raises:
        StepError: no task waits under this key.
    """
    instance = _instance(definition, state)
    variables = _waiting_token(instance, key).scope.flat()
    cache.put(definition, state, instance)
    return variables


def open_tasks(definition: Definition, state: bytes) -> tuple[str, ...]:
    """The keys of the user tasks that wait, by looking at every token of the stored state."""
    instance = decode(state, definition)
    return tuple(
        key for key, token in waiting(instance).items() if token.node.effect_kind(key) is OpenedTask
    )


def forget(definition: Definition, state: bytes) -> None:
    """Drop what is kept of an instance in memory, when its case is destroyed."""
    cache.take(definition, state)


def _instance(definition: Definition, state: bytes | None) -> Instance:
    """The instance as it stands; nobody else has it meanwhile."""
    if state is None:
        return Instance(definition, Scope())
    kept = cache.take(definition, state)
    if kept is not None:
        return kept
    instance = decode(state, definition)
    instance.keys = waiting(instance)
    return instance


def _take(instance: Instance, trigger: Trigger) -> None:
    """Let the trigger do what it does; nothing has gone on from there yet."""
    match trigger:
        case Start():
            _start(instance, trigger)
        case CompleteTask(key, variables) | FinishService(key, variables):
            token = _waiting_token(instance, key)
            if token._state == WAITING:
                raise _nothing_waits(instance)
            token.node.bring(token, variables)
            token.complete()
        case FireTimer(key):
            _happen(instance, key, {})
        case ReceiveMessage(key, variables):
            _happen(instance, key, variables)
        case ReceiveSignal(name, variables):
            broadcast(instance, name, dict(variables))
        case ServiceFailed(key, error_code):
            Error("error", error_code).throw(_waiting_token(instance, key))
        case CallEscalated(key, code):
            Escalation("escalation", code).throw(_waiting_token(instance, key))
        case Cancel():
            instance.withdraw()


def _start(instance: Instance, trigger: Start) -> None:
    spec, variables = instance.spec, trigger.variables
    if instance.number or instance.completed:
        raise definition_error(instance.definition, "already_started", "The instance has begun.")
    if trigger.message is None and trigger.signal is None:
        instance.scope.set(variables)
        if instance.present.is_called:
            instance.scope.changed = {}  # from here on: what it sets goes back to its caller
        instance.begin(spec.starts)
        return
    if trigger.signal is not None:
        wanted: EventDefinition = Signal(trigger.signal)
        node = spec.signal_nodes.get(trigger.signal)
    else:
        wanted = Message(str(trigger.message), None)
        node = spec.start_nodes.get(str(trigger.message))
    if node is None:
        raise definition_error(
            instance.definition, "no_such_start", "No start event waits for this."
        )
    if not node.mappings.outputs:
        instance.scope.set(variables)  # what listens from the start may ask for them
    instance.begin([node])
    _run(instance)  # an event gateway lets its events wait
    for key in waiting(instance):
        token = _waiting_token(instance, key)
        index = _index(key)
        definition = token.node.definitions[index]
        waits_for_it = type(definition) is type(wanted) and definition.name == wanted.name
        if waits_for_it and not token.node.is_listener:
            token.node.happen(token, index, variables)
            return


def _happen(instance: Instance, key: str, variables: Mapping[str, Value]) -> None:
    token = _waiting_token(instance, key)
    if token._state != WAITING:
        raise _nothing_waits(instance)
    token.node.happen(token, _index(key), variables)


def _run(instance: Instance) -> None:
    """Go on until only something from outside can move the instance."""
    while instance.agenda or _settle(instance):
        token = instance.agenda.popleft()
        if not token.is_here or token._state != READY:
            continue
        instance.log.steps += 1
        if instance.log.steps > instance.present.limit:
            raise step_error(
                token.node,
                "endless_loop",
                "The process goes round without ever waiting.",
                "Let the loop pass a task, a timer or a message, or come to an end.",
            )
        token.run()


def _settle(instance: Instance) -> bool:
    """When all is quiet: let one inclusive gateway or condition go on; whether one did."""
    for workflow in list(instance.workflows()):
        spec = workflow.spec
        if any(join.fire_if_complete(workflow) for join in spec.joins):
            return True
        if spec.has_conditions:
            for token in list(workflow.tasks.values()):
                if token.is_here and token._state == WAITING:
                    token.node.look_at_conditions(token)
                if instance.agenda:
                    return True
    return False


def _status(instance: Instance, trigger: Trigger) -> InstanceStatus:
    """Where the instance stands, by looking at every token.

    Raises:
        StepError: nothing from outside can ever move it on.
    """
    if isinstance(trigger, Cancel):
        return InstanceStatus.CANCELLED
    stuck = next(instance.all_tokens(), None)
    if stuck is None:
        return InstanceStatus.COMPLETED
    if not instance.keys:
        raise step_error(
            stuck.node,
            "deadlock",
            "The process waits here for what can never come.",
            "Look at the gateways that join: each flow that leads to one must bring a token.",
        )
    return InstanceStatus.ACTIVE


def _failed(instance: Instance, problem: Problem) -> StepError:
    """The error of the step, with what had been done when it came to it."""
    completed = [
        event.element_id
        for event in instance.log.events
        if event.outcome == ElementOutcome.COMPLETED
    ]
    return StepError(problem, completed)


def _waiting_token(instance: Instance, key: str) -> Token:
    token = instance.keys.get(key) or waiting(instance).get(key)
    if token is None or not token.is_here:
        raise _nothing_waits(instance)
    return token


def _nothing_waits(instance: Instance) -> StepError:
    return definition_error(
        instance.definition, "nothing_waits", "Nothing in the instance waits under this key."
    )


def _index(key: str) -> int:
    """Which definition of an event a key is about."""
    return int(key.partition(".")[2] or 0)
