"""What happened in a case, and where its diagram is: the history of the engine for people."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from engine import history
from engine.bpmn.compile import Element
from engine.history import EventKind, HistoryEvent
from engine.instances import ProcessInstance
from engine.storage.tables import history_event
from engine.storage.unit_of_work import UnitOfWork
from webapp.casework import accounts, labels
from webapp.casework.labels import Labels
from webapp.casework.roles import REPORTER

LONGEST_TIMELINE = 400


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """Something that happened, for a page to make a sentence of.

    Attributes:
        element_kind: BPMN word for the element, "" when it concerns the whole process.
        element_name: as the diagram calls it.
        actor: display name of who did it; "" when the system did.
        detail: the account a task was given to by name, or the code of a failure.
    """

    at: datetime
    kind: EventKind
    element_kind: str
    element_name: str
    actor: str
    detail: str


@dataclass(frozen=True, slots=True)
class DiagramStep:
    """An element of the diagram that is waiting or done; *kind* is the BPMN word for it."""

    element_id: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class _Told:
    event: HistoryEvent
    element: Element | None
    is_of_reporter: bool

    def worded(self, names: Mapping[str, str]) -> TimelineEvent:
        event, kind = self.event, self.element.kind if self.element else ""
        is_of_person = kind in ("", _USER_TASK) and event.kind is not EventKind.ELEMENT_ENTERED
        # the flows that were taken are for the diagram
        detail = "" if event.kind is EventKind.ELEMENT_COMPLETED else event.detail or ""
        return TimelineEvent(
            at=event.at,
            kind=event.kind,
            element_kind=kind,
            element_name=self.element.name if self.element else "",
            actor=names.get(event.actor_id, "") if is_of_person else "",
            detail=names.get(detail, detail),
        )


_ALWAYS_TOLD = frozenset(
    {
        EventKind.INSTANCE_COMPLETED,
        EventKind.INSTANCE_CANCELLED,
        EventKind.TASK_CLAIMED,
        EventKind.TASK_RELEASED,
        EventKind.TASK_ASSIGNED,
        EventKind.INCIDENT_OPENED,
        EventKind.INCIDENT_RETRIED,
    }
)
_TASK_EVENTS = frozenset(
    {EventKind.ELEMENT_ENTERED, EventKind.ELEMENT_COMPLETED, EventKind.ELEMENT_CANCELLED}
)
_BY_ITSELF = frozenset(
    {
        "serviceTask",
        "sendTask",
        "receiveTask",
        "callActivity",
        "boundaryEvent",
        "intermediateCatchEvent",
        "intermediateThrowEvent",
        "startEvent",
        "endEvent",
    }
)
_ENDS = frozenset({"startEvent", "endEvent"})
_USER_TASK = "userTask"
_BOUNDARY = "boundaryEvent"


def of_case(
    uow: UnitOfWork, runs: tuple[ProcessInstance, ...], *, unnamed: str = ""
) -> tuple[tuple[TimelineEvent, ...], bool]:
    """What happened in the instances of a case, and whether its beginning is left out.

    Args:
        unnamed: account of a reporter whose name the reader may not see.
    """
    told: list[_Told] = []
    is_cut = False
    for run in runs:
        after = max(0, run.history_length - LONGEST_TIMELINE)
        is_cut = is_cut or after > 0
        words = labels.of_definition(uow, run.definition_id)
        for event in history.read(uow, run.id, after=after, limit=LONGEST_TIMELINE):
            element = words.elements.get(event.element_id or "")
            if _is_told(event, element):
                told.append(_Told(event, element, _is_of_reporter(event, element, words)))
    told.sort(key=lambda one: (one.event.at, one.event.instance_id, one.event.number))
    wanted = {one.event.actor_id for one in told} | {one.event.detail or "" for one in told}
    names = accounts.names(uow, wanted - {""})
    as_reporter = {**names, unnamed: REPORTER.title} if unnamed else names
    return tuple(one.worded(as_reporter if one.is_of_reporter else names) for one in told), is_cut


def _is_told(event: HistoryEvent, element: Element | None) -> bool:
    if event.kind in _ALWAYS_TOLD or event.kind is EventKind.INSTANCE_STARTED:
        return True
    if element is None or not element.name:
        return False
    if element.kind == _USER_TASK:
        return event.kind in _TASK_EVENTS
    # the plain begin and end of a part of the process happen to nobody
    is_frame = element.parent is not None and element.kind in _ENDS and element.event is None
    is_done = event.kind is EventKind.ELEMENT_COMPLETED
    return is_done and element.kind in _BY_ITSELF and not is_frame


def _is_of_reporter(event: HistoryEvent, element: Element | None, words: Labels) -> bool:
    """Whether it is something that the reporter does, and not a colleague who reported it too."""
    if event.kind is EventKind.INSTANCE_STARTED:
        return True
    return element is not None and element.lane in words.personal_lanes


def places(
    uow: UnitOfWork, run: ProcessInstance, elements: Mapping[str, Element]
) -> tuple[tuple[DiagramStep, ...], tuple[DiagramStep, ...]]:
    """Where an instance waits, and what it completed, counted by the database."""
    counted = (
        select(history_event.c.element_id, history_event.c.kind, func.count().label("times"))
        .add_columns(func.min(history_event.c.number).label("first"))
        .where(
            history_event.c.instance_id == run.id, history_event.c.element_id.in_(sorted(elements))
        )
        .group_by(history_event.c.element_id, history_event.c.kind)
        .order_by("first")
    )
    waiting: dict[str, int] = {}
    done: list[str] = []
    for row in uow.connection.execute(counted):
        sign = _SIGNS.get(row.kind, 0)
        waiting[row.element_id] = waiting.get(row.element_id, 0) + sign * row.times
        if row.kind == EventKind.ELEMENT_COMPLETED:
            done.append(row.element_id)
    # a boundary event waits as long as its task does: that is not where the case is
    active = [
        each for each, times in waiting.items() if times > 0 and elements[each].kind != _BOUNDARY
    ]
    return _steps(active, elements), _steps(done, elements)


_SIGNS = {
    EventKind.ELEMENT_ENTERED: 1,
    EventKind.ELEMENT_COMPLETED: -1,
    EventKind.ELEMENT_CANCELLED: -1,
}


def _steps(ids: list[str], elements: Mapping[str, Element]) -> tuple[DiagramStep, ...]:
    return tuple(DiagramStep(each, elements[each].name, elements[each].kind) for each in ids)
