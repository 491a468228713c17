"""What somebody sees of a case: the whole of it, its diagram, or a report of their own.

Each act asks access once, leaves out what is not the reader's, and writes one audit record in the
same transaction: what cannot be recorded is not shown.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from engine import definitions, queries
from engine.bpmn.compile import Definition
from engine.errors import NotFoundError
from engine.forms import Form
from engine.manifest import CaseEvent
from engine.queries import Run
from engine.storage.unit_of_work import UnitOfWork
from engine.tasks import UserTask
from webapp.casework import access, audit, cases, desk, labels, regions, road, timeline
from webapp.casework.access import Action, Person, Subject, person_group
from webapp.casework.audit import Act
from webapp.casework.cases import CaseFile
from webapp.casework.desk import of_task, shown_sections, unnamed_reporter
from webapp.casework.labels import Holder, SectionView
from webapp.casework.road import Road
from webapp.casework.roles import TASK_LIST, TIMELINE
from webapp.casework.timeline import DiagramStep, TimelineEvent

ADDITION_MESSAGE = "Signaal.Aanvulling"


@dataclass(frozen=True, slots=True)
class CaseTask:
    """An open task on the page of its case, or of the case that called what it belongs to."""

    task: UserTask
    holder: Holder


@dataclass(frozen=True, slots=True)
class OtherCase:
    """A case that this one called, or that called this one, and that the reader may open.

    Attributes:
        process_name: of the process that calls or is called.
    """

    number: str
    process_name: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as the reader may see it.

    Attributes:
        process_name: of the process that began it.
        municipality, house, region: their names; no municipality for a meeting of a house.
        tasks: the open ones that the reader may know of, those of *items* behind the others.
        sees_all_tasks: whether those are all of the case.
        items: what this case called in others, such as the signals that a meeting discusses.
        called_by: the cases that called this one, such as that meeting, the last first.
        events: what the reader may report to it now.
        timeline: the oldest first; none when the reader may not see what happened.
        sees_timeline: whether they may.
        is_cut: whether older events are left out.
        road: the road that it lies on.
    """

    case: CaseFile
    process_name: str
    municipality: str
    house: str
    region: str
    sections: tuple[SectionView, ...]
    tasks: tuple[CaseTask, ...]
    sees_all_tasks: bool
    items: tuple[OtherCase, ...]
    called_by: tuple[OtherCase, ...]
    events: tuple[CaseEvent, ...]
    timeline: tuple[TimelineEvent, ...]
    sees_timeline: bool
    is_cut: bool
    road: Road


@dataclass(frozen=True, slots=True)
class DiagramChoice:
    """A diagram of a case: of an instance itself, or of a process that it calls within itself.

    Attributes:
        since: when the instance began.
        is_own: whether it is the instance's own.
    """

    instance_id: str
    process_id: str
    name: str
    since: datetime
    is_active: bool
    is_own: bool
    is_shown: bool


