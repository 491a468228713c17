"""Vastgelopen zaken: what stands still, whose move it is, and what a manager does about it."""

import re
from pathlib import Path

import pytest

from engine import definitions, incidents
from engine.model import SYSTEM
from tests.webapp.builders import NO_PASSWORD, Office, folder
from tests.webapp.visitors import Page, Web, words
from webapp.casework import accounts, audit, notices, work
from webapp.casework.access import Grant, Person
from webapp.casework.audit import Act
from webapp.casework.cases import CaseFile
from webapp.forms import REVISION

STUCK = "/vastgelopen"
TERMS = Path(__file__).parents[3] / "processes/gedeeld/decisions/termijnen.dmn"
WHAT_IS_KNOWN = "Een auto voor de deur."


class Manager:
    """The manager of Venlo, who logs in at every look: between two of them days may pass."""

    def __init__(self, web: Web) -> None:
        self.web = web

    def get(self, path: str) -> Page:
        self.browser = self.web.as_(self.web.office.tom)
        return self.browser.get(path)

    def press(self, page: Page, button: str) -> Page:
        return self.browser.press(page, button)


@pytest.fixture
def manager(web: Web) -> Manager:
    return Manager(web)


@pytest.fixture
def late(office: Office) -> CaseFile:
    """A signal in Venlo of which the task should have been done a day ago."""
    case = office.report()
    office.clock.advance(days=3)
    return case


def test_a_late_task_stands_in_the_list_with_why_since_when_and_whose_move(
    manager: Manager, late: CaseFile
) -> None:
    (card,) = _cards(manager.get(STUCK))

    assert card.startswith("Signaal beoordelen Te laat")
    assert f"{late.number} · Een klein signaal · Venlo" in card
    assert "Deze taak had klaar moeten zijn op 4 maart 2026" in card
    assert "Staat stil 24 uur (sinds 4 maart 2026 om 10:00)" in card
    assert "Aan zet Aandachtsfunctionaris, Venlo" in card
    assert WHAT_IS_KNOWN not in manager.get(STUCK).body


def test_a_task_within_its_term_does_not_stand_still(office: Office, manager: Manager) -> None:
    office.report()

    page = manager.get(STUCK)

    assert not _cards(page)
    assert "Niets staat stil" in page.text


def test_who_has_taken_on_a_late_task_is_named(
    office: Office, manager: Manager, late: CaseFile
) -> None:
    _claim(office, office.anna, late)

    assert "Aan zet Anna Aarts (Aandachtsfunctionaris, Venlo)" in _cards(manager.get(STUCK))[0]


def test_a_task_that_nobody_takes_on_within_the_norm_stands_still(
    office: Office, manager: Manager
) -> None:
    files = {**_without_a_due_date(), "gedeeld/decisions/termijnen.dmn": TERMS.read_bytes()}
    with office.database.unit_of_work(SYSTEM) as uow:
        definitions.deploy(uow, files, topics=("proef.herinner",))
    case = office.report()
    office.clock.advance(days=1, hours=20)
    assert not _cards(manager.get(STUCK)), "two working days are not over yet"

    office.clock.advance(days=1)
    (card,) = _cards(manager.get(STUCK))

    assert card.startswith("Signaal beoordelen Niet opgepakt")
    assert "Niemand heeft deze taak opgepakt. Dat moet binnen 2 werkdagen." in card
    _claim(office, office.anna, case)
    assert not _cards(manager.get(STUCK))


def test_an_answer_of_somebody_else_past_its_term_stands_still(
    office: Office, manager: Manager
) -> None:
    with office.database.unit_of_work(SYSTEM) as uow:
        definitions.deploy(uow, _with_a_term_for_the_reporter(), topics=("proef.herinner",))
    case = office.report()
    office.complete(
        office.anna, office.open_task(case), route="vragen", vraag="Welke auto?", naam=""
    )
    office.clock.advance(days=3)

    (card,) = _cards(manager.get(STUCK))

    assert card.startswith("Vraag beantwoorden Wacht op een ander")
    assert "Het antwoord had er moeten zijn op" in card
    assert "Aan zet De melder" in card
    assert "Mel Melder" not in card, "of who reported no name is told"
    assert "Aan een collega geven" not in card, "what is asked of one person is nobody else's"


