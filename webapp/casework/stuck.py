"""What stands still, for who manages it: which step of which case, why, since when, whose move.

A case is told by its number, its place and the name of a step: nothing of what is known in it, and
no name but that of a colleague who has the task.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import bindparam, func, select

from engine import definitions, standstills
from engine.bpmn import lent
from engine.definitions import SHARED_FOLDER, ProcessDefinition
from engine.errors import NotFoundError
from engine.feel import FeelError
from engine.standstills import Cause, Search, Standstill
from engine.storage.unit_of_work import UnitOfWork
from engine.timers import Counting
from webapp.casework import access, audit, cases, labels, managed, regions, staffing
from webapp.casework.access import Action, Person, Subject, person_group
from webapp.casework.audit import Act
from webapp.casework.cases import CaseFile
from webapp.casework.roles import REPORTER, ROLES, Level
from webapp.casework.staffing import Worker
from webapp.casework.tables import notice

REMINDER = "taak_herinnering"
REMIND_EVERY = timedelta(days=1)
# How long a task may lie before somebody takes it on, in the table of norm times.
UNCLAIMED_NORM = "taak_niet_opgepakt"
# Whose tasks are waited for and not worked at: who reported, and the partners of a house.
OUTSIDE = frozenset(
    {REPORTER.key} | {role.key for role in ROLES.values() if role.level is Level.PARTNER}
)
_THROWS = frozenset({"intermediateThrowEvent", "endEvent", "sendTask"})

Norm = tuple[str | Decimal, Counting]
After = tuple[datetime, str]

_REMINDERS = (
    select(notice.c.task_id, func.max(notice.c.at))
    .where(notice.c.task_id.in_(bindparam("task_ids", expanding=True)), notice.c.kind == REMINDER)
    .group_by(notice.c.task_id)
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to see; None for all.

    Attributes:
        place: key of a municipality, or of a house for what lies in no municipality.
        phase: a part of the road, as manifests call it.
    """

    cause: Cause | None = None
    place: str | None = None
    phase: str | None = None


@dataclass(frozen=True, slots=True)
class StuckStep:
    """One step that stands still.

    Attributes:
        id: of the task, of the job that failed, or of the waiting.
        place: name of the municipality, or of the house.
        step: what the diagram calls it; "" when it has no name.
        phase: the part of the road; "" when the manifest names none.
        since: as its cause counts.
        due_at: of a task or an awaited message.
        role, scope: whose task it is: title of the role and name of its place; "" for what is no
            task.
        holder: name of the colleague who has it; "" when nobody has, or nobody of ours.
        is_held: whether who has it, or anybody in the group that it waits for, can do it.
        sender: the process of ours that an awaited message comes from; "" when it comes from
            elsewhere.
        code: of the last failure.
        reminded_at: when somebody was last reminded of the task; None for never.
        revision: of the task, for its buttons.
        is_mine: whether the task is the reader's own to do.
    """

    cause: Cause
    id: str
    number: str
    place: str
    step: str
    process_name: str
    phase: str
    since: datetime
    opened_at: datetime
    due_at: datetime | None
    role: str
    scope: str
    holder: str
    is_held: bool
    sender: str
    code: str
    reminded_at: datetime | None
    revision: int
    is_mine: bool
    may_open: bool
    may_remind: bool
    may_take_back: bool
    may_give: bool
    may_retry: bool


@dataclass(frozen=True, slots=True)
class StuckList:
    """A page of what stands still, the longest standing first.

    Attributes:
        next_after: where the next page begins; None when this is the last.
        wanted: what was looked for; what the reader cannot choose was left out.
        places: that the reader can choose, names by key.
        phases: that the reader can choose.
        norm: how long a task may lie before somebody takes it on; None when no table says it.
    """

    steps: tuple[StuckStep, ...]
    next_after: After | None
    wanted: Wanted
    places: Mapping[str, str]
    phases: tuple[str, ...]
    norm: Norm | None


EVERYTHING = Wanted()


