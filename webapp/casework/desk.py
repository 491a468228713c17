"""What lies on somebody's desk: the forms they may begin with, and a task with its form.

Each act asks access once, leaves out what is not the reader's, and writes one audit record for each
case that it shows, in the same transaction: what cannot be recorded is not shown.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from engine import definitions, instances, queries, tasks
from engine.errors import ConflictError, NotFoundError
from engine.feel import Expression
from engine.forms import Field, Form, RawValues, as_words
from engine.forms.answers import options_of
from engine.forms.fields import inputs, option_text
from engine.manifest import CaseEvent, StartForm
from engine.model import Value, Variables
from engine.queries import Awaited
from engine.storage.unit_of_work import UnitOfWork
from engine.tasks import UserTask
from webapp.casework import access, audit, cases, finding, labels, regions
from webapp.casework.access import Action, Person, Subject, person_group
from webapp.casework.audit import Act
from webapp.casework.cases import CaseFile, Section
from webapp.casework.finding import Double
from webapp.casework.labels import Holder, Labels, SectionView
from webapp.casework.roles import REPORTER_IDENTITY, SEARCH_HIT


@dataclass(frozen=True, slots=True)
class Starter:
    """A form that begins a process, for whoever may open it.

    Attributes:
        key: "<folder>.<start form>", such as "signaal.melden".
        text: what to know before one begins, "" for nothing.
        message: the message start event to begin at, None for the plain one.
    """

    key: str
    definition_id: str
    process_id: str
    title: str
    text: str
    form: Form
    message: str | None = None


@dataclass(frozen=True, slots=True)
class OpenStart:
    """A starting form that is open; *variables* are what its choices and conditions may use."""

    starter: Starter
    variables: Variables


@dataclass(frozen=True, slots=True)
class Advice:
    """What a decision table advises for one field of the form.

    Attributes:
        field: key of the field.
        label: the advised choice in words.
        reason: why, in the words of the table; "" when it says nothing.
    """

    field: str
    value: Value
    label: str
    reason: str


@dataclass(frozen=True, slots=True)
class SimilarCase:
    """Another case that shares something with this one.

    Attributes:
        fields: what they share: "person", "phone", "address", "company", "kvk".
        may_open: whether the reader may open it.
    """

    case: CaseFile
    fields: tuple[str, ...]
    may_open: bool


@dataclass(frozen=True, slots=True)
class OpenEvent:
    """Something that a person can report to a case, with its form filled in as far as is known.

    Attributes:
        instance_id: the instance that waits for it.
        form: None when it is only confirmed.
    """

    event: CaseEvent
    case: CaseFile
    instance_id: str
    form: Form | None
    variables: Variables
    values: RawValues


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A user task that somebody looks at, with its form when they may fill it in.

    Attributes:
        process_name: of the process that the instance runs.
        form: None when it is not the reader's to fill in, or is only confirmed: `may_complete`.
        variables: what the form's choices and conditions may use.
        values: what stands in the fields: the draft, else what is known or advised.
        sections: what the reader may see of the case.
        similar: cases that share a person, phone, address or company.
        may_complete: whether it is the reader's now; one that waits for a role is claimed first.
        may_see_case: whether the reader may open the whole case.
    """

    task: UserTask
    case: CaseFile
    process_name: str
    holder: Holder
    form: Form | None
    variables: Variables
    values: RawValues
    advice: tuple[Advice, ...]
    sections: tuple[SectionView, ...]
    similar: tuple[SimilarCase, ...]
    may_claim: bool
    may_complete: bool
    may_release: bool
    may_see_case: bool

    @property
    def draft_saved_at(self) -> datetime | None:
        """When what was typed was kept; None when nothing is."""
        return self.task.draft_saved_at


def starters(uow: UnitOfWork, person: Person) -> tuple[Starter, ...]:
    """The forms that this person may begin something with."""
    return tuple(
        starter
        for starter, start in _all_starters(uow)
        if access.may(person, Action.START_SIGNAL, Subject(starters=start.roles)).allowed
    )


def open_starter(uow: UnitOfWork, person: Person, key: str) -> OpenStart:
    """A form to begin something with, empty.

    Raises:
        NotFoundError: not_found; there is none, or none for this person.
    """
    for starter, start in _all_starters(uow):
        if starter.key == key:
            about = Subject(starters=start.roles)
            access.require(person, Action.START_SIGNAL, about)
            return OpenStart(starter, with_places(uow, starter.form, {}, for_whom=(person, about)))
    raise NotFoundError("not_found")


def find_task(
    uow: UnitOfWork, person: Person, task_id: str, action: Action = Action.VIEW_TASK
) -> tuple[UserTask, CaseFile, Subject]:
    """A task that this person may look at, with its case and what access is asked about.

    Raises:
        NotFoundError: not_found; there is no such task, or none this person may know of.
        NotAllowedError: they see that it exists.
    """
    try:
        task = tasks.get(uow, task_id)
    except NotFoundError:
        cases.find(uow, person, task_id)  # refuses after as many queries as a hidden task takes
        raise
    case = cases.get(uow, task.business_key)
    about = of_task(cases.subject(uow, case), task)
    access.require(person, action, about)
    return task, case, about


