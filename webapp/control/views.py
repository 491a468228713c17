"""What stands still, for managers: the list, and the buttons beside each step."""

from collections.abc import Callable

from flask import Blueprint, Response, flash, render_template, request, url_for
from flask_babel import gettext

from engine.errors import ConflictError
from engine.storage.unit_of_work import UnitOfWork
from webapp import paging
from webapp.casework import accounts, steering, stuck
from webapp.control import wording
from webapp.forms import posted
from webapp.request import current_person, own_path, see_other, unit_of_work

blueprint = Blueprint("control", __name__)


@blueprint.get("/vastgelopen")
def show_stuck() -> str:
    """What stands still of what the reader manages, the longest first."""
    person = current_person()
    asked, after = wording.wanted(request.args), paging.place(request.args.get("na"))
    with unit_of_work() as uow:
        found = stuck.look(uow, person, asked, after=after)
        page = wording.stuck(found, is_first=after is None, now=uow.now)
    return render_template("control/stuck.html", page=page)


@blueprint.post("/vastgelopen/taken/<task_id>/herinneren")
def remind(task_id: str) -> Response:
    """Remind who has a task, or all who can take it."""
    person = current_person()

    def do(uow: UnitOfWork) -> str:
        steering.remind(uow, person, task_id)
        return gettext("The reminder was sent.")

    return _then_back(do)


@blueprint.post("/vastgelopen/taken/<task_id>/terugleggen")
def take_back(task_id: str) -> Response:
    """Lay a task back for all who may take it."""
    person = current_person()

    def do(uow: UnitOfWork) -> str:
        steering.take_back(uow, person, task_id, revision=posted(None).revision)
        return gettext("The task lies with the team again. Who had it gets a notice.")

    return _then_back(do)


@blueprint.get("/vastgelopen/taken/<task_id>/geven")
def show_giving(task_id: str) -> str | Response:
    """To whom a task can be given."""
    person = current_person()
    back = _back(request.args.get(wording.NEXT))
    try:
        with unit_of_work(read_only=True) as uow:
            view = steering.view_giving(uow, person, task_id)
            page = wording.giving(view, back, uow.now)
    except ConflictError as error:
        flash(wording.refused(error), "warning")
        return see_other(back)
    return render_template("control/give.html", page=page)


@blueprint.post("/vastgelopen/taken/<task_id>/geven")
def give(task_id: str) -> Response:
    """Give a task to a colleague."""
    person, to_whom = current_person(), request.form.get("account", "")

    def do(uow: UnitOfWork) -> str:
        steering.give(uow, person, task_id, to_whom, revision=posted(None).revision)
        name = accounts.names(uow, {to_whom})[to_whom]
        return gettext("The task is with %(name)s now, who gets a notice.", name=name)

    return _then_back(do)


@blueprint.post("/vastgelopen/storingen/<job_id>/opnieuw")
def retry(job_id: str) -> Response:
    """Let automatic work that failed be tried again."""
    person = current_person()

    def do(uow: UnitOfWork) -> str:
        steering.retry(uow, person, job_id)
        return gettext("Uitweg tries again now. If it fails again, it comes back in this list.")

    return _then_back(do)


def _then_back(do: Callable[[UnitOfWork], str]) -> Response:
    """Do something, and go back to the list with what came of it."""
    back = _back(request.form.get(wording.NEXT))
    try:
        with unit_of_work() as uow:
            done = do(uow)
        flash(done)
    except ConflictError as error:
        flash(wording.refused(error), "warning")
    return see_other(back)


def _back(text: str | None) -> str:
    """The list as it was shown; of any other address nothing is taken."""
    path = own_path(text)
    home = url_for("control.show_stuck")
    return path if path.partition("?")[0] == home else home