def look(
    uow: UnitOfWork, person: Person, wanted: Wanted = EVERYTHING, *, after: After | None = None
) -> StuckList:
    """What stands still of what this person manages, with what they can do about it.

    Args:
        after: `next_after` of the page before.

    Raises:
        NotFoundError: not_found, they manage nothing.
    """
    theirs = managed.of_person(uow, person)
    if not theirs.grants:
        raise NotFoundError("not_found")
    around = _around(uow)
    phases = _phases(uow, around.current, theirs.regimes)
    wanted = replace(
        wanted,
        place=wanted.place if wanted.place in theirs.places else None,
        phase=wanted.phase if wanted.phase in phases else None,
    )
    norm = _norm(uow, around.current)
    search = Search(
        cases=theirs.cases(wanted.place),
        causes=frozenset({wanted.cause} if wanted.cause else Cause),
        unclaimed_since=_has_lain_since(uow, norm, theirs.regions),
        empty_groups=around.empty_groups,
        gone=around.gone,
        outside=OUTSIDE,
        process_ids=phases.get(wanted.phase or "", frozenset()),
    )
    found = standstills.find(uow, search, after=after, limit=standstills.PAGE + 1)
    shown = found[: standstills.PAGE]
    steps = _steps(uow, person, shown, around)
    _record(uow, wanted, steps)
    return StuckList(
        steps=steps,
        next_after=(shown[-1].since, shown[-1].id) if len(found) > len(shown) else None,
        wanted=wanted,
        places={key: around.scopes.get(key, key) for key in theirs.places},
        phases=tuple(phases),
        norm=norm,
    )


def last_reminders(uow: UnitOfWork, task_ids: Collection[str]) -> dict[str, datetime]:
    """When somebody was last reminded of each task; what nobody was reminded of is left out."""
    rows = uow.connection.execute(_REMINDERS, {"task_ids": sorted(task_ids)})
    return {row[0]: row[1] for row in rows}


def may_remind_again(last: datetime | None, now: datetime) -> bool:
    """Whether it is long enough ago that somebody was reminded of a task."""
    return last is None or now - last >= REMIND_EVERY


@dataclass(frozen=True, slots=True)
class _Around:
    """What the steps of a page are told with.

    Attributes:
        current: the newest version of every process.
        scopes: names of places by key.
        members: how many can do the work of each group.
        gone: accounts that were shut.
        empty_groups: candidates that nobody can log in as.
    """

    current: Sequence[ProcessDefinition]
    scopes: Mapping[str, str]
    members: Mapping[str, int]
    gone: frozenset[str]
    empty_groups: frozenset[str]


def _around(uow: UnitOfWork) -> _Around:
    members, gone = staffing.members(uow), staffing.gone(uow)
    # a candidate without a place stands for no role: of that nothing is known here
    waiting = (group for group in standstills.waiting_groups(uow) if "@" in group)
    empty = {group for group in waiting if group not in members}
    return _Around(
        current=definitions.current(uow),
        scopes=regions.scope_names(uow),
        members=members,
        gone=gone,
        empty_groups=frozenset(empty | {person_group(account_id) for account_id in gone}),
    )


def _phases(
    uow: UnitOfWork, current: Sequence[ProcessDefinition], regimes: Collection[str]
) -> dict[str, frozenset[str]]:
    """The processes of each part of the road, by its name."""
    found: dict[str, set[str]] = {}
    for definition in current:
        manifest = definitions.manifest(uow, definition.id)
        if manifest and manifest.phase and manifest.regime in regimes:
            found.setdefault(manifest.phase, set()).add(definition.process_id)
    return {phase: frozenset(found[phase]) for phase in sorted(found)}


def _norm(uow: UnitOfWork, current: Sequence[ProcessDefinition]) -> Norm | None:
    """How long a task may lie, by the newest shared table; else by any that says it."""

    def is_own(definition: ProcessDefinition) -> bool:
        manifest = definitions.manifest(uow, definition.id)
        return manifest is None or not manifest.file.startswith(f"{SHARED_FOLDER}/")

    for each in sorted(current, key=is_own):
        definition = definitions.load(uow, each.id)
        try:
            return lent.term(definition.decisions, definition.terms, UNCLAIMED_NORM)
        except (FeelError, NotFoundError):
            continue
    return None


def _has_lain_since(
    uow: UnitOfWork, norm: Norm | None, regions_: Collection[str]
) -> datetime | None:
    """What opened by then has lain for the norm, in each of these regions."""
    if norm is None or not regions_:
        return None
    calendars = map(uow.calendar_of, sorted(regions_))
    return min(calendar.latest_begin(uow.now, *norm) for calendar in calendars)


def _record(uow: UnitOfWork, wanted: Wanted, steps: Collection[StuckStep]) -> None:
    """One look is one record, in the chain of the day: what was asked for, and which cases."""
    asked = (wanted.cause, wanted.place, wanted.phase)
    numbers = sorted({step.number for step in steps})
    about = " ".join([*(str(each) for each in asked if each), *numbers])
    audit.record(uow, Act.VIEW_STUCK, object=about)