def open_task(uow: UnitOfWork, person: Person, task_id: str) -> OpenTask:
    """A task as this person may see it; with its form, filled in, when it is theirs.

    Raises:
        NotFoundError: not_found, as `find_task`.
        ConflictError: task_completed or task_cancelled; carries who and when.
    """
    task, case, about = find_task(uow, person, task_id)
    if not task.is_open:
        raise ConflictError(
            f"task_{task.status.value}", task_id=task.id, by=task.completed_by, at=task.completed_at
        )
    known = cases.known(uow, case)
    readable = cases.readable(person, about, known.values())
    definition_id = instances.get(uow, task.instance_id).definition_id
    words = words_of_case(uow, case, first=definition_id)
    unnamed = unnamed_reporter(person, case, about)
    shown = OpenTask(
        task=task,
        case=case,
        process_name=words.process_name,
        holder=labels.holders(uow, person, [task], unnamed={unnamed})[task.id],
        form=None,
        variables={},
        values={},
        advice=(),
        sections=words.sections(readable, regions.scope_names(uow)),
        similar=(),
        may_claim=task.assignee is None and _may(person, Action.CLAIM_TASK, about),
        may_complete=_is_theirs(person, task) and _may(person, Action.COMPLETE_TASK, about),
        may_release=task.assignee == person.id and _may(person, Action.RELEASE_TASK, about),
        may_see_case=_may(person, Action.VIEW_CASE, about),
    )
    if shown.may_complete:
        shown = _to_fill_in(uow, person, shown, definition_id, readable)
    views = {other.case.number: (Act.VIEW_SIMILAR, case.number) for other in shown.similar}
    record_views(
        uow, {**views, case.number: (Act.VIEW_TASK, f"{task.id} {shown_sections(readable)}")}
    )
    return shown


def events(
    uow: UnitOfWork, person: Person, case: CaseFile, about: Subject
) -> tuple[CaseEvent, ...]:
    """What this person may report to the case now: its processes wait for it, and list it."""
    return tuple(event for event, _ in _awaited_events(uow, person, case, about))


def open_event(uow: UnitOfWork, person: Person, number: str, message: str) -> OpenEvent:
    """The form to report something with to a case.

    Raises:
        NotFoundError: not_found; there is no such case, or nothing like it to report for them now.
    """
    case, about = cases.find(uow, person, number)
    for event, awaited in _awaited_events(uow, person, case, about):
        if event.message == message:
            version = awaited.definition_id
            form = definitions.form(uow, version, event.form) if event.form else None
            variables: Variables = with_places(uow, form, {}) if form else {}
            known = {
                section.key: section.values
                for section in cases.readable(person, about, cases.known(uow, case).values())
            }
            values = form.initial(variables, known) if form else {}
            audit.record(uow, Act.VIEW_CASE, case_number=number, object=message)
            return OpenEvent(event, case, awaited.instance_id, form, variables, values)
    raise NotFoundError("not_found")


def of_task(about: Subject, task: UserTask) -> Subject:
    """The case as access is asked about it, with one task of it."""
    return replace(about, candidate=task.candidate, assignee=task.assignee or "")


def words_of_case(uow: UnitOfWork, case: CaseFile, *, first: str) -> Labels:
    """The words of every process of the road: each filled in some sections, or they were copied.

    Args:
        first: the version whose words count before those of the others.
    """
    mates = cases.of_path(uow, case.path)
    runs = queries.runs(uow, [mate.number for mate in mates])
    own = [run.definition_id for run in runs if run.business_key == case.number]
    versions = dict.fromkeys((first, *own, *(run.definition_id for run in runs)))
    return labels.of_definitions(uow, tuple(versions))


def unnamed_reporter(person: Person, case: CaseFile, about: Subject) -> str:
    """The account that brought the case, when this person may not see who that is; else ""."""
    may_see = _may(person, Action.VIEW_SECTION, about.of_section(REPORTER_IDENTITY))
    return "" if may_see else case.reporter


def shown_sections(readable: Iterable[Section]) -> str:
    """What was shown, for an audit record: keys of sections."""
    return " ".join(section.key for section in readable)


def record_views(uow: UnitOfWork, views: Mapping[str, tuple[Act, str]]) -> None:
    """One record for each case, in order: so two readers never wait for each other in a circle."""
    for number, (act, about) in sorted(views.items()):
        audit.record(uow, act, case_number=number, object=about)


