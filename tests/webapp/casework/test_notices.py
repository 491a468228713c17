"""Notices reach whoever has the role, once, and nobody else."""

import pytest

from engine.errors import NotFoundError
from engine.model import SYSTEM
from webapp.casework import notices
from webapp.casework.access import Grant, Person

ANNA = Person("anna", "Anna", frozenset({Grant("aandachtsfunctionaris", "venlo")}))
BRAM = Person("bram", "Bram", frozenset({Grant("aandachtsfunctionaris", "venlo")}))
CARLA = Person("carla", "Carla", frozenset({Grant("aandachtsfunctionaris", "roermond")}))
OF_VENLO = "aandachtsfunctionaris@venlo"


@pytest.fixture
def uow(database):
    with database.unit_of_work(SYSTEM) as opened:
        yield opened


def test_a_notice_reaches_everyone_with_the_role_in_its_scope(uow) -> None:
    notices.send(uow, OF_VENLO, "herinnering", case_number="S-1", task_id="t")

    (found,) = notices.unseen(uow, ANNA)
    assert (found.kind, found.case_number, found.task_id) == ("herinnering", "S-1", "t")
    assert notices.unseen(uow, BRAM)
    assert not notices.unseen(uow, CARLA)


def test_a_notice_for_one_person_reaches_them_alone(uow) -> None:
    notices.send(uow, "person:carla", "ontvangen")

    assert notices.unseen(uow, CARLA)
    assert not notices.unseen(uow, ANNA)


def test_a_notice_that_one_put_away_is_gone_for_all(uow) -> None:
    notices.send(uow, OF_VENLO, "herinnering", case_number="S-1")
    (found,) = notices.unseen(uow, ANNA)

    notices.put_away(uow, ANNA, found.id)

    assert not notices.unseen(uow, BRAM)
    assert notices.of_case(uow, "S-1")[0].seen_at == uow.now


def test_a_notice_for_others_cannot_be_put_away(uow) -> None:
    notices.send(uow, OF_VENLO, "herinnering")
    (found,) = notices.unseen(uow, ANNA)

    with pytest.raises(NotFoundError, match="notice_not_found"):
        notices.put_away(uow, CARLA, found.id)


def test_the_newest_notice_stands_first(uow) -> None:
    notices.send(uow, OF_VENLO, "eerst")
    notices.send(uow, OF_VENLO, "later")

    assert [one.kind for one in notices.unseen(uow, ANNA)] == ["later", "eerst"]


def test_only_who_reported_a_case_is_led_to_a_report(office) -> None:
    case = office.report()
    with office.database.unit_of_work(SYSTEM) as uow:
        for person in (office.mel, office.vera):
            notices.send(uow, f"person:{person.id}", "nieuws", case_number=case.number)
        notices.send(uow, f"person:{office.mel.id}", "algemeen")

    theirs = office.read(lambda uow: notices.unseen(uow, office.mel))
    others = office.read(lambda uow: notices.unseen(uow, office.vera))

    assert {one.kind: one.is_report for one in theirs} == {"nieuws": True, "algemeen": False}
    assert [one.is_report for one in others] == [False]
