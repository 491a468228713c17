"""Lists of tasks, instances and timers: plain indexed columns, page after page, nothing counted.

A page begins after the last row of the page before it (keyset), so that the hundredth costs as much
as the first. Nothing here holds or opens personal data.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Integer,
    Select,
    String,
    bindparam,
    func,
    literal_column,
    select,
    tuple_,
    union_all,
)

from engine import instances, jobs, tasks
from engine.effects import NO_TERM
from engine.history import EventKind
from engine.instances import ProcessInstance
from engine.jobs import Job
from engine.model import InstanceStatus, JobKind, SubscriptionKind
from engine.storage.tables import (
    JobStatus,
    Moment,
    TaskStatus,
    history_event,
    job,
    message_subscription,
    process_instance,
    user_task,
)
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
_SENDS = (
    JobKind.MESSAGE,
    JobKind.SIGNAL,
    JobKind.CALL,
    JobKind.CANCEL_CALL,
    JobKind.RETURN,
)
_UNDER_WAY = (
    select(job.c.id)
    .join_from(process_instance, job, job.c.instance_id == process_instance.c.id)
    .where(process_instance.c.business_key == bindparam("business_key"), job.c.kind.in_(_SENDS))
    .limit(1)
)
_called = process_instance.alias("called")
_CALLED_BY = (
    select(*(_called.c[column.name] for column in instances.COLUMNS))
    .join_from(process_instance, _called, _called.c.caller_id == process_instance.c.id)
    .where(
        process_instance.c.business_key == bindparam("business_key"),
        _called.c.status == InstanceStatus.ACTIVE,
    )
    .order_by(_called.c.started_at, _called.c.id)
    .limit(_LIMIT)
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


def is_under_way(uow: UnitOfWork, business_key: str) -> bool:
    """Whether something that was sent in a case has not arrived yet, failed tries included.

    A message, a signal, a call in another case or what came of it: while one is there the case is
    not done, even when all its instances have ended.
    """
    found = uow.connection.execute(_UNDER_WAY, {"business_key": business_key})
    return found.first() is not None


def calls_of_case(uow: UnitOfWork, business_key: str) -> tuple[ProcessInstance, ...]:
    """The instances that run in other cases and that an instance of this case waits for."""
    values = {"business_key": business_key, "limit": LONGEST_LIST}
    return tuple(ProcessInstance(*row) for row in uow.connection.execute(_CALLED_BY, values))


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


# --- cases -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Run:
    """A process instance as lists of a case show it, without its state."""

    id: str
    process_id: str
    definition_id: str
    business_key: str
    status: InstanceStatus
    history_length: int
    started_at: datetime
    ended_at: datetime | None
    caller_id: str | None

    @property
    def is_active(self) -> bool:
        """Whether it still runs."""
        return self.status == InstanceStatus.ACTIVE


@dataclass(frozen=True, slots=True)
class AtWork:
    """Who has, or had, a task of a case: the group it was for, and the accounts that took it."""

    business_key: str
    status: TaskStatus
    candidate: str
    assignee: str | None
    completed_by: str | None


@dataclass(frozen=True, slots=True)
class Awaited:
    """A message that a running instance waits for."""

    name: str
    instance_id: str
    definition_id: str


@dataclass(frozen=True, slots=True)
class Passed:
    """How often an element of an instance went through a kind of event."""

    element_id: str
    kind: EventKind
    times: int


_RUN_COLUMNS = tuple(process_instance.c[each.name] for each in fields(Run))
_RUNS = (
    select(*_RUN_COLUMNS)
    .where(process_instance.c.business_key.in_(bindparam("business_keys", expanding=True)))
    .order_by(process_instance.c.started_at, process_instance.c.id)
    .limit(_LIMIT)
)
_RUNNING = (
    select(process_instance.c.id)
    .where(
        process_instance.c.business_key == bindparam("business_key"),
        process_instance.c.status == InstanceStatus.ACTIVE,
    )
    .limit(1)
)
_AT_WORK = (
    select(*(user_task.c[each.name] for each in fields(AtWork)))
    .where(
        user_task.c.business_key.in_(bindparam("business_keys", expanding=True)),
        user_task.c.status != TaskStatus.CANCELLED,
    )
    .distinct()
)
_OF_PERSON = (
    select(user_task.c.business_key, user_task.c.id)
    .where(
        user_task.c.business_key.in_(bindparam("business_keys", expanding=True)),
        _IS_OPEN,
        user_task.c.candidate == bindparam("candidate"),
    )
    .order_by(user_task.c.opened_at.desc(), user_task.c.id.desc())
)
_OPEN_OF_INSTANCES = (
    select(*tasks.COLUMNS)
    .where(_IS_OPEN, user_task.c.instance_id.in_(bindparam("instance_ids", expanding=True)))
    .order_by(*_ORDER)
    .limit(_LIMIT)
)
_OPEN_OF_CASES = (
    select(*tasks.COLUMNS)
    .where(_IS_OPEN, user_task.c.business_key.in_(bindparam("business_keys", expanding=True)))
    .order_by(*_ORDER)
    .limit(_LIMIT)
)
_AWAITED = (
    select(
        message_subscription.c.name,
        message_subscription.c.instance_id,
        process_instance.c.definition_id,
    )
    .join_from(
        process_instance,
        message_subscription,
        message_subscription.c.instance_id == process_instance.c.id,
    )
    .where(
        process_instance.c.business_key == bindparam("business_key"),
        message_subscription.c.kind == SubscriptionKind.MESSAGE,
    )
    .order_by(message_subscription.c.opened_at, message_subscription.c.id)
    .limit(_LIMIT)
)
_callers = process_instance.alias("callers")
_CALLERS = (
    select(_callers.c.business_key, func.max(process_instance.c.started_at).label("last"))
    .join_from(process_instance, _callers, process_instance.c.caller_id == _callers.c.id)
    .where(process_instance.c.business_key == bindparam("business_key"))
    .group_by(_callers.c.business_key)
    .order_by(literal_column("last").desc(), _callers.c.business_key)
    .limit(_LIMIT)
)
_CALLED_FROM = (
    select(*(_called.c[each.name] for each in fields(Run)))
    .join_from(process_instance, _called, _called.c.caller_id == process_instance.c.id)
    .where(
        process_instance.c.business_key == bindparam("business_key"),
        _called.c.business_key != bindparam("business_key"),
    )
    .order_by(_called.c.started_at, _called.c.id)
    .limit(_LIMIT)
)
_TALLY = (
    select(
        process_instance.c.definition_id,
        func.count().filter(process_instance.c.ended_at.is_(None)),
        func.count().filter(process_instance.c.ended_at.is_not(None)),
    )
    .where(process_instance.c.caller_id.is_(None))
    .group_by(process_instance.c.definition_id)
)
_PASSED = (
    select(history_event.c.element_id, history_event.c.kind, func.count().label("times"))
    .add_columns(func.min(history_event.c.number).label("first"))
    .where(
        history_event.c.instance_id == bindparam("instance_id"),
        history_event.c.process_id == bindparam("process_id"),
        history_event.c.element_id.is_not(None),
    )
    .group_by(history_event.c.element_id, history_event.c.kind)
    .order_by("first")
)


def runs(uow: UnitOfWork, business_keys: Collection[str]) -> tuple[Run, ...]:
    """The instances of several cases, running and ended, in the order in which they started."""
    values = {"business_keys": sorted(set(business_keys)), "limit": LONGEST_LIST}
    return tuple(Run(*row) for row in uow.connection.execute(_RUNS, values))


def is_running(uow: UnitOfWork, business_key: str) -> bool:
    """Whether an instance of a case has not ended yet."""
    found = uow.connection.execute(_RUNNING, {"business_key": business_key})
    return found.first() is not None


def at_work(uow: UnitOfWork, business_keys: Collection[str]) -> tuple[AtWork, ...]:
    """Who has or had the tasks of several cases; those that were withdrawn do not count."""
    values = {"business_keys": sorted(set(business_keys))}
    return tuple(AtWork(*row) for row in uow.connection.execute(_AT_WORK, values))


def tasks_for(uow: UnitOfWork, candidate: str, business_keys: Collection[str]) -> dict[str, str]:
    """By case the id of the open task that is for *candidate*, the first that opened."""
    values = {"candidate": candidate, "business_keys": sorted(set(business_keys))}
    found = uow.connection.execute(_OF_PERSON, values) if business_keys else ()
    return {row.business_key: row.id for row in found}


def open_tasks_of_cases(uow: UnitOfWork, business_keys: Collection[str]) -> tuple[UserTask, ...]:
    """The open tasks of several cases, what is due first before the rest."""
    values = {"business_keys": sorted(set(business_keys)), "limit": LONGEST_LIST}
    found = uow.connection.execute(_OPEN_OF_CASES, values) if business_keys else ()
    return tuple(UserTask(*row) for row in found)


def open_tasks_of(uow: UnitOfWork, instance_ids: Collection[str]) -> tuple[UserTask, ...]:
    """The open tasks of several instances, the first due first."""
    values = {"instance_ids": sorted(set(instance_ids)), "limit": LONGEST_LIST}
    found = uow.connection.execute(_OPEN_OF_INSTANCES, values) if instance_ids else ()
    return tuple(UserTask(*row) for row in found)


def awaited(uow: UnitOfWork, business_key: str) -> tuple[Awaited, ...]:
    """The messages that instances of a case wait for, the longest waiting first."""
    values = {"business_key": business_key, "limit": LONGEST_LIST}
    return tuple(Awaited(*row) for row in uow.connection.execute(_AWAITED, values))


def callers_of_case(uow: UnitOfWork, business_key: str) -> tuple[str, ...]:
    """The cases that called something in this one, the last that did first."""
    values = {"business_key": business_key, "limit": LONGEST_LIST}
    return tuple(row.business_key for row in uow.connection.execute(_CALLERS, values))


def passed(uow: UnitOfWork, instance_id: str, process_id: str) -> tuple[Passed, ...]:
    """What happened to elements of an instance, counted by the database, the first one first.

    Args:
        process_id: of the instance, or one that it calls within itself.
    """
    values = {"instance_id": instance_id, "process_id": process_id}
    return tuple(
        Passed(row.element_id, EventKind(row.kind), row.times)
        for row in uow.connection.execute(_PASSED, values)
    )


def called_from_case(uow: UnitOfWork, business_key: str) -> tuple[Run, ...]:
    """The instances, running and ended, that this case called in others, the first begun first."""
    values = {"business_key": business_key, "limit": LONGEST_LIST}
    return tuple(Run(*row) for row in uow.connection.execute(_CALLED_FROM, values))


# --- people ----------------------------------------------------------------------------------


_OPEN_OF_ACCOUNTS = (
    select(user_task.c.assignee, func.count())
    .where(_IS_OPEN, user_task.c.assignee.in_(bindparam("account_ids", expanding=True)))
    .group_by(user_task.c.assignee)
)


def work_in_hand(uow: UnitOfWork, account_ids: Collection[str]) -> dict[str, int]:
    """How many open tasks each account has; who has none is left out."""
    values = {"account_ids": sorted(set(account_ids))}
    found = uow.connection.execute(_OPEN_OF_ACCOUNTS, values) if account_ids else ()
    return {row[0]: row[1] for row in found}


def tally(uow: UnitOfWork) -> tuple[tuple[str, int, int], ...]:
    """Of each version of a process its id, how many instances run and how many ended.

    What another instance called counts with its caller.
    """
    return tuple((row[0], row[1], row[2]) for row in uow.connection.execute(_TALLY))
