"""A process owner changes how work runs: in the drawing, in a form, and for new cases only."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.axe import judge, judge_width
from tests.journeys.office import NO_DANGER, Office
from tests.journeys.people import Someone

DIAGRAM = "/studio/signaal/diagram/signaal-behandelen.bpmn"
FLOW = "spoed_check_naar_beoordeel_spoed"
TASK = "Melder nabellen"
WIDTHS = (1280, 360)
PAGES = {
    "list": "/studio",
    "folder": "/studio/signaal",
    "form as text": "/studio/signaal/bestand/forms/spoed-check.form",
    "new file": "/studio/signaal/nieuw",
    "draft": "/studio/gedeeld",
    "throwing away": "/studio/gedeeld/weggooien",
}


def test_a_task_with_a_form_is_added_for_new_cases_only(server, region, arrive):
    office = Office(server, region[1])
    old = office.report()
    old_task = office.task_of(old)
    yara = arrive("yara")

    _add_a_form(yara)
    _draw_a_task_on_the_way(yara)
    _publish(yara)

    new = office.report()
    assert _title_after_the_check(office, old_task) == "Spoed besluiten"
    assert _title_after_the_check(office, office.task_of(new)) == TASK
    _do_the_new_task(arrive("miriam"), office.task_of(new))


def test_two_windows_on_one_diagram_do_not_overwrite_each_other(arrive):
    first, second = arrive("yara"), arrive("yara")
    for window in (first, second):
        _open(window, "spoed_check")

    _rename(second, "Spoedcheck samen doen")
    _save(second)
    _rename(first, "Spoedcheck alleen doen")
    first.press("Bewaar in het concept")

    conflict = first.page.get_by_role("region", name="Intussen door iemand anders gewijzigd")
    expect(conflict).to_contain_text("Yara Veldkamer heeft dit bestand gewijzigd")
    expect(conflict).to_contain_text("Daar gewijzigd:")
    expect(conflict.get_by_role("listitem")).to_have_text(["Spoedcheck samen doen"])
    judge(first.page, looked_at=frozenset({"color-contrast"}))
    with first.page.expect_download() as download:
        first.follow("Bewaar de mijne als bestand op mijn computer")
    assert "Spoedcheck alleen doen" in download.value.path().read_text(encoding="utf-8")

    first.press("Bewaar de mijne eroverheen")
    expect(_state(first)).to_contain_text("Concept: bewaard door Yara Veldkamer")
    expect(conflict).to_be_hidden()


def test_what_was_drawn_outlives_the_session(arrive):
    yara = arrive("yara")
    _open(yara, "spoed_check")
    _rename(yara, "Spoedcheck doen")

    yara.page.context.clear_cookies(name="uitweg")
    yara.press("Bewaar in het concept")
    expect(_state(yara)).to_contain_text("U bent uitgelogd. Wat u tekende staat er nog")
    other_tab = replace(yara, page=yara.page.context.new_page())
    other_tab.log_in()

    _save(yara)


def test_a_finding_leads_to_its_element_in_the_drawing(arrive):
    yara = arrive("yara")
    _open(yara, "spoed_check")

    _properties(yara).get_by_label("Formulier", exact=True).select_option("")
    _properties(yara).get_by_label("Naam", exact=True).fill("")
    _save(yara)

    findings = yara.page.get_by_role("region", name="Wat de controles zeggen")
    expect(findings).to_contain_text("Deze taak heeft geen naam.")
    yara.page.locator("[data-element-id=is_er_spoed]").first.click(force=True)
    findings.get_by_role("link", name="spoed_check").click()
    expect(_chosen(yara)).to_have_attribute("data-element-id", "spoed_check")


def test_a_task_is_drawn_with_the_keyboard_alone(arrive):
    yara = arrive("yara")
    _open(yara)
    page = yara.page

    page.get_by_text("Met het toetsenbord").press("Enter")
    page.get_by_label("Kies een stap").select_option("Ontvangst bevestigen")
    page.get_by_role("button", name="Ga ernaartoe in de tekening").press("Enter")
    page.keyboard.press("a")
    page.keyboard.type("persoon")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+s")

    expect(_state(yara)).to_contain_text("Concept: bewaard door Yara Veldkamer")
    expect(page.get_by_role("region", name="Wat de controles zeggen")).to_contain_text(
        "Deze taak heeft geen naam."
    )


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_the_studio_is_accessible(name, studio_window):
    page = studio_window(PAGES[name])

    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        judge(page)
        judge_width(page)


def test_the_editor_is_accessible(studio_window):
    page = studio_window(DIAGRAM)
    expect(page.locator(".djs-palette")).to_be_visible()
    expect(page.locator(".bio-properties-panel-header")).to_be_visible()

    # axe does not see what lies behind words in a drawing: they are black on white
    judge(page, looked_at=frozenset({"color-contrast"}))
    page.set_viewport_size({"width": 360, "height": 900})
    judge_width(page)


@pytest.fixture
def studio_window(
    new_context: Callable[..., BrowserContext], office: Office
) -> Callable[[str], Page]:
    """Opens a page of the studio for its owner; the folder with shared tables has a draft."""
    yara = office.visitor("yara")
    file = "/studio/gedeeld/bestand/forms/proef.form"
    if yara.get(file).status == 404:
        new = {"path": "forms/proef.form", "content": "{}"}
        assert yara.fill_in("/studio/gedeeld/nieuw", new).status == 303

    def open_page(path: str) -> Page:
        context = new_context()
        office.log_in(context, "yara")
        page = context.new_page()
        page.goto(f"{office.server.address}{path}")
        return page

    return open_page


def _add_a_form(yara: Someone) -> None:
    yara.follow("Studio")
    yara.page.get_by_role("link", name="signaal", exact=True).click()
    yara.follow("Een bestand toevoegen")
    yara.write("Naam van het bestand", "forms/nabellen.form")
    content = yara.page.get_by_label("Inhoud")
    text = content.input_value().replace("nieuw_formulier", "nabellen")
    content.fill(text.replace("Nieuw formulier", "Nabellen").replace("Is het", "Is bellen"))
    yara.press("Bewaar in het concept")
    yara.sees_heading("forms/nabellen.form")
    yara.sees("De controles vinden niets wat hersteld moet worden.")


def _draw_a_task_on_the_way(yara: Someone) -> None:
    _open(yara, FLOW)
    box = yara.page.locator(f"[data-element-id={FLOW}] .djs-visual > path").bounding_box()
    assert box is not None
    yara.page.keyboard.press("n")
    yara.page.keyboard.type("persoon")
    yara.page.keyboard.press("Enter")
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    yara.page.mouse.move(middle[0] - 5, middle[1])
    yara.page.mouse.move(*middle, steps=5)
    yara.page.mouse.click(*middle)
    _rename(yara, TASK)
    _properties(yara).get_by_label("Formulier", exact=True).select_option("nabellen")
    _save(yara)
    findings = yara.page.get_by_role("region", name="Wat de controles zeggen")
    expect(findings).to_contain_text("De controles vinden niets wat hersteld moet worden.")


def _publish(yara: Someone) -> None:
    yara.follow("Terug naar signaal")
    yara.sees("forms/nabellen.form is nieuw.")
    yara.press("Publiceer versie 2")
    yara.sees("Versie 2 is gepubliceerd. Gewijzigd: forms/nabellen.form, signaal-behandelen.bpmn.")


def _title_after_the_check(office: Office, task: str) -> str:
    """What comes after the first check of a case, once it was done."""
    office.miriam.press(task, "/oppakken")
    reply = office.miriam.fill_in(task, NO_DANGER)
    found = re.search(r"<h1[^>]*>(.*?)</h1>", office.miriam.get(reply.location).text, re.DOTALL)
    assert found is not None
    return found[1].strip()


def _do_the_new_task(miriam: Someone, task: str) -> None:
    miriam.open(task)
    miriam.sees_heading(TASK)
    miriam.choose("Is bellen gelukt?", "Ja")
    miriam.press("Verstuur en rond de taak af")
    miriam.sees_heading("Spoed besluiten")


def _open(someone: Someone, element: str = "") -> None:
    someone.open(f"{DIAGRAM}#{element}")
    expect(someone.page.locator(".bio-properties-panel-header")).to_be_visible()
    if element:
        expect(_chosen(someone)).to_have_attribute("data-element-id", element)


def _rename(someone: Someone, name: str) -> None:
    field = _properties(someone).get_by_label("Naam", exact=True)
    field.fill(name)
    field.press("Tab")


def _save(someone: Someone) -> None:
    someone.press("Bewaar in het concept")
    expect(_state(someone)).to_contain_text("Concept: bewaard door Yara Veldkamer")


def _chosen(someone: Someone):
    return someone.page.locator(".djs-element.selected")


def _properties(someone: Someone):
    return someone.page.get_by_role("region", name="Eigenschappen van wat gekozen is")


def _state(someone: Someone):
    return someone.page.locator("[data-modeler-state]")