def with_places(
    uow: UnitOfWork,
    form: Form,
    variables: Variables,
    *,
    for_whom: tuple[Person, Subject] | None = None,
) -> Variables:
    """The variables with `gemeenten` beside them, for a form that lets somebody choose one.

    Args:
        for_whom: of a form that begins a case, who fills it in and what access is asked about: only
            where they may begin it can be chosen.
    """
    if not any(_reads_places(field) for field in form.fields):
        return variables
    places = regions.municipalities(uow)
    if for_whom is not None:
        person, about = for_whom
        places = tuple(
            one
            for one in places
            if _may(
                person,
                Action.START_SIGNAL,
                replace(about, municipality=one.key, house=one.house, region=one.region),
            )
        )
    choices = tuple({"value": one.key, "label": one.name} for one in places)
    return {**variables, "gemeenten": choices}


def _all_starters(uow: UnitOfWork) -> Iterator[tuple[Starter, StartForm]]:
    for definition in definitions.current(uow):
        manifest = definitions.manifest(uow, definition.id)
        for start in manifest.starts if manifest else ():
            if start.process_id == definition.process_id:
                assert manifest is not None
                folder = manifest.file.rpartition("/")[0]
                starter = Starter(
                    key=f"{folder}.{start.key}" if folder else start.key,
                    definition_id=definition.id,
                    process_id=definition.process_id,
                    title=start.title,
                    text=start.text,
                    form=definitions.form(uow, definition.id, start.form),
                    message=start.message,
                )
                yield starter, start


def _awaited_events(
    uow: UnitOfWork, person: Person, case: CaseFile, about: Subject
) -> Iterator[tuple[CaseEvent, Awaited]]:
    """What is waited for and is this person's to report; the instance that waits longest has it."""
    told = set()
    for awaited in queries.awaited(uow, case.number):
        manifest = definitions.manifest(uow, awaited.definition_id)
        event = manifest.event_of(awaited.name) if manifest else None
        if event is None or awaited.name in told:
            continue
        told.add(awaited.name)
        if _may(person, Action.REPORT_EVENT, replace(about, starters=event.roles)):
            yield event, awaited


def _may(person: Person, action: Action, about: Subject) -> bool:
    return access.may(person, action, about).allowed


def _is_theirs(person: Person, task: UserTask) -> bool:
    """Whether they work on it, or it waits for nobody else."""
    if task.assignee is not None:
        return task.assignee == person.id
    return task.candidate == person_group(person.id)


def _to_fill_in(
    uow: UnitOfWork,
    person: Person,
    shown: OpenTask,
    definition_id: str,
    readable: tuple[Section, ...],
) -> OpenTask:
    """The task with its form and what helps to fill it in.

    A field begins with what the case holds only where the person may see that: what stands in a
    section that is shut to them is neither shown nor, when they leave it empty, cleared.
    """
    similar = _similar(uow, person, shown.case)
    if shown.task.form_key is None:
        return replace(shown, similar=similar)
    form = definitions.form(uow, definition_id, shown.task.form_key)
    variables = with_places(uow, form, tasks.variables(uow, shown.task))
    draft: RawValues | None = tasks.draft(uow, shown.task)  # type: ignore[assignment]
    known = {section.key: section.values for section in readable}
    return replace(
        shown,
        form=form,
        variables=variables,
        values=form.initial(variables, known) if draft is None else draft,
        advice=tuple(_advice(form, labels.of_definition(uow, definition_id), variables)),
        similar=similar,
    )


def _advice(form: Form, words: Labels, variables: Variables) -> Iterator[Advice]:
    """What tables advise: for each choice that begins with the outcome of one."""
    results = {one.result_variable for one in words.elements.values() if one.decision_id} - {None}
    for field in inputs(form.fields):
        if not isinstance(field.default, Expression):
            continue
        read = sorted(field.default.names & results)
        options = {option.text: option.label for option in options_of(field, variables)}
        value = field.default.evaluate(variables) if read and options else None
        many = value if isinstance(value, (list, tuple)) else () if value is None else (value,)
        label = ", ".join(options.get(option_text(one), as_words(one)) for one in many)
        if label:
            outcome = variables.get(read[0])
            reason = outcome.get("waarom") if isinstance(outcome, Mapping) else None
            yield Advice(field.key, value, label, as_words(reason))


def _similar(uow: UnitOfWork, person: Person, case: CaseFile) -> tuple[SimilarCase, ...]:
    found = finding.similar(uow, case)
    abouts = cases.subjects(uow, [double.case for double in found])
    shown = (_similar_case(person, double, abouts[double.case.number]) for double in found)
    return tuple(one for one in shown if one is not None)


def _similar_case(person: Person, double: Double, about: Subject) -> SimilarCase | None:
    hit = access.may(person, Action.LIST_SECTION, about.of_section(SEARCH_HIT))
    if not hit.allowed:
        return None
    shared = () if hit.only else double.fields  # masked: that it exists, and no more
    return SimilarCase(double.case, shared, _may(person, Action.VIEW_CASE, about))


def _reads_places(field: Field) -> bool:
    return labels.reads_places(field) or any(_reads_places(child) for child in field.children)
