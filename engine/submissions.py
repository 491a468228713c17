"""Idempotency keys: what came of a form that was submitted, so that twice is once.

A form that is sent again with other answers, after "back" in the browser, carries the same key:
it is told apart by a keyed digest of what was sent, so that nobody believes it was received.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.exc import IntegrityError

from engine.errors import ConflictError
from engine.storage.tables import submission
from engine.storage.unit_of_work import UnitOfWork

KEPT_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Submission:
    """A submission that was handled.

    Attributes:
        outcome: what came of it, as it was remembered.
        is_same: whether what is sent now is what was sent then.
    """

    outcome: Mapping[str, str]
    is_same: bool


_FIND = select(submission.c.outcome, submission.c.digest).where(
    submission.c.actor_id == bindparam("actor_id"), submission.c.key == bindparam("key")
)
_REMEMBER = insert(submission)


def find(uow: UnitOfWork, key: str, content: bytes = b"") -> Submission | None:
    """What came of this actor's submission *key*; None when it was not handled yet.

    Args:
        content: what is sent now, as bytes that are equal when it is the same.
    """
    row = uow.connection.execute(_FIND, {"actor_id": uow.actor.id, "key": key}).one_or_none()
    if row is None:
        return None
    return Submission(row.outcome, hmac.compare_digest(row.digest, _digest(uow, content)))


def remember(uow: UnitOfWork, key: str, outcome: Mapping[str, str], content: bytes = b"") -> None:
    """Store what came of a submission, in the transaction that did it.

    Args:
        outcome: what the same reply can be made of: ids and addresses, no personal data.
        content: what was sent; only a keyed digest of it is stored.

    Raises:
        ConflictError: submission_repeated, the same key was handled at the same time; this
            transaction must end, then `find` has the outcome.
    """
    row = {
        "actor_id": uow.actor.id,
        "key": key,
        "outcome": dict(outcome),
        "digest": _digest(uow, content),
        "at": uow.now,
    }
    try:
        uow.connection.execute(_REMEMBER, row)
    except IntegrityError as error:
        raise ConflictError("submission_repeated", key=key) from error


def forget_old(uow: UnitOfWork) -> int:
    """Delete the keys that are older than a week; gives how many."""
    gone = uow.connection.execute(delete(submission).where(submission.c.at < uow.now - KEPT_FOR))
    return gone.rowcount


def _digest(uow: UnitOfWork, content: bytes) -> str:
    """Keyed, because the answers of a short form could be guessed from a plain one."""
    return hmac.new(uow.keyring.derive("submissions"), content, hashlib.sha256).hexdigest()
