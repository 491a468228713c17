"""Whose list a case stands in: each regime in that of its own managers, and in nobody else's."""

import re

import pytest

from engine import definitions
from engine.model import SYSTEM
from tests.diagrams import diagram, message, timer
from tests.webapp.builders import NO_PASSWORD, Office
from tests.webapp.chain import Chain
from tests.webapp.visitors import Page, Visitor, Web, words
from webapp.casework import accounts
from webapp.casework.access import Grant, Person
from webapp.casework.cases import CaseFile
from webapp.casework.roles import ROLES, Level
from webapp.forms import REVISION

STUCK = "/vastgelopen"
SEES = {
    "teammanager@venlo": {"A"},
    "teammanager@roermond": set(),
    "manager_zvh@noord": {"B", "C"},
    "manager_zvh@midden": set(),
}
PLACES = {
    Level.MUNICIPALITY: ("venlo", "roermond"),
    Level.HOUSE: ("noord", "midden"),
    Level.REGION: ("limburg",),
}
TOKEN = re.compile(r'name="csrf_token" value="[^"]*"')


@pytest.fixture
def chain(office: Office) -> Chain:
    """Everybody who could do the work is gone, so that every task stands still."""
    found = Chain(office)
    with found.database.unit_of_work(SYSTEM) as uow:
        for person in (found.anna, found.bram, found.zoe, found.wim):
            accounts.disable(uow, person.id)
    return found


@pytest.fixture
def road(chain: Chain) -> dict[str, CaseFile]:
    """One person's cases, by regime."""
    signal = chain.signal()
    return {
        "A": signal,
        "B": chain.receive("Regie.Nodig", signal.number),
        "C": chain.receive("Zorg.Nodig", signal.number, grondslag="toestemming"),
    }


def test_a_case_stands_in_the_list_of_the_managers_of_its_regime_and_place(
    chain: Chain, road: dict[str, CaseFile]
) -> None:
    web = Web(chain)
    for role in ROLES.values():
        for scope in PLACES.get(role.level, ()):
            grant = Grant(role.key, scope)
            person = _account(chain, grant)
            page = web.as_(person).get(STUCK)
            with chain.database.unit_of_work(SYSTEM) as uow:
                accounts.disable(uow, person.id)  # or the tasks would be theirs to do

            expected = SEES.get(grant.group)
            assert page.status == (404 if expected is None else 200), grant
            shown = {regime for regime, case in road.items() if case.number in page.body}
            assert shown == (expected or set()), grant


def test_nothing_can_be_done_to_a_case_that_stands_in_anothers_list(
    chain: Chain, road: dict[str, CaseFile]
) -> None:
    web = Web(chain)
    acts = {case.number: chain.acts(case.number) for case in road.values()}
    for group, theirs in SEES.items():
        visitor = web.as_(_account(chain, Grant(*group.split("@"))))
        for case in (case for regime, case in road.items() if regime not in theirs):
            (task,) = chain.tasks(case)
            _is_refused_as_if_it_were_not_there(visitor, chain, task.id, task.revision)

    assert {case.number: chain.acts(case.number) for case in road.values()} == acts


def test_a_choice_of_place_shows_nothing_of_a_place_that_is_not_theirs(
    chain: Chain, road: dict[str, CaseFile]
) -> None:
    elsewhere = chain.signal(gemeente="roermond")
    visitor = Web(chain).as_(chain.tom)

    page = visitor.get(f"{STUCK}?plaats=roermond")

    assert elsewhere.number not in page.body
    assert "Roermond" not in page.text


def test_a_list_holds_nothing_of_what_is_known_nor_of_the_other_cases_of_the_road(
    chain: Chain, road: dict[str, CaseFile]
) -> None:
    page = Web(chain).as_(chain.tom).get(STUCK)

    (card,) = _cards(page)
    assert road["A"].number in card
    for secret in ("Ana Pérez", "Zij is bang", road["B"].number, road["C"].number):
        assert secret not in page.body


