"""Every refusal as a page: one table from the kind of error to its status, one to its words.

A page never says more than the error's own words: no traceback, no path, no name of a table.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import structlog
from flask import (
    Flask,
    Response,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import lazy_gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, SecurityError

from engine.errors import (
    ConflictError,
    InvalidInputError,
    LimitError,
    NotAllowedError,
    NotFoundError,
    StepError,
    UitwegError,
    UnavailableError,
)
from engine.feel import FeelError
from engine.timers import TimerError
from webapp.forms import RESERVED
from webapp.kept import KeptForm
from webapp.request import (
    NoSessionError,
    forget_session,
    last_account,
    session_token,
    wants_json,
)
from webapp.words import Fact, Link

STATUS: Mapping[type[UitwegError], int] = MappingProxyType(
    {
        NoSessionError: 401,
        InvalidInputError: 422,
        NotFoundError: 404,
        NotAllowedError: 403,
        ConflictError: 409,
        LimitError: 429,
        UnavailableError: 503,
        StepError: 500,
        FeelError: 500,
        TimerError: 500,
        UitwegError: 500,
    }
)


@dataclass(frozen=True, slots=True)
class Words:
    """What a reader is told: what is the matter, why, and what to do."""

    title: str
    text: str
    what_next: str = ""


WORDS: Mapping[int, Words] = MappingProxyType(
    {
        400: Words(
            _("This page was open too long"),
            _("We cannot be sure that this came from you, so nothing was changed."),
            _("Go back, load the page again and try once more."),
        ),
        403: Words(
            _("You cannot do this"),
            _("This belongs to someone else, or your role does not allow it."),
            _("Ask your manager if you think that it should be yours."),
        ),
        404: Words(
            _("We cannot find this"),
            _("It does not exist, or it is not for you to see."),
            _("Check the number. Do you think that it should be yours? Ask your manager."),
        ),
        405: Words(
            _("This cannot be done here"),
            _("Start again from a page that you can reach by a link."),
        ),
        409: Words(
            _("This has changed in the meantime"),
            _("Someone else was just before you, so nothing was changed."),
            _("Look at it as it is now, and then decide."),
        ),
        413: Words(
            _("This is too much at once"),
            _("What you sent is larger than we can take."),
            _("Make the text shorter or leave something out."),
        ),
        422: Words(
            _("We cannot use these answers"),
            _("Something in what you sent does not fit the form."),
            _("Go back, check your answers and send them again."),
        ),
        429: Words(
            _("Too many tries"),
            _("To keep everyone's data safe you have to wait a moment."),
            _("Try again in a few minutes."),
        ),
        500: Words(
            _("Something went wrong with us"),
            _("It is not your fault. What was saved before is safe."),
            _("Try again. Does it happen again? Give the reference below to your administrator."),
        ),
        503: Words(
            _("This does not work for a moment"),
            _("Nothing was changed."),
            _("Try again in a minute."),
        ),
    }
)


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """A refusal as a page.

    Attributes:
        reference: joins what the reader tells with the log; "" when there is nothing to look up.
        typed: what was filled in, by the name of its field.
    """

    title: str
    text: str
    what_next: str
    link: Link
    reference: str = ""
    typed: tuple[Fact, ...] = ()


def register(app: Flask, *, log_in_page: Callable[[KeptForm | None], str]) -> None:
    """Give *app* a page for everything that can go wrong.

    Args:
        log_in_page: the page that asks to log in, with what had been typed sealed in it.
    """

    def no_session(error: NoSessionError) -> Response:
        return _without_session(log_in_page)

    app.register_error_handler(NoSessionError, no_session)
    app.register_error_handler(UitwegError, _refused)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def status_of(error: UitwegError) -> int:
    """The status of the nearest kind of error in the table."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def _without_session(log_in_page: Callable[[KeptForm | None], str]) -> Response:
    if wants_json():
        return _problem(401, "no_session")
    if request.method == "GET":
        response = redirect(url_for("auth.show_log_in", next=request.full_path.rstrip("?")), 303)
    else:
        fields = tuple((name, text) for name, text in request.form.items(multi=True))
        response = make_response(log_in_page(KeptForm(request.path, fields, last_account())), 401)
    if session_token() is not None:
        forget_session(response)
    return make_response(response)


def _refused(error: UitwegError) -> Response:
    status = status_of(error)
    if status >= 500 and not isinstance(error, UnavailableError):
        return _failed(error)
    response = _problem(status, error.code) if wants_json() else _page(status)
    seconds = error.values.get("seconds")
    if isinstance(seconds, int):
        response.headers["Retry-After"] = str(seconds)
    return response


def _http(error: HTTPException) -> Response:
    if isinstance(error, SecurityError):
        # The name of the host is not ours: no address can be made from it.
        return make_response("Bad Request", 400, {"Content-Type": "text/plain; charset=utf-8"})
    status = error.code or 500
    if status in {301, 302, 303, 307, 308}:
        return make_response(error.get_response())
    if wants_json():
        return _problem(status, "csrf" if isinstance(error, CSRFError) else "http")
    return _page(status if status in WORDS else 400)


def _unexpected(error: Exception) -> Response:
    return _failed(error)


def _failed(error: Exception) -> Response:
    reference = secrets.token_hex(4)
    # Where, not what: the words of an unknown error may hold what somebody typed.
    frames = []
    at = error.__traceback__
    while at is not None:
        frames.append(f"{at.tb_frame.f_code.co_filename}:{at.tb_lineno}")
        at = at.tb_next
    structlog.get_logger("uitweg.web").error(
        "request_failed",
        reference=reference,
        endpoint=request.endpoint,
        error=type(error).__name__,
        code=error.code if isinstance(error, UitwegError) else None,
        frames=frames[-6:],
    )
    return _problem(500, "failed") if wants_json() else _page(500, reference)


def _page(status: int, reference: str = "") -> Response:
    words = WORDS[status]
    page = ErrorPage(
        title=words.title,
        text=words.text,
        what_next=words.what_next,
        link=Link(url_for("portal.start"), _("To the start page")),
        reference=reference,
        typed=_typed(),
    )
    return make_response(render_template("errors/error.html", page=page), status)


def _typed() -> tuple[Fact, ...]:
    """What the reader had filled in, so that it can be copied."""
    unshown = RESERVED | {"password", "login_name", "next", "kept", "language"}
    try:
        fields = request.form.items(multi=True)
    except HTTPException:
        return ()
    return tuple(Fact(name, text) for name, text in fields if name not in unshown and text.strip())


def _problem(status: int, code: str) -> Response:
    response = jsonify({"status": status, "code": code})
    response.status_code = status
    response.content_type = "application/problem+json"
    return response
