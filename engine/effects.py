"""What a step changes beside the row of its instance: tasks, jobs and subscriptions, as rows.

Everything that can be refused is refused by `prepare`, before `write` writes anything: one
statement for each kind of change, however many rows it has.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol, TypeAlias

from sqlalchemy import bindparam, delete, insert, select, update

from engine import definitions
from engine.model import (
    InstanceStatus,
    JobKind,
    NewJob,
    NewSubscription,
    OpenedTask,
    Step,
    Value,
    Variables,
)
from engine.storage import values
from engine.storage.tables import (
    JobStatus,
    TaskStatus,
    job,
    message_subscription,
    process_instance,
    user_task,
)
from engine.storage.unit_of_work import UnitOfWork

NO_TERM = datetime(9999, 1, 1, tzinfo=UTC)

Row: TypeAlias = dict[str, object]


class Sealer(Protocol):
    """What it takes to seal what is written for an instance."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def key_id(self) -> str:
        """The key of its case."""


class Owner(Sealer, Protocol):
    """What this module needs of the process instance that a row belongs to."""

    @property
    def definition_id(self) -> str:
        """The version it runs."""

    @property
    def business_key(self) -> str:
        """The number of its case."""


class Instance(Owner, Protocol):
    """What it needs of the instance that a step was taken in."""

    @property
    def caller_id(self) -> str | None:
        """The instance that called it."""

    @property
    def caller_key(self) -> str | None:
        """The key of the call there."""

    @property
    def caller_element_id(self) -> str | None:
        """The call activity there."""


@dataclass(frozen=True, slots=True)
class Effects:
    """Rows to write; none of them is wrong."""

    closed_tasks: list[Row]
    opened_tasks: list[Row]
    gone_jobs: list[Row]
    unheard_returns: list[Row]
    new_jobs: list[Row]
    closed_subscriptions: list[Row]
    opened_subscriptions: list[Row]


_CLOSE_TASKS = (
    update(user_task)
    .where(user_task.c.id == bindparam("task_id"))
    .values(
        status=bindparam("new_status"),
        completed_at=bindparam("moment"),
        completed_by=bindparam("actor_id"),
        revision=user_task.c.revision + 1,
        draft=None,
        draft_saved_at=None,
    )
)
_OPEN_TASKS = insert(user_task)
_DELETE_JOBS = delete(job).where(job.c.id == bindparam("job_id"))
# What came of a call that is withdrawn now: nobody is to hear it, nor to see it stand still.
_DELETE_RETURNS = delete(job).where(
    job.c.instance_id == bindparam("caller_id"),
    job.c.key == bindparam("call_key"),
    job.c.kind == JobKind.RETURN,
)
_INSERT_JOBS = insert(job)
_UNSUBSCRIBE = delete(message_subscription).where(
    message_subscription.c.id == bindparam("subscription_id")
)
_SUBSCRIBE = insert(message_subscription)
_CALLER = select(process_instance.c.id, process_instance.c.key_id, process_instance.c.status).where(
    process_instance.c.id == bindparam("id")
)


def prepare(uow: UnitOfWork, owner: Instance, step: Step, done_jobs: Collection[str]) -> Effects:
    """The rows of a step.

    Args:
        done_jobs: keys of the jobs that the step is the end of.

    Raises:
        StepError: a task opens in a lane that nobody stands for.
    """
    return Effects(
        closed_tasks=[
            {
                "task_id": row_id(owner, task.key),
                "new_status": TaskStatus(task.outcome.value),
                "moment": uow.now,
                "actor_id": uow.actor.id,
            }
            for task in step.closed_tasks
        ],
        opened_tasks=[_task_row(uow, owner, task) for task in step.opened_tasks],
        gone_jobs=[
            {"job_id": row_id(owner, key)}
            for key in (*done_jobs, *step.cancelled_jobs, *step.cancelled_calls)
        ],
        unheard_returns=[{"caller_id": owner.id, "call_key": key} for key in step.cancelled_calls],
        new_jobs=[
            *(_job_row(uow, owner, new) for new in step.new_jobs),
            *_thrown(uow, owner, step),
            *_called(uow, owner, step),
            *_returned(uow, owner, step),
        ],
        closed_subscriptions=[
            {"subscription_id": row_id(owner, key)} for key in step.closed_subscriptions
        ],
        opened_subscriptions=[
            _subscription_row(uow, owner, new, _term_of(uow, owner, new, step.new_jobs))
            for new in step.opened_subscriptions
        ],
    )


