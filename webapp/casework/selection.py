"""The cases that somebody's roles open, as a selection for lists.

The rows of `roles` say which; of a single case `access` says it, and the two never differ.
"""

from collections.abc import Iterator
from functools import lru_cache

from sqlalchemy import ColumnElement, Select, and_, false, or_, select

from engine.storage.tables import TaskStatus, user_task
from webapp.casework.access import Grant
from webapp.casework.roles import ROLES, Level, Tie
from webapp.casework.tables import CaseStatus, case_file

_PLACES = {
    Level.MUNICIPALITY: case_file.c.municipality,
    Level.HOUSE: case_file.c.house,
    Level.REGION: case_file.c.region,
}


# Kept, as its callers keep what they build on it: to make it costs more than to run it.
@lru_cache(maxsize=64)
def opened(account_id: str, grants: tuple[Grant, ...], sections: tuple[str, ...]) -> Select[str]:
    """The numbers of the cases of which one of the grants opens all the sections."""
    every = (each for grant in grants for each in _opened_by(account_id, grant, sections))
    return select(case_file.c.number).where(or_(false(), *every))


def opens(grant: Grant, section: str) -> bool:
    """Whether a grant can open the section of any case at all."""
    role = ROLES.get(grant.role)
    return role is not None and any(role.right(regime, section) for regime in role.sections)


def _opened_by(
    account_id: str, grant: Grant, sections: tuple[str, ...]
) -> Iterator[ColumnElement[bool]]:
    """By regime, the cases of which a grant opens all of the sections."""
    role = ROLES[grant.role]
    for regime in role.sections:
        rights = [right for section in sections if (right := role.right(regime, section))]
        if len(rights) < len(sections):
            continue
        theirs = and_(case_file.c.regime == regime, _PLACES[role.level] == grant.scope)
        ties = {right.tie for right in rights} - {Tie.PLACE}
        theirs = and_(theirs, *(_is_at_work(account_id, grant, tie) for tie in sorted(ties)))
        if not all(right.when_closed for right in rights):
            theirs = and_(theirs, case_file.c.status == CaseStatus.OPEN)
        yield theirs


def _is_at_work(account_id: str, grant: Grant, tie: Tie) -> ColumnElement[bool]:
    """Whether the group has a task in the case or, unless it is about now, this person had one."""
    work = user_task.alias("work")
    has = work.c.status == TaskStatus.OPEN
    is_own = or_(work.c.assignee == account_id, work.c.completed_by == account_id)
    had = and_(work.c.status != TaskStatus.CANCELLED, is_own)
    return (
        select(work.c.id)
        .where(
            work.c.business_key == case_file.c.number,
            work.c.candidate == grant.group,
            has if tie is Tie.NOW else or_(has, had),
        )
        .exists()
    )
