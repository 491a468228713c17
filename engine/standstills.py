"""What stands still: tasks past their term or taken by nobody, waits past theirs, and incidents.

One statement makes a page, whatever is asked for. Each cause is read from an index of its own, the
longest standing first, so that a page costs as much among a hundred thousand cases as among ten.
Making the statement costs more than running it does, so it is kept for who looks again.
Which cases count is for the caller to say: the engine knows them by their business key alone.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    literal_column,
    not_,
    null,
    or_,
    select,
    tuple_,
    union_all,
)

from engine.storage.tables import (
    Key,
    Moment,
    incident,
    message_subscription,
    process_instance,
    user_task,
)
from engine.storage.unit_of_work import UnitOfWork

PAGE = 50


class Cause(StrEnum):
    """Why something stands still. Each thing has one: the first of these that is true."""

    FAILED = "failed"  # automatic work that failed too often
    UNHELD = "unheld"  # a task that nobody can take, or whose holder is gone
    OUTSIDE = "outside"  # an answer or a message that should have come from somebody else
    OVERDUE = "overdue"  # a task past its term
    UNCLAIMED = "unclaimed"  # a task in time that nobody took for too long


@dataclass(frozen=True, slots=True)
class Standstill:
    """One thing that stands still.

    Attributes:
        since: when it was due, opened, taken or failed, whichever its cause counts from.
        id: of the task, the subscription or the job.
        name: of the task or of the message that is waited for; "" for automatic work.
        role, candidate: of a task; "" for what is none.
        assignee: who has the task; "" when nobody has.
        code: of the last failure; "" when nothing failed.
        revision: of the task; 0 for what is none.
        process_id, definition_id: what the instance runs.
    """

    cause: Cause
    since: datetime
    id: str
    business_key: str
    instance_id: str
    element_id: str
    name: str
    role: str
    candidate: str
    assignee: str
    opened_at: datetime
    due_at: datetime | None
    code: str
    revision: int
    process_id: str
    definition_id: str

    @property
    def is_task(self) -> bool:
        """Whether it is the task of a person."""
        return bool(self.candidate)


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for.

    Attributes:
        cases: a selection of one column: the business keys that count. The same object for the
            same cases makes a second look cheaper.
        unclaimed_since: a task that opened then or before, and that nobody took, counts as
            unclaimed; None when there is no norm.
        empty_groups: candidates that nobody stands in.
        gone: accounts that do not work any more.
        outside: roles of people outside: what they let wait is outside, not overdue.
        process_ids: of the processes that the instances run; none for all.
    """

    cases: Select[str]
    causes: frozenset[Cause] = frozenset(Cause)
    unclaimed_since: datetime | None = None
    empty_groups: Collection[str] = ()
    gone: Collection[str] = ()
    outside: Collection[str] = ()
    process_ids: Collection[str] = ()


# Written out, not bound: only then do the databases see that a partial index will do.
_IS_OPEN = user_task.c.status == literal_column("'open'")
_IS_FREE = user_task.c.assignee.is_(None)
# What is for one person need not be taken on: that person is asked, and nobody else.
_IS_FOR_A_GROUP = user_task.c.candidate.not_like("person:%")
_NOW = bindparam("moment", type_=Moment)
_LIMIT = bindparam("limit", type_=Integer)
_AFTER = tuple_(bindparam("after_since", type_=Moment), bindparam("after_id", type_=String))
_LAIN_SINCE = bindparam("unclaimed_since", type_=Moment)
_EMPTY_GROUPS = bindparam("empty_groups", type_=String, expanding=True)
_GONE = bindparam("gone", type_=String, expanding=True)
_OUTSIDE = bindparam("outside", type_=String, expanding=True)
_PROCESS_IDS = bindparam("process_ids", type_=String, expanding=True)


def find(
    uow: UnitOfWork, search: Search, *, after: tuple[datetime, str] | None = None, limit: int = PAGE
) -> tuple[Standstill, ...]:
    """What stands still, the longest standing first.

    Args:
        after: `since` and `id` of the last one of the page before; None for the first page.
    """
    query = _page(_Shape.of(search, is_first=after is None))
    if query is None:
        return ()
    values: dict[str, object] = {
        "moment": uow.now,
        "limit": limit,
        "unclaimed_since": search.unclaimed_since,
        "empty_groups": sorted(search.empty_groups),
        "gone": sorted(search.gone),
        "outside": sorted(search.outside),
        "process_ids": sorted(search.process_ids),
    }
    if after is not None:
        values |= {"after_since": after[0], "after_id": after[1]}
    rows = uow.connection.execute(query, values)
    return tuple(Standstill(Cause(row[0]), *row[1:]) for row in rows)


