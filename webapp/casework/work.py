"""Acts that change a case: each reads as a sentence, and all of it happens or nothing does.

They take the transaction and the person first, lock what moves, ask access once, let the engine
take its step, write what belongs to the case, and record who did it. What may only be looked at is
in `desk` and `views`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import TypeVar

from engine import (
    calls,
    definitions,
    instances,
    messages,
    queries,
    submissions,
    tasks,
)
from engine.errors import ConflictError, FieldProblem, InvalidInputError, NotFoundError
from engine.forms import Form, RawValues
from engine.forms.answers import Answer, check
from engine.forms.fields import Field, Rules
from engine.instances import ProcessInstance
from engine.model import Value, Variables
from engine.storage import values as stored
from engine.storage.unit_of_work import UnitOfWork
from engine.tasks import LockedTask, Typed, UserTask
from engine.timers import AMSTERDAM
from webapp.casework import access, arrivals, audit, cases, desk, regions, views
from webapp.casework.access import Action, Person, Subject
from webapp.casework.audit import Act
from webapp.casework.cases import CaseFile, Section
from webapp.casework.labels import ADDITIONS
from webapp.casework.regions import Municipality
from webapp.casework.roles import Regime
from webapp.casework.settling import settle
from webapp.casework.tables import Stage

LONGEST_ADDITION = 4000
REPORTED = "signal_core"
_ADDITION = (
    Field(
        "text",
        "text",
        "textarea",
        rules=Rules(required=True, max_length=LONGEST_ADDITION),
        is_input=True,
    ),
)

Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True)
class Completed:
    """What came of completing a task.

    Attributes:
        next_task_id: the task of the same case that it opened and that is theirs now, so that they
            just go on; None when the work is someone else's.
        goes_on: whether automatic work follows first, after which `take_next` may find more.
    """

    case_number: str
    next_task_id: str | None
    goes_on: bool = False


def once(act: Callable[[], Outcome]) -> Outcome:
    """Do an act with a submission id; when the same was done at the same moment, give its outcome.

    Args:
        act: opens a unit of work of its own and carries the submission id.
    """
    try:
        return act()
    except ConflictError as error:
        if error.code != "submission_repeated":
            raise
    return act()


def start_case(
    uow: UnitOfWork, person: Person, key: str, values: RawValues, *, submission: str
) -> CaseFile:
    """Begin a case with a starting form; the same submission twice gives the same case.

    Args:
        key: of the Starter.
        values: as `Form.read` gives them; the answer `gemeente` says where the case lies.
        submission: the random id of the rendered form.

    Raises:
        NotFoundError: not_found, no such form for this person.
        InvalidInputError: with everything that is wrong in the form.
        ConflictError: submission_repeated, see `once`; submission_differs, this form was sent
            before with other answers, as the case of `case_number`.
    """
    content = stored.dump(values)
    done = _done_before(uow, submission, content)
    if done is not None:
        return cases.get(uow, done["case_number"])
    opened = desk.open_starter(uow, person, key)
    answer = opened.starter.form.check(values, opened.variables)
    place = _place(uow, answer)
    manifest = definitions.manifest(uow, opened.starter.definition_id)
    assert manifest is not None  # a starting form stands in one
    case = cases.create(
        uow,
        regime=Regime(manifest.regime or ""),
        municipality=place,
        reporter=person.id,
        prefix=manifest.number_prefix or "",
    )
    instance = instances.start(
        uow,
        opened.starter.process_id,
        variables={
            **answer.process_values,
            **arrivals.variables_of(case),
            "herkomst": None,
            "melder": person.id,
        },
        business_key=case.number,
        key_id=case.key_id,
        message=opened.starter.message,
        calendar=case.region,
    )
    case = cases.belongs_to(uow, case, instance.id)
    cases.record(uow, case, answer.case_values, present={})
    case = settle(uow, case, instance, Stage.RECEIVED)
    audit.record(uow, Act.REPORT_SIGNAL, case_number=case.number, object=instance.id)
    submissions.remember(uow, submission, {"case_number": case.number}, content)
    return case


def claim_task(uow: UnitOfWork, person: Person, task_id: str, *, revision: int) -> UserTask:
    """Take a task on, so that colleagues see with whom it is; twice is once.

    Args:
        revision: the task's revision when the button was shown.

    Raises:
        NotFoundError: not_found.
        NotAllowedError: they see the task, but it is not theirs to take.
        ConflictError: task_claimed, task_completed, task_cancelled or task_changed; who and when.
    """
    task, case, _ = _lock(uow, person, task_id, Action.CLAIM_TASK, revision)
    claimed = tasks.claim(uow, task)
    settle(uow, case, task.instance, Stage.IN_PROGRESS)
    audit.record(uow, Act.CLAIM_TASK, case_number=case.number, object=task.id)
    return claimed


def release_task(uow: UnitOfWork, person: Person, task_id: str, *, revision: int) -> UserTask:
    """Give a task back to all who may take it; what was typed stays with it.

    Raises:
        NotFoundError, NotAllowedError, ConflictError: as `claim_task`.
    """
    task, case, _ = _lock(uow, person, task_id, Action.RELEASE_TASK, revision)
    released = tasks.release(uow, task)
    audit.record(uow, Act.RELEASE_TASK, case_number=case.number, object=task.id)
    return released


def save_draft(uow: UnitOfWork, person: Person, task_id: str, values: Mapping[str, Typed]) -> None:
    """Keep what was typed, right or wrong, until the task is completed.

    Args:
        values: as `Form.draft` gives them.

    Raises:
        NotFoundError, NotAllowedError, ConflictError: as `claim_task`.
    """
    task, case, _ = _lock(uow, person, task_id, Action.COMPLETE_TASK, None)
    tasks.save_draft(uow, task, values)
    audit.record(uow, Act.SAVE_DRAFT, case_number=case.number, object=task.id)


def complete_task(
    uow: UnitOfWork,
    person: Person,
    task_id: str,
    values: RawValues,
    *,
    revision: int,
    submission: str,
) -> Completed:
    """Complete a task with its form: what it says goes to the case, and the process goes on.

    Args:
        values: as `Form.read` gives them; empty for a task that is only confirmed.
        revision: the task's revision when the form was shown.
        submission: the random id of the rendered form; twice has one effect and one outcome.

    Raises:
        NotFoundError, NotAllowedError, ConflictError: as `claim_task`.
        InvalidInputError: with everything that is wrong in the form.
        StepError: the process cannot go on; nothing has happened.
    """
    try:
        task, case, about = _lock(uow, person, task_id, Action.COMPLETE_TASK, revision)
    except ConflictError:
        done = submissions.find(uow, submission, stored.dump(values))
        if done is None or not done.is_same:
            raise
        return Completed(done.outcome["case_number"], done.outcome.get("next_task_id"))
    known = cases.known(uow, case)
    answer = _answer(uow, task, values)
    written = _without_blind_clearing(person, about, known, answer)
    instance = tasks.complete(uow, task, answer.process_values)
    cases.record(uow, case, written, present=known)
    next_id = _go_on(uow, person, case, about, instance)
    settle(uow, case, instance, Stage.IN_PROGRESS)
    touched = " ".join(filter(None, (task.id, *sorted(written), next_id)))
    audit.record(uow, Act.COMPLETE_TASK, case_number=case.number, object=touched)
    outcome = {"case_number": case.number} | ({"next_task_id": next_id} if next_id else {})
    submissions.remember(uow, submission, outcome, stored.dump(values))
    goes_on = next_id is None and _goes_on(uow, case, instance)
    return Completed(case.number, next_id, goes_on)


def take_next(uow: UnitOfWork, person: Person, number: str) -> str | None:
    """Claim for someone who just did a task what the work asks of them next; gives its id.

    For when automatic work stands between the two: only a task that opened after the last one they
    completed in this case counts. In a meeting the next may lie in the case of its next item.
    """
    done = [
        task
        for task in queries.tasks_of_case(uow, number)
        if task.completed_by == person.id and task.completed_at is not None
    ]
    if not done:
        return None
    last = max(done, key=lambda task: (task.completed_at or uow.now, task.id))
    for near in (number, *_near(uow, last)):
        task_id = _take_one(uow, person, near, since=last)
        if task_id is not None:
            return task_id
    return None


def receive_message(
    uow: UnitOfWork, name: str, correlation_key: str | None, variables: Variables
) -> ProcessInstance:
    """Take a message from outside: for who waits for it, or to begin a case with.

    Args:
        correlation_key: as `messages.correlate` takes it, such as the number of a case.
        variables: where nobody waits, `gemeente` or `huis` says where the case lies.

    Raises:
        NotFoundError: message_not_awaited; municipality_not_found, house_not_found.
        InvalidInputError: it says no place.
        StepError: the process cannot go on; nothing has happened.
    """
    moved = messages.correlate(uow, name, correlation_key, variables, begin=arrivals.begin)
    case = cases.get_if_any(uow, moved.business_key, lock=True)
    if case is not None:
        settle(uow, case, moved, case.stage)
    number = case.number if case else None
    audit.record(uow, Act.RECEIVE_MESSAGE, case_number=number, object=f"{moved.id} {name}")
    return moved


def report_event(
    uow: UnitOfWork,
    person: Person,
    number: str,
    message: str,
    values: RawValues,
    *,
    submission: str,
) -> CaseFile:
    """Tell a case what has happened: its process takes it as a message.

    Args:
        message: name of the message, as the manifest lists it under `[events]`.
        values: as `Form.read` gives them; empty for an event without form.
        submission: the random id of the rendered form; twice has one effect.

    Raises:
        NotFoundError: not_found, no such case or event for this person.
        InvalidInputError: with everything that is wrong in the form.
        ConflictError: event_not_awaited, the case does not wait for it any more;
            submission_differs, as `start_case`.
        StepError: the process cannot go on; nothing has happened.
    """
    content = stored.dump({"event": message, "values": values})
    done = _done_before(uow, submission, content)
    if done is not None:
        return cases.get(uow, done["case_number"])
    opened = desk.open_event(uow, person, number, message)
    instance = instances.lock(uow, opened.instance_id)
    case = cases.get_if_any(uow, number, lock=True) or opened.case
    answer = _filled_in(opened.form, values, opened.variables)
    known = cases.known(uow, case)
    written = _without_blind_clearing(person, cases.subject(uow, case), known, answer)
    cases.record(uow, case, written, present=known)
    try:
        moved = messages.send_to(uow, instance, message, answer.process_values)
    except NotFoundError:
        raise ConflictError("event_not_awaited", case_number=number) from None
    case = settle(uow, case, moved, Stage.IN_PROGRESS)
    about = " ".join((moved.id, message, *sorted(written)))
    audit.record(uow, Act.REPORT_EVENT, case_number=number, object=about)
    submissions.remember(uow, submission, {"case_number": number}, content)
    return case


def add_to_report(
    uow: UnitOfWork, person: Person, number: str, text: str, *, submission: str
) -> CaseFile:
    """The reporter adds something of their own accord; who works on it is told by the process.

    Raises:
        NotFoundError: not_found, no such report of theirs.
        InvalidInputError: nothing was written, or too much.
        ConflictError: addition_not_awaited, the report takes nothing any more;
            submission_differs, as `start_case`.
    """
    done = _done_before(uow, submission, text.strip().encode())
    if done is not None:
        return cases.get(uow, done["case_number"])
    found, _ = cases.find(uow, person, number, Action.VIEW_REPORT)
    addition = _addition(text)
    assert found.instance_id is not None
    instance = instances.lock(uow, found.instance_id)
    case = cases.get_if_any(uow, number, lock=True) or found
    try:
        moved = messages.send_to(uow, instance, views.ADDITION_MESSAGE, {})
    except NotFoundError:
        raise ConflictError("addition_not_awaited", case_number=number) from None
    known = cases.known(uow, case)
    before = known[REPORTED].values.get(ADDITIONS) if REPORTED in known else None
    earlier = tuple(before) if isinstance(before, (list, tuple)) else ()
    row: Variables = {"at": uow.now.astimezone(AMSTERDAM), "text": addition}
    cases.record(uow, case, {REPORTED: {ADDITIONS: (*earlier, row)}}, present=known)
    case = settle(uow, case, moved, case.stage)
    audit.record(uow, Act.ADD_TO_REPORT, case_number=number, object=REPORTED)
    submissions.remember(uow, submission, {"case_number": number}, text.strip().encode())
    return case


# --- what all acts share ---------------------------------------------------------------------


def _done_before(uow: UnitOfWork, submission: str, content: bytes) -> Mapping[str, str] | None:
    """What came of this form when it was sent before; None when it was not.

    Raises:
        ConflictError: submission_differs, something else was sent then.
    """
    found = submissions.find(uow, submission, content)
    if found is None:
        return None
    if not found.is_same:
        raise ConflictError("submission_differs", case_number=found.outcome["case_number"])
    return found.outcome


def _lock(
    uow: UnitOfWork, person: Person, task_id: str, action: Action, revision: int | None
) -> tuple[LockedTask, CaseFile, Subject]:
    """Take a task with its instance and its case; then, may they?

    Who may not know of the task learns nothing of what happened to it either.
    """
    try:
        task = tasks.lock(uow, task_id, revision=revision)
    except NotFoundError:
        cases.find(uow, person, task_id)  # refuses after as many queries as a hidden task takes
        raise
    except ConflictError:
        desk.find_task(uow, person, task_id)
        raise
    case = cases.get_if_any(uow, task.business_key, lock=True)
    if case is None:
        raise NotFoundError("not_found")
    about = desk.of_task(cases.subject(uow, case), task)
    access.require(person, action, about)
    return task, case, about


def _answer(uow: UnitOfWork, task: LockedTask, values: RawValues) -> Answer:
    form = tasks.form(uow, task)
    variables = desk.with_places(uow, form, tasks.variables(uow, task)) if form else {}
    return _filled_in(form, values, variables)


def _filled_in(form: Form | None, values: RawValues, variables: Variables) -> Answer:
    if form is not None:
        return form.check(values, variables)
    if values:
        raise InvalidInputError([FieldProblem(name, "unknown_field") for name in values])
    return Answer()


def _without_blind_clearing(
    person: Person, about: Subject, known: Mapping[str, Section], answer: Answer
) -> dict[str, Variables]:
    """What to write: a field left empty clears only what the person could see standing there."""
    seen = {one.key: one.values for one in cases.readable(person, about, known.values())}
    return {
        key: {
            path: value
            for path, value in values.items()
            if not _is_blank(value)
            or key not in known
            or path not in known[key].values
            or path in seen.get(key, {})
        }
        for key, values in answer.case_values.items()
    }


def _is_blank(value: Value) -> bool:
    return value is None or value is False or value in ("", ())


def _go_on(
    uow: UnitOfWork, person: Person, case: CaseFile, about: Subject, instance: ProcessInstance
) -> str | None:
    """Claim the task that the step opened for this person, if there is one; gives its id."""
    for task in queries.open_tasks(uow, case.number):
        is_new = task.instance_id == instance.id and task.opened_at == uow.now
        theirs = access.may(person, Action.COMPLETE_TASK, desk.of_task(about, task))
        if is_new and task.assignee is None and theirs.allowed:
            # its instance is locked, and nobody else can have seen it yet
            row = (getattr(task, each.name) for each in fields(UserTask))
            tasks.claim(uow, LockedTask(*row, instance=instance))
            return task.id
    return None


def _goes_on(uow: UnitOfWork, case: CaseFile, instance: ProcessInstance) -> bool:
    """Whether a worker moves the case now, or the one that this instance was called from."""
    if queries.is_moving(uow, case.number):
        return True
    caller = instances.get(uow, instance.caller_id) if instance.caller_id else None
    return caller is not None and queries.is_moving(uow, caller.business_key)


def _near(uow: UnitOfWork, task: UserTask) -> list[str]:
    """The cases that work goes on in after a task of a called instance: the caller's and peers'."""
    caller_id = instances.get(uow, task.instance_id).caller_id
    if caller_id is None:
        return []
    peers = [peer.business_key for peer in calls.open_calls(uow, caller_id)]
    return [instances.get(uow, caller_id).business_key, *peers]


def _take_one(uow: UnitOfWork, person: Person, number: str, *, since: UserTask) -> str | None:
    case = cases.get_if_any(uow, number)
    if case is None:
        return None
    about = cases.subject(uow, case)
    for task in queries.open_tasks(uow, number):
        theirs = access.may(person, Action.CLAIM_TASK, desk.of_task(about, task))
        is_new = since.completed_at is not None and task.opened_at >= since.completed_at
        if task.assignee is None and is_new and theirs.allowed:
            return claim_task(uow, person, task.id, revision=task.revision).id
    return None


def _place(uow: UnitOfWork, answer: Answer) -> Municipality:
    key = answer.process_values.get("gemeente")
    if not isinstance(key, str):
        raise InvalidInputError([FieldProblem("gemeente", "required")])
    return regions.municipality(uow, key)


def _addition(text: str) -> str:
    checked = check(_ADDITION, {"text": text}, {})
    if checked.problems:
        raise InvalidInputError(list(checked.problems))
    return str(checked.values["text"]).strip()