def test_a_task_for_which_there_is_nobody_says_so(office: Office, manager: Manager) -> None:
    office.report()
    with office.database.unit_of_work(SYSTEM) as uow:
        for person in (office.anna, office.bram):
            accounts.disable(uow, person.id)

    (card,) = _cards(manager.get(STUCK))

    assert card.startswith("Signaal beoordelen Niemand kan dit doen")
    assert "Niemand met een account heeft de rol Aandachtsfunctionaris in Venlo." in card
    assert "Aan zet De functioneel beheerder" in card


def test_automatic_work_that_failed_is_tried_again(office: Office, manager: Manager) -> None:
    case = office.report_and_fail()

    page = manager.get(STUCK)
    (card,) = (each for each in _cards(page) if "mislukt" in each)
    assert card.startswith("Herinneren Automatische stap mislukt")
    after = manager.press(page, "Opnieuw proberen")

    assert "Uitweg probeert het nu opnieuw" in after.text
    assert office.read(lambda uow: incidents.of_case(uow, case.number)) == ()
    assert Act.RETRY_JOB in office.acts(case.number)


def test_a_reminder_reaches_the_team_once_a_day(
    office: Office, manager: Manager, late: CaseFile
) -> None:
    page = manager.get(STUCK)

    after = manager.press(page, "Herinnering sturen")
    again = manager.press(page, "Herinnering sturen")

    assert "De herinnering is verstuurd" in after.text
    assert "Herinnering sturen" not in after.text
    assert "vandaag al een herinnering" in again.text
    assert len(_told(office, office.anna)) == 1
    assert Act.REMIND_TASK in office.acts(late.number)


def test_a_task_is_given_to_a_colleague_who_can_do_it(
    office: Office, web: Web, manager: Manager, late: CaseFile
) -> None:
    _claim(office, office.anna, late)
    choice = manager.get(manager.get(STUCK).link("Aan een collega geven"))
    assert "Nu bij Anna Aarts." in choice.text
    assert "Bram Bos" in choice.text
    assert "Carla Cox" not in choice.text, "she has the role in another municipality"

    after = manager.press(choice, "Geef aan Bram Bos")

    assert "De taak ligt nu bij Bram Bos" in after.text
    assert office.open_task(late).assignee == office.bram.id
    assert "U hebt een taak gekregen in" in web.as_(office.bram).get("/werk").text
    assert "die u had, is niet meer bij u" in web.as_(office.anna).get("/werk").text
    assert Act.REASSIGN_TASK in office.acts(late.number)


def test_a_task_is_given_to_nobody_without_its_role_there(
    office: Office, manager: Manager, late: CaseFile
) -> None:
    manager.get(STUCK)
    task = office.open_task(late)
    for person in (office.carla, office.mel, office.tom):
        fields = {"account": person.id, REVISION: str(task.revision)}

        refused = manager.browser.post(f"{STUCK}/taken/{task.id}/geven", fields)

        assert refused.status == 404
    assert office.open_task(late).assignee is None


def test_a_task_is_laid_back_for_the_team(office: Office, manager: Manager, late: CaseFile) -> None:
    _claim(office, office.anna, late)

    after = manager.press(manager.get(STUCK), "Terugleggen bij het team")

    assert "De taak ligt weer bij het team" in after.text
    assert office.open_task(late).assignee is None
    assert len(_told(office, office.anna)) == 1


def test_of_a_task_that_was_done_meanwhile_nothing_changes(
    office: Office, manager: Manager, late: CaseFile
) -> None:
    _claim(office, office.anna, late)
    page = manager.get(STUCK)
    office.complete(office.anna, office.open_task(late), route="afronden")

    after = manager.press(page, "Terugleggen bij het team")

    assert after.path == STUCK
    assert "Deze taak is al gedaan. Er is niets veranderd." in after.text


def test_one_look_is_one_record_with_the_cases_that_were_shown(
    office: Office, manager: Manager, late: CaseFile
) -> None:
    manager.get(STUCK)

    day = office.clock.now().date().isoformat()
    looks = office.read(lambda uow: [one for one in audit.read(uow, day) if _is_look(one)])
    assert [(one.object, one.actor_id) for one in looks] == [(late.number, office.tom.id)]


