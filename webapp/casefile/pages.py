"""The pages of one case, decided and worded."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from flask_babel import gettext

from engine.errors import FieldProblem, Problem
from engine.forms import Form
from engine.history import EventKind
from engine.manifest import CaseEvent
from webapp.casefile import roads
from webapp.casework.desk import OpenEvent
from webapp.casework.labels import SectionView
from webapp.casework.road import RoadStatus
from webapp.casework.timeline import DiagramStep, TimelineEvent
from webapp.casework.views import CaseTask, CaseView, DiagramChoice, DiagramView, OtherCase
from webapp.forms import FormView, Typed, answers_in_words, field_views, form_view
from webapp.words import Badge, Fact, Link, Moment, due, moment, since, stage, with_whom

SHOWN_AT_ONCE = 12


@dataclass(frozen=True, slots=True)
class OpenTaskLine:
    """What has to be done now, by whom and by when; *number* only when it lies in another case."""

    title: str
    number: str
    url: str
    due: Badge | None
    due_at: Moment | None
    with_whom: str
    since: Moment


@dataclass(frozen=True, slots=True)
class SectionPart:
    """A section of the case with what is known."""

    key: str
    title: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """Something that happened, as a sentence."""

    at: Moment
    text: str


@dataclass(frozen=True, slots=True)
class CaseLine:
    """Another case in a list."""

    number: str
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class EventLine:
    """Something that the reader may report to the case."""

    title: str
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class CasePage:
    """One case.

    Attributes:
        received: when it came in or was begun; *received_label* says which.
        where: what is next and who has it, in one sentence.
        called_by: what discusses it, such as a meeting.
        no_tasks: what to say when no task is open.
        items: the cases that it discusses.
        shows_timeline: whether the reader may see what happened.
        timeline: what happened last, the newest first.
        earlier: what happened before that.
        is_cut: whether older entries are left out.
    """

    number: str
    process_name: str
    organisation: str
    status: Badge
    received_label: str
    received: Moment
    where: str
    called_by: tuple[CaseLine, ...]
    road: roads.RoadView
    tasks: tuple[OpenTaskLine, ...]
    no_tasks: str
    items: tuple[CaseLine, ...]
    events: tuple[EventLine, ...]
    sections: tuple[SectionPart, ...]
    shows_timeline: bool
    timeline: tuple[TimelineEntry, ...]
    earlier: tuple[TimelineEntry, ...]
    is_cut: bool
    diagram_url: str


@dataclass(frozen=True, slots=True)
class DiagramLine:
    """A diagram in the list of those of a case.

    Attributes:
        text: the name, and what tells it from others of that name.
        is_part: whether it is a process that the one above it calls.
    """

    text: str
    url: str
    status: Badge | None
    is_part: bool
    is_shown: bool


@dataclass(frozen=True, slots=True)
class DiagramPage:
    """A diagram of a case, with the same in words.

    Attributes:
        diagrams: all of the case; one alone needs no list.
        shows_places: whether the reader may see where the case is in it.
        picture: what the picture shows, for who does not see it.
        failed: what to say when it cannot be drawn.
    """

    number: str
    process_name: str
    case_url: str
    data_url: str
    diagrams: tuple[DiagramLine, ...]
    shows_places: bool
    picture: str
    failed: str
    active: tuple[str, ...]
    done: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EventPage:
    """What to tell a case of something that has happened.

    Attributes:
        note: why the form is there again, "" when it is new.
    """

    title: str
    text: str
    number: str
    back: Link
    form: FormView
    note: str


@dataclass(frozen=True, slots=True)
class GonePage:
    """The case does not wait for it any more, with what was typed."""

    title: str
    number: str
    back: Link
    typed: tuple[Fact, ...]


def case(seen: CaseView, now: datetime) -> CasePage:
    """The page of one case."""
    about = seen.case
    entries = tuple(_timeline(seen.timeline))[::-1]
    tasks = tuple(_task(each, about.number, now) for each in seen.tasks)
    no_tasks = _no_tasks(seen)
    return CasePage(
        number=about.number,
        process_name=seen.process_name,
        organisation=seen.municipality or seen.house,
        status=stage(about.stage),
        received_label=gettext("Received:") if about.reporter else gettext("Begun:"),
        received=moment(about.opened_at),
        where=_next(tasks[0]) if tasks else no_tasks,
        called_by=tuple(map(_other, seen.called_by)),
        road=roads.road(seen.road),
        tasks=tasks,
        no_tasks=no_tasks,
        items=tuple(map(_other, seen.items)),
        events=tuple(_event_line(each, about.number) for each in seen.events),
        sections=tuple(map(_section, seen.sections)),
        shows_timeline=seen.sees_timeline,
        timeline=entries[:SHOWN_AT_ONCE],
        earlier=entries[SHOWN_AT_ONCE:],
        is_cut=seen.is_cut,
        diagram_url=url_for("casefile.diagram", number=about.number),
    )


def diagram(seen: DiagramView) -> DiagramPage:
    """The page with a diagram of a case."""
    number = seen.case.number
    names = Counter(choice.name for choice in seen.choices)
    return DiagramPage(
        number=number,
        process_name=seen.process_name,
        case_url=url_for("casefile.case", number=number),
        data_url=url_for(
            "casefile.diagram_data",
            number=number,
            instance_id=seen.instance_id,
            proces=seen.process_id,
        ),
        diagrams=tuple(
            _diagram_line(choice, number, is_double=names[choice.name] > 1)
            for choice in seen.choices
        ),
        shows_places=seen.sees_places,
        picture=gettext("Diagram of the process. The list above says where the case is.")
        if seen.sees_places
        else gettext("Diagram of the process."),
        failed=gettext("The diagram cannot be shown now. The list above says where the case is.")
        if seen.sees_places
        else gettext("The diagram cannot be shown now."),
        active=_names(seen.active),
        done=_names(seen.done),
    )


def event(
    opened: OpenEvent,
    typed: Typed,
    problems: Sequence[Problem | FieldProblem] = (),
    *,
    is_repeated: bool = False,
) -> EventPage:
    """The form to report something with; without questions only its button.

    Args:
        is_repeated: whether this form was sent before with other answers.
    """
    number, name = opened.case.number, opened.event.message
    repeated = gettext("You sent this form before with other answers. Is this new? Send it again.")
    return EventPage(
        title=opened.event.title,
        text=opened.event.text,
        number=number,
        back=_back(number),
        form=form_view(
            opened.form,
            typed,
            opened.variables,
            action=url_for("casefile.report_event", number=number, message=name),
            submit_label=gettext("Report this"),
            questions_url=url_for("casefile.event_questions", number=number, message=name),
            problems=problems,
        ),
        note=repeated if is_repeated else "",
    )


def gone(event: CaseEvent, number: str, form: Form | None, typed: Typed) -> GonePage:
    """What to say when the case does not wait any more for what somebody reports."""
    views = field_views(form.show(typed.values, {})) if form and typed.values else ()
    facts = tuple(Fact(label, text) for label, text in answers_in_words(views))
    return GonePage(event.title, number, _back(number), facts)


def diagram_data(seen: DiagramView) -> dict[str, object]:
    """What the viewer draws: `{"xml": text, "done": [ids], "active": [{"id", "label"}]}`."""
    return {
        "xml": seen.bpmn.decode("utf-8"),
        "done": [step.element_id for step in seen.done],
        "active": [{"id": step.element_id, "label": gettext("now")} for step in seen.active],
    }


def _no_tasks(seen: CaseView) -> str:
    text: str
    if not seen.case.is_open:
        text = gettext("This case has been dealt with.")
    elif seen.sees_all_tasks:
        text = gettext("Nobody has to do anything now. The case goes on by itself.")
    else:
        text = gettext("There is nothing for you to do in this case now.")
    return text


def _task(each: CaseTask, number: str, now: datetime) -> OpenTaskLine:
    task = each.task
    return OpenTaskLine(
        title=task.name,
        number="" if task.business_key == number else task.business_key,
        url=url_for("inbox.show_task", task_id=task.id),
        due=due(task.due_at, now) if task.due_at else None,
        due_at=moment(task.due_at) if task.due_at else None,
        with_whom=with_whom(each.holder),
        since=since(task.opened_at, now),
    )


def _other(other: OtherCase) -> CaseLine:
    url = url_for("casefile.case", number=other.number)
    return CaseLine(other.number, other.process_name, url)


def _event_line(event: CaseEvent, number: str) -> EventLine:
    url = url_for("casefile.show_event", number=number, message=event.message)
    return EventLine(event.title, event.text, url)


def _diagram_line(choice: DiagramChoice, number: str, *, is_double: bool) -> DiagramLine:
    process_id = None if choice.is_own else choice.process_id
    status = RoadStatus.BUSY if choice.is_active else RoadStatus.DONE
    return DiagramLine(
        text=roads.told_apart(choice.name, choice.since, is_double=is_double),
        url=url_for(
            "casefile.diagram", number=number, instance_id=choice.instance_id, proces=process_id
        ),
        status=roads.in_words(status) if choice.is_own else None,
        is_part=not choice.is_own,
        is_shown=choice.is_shown,
    )


def _back(number: str) -> Link:
    label = gettext("Back to %(number)s", number=number)
    return Link(url_for("casefile.case", number=number), label)


def _next(line: OpenTaskLine) -> str:
    text: str
    if line.due_at is None:
        text = gettext("Next: %(step)s. %(who)s.", step=line.title, who=line.with_whom)
    else:
        text = gettext(
            "Next: %(step)s. %(who)s, before %(moment)s.",
            step=line.title,
            who=line.with_whom,
            moment=line.due_at.text,
        )
    return text


def _section(section: SectionView) -> SectionPart:
    facts = tuple(Fact(fact.label, fact.text) for fact in section.facts)
    return SectionPart(section.key, section.title, facts)


def _timeline(events: Sequence[TimelineEvent]) -> Iterator[TimelineEntry]:
    began = {event.at for event in events if event.kind is EventKind.INSTANCE_STARTED}
    for place, event in enumerate(events):
        # who began it says more than the start event that came with it
        is_said = event.element_kind == "startEvent" and event.at in began
        text = "" if is_said or _did_next(event, events[place + 1 :]) else _sentence(event)
        if text:
            yield TimelineEntry(moment(event.at), text)


def _did_next(event: TimelineEvent, later: Sequence[TimelineEvent]) -> bool:
    """Whether somebody took a task on and then did it: that they did it says enough."""
    if event.kind is not EventKind.TASK_CLAIMED:
        return False
    step = (event.process_name, event.element_name)
    ends = (each for each in later if (each.process_name, each.element_name) == step)
    last = next(ends, None)
    return (
        last is not None and last.kind is EventKind.ELEMENT_COMPLETED and last.actor == event.actor
    )


def _sentence(event: TimelineEvent) -> str:
    """What happened; "" for what tells a reader nothing."""
    words = {"name": event.actor, "step": event.element_name, "detail": event.detail}
    if event.kind is EventKind.ELEMENT_COMPLETED:
        return _completed(event)
    if event.process_name and event.kind in _WHOLE_CASE:
        return _of_process(event)
    if not event.element_name and event.kind not in _WHOLE_CASE:
        return ""
    sentences: dict[EventKind, str] = {
        EventKind.INSTANCE_STARTED: gettext("%(name)s reported this.", **words)
        if event.actor
        else gettext("This case began."),
        EventKind.INSTANCE_COMPLETED: gettext("Everything has been done."),
        EventKind.INSTANCE_CANCELLED: gettext("This was stopped."),
        EventKind.ELEMENT_CANCELLED: gettext("No longer needed: %(step)s.", **words),
        EventKind.TASK_CLAIMED: gettext("%(name)s took on: %(step)s.", **words),
        EventKind.TASK_RELEASED: gettext("%(name)s gave back: %(step)s.", **words),
        EventKind.TASK_ASSIGNED: gettext("%(detail)s was given: %(step)s.", **words),
        EventKind.JOB_FAILED: gettext("Did not work, and is tried again: %(step)s.", **words),
        EventKind.INCIDENT_OPENED: gettext("Is stuck and waits for a manager: %(step)s.", **words),
        EventKind.INCIDENT_RETRIED: gettext("%(name)s had this tried again: %(step)s.", **words),
    }
    return sentences.get(event.kind, "")


_WHOLE_CASE = frozenset(
    {EventKind.INSTANCE_STARTED, EventKind.INSTANCE_COMPLETED, EventKind.INSTANCE_CANCELLED}
)


def _of_process(event: TimelineEvent) -> str:
    """What happened to one of the processes of a case that has several."""
    sentences: dict[EventKind, str] = {
        EventKind.INSTANCE_STARTED: gettext("Begun: %(process)s.", process=event.process_name),
        EventKind.INSTANCE_COMPLETED: gettext("Finished: %(process)s.", process=event.process_name),
        EventKind.INSTANCE_CANCELLED: gettext("Stopped: %(process)s.", process=event.process_name),
    }
    return sentences[event.kind]


def _completed(event: TimelineEvent) -> str:
    step, name = event.element_name, event.actor
    if not step or event.element_kind.endswith("Gateway"):
        return ""
    text: str
    if event.element_kind in {"userTask", "manualTask"}:
        text = gettext("%(name)s did: %(step)s.", name=name or gettext("The system"), step=step)
    elif event.element_kind == "businessRuleTask":
        text = gettext("The table gave advice: %(step)s.", step=step)
    elif event.element_kind.endswith("Task"):
        text = gettext("Done by the system: %(step)s.", step=step)
    else:
        text = gettext("It happened: %(step)s.", step=step)
    return text


def _names(steps: Iterable[DiagramStep]) -> tuple[str, ...]:
    """What was done, for people: which way a gateway took is for the diagram."""
    named = (step.name for step in steps if not step.kind.endswith("Gateway"))
    return tuple(dict.fromkeys(filter(None, named)))
