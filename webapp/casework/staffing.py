"""Who there is to do the work of a role in a place, and who is gone."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import bindparam, func, select

from engine.storage.unit_of_work import UnitOfWork
from webapp.casework.access import Grant, Person
from webapp.casework.tables import account, account_grant


@dataclass(frozen=True, slots=True)
class Worker:
    """An account that has, or had, work; *is_active* when it can still log in."""

    person: Person
    is_active: bool

    def can_do(self, candidate: str) -> bool:
        """Whether a task for *candidate* that they have is theirs to do, as `access` says it.

        Who has a task keeps it as long as they have its role, wherever that is.
        """
        is_theirs = candidate in self.person.groups
        return self.is_active and (is_theirs or self.person.has_role(candidate.partition("@")[0]))


_HOLDING = select(account_grant.c.role, account_grant.c.scope, func.count()).join(
    account, account.c.id == account_grant.c.account_id
)
_MEMBERS = _HOLDING.where(account.c.is_active).group_by(account_grant.c.role, account_grant.c.scope)
_GONE = select(account.c.id).where(account.c.is_active.is_(False))
_OF_GROUP = (
    select(account.c.id, account.c.display_name)
    .join(account_grant, account_grant.c.account_id == account.c.id)
    .where(
        account_grant.c.role == bindparam("role"),
        account_grant.c.scope == bindparam("scope"),
        account.c.is_active,
    )
    .order_by(account.c.display_name, account.c.id)
)
_PEOPLE = (
    select(
        account.c.id,
        account.c.display_name,
        account.c.is_active,
        account_grant.c.role,
        account_grant.c.scope,
    )
    .outerjoin(account_grant, account_grant.c.account_id == account.c.id)
    .where(account.c.id.in_(bindparam("account_ids", expanding=True)))
)


def members(uow: UnitOfWork) -> Mapping[str, int]:
    """How many can do the work of each group, "role@scope"; groups of nobody are left out."""
    found = uow.connection.execute(_MEMBERS)
    return {Grant(role, scope).group: count for role, scope, count in found}


def gone(uow: UnitOfWork) -> frozenset[str]:
    """The accounts that were shut."""
    return frozenset(uow.connection.execute(_GONE).scalars())


def of_group(uow: UnitOfWork, group: str) -> dict[str, str]:
    """Who can do the work of a group, "role@scope": names by account, in order of name."""
    role, _, scope = group.partition("@")
    rows = uow.connection.execute(_OF_GROUP, {"role": role, "scope": scope})
    return {row.id: row.display_name for row in rows}


def workers(uow: UnitOfWork, account_ids: Collection[str]) -> dict[str, Worker]:
    """Accounts by id, with the roles that they have now."""
    rows = uow.connection.execute(_PEOPLE, {"account_ids": sorted(set(account_ids))}).all()
    grants: dict[str, set[Grant]] = {row.id: set() for row in rows}
    for row in rows:
        if row.role is not None:
            grants[row.id].add(Grant(row.role, row.scope))
    return {
        row.id: Worker(Person(row.id, row.display_name, frozenset(grants[row.id])), row.is_active)
        for row in rows
    }
