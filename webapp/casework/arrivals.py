"""Where an instance begins that a message, a signal or a call begins: in which case.

A file belongs to one regime, and a road has one file for each. What begins in the regime of the
case whose number was sent goes on in that case; what begins in another goes on in the case that the
road has in that regime. When it has none, one is opened with a number and a key of its own. Of what
is known in the case that it came from only what the manifest of the receiver takes over is copied,
on a ground, and never over what is known already.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from engine import beginnings, definitions, instances, queries
from engine.beginnings import BeginKind, Beginning
from engine.errors import ConflictError, FieldProblem, InvalidInputError, NotFoundError, UitwegError
from engine.instances import ProcessInstance
from engine.manifest import Manifest
from engine.model import InstanceStatus, Value, Variables
from engine.queries import Run
from engine.storage.unit_of_work import UnitOfWork
from webapp.casework import audit, cases, regions
from webapp.casework.audit import Act
from webapp.casework.cases import CaseFile, Section
from webapp.casework.regions import Municipality
from webapp.casework.roles import Regime
from webapp.casework.tables import house as houses

GROUND = "grondslag"
_REGION_OF_HOUSE = select(houses.c.region).where(houses.c.key == bindparam("key"))


@dataclass(frozen=True, slots=True)
class _Arrival:
    """The case that something begins in, and the one that it came from, if there is one."""

    case: CaseFile
    source: CaseFile | None = None
    is_new: bool = False


def begin(uow: UnitOfWork, beginning: Beginning) -> ProcessInstance:
    """Begin an instance in the case that it belongs to, opened when need be; a `Begin`.

    A process that a message begins runs once in a case: sent again, it is left to that one.

    Raises:
        NotFoundError: not_found, a call names no case; municipality_not_found, house_not_found.
        InvalidInputError: a message from outside says no place.
        UitwegError: ground_missing, the receiver takes something over and no ground was sent.
        ConflictError: begun_meanwhile, another step began it just now; it can be tried again.
        StepError: the process cannot begin.
    """
    manifest = definitions.manifest(uow, beginning.definition.id)
    if manifest is None or manifest.regime is None:
        return beginnings.begin(uow, beginning)
    running = _running(uow, beginning, Regime(manifest.regime))
    arrival = _arrive(uow, beginning, manifest)
    case = arrival.case
    if beginning.kind == BeginKind.MESSAGE:
        if running is not None:
            return running
        if not arrival.is_new and _runs(uow, case, beginning):
            raise ConflictError("begun_meanwhile", case_number=case.number)
    instance = beginnings.start(
        uow,
        beginning,
        variables={
            **beginning.variables,
            **variables_of(case),
            "herkomst": _origin(arrival, beginning),
        },
        business_key=case.number,
        key_id=case.key_id,
        calendar=case.region,
    )
    if arrival.is_new:
        cases.belongs_to(uow, case, instance.id)
    return instance


def variables_of(case: CaseFile) -> Variables:
    """What every instance knows of its case: its number and where it lies."""
    return {
        "gemeente": case.municipality or None,
        "huis": case.house,
        "regio": case.region,
        "zaaknummer": case.number,
    }


def _arrive(uow: UnitOfWork, beginning: Beginning, manifest: Manifest) -> _Arrival:
    if beginning.kind == BeginKind.CALL:
        called = cases.get_if_any(uow, beginning.key or "", lock=True)
        if called is None:
            raise NotFoundError("not_found")
        return _Arrival(_opened(uow, called))
    # locked before its chain of records is: that is the order of everybody
    regime = Regime(manifest.regime or "")
    source, there = _of_road(uow, beginning.key, regime)
    if there is not None:
        case = _opened(uow, there)
        taken = _taken_over(uow, case, source, beginning, manifest)
        if source is not None and taken is not None:
            _record_hand_over(uow, case, source, taken)
        return _Arrival(case, source)
    place = _place(uow, beginning.variables) if source is None else _place_of(uow, source)
    case = cases.create(
        uow,
        regime=regime,
        municipality=place if isinstance(place, Municipality) else None,
        house=place.house,
        region=place.region,
        path=source.path if source else "",
        prefix=manifest.number_prefix or "",
    )
    taken = _taken_over(uow, case, source, beginning, manifest)
    if source is not None and taken is not None:
        _record_hand_over(uow, case, source, taken)
    else:
        audit.record(uow, Act.BEGIN_CASE, case_number=case.number)
    return _Arrival(case, source, is_new=True)


def _running(uow: UnitOfWork, beginning: Beginning, regime: Regime) -> ProcessInstance | None:
    """What the message began before and still runs; locked here, before any case is."""
    source = cases.get_if_any(uow, beginning.key) if beginning.key else None
    case = _in_regime(uow, source, regime) if source else None
    for run in _runs(uow, case, beginning) if case else ():
        instance = instances.lock(uow, run.id)
        if instance.status == InstanceStatus.ACTIVE:
            return instance
    return None


def _runs(uow: UnitOfWork, case: CaseFile, beginning: Beginning) -> tuple[Run, ...]:
    """The instances of the process that run in a case; the sender may be one that just ends."""
    return tuple(
        run
        for run in queries.runs(uow, [case.number])
        if run.is_active
        and run.process_id == beginning.definition.process_id
        and run.id != beginning.sender_id
    )


def _of_road(
    uow: UnitOfWork, number: str | None, regime: Regime
) -> tuple[CaseFile | None, CaseFile | None]:
    """The case that something comes from, and the one of its road that it begins in, both locked.

    Whoever comes from the same case waits here, so that a road never gets two cases of a regime.
    """
    source = cases.get_if_any(uow, number, lock=True) if number else None
    there = _in_regime(uow, source, regime) if source else None
    if source is None or there is None or there.number == source.number:
        return source, there
    return source, cases.get_if_any(uow, there.number, lock=True)


def _in_regime(uow: UnitOfWork, source: CaseFile, regime: Regime) -> CaseFile | None:
    """The case that the road of *source* has in a regime."""
    if source.regime == regime:
        return source
    mates = cases.of_path(uow, source.path)
    return next((mate for mate in mates if mate.regime == regime), None)


def _opened(uow: UnitOfWork, case: CaseFile) -> CaseFile:
    """Something new begins in it: a closed case is taken up again."""
    if case.is_open:
        return case
    audit.record(uow, Act.REOPEN_CASE, case_number=case.number)
    return cases.reopen(uow, case)


@dataclass(frozen=True, slots=True)
class _House:
    """Where a case lies that belongs to no municipality."""

    house: str
    region: str


def _place(uow: UnitOfWork, variables: Variables) -> Municipality | _House:
    """Where a case lies that comes from no other: as the message says."""
    municipality, house = variables.get("gemeente"), variables.get("huis")
    if isinstance(municipality, str):
        return regions.municipality(uow, municipality)
    if not isinstance(house, str):
        raise InvalidInputError([FieldProblem("gemeente", "required")])
    row = uow.connection.execute(_REGION_OF_HOUSE, {"key": house}).one_or_none()
    if row is None:
        raise NotFoundError("house_not_found", key=house)
    return _House(house, row.region)


def _place_of(uow: UnitOfWork, case: CaseFile) -> Municipality | _House:
    """Where the case lies that this one follows; a signal can have moved to another house."""
    if not case.municipality:
        return _House(case.house, case.region)
    name = regions.municipality(uow, case.municipality).name
    return Municipality(case.municipality, name, case.house, case.region)


@dataclass(frozen=True, slots=True)
class _HandOver:
    """What was taken over from another case: keys of sections, and the ground."""

    sections: tuple[str, ...]
    ground: str


def _taken_over(
    uow: UnitOfWork,
    case: CaseFile,
    source: CaseFile | None,
    beginning: Beginning,
    manifest: Manifest,
) -> _HandOver | None:
    """Copy what the manifest takes from the case that it came from, and is not known here yet."""
    rule = manifest.begin_of(beginning.name)
    if source is None or source.number == case.number or rule is None or not rule.takes:
        return None
    ground = beginning.variables.get(GROUND)
    if not isinstance(ground, str) or not ground:
        raise UitwegError("ground_missing", case_number=source.number, name=beginning.name)
    present = cases.known(uow, case)
    taken = _missing(_taken(cases.content(uow, source), rule.takes), present)
    if not taken and present:
        return None
    cases.record(uow, case, taken, present=present)
    return _HandOver(tuple(sorted(taken)), ground)


def _taken(known: Mapping[str, Variables], takes: Mapping[str, str]) -> dict[str, Variables]:
    """What there is of what is taken over, by the sections that it goes to."""
    taken: dict[str, dict[str, Value]] = {}
    for source, target in takes.items():
        section, _, path = source.partition(".")
        content = known.get(section, {})
        to_section, _, to_path = target.partition(".")
        for known_path, value in content.items():
            if path in ("", known_path):
                taken.setdefault(to_section, {})[to_path or known_path] = value
    return dict(taken)


def _missing(
    taken: Mapping[str, Variables], present: Mapping[str, Section]
) -> dict[str, Variables]:
    """Of what is taken over, what the case does not know yet."""
    missing = {
        key: {path: value for path, value in values.items() if path not in present[key].values}
        if key in present
        else values
        for key, values in taken.items()
    }
    return {key: values for key, values in missing.items() if values}


def _record_hand_over(uow: UnitOfWork, case: CaseFile, source: CaseFile, taken: _HandOver) -> None:
    """One record for each case, in order: two steps never wait for each other in a circle."""
    records = {case.number: Act.TAKE_OVER, source.number: Act.HAND_OVER}
    for number, act in sorted(records.items()):
        audit.record(
            uow, act, case_number=number, object=" ".join(taken.sections), reason=taken.ground
        )


def _origin(arrival: _Arrival, beginning: Beginning) -> str | None:
    """The number of the case that this came from, None when it is the same or none."""
    number = arrival.source.number if arrival.source else beginning.sender_key
    return None if number == arrival.case.number else number
