"""What can be done with a mouse can be done with the keyboard alone, and seen while doing it."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.office import REPORT_FORM

MOST_STOPS = 80
FOCUS = """() => {
    const element = document.activeElement;
    const style = getComputedStyle(element);
    return {
        name: element.name || element.id || element.textContent.trim(),
        isShown: style.outlineStyle !== "none" || style.boxShadow !== "none",
    };
}"""


@pytest.fixture
def page(new_context, office) -> Page:
    """A page of somebody who reports."""
    context = new_context()
    office.log_in(context, "joris")
    return context.new_page()


def test_the_first_stop_leads_past_the_menu(page, office):
    page.goto(f"{office.server.address}/")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Naar de inhoud")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.get_by_role("main")).to_be_focused()


def test_a_signal_is_reported_with_the_keyboard_alone(page, office):
    page.goto(f"{office.server.address}{REPORT_FORM}")

    _go_to(page, "onderwerp")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")  # from a person to a place
    _go_to(page, "gemeente")
    page.keyboard.type("Venlo")
    _go_to(page, "wat")
    page.keyboard.type("Elke nacht slapen hier mensen.")
    _go_to(page, "zekerheid")
    page.keyboard.press("Space")
    _go_to(page, "Verstuur de melding")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="We hebben uw melding ontvangen")).to_be_visible()


def test_enter_in_a_field_sends_nothing(page, office):
    page.goto(f"{office.server.address}{REPORT_FORM}")

    _go_to(page, "plaats")
    page.keyboard.type("Venlo")
    page.keyboard.press("Enter")

    expect(page.get_by_role("textbox", name="Plaats")).to_have_value("Venlo")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_the_summary_of_errors_leads_to_the_field(page, office):
    page.goto(f"{office.server.address}{REPORT_FORM}")
    _go_to(page, "Verstuur de melding")

    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    _go_to(page, "In welke gemeente speelt het?")
    page.keyboard.press("Enter")

    expect(page.get_by_role("combobox", name="In welke gemeente")).to_be_focused()


def _go_to(page: Page, name: str) -> None:
    """Press Tab until a control whose name begins so has the focus; each on the way shows it."""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        here = page.evaluate(FOCUS)
        assert here["isShown"], f"nothing shows that {here['name']} has the focus"
        if here["name"].startswith(name):
            return
    raise AssertionError(f"{name} is not reached")


def test_the_diagram_is_moved_with_the_keyboard(new_context, office):
    context = new_context()
    office.log_in(context, "miriam")
    page = context.new_page()
    page.goto(f"{office.server.address}/zaken/{office.asked}/diagram")
    expect(page.locator(".diagram__token")).to_be_visible()
    before = page.locator(".diagram .viewport").get_attribute("transform")

    _go_to(page, "Hele schema")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")

    expect(page.locator(".diagram .viewport")).not_to_have_attribute("transform", before)
