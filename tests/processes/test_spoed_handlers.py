"""What the system does by itself in *spoed-opvang*, on both databases."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from engine.model import SYSTEM, Value
from engine.storage.database import Database
from tests.processes.folders import Desk
from webapp.casework import accounts, rosters
from webapp.casework.access import Grant, Person, person_group
from webapp.casework.roles import PIKET, Regime

CALL, ANSWER = "spoed.roep_piket_op", "spoed.leg_antwoord_vast"
MANAGER = "manager_zvh@noord"


@pytest.fixture
def desk(database: Database) -> Iterator[Desk]:
    with database.unit_of_work(SYSTEM) as uow:
        yield Desk(uow, Regime.CARE)


def somebody(desk: Desk, name: str, role: str) -> Person:
    grants = frozenset({Grant(role, "noord")})
    return accounts.create(desk.uow, name, name.title(), "no password fits this", grants)


def put_on_call(desk: Desk, person: Person, *, after: timedelta = timedelta()) -> None:
    manager = somebody(desk, "manon", "manager_zvh")
    starts = desk.uow.now + after
    rosters.add(desk.uow, manager, "noord", person.id, starts, starts + timedelta(days=1))


def answered(desk: Desk, place: str, answer: str, reason: str | None = None) -> Value:
    known: dict[str, Value] = {"plek": place, "plek_antwoord": answer, "plek_reden": reason}
    assert desk.do(ANSWER, **known) == {}
    return desk.read("shelter_log")["requests"]


@pytest.mark.parametrize("reason", ["niet_opgepakt", "geen_plek"])
def test_who_is_on_call_is_told_and_nobody_else(desk: Desk, reason: str) -> None:
    fatima = somebody(desk, "fatima", PIKET)
    somebody(desk, "lars", PIKET)
    put_on_call(desk, fatima)

    assert desk.do(CALL, aanleiding=reason) == {"piket": fatima.id}
    assert desk.told() == [(f"spoed_{reason}", person_group(fatima.id))]


def test_the_manager_of_the_house_is_told_when_nobody_is_on_call(desk: Desk) -> None:
    put_on_call(desk, somebody(desk, "fatima", PIKET), after=timedelta(hours=1))

    assert desk.do(CALL, aanleiding="geen_plek") == {"piket": None}
    assert desk.told() == [("spoed_geen_plek_zonder_piket", MANAGER)]


def test_every_answer_is_added_to_the_log_in_the_words_of_the_log(desk: Desk) -> None:
    answered(desk, "vrouwenopvang", "nee", "vol")
    answered(desk, "hotel", "geen")
    log = answered(desk, "comensha", "ja")

    assert log == (
        {
            "organisatie": "Vrouwenopvang van de centrumgemeente",
            "gevraagd_op": desk.today,
            "antwoord": "nee",
            "reden": "vol",
        },
        {
            "organisatie": "Hotel met begeleiding",
            "gevraagd_op": desk.today,
            "antwoord": "geen",
            "reden": None,
        },
        {
            "organisatie": "CoMensha",
            "gevraagd_op": desk.today,
            "antwoord": "plek",
            "reden": None,
        },
    )


def test_what_was_asked_in_care_before_stays_in_the_log(desk: Desk) -> None:
    earlier: Value = {"organisatie": "De Singel", "antwoord": "wachtlijst"}
    desk.write("shelter_log", requests=(earlier,))

    log = answered(desk, "nidos", "later")

    assert isinstance(log, tuple)
    assert log[0] == earlier
    assert len(log) == 2


def test_a_reason_of_an_earlier_place_is_not_that_of_the_next(desk: Desk) -> None:
    log = answered(desk, "coa", "later", "vol")

    assert isinstance(log, tuple)
    assert isinstance(log[0], dict)
    assert log[0]["reden"] is None
