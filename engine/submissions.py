"""Idempotency keys: what came of a form that was submitted, so that twice is once."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.exc import IntegrityError

from engine.errors import ConflictError
from engine.storage.tables import submission
from engine.storage.unit_of_work import UnitOfWork

KEPT_FOR = timedelta(days=7)

_FIND = select(submission.c.outcome).where(
    submission.c.actor_id == bindparam("actor_id"), submission.c.key == bindparam("key")
)
_REMEMBER = insert(submission)


def find(uow: UnitOfWork, key: str) -> Mapping[str, str] | None:
    """What came of this actor's submission *key*; None when it was not handled yet."""
    found: Mapping[str, str] | None = uow.connection.execute(
        _FIND, {"actor_id": uow.actor.id, "key": key}
    ).scalar_one_or_none()
    return found


def remember(uow: UnitOfWork, key: str, outcome: Mapping[str, str]) -> None:
    """Store what came of a submission, in the transaction that did it.

    Args:
        outcome: what the same reply can be made of: ids and addresses, no personal data.

    Raises:
        ConflictError: submission_repeated, the same key was handled at the same time; this
            transaction must end, then `find` has the outcome.
    """
    row = {"actor_id": uow.actor.id, "key": key, "outcome": dict(outcome), "at": uow.now}
    try:
        uow.connection.execute(_REMEMBER, row)
    except IntegrityError as error:
        raise ConflictError("submission_repeated", key=key) from error


def forget_old(uow: UnitOfWork) -> int:
    """Delete the keys that are older than a week; gives how many."""
    gone = uow.connection.execute(delete(submission).where(submission.c.at < uow.now - KEPT_FOR))
    return gone.rowcount
