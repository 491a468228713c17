"""Refusals as pages: nothing that was typed is lost, and nothing is told that is not theirs."""

import logging

import pytest

from engine.errors import UnavailableError
from tests.webapp.visitors import Visitor, Web, make_app
from webapp import security
from webapp.security import Door, Policy


def test_w06_an_unknown_and_a_forbidden_page_are_the_same_but_for_the_number(web: Web) -> None:
    case = web.office.report()
    task = web.office.open_task(case)
    visitor = web.as_(web.office.carla)
    same_length = "S-222222" if case.number != "S-222222" else "S-333333"

    for path, known, unknown in (
        ("/zaken/{}", case.number, same_length),
        ("/zaken/{}/diagram", case.number, same_length),
        ("/zaken/{}/diagram/gegevens", case.number, same_length),
        ("/meldingen/{}", case.number, same_length),
        ("/meldingen/{}/ontvangen", case.number, same_length),
        ("/taken/{}", task.id, "0" * len(task.id)),
    ):
        forbidden, absent = visitor.get(path.format(known)), visitor.get(path.format(unknown))
        assert forbidden.status == absent.status == 404, path
        assert forbidden.same_as(absent, unknown, known), path


def test_w06_acting_on_an_unknown_and_a_forbidden_task_gives_the_same_page(web: Web) -> None:
    task = web.office.open_task(web.office.report())
    visitor = web.as_(web.office.carla)
    unknown = "0" * len(task.id)

    for act in ("", "/oppakken", "/teruggeven", "/concept", "/vragen"):
        fields = {"_revision": "1", "naam": "Iemand"}
        forbidden = visitor.post(f"/taken/{task.id}{act}", fields)
        absent = visitor.post(f"/taken/{unknown}{act}", fields)

        assert forbidden.status == absent.status == 404, act
        assert forbidden.same_as(absent, unknown, task.id), act

        asked = {"Accept": "application/json"}
        forbidden = visitor.post(f"/taken/{task.id}{act}", fields, **asked)
        absent = visitor.post(f"/taken/{unknown}{act}", fields, **asked)
        assert forbidden.body == absent.body, act


def test_w06_a_list_begins_after_no_task_that_is_hidden(web: Web) -> None:
    task = web.office.open_task(web.office.report())
    unknown = "0" * len(task.id)

    forbidden, absent = (
        web.as_(web.office.carla).get(f"/werk?na={task_id}") for task_id in (task.id, unknown)
    )

    assert forbidden.status == absent.status == 404
    assert forbidden.same_as(absent, unknown, task.id)


def test_w17_an_unexpected_error_gives_a_reference_and_nothing_else(
    web: Web, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    visitor = _breaking(web, monkeypatch, ValueError("Jan Jansen, tabel user_task"))

    page = visitor.get("/stuk")

    assert page.status == 500
    reference = page.root.find_class("number")[0].text
    assert reference is not None
    assert "Jansen" not in page.body
    assert "Traceback" not in page.body
    assert "user_task" not in page.body
    logged = capsys.readouterr()
    assert reference in logged.out + logged.err
    assert "Jansen" not in logged.out + logged.err


def test_a_database_that_is_away_is_said_so_and_may_be_tried_again(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = _breaking(web, monkeypatch, UnavailableError("database_away"))

    page = visitor.get("/stuk")

    assert page.status == 503
    assert "Probeer het over een minuut opnieuw" in page.text


def test_a_page_that_was_open_too_long_shows_what_was_typed(web: Web) -> None:
    visitor = web.as_(web.office.mel)

    answer = visitor.client.post("/melden/proef.melden", data={"wat": "Een auto voor de deur."})

    assert answer.status_code == 400
    assert "Een auto voor de deur." in answer.get_data(as_text=True)


def test_more_than_fits_is_refused_in_words(web: Web) -> None:
    visitor = web.as_(web.office.mel)

    page = visitor.post("/melden/proef.melden", {"wat": "a" * (5 * 1024 * 1024 + 1)})

    assert page.status == 413
    assert page.title == "Dit is te veel in één keer"


def test_a_script_gets_a_problem_and_no_page(web: Web) -> None:
    task = web.office.open_task(web.office.report())
    visitor = web.as_(web.office.carla)

    page = visitor.post(f"/taken/{task.id}/concept", {}, Accept="application/json")

    assert page.response.content_type == "application/problem+json"
    assert page.response.get_json() == {"status": 404, "code": "not_found"}


def test_a_refusal_is_in_the_language_of_the_reader(web: Web) -> None:
    visitor = web.as_(web.office.anna)
    visitor.post("/taal", {"language": "en", "next": "/"})

    page = visitor.get("/zaken/S-222222")

    assert page.root.get("lang") == "en"
    assert page.title == "We cannot find this"


def _breaking(web: Web, monkeypatch: pytest.MonkeyPatch, error: Exception) -> Visitor:
    """A browser on an application with a page that fails."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)

    def fail() -> str:
        raise error

    monkeypatch.setitem(security.POLICY, "broken", Policy(Door.OPEN))
    app = make_app(web.office.database)
    app.add_url_rule("/stuk", "broken", fail)
    return Visitor(app)
