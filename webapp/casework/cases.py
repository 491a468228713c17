"""Cases: their number, their place, what is known in each section, and who may see which of it."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Insert, Row, bindparam, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from engine import queries
from engine.errors import NotFoundError, UnavailableError
from engine.model import Variables
from engine.storage import values as stored
from engine.storage.tables import TaskStatus
from engine.storage.unit_of_work import UnitOfWork
from webapp.casework import access, doubles
from webapp.casework.access import Action, Person, Subject
from webapp.casework.regions import Municipality
from webapp.casework.roles import Regime
from webapp.casework.tables import CaseStatus, Stage, case_file, case_index, case_section

# No vowels and no signs that look alike: a number can be read out and spells no word.
ALPHABET = "23456789BCDFGHJKMNPQRSTVWXZ"
PREFIXES = {Regime.SIGNAL: "S", Regime.SAFETY_HOUSE: "V", Regime.CARE: "Z", Regime.ENFORCEMENT: "H"}
NUMBER_LENGTH = 6


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case without its content. It holds no personal data.

    Attributes:
        number: pseudonymous, to be read out: "S-7K3PQX"; also its business key.
        regime: A signal, B Zorg- en Veiligheidshuis, C care, D enforcement.
        instance_id: the process instance that began it.
        municipality: "" for what belongs to a house, such as a meeting.
        reporter: account of who brought it; "" when a message began it.
        path: what the cases of one person's road share, one for each regime.
    """

    number: str
    regime: Regime
    instance_id: str | None
    municipality: str
    house: str
    region: str
    reporter: str
    path: str
    key_id: str
    status: CaseStatus
    stage: Stage
    opened_at: datetime
    closed_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether it is worked on."""
        return self.status == CaseStatus.OPEN


@dataclass(frozen=True, slots=True)
class Section:
    """What is known in one section, as far as the reader may see it."""

    key: str
    values: Variables
    revision: int
    changed_at: datetime
    changed_by: str


COLUMNS = tuple(case_file.c[each.name] for each in fields(CaseFile))
_GET = select(*COLUMNS).where(case_file.c.number == bindparam("number"))
_OF_PATH = (
    select(*COLUMNS)
    .where(case_file.c.path == bindparam("path"))
    .order_by(case_file.c.opened_at, case_file.c.number)
)
_SEVERAL = (
    select(*COLUMNS)
    .where(case_file.c.number.in_(bindparam("numbers", expanding=True)))
    .order_by(case_file.c.number)
)
_LOCK = _GET.with_for_update(key_share=True)
_SECTIONS = select(case_section).where(case_section.c.case_number == bindparam("number"))
_LISTED = select(case_section).where(
    case_section.c.case_number.in_(bindparam("numbers", expanding=True)),
    case_section.c.section.in_(bindparam("keys", expanding=True)),
)
_UPDATE = (
    update(case_file)
    .where(case_file.c.number == bindparam("of_number"))
    .values(
        instance_id=bindparam("new_instance_id"),
        house=bindparam("new_house"),
        status=bindparam("new_status"),
        stage=bindparam("new_stage"),
        closed_at=bindparam("new_closed_at"),
    )
)
_FIND_BY = insert(case_index)
_FORGET = delete(case_index).where(
    case_index.c.case_number == bindparam("number"),
    case_index.c.field == bindparam("of_field"),
    case_index.c.digest == bindparam("of_digest"),
)


def _write_section(dialect: str) -> Insert:
    into = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = into(case_section)
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["case_number", "section"],
        set_={
            "revision": new.revision,
            "changed_at": new.changed_at,
            "changed_by": new.changed_by,
            "content": new.content,
        },
    )


_WRITE_SECTION = {dialect: _write_section(dialect) for dialect in ("sqlite", "postgresql")}


def create(
    uow: UnitOfWork,
    *,
    regime: Regime,
    municipality: Municipality | None = None,
    house: str = "",
    region: str = "",
    reporter: str = "",
    path: str = "",
    prefix: str = "",
) -> CaseFile:
    """Open a case, with a number and a key of its own.

    Args:
        municipality: where it lies; what belongs to no municipality names *house* and *region*.
        path: of the case that it follows; "" begins a road of its own.
        prefix: what the number begins with; by default the letter of the regime.
    """
    case = CaseFile(
        number=_free_number(uow, prefix or PREFIXES[regime]),
        regime=regime,
        instance_id=None,
        municipality=municipality.key if municipality else "",
        house=municipality.house if municipality else house,
        region=municipality.region if municipality else region,
        reporter=reporter,
        path=path or uow.new_id(),
        key_id=uow.keyring.new_key(uow),
        status=CaseStatus.OPEN,
        stage=Stage.RECEIVED,
        opened_at=uow.now,
        closed_at=None,
    )
    row = {each.name: getattr(case, each.name) for each in fields(CaseFile)}
    row.update(municipality=case.municipality or None, reporter=case.reporter or None)
    uow.connection.execute(insert(case_file), row)
    return case


def belongs_to(uow: UnitOfWork, case: CaseFile, instance_id: str) -> CaseFile:
    """Tie a case to the process instance that began it."""
    return _set(uow, replace(case, instance_id=instance_id))


def progress(uow: UnitOfWork, case: CaseFile, stage: Stage) -> CaseFile:
    """Let the case be at another stage; a closed one stays closed."""
    if case.stage == stage or not case.is_open:
        return case
    return _set(uow, replace(case, stage=stage))


def close(uow: UnitOfWork, case: CaseFile) -> CaseFile:
    """Close a case: its content stays, shut for whom it was open to only while it was worked on."""
    if not case.is_open:
        return case
    return _set(uow, replace(case, status=CaseStatus.CLOSED, stage=Stage.CLOSED, closed_at=uow.now))


def reopen(uow: UnitOfWork, case: CaseFile) -> CaseFile:
    """Take up a closed case again: something new has begun in it."""
    if case.is_open:
        return case
    open_again = replace(case, status=CaseStatus.OPEN, stage=Stage.IN_PROGRESS, closed_at=None)
    return _set(uow, open_again)


def assign_house(uow: UnitOfWork, case: CaseFile, house: str) -> CaseFile:
    """Let another house have the case; its tasks that wait keep whom they wait for."""
    return case if case.house == house else _set(uow, replace(case, house=house))


def of_path(uow: UnitOfWork, path: str) -> tuple[CaseFile, ...]:
    """The cases of one person's road, in the order in which they were opened."""
    return tuple(of_row(row) for row in uow.connection.execute(_OF_PATH, {"path": path}))


