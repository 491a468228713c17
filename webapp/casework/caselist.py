"""The cases of somebody's own: those that wait first, the closed ones, and those that they seek.

A list tells a case by its number, its place and its next task. Only what was sought by name is
shown with a name, and that is a look at the case.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, or_, select

from engine import queries
from engine.effects import NO_TERM
from engine.errors import NotFoundError
from engine.queries import Run
from engine.storage.tables import Moment, TaskStatus, user_task
from engine.storage.unit_of_work import UnitOfWork
from engine.tasks import UserTask
from webapp.casework import access, audit, cases, desk, finding, labels, regions, selection
from webapp.casework.access import Action, Person, Subject
from webapp.casework.audit import Act
from webapp.casework.cases import CaseFile
from webapp.casework.labels import Holder
from webapp.casework.roles import SEARCH_HIT, TASK_LIST
from webapp.casework.tables import CaseStatus, case_file

PAGE = 25

After = tuple[datetime, str]


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One case.

    Attributes:
        name: of the person or the company, when it was sought; else "".
        process_name: what runs in it; "" when only number and stage are told.
        place: name of the municipality, or of the house.
        next: the task that is due first; None when nothing is to be done now, or it is not told.
        holder: who has that task.
        others: how many tasks there are besides.
    """

    case: CaseFile
    name: str
    process_name: str
    place: str
    next: UserTask | None
    holder: Holder | None
    others: int
    may_open: bool


@dataclass(frozen=True, slots=True)
class CaseList:
    """A page of cases.

    Attributes:
        next_after: where the next page begins; None when this is the last.
    """

    lines: tuple[CaseLine, ...]
    next_after: After | None = None


@dataclass(frozen=True, slots=True)
class Hits:
    """What was found; *by* says as what it was looked for: "number", "phone" or "name"."""

    by: str
    lines: tuple[CaseLine, ...]
    is_cut: bool


def concerns(person: Person) -> bool:
    """Whether somebody has cases of their own anywhere."""
    return any(selection.opens(grant, SEARCH_HIT) for grant in person.grants)


def look(
    uow: UnitOfWork, person: Person, *, closed: bool = False, after: After | None = None
) -> CaseList:
    """The open cases, what is due first before the rest; or the closed ones, the last first.

    Args:
        after: `next_after` of the page before.

    Raises:
        NotFoundError: not_found; they have no cases of their own.
    """
    numbers = _own(person)
    query = _closed(numbers, after) if closed else _open(numbers, after)
    rows = uow.connection.execute(query.limit(PAGE + 1)).all()
    found: dict[CaseFile, datetime] = {cases.of_row(row[:-1]): row[-1] for row in rows[:PAGE]}
    lines = _lines(uow, person, dict.fromkeys(found, ""))
    audit.record(uow, Act.LIST_CASES, object=" ".join(sorted(case.number for case in found)))
    last = [(at, case.number) for case, at in found.items()][-1:]
    return CaseList(lines, last[0] if len(rows) > PAGE else None)


def search(uow: UnitOfWork, person: Person, text: str) -> Hits:
    """What somebody looks for among their cases: a number, a phone number or a name.

    Raises:
        NotFoundError: not_found; they have no cases of their own.
    """
    _own(person)
    found = finding.search(uow, person, text)
    lines = _lines(uow, person, {hit.case: hit.name for hit in found.hits})
    numbers = [line.case.number for line in lines]
    audit.record(uow, Act.SEARCH_CASES, object=" ".join([found.by, *sorted(numbers)]))
    for line in lines:
        if line.name:
            audit.record(uow, Act.VIEW_HIT, case_number=line.case.number, object=found.by)
    return Hits(found.by, lines, found.is_cut)


def _own(person: Person) -> Select[str]:
    if not concerns(person):
        raise NotFoundError("not_found")
    return selection.opened(person.id, tuple(sorted(person.grants)), (SEARCH_HIT,))


def _open(numbers: Select[str], after: After | None) -> Select[Any]:
    due_first = (
        select(func.min(user_task.c.sort_at))
        .where(
            user_task.c.business_key == case_file.c.number, user_task.c.status == TaskStatus.OPEN
        )
        .scalar_subquery()
    )
    at = func.coalesce(due_first, bindparam("no_term", NO_TERM, type_=Moment), type_=Moment)
    query = (
        select(*cases.COLUMNS, at.label("at"))
        .where(case_file.c.number.in_(numbers), case_file.c.status == CaseStatus.OPEN)
        .order_by(at, case_file.c.number)
    )
    if after is None:
        return query
    is_later = or_(at > after[0], and_(at == after[0], case_file.c.number > after[1]))
    return query.where(is_later)


def _closed(numbers: Select[str], after: After | None) -> Select[Any]:
    at = case_file.c.closed_at
    query = (
        select(*cases.COLUMNS, at.label("at"))
        .where(case_file.c.number.in_(numbers), case_file.c.status == CaseStatus.CLOSED)
        .order_by(at.desc(), case_file.c.number)
    )
    if after is None:
        return query
    return query.where(or_(at < after[0], and_(at == after[0], case_file.c.number > after[1])))


def _lines(uow: UnitOfWork, person: Person, names: Mapping[CaseFile, str]) -> tuple[CaseLine, ...]:
    """The cases in this order, each with what the person may know of it in a list."""
    abouts = cases.subjects(uow, names)
    whole = {number for number, about in abouts.items() if _is_told_whole(person, about)}
    processes = _process_names(uow, whole)
    tasks = _open_tasks(uow, {each for each in whole if _may_list(person, abouts[each], TASK_LIST)})
    held = labels.holders(
        uow,
        person,
        [waiting[0] for waiting in tasks.values()],
        unnamed={desk.unnamed_reporter(person, case, abouts[case.number]) for case in names},
    )
    places = regions.scope_names(uow)
    return tuple(
        CaseLine(
            case=case,
            name=name,
            process_name=processes.get(case.number, ""),
            place=places.get(case.municipality or case.house, ""),
            next=waiting[0] if waiting else None,
            holder=held[waiting[0].id] if waiting else None,
            others=max(0, len(waiting) - 1),
            may_open=access.may(person, Action.VIEW_CASE, abouts[case.number]).allowed,
        )
        for case, name in names.items()
        if _may_list(person, abouts[case.number], SEARCH_HIT)
        for waiting in [tasks.get(case.number, [])]
    )


def _may_list(person: Person, about: Subject, section: str) -> bool:
    return access.may(person, Action.LIST_SECTION, about.of_section(section)).allowed


def _is_told_whole(person: Person, about: Subject) -> bool:
    """Whether more is told than its number and how far it is."""
    decision = access.may(person, Action.LIST_SECTION, about.of_section(SEARCH_HIT))
    return decision.allowed and not decision.only


def _process_names(uow: UnitOfWork, numbers: Collection[str]) -> dict[str, str]:
    """What runs in each case, or ran last: of several the one that began last."""
    found: dict[str, Run] = {}
    for run in queries.runs(uow, numbers) if numbers else ():
        is_own = run.caller_id is None
        known = found.get(run.business_key)
        if is_own and (known is None or run.is_active or not known.is_active):
            found[run.business_key] = run
    return {
        number: labels.of_definition(uow, run.definition_id).process_name
        for number, run in found.items()
    }


def _open_tasks(uow: UnitOfWork, numbers: Collection[str]) -> dict[str, list[UserTask]]:
    """What has to be done in each case, what is due first before the rest."""
    found: dict[str, list[UserTask]] = {}
    for task in queries.open_tasks_of_cases(uow, numbers):
        found.setdefault(task.business_key, []).append(task)
    return found
