"""What somebody sees of a case: the whole of it, its diagram, or a report of their own.

Each act asks access once, leaves out what is not the reader's, and writes one audit record in the
same transaction: what cannot be recorded is not shown.
"""

from dataclasses import dataclass, replace

from sqlalchemy import select

from engine import definitions, queries
from engine.instances import ProcessInstance
from engine.model import SubscriptionKind
from engine.storage.tables import TaskStatus, message_subscription, user_task
from engine.storage.unit_of_work import UnitOfWork
from engine.tasks import UserTask
from webapp.casework import access, audit, cases, labels, regions, timeline
from webapp.casework.access import Action, Person, Subject, person_group
from webapp.casework.audit import Act
from webapp.casework.cases import CaseFile
from webapp.casework.desk import of_task, shown_sections, unnamed_reporter
from webapp.casework.labels import Holder, SectionView
from webapp.casework.roles import TASK_LIST
from webapp.casework.timeline import DiagramStep, TimelineEvent

ADDITION_MESSAGE = "Signaal.Aanvulling"


@dataclass(frozen=True, slots=True)
class CaseTask:
    """An open task on the page of its case."""

    task: UserTask
    holder: Holder
    may_open: bool


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as the reader may see it.

    Attributes:
        municipality, house, region: their names.
        tasks: the open ones; none when the reader may not see who works on it.
        timeline: the oldest first.
        is_cut: whether older events are left out.
    """

    case: CaseFile
    process_name: str
    municipality: str
    house: str
    region: str
    sections: tuple[SectionView, ...]
    tasks: tuple[CaseTask, ...]
    timeline: tuple[TimelineEvent, ...]
    is_cut: bool


@dataclass(frozen=True, slots=True)
class DiagramView:
    """The diagram of a case with where it is.

    Attributes:
        bpmn: the file that draws the process.
        active: where it waits now.
        done: what was completed, in the order in which it was first.
    """

    case: CaseFile
    process_id: str
    process_name: str
    bpmn: bytes
    active: tuple[DiagramStep, ...]
    done: tuple[DiagramStep, ...]


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
    runs = queries.instances_of_case(uow, number)
    words = labels.of_definition(uow, runs[0].definition_id)
    scopes = regions.scope_names(uow)
    unnamed = unnamed_reporter(person, case, about)
    happened, is_cut = timeline.of_case(uow, runs, unnamed=unnamed)
    seen = CaseView(
        case=case,
        process_name=words.process_name,
        municipality=scopes.get(case.municipality, case.municipality),
        house=scopes.get(case.house, case.house),
        region=scopes.get(case.region, case.region),
        sections=words.sections(readable),
        tasks=_case_tasks(uow, person, number, about, unnamed),
        timeline=happened,
        is_cut=is_cut,
    )
    audit.record(uow, Act.VIEW_CASE, case_number=number, object=shown_sections(readable))
    return seen


def view_diagram(uow: UnitOfWork, person: Person, number: str) -> DiagramView:
    """The diagram of the process that began a case, with what is done and where it waits.

    Raises:
        NotFoundError: not_found, as `view_case`.
    """
    case, _ = cases.find(uow, person, number)
    run = queries.instances_of_case(uow, number)[0]
    words = labels.of_definition(uow, run.definition_id)
    active, done = timeline.places(uow, run, definitions.load(uow, run.definition_id).elements)
    audit.record(uow, Act.VIEW_DIAGRAM, case_number=number)
    return DiagramView(
        case=case,
        process_id=run.process_id,
        process_name=words.process_name,
        bpmn=definitions.diagram(uow, run.definition_id),
        active=active,
        done=done,
    )


def reports(uow: UnitOfWork, person: Person) -> tuple[Report, ...]:
    """What this person reported, the newest first. It shows no personal data."""
    brought = cases.reported_by(uow, person.id)
    questions = _questions(uow, person, [case.number for case in brought])
    return tuple(Report(case, questions.get(case.number)) for case in brought)


def view_report(uow: UnitOfWork, person: Person, number: str) -> ReportView:
    """A report of this person's own, with no more than what a reporter may see.

    Raises:
        NotFoundError: not_found; there is none, or they did not bring it.
    """
    case, about = cases.find(uow, person, number, Action.VIEW_REPORT)
    as_reporter = replace(person, grants=frozenset())
    readable = cases.readable(as_reporter, about, cases.known(uow, case).values())
    run = queries.instances_of_case(uow, number)[0]
    audit.record(uow, Act.VIEW_REPORT, case_number=number, object=shown_sections(readable))
    return ReportView(
        case=case,
        sections=labels.of_definition(uow, run.definition_id).sections(readable),
        question_task_id=_questions(uow, person, [number]).get(number),
        may_add=_awaits_addition(uow, run),
    )


def _case_tasks(
    uow: UnitOfWork, person: Person, number: str, about: Subject, unnamed: str
) -> tuple[CaseTask, ...]:
    if not access.may(person, Action.VIEW_SECTION, about.of_section(TASK_LIST)).allowed:
        return ()
    waiting = queries.open_tasks(uow, number)
    held = labels.holders(uow, person, waiting, unnamed=unnamed)
    may_open = {
        task.id: access.may(person, Action.VIEW_TASK, of_task(about, task)).allowed
        for task in waiting
    }
    return tuple(CaseTask(task, held[task.id], may_open[task.id]) for task in waiting)


def _questions(uow: UnitOfWork, person: Person, numbers: list[str]) -> dict[str, str]:
    """By case the open task that is for this person alone."""
    query = select(user_task.c.business_key, user_task.c.id).where(
        user_task.c.business_key.in_(numbers),
        user_task.c.status == TaskStatus.OPEN,
        user_task.c.candidate == person_group(person.id),
    )
    return {row.business_key: row.id for row in uow.connection.execute(query)} if numbers else {}


def _awaits_addition(uow: UnitOfWork, run: ProcessInstance) -> bool:
    """Whether the instance takes what its reporter adds of their own accord."""
    query = select(message_subscription.c.id).where(
        message_subscription.c.instance_id == run.id,
        message_subscription.c.kind == SubscriptionKind.MESSAGE,
        message_subscription.c.name == ADDITION_MESSAGE,
    )
    return uow.connection.execute(query.limit(1)).one_or_none() is not None
