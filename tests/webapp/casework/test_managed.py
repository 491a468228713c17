"""What a list selects for managers is what access says of each case: no more and no less."""

import pytest
from sqlalchemy import select

from engine import definitions
from engine.model import SYSTEM
from tests.diagrams import diagram, message
from tests.webapp.builders import NO_PASSWORD
from tests.webapp.chain import Chain
from webapp.casework import access, accounts, cases, managed
from webapp.casework.access import Action, Grant, Person
from webapp.casework.cases import CaseFile
from webapp.casework.roles import ROLES
from webapp.casework.tables import case_file

SCOPES = ("venlo", "roermond", "noord", "midden", "limburg")
MANAGERS = {"teammanager@venlo", "teammanager@roermond", "manager_zvh@noord"}
# A signal of which something is asked of the manager of the house.
ASKED = {
    "vraag/process.toml": b"""
[process]
ids = ["vraag"]
name = "Vraag aan het huis"
regime = "A"
domain = "signalering"

[roles.manager_zvh]
lane = "Manager"
scope = "huis"
""",
    "vraag/vraag.bpmn": diagram(
        '<laneSet id="banen"><lane id="baan" name="Manager">'
        "<flowNodeRef>besluit</flowNodeRef></lane></laneSet>"
        '<startEvent id="begin"><messageEventDefinition messageRef="Vraag.Binnen"/></startEvent>'
        '<userTask id="besluit" name="Besluiten"/><endEvent id="einde"/>',
        "begin besluit einde",
        process_id="vraag",
        above=message("Vraag.Binnen", "=zaaknummer"),
    ),
}


@pytest.fixture
def road(chain: Chain) -> tuple[CaseFile, ...]:
    """Cases of every regime, a meeting that lies in no municipality, and one that is closed."""
    signal, over = chain.signal(), chain.signal(gemeente="venlo")
    for name in ("Regie.Nodig", "Zorg.Nodig"):
        chain.receive(name, signal.number, grondslag="toestemming")
    chain.signal(gemeente="roermond")
    chain.receive("Overleg.Nodig", None, huis="noord", zaak=signal.number)
    chain.confirm(chain.anna, over, "Doorsturen")
    every = _all(chain)
    assert {case.regime.value for case in every} == {"A", "B", "C"}
    assert {case.is_open for case in every} == {True, False}
    assert any(not case.municipality for case in every)
    return every


def test_every_role_manages_at_each_place_what_access_says(
    chain: Chain, road: tuple[CaseFile, ...]
) -> None:
    managers: set[str] = set()
    for person in _people():
        selected = _numbers(chain, person)

        assert selected == _allowed(chain, person, road), person.display_name
        managers.update({person.display_name} if selected else ())

    assert managers == MANAGERS


def test_the_places_to_choose_from_hold_every_case_once(
    chain: Chain, road: tuple[CaseFile, ...]
) -> None:
    person = _account(chain, Grant("manager_zvh", "noord"), Grant("teammanager", "roermond"))
    theirs = chain.read(lambda uow: managed.of_person(uow, person))

    by_place = [_numbers(chain, person, place) for place in theirs.places]

    assert set(theirs.places) == {"noord", "venlo", "roermond"}
    assert sum(map(len, by_place)) == len(_numbers(chain, person)) > 1
    assert _numbers(chain, person, "venlo")
    assert _numbers(chain, person, "roermond")


def test_a_signal_is_the_houses_while_something_of_it_is_asked_of_the_house(chain: Chain) -> None:
    with chain.database.unit_of_work(SYSTEM) as uow:
        definitions.deploy(uow, ASKED)
    here, there = (_account(chain, Grant("manager_zvh", house)) for house in ("noord", "midden"))
    chain.signal()
    asked = chain.receive("Vraag.Binnen", None, gemeente="venlo")

    assert _numbers(chain, here) == _allowed(chain, here, _all(chain)) == {asked.number}
    assert _numbers(chain, there) == set()
    chain.confirm(here, asked, "Besluiten")
    assert _numbers(chain, here) == _allowed(chain, here, _all(chain))


def test_who_leads_nothing_manages_nothing(chain: Chain, road: tuple[CaseFile, ...]) -> None:
    for person in (chain.anna, chain.mel, chain.vera, chain.zoe):
        assert not managed.is_manager(person)
        assert _numbers(chain, person) == set()


def _all(chain: Chain) -> tuple[CaseFile, ...]:
    numbers = select(case_file.c.number)
    return chain.read(
        lambda uow: cases.several(uow, uow.connection.execute(numbers).scalars().all())
    )


def _people() -> list[Person]:
    """Somebody of every role at every place, also where the role cannot be held."""
    grants = [Grant(role, scope) for role in ROLES for scope in SCOPES]
    return [Person(grant.group, grant.group, frozenset({grant})) for grant in grants]


def _account(chain: Chain, *grants: Grant) -> Person:
    name = " ".join(grant.group for grant in grants)
    with chain.database.unit_of_work(SYSTEM) as uow:
        return accounts.create(uow, name, name, NO_PASSWORD, frozenset(grants))


def _numbers(chain: Chain, person: Person, place: str | None = None) -> set[str]:
    with chain.database.unit_of_work(person.actor, read_only=True) as uow:
        query = managed.of_person(uow, person).cases(place)
        return {number for (number,) in uow.connection.execute(query)}


def _allowed(chain: Chain, person: Person, road: tuple[CaseFile, ...]) -> set[str]:
    """What access says of each case by itself."""
    abouts = chain.read(lambda uow: cases.subjects(uow, road))
    return {
        number
        for number, about in abouts.items()
        if managed.may_list(person, about)
        and access.may(person, Action.REASSIGN_TASK, about).allowed
    }
