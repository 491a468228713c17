"""Logging in and out, and what somebody had typed when the session ended."""

from functools import cache

import pytest

from engine.model import SYSTEM
from tests.builders import ManualClock
from tests.webapp.visitors import Page, Visitor, Web, make_app
from webapp.casework import accounts, audit, views
from webapp.casework.access import Grant, Person

PASSWORD = "een zin die niemand raadt"
WRONG = "een zin die niet klopt"


@pytest.fixture
def ella(web: Web) -> Person:
    """Someone of Venlo with a password."""
    grants = frozenset({Grant("aandachtsfunctionaris", "venlo")})
    with web.office.database.unit_of_work(SYSTEM) as uow:
        return accounts.create(uow, "ella", "Ella Engelen", _hash(), grants)


@pytest.mark.usefixtures("ella")
def test_name_and_password_open_the_page_that_was_asked_for(web: Web) -> None:
    visitor = web.stranger()

    page = _log_in(visitor, visitor.get("/werk"))

    assert page.path == "/werk"
    assert "Ella Engelen" in page.text


@pytest.mark.usefixtures("ella")
def test_w02_the_session_and_the_token_of_forms_are_new_after_the_log_in(web: Web) -> None:
    visitor = web.as_(web.office.anna)
    before, token = visitor.client.get_cookie("uitweg"), visitor.csrf_token()
    visitor.post("/uitloggen", {})

    _log_in(visitor)

    after = visitor.client.get_cookie("uitweg")
    assert before is not None
    assert after is not None
    assert after.value != before.value
    stale = visitor.client.post("/taal", data={"language": "en", "csrf_token": token})
    assert stale.status_code == 400


def test_w02_a_session_ends_after_a_quarter_of_an_hour_of_silence(
    web: Web, clock: ManualClock
) -> None:
    visitor = web.as_(web.office.anna)
    clock.advance(minutes=14)
    assert visitor.get("/werk").path == "/werk"

    clock.advance(minutes=15, seconds=1)

    assert visitor.get("/werk").path.startswith("/inloggen")


def test_w02_a_session_ends_after_eight_hours_however_busy(web: Web, clock: ManualClock) -> None:
    visitor = web.as_(web.office.anna)

    for _ in range(48):
        clock.advance(minutes=10)
        visitor.get("/werk")

    assert visitor.get("/werk").path.startswith("/inloggen")


def test_w02_a_session_that_was_withdrawn_is_dead_at_once(web: Web) -> None:
    visitor = web.as_(web.office.anna)

    with web.office.database.unit_of_work(SYSTEM) as uow:
        accounts.revoke_sessions(uow, web.office.anna.id)

    assert visitor.get("/werk").path.startswith("/inloggen")


def test_w02_logging_out_ends_the_session_on_the_server(web: Web) -> None:
    visitor = web.as_(web.office.anna)
    cookie = visitor.client.get_cookie("uitweg")
    assert cookie is not None
    thief = Visitor(web.app, cookie.value)

    visitor.press(visitor.get("/werk"), "Uitloggen")

    assert thief.get("/werk").path.startswith("/inloggen")


@pytest.mark.usefixtures("ella")
def test_the_cookies_are_out_of_reach_of_scripts_and_of_plain_http(web: Web) -> None:
    secure = Visitor(make_app(web.office.database, is_https=True))
    page = secure.client.get("/inloggen", base_url="https://localhost")
    token = Page("/inloggen", page).typed("csrf_token")
    fields = {"login_name": "ella", "password": PASSWORD, "csrf_token": token}

    answer = secure.client.post("/inloggen", data=fields, base_url="https://localhost")

    cookies = answer.headers.getlist("Set-Cookie")
    assert {cookie.partition("=")[0] for cookie in cookies} == {
        "__Host-uitweg",
        "__Host-uitweg-form",
    }
    for cookie in cookies:
        assert "Secure" in cookie
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Path=/" in cookie


@pytest.mark.usefixtures("ella")
def test_w10_a_wrong_password_and_an_unknown_name_get_the_same_answer(web: Web) -> None:
    visitor = web.stranger()
    wrong = _log_in(visitor, name="ella", password=WRONG)
    unknown = _log_in(visitor, name="emma", password=WRONG)

    assert wrong.status == unknown.status == 401
    assert wrong.same_as(unknown, "emma", "ella")
    assert wrong.typed("login_name") == "ella"
    assert WRONG not in wrong.body


@pytest.mark.usefixtures("ella")
def test_w11_after_five_failures_every_try_must_wait_but_never_for_long(
    web: Web, clock: ManualClock
) -> None:
    visitor = web.stranger()
    for _ in range(5):
        assert _log_in(visitor, password=WRONG).status == 401

    refused = _log_in(visitor, password=WRONG)
    assert refused.status == 429
    assert 1 <= int(refused.response.headers["Retry-After"]) <= 60
    assert _log_in(visitor).status == 429
    clock.advance(minutes=1, seconds=1)
    assert _log_in(visitor).path == "/"


