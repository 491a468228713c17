"""Drafts of process folders: what owners change, file by file, before they publish it together.

A folder has one draft, which its owners share. It is kept as the changes on the version that it
began with, so what a colleague saved over is still there. Whoever saves says which content they had
before them: when the file is another one by now it is a conflict; another file is none.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from sqlalchemy import delete, insert, select, update

from engine import definitions, folders
from engine.definitions import MANIFEST, SHARED_FOLDER, Deployment
from engine.errors import ConflictError, InvalidInputError, NotFoundError, Problem
from engine.folders import Files, FolderVersion
from engine.storage.unit_of_work import UnitOfWork
from webapp.casework import deployments
from webapp.casework.access import Action, Person, Subject, require
from webapp.casework.tables import process_draft
from webapp.casework.workbench import DIAGRAM, Change, Workbench, digest

LARGEST_FILE = 1024 * 1024
LONGEST_PATH = 120

# As the folders of processes/ are written; what is there already may be named otherwise.
_PATH = re.compile(r"(?:[a-z0-9][a-z0-9_-]*/)?[a-z0-9][a-z0-9_-]*\.(?:bpmn|dmn|form)", re.ASCII)
_COLUMNS = (
    process_draft.c.id,
    process_draft.c.revision,
    process_draft.c.path,
    process_draft.c.content.is_(None),
    process_draft.c.changed_at,
    process_draft.c.changed_by,
)


@dataclass(frozen=True, slots=True)
class FolderLine:
    """A folder in the list of all.

    Attributes:
        processes: names of the processes that its newest version holds.
        changes: of its draft.
    """

    newest: FolderVersion
    diagrams: tuple[str, ...]
    processes: tuple[str, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Published:
    """What became of a draft.

    Attributes:
        changed: paths of the files that differ from the version before.
    """

    deployment: Deployment
    changed: tuple[str, ...]


def overview(uow: UnitOfWork, person: Person) -> tuple[FolderLine, ...]:
    """Every folder that was ever deployed, by name.

    Raises:
        NotFoundError: it is not for this person; so with every function here.
    """
    _require(person)
    names: dict[str, list[str]] = {}
    for definition in definitions.current(uow):
        names.setdefault(definition.deployment_id, []).append(definition.name)
    changes: dict[str, list[Change]] = {}
    rows = select(process_draft.c.folder, *_COLUMNS).order_by(process_draft.c.revision)
    for folder, *change in uow.connection.execute(rows):
        changes.setdefault(folder, []).append(Change(*change))
    return tuple(
        FolderLine(
            newest,
            tuple(_diagrams(folders.files(uow, newest.id))),
            tuple(sorted(names.get(newest.id, ()))),
            tuple(changes.get(newest.folder, ())),
        )
        for newest in folders.newest_of_each(uow)
        if newest.folder
    )


def open_folder(uow: UnitOfWork, person: Person, folder: str) -> Workbench:
    """A folder with its draft.

    Raises:
        NotFoundError: folder_not_found.
    """
    _require(person)
    newest = folders.newest(uow, folder)
    published = folders.files(uow, newest.id)
    rows = uow.connection.execute(
        select(process_draft.c.base_deployment, process_draft.c.content, *_COLUMNS)
        .where(process_draft.c.folder == folder)
        .order_by(process_draft.c.revision)
    ).all()
    base, began_with = newest, published
    if rows and rows[0].base_deployment != newest.id:
        base = folders.get(uow, rows[0].base_deployment)
        began_with = folders.files(uow, base.id)
    files, changes = dict(began_with), []
    for _, content, *columns in rows:
        change = Change(*columns)
        changes.append(change)
        _put(files, folder, change.path, content)
    return Workbench(folder, newest, base, published, began_with, tuple(changes), files)


def shared_files(uow: UnitOfWork, folder: str) -> Files:
    """The files that a folder would run with beside its own, as they are published now."""
    if folder == SHARED_FOLDER:
        return {}
    try:
        return folders.files(uow, folders.newest(uow, SHARED_FOLDER).id)
    except NotFoundError:
        return {}


def after_change(
    uow: UnitOfWork, person: Person, folder: str, change_id: str
) -> tuple[Change, bytes]:
    """A file as it was after one change, also when another was saved over it.

    Raises:
        NotFoundError: change_not_found, or the change took the file out.
    """
    _require(person)
    row = uow.connection.execute(
        select(process_draft.c.content, *_COLUMNS).where(
            process_draft.c.id == change_id, process_draft.c.folder == folder
        )
    ).one_or_none()
    if row is None or row.content is None:
        raise NotFoundError("change_not_found", change_id=change_id)
    content, *columns = row
    return Change(*columns), content


def save(
    uow: UnitOfWork, person: Person, folder: str, path: str, content: bytes | None, *, seen: str
) -> Workbench:
    """Put a file into the draft of a folder; one that is the same already changes nothing.

    Args:
        path: inside the folder.
        content: None takes the file out.
        seen: `digest` of the content that was changed, `NO_FILE` for a new file.

    Raises:
        ConflictError: file_changed, the file is not as it was seen; carries who and when.
        InvalidInputError: with the Problem of a file that no folder can hold.
    """
    _lock(uow, folder)
    bench = open_folder(uow, person, folder)
    present = bench.content(path)
    if content == present:
        return bench
    if digest(present) != seen:
        raise _changed_by_another(bench, path)
    refuse_unfit(bench, path, content)
    change = Change(
        id=uow.new_id(),
        revision=bench.changes[-1].revision + 1 if bench.changes else 1,
        path=path,
        is_removed=content is None,
        changed_at=uow.now,
        changed_by=person.id,
    )
    uow.connection.execute(
        insert(process_draft),
        {
            "id": change.id,
            "folder": folder,
            "revision": change.revision,
            "base_deployment": bench.base.id,
            "path": path,
            "content": content,
            "changed_at": change.changed_at,
            "changed_by": change.changed_by,
        },
    )
    files = dict(bench.files)
    _put(files, folder, path, content)
    return replace(bench, changes=(*bench.changes, change), files=files)


def refuse_unfit(bench: Workbench, path: str, content: bytes | None) -> None:
    """Refuse what no folder can hold; what is wrong inside a file the checks say.

    Raises:
        InvalidInputError: with the Problem.
    """
    problem = _unfit(bench, path, content)
    if problem is not None:
        raise InvalidInputError([problem], "unfit_file")


def go_on_from_newest(uow: UnitOfWork, person: Person, folder: str, *, seen: str) -> None:
    """Let the draft begin with the newest version: what it changed stays, the rest is the newest's.

    Args:
        seen: `draft_id` of what was shown.

    Raises:
        ConflictError: draft_changed, it is not as it was seen; carries who and when.
    """
    _lock(uow, folder)
    bench = _as_seen(uow, person, folder, seen)
    # A file that was changed and changed back is not the draft's: it would undo the newest's.
    undone = {each.path for each in bench.changes} - set(bench.changed)
    of_folder = process_draft.c.folder == folder
    uow.connection.execute(
        delete(process_draft).where(of_folder, process_draft.c.path.in_(sorted(undone)))
    )
    uow.connection.execute(
        update(process_draft).where(of_folder).values(base_deployment=bench.newest.id)
    )


def publish(
    uow: UnitOfWork, person: Person, folder: str, *, seen: str, topics: Collection[str]
) -> Published:
    """Make the draft the version that new cases run; then the draft is done.

    Args:
        seen: `draft_id` of what was shown.
        topics: of the service tasks that have a handler.

    Raises:
        InvalidInputError: with every Problem; the draft stays as it was.
        ConflictError: draft_changed, it is not as it was seen; version_published, another version
            became the newest meanwhile. Both carry who and when.
    """
    _lock(uow, folder)
    bench = _as_seen(uow, person, folder, seen)
    if bench.is_behind:
        newest = bench.newest
        raise ConflictError("version_published", by=newest.deployed_by, at=newest.deployed_at)
    made = deployments.deploy(uow, bench.files, topics=topics)
    _drop(uow, folder)
    return Published(made, bench.changed)


def discard(uow: UnitOfWork, person: Person, folder: str, *, seen: str) -> None:
    """Throw the draft of a folder away.

    Args:
        seen: `draft_id` of what was shown.

    Raises:
        ConflictError: draft_changed, it is not as it was seen; carries who and when.
    """
    _lock(uow, folder)
    _as_seen(uow, person, folder, seen)
    _drop(uow, folder)


def _require(person: Person) -> None:
    require(person, Action.DEPLOY_PROCESS, Subject())


def _lock(uow: UnitOfWork, folder: str) -> None:
    uow.one_at_a_time(f"draft of {folder}")


def _as_seen(uow: UnitOfWork, person: Person, folder: str, seen: str) -> Workbench:
    """The folder with its draft, when that is what somebody looked at."""
    bench = open_folder(uow, person, folder)
    if bench.draft_id == seen and bench.changes:
        return bench
    if bench.changes:
        last = bench.changes[-1]
        raise ConflictError("draft_changed", by=last.changed_by, at=last.changed_at)
    raise ConflictError("draft_changed", by=bench.newest.deployed_by, at=bench.newest.deployed_at)


def _changed_by_another(bench: Workbench, path: str) -> ConflictError:
    change = bench.last_change(path)
    if change is not None:
        return ConflictError("file_changed", by=change.changed_by, at=change.changed_at)
    newest = bench.newest
    return ConflictError("file_changed", by=newest.deployed_by, at=newest.deployed_at)


def _drop(uow: UnitOfWork, folder: str) -> None:
    uow.connection.execute(delete(process_draft).where(process_draft.c.folder == folder))


def _put(files: dict[str, bytes], folder: str, path: str, content: bytes | None) -> None:
    if content is None:
        files.pop(f"{folder}/{path}", None)
    else:
        files[f"{folder}/{path}"] = content


def _diagrams(files: Files) -> Iterator[str]:
    for path in sorted(files):
        if path.endswith(DIAGRAM):
            yield path.partition("/")[2]


def _unfit(bench: Workbench, path: str, content: bytes | None) -> Problem | None:
    file = f"{bench.folder}/{path}"
    if content is None:
        return _manifest_needed(file) if path == MANIFEST else None
    is_there = bench.content(path) is not None or path == MANIFEST
    if not is_there and (len(path) > LONGEST_PATH or not _PATH.fullmatch(path)):
        return Problem(
            file,
            None,
            "file_name",
            "error",
            "A file of a folder cannot be called this.",
            "Use small letters, digits and hyphens, and end with .bpmn, .dmn or .form.",
        )
    if len(content) > LARGEST_FILE:
        return Problem(
            file, None, "file_too_large", "error", "The file is too large.", "Split it up."
        )
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return Problem(
            file, None, "file_not_text", "error", "The file is no text.", "Save it as UTF-8."
        )
    return None


def _manifest_needed(file: str) -> Problem:
    return Problem(
        file,
        None,
        "manifest_needed",
        "error",
        "A folder cannot do without its manifest.",
        "Change it instead.",
    )
