"""What a step changes outside the instance: what waits now, compared with what waited before."""

from engine.bpmn.tokens import COMPLETED, Instance, Token
from engine.model import (
    CallEscalated,
    ClosedTask,
    ElementOutcome,
    InstanceStatus,
    NewCall,
    NewJob,
    NewSubscription,
    OpenedTask,
    Step,
    Trigger,
    Variables,
)


def waiting(instance: Instance) -> dict[str, Token]:
    """The tokens that something from outside can move, by the keys of what they wait for."""
    return {key: token for token in instance.all_tokens() for key in token.node.waits(token)}


def changes(instance: Instance, before: dict[str, Token], state: bytes, trigger: Trigger) -> Step:
    """The step that was taken.

    Args:
        before: what waited before it, by key.
        state: the instance as it is now.
        trigger: what moved it; what it is the end of is not among what is cancelled.
    """
    after = instance.keys
    used = None if isinstance(trigger, CallEscalated) else getattr(trigger, "key", None)
    opened = [token.node.effect(token, key) for key, token in after.items() if key not in before]
    gone = {key: token for key, token in before.items() if key not in after}
    jobs = [key for key, token in gone.items() if _kind(token, key) is NewJob]
    calls = [key for key, token in gone.items() if _kind(token, key) is NewCall]
    subscriptions = [key for key, token in gone.items() if _kind(token, key) is NewSubscription]
    return Step(
        state=state,
        status=instance.status,
        variables=dict(instance.scope.own),
        opened_tasks=tuple(each for each in opened if isinstance(each, OpenedTask)),
        closed_tasks=tuple(
            ClosedTask(key, token.node.bpmn_id, _outcome(token))
            for key, token in gone.items()
            if _kind(token, key) is OpenedTask
        ),
        new_jobs=tuple(each for each in opened if isinstance(each, NewJob)),
        cancelled_jobs=tuple(key for key in jobs if key != used),
        opened_subscriptions=tuple(each for each in opened if isinstance(each, NewSubscription)),
        closed_subscriptions=tuple(subscriptions),
        messages=tuple(instance.log.messages),
        signals=tuple(instance.log.signals),
        new_calls=tuple(each for each in opened if isinstance(each, NewCall)),
        cancelled_calls=tuple(key for key in calls if key != used),
        result=_result(instance),
        error=instance.log.error,
        escalations=tuple(instance.log.escalations),
        events=tuple(instance.log.events),
    )


def _result(instance: Instance) -> Variables:
    """What a called instance that is done has set, as far as it declares what it gives."""
    if not instance.present.is_called or instance.status != InstanceStatus.COMPLETED:
        return {}
    declared = instance.spec.data_outputs
    changes = instance.scope.changes()
    return {name: changes[name] for name in changes if declared is None or name in declared}


def _kind(token: Token, key: str) -> type:
    return token.node.effect_kind(key)


def _outcome(token: Token) -> ElementOutcome:
    return ElementOutcome.COMPLETED if token._state == COMPLETED else ElementOutcome.CANCELLED