def write(uow: UnitOfWork, effects: Effects) -> None:
    """Write the rows, and wake a worker after the commit when there is work."""
    for statement, rows in (
        (_CLOSE_TASKS, effects.closed_tasks),
        (_OPEN_TASKS, effects.opened_tasks),
        (_DELETE_JOBS, effects.gone_jobs),
        (_DELETE_RETURNS, effects.unheard_returns),
        (_INSERT_JOBS, effects.new_jobs),
        (_UNSUBSCRIBE, effects.closed_subscriptions),
        (_SUBSCRIBE, effects.opened_subscriptions),
    ):
        if rows:
            uow.connection.execute(statement, rows)
    if effects.new_jobs:
        uow.wake_workers()


def row_id(owner: Sealer, key: str) -> str:
    """The id of the row of what the interpreter calls *key*."""
    return f"{owner.id}-{key}"


def signal_row(uow: UnitOfWork, listener: Owner, name: str, variables: Variables) -> Row:
    """The row of a job that brings a signal to one instance."""
    sent: dict[str, Value] = {"variables": variables, "is_for_one": True}
    return _sending_row(uow, listener, JobKind.SIGNAL, "", name, sent)


def beginning_row(
    uow: UnitOfWork, sender: Owner, name: str, variables: Variables, process_id: str
) -> Row:
    """The row of a job that begins a process with a signal; it lies with who threw it."""
    sent: dict[str, Value] = {"variables": variables, "begins": process_id}
    return _sending_row(uow, sender, JobKind.SIGNAL, "", name, sent)


def send(uow: UnitOfWork, rows: list[Row]) -> None:
    """Write rows of jobs, and wake a worker after the commit."""
    if rows:
        uow.connection.execute(_INSERT_JOBS, rows)
        uow.wake_workers()


def _task_row(uow: UnitOfWork, owner: Owner, task: OpenedTask) -> Row:
    role, candidate = definitions.candidate(uow, owner.definition_id, task.lane, task.variables)
    return {
        "id": row_id(owner, task.key),
        "instance_id": owner.id,
        "key": task.key,
        "process_id": task.process_id,
        "element_id": task.element_id,
        "name": task.name,
        "business_key": owner.business_key,
        "lane": task.lane,
        "role": role,
        "candidate": candidate,
        "form_key": task.form_key,
        "status": TaskStatus.OPEN,
        "revision": 1,
        "opened_at": uow.now,
        "due_at": task.due_at,
        "sort_at": task.due_at or NO_TERM,
    }


def _job_row(uow: UnitOfWork, owner: Owner, new: NewJob) -> Row:
    job_id = row_id(owner, new.key)
    return {
        "id": job_id,
        "instance_id": owner.id,
        "key": new.key,
        "kind": new.kind,
        "element_id": new.element_id,
        "topic": new.topic,
        "status": JobStatus.WAITING,
        "due_at": new.due_at,
        "next_try_at": new.due_at,
        "attempts": 0,
        "payload": _sealed(uow, owner, job_id, new.variables),
    }


def _thrown(uow: UnitOfWork, owner: Owner, step: Step) -> list[Row]:
    """Messages and signals become jobs: no step touches another instance."""
    rows = []
    for message in step.messages:
        sent: dict[str, Value] = {
            "correlation_key": message.correlation_key,
            "variables": message.variables,
        }
        rows.append(
            _sending_row(uow, owner, JobKind.MESSAGE, message.element_id, message.name, sent)
        )
    for signal in step.signals:
        sent = {"variables": signal.variables}
        rows.append(_sending_row(uow, owner, JobKind.SIGNAL, signal.element_id, signal.name, sent))
    return rows


