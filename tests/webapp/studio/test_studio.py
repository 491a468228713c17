"""The studio: who gets in, drafts that owners share, what is refused, and what publishing does."""

import io

import pytest

from engine import folders
from engine.errors import NotFoundError
from tests.builders import ManualClock
from tests.webapp.studio.conftest import DIAGRAM_PATH, FORM_PATH, VRAAG, Studio
from tests.webapp.visitors import Page, words
from webapp.casework import audit, drafts

FOLDER = "/studio/vraag"
PUBLISH = "Publiceer versie 2"
TASK = (
    '<bpmn:userTask id="nabellen" name="Nabellen"><bpmn:extensionElements>'
    '<zeebe:formDefinition formId="lezen" /></bpmn:extensionElements></bpmn:userTask>'
    '<bpmn:sequenceFlow id="f3" sourceRef="nabellen" targetRef="gelezen" />'
)
# Every address, and how it is asked.
ADDRESSES = (
    ("GET", "/studio"),
    ("GET", FOLDER),
    ("GET", f"{FOLDER}/nieuw"),
    ("POST", f"{FOLDER}/nieuw"),
    ("GET", FORM_PATH),
    ("POST", FORM_PATH),
    ("POST", f"{FOLDER}/uit-het-concept/forms/lezen.form"),
    ("GET", f"{FOLDER}/diagram/vraag.bpmn"),
    ("GET", f"{FOLDER}/diagram-gegevens/vraag.bpmn"),
    ("GET", f"{FOLDER}/wijziging/onbekend"),
    ("POST", f"{FOLDER}/verder"),
    ("POST", f"{FOLDER}/publiceren"),
    ("GET", f"{FOLDER}/weggooien"),
    ("POST", f"{FOLDER}/weggooien"),
)


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
def test_the_studio_is_not_there_for_others(studio: Studio, method: str, path: str) -> None:
    for person in (studio.office.anna, studio.office.tom, studio.office.mel):
        visitor = studio.web.as_(person)
        page = visitor.get(path) if method == "GET" else visitor.post(path, {"seen": ""})
        assert page.status == 404
    assert not studio.open().changes


def test_only_owners_have_a_link_to_the_studio(studio: Studio) -> None:
    assert studio.olga.get("/").link("Studio") == "/studio"
    assert "Studio" not in studio.web.as_(studio.office.anna).get("/").text


def test_the_list_says_what_is_published_and_who_has_a_draft(studio: Studio) -> None:
    studio.edit(studio.olga, "duidelijk?", "helder?")

    page = studio.piet.get("/studio")

    assert "Een kleine vraag Versie 1, gepubliceerd op 2 maart 2026 om 10:00" in page.text
    assert "Concept sinds 2 maart 2026 om 10:00 van Olga Ooms." in page.text
    assert page.link("vraag.bpmn") == f"{FOLDER}/diagram/vraag.bpmn"


@pytest.mark.parametrize(
    "path",
    [
        "onbekend",
        "vraag/bestand/geen.form",
        "vraag/diagram/geen.bpmn",
        "vraag/diagram/process.toml",
    ],
)
def test_what_is_not_in_a_folder_is_not_found(studio: Studio, path: str) -> None:
    assert studio.olga.get(f"/studio/{path}").status == 404


def test_a_draft_is_shared_by_its_owners_and_changes_nothing_for_others(studio: Studio) -> None:
    studio.edit(studio.olga, "duidelijk?", "helder?")
    case = studio.ask("1")

    anna = studio.web.as_(studio.office.anna)
    task = anna.get(f"/taken/{studio.office.open_task(case).id}")
    page = anna.press(task, "Pak deze taak op")

    assert "helder?" in studio.piet.get(FORM_PATH).typed("content")
    assert "Is het duidelijk?" in page.text


def test_publishing_makes_the_next_version_and_says_what_changed(studio: Studio) -> None:
    studio.edit(studio.olga, "duidelijk?", "helder?")

    page = studio.olga.press(studio.olga.get(FOLDER), PUBLISH)

    bench = studio.open()
    assert "Versie 2 is gepubliceerd. Gewijzigd: forms/lezen.form." in page.text
    assert (bench.newest.version, bench.newest.deployed_by) == (2, studio.olga_herself.id)
    assert not bench.changes
    with studio.office.database.unit_of_work(studio.olga_herself.actor) as uow:
        record = audit.read(uow, uow.now.date().isoformat())[-1]
    assert (record.action, record.object) == ("deploy", bench.newest.id)
    assert record.actor_id == studio.olga_herself.id


