"""The road that one person goes: every part of it, in whichever case it lies.

A file belongs to one regime, so a road goes through several cases. Whoever may not open one of them
learns that the road went on there and on which day: no number, no state and no step of it.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from engine import definitions
from engine.queries import Run
from engine.storage.unit_of_work import UnitOfWork
from engine.timers import AMSTERDAM
from webapp.casework import access, cases
from webapp.casework.access import Action, Person
from webapp.casework.cases import CaseFile


class RoadStatus(StrEnum):
    """Whether a part of the road is still gone."""

    BUSY = "busy"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class RoadProcess:
    """A process that runs or ran in a part of the road."""

    instance_id: str
    name: str
    since: datetime


@dataclass(frozen=True, slots=True)
class RoadPart:
    """A part of the road, as the manifest of its processes calls it.

    Attributes:
        since: the day on which its first process began; of a shut one, on which its case did.
        case_number: "" when the reader may not open the case; then nothing below is told either.
        status: None when that is not told.
        ended: the day on which its last process ended, None while one runs.
        processes: in the order in which they began.
        is_this_case: whether it lies in the case that the reader looks at.
        is_here: whether it is the part that this case has come to; none of one that is closed.
    """

    phase: str
    since: date
    case_number: str = ""
    status: RoadStatus | None = None
    ended: date | None = None
    processes: tuple[RoadProcess, ...] = ()
    is_this_case: bool = False
    is_here: bool = False


@dataclass(frozen=True, slots=True)
class Road:
    """A road: the parts that follow each other, and where it forks the branches of them.

    Attributes:
        trunk: in order of begin; the parts of the first case, and of the second when that is all.
        branches: what goes on beside each other, a case each; none, or at least two.
    """

    trunk: tuple[RoadPart, ...]
    branches: tuple[tuple[RoadPart, ...], ...] = ()


def of_case(
    uow: UnitOfWork,
    case: CaseFile,
    mates: Sequence[CaseFile],
    runs: Sequence[Run],
    may_open: Collection[str],
) -> Road:
    """The road that a case lies on, as far as the reader may see it.

    Args:
        mates: every case of the road, this one too, as `cases.of_path` gives them.
        runs: the instances of all of them, as `queries.runs` gives them.
        may_open: numbers of the cases that the reader may open.
    """
    stretches: list[tuple[RoadPart, ...]] = []
    for mate in mates:
        own = [run for run in runs if run.business_key == mate.number]
        if not own:
            continue
        if mate.number in may_open:
            stretches.append(_parts(uow, own, is_this_case=mate.number == case.number))
        else:
            stretches.append((_shut(uow, mate, own),))
    first, *others = stretches
    # within a day the exact moment says nothing: of a shut case it is not told
    branches = sorted(_told_once(others), key=lambda parts: (parts[0].since, parts[0].phase))
    if len(branches) < 2:
        return Road((*first, *(part for branch in branches for part in branch)))
    return Road(first, tuple(branches))


def may_view(uow: UnitOfWork, person: Person, among: Collection[CaseFile]) -> set[str]:
    """The numbers of the cases that this person may open, of those in *among*."""
    return {
        number
        for number, about in cases.subjects(uow, among).items()
        if access.may(person, Action.VIEW_CASE, about).allowed
    }


def _shut(uow: UnitOfWork, case: CaseFile, runs: Sequence[Run]) -> RoadPart:
    """A case that the reader may not open is one part, however far it is: that would be told."""
    began = next((run for run in runs if run.id == case.instance_id), runs[0])
    return RoadPart(_phase(uow, began), _day(case.opened_at))


def _told_once(stretches: Sequence[tuple[RoadPart, ...]]) -> Iterator[tuple[RoadPart, ...]]:
    """Without the second shut case of a phase: how many there are is not told either."""
    told: set[str] = set()
    for parts in stretches:
        if parts[0].case_number:
            yield parts
        elif parts[0].phase not in told:
            told.add(parts[0].phase)
            yield parts


def _parts(uow: UnitOfWork, runs: Sequence[Run], *, is_this_case: bool) -> tuple[RoadPart, ...]:
    """The parts of a case, in order of begin."""
    groups: list[tuple[str, list[Run]]] = []
    for run in runs:
        phase = _phase(uow, run)
        same = next((group for name, group in reversed(groups) if name == phase), None)
        if same is None or _was_left(same, run, is_last=same is groups[-1][1]):
            groups.append((phase, [run]))
        else:
            same.append(run)
    parts = [_part(uow, phase, group, is_this_case=is_this_case) for phase, group in groups]
    if is_this_case and any(part.status == RoadStatus.BUSY for part in parts):
        here = max(range(len(parts)), key=lambda at: (parts[at].status == RoadStatus.BUSY, at))
        parts[here] = replace(parts[here], is_here=True)
    return tuple(parts)


def _was_left(group: Sequence[Run], run: Run, *, is_last: bool) -> bool:
    """Whether the road had gone on from a part before *run* began: then it comes back to it."""
    return not is_last and all(
        each.ended_at is not None and each.ended_at <= run.started_at for each in group
    )


def _part(uow: UnitOfWork, phase: str, runs: Sequence[Run], *, is_this_case: bool) -> RoadPart:
    is_busy = any(run.is_active for run in runs)
    return RoadPart(
        phase=phase,
        since=_day(runs[0].started_at),
        case_number=runs[0].business_key,
        status=RoadStatus.BUSY if is_busy else RoadStatus.DONE,
        ended=None if is_busy else _day(max(run.ended_at for run in runs if run.ended_at)),
        processes=tuple(
            RoadProcess(run.id, definitions.get(uow, run.definition_id).name, run.started_at)
            for run in runs
        ),
        is_this_case=is_this_case,
    )


def _phase(uow: UnitOfWork, run: Run) -> str:
    """What people call the part; a process that names none is a part by itself."""
    manifest = definitions.manifest(uow, run.definition_id)
    phase = manifest.phase if manifest else None
    return phase or definitions.get(uow, run.definition_id).name


def _day(at: datetime) -> date:
    return at.astimezone(AMSTERDAM).date()
