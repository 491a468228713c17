"""What happened in a case, and where its diagram is: the history of the engine for people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from engine import definitions, history, queries
from engine.bpmn.compile import Element
from engine.history import EventKind, HistoryEvent
from engine.queries import Run
from engine.storage.unit_of_work import UnitOfWork
from webapp.casework import accounts, labels
from webapp.casework.labels import Labels
from webapp.casework.roles import REPORTER

LONGEST_TIMELINE = 400


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """Something that happened, for a page to make a sentence of.

    Attributes:
        process_name: of the process that it happened in, when several ran in the case; "" for what
            concerns the case as a whole.
        element_kind: BPMN word for the element, "" when it concerns the whole process.
        element_name: as the diagram calls it.
        actor: display name of who did it; "" when the system did.
        detail: the account a task was given to by name, or the code of a failure.
    """

    at: datetime
    kind: EventKind
    process_name: str
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
    process_name: str
    is_of_reporter: bool

    def worded(self, names: Mapping[str, str]) -> TimelineEvent:
        event, kind = self.event, self.element.kind if self.element else ""
        is_of_person = kind in ("", _USER_TASK) and event.kind is not EventKind.ELEMENT_ENTERED
        # the flows that were taken are for the diagram
        detail = "" if event.kind is EventKind.ELEMENT_COMPLETED else event.detail or ""
        return TimelineEvent(
            at=event.at,
            kind=event.kind,
            process_name=self.process_name,
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
    uow: UnitOfWork, runs: Sequence[Run], *, unnamed: str = ""
) -> tuple[tuple[TimelineEvent, ...], bool]:
    """What happened in the instances of a case, and whether its beginning is left out.

    Args:
        runs: in the order in which they started; the first began the case.
        unnamed: account of a reporter whose name the reader may not see.
    """
    told: list[_Told] = []
    is_cut = False
    for run in runs:
        after = max(0, run.history_length - LONGEST_TIMELINE)
        is_cut = is_cut or after > 0
        words = labels.of_definition(uow, run.definition_id)
        runs_what = definitions.load(uow, run.definition_id)
        for event in history.read(uow, run.id, after=after, limit=LONGEST_TIMELINE):
            element = runs_what.element(event.process_id or "", event.element_id or "")
            if _is_told(event, element):
                begins_case = run is runs[0] and event.kind is EventKind.INSTANCE_STARTED
                process_name = "" if begins_case or len(runs) == 1 else words.process_name
                is_theirs = begins_case or _is_of_reporter(element, words)
                told.append(_Told(event, element, process_name, is_theirs))
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


def _is_of_reporter(element: Element | None, words: Labels) -> bool:
    """Whether it is something that the reporter does, and not a colleague who reported it too."""
    return element is not None and element.lane in words.personal_lanes


def places(
    uow: UnitOfWork, run: Run, process_id: str
) -> tuple[tuple[DiagramStep, ...], tuple[DiagramStep, ...]]:
    """Where an instance waits, and what it completed, in the order in which it came there first.

    Args:
        process_id: of the process that is drawn: the instance's own, or one it calls within itself.
    """
    elements = definitions.load(uow, run.definition_id).by_process[process_id]
    waiting: dict[str, int] = {}
    done: list[str] = []
    for passed in queries.passed(uow, run.id, process_id):
        sign = _SIGNS.get(passed.kind, 0)
        waiting[passed.element_id] = waiting.get(passed.element_id, 0) + sign * passed.times
        if passed.kind is EventKind.ELEMENT_COMPLETED:
            done.append(passed.element_id)
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