def waiting_groups(uow: UnitOfWork) -> tuple[str, ...]:
    """The groups that tasks wait for which nobody took, each once.

    It hops through the index from group to group: as many looks as there are groups, however many
    tasks each of them has.
    """
    return tuple(uow.connection.execute(_waiting_groups()).scalars())


@lru_cache(maxsize=1)
def _waiting_groups() -> Select[Any]:
    first = select(user_task.c.candidate).where(_IS_OPEN, _IS_FREE, _IS_FOR_A_GROUP)
    first = first.order_by(user_task.c.candidate, user_task.c.sort_at).limit(1)
    groups = select(first.subquery().c.candidate).cte("groups", recursive=True)
    following = first.where(user_task.c.candidate > groups.c.candidate).correlate(groups)
    hop = select(following.scalar_subquery()).where(groups.c.candidate.is_not(None))
    found = groups.union_all(hop)
    return select(found.c.candidate).where(found.c.candidate.is_not(None))


@dataclass(frozen=True, slots=True)
class _Shape:
    """What of a search makes another statement; all else are values in it."""

    cases: Select[str]
    causes: frozenset[Cause]
    has_norm: bool
    has_empty_groups: bool
    has_gone: bool
    has_processes: bool
    is_first: bool

    @classmethod
    def of(cls, search: Search, *, is_first: bool) -> "_Shape":
        return cls(
            cases=search.cases,
            causes=search.causes,
            has_norm=search.unclaimed_since is not None,
            has_empty_groups=bool(search.empty_groups),
            has_gone=bool(search.gone),
            has_processes=bool(search.process_ids),
            is_first=is_first,
        )


# One takes 0.4 MB: few are kept, for who looks again soon.
@lru_cache(maxsize=32)
def _page(shape: _Shape) -> Select[Any] | None:
    """The statement of a page; None when nothing can stand still."""
    branches = [select(branch.subquery()) for branch in _branches(shape)]
    if not branches:
        return None
    together = union_all(*branches).subquery("together")
    return (
        select(together, process_instance.c.process_id, process_instance.c.definition_id)
        .join(process_instance, process_instance.c.id == together.c.instance_id)
        .order_by(together.c.since, together.c.id)
        .limit(_LIMIT)
    )


def _branches(shape: _Shape) -> Iterator[Select[Any]]:
    """The longest standing of each cause by itself; nothing stands in two of them."""
    for cause, branch in _every(shape):
        if cause not in shape.causes:
            continue
        since, key = branch.selected_columns["since"], branch.selected_columns["id"]
        query = branch.order_by(since, key).limit(_LIMIT)
        yield query if shape.is_first else query.where(tuple_(since, key) > _AFTER)


def _every(shape: _Shape) -> Iterator[tuple[Cause, Select[Any]]]:
    """What there can be of each cause; what nothing can be is left out."""
    yield from _late(shape)
    yield Cause.OUTSIDE, _waits(shape)
    if shape.has_norm:
        yield Cause.UNCLAIMED, _unclaimed(shape)
    moved_at = func.coalesce(user_task.c.claimed_at, user_task.c.opened_at, type_=Moment)
    unheld = _tasks(shape, literal(Cause.UNHELD.value), moved_at)
    if shape.has_empty_groups:
        yield Cause.UNHELD, unheld.where(_is_in_an_empty_group())
    if shape.has_gone:
        yield Cause.UNHELD, unheld.where(user_task.c.assignee.in_(_GONE))
    yield Cause.FAILED, _failures(shape)


def _late(shape: _Shape) -> Iterator[tuple[Cause, Select[Any]]]:
    """Tasks past their term, of people of ours and of people outside; read once for both."""
    is_outside = user_task.c.role.in_(_OUTSIDE)
    is_inside = or_(user_task.c.role.is_(None), not_(is_outside))
    cause = case((is_outside, Cause.OUTSIDE.value), else_=Cause.OVERDUE.value)
    late = _tasks(shape, cause, user_task.c.sort_at).where(user_task.c.sort_at < _NOW, _is_held())
    if shape.causes >= {Cause.OVERDUE, Cause.OUTSIDE}:
        yield Cause.OVERDUE, late
    else:
        yield Cause.OVERDUE, late.where(is_inside)
        yield Cause.OUTSIDE, late.where(is_outside)


