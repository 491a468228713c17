"""How an instance begins that nobody starts by hand: by a message, a signal, or a call.

In which case it begins is for the layer above to say: it hands in a `Begin`. By itself the engine
takes the case with the number that was sent, or a new key.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from sqlalchemy import bindparam, select

from engine import instances
from engine.definitions import ProcessDefinition
from engine.instances import Caller, ProcessInstance
from engine.model import Variables
from engine.storage.tables import process_instance
from engine.storage.unit_of_work import UnitOfWork


class BeginKind(StrEnum):
    """What begins an instance."""

    MESSAGE = "message"
    SIGNAL = "signal"
    CALL = "call"


@dataclass(frozen=True, slots=True)
class Beginning:
    """A process that is about to begin.

    Attributes:
        definition: the version that is begun, the newest.
        name: of the message or signal; the process id of a call.
        key: correlation key of a message, number of the case of a call; None for a signal.
        variables: what the message, signal or call brings.
        sender_id: the instance that sent or called; None for what comes from outside.
        sender_key: its business key.
        caller: the call that waits for the end; None for a message or signal.
    """

    kind: BeginKind
    definition: ProcessDefinition
    name: str
    key: str | None
    variables: Variables
    sender_id: str | None = None
    sender_key: str | None = None
    caller: Caller | None = None


Begin: TypeAlias = Callable[[UnitOfWork, Beginning], ProcessInstance]

_KEY_OF_CASE = (
    select(process_instance.c.key_id, process_instance.c.calendar)
    .where(process_instance.c.business_key == bindparam("business_key"))
    .order_by(process_instance.c.started_at)
    .limit(1)
)


def begin(uow: UnitOfWork, beginning: Beginning) -> ProcessInstance:
    """Begin it in the case with the number that was sent, or else in a new one.

    Raises:
        StepError: the process cannot begin.
    """
    business_key = beginning.key or uow.new_id()
    case = uow.connection.execute(_KEY_OF_CASE, {"business_key": business_key})
    known = case.one_or_none()
    return start(
        uow,
        beginning,
        variables=beginning.variables,
        business_key=business_key,
        key_id=known.key_id if known else None,
        calendar=known.calendar if known else "",
    )


def start(
    uow: UnitOfWork,
    beginning: Beginning,
    *,
    variables: Variables,
    business_key: str,
    key_id: str | None = None,
    calendar: str = "",
) -> ProcessInstance:
    """Start the instance at the event that it begins with; every `Begin` ends here.

    Args:
        variables, business_key, key_id, calendar: as `instances.start` takes them.

    Raises:
        StepError: the process cannot begin.
    """
    return instances.start(
        uow,
        beginning.definition.process_id,
        variables=variables,
        business_key=business_key,
        key_id=key_id,
        message=beginning.name if beginning.kind == BeginKind.MESSAGE else None,
        signal=beginning.name if beginning.kind == BeginKind.SIGNAL else None,
        calendar=calendar,
        caller=beginning.caller,
    )
