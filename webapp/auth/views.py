"""Logging in and out, and choosing a language."""

from dataclasses import dataclass

from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext

from webapp.casework import accounts
from webapp.forms import AGAIN
from webapp.kept import KeptForm, seal, unseal
from webapp.request import (
    begin_forms,
    database,
    end_forms,
    forget_session,
    own_path,
    person_if_any,
    remember_session,
    see_other,
    session_token,
    unit_of_work,
)
from webapp.words import LANGUAGE_COOKIE, LANGUAGES

blueprint = Blueprint("auth", __name__)

A_YEAR_SECONDS = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class LogInPage:
    """The page that asks who you are.

    Attributes:
        next: where to go after it.
        kept: what had been typed when the session ended, sealed; "" when nothing.
    """

    title: str
    next: str
    error: str = ""
    login_name: str = ""
    kept: str = ""


@dataclass(frozen=True, slots=True)
class ResumePage:
    """What was kept, to go on with after logging in again."""

    action: str
    fields: tuple[tuple[str, str], ...]


def log_in_page(kept: KeptForm | None) -> str:
    """The page to log in again, with what had been typed sealed in it."""
    page = LogInPage(
        title=gettext("Log in again"),
        next=kept.action if kept else "",
        kept=seal(kept) if kept else "",
    )
    return render_template("auth/login.html", page=page)


@blueprint.get("/inloggen")
def show_log_in() -> str | Response:
    """Ask who it is."""
    after = own_path(request.args.get("next"))
    if person_if_any():
        return see_other(after)
    return render_template("auth/login.html", page=LogInPage(gettext("Log in"), after))


@blueprint.post("/inloggen")
def log_in() -> str | Response:
    """Begin a session; or say no in the same words, whatever was wrong."""
    login_name = request.form.get("login_name", "").strip()
    token = accounts.log_in(database(), login_name, request.form.get("password", ""))
    person = accounts.person_of(database(), token) if token is not None else None
    if token is None or person is None:
        return _refused(login_name)
    _end_session()
    begin_forms(person)
    kept = unseal(request.form.get("kept", ""), person.id)
    if kept is not None:
        response = make_response(_resume_page(kept))
    else:
        response = see_other(own_path(request.form.get("next")))
    remember_session(response, token)
    return response


@blueprint.post("/uitloggen")
def log_out() -> Response:
    """End the session, on the server too."""
    _end_session()
    end_forms()
    response = see_other(url_for("auth.show_log_in"))
    forget_session(response)
    return response


@blueprint.post("/taal")
def choose_language() -> Response:
    """Remember the language in this browser."""
    response = see_other(own_path(request.form.get("next")))
    language = request.form.get("language", "")
    if language in LANGUAGES:
        response.set_cookie(
            LANGUAGE_COOKIE,
            language,
            max_age=A_YEAR_SECONDS,
            secure=current_app.config["SESSION_COOKIE_SECURE"],
            httponly=True,
            samesite="Lax",
        )
    return response


def _end_session() -> None:
    """End the session that this browser showed, on the server too."""
    token = session_token()
    if token is not None:
        with unit_of_work() as uow:
            accounts.log_out(uow, token)


def _refused(login_name: str) -> Response:
    page = LogInPage(
        title=gettext("Log in"),
        next=own_path(request.form.get("next")),
        error=gettext("The user name and the password do not go together. Try again."),
        login_name=login_name,
        kept=request.form.get("kept", ""),
    )
    return make_response(render_template("auth/login.html", page=page), 401)


def _resume_page(kept: KeptForm) -> str:
    """What was kept, with a button that brings it back to its form and sends nothing off."""
    page = ResumePage(own_path(kept.action), (*kept.fields, (AGAIN, "1")))
    return render_template("auth/resume.html", page=page)
