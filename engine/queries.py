"""Lists of tasks, instances and timers: plain indexed columns, page after page, nothing counted.

A page begins after the last row of the page before it (keyset), so that the hundredth costs as much
as the first. Nothing here holds or opens personal data.
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Integer, Select, String, bindparam, literal_column, select, tuple_, union_all

from engine import instances, jobs, tasks
from engine.effects import NO_TERM
from engine.instances import ProcessInstance
from engine.jobs import Job
from engine.model import JobKind
from engine.storage.tables import JobStatus, Moment, job, process_instance, user_task
from engine.storage.unit_of_work import UnitOfWork
from engine.tasks import UserTask

PAGE = 50
LONGEST_LIST = 1000
GROUPS_AT_ONCE = 100

# Written out, not bound: only then do the databases see that the index of open tasks will do.
_IS_OPEN = user_task.c.status == literal_column("'open'")
_ORDER = (user_task.c.sort_at, user_task.c.id)
# With its type: a row of values takes none from the columns, and SQLite compares dates as text.
_IS_AFTER = tuple_(*_ORDER) > tuple_(
    bindparam("after_sort_at", type_=Moment), bindparam("after_id", type_=String)
)
_LIMIT = bindparam("limit", type_=Integer)
_OF_CASE = (
    select(*tasks.COLUMNS)
    .where(user_task.c.business_key == bindparam("business_key"))
    .limit(_LIMIT)
)
_OPEN_OF_CASE = _OF_CASE.where(_IS_OPEN).order_by(*_ORDER)
_ALL_OF_CASE = _OF_CASE.order_by(user_task.c.opened_at, user_task.c.id)
_INSTANCES_OF_CASE = (
    select(*instances.COLUMNS)
    .where(process_instance.c.business_key == bindparam("business_key"))
    .order_by(process_instance.c.started_at, process_instance.c.id)
    .limit(_LIMIT)
)
_TIMERS_OF_CASE = (
    select(*jobs.COLUMNS)
    .join_from(process_instance, job, job.c.instance_id == process_instance.c.id)
    .where(
        process_instance.c.business_key == bindparam("business_key"), job.c.kind == JobKind.TIMER
    )
    .order_by(job.c.due_at, job.c.id)
    .limit(_LIMIT)
)

_MOVING = (
    select(job.c.id)
    .join_from(process_instance, job, job.c.instance_id == process_instance.c.id)
    .where(
        process_instance.c.business_key == bindparam("business_key"),
        job.c.status == JobStatus.WAITING,
        job.c.attempts <= 1,
        job.c.due_at <= bindparam("moment", type_=Moment),
    )
    .limit(1)
)


def inbox(
    uow: UnitOfWork, groups: Collection[str], *, after: UserTask | None = None, limit: int = PAGE
) -> tuple[UserTask, ...]:
    """Open tasks that nobody has and one of *groups* may take, the first due first.

    Args:
        groups: candidates of tasks, "role@scope" or "person:<account id>".
        after: the last task of the page before; None for the first page.
    """
    found: list[UserTask] = []
    for some in _portions(sorted(set(groups))):
        values = {f"group_{number}": group for number, group in enumerate(some)}
        query = _inbox(len(some), is_first=after is None)
        rows = uow.connection.execute(query, {**values, **_from(after), "limit": limit})
        found += (UserTask(*row) for row in rows)
    return tuple(sorted(found, key=_place)[:limit])


def assigned(
    uow: UnitOfWork, account_id: str, *, after: UserTask | None = None, limit: int = PAGE
) -> tuple[UserTask, ...]:
    """Open tasks that this account has claimed or was given, the first due first."""
    query = _assigned(is_first=after is None)
    values = {"account_id": account_id, "limit": limit, **_from(after)}
    return tuple(UserTask(*row) for row in uow.connection.execute(query, values))


def open_tasks(uow: UnitOfWork, business_key: str) -> tuple[UserTask, ...]:
    """The open tasks of a case, the first due first."""
    values = {"business_key": business_key, "limit": LONGEST_LIST}
    return tuple(UserTask(*row) for row in uow.connection.execute(_OPEN_OF_CASE, values))


def tasks_of_case(
    uow: UnitOfWork, business_key: str, *, limit: int = LONGEST_LIST
) -> tuple[UserTask, ...]:
    """The tasks of a case, open and closed, in the order in which they opened."""
    values = {"business_key": business_key, "limit": limit}
    return tuple(UserTask(*row) for row in uow.connection.execute(_ALL_OF_CASE, values))


def instances_of_case(uow: UnitOfWork, business_key: str) -> tuple[ProcessInstance, ...]:
    """The process instances of a case, running and ended, in the order in which they started."""
    values = {"business_key": business_key, "limit": LONGEST_LIST}
    return tuple(
        ProcessInstance(*row) for row in uow.connection.execute(_INSTANCES_OF_CASE, values)
    )


def timers_of_case(uow: UnitOfWork, business_key: str) -> tuple[Job, ...]:
    """The timers that run in a case, the first due first."""
    values = {"business_key": business_key, "limit": LONGEST_LIST}
    return tuple(Job(*row) for row in uow.connection.execute(_TIMERS_OF_CASE, values))


def is_moving(uow: UnitOfWork, business_key: str) -> bool:
    """Whether a worker has something to do in a case now, so that it goes on by itself.

    What failed and waits for another try does not count.
    """
    values = {"business_key": business_key, "moment": uow.now}
    return uow.connection.execute(_MOVING, values).first() is not None


@lru_cache(maxsize=2 * GROUPS_AT_ONCE)
def _inbox(groups: int, *, is_first: bool) -> Select[Any]:
    """The first tasks of each group by itself, then the first of those.

    One list with `candidate IN (...)` would read and sort every open task of all groups.
    """
    firsts = [
        select(_first_of(f"group_{number}", is_first=is_first).subquery(f"of_{number}"))
        for number in range(groups)
    ]
    together = union_all(*firsts).subquery("together")
    columns = [together.c[column.name] for column in tasks.COLUMNS]
    ordered = select(*columns).order_by(together.c.sort_at, together.c.id)
    return ordered.limit(_LIMIT)


def _first_of(group: str, *, is_first: bool) -> Select[Any]:
    query = (
        select(*tasks.COLUMNS, user_task.c.sort_at)
        .where(_IS_OPEN, user_task.c.assignee.is_(None), user_task.c.candidate == bindparam(group))
        .order_by(*_ORDER)
        .limit(_LIMIT)
    )
    return query if is_first else query.where(_IS_AFTER)


@lru_cache(maxsize=2)
def _assigned(*, is_first: bool) -> Select[Any]:
    query = (
        select(*tasks.COLUMNS)
        .where(_IS_OPEN, user_task.c.assignee == bindparam("account_id"))
        .order_by(*_ORDER)
        .limit(_LIMIT)
    )
    return query if is_first else query.where(_IS_AFTER)


def _portions(groups: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(groups), GROUPS_AT_ONCE):
        yield groups[start : start + GROUPS_AT_ONCE]


def _from(after: UserTask | None) -> dict[str, object]:
    return (
        {}
        if after is None
        else dict(zip(("after_sort_at", "after_id"), _place(after), strict=True))
    )


def _place(task: UserTask) -> tuple[datetime, str]:
    """Where a task stands in a list, as its row is sorted."""
    return task.due_at or NO_TERM, task.id