def several(uow: UnitOfWork, numbers: Collection[str]) -> tuple[CaseFile, ...]:
    """Those of *numbers* that are cases, in the order of their numbers."""
    if not numbers:
        return ()
    rows = uow.connection.execute(_SEVERAL, {"numbers": sorted(set(numbers))})
    return tuple(of_row(row) for row in rows)


def get(uow: UnitOfWork, number: str) -> CaseFile:
    """A case by its number, for acts that ask about access themselves.

    Raises:
        NotFoundError: not_found.
    """
    row = uow.connection.execute(_GET, {"number": number}).one_or_none()
    if row is None:
        raise NotFoundError("not_found")
    return of_row(row)


def get_if_any(uow: UnitOfWork, number: str, *, lock: bool = False) -> CaseFile | None:
    """A case by its number; None for an instance that belongs to no case.

    Args:
        lock: nobody else may change it until the commit; its instance is locked before it.
    """
    row = uow.connection.execute(_LOCK if lock else _GET, {"number": number}).one_or_none()
    return of_row(row) if row else None


def find(
    uow: UnitOfWork, person: Person, number: str, action: Action = Action.VIEW_CASE
) -> tuple[CaseFile, Subject]:
    """A case that this person may see, and what access is asked about for its parts.

    Raises:
        NotFoundError: not_found; there is no such case, or none this person may know of.
    """
    case = get_if_any(uow, number)
    # an unknown number costs the same queries, so that time tells nothing either
    about = subject(uow, case) if case else _nothing(uow, number)
    access.require(person, action, about)
    assert case is not None
    return case, about


