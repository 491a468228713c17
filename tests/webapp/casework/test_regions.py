"""Regions, houses and municipalities: where a case lies."""

import pytest

from engine.errors import NotFoundError
from engine.model import SYSTEM
from webapp.casework import regions


@pytest.fixture
def uow(database):
    with database.unit_of_work(SYSTEM) as opened:
        regions.add_region(opened, "limburg", "Noord- en Midden-Limburg")
        regions.add_house(opened, "noord", "ZVH Noord", region="limburg")
        for key, name in (("venray", "Venray"), ("bergen", "Bergen (L)")):
            regions.add_municipality(opened, key, name, house="noord", region="limburg")
        yield opened


def test_a_municipality_knows_its_house_and_region(uow) -> None:
    found = regions.municipality(uow, "venray")

    assert (found.name, found.house, found.region) == ("Venray", "noord", "limburg")


def test_a_municipality_that_is_not_there_is_not_found(uow) -> None:
    with pytest.raises(NotFoundError, match="municipality_not_found"):
        regions.municipality(uow, "atlantis")


def test_municipalities_stand_in_order_of_their_name(uow) -> None:
    assert [one.key for one in regions.municipalities(uow)] == ["bergen", "venray"]


def test_what_is_there_stays_when_it_is_added_again(uow) -> None:
    regions.add_municipality(uow, "venray", "Anders", house="noord", region="limburg")

    assert regions.municipality(uow, "venray").name == "Venray"


def test_every_scope_has_a_name(uow) -> None:
    assert regions.scope_names(uow) == {
        "limburg": "Noord- en Midden-Limburg",
        "noord": "ZVH Noord",
        "venray": "Venray",
        "bergen": "Bergen (L)",
    }
