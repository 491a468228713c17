"""User tasks: who has them, what was typed so far, and completing them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import TypeAlias

import orjson
from sqlalchemy import bindparam, select, update

from engine import definitions, instances
from engine.bpmn import interpreter
from engine.errors import ConflictError, NotFoundError
from engine.forms import Form
from engine.history import EventKind, NewEvent
from engine.instances import ProcessInstance
from engine.model import CompleteTask, Variables
from engine.storage.tables import TaskStatus, process_instance, user_task
from engine.storage.unit_of_work import UnitOfWork

# What a form holds before it is checked: JSON.
Typed: TypeAlias = "bool | int | float | str | list[Typed] | dict[str, Typed] | None"


@dataclass(frozen=True, slots=True)
class UserTask:
    """A user task, as lists show it. It holds no personal data.

    Attributes:
        key: names its token inside the instance.
        business_key: pseudonymous number of the case.
        role: the role its lane stands for.
        candidate: who may take it: "role@scope" or "person:<account id>".
        revision: rises with every change; a form carries the one it was shown with.
        assignee: who has claimed it.
        draft_saved_at: when something typed was kept; None when nothing is.
    """

    id: str
    instance_id: str
    key: str
    process_id: str
    element_id: str
    name: str
    business_key: str
    lane: str | None
    role: str | None
    candidate: str
    form_key: str | None
    status: TaskStatus
    revision: int
    assignee: str | None
    claimed_at: datetime | None
    opened_at: datetime
    due_at: datetime | None
    completed_at: datetime | None
    completed_by: str | None
    draft_saved_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether it still waits."""
        return self.status == TaskStatus.OPEN


@dataclass(frozen=True, slots=True)
class LockedTask(UserTask):
    """A user task whose instance is locked until the commit."""

    instance: ProcessInstance = field(kw_only=True, repr=False)


# The columns of a UserTask, in its order: `UserTask(*row)`.
COLUMNS = tuple(user_task.c[each.name] for each in fields(UserTask))

# The instance stands first, so that it is locked first, as in every other act.
_LOCK = (
    select(*instances.COLUMNS, *COLUMNS)
    .join_from(process_instance, user_task, user_task.c.instance_id == process_instance.c.id)
    .where(user_task.c.id == bindparam("task_id"))
    .with_for_update(of=[process_instance, user_task], key_share=True)
)
_GET = select(*COLUMNS).where(user_task.c.id == bindparam("task_id"))
_DRAFT = (
    select(user_task.c.draft, process_instance.c.key_id)
    .join_from(user_task, process_instance, user_task.c.instance_id == process_instance.c.id)
    .where(user_task.c.id == bindparam("task_id"))
)
_ASSIGN = (
    update(user_task)
    .where(user_task.c.id == bindparam("task_id"))
    .values(
        assignee=bindparam("account_id"),
        claimed_at=bindparam("moment"),
        revision=user_task.c.revision + 1,
    )
)
_SAVE_DRAFT = (
    update(user_task)
    .where(user_task.c.id == bindparam("task_id"))
    .values(draft=bindparam("sealed"), draft_saved_at=bindparam("moment"))
)


def get(uow: UnitOfWork, task_id: str) -> UserTask:
    """A user task, open or not, to look at.

    Raises:
        NotFoundError: task_not_found.
    """
    row = uow.connection.execute(_GET, {"task_id": task_id}).one_or_none()
    if row is None:
        raise NotFoundError("task_not_found", task_id=task_id)
    return UserTask(*row)


def lock(uow: UnitOfWork, task_id: str, *, revision: int | None = None) -> LockedTask:
    """Take an open user task, with its instance locked until the commit.

    Args:
        revision: the task's revision when the form was shown; None when any will do.

    Raises:
        NotFoundError: task_not_found.
        ConflictError: task_completed, task_cancelled, task_claimed or task_changed since; carries
            who and when.
    """
    row = uow.connection.execute(_LOCK, {"task_id": task_id}).one_or_none()
    if row is None:
        raise NotFoundError("task_not_found", task_id=task_id)
    size = len(instances.COLUMNS)
    task = LockedTask(*row[size:], instance=ProcessInstance(*row[:size]))
    if not task.is_open:
        raise ConflictError(
            f"task_{task.status.value}",
            task_id=task.id,
            by=task.completed_by,
            at=task.completed_at,
        )
    if revision is not None and task.revision != revision:
        _refuse_if_claimed(uow, task)
        raise ConflictError("task_changed", task_id=task.id, revision=task.revision)
    return task