def test_who_manages_nothing_finds_no_list(office: Office, web: Web, late: CaseFile) -> None:
    task = office.open_task(late)
    for person in (office.anna, office.mel, office.vera):
        visitor = web.as_(person)

        assert visitor.get(STUCK).status == 404
        assert STUCK not in visitor.get("/").body, "and no way to it in the menu"
        assert visitor.post(f"{STUCK}/taken/{task.id}/herinneren", {}).status in (403, 404)
    assert not _told(office, office.bram)


def test_a_manager_of_another_municipality_sees_and_does_nothing_here(
    office: Office, web: Web, late: CaseFile
) -> None:
    with office.database.unit_of_work(SYSTEM) as uow:
        grant = Grant("teammanager", "roermond")
        tine = accounts.create(uow, "tine", "Tine Thijs", NO_PASSWORD, frozenset({grant}))
    visitor, task = web.as_(tine), office.open_task(late)
    fields = {"account": office.bram.id, REVISION: str(task.revision)}

    assert not _cards(visitor.get(STUCK))
    for act in ("herinneren", "terugleggen", "geven"):
        there = visitor.post(f"{STUCK}/taken/{task.id}/{act}", fields)
        nowhere = visitor.post(f"{STUCK}/taken/bestaat-niet/{act}", fields)
        assert (there.status, nowhere.status) == (404, 404)
    assert office.open_task(late).revision == task.revision
    assert not _told(office, office.bram)


def test_what_is_chosen_stands_in_the_address(
    office: Office, manager: Manager, late: CaseFile
) -> None:
    chosen = manager.get(f"{STUCK}?reden=mislukt")
    assert not _cards(chosen)
    assert "Van wat u koos, staat niets stil." in chosen.text

    assert len(_cards(manager.get(f"{STUCK}?reden=te_laat"))) == 1
    assert len(_cards(manager.get(f"{STUCK}?reden=onzin&na=onzin&plaats=onzin"))) == 1


def test_a_long_list_is_shown_by_the_page_with_as_many_statements_as_a_short_one(
    office: Office, manager: Manager
) -> None:
    office.report(submission="eerste")
    office.clock.advance(days=3)
    manager.get(STUCK)
    with office.statements() as short:
        manager.get(STUCK)
    for number in range(60):
        office.report(submission=f"nog een {number}")
    office.clock.advance(days=3)

    with office.statements() as long:
        first = manager.get(STUCK)
    second = manager.get(first.link("Tonen wat korter stilstaat"))

    assert len(long) == len(short)
    assert len(_cards(first)) == 50
    assert len(_cards(second)) == 11
    assert not {_number(one) for one in _cards(first)} & {_number(one) for one in _cards(second)}


def _cards(page: Page) -> list[str]:
    """What each step that stands still says, from its heading on."""
    assert page.status == 200, page.status
    return [words(card) for card in page.root.xpath("//li[starts-with(@class, 'stuck-card')]")]


def _number(card: str) -> str:
    found = re.search(r"S-\w{6}", card)
    assert found, card
    return found.group()


def _claim(office: Office, person: Person, case: CaseFile) -> None:
    task = office.open_task(case)
    office.do(person, work.claim_task, task.id, revision=task.revision)


def _is_look(record: audit.Record) -> bool:
    return record.action == Act.VIEW_STUCK


def _told(office: Office, person: Person) -> list[str]:
    """The kinds of what somebody should know."""
    return [one.kind for one in office.read(lambda uow: notices.unseen(uow, person))]


def _without_a_due_date() -> dict[str, bytes]:
    files = folder()
    diagram = files["proef/proef.bpmn"].decode()
    files["proef/proef.bpmn"] = re.sub(r"<zeebe:taskSchedule [^>]*/>", "", diagram).encode()
    return files


def _with_a_term_for_the_reporter() -> dict[str, bytes]:
    files = folder()
    form = b'<zeebe:formDefinition formId="antwoorden" />'
    due = b'<zeebe:taskSchedule dueDate="=nu() + duration(&quot;P1D&quot;)" />'
    files["proef/proef.bpmn"] = files["proef/proef.bpmn"].replace(form, form + due)
    return files
