"""Regions, houses, municipalities and partners: where a case lies, and what a scope is called."""

from dataclasses import dataclass

from sqlalchemy import bindparam, insert, select, union_all

from engine.errors import NotFoundError
from engine.storage.tables import metadata
from engine.storage.unit_of_work import UnitOfWork
from webapp.casework import tables
from webapp.casework.roles import Level


@dataclass(frozen=True, slots=True)
class Municipality:
    """A municipality, with the house and the region that it belongs to, by key."""

    key: str
    name: str
    house: str
    region: str


@dataclass(frozen=True, slots=True)
class Partner:
    """An organisation that sits in the *screeningsoverleg* of one house."""

    key: str
    name: str
    house: str


_ONE = select(
    tables.municipality.c.key,
    tables.municipality.c.name,
    tables.municipality.c.house,
    tables.municipality.c.region,
).where(tables.municipality.c.key == bindparam("key"))
_ALL = select(
    tables.municipality.c.key,
    tables.municipality.c.name,
    tables.municipality.c.house,
    tables.municipality.c.region,
).order_by(tables.municipality.c.name)
_PARTNERS = (
    select(tables.partner.c.key, tables.partner.c.name, tables.partner.c.house)
    .where(tables.partner.c.house == bindparam("house"))
    .order_by(tables.partner.c.name, tables.partner.c.key)
)
_NAMES = {
    Level.MUNICIPALITY: select(tables.municipality.c.key, tables.municipality.c.name),
    Level.HOUSE: select(tables.house.c.key, tables.house.c.name),
    Level.REGION: select(tables.region.c.key, tables.region.c.name),
    Level.PARTNER: select(tables.partner.c.key, tables.partner.c.name),
}
_ALL_NAMES = union_all(*_NAMES.values())


def municipality(uow: UnitOfWork, key: str) -> Municipality:
    """A municipality by its key.

    Raises:
        NotFoundError: municipality_not_found.
    """
    row = uow.connection.execute(_ONE, {"key": key}).one_or_none()
    if row is None:
        raise NotFoundError("municipality_not_found", key=key)
    return Municipality(*row)


def municipalities(uow: UnitOfWork) -> tuple[Municipality, ...]:
    """Every municipality, by name."""
    return tuple(Municipality(*row) for row in uow.connection.execute(_ALL))


def partners(uow: UnitOfWork, house: str) -> tuple[Partner, ...]:
    """Who sits in the *screeningsoverleg* of a house, by name."""
    return tuple(Partner(*row) for row in uow.connection.execute(_PARTNERS, {"house": house}))


def scope_names(uow: UnitOfWork, level: Level | None = None) -> dict[str, str]:
    """What each scope is called, by key: those of one level of roles, or all."""
    query = _NAMES[level] if level is not None else _ALL_NAMES
    return {row.key: row.name for row in uow.connection.execute(query)}


def add_region(uow: UnitOfWork, key: str, name: str) -> None:
    """Make a region; does nothing when its key is there."""
    _add(uow, "region", {"key": key, "name": name})


def add_house(uow: UnitOfWork, key: str, name: str, *, region: str) -> None:
    """Make a Zorg- en Veiligheidshuis; does nothing when its key is there."""
    _add(uow, "house", {"key": key, "name": name, "region": region})


def add_municipality(uow: UnitOfWork, key: str, name: str, *, house: str, region: str) -> None:
    """Make a municipality; does nothing when its key is there."""
    _add(uow, "municipality", {"key": key, "name": name, "house": house, "region": region})


def add_partner(uow: UnitOfWork, key: str, name: str, *, house: str) -> None:
    """Make a partner of a house; does nothing when its key is there."""
    _add(uow, "partner", {"key": key, "name": name, "house": house})


def _add(uow: UnitOfWork, name: str, row: dict[str, str]) -> None:
    table = metadata.tables[name]
    found = uow.connection.execute(select(table.c.key).where(table.c.key == row["key"]))
    if found.one_or_none() is None:
        uow.connection.execute(insert(table), row)