def claim(uow: UnitOfWork, task: LockedTask) -> LockedTask:
    """Make the actor the one who works on a locked task; twice is once. Gives it as it is then.

    Raises:
        ConflictError: task_claimed by someone else; carries who and when.
    """
    _refuse_if_claimed(uow, task)
    if task.assignee is not None:
        return task
    return _give(uow, task, uow.actor.id, EventKind.TASK_CLAIMED)


def release(uow: UnitOfWork, task: LockedTask) -> LockedTask:
    """Let the candidates of a locked task have it again; its draft stays.

    Raises:
        ConflictError: task_claimed by someone else.
    """
    _refuse_if_claimed(uow, task)
    if task.assignee is None:
        return task
    return _give(uow, task, None, EventKind.TASK_RELEASED)


def assign(uow: UnitOfWork, task: LockedTask, account_id: str | None) -> LockedTask:
    """Give a locked task to someone, or to nobody, whoever has it now."""
    if task.assignee == account_id:
        return task
    return _give(uow, task, account_id, EventKind.TASK_ASSIGNED)


def complete(uow: UnitOfWork, task: LockedTask, variables: Variables) -> ProcessInstance:
    """Complete a locked user task and move its process instance on.

    Args:
        variables: process variables the form may set, already validated. No personal data:
            that belongs to the case.

    Raises:
        ConflictError: task_claimed by someone else; carries who and when.
        StepError: the instance cannot go on; nothing has happened.

    Source: BPMN 2.0.2 (OMG formal/2013-12-09), 13.3.3 Task.
    """
    _refuse_if_claimed(uow, task)
    return instances.step(uow, task.instance, CompleteTask(task.key, variables))


def variables(uow: UnitOfWork, task: LockedTask | UserTask) -> Variables:
    """The process variables as the task sees them."""
    instance = (
        task.instance if isinstance(task, LockedTask) else instances.get(uow, task.instance_id)
    )
    definition = definitions.load(uow, instance.definition_id)
    return interpreter.task_variables(definition, instances.state(uow, instance), task.key)


def form(uow: UnitOfWork, task: LockedTask | UserTask) -> Form | None:
    """The form of the task in the version its instance runs; None when it is only confirmed."""
    if task.form_key is None:
        return None
    instance = (
        task.instance if isinstance(task, LockedTask) else instances.get(uow, task.instance_id)
    )
    return definitions.form(uow, instance.definition_id, task.form_key)


def save_draft(uow: UnitOfWork, task: LockedTask, typed: Mapping[str, Typed]) -> None:
    """Keep what was typed in the form of a locked task, encrypted, until it is completed.

    Raises:
        ConflictError: task_claimed by someone else.
    """
    _refuse_if_claimed(uow, task)
    sealed = uow.keyring.encrypt(
        task.instance.key_id,
        orjson.dumps(dict(typed)),
        table="user_task",
        column="draft",
        row=task.id,
    )
    uow.connection.execute(_SAVE_DRAFT, {"task_id": task.id, "sealed": sealed, "moment": uow.now})


def draft(uow: UnitOfWork, task: UserTask) -> dict[str, Typed] | None:
    """What was kept of the form of a task; None when nothing was."""
    if task.draft_saved_at is None:
        return None
    row = uow.connection.execute(_DRAFT, {"task_id": task.id}).one()
    if row.draft is None:
        return None
    content = uow.keyring.decrypt(
        row.key_id, row.draft, table="user_task", column="draft", row=task.id
    )
    typed: dict[str, Typed] = orjson.loads(content)
    return typed


def _refuse_if_claimed(uow: UnitOfWork, task: UserTask) -> None:
    if task.assignee not in (None, uow.actor.id):
        raise ConflictError("task_claimed", task_id=task.id, by=task.assignee, at=task.claimed_at)


def _give(uow: UnitOfWork, task: LockedTask, account_id: str | None, kind: EventKind) -> LockedTask:
    moment = uow.now if account_id is not None else None
    uow.connection.execute(
        _ASSIGN, {"task_id": task.id, "account_id": account_id, "moment": moment}
    )
    event = NewEvent(kind, task.process_id, task.element_id, account_id)
    return replace(
        task,
        assignee=account_id,
        claimed_at=moment,
        revision=task.revision + 1,
        instance=instances.note(uow, task.instance, event),
    )
