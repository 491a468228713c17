"""Reporting a signal, and what its reporter sees of it."""

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
    Problem,
    UitwegError,
)
from engine.storage.unit_of_work import UnitOfWork
from webapp.casework import desk, notices, views, work
from webapp.casework.cases import CaseFile
from webapp.casework.desk import OpenStart
from webapp.forms import Typed, applying, posted
from webapp.portal import pages
from webapp.request import act, current_person, see_other, unit_of_work
from webapp.words import refusal

blueprint = Blueprint("portal", __name__)


@blueprint.get("/")
def start() -> str:
    """What this person can do."""
    person = current_person()
    with unit_of_work(read_only=True) as uow:
        page = pages.start(person, desk.starters(uow, person), notices.unseen(uow, person))
    return render_template("portal/start.html", page=page)


@blueprint.get("/melden")
def choose_report() -> str | Response:
    """The form to report with; a choice when there are several."""
    person = current_person()
    with unit_of_work(read_only=True) as uow:
        starters = desk.starters(uow, person)
    if len(starters) == 1:
        return see_other(url_for("portal.show_report", key=starters[0].key))
    page = pages.StartPage(person.display_name, pages.start_tiles(starters))
    return render_template("portal/start.html", page=page)


@blueprint.get("/melden/<key>")
def show_report(key: str) -> str:
    """An empty form."""
    opened = _open(key)
    typed = Typed(dict(opened.starter.form.initial(opened.variables)))
    return _form(opened, typed)


@blueprint.post("/melden/<key>")
def send_report(key: str) -> str | Response:
    """Begin a case; or give the form back with what is wrong, and everything typed."""
    opened = _open(key)
    typed = posted(opened.starter.form)
    if typed.again:
        return _form(opened, typed)

    def begin(uow: UnitOfWork) -> CaseFile:
        person = current_person()
        return work.start_case(uow, person, key, typed.values, submission=typed.submission)

    try:
        case = act(begin)
    except InvalidInputError as error:
        return make_response(_form(opened, typed, error.problems), 422)
    except ConflictError as error:
        if error.code != "submission_differs":
            raise
        earlier = str(error.values["case_number"])
        return make_response(_form(opened, typed.as_new(), earlier=earlier), 409)
    return see_other(url_for("portal.receipt", number=case.number))


@blueprint.post("/melden/<key>/vragen")
def report_questions(key: str) -> Response:
    """Which questions apply with these answers."""
    opened = _open(key)
    return jsonify(visible=applying(opened.starter.form, opened.variables))


@blueprint.get("/meldingen")
def reports() -> str:
    """Everything this person reported."""
    person = current_person()
    with unit_of_work() as uow:
        seen = views.reports(uow, person)
    return render_template("portal/reports.html", page=pages.reports(seen))


@blueprint.get("/meldingen/<number>")
def report_status(number: str) -> str:
    """How far one report is, and what its reporter was told."""
    return _status(number, Typed())


@blueprint.post("/meldingen/<number>/aanvullen")
def add_to_report(number: str) -> Response:
    """Take what a reporter adds of their own accord."""
    typed = posted(None)
    text = request.form.get("text", "")
    if typed.again:
        return make_response(_status(number, typed, text))

    def add(uow: UnitOfWork) -> CaseFile:
        person = current_person()
        return work.add_to_report(uow, person, number, text, submission=typed.submission)

    try:
        act(add)
    except InvalidInputError as error:
        return make_response(_status(number, typed, text, error), 422)
    except ConflictError as error:
        if error.code != "submission_differs":
            raise
        return make_response(_status(number, typed.as_new(), text, error), 409)
    flash(gettext("Thank you. Who works on your report sees what you added."))
    return see_other(url_for("portal.report_status", number=number))


@blueprint.get("/meldingen/<number>/ontvangen")
def receipt(number: str) -> str:
    """What stands after a report was sent."""
    person = current_person()
    with unit_of_work() as uow:
        seen = views.view_report(uow, person, number)
    return render_template("portal/receipt.html", page=pages.receipt(seen.case.number))


def _status(number: str, typed: Typed, text: str = "", error: UitwegError | None = None) -> str:
    person = current_person()
    with unit_of_work() as uow:
        seen = views.view_report(uow, person, number)
    words = ""
    if isinstance(error, InvalidInputError):
        problems = (each for each in error.problems if isinstance(each, FieldProblem))
        words = " ".join(refusal(each) for each in problems)
    elif error is not None:
        words = gettext("You sent this form before with another text. Is this new? Send it again.")
    page = pages.report_status(seen, submission=typed.submission, typed=text, error=words)
    return render_template("portal/report-status.html", page=page)


def _open(key: str) -> OpenStart:
    person = current_person()
    with unit_of_work(read_only=True) as uow:
        return desk.open_starter(uow, person, key)


def _form(
    opened: OpenStart,
    typed: Typed,
    problems: Sequence[Problem | FieldProblem] = (),
    *,
    earlier: str = "",
) -> str:
    page = pages.report(opened, typed, problems, earlier=earlier)
    return render_template("portal/report.html", page=page)
