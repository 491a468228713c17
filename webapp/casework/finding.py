"""Cases that are found by what is known in them: those that look alike, and what somebody seeks.

Names and companies are compared after decryption, and only in cases that the seeker may list; a
phone number by the blind index. What somebody types is kept nowhere.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select

from engine.model import Variables
from engine.storage.tables import Moment
from engine.storage.unit_of_work import UnitOfWork
from webapp.casework import cases, doubles, selection
from webapp.casework.access import Person
from webapp.casework.cases import CaseFile
from webapp.casework.roles import SEARCH_HIT
from webapp.casework.tables import case_file, case_index

DOUBLES_WITHIN = timedelta(days=730)
MOST_DOUBLES = 20
# So many cases, the newest, are read to find a name; so many are shown.
MOST_READ = 500
MOST_FOUND = 20
LONGEST_TEXT = 100
FEWEST_DIGITS = 6

_NUMBER = re.compile(rf"([A-Z])-?([{cases.ALPHABET}]{{{cases.NUMBER_LENGTH}}})")
_PHONE = re.compile(r"\+?[\d\s().-]+")
_NAMED_BY = {"person_identity": ("name", "alias"), "signal_core": ("company",)}


@dataclass(frozen=True, slots=True)
class Double:
    """Another case that shares something with this one; *fields* says what."""

    case: CaseFile
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A case that was found; *name* is of the person or the company, "" when it is not told."""

    case: CaseFile
    name: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a search gave.

    Attributes:
        by: what was looked for: "number", "phone" or "name".
        is_cut: whether more was found, or not every case was looked at.
    """

    by: str
    hits: tuple[Hit, ...]
    is_cut: bool = False


def similar(uow: UnitOfWork, case: CaseFile) -> tuple[Double, ...]:
    """Cases of the last two years that share a person, phone, address or company with this one.

    Only within the same regime and municipality: who is responsible there is responsible for this
    one too, and nobody learns that another municipality knows somebody.
    """
    values = {
        "number": case.number,
        "regime": case.regime,
        "municipality": case.municipality,
        "since": uow.now - DOUBLES_WITHIN,
    }
    found: dict[str, Double] = {}
    for row in uow.connection.execute(_alike(), values):
        other = cases.of_row(row[:-1])
        known = found.get(other.number)
        found[other.number] = Double(other, (*(known.fields if known else ()), row.field))
    return tuple(found.values())


@cache
def _alike() -> Select[Any]:
    """Built once: it is asked at each look at a task, and takes longer to build than to answer."""
    mine = case_index.alias("mine")
    return (
        select(*cases.COLUMNS, case_index.c.field)
        .join(case_index, case_index.c.case_number == case_file.c.number)
        .join(
            mine,
            (mine.c.field == case_index.c.field) & (mine.c.digest == case_index.c.digest),
        )
        .where(
            mine.c.case_number == bindparam("number"),
            case_file.c.number != bindparam("number"),
            case_file.c.regime == bindparam("regime"),
            case_file.c.municipality.is_not_distinct_from(bindparam("municipality")),
            case_file.c.opened_at > bindparam("since", type_=Moment),
        )
        .order_by(case_file.c.opened_at.desc(), case_file.c.number)
        .distinct()
        .limit(MOST_DOUBLES)
    )


def search(uow: UnitOfWork, person: Person, text: str) -> Found:
    """The cases that somebody may find, by number, by phone number or by a name.

    Of a name the begins of words will do, in any order, without capitals and accents.
    """
    typed = " ".join(text[:LONGEST_TEXT].split())
    number = _NUMBER.fullmatch(typed.upper().replace(" ", ""))
    if number:
        query = _findable(person).where(case_file.c.number == "-".join(number.groups()))
        return _found(uow, person, "number", _read(uow, query))
    if _PHONE.fullmatch(typed):
        return _by_phone(uow, person, typed)
    return _by_name(uow, person, doubles.plain_words(typed).split())


def _by_phone(uow: UnitOfWork, person: Person, typed: str) -> Found:
    if sum(map(str.isdigit, typed)) < FEWEST_DIGITS:
        return Found("phone", ())
    with_phone = select(case_index.c.case_number).where(
        case_index.c.field == "phone",
        case_index.c.digest == doubles.digest_of_phone(uow, typed),
    )
    query = _findable(person).where(case_file.c.number.in_(with_phone))
    return _found(uow, person, "phone", _read(uow, query.limit(MOST_FOUND + 1)))


def _by_name(uow: UnitOfWork, person: Person, words: list[str]) -> Found:
    if sum(map(len, words)) < 2:
        return Found("name", ())
    looked_at = _read(uow, _findable(person).limit(MOST_READ + 1))
    listed = cases.listed(uow, person, looked_at[:MOST_READ], _NAMED_BY)
    hits = tuple(
        Hit(case, _name(listed[case.number]))
        for case in looked_at[:MOST_READ]
        if _is_called(words, _names(listed[case.number]))
    )
    is_cut = len(looked_at) > MOST_READ or len(hits) > MOST_FOUND
    return Found("name", hits[:MOST_FOUND], is_cut)


def _findable(person: Person) -> Select[Any]:
    grants = tuple(sorted(person.grants))
    numbers = selection.opened(person.id, grants, (SEARCH_HIT,))
    newest_first = (case_file.c.opened_at.desc(), case_file.c.number)
    return select(*cases.COLUMNS).where(case_file.c.number.in_(numbers)).order_by(*newest_first)


def _read(uow: UnitOfWork, query: Select[Any]) -> tuple[CaseFile, ...]:
    return tuple(cases.of_row(row) for row in uow.connection.execute(query))


def _found(uow: UnitOfWork, person: Person, by: str, found: tuple[CaseFile, ...]) -> Found:
    shown = found[:MOST_FOUND]
    listed = cases.listed(uow, person, shown, _NAMED_BY)
    hits = tuple(Hit(case, _name(listed[case.number])) for case in shown)
    return Found(by, hits, is_cut=len(found) > len(shown))


def _names(known: dict[str, Variables]) -> list[str]:
    """What the person, or the company, is called."""
    values = (known.get(key, {}).get(path) for key, paths in _NAMED_BY.items() for path in paths)
    return [value.strip() for value in values if isinstance(value, str) and value.strip()]


def _name(known: dict[str, Variables]) -> str:
    return next(iter(_names(known)), "")


def _is_called(words: list[str], names: Iterable[str]) -> bool:
    """Whether each word begins a word of one of the names."""
    return any(
        all(
            any(part.startswith(word) for part in doubles.plain_words(name).split())
            for word in words
        )
        for name in names
    )