def _unclaimed(shape: _Shape) -> Select[Any]:
    return _tasks(shape, literal(Cause.UNCLAIMED.value), user_task.c.opened_at).where(
        _IS_FREE,
        _IS_FOR_A_GROUP,
        user_task.c.opened_at <= _LAIN_SINCE,
        # not `sort_at`: by that index the databases would read everything that is not late
        or_(user_task.c.due_at.is_(None), user_task.c.due_at >= _NOW),
        _is_held(),
    )


def _tasks(shape: _Shape, cause: ColumnElement[str], since: ColumnElement[datetime]) -> Select[Any]:
    columns = _columns(
        cause,
        since,
        user_task.c.id,
        user_task.c.business_key,
        user_task.c.instance_id,
        user_task.c.element_id,
        name=user_task.c.name,
        role=func.coalesce(user_task.c.role, ""),
        candidate=user_task.c.candidate,
        assignee=func.coalesce(user_task.c.assignee, ""),
        opened_at=user_task.c.opened_at,
        due_at=user_task.c.due_at,
        revision=user_task.c.revision,
    )
    counts = _counts(shape, user_task, user_task.c.business_key)
    return select(*columns).where(_IS_OPEN, *counts)


def _waits(shape: _Shape) -> Select[Any]:
    waits = message_subscription
    columns = _columns(
        literal(Cause.OUTSIDE.value),
        waits.c.due_at,
        waits.c.id,
        process_instance.c.business_key,
        waits.c.instance_id,
        waits.c.element_id,
        name=waits.c.name,
        opened_at=waits.c.opened_at,
        due_at=waits.c.due_at,
    )
    counts = _counts(shape, waits, process_instance.c.business_key)
    is_late = (waits.c.due_at.is_not(None), waits.c.due_at < _NOW)
    joined = waits.join(process_instance, process_instance.c.id == waits.c.instance_id)
    return select(*columns).select_from(joined).where(*is_late, *counts)


def _failures(shape: _Shape) -> Select[Any]:
    columns = _columns(
        literal(Cause.FAILED.value),
        incident.c.opened_at,
        incident.c.job_id,
        incident.c.business_key,
        incident.c.instance_id,
        incident.c.element_id,
        opened_at=incident.c.opened_at,
        code=incident.c.code,
    )
    return select(*columns).where(*_counts(shape, incident, incident.c.business_key))


def _columns(
    cause: ColumnElement[str],
    since: ColumnElement[datetime],
    key: ColumnElement[str],
    business_key: ColumnElement[str],
    instance_id: ColumnElement[str],
    element_id: ColumnElement[str],
    **others: ColumnElement[Any],
) -> list[ColumnElement[Any]]:
    """The columns of a Standstill, up to its process; what a cause does not have is empty."""
    empty: dict[str, ColumnElement[Any]] = {
        "name": literal(""),
        "role": literal(""),
        "candidate": literal("", Key),
        "assignee": literal(""),
        "opened_at": cast(null(), Moment),
        "due_at": cast(null(), Moment),
        "code": literal(""),
        "revision": literal(0, Integer),
    }
    first: dict[str, ColumnElement[Any]] = {
        "cause": cause,
        "since": since,
        "id": key,
        "business_key": business_key,
        "instance_id": instance_id,
        "element_id": element_id,
    }
    return [column.label(name) for name, column in {**first, **empty, **others}.items()]


def _counts(
    shape: _Shape, table: FromClause, business_key: ColumnElement[str]
) -> Iterator[ColumnElement[bool]]:
    """What holds of everything that is looked for: its case counts, and its process."""
    (number,) = shape.cases.selected_columns
    yield shape.cases.where(number == business_key).exists()
    if shape.has_processes:
        runs = process_instance.alias("runs")
        wanted = runs.c.process_id.in_(_PROCESS_IDS)
        yield select(runs.c.id).where(runs.c.id == table.c.instance_id, wanted).exists()


def _is_held() -> ColumnElement[bool]:
    """Whether somebody can do a task."""
    at_work = or_(_IS_FREE, user_task.c.assignee.not_in(_GONE))
    return and_(not_(_is_in_an_empty_group()), at_work)


def _is_in_an_empty_group() -> ColumnElement[bool]:
    return and_(_IS_FREE, user_task.c.candidate.in_(_EMPTY_GROUPS))
