"""Messages and signals: to whom they go.

A message goes to one instance: the one that waits longest for its name with exactly its correlation
key, else to a new instance of the process that begins with it. A signal goes to all that wait, and
begins an instance of every process that starts with it.
"""

from sqlalchemy import bindparam, select

from engine import beginnings, definitions, effects, instances
from engine.beginnings import Begin, BeginKind, Beginning
from engine.definitions import ProcessDefinition
from engine.errors import NotFoundError
from engine.instances import ProcessInstance
from engine.model import ReceiveMessage, SubscriptionKind, Variables
from engine.storage.tables import message_subscription, process_instance
from engine.storage.unit_of_work import UnitOfWork

_WAITING = (
    select(
        message_subscription.c.id,
        message_subscription.c.instance_id,
        message_subscription.c.key,
    )
    .where(
        message_subscription.c.kind == SubscriptionKind.MESSAGE,
        message_subscription.c.name == bindparam("name"),
        message_subscription.c.correlation_key == bindparam("correlation_key"),
    )
    .order_by(message_subscription.c.opened_at, message_subscription.c.id)
)
_STILL_WAITS = select(message_subscription.c.key).where(
    message_subscription.c.id == bindparam("subscription_id")
)
_OF_INSTANCE = (
    select(message_subscription.c.key)
    .where(
        message_subscription.c.kind == SubscriptionKind.MESSAGE,
        message_subscription.c.instance_id == bindparam("instance_id"),
        message_subscription.c.name == bindparam("name"),
    )
    .order_by(message_subscription.c.opened_at, message_subscription.c.id)
    .limit(1)
)
_LISTENERS = (
    select(*instances.COLUMNS)
    .where(
        process_instance.c.id.in_(
            select(message_subscription.c.instance_id).where(
                message_subscription.c.kind == SubscriptionKind.SIGNAL,
                message_subscription.c.name == bindparam("name"),
            )
        )
    )
    .order_by(process_instance.c.id)
)


def correlate(
    uow: UnitOfWork,
    name: str,
    correlation_key: str | None,
    variables: Variables,
    *,
    begin: Begin = beginnings.begin,
    sender_id: str | None = None,
    sender_key: str | None = None,
) -> ProcessInstance:
    """Give a message to the one instance it is for.

    Args:
        correlation_key: must equal what the receiver waits for.
        begin: begins an instance when nobody waits and a process starts with the message.
        sender_id, sender_key: the instance that sent it and its business key; None from outside.

    Raises:
        NotFoundError: message_not_awaited, nobody waits for it and no process begins with it.
        StepError: the receiver cannot go on; nothing has happened.
    """
    if correlation_key is not None:
        wanted = {"name": name, "correlation_key": correlation_key}
        for waiting in uow.connection.execute(_WAITING, wanted).all():
            instance = instances.lock(uow, waiting.instance_id)
            # it may have gone on while we waited for the lock
            still = uow.connection.execute(_STILL_WAITS, {"subscription_id": waiting.id})
            if still.one_or_none() is not None:
                return instances.step(uow, instance, ReceiveMessage(waiting.key, variables))
    for definition in definitions.current(uow):
        if name in definition.start_messages:
            beginning = Beginning(
                BeginKind.MESSAGE,
                definition,
                name,
                correlation_key,
                variables,
                sender_id,
                sender_key,
            )
            return begin(uow, beginning)
    raise NotFoundError("message_not_awaited", name=name)


def send_to(
    uow: UnitOfWork, instance: ProcessInstance, name: str, variables: Variables
) -> ProcessInstance:
    """Give a message to one locked instance, whatever correlation key it waits for.

    Raises:
        NotFoundError: message_not_awaited, it does not wait for it.
    """
    found = uow.connection.execute(_OF_INSTANCE, {"instance_id": instance.id, "name": name})
    row = found.one_or_none()
    if row is None:
        raise NotFoundError("message_not_awaited", name=name, instance_id=instance.id)
    return instances.step(uow, instance, ReceiveMessage(row.key, variables))


def broadcast(
    uow: UnitOfWork,
    name: str,
    variables: Variables,
    *,
    sender_id: str | None = None,
    begin: Begin = beginnings.begin,
) -> int:
    """Send a signal to every instance that waits for it now, and begin what starts with it.

    Each receiver gets it by a job, so that one that cannot go on does not keep it from others. What
    begins is begun by a job too, or at once when the signal comes from outside.

    Args:
        sender_id: the instance that threw it and has taken it already.
        begin: begins an instance of a process that starts with the signal.

    Returns:
        How many receive it, those that are begun included.
    """
    starters = [each for each in definitions.current(uow) if name in each.start_signals]
    listeners = [
        ProcessInstance(*row) for row in uow.connection.execute(_LISTENERS, {"name": name})
    ]
    rows = [
        effects.signal_row(uow, listener, name, variables)
        for listener in listeners
        if listener.id != sender_id
    ]
    if sender_id is not None and starters:
        sender = instances.get(uow, sender_id)
        rows += (
            effects.beginning_row(uow, sender, name, variables, each.process_id)
            for each in starters
        )
    effects.send(uow, rows)
    if sender_id is None:
        for each in starters:
            begin(uow, Beginning(BeginKind.SIGNAL, each, name, None, variables))
        return len(rows) + len(starters)
    return len(rows)


def starts_with(uow: UnitOfWork, process_id: str, signal: str) -> ProcessDefinition | None:
    """The newest version of a process, when it starts with this signal."""
    newest = definitions.latest(uow, process_id)
    return newest if signal in newest.start_signals else None