def test_a_case_that_runs_stays_on_its_version(studio: Studio) -> None:
    before = studio.ask("1")
    diagram = VRAAG / "vraag.bpmn"
    text = diagram.read_text().replace('targetRef="gelezen" />', 'targetRef="nabellen" />' + TASK)
    text = text.replace(
        "<bpmn:flowNodeRef>gelezen<",
        "<bpmn:flowNodeRef>nabellen</bpmn:flowNodeRef><bpmn:flowNodeRef>gelezen<",
    )
    studio.olga.press(studio.olga.get(DIAGRAM_PATH), "Bewaar in het concept", content=text)
    studio.olga.press(studio.olga.get(FOLDER), PUBLISH)
    after = studio.ask("2")

    for case in (before, after):
        studio.office.complete(studio.office.anna, studio.office.open_task(case))

    assert studio.office.case(before.number).is_open is False
    assert studio.office.open_task(after).name == "Nabellen"


def test_a_broken_file_is_named_with_what_to_do_and_cannot_be_published(studio: Studio) -> None:
    studio.edit(studio.olga, 'formId="lezen"', 'formId="weg"', path=DIAGRAM_PATH)

    page = studio.olga.get(FOLDER)

    assert "De controles vonden: één fout." in page.text
    assert "Het formulier is er niet. Kies een ander, of voeg het toe." in page.text
    assert page.link("Vraag lezen") == f"{FOLDER}/diagram/vraag.bpmn#lezen"
    assert PUBLISH not in page.text


def test_a_refused_publication_keeps_the_draft(studio: Studio) -> None:
    studio.edit(studio.olga, 'formId="lezen"', 'formId="weg"', path=DIAGRAM_PATH)

    page = studio.olga.post(f"{FOLDER}/publiceren", {"seen": studio.open().draft_id})

    assert page.status == 422
    assert "Niet gepubliceerd: er moet eerst één fout worden hersteld." in page.text
    assert "vraag.bpmn is gewijzigd." in page.text
    assert studio.open().newest.version == 1
    assert studio.open().changed == ("vraag.bpmn",)


def test_work_that_nobody_handles_is_refused_when_it_is_published(studio: Studio) -> None:
    page = studio.olga.get(DIAGRAM_PATH)
    text = page.typed("content").replace("bpmn:userTask", "bpmn:serviceTask")
    work = text.replace('formDefinition formId="lezen"', 'taskDefinition type="geen"')
    studio.olga.press(page, "Bewaar in het concept", content=work)

    refused = studio.olga.press(studio.olga.get(FOLDER), PUBLISH)

    assert refused.status == 422
    assert "Niemand heeft gemaakt wat het systeem hier moet doen." in refused.text


def test_two_owners_of_one_file_see_each_other_before_anything_is_overwritten(
    studio: Studio, clock: ManualClock
) -> None:
    opened = studio.piet.get(FORM_PATH)
    clock.advance(minutes=5)
    studio.edit(studio.olga, "duidelijk?", "helder?")

    page = studio.edit(studio.piet, "duidelijk?", "goed?", page=opened)

    assert page.status == 409
    assert "Olga Ooms heeft dit bestand gewijzigd op 2 maart 2026 om 10:05" in page.text
    assert "helder?" in words(page.root.get_element_by_id("their-content"))
    assert "goed?" in page.typed("content")
    assert b"helder?" in (studio.open().content("forms/lezen.form") or b"")


def test_who_chooses_to_save_over_another_loses_nothing(studio: Studio) -> None:
    opened = studio.piet.get(FORM_PATH)
    studio.edit(studio.olga, "duidelijk?", "helder?")
    conflict = studio.edit(studio.piet, "duidelijk?", "goed?", page=opened)

    studio.piet.press(conflict, "Bewaar de mijne eroverheen")
    earlier = studio.olga.get(studio.olga.get(FOLDER).link("Olga Ooms heeft forms/lezen.form"))
    studio.olga.press(earlier, "Zet deze terug in het concept")

    assert "helder?" in earlier.typed("content")
    assert "helder?" in studio.piet.get(FORM_PATH).typed("content")


def test_changes_of_different_files_do_not_disturb_each_other(studio: Studio) -> None:
    opened = studio.piet.get(FORM_PATH)
    studio.edit(studio.olga, "Vraag lezen", "Vraag bekijken", path=DIAGRAM_PATH)

    page = studio.edit(studio.piet, "duidelijk?", "goed?", page=opened)

    assert page.status == 200
    assert studio.open().changed == ("forms/lezen.form", "vraag.bpmn")