@dataclass(frozen=True, slots=True)
class DiagramView:
    """A diagram of a case with where it is.

    Attributes:
        bpmn: the file that draws the process.
        active: where it waits now.
        done: what was completed, in the order in which it was first. Both are empty when the reader
            may not see what happened.
        sees_places: whether they may.
        choices: the diagrams of the case, in the order in which its instances began; what the
            instance that is shown calls stands behind it.
    """

    case: CaseFile
    instance_id: str
    process_id: str
    process_name: str
    bpmn: bytes
    active: tuple[DiagramStep, ...]
    done: tuple[DiagramStep, ...]
    sees_places: bool
    choices: tuple[DiagramChoice, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody reported; *question_task_id* is the open question to them, if there is one."""

    case: CaseFile
    question_task_id: str | None


@dataclass(frozen=True, slots=True)
class ReportView:
    """A report of one's own.

    Attributes:
        sections: what a reporter may see, whatever other roles the reader has.
        may_add: whether the reporter can add something now.
    """

    case: CaseFile
    sections: tuple[SectionView, ...]
    question_task_id: str | None
    may_add: bool


def view_case(uow: UnitOfWork, person: Person, number: str) -> CaseView:
    """A case as this person may see it.

    Raises:
        NotFoundError: not_found; there is no such case, or none this person may know of.
    """
    case, about = cases.find(uow, person, number)
    readable = cases.readable(person, about, cases.known(uow, case).values())
    mates = cases.of_path(uow, case.path)
    on_road = queries.runs(uow, [mate.number for mate in mates])
    runs = [run for run in on_road if run.business_key == number]
    words = labels.of_definitions(uow, [run.definition_id for run in (*runs, *on_road)])
    called, callers = queries.called_from_case(uow, number), queries.callers_of_case(uow, number)
    around = _around(uow, case, mates, (*(run.business_key for run in called), *callers))
    may_open = {number} | road.may_view(uow, person, around)
    scopes = regions.scope_names(uow)
    unnamed = unnamed_reporter(person, case, about)
    sees_timeline = _may_see(person, about, TIMELINE)
    told = runs if sees_timeline else []
    # that there is more than one may open is for who leads the case
    told_mates = [mate for mate in mates if sees_timeline or mate.number in may_open]
    happened, is_cut = timeline.of_case(uow, told, unnamed=unnamed)
    seen = CaseView(
        case=case,
        process_name=labels.of_definition(uow, runs[0].definition_id).process_name,
        municipality=scopes.get(case.municipality, case.municipality),
        house=scopes.get(case.house, case.house),
        region=scopes.get(case.region, case.region),
        sections=words.sections(readable, scopes),
        tasks=_case_tasks(uow, person, number, about, unnamed) + _item_tasks(uow, person, called),
        sees_all_tasks=_may_see(person, about, TASK_LIST),
        items=_others(uow, called, may_open),
        called_by=_others(uow, _first_runs(uow, callers), may_open),
        events=desk.events(uow, person, case, about),
        timeline=happened,
        sees_timeline=sees_timeline,
        is_cut=is_cut,
        road=road.of_case(uow, case, told_mates, on_road, may_open),
    )
    records = dict.fromkeys(may_open, (Act.VIEW_ROAD, number))
    desk.record_views(uow, {**records, number: (Act.VIEW_CASE, shown_sections(readable))})
    return seen


def view_diagram(
    uow: UnitOfWork,
    person: Person,
    number: str,
    *,
    instance_id: str | None = None,
    process_id: str | None = None,
) -> DiagramView:
    """A diagram of a case, with what is done and where it waits.

    Args:
        instance_id: one of the case; by default the first that still runs.
        process_id: a process that the instance calls within itself; by default its own.

    Raises:
        NotFoundError: not_found, as `view_case`, or the case has no such diagram.
    """
    case, about = cases.find(uow, person, number)
    runs = queries.runs(uow, [number])
    run = _chosen(runs, instance_id)
    names = _drawn_by(uow, run)
    shown = process_id or run.process_id
    if shown not in names:
        raise NotFoundError("not_found")
    sees_places = _may_see(person, about, TIMELINE)
    active, done = timeline.places(uow, run, shown) if sees_places else ((), ())
    audit.record(uow, Act.VIEW_DIAGRAM, case_number=number, object=f"{run.id} {shown}")
    return DiagramView(
        case=case,
        instance_id=run.id,
        process_id=shown,
        process_name=names[shown],
        bpmn=definitions.diagram(uow, run.definition_id, shown),
        active=active,
        done=done,
        sees_places=sees_places,
        choices=tuple(
            DiagramChoice(
                instance_id=one.id,
                process_id=key,
                name=name,
                since=one.started_at,
                is_active=one.is_active,
                is_own=key == one.process_id,
                is_shown=(one.id, key) == (run.id, shown),
            )
            for one in runs
            for key, name in _drawn_by(uow, one).items()
            if one.id == run.id or key == one.process_id
        ),
    )


def event_form(
    uow: UnitOfWork, person: Person, number: str, message: str
) -> tuple[CaseEvent, Form | None]:
    """What can be reported to a case under a name and its form, waited for now or not any more.

    Raises:
        NotFoundError: not_found, as `view_case`, or it is not for this person to report.
    """
    _, about = cases.find(uow, person, number)
    waiting = [one.definition_id for one in queries.awaited(uow, number) if one.name == message]
    ran = [run.definition_id for run in reversed(queries.runs(uow, [number]))]
    for definition_id in dict.fromkeys((*waiting, *ran)):
        manifest = definitions.manifest(uow, definition_id)
        event = manifest.event_of(message) if manifest else None
        if event is not None:
            while_open = replace(about, starters=event.roles, is_open=True)
            access.require(person, Action.REPORT_EVENT, while_open)
            form = definitions.form(uow, definition_id, event.form) if event.form else None
            return event, form
    raise NotFoundError("not_found")


def reports(uow: UnitOfWork, person: Person) -> tuple[Report, ...]:
    """What this person reported, the newest first. It shows no personal data."""
    brought = cases.reported_by(uow, person.id)
    numbers = [case.number for case in brought]
    questions = queries.tasks_for(uow, person_group(person.id), numbers)
    return tuple(Report(case, questions.get(case.number)) for case in brought)


def view_report(uow: UnitOfWork, person: Person, number: str) -> ReportView:
    """A report of this person's own, with no more than what a reporter may see.

    Raises:
        NotFoundError: not_found; there is none, or they did not bring it.
    """
    case, about = cases.find(uow, person, number, Action.VIEW_REPORT)
    as_reporter = replace(person, grants=frozenset())
    readable = cases.readable(as_reporter, about, cases.known(uow, case).values())
    words = labels.of_definitions(uow, [run.definition_id for run in queries.runs(uow, [number])])
    audit.record(uow, Act.VIEW_REPORT, case_number=number, object=shown_sections(readable))
    return ReportView(
        case=case,
        sections=words.sections(readable),
        question_task_id=queries.tasks_for(uow, person_group(person.id), [number]).get(number),
        may_add=_awaits_addition(uow, case),
    )


def _may_see(person: Person, about: Subject, section: str) -> bool:
    return access.may(person, Action.VIEW_SECTION, about.of_section(section)).allowed


def _around(
    uow: UnitOfWork, case: CaseFile, mates: Collection[CaseFile], tied: Collection[str]
) -> list[CaseFile]:
    """The other cases that the page of a case tells of: those of its road, and those of calls."""
    known = {mate.number: mate for mate in mates if mate.number != case.number}
    more = [number for number in dict.fromkeys(tied) if number not in known]
    return [*known.values(), *(cases.several(uow, more) if more else ())]


def _case_tasks(
    uow: UnitOfWork, person: Person, number: str, about: Subject, unnamed: str
) -> tuple[CaseTask, ...]:
    """The open tasks that the reader may know of: all, or only those that are theirs to do."""
    waiting = [
        task
        for task in queries.open_tasks(uow, number)
        if access.may(person, Action.VIEW_TASK, of_task(about, task)).allowed
    ]
    held = labels.holders(uow, person, waiting, unnamed={unnamed})
    return tuple(CaseTask(task, held[task.id]) for task in waiting)


def _item_tasks(uow: UnitOfWork, person: Person, called: Collection[Run]) -> tuple[CaseTask, ...]:
    """What is to be done in other cases because this one called it, and the reader may know of."""
    waiting = queries.open_tasks_of(uow, [run.id for run in called if run.is_active])
    found = cases.several(uow, {task.business_key for task in waiting}) if waiting else ()
    abouts, theirs = cases.subjects(uow, found), []
    for case in found:
        about = abouts[case.number]
        own = [
            task
            for task in waiting
            if task.business_key == case.number
            and access.may(person, Action.VIEW_TASK, of_task(about, task)).allowed
        ]
        unnamed = unnamed_reporter(person, case, about)
        held = labels.holders(uow, person, own, unnamed={unnamed}) if own else {}
        theirs += [CaseTask(task, held[task.id]) for task in own]
    return tuple(theirs)


def _first_runs(uow: UnitOfWork, numbers: Collection[str]) -> list[Run]:
    """By case what began it, in the order of *numbers*."""
    first: dict[str, Run] = {}
    for run in queries.runs(uow, numbers) if numbers else ():
        first.setdefault(run.business_key, run)
    return [first[number] for number in numbers if number in first]


def _others(
    uow: UnitOfWork, runs: Collection[Run], may_open: Collection[str]
) -> tuple[OtherCase, ...]:
    """The cases that instances lie in and the reader may open, each once, by its first."""
    first: dict[str, Run] = {}
    for run in runs:
        if run.business_key in may_open:
            first.setdefault(run.business_key, run)
    return tuple(
        OtherCase(number, definitions.get(uow, run.definition_id).name)
        for number, run in first.items()
    )


def _chosen(runs: Collection[Run], instance_id: str | None) -> Run:
    """One of the instances of a case; by default the first that still runs, else the first."""
    if instance_id is None:
        return next((run for run in runs if run.is_active), next(iter(runs)))
    for run in runs:
        if run.id == instance_id:
            return run
    raise NotFoundError("not_found")


def _drawn_by(uow: UnitOfWork, run: Run) -> Mapping[str, str]:
    """The processes that run within an instance, its own first, with their names."""
    compiled = definitions.compiled(uow, run.definition_id)
    return {key: compiled[key].name for key in _within(compiled, run.process_id)}


def _within(compiled: Mapping[str, Definition], process_id: str) -> Iterator[str]:
    """A process and what it calls in its own instance, however deep; not what has another case."""
    found = [process_id]
    for key in found:  # it grows
        yield key
        for element in compiled[key].by_process[key].values():
            called = element.called_process
            if called is None or element.business_key is not None or called in found:
                continue
            if called in compiled:
                found.append(called)


def _awaits_addition(uow: UnitOfWork, case: CaseFile) -> bool:
    """Whether the case takes what its reporter adds of their own accord."""
    return any(
        awaited.name == ADDITION_MESSAGE and awaited.instance_id == case.instance_id
        for awaited in queries.awaited(uow, case.number)
    )
