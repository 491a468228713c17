"""A region is read from a file, and loaded as often as one likes."""

from datetime import date

import pytest

from engine import calendars
from engine.errors import InvalidInputError
from engine.storage.database import Database
from tests.builders import ANNA
from webapp.casework import places, regions

FILE = b"""
[region]
key = "streek"
name = "De Streek"

[houses.huis]
name = "Zorg- en Veiligheidshuis"

[houses.huis.municipalities]
dorp = "Dorp"

[houses.huis.partners]
politie = "Politie, team mensenhandel"

[closing_days]
Kermis = [2026-09-07]
"""


def test_a_region_gets_its_houses_municipalities_and_closing_days(database: Database) -> None:
    with database.unit_of_work(ANNA) as uow:
        places.load(uow, places.read(FILE, file="streek.toml"))

        village = regions.municipality(uow, "dorp")
        closed = calendars.closing_days(uow, calendar="streek")

    assert (village.name, village.house, village.region) == ("Dorp", "huis", "streek")
    assert [(each.day, each.name) for each in closed] == [(date(2026, 9, 7), "Kermis")]


def test_a_partner_of_a_house_is_known_by_house_and_partner(database: Database) -> None:
    with database.unit_of_work(ANNA) as uow:
        places.load(uow, places.read(FILE, file="streek.toml"))

        found = regions.partners(uow, "huis")

    assert [(each.key, each.name) for each in found] == [
        ("huis_politie", "Politie, team mensenhandel")
    ]


def test_a_house_needs_no_partners() -> None:
    without = FILE.replace(b"[houses.huis.partners]", b"").replace(b"politie =", b"stad =")

    (house,) = places.read(without, file="streek.toml").houses

    assert house.partners == {}


def test_loading_a_region_again_adds_only_what_is_new(database: Database) -> None:
    more = FILE.replace(b'dorp = "Dorp"', b'dorp = "Anders"\nstad = "Stad"')
    with database.unit_of_work(ANNA) as uow:
        places.load(uow, places.read(FILE, file="streek.toml"))
        places.load(uow, places.read(more, file="streek.toml"))

        found = [each.name for each in regions.municipalities(uow)]

    assert found == ["Dorp", "Stad"]


@pytest.mark.parametrize(
    ("right", "wrong", "where"),
    [
        (b'key = "streek"', b"", "key"),
        (b'key = "streek"', b'key = "De Streek"', "De Streek"),
        (b'dorp = "Dorp"', b"dorp = 1", "dorp"),
        (b'politie = "', b'"De Politie" = "', "De Politie"),
        (b"[2026-09-07]", b'["soon"]', "Kermis"),
        (b'name = "Zorg- en Veiligheidshuis"', b"", "name"),
        (b"[region]", b"[region", None),
    ],
)
def test_a_file_that_cannot_be_read_says_where(
    right: bytes, wrong: bytes, where: str | None
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        places.read(FILE.replace(right, wrong, 1), file="streek.toml")

    (problem,) = refused.value.problems
    assert problem.element_id == where  # type: ignore[union-attr]
