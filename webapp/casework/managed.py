"""Which cases somebody manages: those that the row of their role opens, as a selection.

Whoever may give the tasks of a case to others manages it.
"""

from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Select, and_, or_

from engine.storage.unit_of_work import UnitOfWork
from webapp.casework import access, regions, selection
from webapp.casework.access import Action, Grant, Person, Subject
from webapp.casework.regions import Municipality
from webapp.casework.roles import CASE_STATE, ROLES, TASK_LIST, Level
from webapp.casework.tables import case_file


@dataclass(frozen=True, slots=True)
class Managed:
    """What somebody manages.

    Attributes:
        regimes: of the cases.
        places: what those can lie in: municipalities, and houses for what lies in none of them.
        regions: that the places lie in.
    """

    person: Person
    grants: tuple[Grant, ...]
    regimes: frozenset[str]
    places: tuple[str, ...]
    regions: frozenset[str]

    def cases(self, place: str | None = None) -> Select[str]:
        """The numbers of the cases: all, or those of one place."""
        return _cases(self.person.id, self.grants, place)


def is_manager(person: Person) -> bool:
    """Whether somebody manages cases anywhere."""
    return any(_manages(grant) for grant in person.grants)


def of_person(uow: UnitOfWork, person: Person) -> Managed:
    """What this person manages; nothing for who is no manager."""
    grants = tuple(grant for grant in sorted(person.grants) if _manages(grant))
    every = regions.municipalities(uow) if grants else ()
    towns = [(grant, town) for grant in grants for town in every if _holds(grant, town)]
    houses = [town.house for grant, town in towns if _level(grant) is not Level.MUNICIPALITY]
    return Managed(
        person=person,
        grants=grants,
        regimes=frozenset(regime for grant in grants for regime in ROLES[grant.role].sections),
        places=tuple(dict.fromkeys((*houses, *(town.key for _, town in towns)))),
        regions=frozenset(town.region for _, town in towns),
    )


def may_list(person: Person, about: Subject) -> bool:
    """Whether somebody may know of one case how it stands and what has to be done in it."""
    return all(
        access.may(person, Action.LIST_SECTION, about.of_section(section)).allowed
        for section in (CASE_STATE, TASK_LIST)
    )


# Kept, as its caller keeps what it builds on it: to make it costs more than to run it.
@lru_cache(maxsize=32)
def _cases(account_id: str, grants: tuple[Grant, ...], place: str | None) -> Select[str]:
    query = selection.opened(account_id, grants, (CASE_STATE, TASK_LIST))
    if place is None:
        return query
    of_house = and_(case_file.c.house == place, case_file.c.municipality.is_(None))
    return query.where(or_(case_file.c.municipality == place, of_house))


def _manages(grant: Grant) -> bool:
    role = ROLES.get(grant.role)
    return role is not None and Action.REASSIGN_TASK in role.actions


def _level(grant: Grant) -> Level:
    return ROLES[grant.role].level


def _holds(grant: Grant, town: Municipality) -> bool:
    """Whether a municipality lies in the scope of a grant."""
    place = Subject(municipality=town.key, house=town.house, region=town.region)
    return grant.scope == place.place(_level(grant))
