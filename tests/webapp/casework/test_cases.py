"""Cases: a number that says nothing, content that only the case's key opens, doubles by digest."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import select, text, update

from engine.errors import NotFoundError, UnavailableError
from engine.model import SYSTEM, Variables
from engine.storage.crypto import Keyring
from engine.storage.database import Database
from engine.storage.tables import metadata
from webapp.casework import accounts, cases, finding, regions
from webapp.casework.access import Grant, Person
from webapp.casework.roles import Regime
from webapp.casework.tables import CaseStatus, Stage, case_index, case_section

ANA: dict[str, Variables] = {"person_identity": {"name": "Ana Pérez", "birth_year": 2003}}
FOCAL_OFFICER = Person("anna", "Anna", frozenset({Grant("aandachtsfunctionaris", "venlo")}))
CHAIR = Person("vera", "Vera", frozenset({Grant("voorzitter_screeningsoverleg", "noord")}))
ENFORCEMENT = Person("eef", "Eef", frozenset({Grant("handhaver", "venlo")}))


@pytest.fixture
def reporter(database):
    """The id of an account that brings cases, in a region with two municipalities."""
    with database.unit_of_work(SYSTEM) as uow:
        regions.add_region(uow, "limburg", "Limburg")
        regions.add_house(uow, "noord", "ZVH Noord", region="limburg")
        for town in ("venlo", "venray"):
            regions.add_municipality(uow, town, town.title(), house="noord", region="limburg")
        return accounts.create(uow, "mel", "Mel", "no hash").id


@pytest.fixture
def uow(database, reporter):
    with database.unit_of_work(SYSTEM) as opened:
        yield opened


@pytest.fixture
def new_case(uow, reporter):
    """Opens a case, in Venlo unless said otherwise."""

    def open_one(town="venlo", values=None):
        place = regions.municipality(uow, town)
        case = cases.create(uow, regime=Regime.SIGNAL, municipality=place, reporter=reporter)
        cases.record(uow, case, values or {})
        return case

    return open_one


def test_a_number_can_be_read_out_and_says_nothing(new_case) -> None:
    numbers = {new_case().number for _ in range(20)}

    assert len(numbers) == 20
    assert all(re.fullmatch(r"S-[2-9BCDFGHJKMNPQRSTVWXZ]{6}", number) for number in numbers)


def test_a_new_case_lies_where_its_municipality_lies(uow, new_case) -> None:
    case = cases.get(uow, new_case("venray").number)

    assert (case.municipality, case.house, case.region) == ("venray", "noord", "limburg")
    assert (case.status, case.stage, case.is_open) == (CaseStatus.OPEN, Stage.RECEIVED, True)


def test_what_is_written_stays_beside_what_was_there(uow, new_case) -> None:
    case = new_case(values=ANA)

    cases.record(uow, case, {"person_identity": {"name": "Ana P."}, "signal_core": {"what": "x"}})

    assert cases.content(uow, case) == {
        "person_identity": {"name": "Ana P.", "birth_year": 2003},
        "signal_core": {"what": "x"},
    }
    assert cases.known(uow, case)["person_identity"].revision == 2


def test_content_cannot_be_read_in_the_database(uow, new_case) -> None:
    new_case(values=ANA)

    for table in metadata.sorted_tables:
        rows = str(uow.connection.execute(select(table)).all())
        assert "Pérez" not in rows
        assert "ana perez" not in rows.casefold()


def test_content_moved_to_another_case_does_not_open(uow, new_case) -> None:
    one, other = new_case(values=ANA), new_case(values={"person_identity": {"name": "Bea"}})
    stolen = uow.connection.execute(
        select(case_section.c.content).where(case_section.c.case_number == one.number)
    ).scalar_one()
    uow.connection.execute(
        update(case_section)
        .where(case_section.c.case_number == other.number)
        .values(content=stolen)
    )

    with pytest.raises(UnavailableError, match="data_damaged"):
        cases.content(uow, other)


def test_content_is_gone_with_the_key_of_its_case(uow, new_case) -> None:
    case, other = new_case(values=ANA), new_case(values=ANA)

    uow.keyring.destroy(uow, case.key_id)

    with pytest.raises(NotFoundError):
        cases.content(uow, case)
    assert cases.content(uow, other) == ANA


def test_another_master_key_opens_nothing(database_url, database, reporter) -> None:
    with database.unit_of_work(SYSTEM) as uow:
        place = regions.municipality(uow, "venlo")
        case = cases.create(uow, regime=Regime.SIGNAL, municipality=place, reporter=reporter)
        cases.record(uow, case, ANA)
    stranger = Database(database_url, Keyring(bytes(32)))

    with pytest.raises(UnavailableError), stranger.unit_of_work(SYSTEM) as uow:
        cases.content(uow, case)
    stranger.close()


def test_a_case_goes_on_and_is_closed_once(uow, new_case) -> None:
    case = cases.progress(uow, new_case(), Stage.IN_PROGRESS)
    closed = cases.close(uow, case)

    assert cases.close(uow, closed) is closed
    assert cases.progress(uow, closed, Stage.IN_PROGRESS) is closed
    stored = cases.get(uow, case.number)
    assert (stored.status, stored.stage) == (CaseStatus.CLOSED, Stage.CLOSED)
    assert stored.closed_at == uow.now


def test_cases_that_share_a_person_are_found(uow, new_case) -> None:
    first = new_case(values=ANA)
    same = {"person_identity": {"name": "perez, ana", "birth_date": "2003-04-01"}}

    (double,) = finding.similar(uow, new_case(values=same))

    assert (double.case.number, double.fields) == (first.number, ("person",))


def test_cases_that_share_several_things_are_named_once(uow, new_case) -> None:
    shared = {**ANA, "signal_core": {"company": "Janssen BV", "kvk": "12 345 678"}}
    new_case(values=shared)

    (double,) = finding.similar(uow, new_case(values=shared))

    assert sorted(double.fields) == ["company", "kvk", "person"]


def test_nobody_learns_that_another_municipality_knows_somebody(uow, new_case) -> None:
    new_case("venray", ANA)

    assert not finding.similar(uow, new_case("venlo", ANA))


def test_a_case_of_more_than_two_years_ago_is_no_double(database, reporter, clock) -> None:
    def one(uow):
        place = regions.municipality(uow, "venlo")
        case = cases.create(uow, regime=Regime.SIGNAL, municipality=place, reporter=reporter)
        cases.record(uow, case, ANA)
        return case

    with database.unit_of_work(SYSTEM) as uow:
        one(uow)
    clock.advance(days=731)

    with database.unit_of_work(SYSTEM) as uow:
        assert not finding.similar(uow, one(uow))


def test_a_value_that_was_corrected_is_found_no_more(uow, new_case) -> None:
    case = new_case(values=ANA)

    cases.record(uow, case, {"person_identity": {"name": "Bea Bos"}})

    assert not finding.similar(uow, new_case(values=ANA))
    assert len(uow.connection.execute(select(case_index)).all()) == 2


def test_an_unknown_case_and_one_that_is_not_yours_look_the_same(uow, new_case) -> None:
    number = new_case().number
    stranger = Person("sam", "Sam")

    for asked in (number, "S-222222"):
        with pytest.raises(NotFoundError) as refused:
            cases.find(uow, stranger, asked)
        assert str(refused.value) == "not_found"


def test_a_reader_sees_the_sections_of_their_role_alone(uow, new_case) -> None:
    values = {**ANA, "signal_core": {"what": "Een auto."}, "triage_item": {"reason": "Ernstig."}}
    case = new_case(values=values)

    readable = _readable(uow, FOCAL_OFFICER, case, cases.subject(uow, case))

    assert readable == {**ANA, "signal_core": {"what": "Een auto."}}


def test_a_reader_sees_the_part_of_a_section_that_is_theirs(uow, new_case) -> None:
    case = new_case(values={"signal_core": {"what": "Een auto.", "address": "Markt 1"}})
    at_work = replace(cases.place_of(case), groups=frozenset({"handhaver@venlo"}))

    assert _readable(uow, ENFORCEMENT, case, at_work) == {"signal_core": {"address": "Markt 1"}}


def test_a_role_of_the_house_sees_a_case_while_it_has_work_there(uow, new_case) -> None:
    case = new_case(values=ANA)
    without = cases.subject(uow, case)
    groups = frozenset({"voorzitter_screeningsoverleg@noord"})
    with_work = replace(without, groups=groups)

    assert _readable(uow, CHAIR, case, without) == {}
    assert _readable(uow, CHAIR, case, with_work) == ANA


def test_someone_finds_what_they_brought_the_newest_first(database, reporter, clock) -> None:
    numbers: list[str] = []
    for _ in range(2):
        with database.unit_of_work(SYSTEM) as uow:
            place = regions.municipality(uow, "venlo")
            case = cases.create(uow, regime=Regime.SIGNAL, municipality=place, reporter=reporter)
            numbers.insert(0, case.number)
        clock.advance(hours=1)

    with database.unit_of_work(SYSTEM) as uow:
        assert [case.number for case in cases.reported_by(uow, reporter)] == numbers
        assert not cases.reported_by(uow, "iemand anders")


def test_an_empty_answer_clears_what_stood_there(uow, new_case) -> None:
    case = new_case(values=ANA)

    cases.record(uow, case, {"person_identity": {"name": None}})

    assert cases.content(uow, case)["person_identity"] == {"name": None, "birth_year": 2003}


def test_a_section_of_an_earlier_revision_put_back_does_not_open(uow, new_case) -> None:
    case = new_case(values=ANA)
    old = uow.connection.execute(select(case_section.c.content)).scalar_one()
    cases.record(uow, case, {"person_identity": {"name": "Bea"}})
    uow.connection.execute(text("UPDATE case_section SET content = :old"), {"old": old})

    with pytest.raises(UnavailableError, match="data_damaged"):
        cases.content(uow, case)


def _readable(uow, person, case, about):
    shown = cases.readable(person, about, cases.known(uow, case).values())
    return {section.key: section.values for section in shown}
