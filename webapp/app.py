"""The web application: what it is made of, and nothing of what it does."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import orjson
from flask import Flask, Response, request, url_for
from flask_babel import Babel, gettext
from jinja2 import StrictUndefined

from engine.storage.database import Database
from webapp import auth, casefile, caselist, control, errors, inbox, portal, roster, studio
from webapp.casework import caselist as own_cases
from webapp.casework import managed, rosters
from webapp.casework.access import Action, Person, Subject, may
from webapp.config import Config
from webapp.request import attach, does_casework, person_if_any, translations, unit_of_work
from webapp.security import csrf, protect
from webapp.words import LANGUAGE_COOKIE, LANGUAGES

LONGEST_POST = 5 * 1024 * 1024
MOST_FORM_PARTS = 300
_STATIC = Path(__file__).parent / "static"


def create_app(config: Config, database: Database | None = None) -> Flask:
    """The application, ready for a WSGI server. It starts no worker.

    Args:
        database: an open database; without it the one that *config* names is opened.
    """
    app = Flask("webapp", root_path=str(Path(__file__).parent))
    app.config.update(
        SECRET_KEY=config.secret_key,
        SESSION_COOKIE_NAME="__Host-uitweg-form" if config.is_https else "uitweg-form",
        SESSION_COOKIE_SECURE=config.is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        TRUSTED_HOSTS=list(config.trusted_hosts),
        MAX_CONTENT_LENGTH=LONGEST_POST,
        MAX_FORM_MEMORY_SIZE=LONGEST_POST,
        MAX_FORM_PARTS=MOST_FORM_PARTS,
        # The token lives as long as the browser: a form that stood open all day can still be sent.
        WTF_CSRF_TIME_LIMIT=None,
        # Without a referrer there is nothing to compare; security.py looks at the origin instead.
        WTF_CSRF_SSL_STRICT=False,
        BABEL_DEFAULT_LOCALE="nl",
        BABEL_DEFAULT_TIMEZONE="Europe/Amsterdam",
        BABEL_TRANSLATION_DIRECTORIES=str(Path(__file__).parent / "locale"),
    )
    # A name that a page object does not have is a mistake, and not nothing.
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    Babel(app, locale_selector=_language)
    app.jinja_env.install_gettext_callables(_text, _plural_text, newstyle=True)  # type: ignore[attr-defined]
    protect(app)
    attach(app, database or config.open_database())
    # After the person is known: a form whose session ended is kept, not refused.
    csrf.init_app(app)
    app.add_url_rule("/gezond", "health", _health)
    errors.register(app, log_in_page=auth.log_in_page)
    for surface in (auth, portal, inbox, caselist, casefile, control, roster, studio):
        app.register_blueprint(surface.blueprint)
    app.context_processor(_shared_values)
    return app


@dataclass(frozen=True, slots=True)
class MenuItem:
    """One link of the main menu."""

    url: str
    label: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class LanguageChoice:
    """A language that the reader can choose."""

    code: str
    name: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Site:
    """What stands round every page.

    Attributes:
        here: the address to come back to after choosing a language.
    """

    person: Person | None
    language: str
    here: str
    menu: tuple[MenuItem, ...]
    languages: tuple[LanguageChoice, ...]


def _health() -> Response:
    """Whether requests are answered and the database can be reached; no data."""
    with unit_of_work(read_only=True) as uow:
        uow.connection.exec_driver_sql("SELECT 1")
    return Response("ok\n", content_type="text/plain; charset=utf-8")


def _text(text: str) -> str:
    """The translation of a text in a template."""
    translated: str = translations().ugettext(text)
    return translated


def _plural_text(singular: str, plural: str, number: int) -> str:
    translated: str = translations().ungettext(singular, plural, number)
    return translated


def _language() -> str:
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    return chosen if chosen in LANGUAGES else "nl"


def _shared_values() -> dict[str, object]:
    person = person_if_any()
    language = _language()
    site = Site(
        person=person,
        language=language,
        here=request.full_path.rstrip("?"),
        menu=_menu(person) if person else (),
        languages=tuple(
            LanguageChoice(code, name, code == language) for code, name in LANGUAGES.items()
        ),
    )
    return {"site": site, "asset": asset}


def _menu(person: Person) -> tuple[MenuItem, ...]:
    has_work = does_casework(person)
    may_publish = may(person, Action.DEPLOY_PROCESS, Subject()).allowed
    items = (
        ("portal.start", gettext("Start"), True),
        ("inbox.show_tasks", gettext("My work"), has_work),
        ("caselist.show", gettext("My cases"), own_cases.concerns(person)),
        ("portal.reports", gettext("My reports"), True),
        ("control.show_stuck", gettext("Stuck cases"), managed.is_manager(person)),
        ("roster.show", gettext("Piket"), rosters.concerns(person)),
        ("studio.index", gettext("Studio"), may_publish),
    )
    return tuple(
        MenuItem(url_for(endpoint), label, request.endpoint == endpoint)
        for endpoint, label, is_theirs in items
        if is_theirs
    )


def asset(name: str) -> str:
    """The address of a file under static/, with a digest of its content where there is one."""
    built = _built_assets().get(name.removeprefix("dist/")) if name.startswith("dist/") else None
    path, _, version = f"dist/{built}".partition("?v=") if built else (name, "", "")
    return url_for("static", filename=path, v=version or None)


@lru_cache(maxsize=1)
def _built_assets() -> dict[str, str]:
    manifest = _STATIC / "dist" / "manifest.json"
    loaded: dict[str, str] = orjson.loads(manifest.read_bytes()) if manifest.exists() else {}
    return loaded