def _called(uow: UnitOfWork, owner: Owner, step: Step) -> list[Row]:
    """Calls in another case, and the end of those that are withdrawn, are jobs too."""
    rows = []
    for call in step.new_calls:
        given: dict[str, Value] = {
            "correlation_key": call.business_key,
            "variables": call.variables,
        }
        row = _sending_row(
            uow, owner, JobKind.CALL, call.element_id, call.process_id, given, key=call.key
        )
        rows.append(row)
    for key in step.cancelled_calls:
        rows.append(_sending_row(uow, owner, JobKind.CANCEL_CALL, "", None, {}, key=key))
    return rows


def _returned(uow: UnitOfWork, owner: Instance, step: Step) -> list[Row]:
    """What a called instance tells its caller, while that is there to hear it."""
    has_ended = step.status != InstanceStatus.ACTIVE
    if owner.caller_id is None or not (has_ended or step.escalations):
        return []
    caller = uow.connection.execute(_CALLER, {"id": owner.caller_id}).one_or_none()
    if caller is None or caller.status != InstanceStatus.ACTIVE:
        return []
    told: dict[str, Value] = {"escalations": [each.code for each in step.escalations]}
    if has_ended:
        told |= {"outcome": step.status.value, "variables": step.result}
    if step.error is not None:
        told["error"] = {"code": step.error.code}
    element_id, key = owner.caller_element_id or "", owner.caller_key or ""
    return [_sending_row(uow, caller, JobKind.RETURN, element_id, None, told, key=key)]


def _sending_row(
    uow: UnitOfWork,
    owner: Sealer,
    kind: JobKind,
    element_id: str,
    name: str | None,
    sent: Variables,
    *,
    key: str = "",
) -> Row:
    # What is withdrawn together with its token is found by the key of that.
    job_id = row_id(owner, key) if kind == JobKind.CALL else uow.new_id()
    return {
        "id": job_id,
        "instance_id": owner.id,
        "key": key,
        "kind": kind,
        "element_id": element_id,
        "topic": name,
        "status": JobStatus.WAITING,
        "due_at": uow.now,
        "next_try_at": uow.now,
        "attempts": 0,
        "payload": _sealed(uow, owner, job_id, sent),
    }


def _sealed(uow: UnitOfWork, owner: Sealer, job_id: str, payload: Variables) -> bytes | None:
    if not payload:
        return None
    return uow.keyring.encrypt(
        owner.key_id, values.dump(payload), table="job", column="payload", row=job_id
    )


def _term_of(
    uow: UnitOfWork, owner: Owner, new: NewSubscription, new_jobs: Collection[NewJob]
) -> datetime | None:
    """When what is waited for should have come: when the first timer drawn on the waiting is due.

    A timer that does not interrupt is how a diagram says so of a receive task; it is gone once it
    has fired, and the waiting goes on.
    """
    timers = [each for each in new_jobs if each.kind == JobKind.TIMER]
    if not timers:
        return None
    elements = definitions.load(uow, owner.definition_id).elements
    drawn_on = {key: element.attached_to for key, element in elements.items()}
    due = [each.due_at for each in timers if drawn_on.get(each.element_id) == new.element_id]
    return min(due, default=None)


def _subscription_row(
    uow: UnitOfWork, owner: Owner, new: NewSubscription, due_at: datetime | None
) -> Row:
    return {
        "id": row_id(owner, new.key),
        "instance_id": owner.id,
        "key": new.key,
        "kind": new.kind,
        "element_id": new.element_id,
        "name": new.name,
        "correlation_key": new.correlation_key,
        "opened_at": uow.now,
        "due_at": due_at,
    }
