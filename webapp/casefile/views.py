"""One case: its page, its diagrams on a page of their own, and telling it what has happened."""

from collections.abc import Sequence

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

from engine.errors import (
    ConflictError,
    FieldProblem,
    InvalidInputError,
    NotFoundError,
    Problem,
)
from engine.storage.unit_of_work import UnitOfWork
from webapp.casefile import pages
from webapp.casework import desk, views, work
from webapp.casework.cases import CaseFile
from webapp.casework.views import DiagramView
from webapp.forms import Typed, applying, posted
from webapp.request import act, current_person, see_other, unit_of_work

blueprint = Blueprint("casefile", __name__)


@blueprint.get("/zaken/<number>")
def case(number: str) -> str:
    """Where a case is, what happened and what is known."""
    person = current_person()
    with unit_of_work() as uow:
        page = pages.case(views.view_case(uow, person, number), uow.now)
    return render_template("casefile/case.html", page=page)


@blueprint.get("/zaken/<number>/diagram")
@blueprint.get("/zaken/<number>/diagram/<instance_id>")
def diagram(number: str, instance_id: str | None = None) -> str:
    """A diagram of a case with where it is: of one instance, or of a process that it calls."""
    page = pages.diagram(_diagram(number, instance_id))
    return render_template("casefile/diagram.html", page=page)


@blueprint.get("/zaken/<number>/diagram/<instance_id>/gegevens")
def diagram_data(number: str, instance_id: str) -> Response:
    """The same for the viewer."""
    return jsonify(pages.diagram_data(_diagram(number, instance_id)))


@blueprint.get("/zaken/<number>/gebeurtenis/<message>")
def show_event(number: str, message: str) -> str | Response:
    """What to tell a case of something that has happened; its form when it has one."""
    try:
        return _event(number, message)
    except NotFoundError:
        return _gone(number, message)


@blueprint.post("/zaken/<number>/gebeurtenis/<message>")
def report_event(number: str, message: str) -> str | Response:
    """Tell it; or give the form back with what is wrong, and everything typed."""
    person = current_person()
    with unit_of_work(read_only=True) as uow:
        event, form = views.event_form(uow, person, number, message)
    typed = posted(form)

    def report(uow: UnitOfWork) -> CaseFile:
        values, submission = typed.values, typed.submission
        return work.report_event(uow, person, number, message, values, submission=submission)

    try:
        if typed.again:
            return _event(number, message, typed)
        act(report)
    except InvalidInputError as error:
        return make_response(_event(number, message, typed, error.problems), 422)
    except NotFoundError:
        return _gone(number, message, typed)
    except ConflictError as error:
        if error.code == "event_not_awaited":
            return _gone(number, message, typed)
        if error.code != "submission_differs":
            raise
        return _repeated(number, message, typed.as_new())
    flash(gettext("You reported this: %(event)s. The case goes on from there.", event=event.title))
    return see_other(url_for("casefile.case", number=number))


@blueprint.post("/zaken/<number>/gebeurtenis/<message>/vragen")
def event_questions(number: str, message: str) -> Response:
    """Which questions apply with these answers."""
    person = current_person()
    with unit_of_work(read_only=True) as uow:
        _, form = views.event_form(uow, person, number, message)
        variables = desk.with_places(uow, form, {}) if form else {}
    return jsonify(visible=applying(form, variables) if form else [])


def _diagram(number: str, instance_id: str | None) -> DiagramView:
    person, process_id = current_person(), request.args.get("proces")
    with unit_of_work() as uow:
        return views.view_diagram(
            uow, person, number, instance_id=instance_id, process_id=process_id
        )


def _event(
    number: str,
    message: str,
    typed: Typed | None = None,
    problems: Sequence[Problem | FieldProblem] = (),
    *,
    is_repeated: bool = False,
) -> str:
    person = current_person()
    with unit_of_work() as uow:
        opened = desk.open_event(uow, person, number, message)
    typed = typed or Typed(dict(opened.values))
    page = pages.event(opened, typed, problems, is_repeated=is_repeated)
    return render_template("casefile/event.html", page=page)


def _repeated(number: str, message: str, typed: Typed) -> Response:
    """Sent before with other answers: asked about, while the case still waits for such a thing."""
    try:
        return make_response(_event(number, message, typed, is_repeated=True), 409)
    except NotFoundError:
        return _gone(number, message, typed)


def _gone(number: str, message: str, typed: Typed | None = None) -> Response:
    """The case does not wait for it any more: why nothing happened, with everything typed.

    Whoever may not know of the case or of the event gets "not found" from `event_form`.
    """
    person = current_person()
    with unit_of_work(read_only=True) as uow:
        event, form = views.event_form(uow, person, number, message)
    page = pages.gone(event, number, form, typed or Typed())
    return make_response(render_template("casefile/event-gone.html", page=page), 409)