def _steps(
    uow: UnitOfWork, person: Person, found: Sequence[Standstill], around: _Around
) -> tuple[StuckStep, ...]:
    known = {case.number: case for case in cases.several(uow, {one.business_key for one in found})}
    abouts = cases.subjects(uow, known.values())
    workers = staffing.workers(uow, {one.assignee for one in found} - {""})
    reminders = last_reminders(uow, {one.id for one in found if one.is_task})
    shown = (
        (one, known[one.business_key], abouts[one.business_key])
        for one in found
        if one.business_key in known and managed.may_list(person, abouts[one.business_key])
    )
    return tuple(
        _permitted(
            uow,
            person,
            replace(about, candidate=one.candidate, assignee=one.assignee),
            _step(uow, one, case, around, workers.get(one.assignee), reminders.get(one.id)),
            others=around.members.get(one.candidate, 0)
            - _counts_in(one.candidate, workers.get(one.assignee)),
        )
        for one, case, about in shown
    )


def _step(
    uow: UnitOfWork,
    one: Standstill,
    case: CaseFile,
    around: _Around,
    worker: Worker | None,
    reminded_at: datetime | None,
) -> StuckStep:
    """What stands still, in words; nothing may be done about it yet."""
    words = labels.of_definition(uow, one.definition_id)
    manifest = definitions.manifest(uow, one.definition_id)
    place = case.municipality or case.house
    role, scope = _for_whom(one.candidate)
    return StuckStep(
        cause=one.cause,
        id=one.id,
        number=one.business_key,
        place=around.scopes.get(place, place),
        step=one.name if one.is_task else words.element_name(one.element_id),
        process_name=words.process_name,
        phase=(manifest.phase if manifest else None) or "",
        since=one.since,
        opened_at=one.opened_at,
        due_at=one.due_at,
        role=ROLES[role].title if role in ROLES else role,
        scope=around.scopes.get(scope, scope),
        # of one person's tasks, the reporter's, no name is told
        holder=worker.person.display_name if worker and scope else "",
        is_held=one.candidate not in around.empty_groups
        if not one.assignee
        else worker is not None and worker.can_do(one.candidate),
        sender="" if one.is_task else _sender(uow, around.current, one.name),
        code=one.code,
        reminded_at=reminded_at,
        revision=one.revision,
        is_mine=False,
        may_open=False,
        may_remind=False,
        may_take_back=False,
        may_give=False,
        may_retry=False,
    )


def _permitted(
    uow: UnitOfWork, person: Person, about: Subject, step: StuckStep, *, others: int
) -> StuckStep:
    """The same with what this person may do about it.

    Args:
        others: how many besides its holder can do the task.
    """
    can_manage = access.may(person, Action.REASSIGN_TASK, about).allowed
    is_of_a_group = "@" in about.candidate
    return replace(
        step,
        is_mine=bool(about.candidate)
        and about.assignee in ("", person.id)
        and access.may(person, Action.COMPLETE_TASK, about).allowed,
        may_open=access.may(person, Action.VIEW_CASE, about).allowed,
        may_remind=can_manage
        and bool(about.candidate)
        and step.is_held
        and about.assignee != person.id
        and may_remind_again(step.reminded_at, uow.now),
        may_take_back=can_manage and is_of_a_group and bool(about.assignee),
        may_give=can_manage and is_of_a_group and others > 0,
        may_retry=can_manage and step.cause is Cause.FAILED,
    )


def _for_whom(candidate: str) -> tuple[str, str]:
    """The role and the scope of a candidate; what is for one person is for who reported."""
    role, _, scope = candidate.partition("@")
    return (role, scope) if scope or not candidate else (REPORTER.key, "")


def _counts_in(candidate: str, worker: Worker | None) -> int:
    """1 when who has the task is one of the group that it is for, else 0."""
    return int(worker is not None and worker.is_active and candidate in worker.person.groups)


def _sender(uow: UnitOfWork, current: Sequence[ProcessDefinition], message: str) -> str:
    """The name of the process of ours that sends a message, "" when none does."""
    for each in current if message else ():
        elements = definitions.load(uow, each.id).by_process[each.process_id].values()
        if any(one.message == message and one.kind in _THROWS for one in elements):
            return each.name
    return ""
