"""What things are called for people: sections and fields of a case, steps, and who has a task.

The words are content of the process: its manifest, its forms and its diagram, in Dutch.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeVar

from engine import definitions
from engine.bpmn.compile import Element
from engine.feel import Expression
from engine.forms import Field, Form, as_words
from engine.forms.fields import option_text
from engine.model import Value, Variables
from engine.storage.unit_of_work import UnitOfWork
from engine.tasks import UserTask
from webapp.casework import accounts, regions
from webapp.casework.access import Person
from webapp.casework.cases import Section
from webapp.casework.roles import REPORTER, ROLES

Key = TypeVar("Key")
Word = TypeVar("Word")

MOST_KEPT = 200
ADDITIONS = "additions"
LINKED_CASES = "linked_cases"
_OWN_LABELS = {
    ADDITIONS: "Later aangevuld door de melder",
    LINKED_CASES: "Signalen die hierbij horen",
}


@dataclass(frozen=True, slots=True)
class CaseFact:
    """One thing that is known, worded: the question of the form and the answer."""

    path: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class SectionView:
    """A section of a case as far as the reader may see it; *facts* holds what was filled in."""

    key: str
    title: str
    facts: tuple[CaseFact, ...]


@dataclass(frozen=True, slots=True)
class Holder:
    """With whom a task is.

    Attributes:
        role: title of the role that it waits for; "" when it is for one person.
        scope: name of the municipality, house or region of the role.
        person: display name of the one person it is for; "" when it is for a role.
        assignee: display name of who works on it; "" when nobody does.
        is_mine: whether the reader works on it.
    """

    role: str = ""
    scope: str = ""
    person: str = ""
    assignee: str = ""
    is_mine: bool = False


@dataclass(frozen=True, slots=True)
class Labels:
    """The words of one version of a process, or of several together.

    Attributes:
        process_name: as its diagram names it.
        elements: of the process and those it calls, by id.
        titles: of the sections of the case, by key, in the order in which they are shown.
        fields: the field of a form that first asks for a path, by section and path.
        written: what no form asks for, but the process writes: labels by section and path.
        personal_lanes: those whose work is one person's: the reporter's.
    """

    process_name: str
    elements: Mapping[str, Element]
    titles: Mapping[str, str]
    fields: Mapping[tuple[str, str], Field]
    written: Mapping[tuple[str, str], str]
    personal_lanes: frozenset[str | None]

    def element_name(self, element_id: str) -> str:
        """What the diagram calls an element, "" when it has no name."""
        element = self.elements.get(element_id)
        return element.name if element else ""

    def sections(
        self, known: Iterable[Section], scopes: Mapping[str, str] = MappingProxyType({})
    ) -> tuple[SectionView, ...]:
        """Sections with their words, in the order of the manifest.

        Args:
            scopes: names of municipalities by key, for what was chosen from those.
        """
        places = {key: place for place, key in enumerate(self.titles)}
        ordered = sorted(known, key=lambda one: (places.get(one.key, len(places)), one.key))
        return tuple(self._section(one, scopes) for one in ordered)

    def _section(self, section: Section, scopes: Mapping[str, str]) -> SectionView:
        places = {path: at for at, (key, path) in enumerate(self.fields) if key == section.key}
        paths = sorted(section.values, key=lambda path: (places.get(path, len(self.fields)), path))
        facts = (self._fact(section.key, path, section.values[path], scopes) for path in paths)
        return SectionView(
            section.key,
            self.titles.get(section.key, section.key),
            tuple(fact for fact in facts if fact.text),
        )

    def _fact(self, section: str, path: str, value: Value, scopes: Mapping[str, str]) -> CaseFact:
        field = self.fields.get((section, path))
        written = self.written.get((section, path)) or _OWN_LABELS.get(path, path)
        label = field.label if field and field.label else written
        is_place = field is not None and reads_places(field)
        text = scopes.get(value, value) if is_place and isinstance(value, str) else None
        return CaseFact(path, label, in_words(field, value) if text is None else text)


def of_definition(uow: UnitOfWork, definition_id: str) -> Labels:
    """The words of a version; read once in each process, for it never changes."""
    kept = _kept.get(definition_id)
    if kept is None:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        kept = _kept[definition_id] = _read(uow, definition_id)
    return kept


def of_definitions(uow: UnitOfWork, definition_ids: Sequence[str]) -> Labels:
    """The words of several versions together; where they differ, those of the first count.

    A case holds what the forms of several processes asked, and each of them words its own part.
    """
    every = [of_definition(uow, definition_id) for definition_id in dict.fromkeys(definition_ids)]
    if len(every) == 1:
        return every[0]
    return replace(
        every[0],
        elements=_joined(one.elements for one in every),
        titles=_joined(one.titles for one in every),
        fields=_joined(one.fields for one in every),
        written=_joined(one.written for one in every),
        personal_lanes=frozenset().union(*(one.personal_lanes for one in every)),
    )


def in_words(field: Field | None, value: Value) -> str:
    """An answer as people read it: the label of a choice, the rows of a list, a date, a text."""
    if field is not None and field.children and isinstance(value, (list, tuple)):
        return "; ".join(_row_in_words(field, row) for row in value if isinstance(row, Mapping))
    if isinstance(value, (list, tuple)):
        holds_rows = any(isinstance(item, Mapping) for item in value)
        return ("; " if holds_rows else ", ").join(in_words(field, item) for item in value)
    if isinstance(value, Mapping):
        return ", ".join(text for text in map(as_words, value.values()) if text)
    options = field.options if field is not None else ()
    labels = {option.text: option.label for option in options}
    word = labels.get(option_text(value)) or as_words(value)
    # a tick is answered as the choices "Ja" and "Nee" of other questions are
    return word.capitalize() if isinstance(value, bool) else word


def reads_places(field: Field) -> bool:
    """Whether its choices are the municipalities of the region."""
    source = field.options_source
    return isinstance(source, Expression) and "gemeenten" in source.names


def holders(
    uow: UnitOfWork, person: Person, tasks: Iterable[UserTask], *, unnamed: Collection[str] = ()
) -> dict[str, Holder]:
    """With whom each task is, by its id, for *person* who reads it.

    Args:
        unnamed: accounts of reporters whose names the reader may not see.
    """
    listed = tuple(tasks)
    wanted = {task.assignee for task in listed if task.assignee}
    wanted |= {_account_of(task.candidate) for task in listed} - {""}
    names = accounts.names(uow, wanted)
    scopes = regions.scope_names(uow) if listed else {}
    return {
        task.id: _of_reporter(person, task)
        if (account_id := _account_of(task.candidate)) and account_id in unnamed
        else _holder(person, task, names, scopes)
        for task in listed
    }


def _of_reporter(person: Person, task: UserTask) -> Holder:
    return Holder(role=REPORTER.title, is_mine=task.assignee == person.id)


def _holder(
    person: Person, task: UserTask, names: Mapping[str, str], scopes: Mapping[str, str]
) -> Holder:
    role, _, scope = task.candidate.partition("@")
    account_id = _account_of(task.candidate)
    return Holder(
        role="" if account_id else ROLES[role].title if role in ROLES else role,
        scope=scopes.get(scope, scope),
        person=names.get(account_id, ""),
        assignee=names.get(task.assignee or "", ""),
        is_mine=task.assignee == person.id,
    )


def _account_of(candidate: str) -> str:
    kind, _, account_id = candidate.partition(":")
    return account_id if kind == "person" else ""


def _joined(parts: Iterable[Mapping[Key, Word]]) -> dict[Key, Word]:
    """Everything that is in one of *parts*, in their order; the first that has it, has it."""
    joined: dict[Key, Word] = {}
    for part in parts:
        for key, word in part.items():
            joined.setdefault(key, word)
    return joined


def _row_in_words(field: Field, row: Variables) -> str:
    parts = (
        (column.label, in_words(column, row.get(column.key)))
        for column in field.children
        if column.key
    )
    return ", ".join(_told(label, text) for label, text in parts if text)


def _told(label: str, text: str) -> str:
    """A fact in a row of facts: a question ends in its own mark."""
    mark = "" if label.endswith("?") else ":"
    return f"{label}{mark} {text}" if label else text


def _read(uow: UnitOfWork, definition_id: str) -> Labels:
    elements = {
        element.id: element
        for process in definitions.compiled(uow, definition_id).values()
        for element in process.elements.values()
    }
    manifest = definitions.manifest(uow, definition_id)
    keys = [start.form for start in manifest.starts] if manifest else []
    keys += [event.form for event in manifest.events if event.form] if manifest else []
    keys += [element.form_key for element in elements.values() if element.form_key]
    fields: dict[tuple[str, str], Field] = {}
    for form in _forms(uow, definition_id, keys):
        for field in _all(form.fields):
            if field.target is not None and field.target.kind == "case":
                fields.setdefault((field.target.section, field.target.path), field)
    return Labels(
        process_name=definitions.get(uow, definition_id).name,
        elements=elements,
        titles={one.key: one.title for one in manifest.sections} if manifest else {},
        fields=fields,
        written={
            (one.key, path): label
            for one in (manifest.sections if manifest else ())
            for path, label in one.labels.items()
        },
        personal_lanes=frozenset(rule.lane for rule in manifest.roles if rule.person)
        if manifest
        else frozenset(),
    )


def _forms(uow: UnitOfWork, definition_id: str, keys: Iterable[str]) -> Iterator[Form]:
    for key in dict.fromkeys(keys):
        yield definitions.form(uow, definition_id, key)


def _all(fields: tuple[Field, ...]) -> Iterator[Field]:
    for field in fields:
        yield field
        if field.type == "group":
            yield from _all(field.children)


_kept: dict[str, Labels] = {}
