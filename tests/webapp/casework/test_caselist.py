"""Somebody's own cases: what a list selects is what access says, and a search finds no others."""

import pytest
from sqlalchemy import select

from engine.errors import NotFoundError
from engine.model import SYSTEM
from tests.webapp.chain import Chain
from webapp.casework import access, audit, caselist, cases, finding, selection
from webapp.casework.access import Action, Grant, Person
from webapp.casework.audit import Act
from webapp.casework.cases import CaseFile
from webapp.casework.roles import ROLES, SEARCH_HIT
from webapp.casework.tables import case_file

SCOPES = ("venlo", "roermond", "noord", "midden", "limburg")
REGIE = Person("rik", "Rik", frozenset({Grant("procesregisseur", "noord")}))


@pytest.fixture
def road(chain: Chain) -> CaseFile:
    """Ana's signal, with a case of each other regime; and a closed signal, and one elsewhere."""
    signal, over = chain.signal(), chain.signal()
    for name in ("Regie.Nodig", "Zorg.Nodig"):
        chain.receive(name, signal.number, grondslag="toestemming")
    chain.signal(gemeente="roermond")
    chain.confirm(chain.anna, over, "Doorsturen")
    return signal


def test_every_role_lists_at_each_place_what_access_says(chain: Chain, road: CaseFile) -> None:
    everything = _all(chain)
    listing: set[str] = set()
    for grant in (Grant(role, scope) for role in ROLES for scope in SCOPES):
        person = Person(grant.group, grant.group, frozenset({grant}))
        selected = _selected(chain, person)

        assert selected == _allowed(chain, person, everything), grant.group
        listing.update({grant.role} if selected else ())

    assert listing == {"aandachtsfunctionaris", "procesregisseur", "zorgcoordinator"}


def test_a_list_tells_the_next_task_and_no_name(chain: Chain, road: CaseFile) -> None:
    lines = _look(chain, chain.zoe).lines

    assert [line.next.name for line in lines if line.next] == ["Intake"] * len(lines)
    assert {line.process_name for line in lines} == {"Proef"}
    assert {line.name for line in lines} == {""}


def test_one_look_at_the_list_is_one_record_of_the_day(chain: Chain, road: CaseFile) -> None:
    lines = _look(chain, chain.zoe).lines

    last = _records_of_today(chain)[-1]
    assert (last.action, last.actor_id) == (Act.LIST_CASES, chain.zoe.id)
    assert last.object.split() == sorted(line.case.number for line in lines)


def test_pages_of_a_list_hold_every_case_once(
    chain: Chain, road: CaseFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = [line.case.number for line in _look(chain, chain.anna).lines]
    monkeypatch.setattr(caselist, "PAGE", 1)
    found, after = [], None

    while True:
        page = _look(chain, chain.anna, after=after)
        found += [line.case.number for line in page.lines]
        if (after := page.next_after) is None:
            break

    assert found == whole
    assert len(set(found)) == len(found) >= 1


def test_a_closed_signal_is_told_by_its_number_alone(chain: Chain, road: CaseFile) -> None:
    (line,) = _look(chain, chain.anna, closed=True).lines

    assert not line.case.is_open
    assert (line.process_name, line.name, line.next) == ("", "", None)


@pytest.mark.parametrize("typed", ["Ana Pérez", "perez", "  PÉREZ   an ", "ana"])
def test_a_name_is_found_by_the_begins_of_its_words(
    chain: Chain, road: CaseFile, typed: str
) -> None:
    hits = _search(chain, chain.anna, typed)

    assert road.number in {line.case.number for line in hits.lines}
    assert {line.name for line in hits.lines} == {"Ana Pérez"}


@pytest.mark.parametrize("typed", ["rez", "Ana Bos", "a", "%", "\x00", "🙂"])
def test_what_is_called_otherwise_is_not_found(chain: Chain, road: CaseFile, typed: str) -> None:
    assert not _search(chain, chain.anna, typed).lines


def test_a_name_that_was_found_is_a_look_at_that_case(chain: Chain, road: CaseFile) -> None:
    _search(chain, chain.anna, "Ana")

    assert chain.acts(road.number)[-1] == Act.VIEW_HIT
    last = _records_of_today(chain)[-1]
    assert last.action == Act.SEARCH_CASES
    assert "Ana" not in last.object


@pytest.mark.parametrize("typed", ["06 12345678", "+31 6 1234 5678", "0031612345678"])
def test_a_phone_number_is_found_however_it_is_written(
    chain: Chain, road: CaseFile, typed: str
) -> None:
    with chain.database.unit_of_work(SYSTEM) as uow:
        cases.record(uow, road, {"safe_contact": {"phone": "06-12345678"}})

    hits = _search(chain, chain.anna, typed)

    assert [line.case.number for line in hits.lines] == [road.number]
    assert hits.by == "phone"


def test_a_number_is_found_with_and_without_its_line(chain: Chain, road: CaseFile) -> None:
    for typed in (road.number, road.number.lower(), road.number.replace("-", "")):
        (line,) = _search(chain, chain.anna, typed).lines
        assert line.case.number == road.number


def test_nobody_finds_a_case_of_another_place_or_regime(chain: Chain, road: CaseFile) -> None:
    elsewhere = Person("bo", "Bo", frozenset({Grant("aandachtsfunctionaris", "midden")}))

    for person in (elsewhere, REGIE, chain.zoe):
        for typed in (road.number, "Ana"):
            found = {line.case.number for line in _search(chain, person, typed).lines}
            assert road.number not in found


def test_whoever_has_no_cases_of_their_own_has_no_list(chain: Chain, road: CaseFile) -> None:
    for person in (chain.mel, chain.tom):
        assert not caselist.concerns(person)
        with pytest.raises(NotFoundError):
            _look(chain, person)
        with pytest.raises(NotFoundError):
            _search(chain, person, "Ana")


def test_a_search_says_when_not_every_case_was_looked_at(
    chain: Chain, road: CaseFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not _search(chain, chain.anna, "Ana").is_cut
    monkeypatch.setattr(finding, "MOST_READ", 1)
    assert _search(chain, chain.anna, "Ana").is_cut


def _look(chain: Chain, person: Person, **asked: object) -> caselist.CaseList:
    with chain.database.unit_of_work(person.actor) as uow:
        return caselist.look(uow, person, **asked)  # type: ignore[arg-type]


def _search(chain: Chain, person: Person, typed: str) -> caselist.Hits:
    with chain.database.unit_of_work(person.actor) as uow:
        return caselist.search(uow, person, typed)


def _records_of_today(chain: Chain) -> tuple[audit.Record, ...]:
    return chain.read(lambda uow: audit.read(uow, uow.now.date().isoformat()))


def _all(chain: Chain) -> tuple[CaseFile, ...]:
    numbers = select(case_file.c.number)
    return chain.read(
        lambda uow: cases.several(uow, uow.connection.execute(numbers).scalars().all())
    )


def _selected(chain: Chain, person: Person) -> set[str]:
    query = selection.opened(person.id, tuple(sorted(person.grants)), (SEARCH_HIT,))
    return chain.read(lambda uow: set(uow.connection.execute(query).scalars()))


def _allowed(chain: Chain, person: Person, everything: tuple[CaseFile, ...]) -> set[str]:
    abouts = chain.read(lambda uow: cases.subjects(uow, everything))
    return {
        number
        for number, about in abouts.items()
        if access.may(person, Action.LIST_SECTION, about.of_section(SEARCH_HIT)).allowed
    }
