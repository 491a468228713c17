"""What stands before every route: who may knock, where a post may come from, and the headers.

`POLICY` names each endpoint once. An endpoint that is not in it cannot be reached, by anyone.
"""

from dataclasses import dataclass
from enum import Enum

from flask import Flask, Response, current_app, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import RequestEntityTooLarge

from engine.errors import NotAllowedError, NotFoundError
from webapp.casework.access import Action


class Door(Enum):
    """Who gets as far as the view; what they may do there is asked of `casework.access`."""

    OPEN = "anyone"
    SIGNED_IN = "anyone with a session"


@dataclass(frozen=True, slots=True)
class Policy:
    """What one endpoint demands.

    Attributes:
        door: who gets in.
        asks: the right that the act behind it asks of `access.may`; None when it touches only
            what is the visitor's own, or nothing.
    """

    door: Door
    asks: Action | None = None


_OPEN = Policy(Door.OPEN)
_OWN = Policy(Door.SIGNED_IN)

POLICY: dict[str, Policy] = {
    "static": _OPEN,
    "auth.log_in": _OPEN,
    "auth.show_log_in": _OPEN,
    "auth.log_out": _OPEN,
    "auth.choose_language": _OPEN,
    "health": _OPEN,
    "portal.start": _OWN,
    "portal.choose_report": _OWN,
    "portal.show_report": Policy(Door.SIGNED_IN, Action.START_SIGNAL),
    "portal.send_report": Policy(Door.SIGNED_IN, Action.START_SIGNAL),
    "portal.report_questions": Policy(Door.SIGNED_IN, Action.START_SIGNAL),
    "portal.reports": _OWN,
    "portal.report_status": Policy(Door.SIGNED_IN, Action.VIEW_REPORT),
    "portal.add_to_report": Policy(Door.SIGNED_IN, Action.VIEW_REPORT),
    "portal.receipt": Policy(Door.SIGNED_IN, Action.VIEW_REPORT),
    "inbox.show_tasks": _OWN,
    "inbox.put_away": _OWN,
    "inbox.show_task": Policy(Door.SIGNED_IN, Action.VIEW_TASK),
    "inbox.complete": Policy(Door.SIGNED_IN, Action.COMPLETE_TASK),
    "inbox.claim": Policy(Door.SIGNED_IN, Action.CLAIM_TASK),
    "inbox.release": Policy(Door.SIGNED_IN, Action.RELEASE_TASK),
    "inbox.save_draft": Policy(Door.SIGNED_IN, Action.COMPLETE_TASK),
    "inbox.questions": Policy(Door.SIGNED_IN, Action.VIEW_TASK),
    "caselist.show": Policy(Door.SIGNED_IN, Action.LIST_SECTION),
    "caselist.search": Policy(Door.SIGNED_IN, Action.LIST_SECTION),
    "casefile.case": Policy(Door.SIGNED_IN, Action.VIEW_CASE),
    "casefile.diagram": Policy(Door.SIGNED_IN, Action.VIEW_CASE),
    "casefile.diagram_data": Policy(Door.SIGNED_IN, Action.VIEW_CASE),
    "casefile.show_event": Policy(Door.SIGNED_IN, Action.REPORT_EVENT),
    "casefile.report_event": Policy(Door.SIGNED_IN, Action.REPORT_EVENT),
    "casefile.event_questions": Policy(Door.SIGNED_IN, Action.REPORT_EVENT),
    "control.show_stuck": Policy(Door.SIGNED_IN, Action.LIST_SECTION),
    "control.remind": Policy(Door.SIGNED_IN, Action.REASSIGN_TASK),
    "control.take_back": Policy(Door.SIGNED_IN, Action.REASSIGN_TASK),
    "control.show_giving": Policy(Door.SIGNED_IN, Action.REASSIGN_TASK),
    "control.give": Policy(Door.SIGNED_IN, Action.REASSIGN_TASK),
    "control.retry": Policy(Door.SIGNED_IN, Action.REASSIGN_TASK),
    "roster.show": _OWN,
    "roster.show_new": Policy(Door.SIGNED_IN, Action.MANAGE_ROSTER),
    "roster.add": Policy(Door.SIGNED_IN, Action.MANAGE_ROSTER),
    "roster.show_change": Policy(Door.SIGNED_IN, Action.MANAGE_ROSTER),
    "roster.change": Policy(Door.SIGNED_IN, Action.MANAGE_ROSTER),
    "roster.remove": Policy(Door.SIGNED_IN, Action.MANAGE_ROSTER),
    "studio.index": Policy(Door.SIGNED_IN, Action.DEPLOY_PROCESS),
    "studio.folder": Policy(Door.SIGNED_IN, Action.DEPLOY_PROCESS),
    "studio.new_file": Policy(Door.SIGNED_IN, Action.DEPLOY_PROCESS),
    "studio.add_file": Policy(Door.SIGNED_IN, Action.DEPLOY_PROCESS),
    "studio.file": Policy(Door.SIGNED_IN, Action.DEPLOY_PROCESS),
    "studio.save_file": Policy(Door.SIGNED_IN, Action.DEPLOY_PROCESS),
    "studio.remove_file": Policy(Door.SIGNED_IN, Action.DEPLOY_PROCESS),
    "studio.change": Policy(Door.SIGNED_IN, Action.DEPLOY_PROCESS),
    "studio.diagram": Policy(Door.SIGNED_IN, Action.DEPLOY_PROCESS),
    "studio.diagram_data": Policy(Door.SIGNED_IN, Action.DEPLOY_PROCESS),
    "studio.go_on": Policy(Door.SIGNED_IN, Action.DEPLOY_PROCESS),
    "studio.publish": Policy(Door.SIGNED_IN, Action.DEPLOY_PROCESS),
    "studio.ask_discard": Policy(Door.SIGNED_IN, Action.DEPLOY_PROCESS),
    "studio.discard": Policy(Door.SIGNED_IN, Action.DEPLOY_PROCESS),
}

