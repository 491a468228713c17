"""Messages and signals: to whom they go.

A message goes to one instance: the one that waits longest for its name with exactly its correlation
key, else to a new instance of the process that begins with it. A signal goes to all that wait.
"""

from sqlalchemy import bindparam, select

from engine import definitions, effects, instances
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
_KEY_OF_CASE = (
    select(process_instance.c.key_id, process_instance.c.calendar)
    .where(process_instance.c.business_key == bindparam("business_key"))
    .order_by(process_instance.c.started_at)
    .limit(1)
)


def correlate(
    uow: UnitOfWork, name: str, correlation_key: str | None, variables: Variables
) -> ProcessInstance:
    """Give a message to the one instance it is for.

    Args:
        correlation_key: must equal what the receiver waits for; an instance that the message
            starts gets it as its business key.

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
    return _begin(uow, name, correlation_key, variables)


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
    uow: UnitOfWork, name: str, variables: Variables, *, sender_id: str | None = None
) -> int:
    """Send a signal to every instance that waits for it now, each by a job; gives how many.

    Args:
        sender_id: the instance that threw it and has taken it already.
    """
    listeners = [
        ProcessInstance(*row) for row in uow.connection.execute(_LISTENERS, {"name": name})
    ]
    rows = [
        effects.signal_row(uow, listener, name, variables)
        for listener in listeners
        if listener.id != sender_id
    ]
    effects.send(uow, rows)
    return len(rows)


def _begin(
    uow: UnitOfWork, name: str, correlation_key: str | None, variables: Variables
) -> ProcessInstance:
    for definition in definitions.current(uow):
        if name in definition.start_messages:
            business_key = correlation_key or uow.new_id()
            case = uow.connection.execute(_KEY_OF_CASE, {"business_key": business_key})
            known = case.one_or_none()
            return instances.start(
                uow,
                definition.process_id,
                variables=variables,
                business_key=business_key,
                key_id=known.key_id if known else None,
                message=name,
                calendar=known.calendar if known else "",
            )
    raise NotFoundError("message_not_awaited", name=name)
