"""The piket roster: who is on call at a Zorg- en Veiligheidshuis, and when nobody is.

A duty is somebody's from one moment until another; at no moment has a house two. What has been is
kept as it was: of a duty that runs, only the part that is still to come can be changed. Who lost
the role stays on the roster to be seen, but is on call no more.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, delete, insert, select, update

from engine.errors import ConflictError, FieldProblem, InvalidInputError, NotFoundError
from engine.storage.tables import Moment
from engine.storage.unit_of_work import UnitOfWork
from engine.timers import AMSTERDAM
from webapp.casework import access, audit, regions
from webapp.casework.access import Action, Person, Subject
from webapp.casework.audit import Act
from webapp.casework.roles import PIKET, Level
from webapp.casework.tables import account, account_grant, duty

# Longer, or farther away, is a day or a year that was typed wrong.
LONGEST = timedelta(days=31)
FARTHEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Duty:
    """Somebody is on call at a house, from *starts* up to *ends*.

    Attributes:
        house: its key.
        person: id of the account.
        counts: whether they have the role there and can log in; if not, nobody is on call.
    """

    id: str
    house: str
    person: str
    starts: datetime
    ends: datetime
    counts: bool


@dataclass(frozen=True, slots=True)
class Gap:
    """Nobody is on call, from *starts* up to *ends*."""

    starts: datetime
    ends: datetime


_HAS_ROLE = and_(
    account_grant.c.account_id == duty.c.person,
    account_grant.c.role == PIKET,
    account_grant.c.scope == duty.c.house,
)
_DUTIES = (
    select(
        duty.c.id,
        duty.c.house,
        duty.c.person,
        duty.c.starts,
        duty.c.ends,
        and_(account.c.is_active, account_grant.c.account_id.is_not(None)),
    )
    .join(account, account.c.id == duty.c.person)
    .outerjoin(account_grant, _HAS_ROLE)
)
_ON_DUTY = (
    select(duty.c.person)
    .join(account, account.c.id == duty.c.person)
    .join(account_grant, _HAS_ROLE)
    .where(
        duty.c.house == bindparam("house"),
        duty.c.starts <= bindparam("at", type_=Moment),
        duty.c.ends > bindparam("at", type_=Moment),
        account.c.is_active,
    )
)
_IN_TIME = and_(
    duty.c.ends > bindparam("from_", type_=Moment), duty.c.starts < bindparam("until", type_=Moment)
)
_OF_HOUSE = _DUTIES.where(duty.c.house == bindparam("house"), _IN_TIME).order_by(duty.c.starts)
_OF_PERSON = _DUTIES.where(
    duty.c.person == bindparam("person"), duty.c.ends > bindparam("from_", type_=Moment)
).order_by(duty.c.starts)
_ONE = _DUTIES.where(duty.c.id == bindparam("id"))
_CUT = (
    update(duty)
    .where(duty.c.id == bindparam("duty_id"))
    .values(ends=bindparam("moment", type_=Moment))
)
_DELETE = delete(duty).where(duty.c.id == bindparam("duty_id"))
_CANDIDATES = (
    select(account.c.id, account.c.display_name)
    .join(account_grant, account_grant.c.account_id == account.c.id)
    .where(
        account_grant.c.role == PIKET,
        account_grant.c.scope == bindparam("house"),
        account.c.is_active,
    )
    .order_by(account.c.display_name, account.c.id)
)


def on_duty(uow: UnitOfWork, place: str, at: datetime) -> str | None:
    """The account on call at a house at a moment; None when nobody is."""
    found: str | None = uow.connection.execute(
        _ON_DUTY, {"house": place, "at": at}
    ).scalar_one_or_none()
    return found


def of_place(uow: UnitOfWork, place: str, from_: datetime, until: datetime) -> tuple[Duty, ...]:
    """The duties of a house that fall within a time, whole, the first first."""
    values = {"house": place, "from_": from_, "until": until}
    return tuple(Duty(*row) for row in uow.connection.execute(_OF_HOUSE, values))


def of_person(uow: UnitOfWork, person: Person) -> tuple[Duty, ...]:
    """Somebody's own duties that run or are to come, at every house, the first first."""
    values = {"person": person.id, "from_": uow.now}
    return tuple(Duty(*row) for row in uow.connection.execute(_OF_PERSON, values))


def gaps(duties: Iterable[Duty], from_: datetime, until: datetime) -> tuple[Gap, ...]:
    """When nobody is on call between two moments, given all duties that fall between them."""
    return tuple(_gaps(sorted(duties, key=lambda one: one.starts), from_, until))


def candidates(uow: UnitOfWork, place: str) -> dict[str, str]:
    """Who can be put on the roster of a house: the name of each account, by name."""
    rows = uow.connection.execute(_CANDIDATES, {"house": place})
    return {row.id: row.display_name for row in rows}


def managed(uow: UnitOfWork, person: Person) -> dict[str, str]:
    """The houses whose roster somebody makes: the name of each, by name."""
    houses = regions.scope_names(uow, Level.HOUSE)
    theirs = {key: name for key, name in houses.items() if _may_manage(person, key)}
    return dict(sorted(theirs.items(), key=lambda one: one[1]))


def concerns(person: Person) -> bool:
    """Whether they make the roster of some house, or can be put on one."""
    houses = (grant.scope for grant in person.grants)
    return person.has_role(PIKET) or any(_may_manage(person, house) for house in houses)