# More than any form has. Werkzeug counts the parts of a multipart form only.
MOST_FIELDS = 2_000

# Flask-WTF checks a token on every unsafe method, before any view.
csrf = CSRFProtect()

_SOURCES = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "font-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "object-src": "'none'",
}

# bpmn-js sets style attributes and writes markup, so its pages alone are less strict.
_DIAGRAM_ENDPOINTS = frozenset({"casefile.diagram", "studio.diagram"})

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def content_security_policy(endpoint: str | None) -> str:
    """The Content-Security-Policy of a page; *endpoint* is None when no route was found."""
    parts = [f"{name} {sources}" for name, sources in _SOURCES.items()]
    if endpoint in _DIAGRAM_ENDPOINTS:
        parts.append("style-src-attr 'unsafe-inline'")
    else:
        parts.append("require-trusted-types-for 'script'")
    return "; ".join(parts)


def protect(app: Flask) -> None:
    """Put the checks and the headers on *app*; nothing else may run before them."""
    app.before_request(_refuse_unlisted)
    app.before_request(_refuse_unwritable)
    app.before_request(_refuse_crowded)
    app.before_request(_refuse_foreign_posts)
    app.after_request(_add_headers)


def _refuse_unlisted() -> None:
    if request.endpoint is not None and request.endpoint not in POLICY:
        raise NotFoundError("route_without_policy", endpoint=request.endpoint)


def _refuse_unwritable() -> None:
    """No address of ours holds a NUL, and PostgreSQL can not even look for one."""
    if "\0" in request.path or b"%00" in request.query_string:
        raise NotFoundError("not_found")


def _refuse_crowded() -> None:
    """Refuse more fields than a form has: to read and return them keeps others waiting."""
    is_counted = request.mimetype == "application/x-www-form-urlencoded"
    if is_counted and request.get_data().count(b"&") >= MOST_FIELDS:
        request.form = ImmutableMultiDict()  # nor does the page that says so read them
        raise RequestEntityTooLarge


def _refuse_foreign_posts() -> None:
    """Refuse a post that another site set off, whatever token it carries.

    Under "no-referrer" browsers send `Origin: null` with a form of our own, so that value says
    nothing; `Sec-Fetch-Site` does.
    """
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return
    origin = request.headers.get("Origin", "null")
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    # Behind a proxy that ends TLS the request itself looks like plain http.
    scheme = "https" if current_app.config["SESSION_COOKIE_SECURE"] else request.scheme
    foreign = origin not in {"null", f"{scheme}://{request.host}"}
    if foreign or site in {"cross-site", "same-site"}:
        raise NotAllowedError("foreign_post")


def _add_headers(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = content_security_policy(request.endpoint)
    for name, value in _HEADERS.items():
        response.headers[name] = value
    response.headers["Cache-Control"] = _caching(response)
    return response


def _caching(response: Response) -> str:
    """Files may be kept, for ever when their address changes with their content; pages never."""
    if request.endpoint != "static" or response.status_code >= 400:
        return "no-store"
    has_digest = "v" in request.args or request.path.startswith("/static/dist/")
    return "public, max-age=31536000, immutable" if has_digest else "public, max-age=3600"
