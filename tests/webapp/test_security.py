"""What stands before every page."""

import re

import pytest
from sqlalchemy import func, select
from werkzeug.routing import Rule

from engine.storage.tables import metadata
from tests.webapp.visitors import Visitor, Web, make_app
from webapp.request import own_path
from webapp.security import POLICY, Door

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
ELSEWHERE = (
    "https://elders.example/",
    "//elders.example/",
    "/\\elders.example/",
    "\\\\elders.example",
    "/\t/elders.example",
    "http:elders.example",
    "javascript:alert(1)",
    " //elders.example",
    "/%0d%0aLocation:https://elders.example",
    "",
)


def test_w01_every_route_has_a_policy(web: Web) -> None:
    assert {rule.endpoint for rule in web.app.url_map.iter_rules()} == set(POLICY)


def test_w01_a_route_without_a_policy_cannot_be_reached(web: Web) -> None:
    app = make_app(web.office.database)
    app.add_url_rule("/vergeten", "forgotten", lambda: "secret")

    page = Visitor(app).get("/vergeten")

    assert page.status == 404
    assert "secret" not in page.body


def test_w01_a_stranger_is_asked_to_log_in_by_every_route_behind_the_door(web: Web) -> None:
    stranger = web.stranger()

    for rule, method in _routes(web, Door.SIGNED_IN):
        response = stranger.client.open(_path(rule), method=method)

        if method == "GET":
            assert response.headers["Location"].startswith("/inloggen"), rule
        else:
            assert response.status_code == 401, rule


def test_w04_no_unsafe_route_acts_without_a_token(web: Web) -> None:
    visitor = web.as_(web.office.anna)

    for rule, method in _routes(web):
        if method == "POST":
            assert visitor.client.post(_path(rule)).status_code == 400, rule


def test_w04_a_token_of_another_browser_is_refused(web: Web) -> None:
    theirs = web.as_(web.office.bram).csrf_token()
    visitor = web.as_(web.office.anna)
    visitor.csrf_token()

    response = visitor.client.post("/uitloggen", data={"csrf_token": theirs})

    assert response.status_code == 400


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://elders.example"}, {"Sec_Fetch_Site": "cross-site"}],
    ids=["origin", "fetch-site"],
)
def test_w04_a_post_from_another_site_is_refused_whatever_it_carries(
    web: Web, headers: dict[str, str]
) -> None:
    visitor = web.as_(web.office.anna)

    for rule, method in _routes(web):
        if method == "POST":
            assert visitor.post(_path(rule), {}, **headers).status == 403, rule


def test_w04_no_get_changes_a_row_but_those_of_the_audit(web: Web) -> None:
    case = web.office.report()
    task = web.office.open_task(case)
    visitor = web.as_(web.office.anna)
    visitor.get("/")
    before = _rows(web)

    for rule, method in _routes(web):
        if method == "GET" and rule.endpoint != "static":
            visitor.client.get(_path(rule, number=case.number, task_id=task.id))

    assert _rows(web) == before


def test_w05_every_answer_carries_the_headers(web: Web) -> None:
    case = web.office.report()
    visitor = web.as_(web.office.anna)
    answers = [
        visitor.client.open(_path(rule, number=case.number), method=method)
        for rule, method in _routes(web)
    ]
    answers += [visitor.client.get("/nergens"), visitor.client.delete("/werk")]

    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe-eval" not in policy
        assert "max-age=63072000" in answer.headers["Strict-Transport-Security"]
        assert HEADERS.items() <= dict(answer.headers).items()


def test_w05_only_the_pages_of_diagrams_open_style_attributes(web: Web) -> None:
    case = web.office.report()
    visitor = web.as_(web.office.anna)

    for rule, method in _routes(web):
        answer = visitor.client.open(_path(rule, number=case.number), method=method)
        policy = answer.headers["Content-Security-Policy"]
        is_diagram = rule.endpoint in {"casefile.diagram", "studio.diagram"}

        assert ("style-src-attr 'unsafe-inline'" in policy) == is_diagram
        assert ("require-trusted-types-for 'script'" in policy) != is_diagram
        assert policy.count("unsafe-inline") == int(is_diagram)


def test_w05_no_page_holds_an_inline_script_or_style(web: Web) -> None:
    case = web.office.report()
    task = web.office.open_task(case)
    visitor = web.as_(web.office.anna)

    for path in (
        "/",
        "/werk",
        "/melden/proef.melden",
        f"/taken/{task.id}",
        f"/zaken/{case.number}",
    ):
        root = visitor.get(path).root
        assert not [one for one in root.iter("script") if not one.get("src")]
        assert not list(root.iter("style"))
        assert not root.xpath("//*[@style] | //@*[starts-with(name(), 'on')]")


