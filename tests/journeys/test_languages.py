"""The pages of the application in the language that somebody chose."""

from playwright.sync_api import expect

PAGES = {
    "/": "Good day, Joris Heuvelmans",
    "/meldingen": "My reports",
    "/zaken/S-222222": "We cannot find this",
}


def test_a_choice_of_language_holds_on_every_page_until_another_is_made(new_context, office):
    context = new_context()
    office.log_in(context, "joris")
    page = context.new_page()
    page.goto(f"{office.server.address}/meldingen")

    page.get_by_role("button", name="English").click()
    expect(page).to_have_url(f"{office.server.address}/meldingen")
    for path, heading in PAGES.items():
        page.goto(f"{office.server.address}{path}")
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        expect(page.locator("html")).to_have_attribute("lang", "en")

    page.get_by_role("button", name="Nederlands").click()
    page.goto(f"{office.server.address}/meldingen")
    expect(page.get_by_role("heading", name="Mijn meldingen")).to_be_visible()