def test_whose_account_was_shut_is_named_and_the_task_is_the_managers_move(
    office: Office, web: Web
) -> None:
    case = office.report()
    task = office.open_task(case)
    visitor = web.as_(office.anna)
    visitor.press(visitor.get(f"/taken/{task.id}"), "Pak deze taak op")
    with office.database.unit_of_work(SYSTEM) as uow:
        accounts.disable(uow, office.anna.id)

    (card,) = _cards(web.as_(office.tom).get(STUCK))

    assert "Anna Aarts heeft deze taak, maar kan hem niet meer doen" in card
    assert "Aan zet U" in card
    assert "Herinnering sturen" not in card, "nobody would read it"
    assert "Terugleggen bij het team" in card
    assert "Aan een collega geven" in card


@pytest.mark.parametrize(
    ("awaited", "whose"),
    [("Antwoord.Buiten", "Iemand buiten Uitweg"), ("Zorg.Nodig", "Proef")],
    ids=["outside", "another process"],
)
def test_a_message_past_its_term_says_who_should_have_sent_it(
    chain: Chain, awaited: str, whose: str
) -> None:
    with chain.database.unit_of_work(SYSTEM) as uow:
        definitions.deploy(uow, _waits_for(awaited))
    case = chain.receive("Vraag.Binnen", None, gemeente="venlo")
    chain.clock.advance(hours=47)
    assert not _cards(Web(chain).as_(chain.tom).get(STUCK))

    chain.clock.advance(hours=3)
    (card,) = _cards(Web(chain).as_(chain.tom).get(STUCK))

    assert card.startswith("Wachten op antwoord Wacht op een ander")
    assert case.number in card
    assert "Het bericht had er moeten zijn op 4 maart 2026" in card
    assert f"Aan zet {whose}" in card
    for button in ("Herinnering", "Terugleggen", "Aan een collega", "Opnieuw"):
        assert button not in card, "there is nobody of ours to remind"


def _is_refused_as_if_it_were_not_there(
    visitor: Visitor, chain: Chain, task_id: str, revision: int
) -> None:
    fields = {"account": chain.tom.id, REVISION: str(revision)}
    unknown = re.sub(r"[a-z0-9]", "x", task_id)
    for act in ("herinneren", "terugleggen", "geven"):
        mine = visitor.post(f"{STUCK}/taken/{task_id}/{act}", fields)
        none = visitor.post(f"{STUCK}/taken/{unknown}/{act}", fields)

        assert mine.status == none.status == 404, act
        assert _plain(mine).replace(task_id, unknown) == _plain(none), act
    assert visitor.get(f"{STUCK}/taken/{task_id}/geven").status == 404


def _plain(page: Page) -> str:
    return TOKEN.sub("", page.body)


def _account(chain: Chain, grant: Grant) -> Person:
    login_name = grant.group.replace("@", "-")
    with chain.database.unit_of_work(SYSTEM) as uow:
        return accounts.create(uow, login_name, "Iemand", NO_PASSWORD, frozenset({grant}))


def _cards(page: Page) -> list[str]:
    assert page.status == 200, page.status
    return [words(card) for card in page.root.xpath("//li[starts-with(@class, 'stuck-card')]")]


def _waits_for(awaited: str) -> dict[str, bytes]:
    """A signal that waits for a message, and tells somebody when it takes more than two days."""
    return {
        "vraag/process.toml": b"""
[process]
ids = ["vraag"]
name = "Vraag"
regime = "A"
domain = "signalering"
""",
        "vraag/vraag.bpmn": diagram(
            '<startEvent id="begin">'
            '<messageEventDefinition messageRef="Vraag.Binnen"/></startEvent>'
            f'<receiveTask id="wacht" name="Wachten op antwoord" messageRef="{awaited}"/>'
            '<boundaryEvent id="te_laat" attachedToRef="wacht" cancelActivity="false">'
            + timer("PT48H")
            + '</boundaryEvent><endEvent id="gemeld"/><endEvent id="einde"/>',
            "begin wacht einde",
            "te_laat gemeld",
            process_id="vraag",
            above=message("Vraag.Binnen", "=zaaknummer") + message(awaited, "=zaaknummer"),
        ),
    }
