"""The pages of one case, decided and worded."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from flask_babel import gettext

from engine.history import EventKind
from webapp.casework.labels import SectionView
from webapp.casework.timeline import DiagramStep, TimelineEvent
from webapp.casework.views import CaseTask, CaseView, DiagramView
from webapp.words import Badge, Fact, Moment, due, moment, since, stage, with_whom

SHOWN_AT_ONCE = 12


@dataclass(frozen=True, slots=True)
class OpenTaskLine:
    """What has to be done now, by whom and by when; *url* is None when it is not for the reader."""

    title: str
    url: str | None
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
class CasePage:
    """One case.

    Attributes:
        where: what is next and who has it, in one sentence.
        no_tasks: what to say when no task is open.
        timeline: what happened last, the newest first.
        earlier: what happened before that.
        is_cut: whether older entries are left out.
    """

    number: str
    process_name: str
    organisation: str
    status: Badge
    received: Moment
    where: str
    tasks: tuple[OpenTaskLine, ...]
    no_tasks: str
    sections: tuple[SectionPart, ...]
    timeline: tuple[TimelineEntry, ...]
    earlier: tuple[TimelineEntry, ...]
    is_cut: bool
    diagram_url: str


@dataclass(frozen=True, slots=True)
class DiagramPage:
    """The diagram of a case, with the same in words."""

    number: str
    process_name: str
    case_url: str
    data_url: str
    active: tuple[str, ...]
    done: tuple[str, ...]


def case(seen: CaseView, now: datetime) -> CasePage:
    """The page of one case."""
    about = seen.case
    entries = tuple(_timeline(seen.timeline))[::-1]
    tasks = tuple(_task(each, now) for each in seen.tasks)
    no_tasks = (
        gettext("Nobody has to do anything now. The case goes on by itself.")
        if about.is_open
        else gettext("This case has been dealt with.")
    )
    return CasePage(
        number=about.number,
        process_name=seen.process_name,
        organisation=seen.municipality,
        status=stage(about.stage),
        received=moment(about.opened_at),
        where=_next(tasks[0]) if tasks else no_tasks,
        tasks=tasks,
        no_tasks=no_tasks,
        sections=tuple(map(_section, seen.sections)),
        timeline=entries[:SHOWN_AT_ONCE],
        earlier=entries[SHOWN_AT_ONCE:],
        is_cut=seen.is_cut,
        diagram_url=url_for("casefile.diagram", number=about.number),
    )


def diagram(seen: DiagramView) -> DiagramPage:
    """The page with the diagram of a case."""
    number = seen.case.number
    return DiagramPage(
        number=number,
        process_name=seen.process_name,
        case_url=url_for("casefile.case", number=number),
        data_url=url_for("casefile.diagram_data", number=number),
        active=_names(seen.active),
        done=_names(seen.done),
    )


def diagram_data(seen: DiagramView) -> dict[str, object]:
    """What the viewer draws: `{"xml": text, "done": [ids], "active": [{"id", "label"}]}`."""
    return {
        "xml": seen.bpmn.decode("utf-8"),
        "done": [step.element_id for step in seen.done],
        "active": [{"id": step.element_id, "label": gettext("now")} for step in seen.active],
    }


def _task(each: CaseTask, now: datetime) -> OpenTaskLine:
    task = each.task
    return OpenTaskLine(
        title=task.name,
        url=url_for("inbox.show_task", task_id=task.id) if each.may_open else None,
        due=due(task.due_at, now) if task.due_at else None,
        due_at=moment(task.due_at) if task.due_at else None,
        with_whom=with_whom(each.holder),
        since=since(task.opened_at, now),
    )


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
    for event in events:
        # who began it says more than the start event that came with it
        is_said = event.element_kind == "startEvent" and event.at in began
        text = "" if is_said else _sentence(event)
        if text:
            yield TimelineEntry(moment(event.at), text)


def _sentence(event: TimelineEvent) -> str:
    """What happened; "" for what tells a reader nothing."""
    words = {"name": event.actor, "step": event.element_name, "detail": event.detail}
    if event.kind is EventKind.ELEMENT_COMPLETED:
        return _completed(event)
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