def get(uow: UnitOfWork, person: Person, duty_id: str) -> Duty:
    """A duty that somebody may change.

    Raises:
        NotFoundError: not_found; there is none, or it is another house's.
    """
    row = uow.connection.execute(_ONE, {"id": duty_id}).one_or_none()
    if row is None or not _may_manage(person, row.house):
        raise NotFoundError("not_found")
    return Duty(*row)


def add(
    uow: UnitOfWork,
    person: Person,
    place: str,
    on_call: str,
    starts: datetime,
    ends: datetime,
) -> Duty:
    """*person* puts the account *on_call* on the roster of a house; what is past is left out.

    Who is on call all that time already stays so: twice is once.

    Args:
        starts, ends: without a time zone they are read by the clock of Amsterdam.

    Raises:
        NotFoundError: not_found, the roster is not theirs to make.
        InvalidInputError: no such person there, or a time that cannot be; by field.
        ConflictError: duty_overlaps, somebody is on call then; with `person`, `starts`, `ends`.
    """
    access.require(person, Action.MANAGE_ROSTER, Subject(house=place))
    uow.one_at_a_time(f"roster {place}")
    return _add(uow, place, on_call, starts, ends)


def remove(uow: UnitOfWork, person: Person, duty_id: str) -> None:
    """*person* takes a duty off the roster, or, when it runs, what is left of it.

    Raises:
        NotFoundError: not_found, as `get`.
        ConflictError: duty_over, it has been.
    """
    _remove(uow, _lock(uow, person, duty_id))


def change(
    uow: UnitOfWork,
    person: Person,
    duty_id: str,
    on_call: str,
    starts: datetime,
    ends: datetime,
) -> Duty:
    """*person* puts another duty in the place of one.

    It gets an id of its own, so that of two who change the same one the second is told.

    Raises:
        NotFoundError: not_found, as `get`.
        InvalidInputError, ConflictError: as `add` and `remove`.
    """
    old = _lock(uow, person, duty_id)
    _remove(uow, old)
    return _add(uow, old.house, on_call, starts, ends)


def _add(uow: UnitOfWork, place: str, on_call: str, starts: datetime, ends: datetime) -> Duty:
    """A new duty, as far as it is still to come; the caller has asked access and has the roster."""
    begins, is_over = uow.calendar.moment(starts), uow.calendar.moment(ends)
    problems = [
        FieldProblem(field, "moment_skipped")
        for field, typed, meant in (("starts", starts, begins), ("ends", ends, is_over))
        if _is_skipped(typed, meant)
    ]
    if on_call not in candidates(uow, place):
        problems.append(FieldProblem("on_call", "not_on_call"))
    problems += _impossible(begins, is_over, uow.now)
    if problems:
        raise InvalidInputError(problems)
    new = Duty(uow.new_id(), place, on_call, max(begins, uow.now), is_over, counts=True)
    for other in of_place(uow, place, new.starts, new.ends):
        if other.person == on_call and other.starts <= new.starts and other.ends >= new.ends:
            return other  # sent twice
        raise ConflictError(
            "duty_overlaps", person=other.person, starts=other.starts, ends=other.ends
        )
    row = {name: getattr(new, name) for name in ("id", "house", "person", "starts", "ends")}
    uow.connection.execute(insert(duty), row)
    audit.record(uow, Act.ADD_DUTY, object=_in_words(new))
    return new


def _remove(uow: UnitOfWork, old: Duty) -> None:
    """Take a duty away, or what is left of it; the caller has the roster."""
    if old.ends <= uow.now:
        raise ConflictError("duty_over", duty_id=old.id)
    this = {"duty_id": old.id}
    if old.starts < uow.now:
        uow.connection.execute(_CUT, {**this, "moment": uow.now})
    else:
        uow.connection.execute(_DELETE, this)
    audit.record(uow, Act.REMOVE_DUTY, object=_in_words(old))


def _lock(uow: UnitOfWork, person: Person, duty_id: str) -> Duty:
    """The duty as it is once nobody else changes the roster of its house."""
    uow.one_at_a_time(f"roster {get(uow, person, duty_id).house}")
    return get(uow, person, duty_id)


def _may_manage(person: Person, place: str) -> bool:
    return access.may(person, Action.MANAGE_ROSTER, Subject(house=place)).allowed


def _is_skipped(typed: datetime, meant: datetime) -> bool:
    """Whether no clock shows this time: it lies in the hour that summer time leaves out."""
    return typed.tzinfo is None and meant.astimezone(AMSTERDAM).replace(tzinfo=None) != typed


def _impossible(starts: datetime, ends: datetime, now: datetime) -> Iterator[FieldProblem]:
    if ends <= starts:
        yield FieldProblem("ends", "ends_before_it_starts")
    elif ends <= now:
        yield FieldProblem("ends", "is_past")
    elif ends - starts > LONGEST:
        yield FieldProblem("ends", "duty_too_long", {"limit": LONGEST.days})
    if starts - now > FARTHEST:
        yield FieldProblem("starts", "duty_too_far")


def _gaps(duties: Iterable[Duty], from_: datetime, until: datetime) -> Iterator[Gap]:
    reached = from_
    for one in duties:
        if not one.counts or one.ends <= reached:
            continue
        if one.starts >= until:
            break
        if one.starts > reached:
            yield Gap(reached, one.starts)
        reached = one.ends
    if reached < until:
        yield Gap(reached, until)


def _in_words(one: Duty) -> str:
    """What the audit says of a duty; the moments too, for one that was taken away is gone."""
    starts, ends = (at.isoformat(timespec="seconds") for at in (one.starts, one.ends))
    return f"{one.id} {one.house} {one.person} {starts} {ends}"
