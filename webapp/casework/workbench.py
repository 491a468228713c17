"""A process folder as its owners have it before them: what is published, and what they changed.

Nothing here asks the database; `webapp.casework.drafts` reads and writes.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import orjson

from engine import findings
from engine.bpmn import reading
from engine.errors import InvalidInputError, Problem
from engine.folders import Files, FolderVersion

DIAGRAM, TABLE, FORM = ".bpmn", ".dmn", ".form"
NO_FILE = ""

_ORDER = {DIAGRAM: 0, TABLE: 1, FORM: 2}


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one file.

    Attributes:
        revision: counts from 1 in the draft of the folder.
        path: inside the folder.
        is_removed: whether the file was taken out.
        changed_by: id of the account.
    """

    id: str
    revision: int
    path: str
    is_removed: bool
    changed_at: datetime
    changed_by: str


@dataclass(frozen=True)
class Workbench:
    """One folder.

    Attributes:
        newest: what is published.
        base: what the draft began with; the newest when there is no draft.
        published, began_with: the files of these two.
        changes: of the draft, in order; none without a draft.
        files: the files as they would be published, keys `<folder>/<path>` as in all three.
    """

    folder: str
    newest: FolderVersion
    base: FolderVersion
    published: Files
    began_with: Files
    changes: tuple[Change, ...]
    files: Files

    @property
    def draft_id(self) -> str:
        """What the draft is now: the id of its last change, "" when there is none."""
        return self.changes[-1].id if self.changes else ""

    @property
    def is_behind(self) -> bool:
        """Whether another version was published since the draft began."""
        return self.base.id != self.newest.id

    @cached_property
    def changed(self) -> tuple[str, ...]:
        """Paths of what the draft makes different from the version it began with."""
        return self._inside(_differing(self.began_with, self.files))

    @cached_property
    def changed_elsewhere(self) -> tuple[str, ...]:
        """Paths of what the newest version has different from the version the draft began with."""
        return self._inside(_differing(self.began_with, self.published))

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Of its files: diagrams first, the manifest last."""
        inside = self._inside(self.files)
        return tuple(sorted(inside, key=lambda path: (_ORDER.get(kind_of(path), 9), path)))

    def content(self, path: str) -> bytes | None:
        """A file of the draft, None when it is not there."""
        return self.files.get(f"{self.folder}/{path}")

    def last_change(self, path: str) -> Change | None:
        """The last change of a file in this draft."""
        return next((each for each in reversed(self.changes) if each.path == path), None)

    def _inside(self, whole: Collection[str]) -> tuple[str, ...]:
        return tuple(sorted(path.removeprefix(f"{self.folder}/") for path in whole))


def problems(bench: Workbench, shared: Files) -> tuple[Problem, ...]:
    """What is wrong with the folder as it would be published, and what is only advice for it.

    Args:
        shared: the files that it would run with beside its own.
    """
    own = f"{bench.folder}/"
    found = findings.check({**shared, **bench.files})
    return tuple(each for each in found if each.severity == "error" or each.file.startswith(own))


def element_names(files: Files) -> dict[tuple[str, str], str]:
    """Names of elements as they are drawn, by file and id; a broken diagram has none."""
    named = {}
    for path, content in files.items():
        if not path.endswith(DIAGRAM):
            continue
        try:
            diagram = reading.read(content, file=path)
        except InvalidInputError:
            continue
        for process in diagram.processes.values():
            for element in process.elements.values():
                named[path, element.id] = element.name
    return named


def form_choices(files: Files) -> dict[str, str]:
    """The forms that a task can show: what each is called, by its id; a broken one is left out."""
    found = {}
    for path in sorted(files):
        if not path.endswith(FORM):
            continue
        try:
            document = orjson.loads(files[path])
        except orjson.JSONDecodeError:
            continue
        if isinstance(document, dict) and isinstance(document.get("id"), str):
            found[document["id"]] = str(document.get("name") or document["id"])
    return found


def digest(content: bytes | None) -> str:
    """What a file is, in short; `NO_FILE` when it is not there."""
    return NO_FILE if content is None else hashlib.sha256(content).hexdigest()


def kind_of(path: str) -> str:
    """What a file is, by its name: ".bpmn", ".dmn", ".form" or ".toml"."""
    return path[path.rfind(".") :]


def _differing(before: Files, after: Files) -> set[str]:
    """Paths of what was added, changed or taken out."""
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
