"""The audit: who did what with whose case, in chains that show any change made afterwards.

Each case has a chain, and each day has one for what belongs to no case. A record is written in the
transaction of what it records: if it cannot be written, nothing happened and nothing is shown.
"""

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum

import orjson
from sqlalchemy import Insert, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from engine.storage.unit_of_work import UnitOfWork
from webapp.casework.tables import audit_chain, audit_record

NO_HASH = "0" * 64
_PURPOSE = "audit chain"


class Act(StrEnum):
    """What was done."""

    LOG_IN = "log_in"
    LOG_OUT = "log_out"
    REPORT_SIGNAL = "report_signal"
    REPORT_EVENT = "report_event"
    BEGIN_CASE = "begin_case"
    REOPEN_CASE = "reopen_case"
    HAND_OVER = "hand_over"
    TAKE_OVER = "take_over"
    VIEW_CASE = "view_case"
    VIEW_DIAGRAM = "view_diagram"
    VIEW_REPORT = "view_report"
    VIEW_TASK = "view_task"
    VIEW_SIMILAR = "view_similar"
    VIEW_ROAD = "view_road"
    VIEW_STUCK = "view_stuck"
    LIST_CASES = "list_cases"
    SEARCH_CASES = "search_cases"
    VIEW_HIT = "view_hit"
    CLAIM_TASK = "claim_task"
    RELEASE_TASK = "release_task"
    REASSIGN_TASK = "reassign_task"
    REMIND_TASK = "remind_task"
    SAVE_DRAFT = "save_draft"
    COMPLETE_TASK = "complete_task"
    ADD_TO_REPORT = "add_to_report"
    FIRE_TIMER = "fire_timer"
    DELIVER_MESSAGE = "deliver_message"
    DELIVER_SIGNAL = "deliver_signal"
    RECEIVE_MESSAGE = "receive_message"
    BEGIN_CALL = "begin_call"
    FINISH_CALL = "finish_call"
    CANCEL_CALL = "cancel_call"
    FINISH_JOB = "finish_job"
    FAIL_JOB = "fail_job"
    RETRY_JOB = "retry_job"
    ADD_ACCOUNT = "add_account"
    CHANGE_ACCOUNT = "change_account"
    GRANT_ROLE = "grant_role"
    WITHDRAW_ROLE = "withdraw_role"
    ADD_DUTY = "add_duty"
    REMOVE_DUTY = "remove_duty"
    DEPLOY = "deploy"
    DISCARD_DRAFT = "discard_draft"


class Result(StrEnum):
    """How it ended."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a chain.

    Attributes:
        chain: number of the case, or the day ("2026-03-02") for what belongs to no case.
        seq: counts from 1 in its chain.
        object: what it was done to: ids and keys of sections, no personal data.
        reason: a stable code, "" when there is none.
        previous_hash, hash: HMAC-SHA256, in hexadecimals.
    """

    chain: str
    seq: int
    at: datetime
    actor_id: str
    action: str
    object: str
    reason: str
    result: str
    previous_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class Breach:
    """A place where a chain is not as it was written; *what* is a stable name."""

    chain: str
    seq: int
    what: str


_COLUMNS = tuple(audit_record.c[each.name] for each in fields(Record))
_APPEND = insert(audit_record)
_SET_HEAD = (
    update(audit_chain)
    .where(audit_chain.c.chain == bindparam("of_chain"))
    .values(head=bindparam("new_head"))
)


def _lengthen(dialect: str) -> Insert:
    """Take the end of a chain, making the chain when it is new; locks it until the commit."""
    into = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = into(audit_chain)
    return statement.on_conflict_do_update(
        index_elements=["chain"], set_={"length": audit_chain.c.length + 1}
    ).returning(audit_chain.c.length, audit_chain.c.head)


_LENGTHEN = {dialect: _lengthen(dialect) for dialect in ("sqlite", "postgresql")}


def record(
    uow: UnitOfWork,
    action: Act,
    *,
    case_number: str | None = None,
    object: str = "",  # noqa: A002  the word of the record
    reason: str = "",
    result: Result = Result.DONE,
    actor_id: str | None = None,
) -> None:
    """Write what the actor did, as the last thing of its transaction.

    Args:
        case_number: the case whose chain it belongs to; without one, the chain of the day.
        actor_id: who did it, when that is not the actor of the unit of work.
    """
    chain = case_number or uow.now.date().isoformat()
    end = uow.connection.execute(
        _LENGTHEN[uow.connection.dialect.name], {"chain": chain, "length": 1, "head": NO_HASH}
    ).one()
    row = Record(
        chain=chain,
        seq=end.length,
        at=uow.now,
        actor_id=actor_id or uow.actor.id,
        action=action.value,
        object=object,
        reason=reason,
        result=result.value,
        previous_hash=end.head,
        hash="",
    )
    digest = _hash(uow.keyring.derive(_PURPOSE), row)
    values = {each.name: getattr(row, each.name) for each in fields(Record)}
    uow.connection.execute(_APPEND, {**values, "hash": digest})
    uow.connection.execute(_SET_HEAD, {"of_chain": chain, "new_head": digest})


def read(uow: UnitOfWork, chain: str) -> tuple[Record, ...]:
    """The records of a case or a day, in order."""
    query = select(*_COLUMNS).where(audit_record.c.chain == chain).order_by(audit_record.c.seq)
    return tuple(Record(*row) for row in uow.connection.execute(query))


def verify(uow: UnitOfWork, chain: str) -> tuple[Breach, ...]:
    """Where a chain is not as it was written; nothing when it is whole.

    Found are records that were changed, taken out, put in or put elsewhere, and a tail cut off.
    Cutting the tail and the end of the chain alike is only found with an anchor kept outside.
    """
    end = uow.connection.execute(
        select(audit_chain.c.length, audit_chain.c.head).where(audit_chain.c.chain == chain)
    ).one_or_none()
    records = read(uow, chain)
    breaches = list(_broken_links(uow.keyring.derive(_PURPOSE), records))
    if end is None:
        return (Breach(chain, 0, "no_chain_end"),) if records else ()
    last_hash = records[-1].hash if records else NO_HASH
    if end.length != len(records) or end.head != last_hash:
        breaches.append(Breach(chain, end.length, "tail_differs"))
    return tuple(breaches)


def chains(uow: UnitOfWork) -> tuple[str, ...]:
    """The name of every chain."""
    rows = uow.connection.execute(select(audit_chain.c.chain).order_by(audit_chain.c.chain))
    return tuple(rows.scalars())


def _broken_links(key: bytes, records: Sequence[Record]) -> Iterator[Breach]:
    previous = NO_HASH
    for number, each in enumerate(records, start=1):
        if each.seq != number:
            yield Breach(each.chain, each.seq, "out_of_order")
        if each.previous_hash != previous:
            yield Breach(each.chain, each.seq, "link_broken")
        if not hmac.compare_digest(each.hash, _hash(key, each)):
            yield Breach(each.chain, each.seq, "record_changed")
        previous = each.hash


def _hash(key: bytes, row: Record) -> str:
    """Over every field but the hash itself; a list, so that no two rows read alike."""
    content = orjson.dumps(
        [
            row.chain,
            row.seq,
            row.at.isoformat(timespec="microseconds"),
            row.actor_id,
            row.action,
            row.object,
            row.reason,
            row.result,
            row.previous_hash,
        ]
    )
    return hmac.new(key, content, hashlib.sha256).hexdigest()