def subject(uow: UnitOfWork, case: CaseFile) -> Subject:
    """The case as access is asked about it, with everyone who has or had a task in it."""
    return subjects(uow, [case])[case.number]


def subjects(uow: UnitOfWork, cases: Collection[CaseFile]) -> dict[str, Subject]:
    """Several cases as access is asked about them, by number, in one query."""
    groups: dict[str, set[str]] = {case.number: set() for case in cases}
    workers: dict[str, set[tuple[str, str]]] = {case.number: set() for case in cases}
    for one in queries.at_work(uow, groups) if cases else ():
        if one.status == TaskStatus.OPEN:
            groups[one.business_key].add(one.candidate)
        at_work = filter(None, (one.assignee, one.completed_by))
        workers[one.business_key].update((account_id, one.candidate) for account_id in at_work)
    return {
        case.number: replace(
            place_of(case),
            groups=frozenset(groups[case.number]),
            workers=frozenset(workers[case.number]),
        )
        for case in cases
    }


def place_of(case: CaseFile) -> Subject:
    """The case as access is asked about it, without its tasks: no query."""
    return Subject(
        regime=case.regime.value,
        region=case.region,
        house=case.house,
        municipality=case.municipality,
        is_open=case.is_open,
        reporter=case.reporter,
    )


def record(
    uow: UnitOfWork,
    case: CaseFile,
    values: Mapping[str, Variables],
    *,
    present: Mapping[str, Section] | None = None,
) -> None:
    """Write what was filled in to the sections of a case, encrypted; the rest of each stays.

    Args:
        values: by section, the value of each path. None clears what stood there.
        present: what `known` gave in this transaction; read again without it.
    """
    if not values:
        return
    present = known(uow, case) if present is None else present
    before = {key: section.values for key, section in present.items()}
    changed = {key: {**before.get(key, {}), **answers} for key, answers in values.items()}
    rows = [
        _section_row(uow, case, key, content, present[key].revision if key in present else 0)
        for key, content in changed.items()
    ]
    uow.connection.execute(_WRITE_SECTION[uow.connection.dialect.name], rows)
    if not doubles.SECTIONS.isdisjoint(changed):
        _index(uow, case, before, {**before, **changed})


def known(uow: UnitOfWork, case: CaseFile) -> dict[str, Section]:
    """Everything that is known, by section: for acts, which show only what `readable` gives."""
    rows = uow.connection.execute(_SECTIONS, {"number": case.number})
    return {row.section: _opened(uow, case, row) for row in rows}


def content(uow: UnitOfWork, case: CaseFile) -> dict[str, Variables]:
    """Everything that is known, by section: for handlers of service tasks, never for a page."""
    return {key: section.values for key, section in known(uow, case).items()}


def readable(person: Person, about: Subject, sections: Iterable[Section]) -> tuple[Section, ...]:
    """What this person may see of *sections*: some are left out, some are shortened.

    Args:
        about: the case as `subject` gives it.
    """
    shown = []
    for section in sections:
        decision = access.may(person, Action.VIEW_SECTION, about.of_section(section.key))
        values = _shown(section.values, decision.only)
        if decision.allowed and (values or not decision.only):
            shown.append(replace(section, values=values))
    return tuple(shown)


def listed(
    uow: UnitOfWork, person: Person, cases: Collection[CaseFile], keys: Collection[str]
) -> dict[str, dict[str, Variables]]:
    """What this person may see of some sections in a list, by case and section.

    What is not theirs is not even decrypted.
    """
    by_number = {case.number: case for case in cases}
    abouts = subjects(uow, cases)
    found: dict[str, dict[str, Variables]] = {number: {} for number in by_number}
    values = {"numbers": sorted(by_number), "keys": sorted(keys)}
    for row in uow.connection.execute(_LISTED, values) if by_number else ():
        about = abouts[row.case_number].of_section(row.section)
        decision = access.may(person, Action.LIST_SECTION, about)
        if decision.allowed:
            section = _opened(uow, by_number[row.case_number], row)
            found[row.case_number][row.section] = _shown(section.values, decision.only)
    return found