def test_what_was_published_since_a_file_was_opened_is_not_undone(studio: Studio) -> None:
    opened = studio.piet.get(FORM_PATH)
    studio.edit(studio.olga, "duidelijk?", "helder?")
    studio.olga.press(studio.olga.get(FOLDER), PUBLISH)

    page = studio.edit(studio.piet, "duidelijk?", "goed?", page=opened)

    assert page.status == 409
    assert not studio.open().changes


def test_a_draft_that_changed_since_it_was_shown_is_not_published(studio: Studio) -> None:
    studio.edit(studio.olga, "duidelijk?", "helder?")
    shown = studio.olga.get(FOLDER)
    studio.edit(studio.piet, "Vraag lezen", "Vraag bekijken", path=DIAGRAM_PATH)

    page = studio.olga.press(shown, PUBLISH)

    assert page.status == 409
    assert "Piet Pol heeft deze map gewijzigd" in page.text
    assert studio.open().newest.version == 1


def test_another_version_is_told_of_before_the_draft_is_published(studio: Studio) -> None:
    studio.edit(studio.olga, "duidelijk?", "helder?")
    shown = studio.olga.get(FOLDER)
    studio.deploy_elsewhere(b"Mag dit", b"Mag dat", "forms/stellen.form")
    studio.deploy_elsewhere(b"Wat is de vraag?", b"Wat wilt u weten?", "forms/stellen.form")

    refused = studio.olga.press(shown, PUBLISH)
    page = studio.olga.get(FOLDER)

    assert refused.status == 409
    assert "Er is nu niets gepubliceerd." in refused.text
    assert "een andere versie gepubliceerd: versie 2" in page.text
    assert "komen daaruit mee: forms/stellen.form" in page.text
    assert "Publiceer" not in page.text


def test_a_draft_goes_on_from_another_version_without_undoing_it(studio: Studio) -> None:
    studio.edit(studio.olga, "duidelijk?", "helder?")
    studio.edit(studio.olga, "Wat is de vraag?", "Wat?", path=_form("stellen"))
    studio.edit(studio.olga, "Wat?", "Wat is de vraag?", path=_form("stellen"))
    studio.deploy_elsewhere(b"Wat is de vraag?", b"Wat wilt u weten?", "forms/stellen.form")

    studio.olga.press(studio.olga.get(FOLDER), "Ga verder vanaf die versie")
    studio.olga.press(studio.olga.get(FOLDER), "Publiceer versie 3")

    assert "Wat wilt u weten?" in studio.olga.get(_form("stellen")).typed("content")
    assert "helder?" in studio.olga.get(FORM_PATH).typed("content")


def test_a_form_is_added_and_can_be_chosen_in_the_diagram(studio: Studio) -> None:
    new = studio.olga.get(studio.olga.get(FOLDER).link("Een bestand toevoegen"))

    page = studio.olga.press(new, "Bewaar in het concept", path="forms/nabellen.form")

    data = studio.olga.get(f"{FOLDER}/diagram-gegevens/vraag.bpmn").response.get_json()
    assert page.title == "forms/nabellen.form"
    assert "De controles vinden niets" in page.text
    assert {"id": "nieuw_formulier", "name": "Nieuw formulier"} in data["forms"]


def test_a_file_is_uploaded_in_place_of_another(studio: Studio) -> None:
    page = studio.olga.get(FORM_PATH)
    form = {name: page.typed(name) for name in ("seen", "content")}
    new = (VRAAG / "forms/lezen.form").read_bytes().replace(b"duidelijk?", b"helder?")
    upload = (io.BytesIO(new), "iets.form")

    studio.olga.client.post(
        FORM_PATH, data={**form, "csrf_token": studio.olga.csrf_token(), "upload": upload}
    )

    assert studio.open().content("forms/lezen.form") == new


@pytest.mark.parametrize(
    "path",
    [
        "",
        "../weg.form",
        "Forms/Weg.form",
        "weg.exe",
        "/etc/passwd",
        "a/b/c.form",
        "nul\0.form",
        "forms/x.FORM",
    ],
)
def test_a_file_that_no_folder_can_hold_is_refused_and_kept(studio: Studio, path: str) -> None:
    page = studio.olga.post(f"{FOLDER}/nieuw", {"path": path, "content": "mijn werk"})

    assert page.status == 422
    assert "Zo kan een bestand niet heten." in page.text
    assert page.typed("content") == "mijn werk"
    assert not studio.open().changes


