"""A region from a file: its houses, municipalities and partners, and the days it is closed.

The file is TOML, as docs/operations.md shows. Loading it again adds what is new, changes no name
and takes nothing away: cases may lie there.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from engine import calendars
from engine.errors import InvalidInputError, Problem
from engine.storage.unit_of_work import UnitOfWork
from webapp.casework import regions

_KEY = re.compile(r"[a-z][a-z0-9_]{0,62}")
_Table = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class House:
    """A Zorg- en Veiligheidshuis with the municipalities it serves, names by key.

    Attributes:
        partners: who sits in its *screeningsoverleg*; a key is of this house alone.
    """

    key: str
    name: str
    municipalities: Mapping[str, str]
    partners: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Region:
    """A region as its file describes it; *closing_days* by what people call them."""

    key: str
    name: str
    houses: tuple[House, ...]
    closing_days: Mapping[str, tuple[date, ...]] = field(default_factory=dict)


def read(content: bytes, *, file: str) -> Region:
    """Read the file of a region.

    Raises:
        InvalidInputError: invalid_region, with the first thing that is wrong.
    """
    try:
        document = tomllib.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _refusal(file, None, f"This is not TOML: {error}.") from error
    try:
        region = _table(document, "region")
        return Region(
            key=_key(_text(region, "key")),
            name=_text(region, "name"),
            houses=tuple(_house(key, table) for key, table in _tables(document, "houses")),
            closing_days={
                name: _days(name, days) for name, days in _table(document, "closing_days").items()
            },
        )
    except _NotReadableError as error:
        raise _refusal(file, error.where, str(error)) from error


def load(uow: UnitOfWork, region: Region) -> None:
    """Make what is not there yet of a region."""
    regions.add_region(uow, region.key, region.name)
    for house in region.houses:
        regions.add_house(uow, house.key, house.name, region=region.key)
        for key, name in house.municipalities.items():
            regions.add_municipality(uow, key, name, house=house.key, region=region.key)
        for key, name in house.partners.items():
            regions.add_partner(uow, f"{house.key}_{key}", name, house=house.key)
    known = {closing.day for closing in calendars.closing_days(uow, calendar=region.key)}
    for name, days in region.closing_days.items():
        for day in days:
            if day not in known:
                calendars.close(uow, day, name, calendar=region.key)


class _NotReadableError(Exception):
    """Something in the file is not as it should be; *where* is its table or key."""

    def __init__(self, where: str, message: str) -> None:
        super().__init__(message)
        self.where = where


def _refusal(file: str, where: str | None, message: str) -> InvalidInputError:
    remedy = "Write it as the example in docs/operations.md."
    problem = Problem(file, where, "region_file", "error", message, remedy)
    return InvalidInputError([problem], "invalid_region")


def _house(key: str, table: _Table) -> House:
    return House(
        key=_key(key),
        name=_text(table, "name"),
        municipalities=_names(table, "municipalities"),
        partners=_names(table, "partners"),
    )


def _names(parent: _Table, name: str) -> dict[str, str]:
    table = _table(parent, name)
    return {_key(each): _text(table, each) for each in table}


def _table(parent: _Table, name: str) -> _Table:
    found = parent.get(name, {})
    if not isinstance(found, dict):
        raise _NotReadableError(name, f"{name!r} is not a table.")
    return found


def _tables(parent: _Table, name: str) -> list[tuple[str, _Table]]:
    table = _table(parent, name)
    return [(key, _table(table, key)) for key in table]


def _text(table: _Table, name: str) -> str:
    found = table.get(name)
    if not isinstance(found, str) or not found.strip():
        raise _NotReadableError(name, f"{name!r} is missing or is not a text.")
    return found.strip()


def _key(text: str) -> str:
    if not _KEY.fullmatch(text):
        message = f"{text!r} cannot be a key: small letters, digits and _, a letter first."
        raise _NotReadableError(text, message)
    return text


def _days(name: str, days: object) -> tuple[date, ...]:
    found = days if isinstance(days, list) else []
    dates = tuple(day for day in found if type(day) is date)
    if not dates or len(dates) < len(found):
        raise _NotReadableError(name, f"{name!r} is not a list of dates such as [2027-02-08].")
    return dates
