"""Every page, as axe judges it, on a small screen, and in both languages."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.axe import judge, judge_width
from tests.journeys.office import NO_DANGER, REPORT_FORM, Office

WIDTHS = (1280, 360)

# Who looks at which page; None is a stranger.
PLAIN_PAGES: dict[str, tuple[str | None, Callable[[Office], str]]] = {
    "log in": (None, lambda _: "/inloggen"),
    "start": ("joris", lambda _: "/"),
    "report form": ("joris", lambda _: REPORT_FORM),
    "receipt": ("joris", lambda office: f"/meldingen/{office.asked}/ontvangen"),
    "my reports": ("joris", lambda office: office.question and "/meldingen"),
    "no reports": ("hanna", lambda _: "/meldingen"),
    "report with a question": (
        "joris",
        lambda office: office.question and f"/meldingen/{office.asked}",
    ),
    "question to the reporter": ("joris", lambda office: office.question),
    "inbox": ("miriam", lambda office: office.unclaimed and "/werk"),
    "empty inbox": ("tessa", lambda _: "/werk"),
    "task that nobody has": ("miriam", lambda office: office.unclaimed),
    "task of one's own": ("miriam", lambda office: office.taken_on()),
    "task with advice": ("miriam", lambda office: office.with_advice),
    "task about a double": ("miriam", lambda office: office.double),
    "case": ("miriam", lambda office: f"/zaken/{office.asked}"),
    "my cases": ("miriam", lambda office: office.unclaimed and "/zaken"),
    "no closed cases": ("noor", lambda _: "/zaken?toon=gesloten"),
    "piket roster": ("astrid", lambda _: "/piket"),
    "new duty": ("astrid", lambda _: "/piket/nieuw/zvh_noord_limburg"),
    "own duties": ("lars", lambda _: "/piket"),
    "no stuck cases": ("bram", lambda _: "/vastgelopen"),
    "giving a task": ("lotte", lambda office: f"/vastgelopen{office.stuck}/geven"),
    "not found": ("karim", lambda office: f"/zaken/{office.asked}"),
}


@pytest.fixture
def window(new_context: Callable[..., BrowserContext], office: Office) -> Callable[..., Page]:
    """Opens a page of the office for somebody."""

    def open_page(login_name: str | None, path: str, *, width: int = 1280) -> Page:
        context = new_context(width=width)
        if login_name is not None:
            office.log_in(context, login_name)
        page = context.new_page()
        page.goto(f"{office.server.address}{path}")
        return page

    return open_page


@pytest.mark.parametrize("name", PLAIN_PAGES)
def test_a_page_is_accessible(name, window, office):
    login_name, path = PLAIN_PAGES[name]

    page = window(login_name, path(office))

    _judge_at_every_width(page)


def test_the_diagram_is_accessible(window, office):
    page = window("miriam", f"/zaken/{office.asked}/diagram")

    expect(page.locator(".diagram__token")).to_be_visible()

    # axe does not see what lies behind words in a drawing: they are black on white and yellow
    _judge_at_every_width(page, looked_at=frozenset({"color-contrast"}))


def test_the_list_of_stuck_cases_is_accessible(window):
    page = window("lotte", "/vastgelopen")

    expect(page.get_by_text("Spoed-check doen").first).to_be_visible()

    _judge_at_every_width(page)


@pytest.mark.parametrize("typed", ["", "Niemand"], ids=["nothing", "nobody"])
def test_a_search_is_accessible_and_done_with_the_keyboard(typed, window):
    page = window("miriam", "/zaken")
    page.get_by_role("searchbox").focus()
    page.keyboard.type(typed)
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Gevonden zaken" if typed else "Mijn zaken"
    )
    _judge_at_every_width(page)


def test_a_refused_log_in_is_accessible(window):
    page = window(None, "/inloggen")
    page.get_by_label("Gebruikersnaam").fill("miriam")
    page.get_by_label("Wachtwoord").fill("niet het wachtwoord")

    page.get_by_role("button", name="Inloggen").click()

    expect(page.get_by_role("alert")).to_be_visible()
    _judge_at_every_width(page)


def test_a_report_form_with_every_question_is_accessible(window):
    page = window("joris", REPORT_FORM)

    page.get_by_role("radio", name="Een persoon").check()

    expect(page.get_by_role("group", name="Over wie gaat het?")).to_be_visible()
    _judge_at_every_width(page)


@pytest.mark.parametrize(
    ("login_name", "path", "button"),
    [
        ("joris", lambda _: REPORT_FORM, "Verstuur de melding"),
        ("miriam", lambda office: office.taken_on(), "Verstuur en rond de taak af"),
        ("astrid", lambda _: "/piket/nieuw/zvh_noord_limburg", "Opslaan"),
    ],
    ids=["report", "task", "duty"],
)
def test_a_refused_form_is_accessible(login_name, path, button, window, office):
    page = window(login_name, path(office))

    page.get_by_role("button", name=button).click()

    expect(page.get_by_role("alert")).to_be_focused()
    _judge_at_every_width(page)


def test_a_task_that_was_done_meanwhile_is_accessible(window, office):
    task = office.taken_on()
    page = window("miriam", task)
    page.get_by_role("group", name="Is er nu levensgevaar?").get_by_label("Nee").check()

    office.miriam.fill_in(task, NO_DANGER)
    page.get_by_role("button", name="Verstuur en rond de taak af").click()

    expect(page.get_by_role("heading", name="Deze taak is al gedaan")).to_be_visible()
    _judge_at_every_width(page)


def test_a_form_whose_session_ended_goes_on_after_the_log_in(window, office):
    page = window("joris", REPORT_FORM)
    page.get_by_label("Wat is er gezien of gehoord?").fill("Een volle schuur.")

    page.context.clear_cookies(name="uitweg")
    page.get_by_role("button", name="Verstuur de melding").click()
    expect(page.get_by_role("heading", name="Opnieuw inloggen")).to_be_visible()
    _judge_at_every_width(page)

    page.get_by_label("Gebruikersnaam").fill("joris")
    page.get_by_label("Wachtwoord").fill(office.passwords["joris"])
    page.get_by_role("button", name="Inloggen").click()
    expect(page.get_by_role("heading", name="U bent weer ingelogd")).to_be_visible()
    _judge_at_every_width(page)

    page.get_by_role("button", name="Verder met het formulier").click()
    expect(page.get_by_label("Wat is er gezien of gehoord?")).to_have_value("Een volle schuur.")


def _judge_at_every_width(page: Page, *, looked_at: frozenset[str] = frozenset()) -> None:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        judge(page, looked_at=looked_at)
        judge_width(page)