def test_a_file_that_is_there_is_not_added_again(studio: Studio) -> None:
    page = studio.olga.post(f"{FOLDER}/nieuw", {"path": "forms/lezen.form", "content": "{}"})

    assert page.status == 409
    assert "Er is al een bestand forms/lezen.form." in page.text


def test_a_file_is_taken_out_and_the_manifest_is_not(studio: Studio) -> None:
    studio.olga.press(studio.olga.get(FORM_PATH), "Haal dit bestand uit het concept")
    seen = studio.olga.get(f"{FOLDER}/bestand/process.toml").typed("seen")
    kept = studio.olga.post(f"{FOLDER}/uit-het-concept/process.toml", {"seen": seen})

    assert "forms/lezen.form is eruit gehaald." in studio.olga.get(FOLDER).text
    assert kept.status == 422
    assert studio.open().changed == ("forms/lezen.form",)


def test_a_draft_is_thrown_away_after_a_question(studio: Studio) -> None:
    studio.edit(studio.olga, "duidelijk?", "helder?")

    asked = studio.olga.get(studio.olga.get(FOLDER).link("Gooi het concept weg"))
    studio.olga.press(asked, "Gooi het concept weg")

    assert "forms/lezen.form is gewijzigd." in asked.text
    assert not studio.open().changes
    assert "helder?" not in studio.olga.get(FORM_PATH).typed("content")


def test_a_draft_that_a_colleague_changed_is_not_thrown_away(studio: Studio) -> None:
    studio.edit(studio.olga, "duidelijk?", "helder?")
    asked = studio.olga.get(f"{FOLDER}/weggooien")
    studio.edit(studio.piet, "helder?", "goed?")

    page = studio.olga.press(asked, "Gooi het concept weg")

    assert page.status == 409
    assert len(studio.open().changes) == 2


def test_the_editor_saves_and_gets_the_findings(studio: Studio) -> None:
    data = studio.olga.get(f"{FOLDER}/diagram-gegevens/vraag.bpmn").response.get_json()

    answer = _save(studio, data["xml"].replace('formId="lezen"', 'formId="weg"'), data["seen"])

    saved = answer.response.get_json()
    assert answer.status == 200
    assert "Concept: bewaard door Olga Ooms" in saved["last"]
    assert "Het formulier is er niet." in saved["findings"]
    assert saved["seen"] != data["seen"]


def test_the_editor_hears_what_a_colleague_made_meanwhile(studio: Studio) -> None:
    data = studio.olga.get(f"{FOLDER}/diagram-gegevens/vraag.bpmn").response.get_json()
    studio.edit(studio.piet, "Vraag lezen", "Vraag bekijken", path=DIAGRAM_PATH)

    answer = _save(studio, data["xml"].replace("Vraag lezen", "Lezen"), data["seen"])

    theirs = answer.response.get_json()
    assert answer.status == 409
    assert "Piet Pol heeft dit bestand gewijzigd" in theirs["text"]
    assert "Vraag bekijken" in theirs["xml"]


def test_saving_what_is_there_already_is_no_change(studio: Studio) -> None:
    opened = studio.piet.get(FORM_PATH)
    studio.edit(studio.olga, "duidelijk?", "helder?")

    page = studio.edit(studio.piet, "duidelijk?", "helder?", page=opened)

    assert page.status == 200
    assert len(studio.open().changes) == 1


def test_findings_have_the_words_of_the_checks_in_english(studio: Studio) -> None:
    studio.edit(studio.olga, 'formId="lezen"', 'formId="weg"', path=DIAGRAM_PATH)
    studio.olga.post("/taal", {"language": "en", "next": "/"})

    page = studio.olga.get(FOLDER)

    assert "The form 'weg' is not there." in page.text
    assert "Choose one that is" not in page.text


def test_a_version_that_is_not_there_is_refused_by_name(studio: Studio) -> None:
    with studio.office.database.unit_of_work(studio.olga_herself.actor) as uow:
        for ask in (folders.get, folders.files):
            with pytest.raises(NotFoundError, match="deployment_not_found"):
                ask(uow, "onbekend")
        with pytest.raises(NotFoundError, match="change_not_found"):
            drafts.after_change(uow, studio.olga_herself, "vraag", "onbekend")


def _form(name: str) -> str:
    return f"{FOLDER}/bestand/forms/{name}.form"


def _save(studio: Studio, content: str, seen: str) -> Page:
    fields = {"content": content, "seen": seen}
    return studio.olga.post(DIAGRAM_PATH, fields, Accept="application/json")