def reported_by(uow: UnitOfWork, account_id: str, *, limit: int = 100) -> tuple[CaseFile, ...]:
    """What an account brought, the newest first."""
    query = (
        select(*COLUMNS)
        .where(case_file.c.reporter == account_id)
        .order_by(case_file.c.opened_at.desc(), case_file.c.number)
        .limit(limit)
    )
    return tuple(of_row(row) for row in uow.connection.execute(query))


def of_row(row: Sequence[Any]) -> CaseFile:
    """A case out of its `COLUMNS`."""
    case = CaseFile(*row)
    return replace(case, municipality=case.municipality or "", reporter=case.reporter or "")


def _set(uow: UnitOfWork, case: CaseFile) -> CaseFile:
    uow.connection.execute(
        _UPDATE,
        {
            "of_number": case.number,
            "new_instance_id": case.instance_id,
            "new_house": case.house,
            "new_status": case.status,
            "new_stage": case.stage,
            "new_closed_at": case.closed_at,
        },
    )
    return case


def _nothing(uow: UnitOfWork, number: str) -> Subject:
    queries.at_work(uow, [number])
    return Subject()


def _free_number(uow: UnitOfWork, prefix: str) -> str:
    for _ in range(10):
        number = f"{prefix}-{_letters(uow.new_id())}"
        if get_if_any(uow, number) is None:
            return number
    raise UnavailableError("no_free_number")


def _letters(source: str) -> str:
    """Letters of the alphabet of numbers, out of a random id."""
    rest = int.from_bytes(hashlib.sha256(source.encode()).digest(), "big")
    letters = []
    for _ in range(NUMBER_LENGTH):
        rest, place = divmod(rest, len(ALPHABET))
        letters.append(ALPHABET[place])
    return "".join(letters)


def _section_row(
    uow: UnitOfWork, case: CaseFile, key: str, content: Variables, old_revision: int
) -> dict[str, object]:
    revision = old_revision + 1
    sealed = uow.keyring.encrypt(
        case.key_id,
        stored.dump(content),
        table="case_section",
        column="content",
        row=f"{case.number}/{key}@{revision}",
    )
    return {
        "case_number": case.number,
        "section": key,
        "revision": revision,
        "changed_at": uow.now,
        "changed_by": uow.actor.id,
        "content": sealed,
    }


def _index(
    uow: UnitOfWork,
    case: CaseFile,
    before: Mapping[str, Variables],
    after: Mapping[str, Variables],
) -> None:
    """Let the blind index say of the case what its content says now."""
    old, new = doubles.digests(uow, before), doubles.digests(uow, after)
    if old - new:
        gone = [
            {"number": case.number, "of_field": field, "of_digest": digest}
            for field, digest in sorted(old - new)
        ]
        uow.connection.execute(_FORGET, gone)
    if new - old:
        found = [
            {"field": field, "digest": digest, "case_number": case.number}
            for field, digest in sorted(new - old)
        ]
        uow.connection.execute(_FIND_BY, found)


def _opened(uow: UnitOfWork, case: CaseFile, row: "Row[tuple[object, ...]]") -> Section:
    plain = uow.keyring.decrypt(
        case.key_id,
        row.content,
        table="case_section",
        column="content",
        row=f"{case.number}/{row.section}@{row.revision}",
    )
    return Section(row.section, stored.load(plain), row.revision, row.changed_at, row.changed_by)


def _shown(values: Variables, only: tuple[str, ...]) -> Variables:
    return {path: value for path, value in values.items() if not only or path.startswith(only)}
