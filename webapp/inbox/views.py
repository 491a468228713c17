"""The inbox, and doing a task: take it on, give it back, keep a draft, send the form."""

import time
from dataclasses import replace

from flask import (
    Blueprint,
    Response,
    flash,
    jsonify,
    make_response,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext

from engine import definitions, queries, tasks
from engine.errors import ConflictError, InvalidInputError
from engine.forms import Form
from engine.storage.unit_of_work import UnitOfWork
from engine.tasks import UserTask
from webapp.casework import accounts, desk, notices, regions, work
from webapp.casework.access import Action, Person, Subject, may, person_group
from webapp.casework.roles import REPORTER
from webapp.casework.work import Completed
from webapp.forms import (
    NO_QUESTIONS,
    Typed,
    answers_in_words,
    applying,
    draft,
    field_views,
    posted,
)
from webapp.inbox import wording
from webapp.inbox.wording import Work
from webapp.request import (
    act,
    current_person,
    does_casework,
    own_path,
    see_other,
    unit_of_work,
    wants_json,
)

blueprint = Blueprint("inbox", __name__)

MOST_OWN_TASKS = 200
# How long someone waits for automatic work between two steps of theirs: half a second at most.
LOOKS = 12
SECONDS_BETWEEN_LOOKS = 0.04


@blueprint.get("/werk")
def show_tasks() -> str:
    """All the work of one person."""
    person = current_person()
    with unit_of_work(read_only=True) as uow:
        found = _work(uow, person, request.args.get("na"))
    return render_template("inbox/tasks.html", page=wording.inbox(found))


@blueprint.post("/berichten/<notice_id>/gezien")
def put_away(notice_id: str) -> Response:
    """Show a notice no more."""
    person = current_person()
    with unit_of_work() as uow:
        notices.put_away(uow, person, notice_id)
    return see_other(own_path(request.form.get("next")))


@blueprint.get("/taken/<task_id>")
def show_task(task_id: str) -> str | Response:
    """One task, with its form when it is the reader's."""
    person = current_person()
    try:
        with unit_of_work() as uow:
            opened = desk.open_task(uow, person, task_id)
            typed = Typed(dict(opened.values), revision=opened.task.revision)
            page = wording.task(opened, person, uow.now, typed)
    except ConflictError as error:
        return _conflict(task_id, error)
    return render_template("inbox/task.html", page=page)


@blueprint.post("/taken/<task_id>/oppakken")
def claim(task_id: str) -> Response:
    """Take on a task."""
    person = current_person()
    try:
        with unit_of_work() as uow:
            work.claim_task(uow, person, task_id, revision=_revision())
    except ConflictError as error:
        return _conflict(task_id, error)
    return see_other(url_for("inbox.show_task", task_id=task_id))


@blueprint.post("/taken/<task_id>/teruggeven")
def release(task_id: str) -> Response:
    """Give a task back to those who may take it on."""
    person = current_person()
    try:
        with unit_of_work() as uow:
            work.release_task(uow, person, task_id, revision=_revision())
    except ConflictError as error:
        return _conflict(task_id, error)
    flash(gettext("You gave the task back. Your draft stays with it."))
    return see_other(url_for("inbox.show_tasks"))


@blueprint.post("/taken/<task_id>/concept")
def save_draft(task_id: str) -> Response:
    """Keep what was typed so far, right or wrong."""
    person = current_person()
    try:
        with unit_of_work() as uow:
            work.save_draft(uow, person, task_id, draft(_form(uow, person, task_id)))
    except ConflictError as error:
        return _conflict(task_id, error)
    if wants_json():
        return jsonify(saved=True)
    flash(gettext("Your draft is saved. Nobody else sees it."))
    return see_other(url_for("inbox.show_task", task_id=task_id))


@blueprint.post("/taken/<task_id>/vragen")
def questions(task_id: str) -> Response:
    """Which questions apply with these answers."""
    person = current_person()
    with unit_of_work(read_only=True) as uow:
        task, _, _ = desk.find_task(uow, person, task_id, Action.COMPLETE_TASK)
        form = tasks.form(uow, task) or NO_QUESTIONS
        variables = desk.with_places(uow, form, tasks.variables(uow, task))
    return jsonify(visible=applying(form, variables))


@blueprint.post("/taken/<task_id>")
def complete(task_id: str) -> Response:
    """Send a form and close its task; or give it back with what is wrong, and everything typed."""
    person = current_person()

    def finish(uow: UnitOfWork) -> Completed:
        typed = posted(_form(uow, person, task_id))
        return work.complete_task(
            uow,
            person,
            task_id,
            typed.values,
            revision=typed.revision,
            submission=typed.submission,
        )

    if posted(None).again:
        return _again(task_id)
    try:
        return _go_on(person, act(finish))
    except InvalidInputError as error:
        return _again(task_id, error)
    except ConflictError as error:
        return _conflict(task_id, error)


def _work(uow: UnitOfWork, person: Person, after_id: str | None) -> Work:
    after = desk.find_task(uow, person, after_id)[0] if after_id else None
    waiting = queries.inbox(uow, person.groups, after=after, limit=queries.PAGE + 1)
    return Work(
        person=person,
        mine=_still_theirs(uow, person) if after is None else (),
        waiting=waiting[: queries.PAGE],
        is_more=len(waiting) > queries.PAGE,
        is_first=after is None,
        notices=notices.unseen(uow, person) if after is None else (),
        scopes=regions.scope_names(uow),
        processes={each.process_id: each.name for each in definitions.current(uow)},
        now=uow.now,
    )


def _still_theirs(uow: UnitOfWork, person: Person) -> tuple[UserTask, ...]:
    """What somebody took on or was given; not what they lost the role for meanwhile."""
    mine = queries.assigned(uow, person.id, limit=MOST_OWN_TASKS)
    about = Subject(assignee=person.id)
    return tuple(
        task
        for task in mine
        if may(person, Action.VIEW_TASK, replace(about, candidate=task.candidate)).allowed
    )


def _form(uow: UnitOfWork, person: Person, task_id: str) -> Form | None:
    """The form of a task that the person may know of; for any other nothing is done first."""
    task, _, _ = desk.find_task(uow, person, task_id)
    return tasks.form(uow, task)


def _revision() -> int:
    return posted(None).revision


def _go_on(person: Person, done: Completed) -> Response:
    """To the next step when this person has it, else to where the next work is found."""
    next_id = done.next_task_id
    if done.goes_on and does_casework(person):
        next_id = _soon(person, done.case_number)
    if next_id is not None:
        flash(gettext("Done. The next step of %(number)s is yours too.", number=done.case_number))
        return see_other(url_for("inbox.show_task", task_id=next_id))
    if not does_casework(person):
        flash(gettext("Thank you. We have received your answer."))
        return see_other(url_for("portal.report_status", number=done.case_number))
    number = done.case_number
    flash(gettext("Done. %(number)s goes on. A next step for you appears below.", number=number))
    return see_other(url_for("inbox.show_tasks"))


def _soon(person: Person, number: str) -> str | None:
    """The next step of a case for this person, once the worker has done what stands before it."""
    for _ in range(LOOKS):
        with unit_of_work(read_only=True) as uow:
            is_moving = queries.is_moving(uow, number)
        if not is_moving:
            break
        time.sleep(SECONDS_BETWEEN_LOOKS)
    else:
        return None
    try:
        with unit_of_work() as uow:
            return work.take_next(uow, person, number)
    except ConflictError:  # a colleague was quicker
        return None


def _again(task_id: str, error: InvalidInputError | None = None) -> Response:
    """The task with everything typed, and what is wrong with it."""
    person = current_person()
    problems = error.problems if error else ()
    try:
        with unit_of_work() as uow:
            opened = desk.open_task(uow, person, task_id)
            page = wording.task(opened, person, uow.now, posted(opened.form), problems)
    except ConflictError as conflict:
        return _conflict(task_id, conflict)
    if not opened.may_complete:
        return _conflict(task_id, wording.taken_by_other(opened.task))
    return make_response(render_template("inbox/task.html", page=page), 422 if error else 200)


def _conflict(task_id: str, error: ConflictError) -> Response:
    """Somebody was first: who and when, with everything typed; or the form again when it is theirs.

    Whoever may not know of the task gets "not found" from `find_task`.
    """
    if wants_json():
        raise error
    person = current_person()
    with unit_of_work() as uow:
        task, case, about = desk.find_task(uow, person, task_id)
        opened = desk.open_task(uow, person, task_id) if error.code == "task_changed" else None
        form = tasks.form(uow, task)
        unnamed = desk.unnamed_reporter(person, case, about)
        names = accounts.names(uow, wording.names_needed(error))
        now = uow.now
    if unnamed and task.candidate == person_group(unnamed):
        names[unnamed] = REPORTER.title
    typed = posted(form)
    if opened is not None and (opened.may_complete or not typed.values):
        typed = replace(typed, revision=opened.task.revision)
        page = wording.changed(wording.task(opened, person, now, typed))
        return make_response(render_template("inbox/task.html", page=page), 409)
    pairs = answers_in_words(field_views(form.show(typed.values, {}))) if form else ()
    done = wording.conflict(task, person, error, names, pairs)
    return make_response(render_template("inbox/done.html", page=done), 409)