@pytest.mark.usefixtures("ella")
def test_w11_what_was_typed_as_a_name_stands_in_no_record(web: Web) -> None:
    _log_in(web.stranger(), name="wachtwoord123", password=WRONG)

    with web.office.database.unit_of_work(SYSTEM) as uow:
        records = [record for chain in audit.chains(uow) for record in audit.read(uow, chain)]
    assert "wachtwoord123" not in repr(records)


def test_a_form_whose_session_ended_comes_back_after_the_log_in(
    web: Web, ella: Person, clock: ManualClock
) -> None:
    visitor = web.as_(ella)
    form = visitor.get("/melden/proef.melden")
    clock.advance(hours=1)
    asked = visitor.press(form, "Verstuur de melding", gemeente="venlo", wat="Een witte bus.")
    assert asked.status == 401
    assert "Uw tekst is bewaard" in asked.text
    assert "Een witte bus." not in asked.body

    resumed = _log_in(visitor, asked)
    back = visitor.press(resumed, "Verder met het formulier")

    assert back.typed("wat") == "Een witte bus."
    assert back.typed("gemeente") == "venlo"
    assert _cases(web, ella) == 0
    sent = visitor.press(back, "Verstuur de melding")
    assert sent.title == "We hebben uw melding ontvangen"
    assert _cases(web, ella) == 1


@pytest.mark.usefixtures("ella")
def test_what_was_typed_is_not_given_to_somebody_else(web: Web, clock: ManualClock) -> None:
    visitor = web.stranger()
    _log_in(visitor)
    visitor.post("/uitloggen", {})
    own = web.as_(web.office.anna)
    form = own.get("/melden/proef.melden")
    with own.client.session_transaction() as browser:
        browser["account"] = web.office.anna.id
    clock.advance(hours=1)
    asked = own.press(form, "Verstuur de melding", gemeente="venlo", wat="Een witte bus.")

    page = _log_in(own, asked)

    assert "Een witte bus." not in page.body
    assert page.path == "/melden/proef.melden"


@pytest.mark.usefixtures("ella")
@pytest.mark.parametrize(("name", "is_given"), [("ella", True), ("emma", False)])
def test_what_was_sent_after_logging_out_is_given_to_nobody_else(
    web: Web, name: str, is_given: bool
) -> None:
    with web.office.database.unit_of_work(SYSTEM) as uow:
        accounts.create(uow, "emma", "Emma Evers", _hash())
    visitor = web.stranger()
    _log_in(visitor)
    visitor.post("/uitloggen", {})
    asked = visitor.post("/melden/proef.melden", {"gemeente": "venlo", "wat": "Een witte bus."})

    page = _log_in(visitor, asked, name=name)

    assert ("Een witte bus." in page.body) is is_given


@pytest.mark.usefixtures("ella")
def test_w02_logging_in_again_ends_the_session_that_was(web: Web) -> None:
    visitor = web.stranger()
    form = visitor.get("/inloggen")
    _log_in(visitor, form)
    cookie = visitor.client.get_cookie("uitweg")
    assert cookie is not None
    old = Visitor(web.app, cookie.value)
    assert old.get("/meldingen").path == "/meldingen"

    visitor.post("/inloggen", {"login_name": "ella", "password": PASSWORD})

    assert visitor.get("/meldingen").path == "/meldingen"
    assert old.get("/meldingen").path.startswith("/inloggen")


@pytest.mark.usefixtures("ella")
def test_what_was_kept_cannot_be_made_up(web: Web) -> None:
    visitor = web.stranger()

    answer = visitor.post(
        "/inloggen", {"login_name": "ella", "password": PASSWORD, "kept": "gAAAAABverzonnen"}
    )

    assert answer.status == 303


def test_the_language_that_was_chosen_stays(web: Web) -> None:
    visitor = web.as_(web.office.anna)

    english = visitor.post("/taal", {"language": "en", "next": "/werk"})

    assert english.response.headers["Location"] == "/werk"
    assert visitor.get("/werk").title == "My work"


def _log_in(
    visitor: Visitor, page: Page | None = None, *, name: str = "ella", password: str = PASSWORD
) -> Page:
    page = page or visitor.get("/inloggen")
    return visitor.press(page, "Inloggen", login_name=name, password=password)


def _cases(web: Web, person: Person) -> int:
    return len(web.office.do(person, views.reports))


@cache
def _hash() -> str:
    return accounts.hash_password(PASSWORD)
