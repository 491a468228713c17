"""What a manager does so that a case goes on: remind, take back, give to a colleague, try again.

Whoever may give the tasks of a case to others may do each of these. None of them shows or changes
what is known in the case.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from engine import incidents, queries, tasks
from engine.errors import ConflictError, NotFoundError
from engine.storage.unit_of_work import UnitOfWork
from engine.tasks import LockedTask, UserTask
from webapp.casework import access, accounts, audit, cases, desk, notices, staffing, stuck
from webapp.casework.access import Action, Person, person_group
from webapp.casework.audit import Act
from webapp.casework.cases import CaseFile
from webapp.casework.settling import settle
from webapp.casework.stuck import REMINDER
from webapp.casework.tables import Stage

GIVEN = "taak_gekregen"
TAKEN = "taak_teruggelegd"


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who can do a task; *tasks* counts what they have in hand now, wherever it lies."""

    account_id: str
    name: str
    tasks: int


@dataclass(frozen=True, slots=True)
class GivingView:
    """A task to give, and to whom: who has the least in hand first.

    Attributes:
        holder: name of who has it now; "" when nobody has.
    """

    task: UserTask
    holder: str
    colleagues: tuple[Colleague, ...]


def view_giving(uow: UnitOfWork, person: Person, task_id: str) -> GivingView:
    """To whom a task can be given.

    Raises:
        NotFoundError: not_found; no such task for this person, or it is one person's alone.
        NotAllowedError: they see the task, but it is not theirs to give.
        ConflictError: task_completed or task_cancelled; carries who and when.
    """
    task, _, _ = desk.find_task(uow, person, task_id, Action.REASSIGN_TASK)
    _refuse_if_closed(task)
    _refuse_if_one_persons(task)
    names = staffing.of_group(uow, task.candidate)
    work = queries.work_in_hand(uow, names)
    others = [
        Colleague(account_id, name, work.get(account_id, 0))
        for account_id, name in names.items()
        if account_id != task.assignee
    ]
    holder = accounts.names(uow, {task.assignee}) if task.assignee else {}
    return GivingView(
        task=task,
        holder=holder.get(task.assignee or "", ""),
        colleagues=tuple(sorted(others, key=lambda one: one.tasks)),
    )


def give(
    uow: UnitOfWork, person: Person, task_id: str, account_id: str, *, revision: int
) -> UserTask:
    """Give a task to a colleague who can do it; who had it is told, and so is who has it now.

    What was typed stays with the task.

    Args:
        revision: the task's revision when the choice was shown.

    Raises:
        NotFoundError: not_found, as `view_giving`; account_not_found, it cannot be given to them.
        NotAllowedError: they see the task, but it is not theirs to give.
        ConflictError: task_completed, task_cancelled, task_claimed or task_changed; who and when.
    """
    task, case = _lock(uow, person, task_id, revision)
    _refuse_if_one_persons(task)
    if task.candidate not in accounts.get(uow, account_id).groups:
        raise NotFoundError("account_not_found", account_id=account_id)
    given = tasks.assign(uow, task, account_id)
    settle(uow, case, task.instance, Stage.IN_PROGRESS)
    _tell(uow, person, GIVEN, account_id, task)
    if task.assignee != account_id:
        _tell(uow, person, TAKEN, task.assignee, task)
    about = f"{task.id} {account_id}"
    audit.record(uow, Act.REASSIGN_TASK, case_number=case.number, object=about)
    return given


def take_back(uow: UnitOfWork, person: Person, task_id: str, *, revision: int) -> UserTask:
    """Lay a task back for all who may take it; who had it is told. What was typed stays with it.

    Raises:
        NotFoundError, NotAllowedError, ConflictError: as `give`.
    """
    task, case = _lock(uow, person, task_id, revision)
    _refuse_if_one_persons(task)
    free = tasks.assign(uow, task, None)
    _tell(uow, person, TAKEN, task.assignee, task)
    audit.record(uow, Act.REASSIGN_TASK, case_number=case.number, object=task.id)
    return free


def remind(uow: UnitOfWork, person: Person, task_id: str) -> UserTask:
    """Remind who has a task, or all who can take it, that it waits: once a day for each task.

    Raises:
        NotFoundError: not_found, no such task for this person.
        NotAllowedError: they see the task, but do not manage it.
        ConflictError: task_completed or task_cancelled; task_reminded, with when that was.
    """
    task, case = _lock(uow, person, task_id)
    last = stuck.last_reminders(uow, {task.id}).get(task.id)
    if not stuck.may_remind_again(last, uow.now):
        raise ConflictError("task_reminded", task_id=task.id, at=last)
    recipient = person_group(task.assignee) if task.assignee else task.candidate
    notices.send(uow, recipient, REMINDER, case_number=case.number, task_id=task.id)
    audit.record(uow, Act.REMIND_TASK, case_number=case.number, object=task.id)
    return task


def retry(uow: UnitOfWork, person: Person, job_id: str) -> None:
    """Let automatic work that failed too often be tried again, now.

    Raises:
        NotFoundError: not_found; nothing stands still here, or nothing this person may know of.
        NotAllowedError: they see the case, but do not manage it.
    """
    try:
        failed = incidents.get(uow, job_id)
    except NotFoundError:
        cases.find(uow, person, job_id)  # refuses after as many queries as a hidden one takes
        raise
    case = cases.get_if_any(uow, failed.business_key)
    if case is None:
        raise NotFoundError("not_found")
    access.require(person, Action.REASSIGN_TASK, cases.subject(uow, case))
    incidents.retry(uow, job_id)
    about = f"{failed.instance_id} {failed.element_id}"
    audit.record(uow, Act.RETRY_JOB, case_number=case.number, object=about, reason=failed.code)


def _lock(
    uow: UnitOfWork, person: Person, task_id: str, revision: int | None = None
) -> tuple[LockedTask, CaseFile]:
    """Take a task with its instance and its case, for who manages it.

    Who may not know of the task learns nothing of what happened to it either.
    """
    try:
        task = tasks.lock(uow, task_id, revision=revision)
    except NotFoundError:
        cases.find(uow, person, task_id)
        raise
    except ConflictError:
        desk.find_task(uow, person, task_id, Action.REASSIGN_TASK)
        raise
    case = cases.get_if_any(uow, task.business_key, lock=True)
    if case is None:
        raise NotFoundError("not_found")
    about = desk.of_task(cases.subject(uow, case), task)
    access.require(person, Action.REASSIGN_TASK, about)
    return task, case


def _refuse_if_closed(task: UserTask) -> None:
    if not task.is_open:
        values: Mapping[str, object] = {"by": task.completed_by, "at": task.completed_at}
        raise ConflictError(f"task_{task.status.value}", task_id=task.id, **values)


def _refuse_if_one_persons(task: UserTask) -> None:
    """What is asked of one person, the reporter, is nobody else's to answer."""
    if "@" not in task.candidate:
        raise NotFoundError("not_found")


def _tell(
    uow: UnitOfWork, person: Person, kind: str, account_id: str | None, task: UserTask
) -> None:
    """Tell a colleague what happened to a task; not who did it."""
    if account_id and account_id != person.id:
        recipient = person_group(account_id)
        notices.send(uow, recipient, kind, case_number=task.business_key, task_id=task.id)
