"""Regions, houses, municipalities and partners: where a case lies."""

import pytest

from engine.errors import NotFoundError
from engine.model import SYSTEM
from webapp.casework import regions
from webapp.casework.roles import Level


@pytest.fixture
def uow(database):
    with database.unit_of_work(SYSTEM) as opened:
        regions.add_region(opened, "limburg", "Noord- en Midden-Limburg")
        regions.add_house(opened, "noord", "ZVH Noord", region="limburg")
        for key, name in (("venray", "Venray"), ("bergen", "Bergen (L)")):
            regions.add_municipality(opened, key, name, house="noord", region="limburg")
        for key, name in (("noord_politie", "Politie"), ("noord_opvang", "Opvang")):
            regions.add_partner(opened, key, name, house="noord")
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
        "noord_politie": "Politie",
        "noord_opvang": "Opvang",
    }


def test_the_scopes_of_one_level_are_those_alone(uow) -> None:
    assert set(regions.scope_names(uow, Level.MUNICIPALITY)) == {"venray", "bergen"}
    assert set(regions.scope_names(uow, Level.HOUSE)) == {"noord"}
    assert set(regions.scope_names(uow, Level.REGION)) == {"limburg"}
    assert set(regions.scope_names(uow, Level.PARTNER)) == {"noord_politie", "noord_opvang"}


def test_a_house_has_its_own_partners_in_order_of_their_name(uow) -> None:
    regions.add_house(uow, "midden", "ZVH Midden", region="limburg")
    regions.add_partner(uow, "midden_politie", "Politie", house="midden")

    assert [one.key for one in regions.partners(uow, "noord")] == ["noord_opvang", "noord_politie"]
    assert regions.partners(uow, "midden") == (
        regions.Partner("midden_politie", "Politie", "midden"),
    )
    assert regions.partners(uow, "atlantis") == ()