@pytest.mark.parametrize("path", ELSEWHERE)
def test_w08_nothing_leads_to_another_site(web: Web, path: str) -> None:
    with web.app.test_request_context():
        assert own_path(path) == "/" or own_path(path).startswith("/%")

    answer = web.stranger().post("/taal", {"language": "en", "next": path})

    assert re.match(r"/(?![/\\])", answer.response.headers["Location"])


def test_w13_no_page_is_kept_by_a_browser(web: Web) -> None:
    case = web.office.report()
    visitor = web.as_(web.office.anna)

    for rule, method in _routes(web):
        if rule.endpoint != "static":
            answer = visitor.client.open(_path(rule, number=case.number), method=method)
            assert answer.headers["Cache-Control"] == "no-store", rule


def test_w13_after_logging_out_a_page_shows_nothing(web: Web) -> None:
    case = web.office.report()
    visitor = web.as_(web.office.anna)
    visitor.post("/uitloggen", {})

    answer = visitor.client.get(f"/zaken/{case.number}")

    assert answer.headers["Location"].startswith("/inloggen")


def test_a_call_by_another_name_of_the_host_is_refused(web: Web) -> None:
    answer = web.stranger().client.get("/inloggen", headers={"Host": "elders.example"})

    assert answer.status_code == 400
    assert "elders" not in answer.get_data(as_text=True)


def test_the_health_of_the_server_says_nothing_else(web: Web) -> None:
    answer = web.stranger().client.get("/gezond")

    assert (answer.status_code, answer.get_data(as_text=True)) == (200, "ok\n")


def test_w16_a_nul_in_an_address_or_a_name_finds_nothing(web: Web) -> None:
    case = web.office.report()
    visitor = web.as_(web.office.anna)

    for rule, method in _routes(web):
        if "<" in rule.rule and rule.endpoint != "static":
            path = re.sub("<[^>]*>", f"{case.number}%00", rule.rule)
            answer = visitor.post(path, {}) if method == "POST" else visitor.get(path)
            assert answer.status == 404, rule

    assert visitor.get("/werk?na=%00").status == 404
    fields = {"login_name": "an\0na", "password": "w\0achtwoord"}
    assert web.stranger().post("/inloggen", fields).status == 401


def test_w16_a_nul_in_the_number_of_a_submission_is_left_out(web: Web) -> None:
    visitor = web.as_(web.office.mel)
    fields = {"gemeente": "venlo", "wat": "Een witte bus.", "_submission": "a\0b"}

    first, again = (visitor.post("/melden/proef.melden", fields) for _ in range(2))

    assert first.status == again.status == 303
    assert first.response.headers["Location"] == again.response.headers["Location"]


@pytest.mark.parametrize("path", ["/inloggen", "/taken/onbekend", "/nergens"])
def test_w12_a_post_with_more_fields_than_any_form_has_is_not_read(web: Web, path: str) -> None:
    crowded = "&".join(f"veld_{number}=1" for number in range(2_001))

    answer = web.stranger().client.post(
        path, data=crowded, content_type="application/x-www-form-urlencoded"
    )

    assert answer.status_code == 413
    assert "veld_7" not in answer.get_data(as_text=True)


def _routes(web: Web, door: Door | None = None) -> list[tuple[Rule, str]]:
    return [
        (rule, method)
        for rule in web.app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) & {"GET", "POST"})
        if door is None or POLICY[rule.endpoint].door is door
    ]


def _path(rule: Rule, **known: str) -> str:
    values = {"key": "proef.melden", "filename": "img/uitweg.svg", **known}
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: values.get(found[1], "onbekend"), rule.rule)


def _rows(web: Web) -> dict[str, int]:
    """How many rows each table has, and how often an instance or task was changed."""
    tables = [table for name, table in metadata.tables.items() if not name.startswith("audit")]
    task, instance = metadata.tables["user_task"], metadata.tables["process_instance"]
    with web.office.database.unit_of_work(web.office.anna.actor) as uow:
        rows = {
            table.name: uow.connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in tables
        }
        for table in (task, instance):
            query = select(func.sum(table.c.revision))
            rows[f"{table.name}.revision"] = uow.connection.execute(query).scalar_one()
    return rows
