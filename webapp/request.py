"""What belongs to one request: who asks, and the transaction. Only this file touches `flask.g`."""

from collections.abc import Callable
from typing import NoReturn, TypeVar, cast

from babel.support import NullTranslations
from flask import Flask, Response, current_app, g, redirect, request, session, url_for
from flask_babel import get_locale, get_translations
from werkzeug.wrappers import Response as AnyResponse

from engine.errors import UitwegError
from engine.model import SYSTEM, Actor
from engine.storage.database import Database
from engine.storage.unit_of_work import UnitOfWork
from webapp.casework import accounts, work
from webapp.casework.access import Person
from webapp.casework.roles import REPORTER
from webapp.security import POLICY, Door

Done = TypeVar("Done")

_DATABASE = "uitweg_database"
_ACCOUNT = "account"


class NoSessionError(UitwegError):
    """Nobody is logged in, or no longer."""


def attach(app: Flask, database: Database) -> None:
    """Give the requests of *app* their database and their person."""
    app.extensions[_DATABASE] = database
    app.before_request(_find_person)


def unit_of_work(*, read_only: bool = False) -> UnitOfWork:
    """One transaction for this request, in the name of whoever asks."""
    person = _person()
    actor = Actor(person.id, person.groups) if person else SYSTEM
    return database().unit_of_work(actor, read_only=read_only)


def act(do: Callable[[UnitOfWork], Done]) -> Done:
    """Do an act with a submission id in a transaction of its own; sent twice it is done once."""

    def in_transaction() -> Done:
        with unit_of_work() as uow:
            return do(uow)

    return work.once(in_transaction)


def database() -> Database:
    """The database of this application."""
    return cast(Database, current_app.extensions[_DATABASE])


def current_person() -> Person:
    """Who is logged in.

    Raises:
        NoSessionError: nobody is.
    """
    return _person() or _refuse()


def person_if_any() -> Person | None:
    """Who is logged in, None when nobody is."""
    return _person()


def does_casework(person: Person) -> bool:
    """Whether they have work from others in their inbox, and not only reports of their own."""
    return any(grant.role != REPORTER.key for grant in person.grants)


def session_token() -> str | None:
    """What the browser showed as its session."""
    return request.cookies.get(session_cookie())


def session_cookie() -> str:
    """Name of the cookie; the prefix makes browsers refuse one that did not come over https."""
    return "__Host-uitweg" if current_app.config["SESSION_COOKIE_SECURE"] else "uitweg"


def last_account() -> str:
    """Whose session this browser had last; "" when it does not know any more."""
    return str(session.get(_ACCOUNT, ""))


def begin_forms(person: Person) -> None:
    """From now on the forms of this browser are *person*'s, with a token made after the log-in."""
    session.clear()
    session[_ACCOUNT] = person.id


def end_forms() -> None:
    """Their token is used up. Whose forms they were is not forgotten: nobody else gets the text."""
    owner = last_account()
    session.clear()
    if owner:
        session[_ACCOUNT] = owner


def remember_session(response: AnyResponse, token: str) -> None:
    """Let the browser keep *token* until it closes."""
    response.set_cookie(
        session_cookie(),
        token,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
        path="/",
    )


def forget_session(response: AnyResponse) -> None:
    """Take the session cookie away."""
    response.delete_cookie(
        session_cookie(), secure=current_app.config["SESSION_COOKIE_SECURE"], httponly=True
    )


def see_other(url: str) -> Response:
    """The answer to a post: go and look at this address of ours."""
    return cast(Response, redirect(url, 303))


def own_path(text: str | None) -> str:
    """*text* when it is a path of this site, else the start page; never another site."""
    path = text or ""
    plain = all(" " < char < "\x7f" and char != "\\" for char in path)
    return path if plain and path.startswith("/") and path[1:2] != "/" else url_for("portal.start")


def wants_json() -> bool:
    """Whether a script asks, and not a reader."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json"


def language() -> str:
    """The reader's, looked up once for a request: a list asks for it with every row."""
    if "language" not in g:
        g.language = str(get_locale())
    return cast(str, g.language)


def translations() -> NullTranslations:
    """The texts in that language, looked up once: a page asks for more than a hundred."""
    if "translations" not in g:
        g.translations = get_translations()
    return cast(NullTranslations, g.translations)


def _find_person() -> None:
    token = session_token()
    if request.endpoint == "static" or token is None:
        g.person = None
    else:
        g.person = accounts.person_of(database(), token)
    policy = POLICY.get(request.endpoint or "")
    if policy is not None and policy.door is Door.SIGNED_IN and g.person is None:
        _refuse()


def _person() -> Person | None:
    return cast(Person | None, g.get("person"))


def _refuse() -> NoReturn:
    raise NoSessionError("no_session")
