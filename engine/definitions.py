"""Deployments of process folders, and the definitions that instances run.

A deployment is a whole folder in one version, all or nothing. The folder `gedeeld`, which others
share, is deployed by itself; every other deployment records which version of it it uses, and what
runs from it sees that version for ever.
"""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from threading import Lock
from typing import Generic, TypeVar

from sqlalchemy import bindparam, func, insert, select

from engine import findings, forms
from engine import manifest as manifests
from engine.bpmn.compile import Definition, compile_set
from engine.errors import InvalidInputError, NotFoundError, Problem
from engine.folders import pack, unpack
from engine.forms import Form
from engine.manifest import Manifest
from engine.model import Variables
from engine.storage.tables import deployment, process_definition
from engine.storage.unit_of_work import UnitOfWork

SHARED_FOLDER = findings.SHARED_FOLDER
MANIFEST = "process.toml"
KEPT_FOLDERS = 200

Files = Mapping[str, bytes]
Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True)
class ProcessDefinition:
    """One version of one process, as instances refer to it."""

    id: str
    process_id: str
    version: int
    name: str
    deployment_id: str
    start_messages: tuple[str, ...]
    start_signals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Deployment:
    """One version of a process folder.

    Attributes:
        version: counts from 1 for each folder.
        digest: of all its files and of the deployments it uses.
        uses: ids of the deployments of shared folders that it runs with.
        definitions: the processes it holds.
        is_new: False when the folder was deployed before exactly like this.
    """

    id: str
    folder: str
    version: int
    digest: str
    uses: tuple[str, ...]
    deployed_at: datetime
    deployed_by: str
    definitions: tuple[ProcessDefinition, ...]
    is_new: bool = False


_DEFINITION_COLUMNS = (
    process_definition.c.id,
    process_definition.c.process_id,
    process_definition.c.version,
    process_definition.c.name,
    process_definition.c.deployment_id,
    process_definition.c.start_messages,
    process_definition.c.start_signals,
)
_BY_ID = select(*_DEFINITION_COLUMNS).where(process_definition.c.id == bindparam("id"))
_NEWEST = (
    select(*_DEFINITION_COLUMNS)
    .where(process_definition.c.process_id == bindparam("process_id"))
    .order_by(process_definition.c.version.desc())
    .limit(1)
)
_TOP = (
    select(process_definition.c.process_id, func.max(process_definition.c.version).label("version"))
    .group_by(process_definition.c.process_id)
    .subquery()
)
_CURRENT = (
    select(process_definition.c.id)
    .join(
        _TOP,
        (_TOP.c.process_id == process_definition.c.process_id)
        & (_TOP.c.version == process_definition.c.version),
    )
    .order_by(process_definition.c.process_id)
)
_NEWEST_FOLDER = (
    select(deployment)
    .where(deployment.c.folder == bindparam("folder"))
    .order_by(deployment.c.version.desc())
    .limit(1)
)


def deploy(uow: UnitOfWork, files: Files, *, topics: Collection[str] | None = None) -> Deployment:
    """Store a folder as its next version; the newest version is what new instances run.

    Deploying the same files again changes nothing and gives the version that is there.

    Args:
        files: the folder, keys `<folder>/<path>`, with or without the folder `gedeeld` beside it;
            without, it runs with the `gedeeld` that was deployed last. Keys without a folder are
            one nameless folder.
        topics: topics of service tasks that have a handler; None does not look.

    Raises:
        InvalidInputError: with every Problem; nothing is stored.
    """
    uow.one_at_a_time("deploy")
    folders = _by_folder(files)
    shared = folders.pop(SHARED_FOLDER, None)
    if len(folders) > 1:
        raise InvalidInputError([_too_many(folders)], "several_folders")
    uses = _shared_deployments(uow) if folders and shared is None else ()
    whole = {**_files_of(uow, uses), **files}
    problems = [found for found in findings.check(whole) if found.severity == "error"]
    problems += _unhandled(whole, topics) if topics is not None and not problems else []
    if problems:
        raise InvalidInputError(problems, "invalid_definition")
    if shared is not None:
        below = _store(uow, SHARED_FOLDER, shared, ())
        if not folders:
            return below
        uses = (below.id,)
    ((folder, own),) = folders.items()
    return _store(uow, folder, own, uses)


def latest(uow: UnitOfWork, process_id: str) -> ProcessDefinition:
    """The version that new instances of a process run.

    Raises:
        NotFoundError: process_not_found.
    """
    row = uow.connection.execute(_NEWEST, {"process_id": process_id}).one_or_none()
    if row is None:
        raise NotFoundError("process_not_found", process_id=process_id)
    return _definition(*row)


def current(uow: UnitOfWork) -> tuple[ProcessDefinition, ...]:
    """The newest version of every process, by process id."""
    return tuple(get(uow, row.id) for row in uow.connection.execute(_CURRENT))


def get(uow: UnitOfWork, definition_id: str) -> ProcessDefinition:
    """A version by its id.

    Raises:
        NotFoundError: definition_not_found.
    """
    known = _known.get(definition_id)
    if known is None:
        row = uow.connection.execute(_BY_ID, {"id": definition_id}).one_or_none()
        if row is None:
            raise NotFoundError("definition_not_found", definition_id=definition_id)
        known = _known.put(definition_id, _definition(*row))
    return known


def load(uow: UnitOfWork, definition_id: str) -> Definition:
    """What the interpreter runs; compiled once in each process."""
    found = get(uow, definition_id)
    return _folder(uow, found.deployment_id).compiled[found.process_id]


def compiled(uow: UnitOfWork, definition_id: str) -> Mapping[str, Definition]:
    """Every process of the version by id, those that it calls included."""
    return _folder(uow, get(uow, definition_id).deployment_id).compiled


def files(uow: UnitOfWork, definition_id: str) -> Files:
    """Every file of the version, those of the shared folder it uses included."""
    return _folder(uow, get(uow, definition_id).deployment_id).files


def manifest(uow: UnitOfWork, definition_id: str) -> Manifest | None:
    """What the manifest of the folder says; None for a folder without one."""
    return _folder(uow, get(uow, definition_id).deployment_id).manifest


def form(uow: UnitOfWork, definition_id: str, form_key: str) -> Form:
    """A form of the version by its id.

    Raises:
        NotFoundError: form_not_found.
    """
    found = _folder(uow, get(uow, definition_id).deployment_id).forms.get(form_key)
    if found is None:
        raise NotFoundError("form_not_found", form_key=form_key)
    return found


def diagram(uow: UnitOfWork, definition_id: str, process_id: str | None = None) -> bytes:
    """The BPMN file that draws a process; by default the definition's own, or one it calls.

    Raises:
        NotFoundError: diagram_not_found.
    """
    found = get(uow, definition_id)
    wanted = process_id or found.process_id
    pattern = re.compile(rb'<(\w+:)?process\b[^>]*\bid="' + re.escape(wanted.encode()) + b'"')
    for path, content in _folder(uow, found.deployment_id).files.items():
        if path.endswith(".bpmn") and pattern.search(content):
            return content
    raise NotFoundError("diagram_not_found", process_id=wanted)


def candidate(
    uow: UnitOfWork, definition_id: str, lane: str | None, variables: Variables
) -> tuple[str | None, str]:
    """The role that a lane stands for, and who may take a task of it now.

    A folder without manifest has no roles: there the name of the lane is both.

    Raises:
        StepError: the manifest names no role for the lane, or the variable it needs is empty.
    """
    folder = _folder(uow, get(uow, definition_id).deployment_id)
    for each in folder.manifests:
        rule = each.rule_of(lane)
        if rule is not None:
            return rule.role, each.candidate(lane, variables)
    if folder.manifest is not None and folder.manifest.roles:
        return None, folder.manifest.candidate(lane, variables)
    return lane, lane or ""


@dataclass(frozen=True)
class _Folder:
    """A deployment with all it runs with, read once in each process."""

    files: Files
    own_manifest: str
    compiled: Mapping[str, Definition] = field(repr=False)

    @cached_property
    def manifest(self) -> Manifest | None:
        content = self.files.get(self.own_manifest)
        return manifests.load(content, file=self.own_manifest) if content else None

    @cached_property
    def manifests(self) -> tuple[Manifest, ...]:
        """The folder's own first."""
        others = (path for path in self.files if path.rpartition("/")[2] == MANIFEST)
        read = [self.manifest] if self.manifest else []
        for path in sorted(set(others) - {self.own_manifest}):
            read.append(manifests.load(self.files[path], file=path))
        return tuple(read)

    @cached_property
    def forms(self) -> Mapping[str, Form]:
        read = [
            forms.load(content, file=path)
            for path, content in self.files.items()
            if path.endswith(".form")
        ]
        return {form.id: form for form in read}


class _Kept(Generic[Kept]):
    """What never changes once it was read, kept by id up to a number of them."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._entries: OrderedDict[str, Kept] = OrderedDict()
        self._lock = Lock()

    def get(self, key: str) -> Kept | None:
        return self._entries.get(key)

    def put(self, key: str, entry: Kept) -> Kept:
        with self._lock:
            self._entries[key] = entry
            while len(self._entries) > self._size:
                self._entries.popitem(last=False)
        return entry


def _by_folder(files: Files) -> dict[str, dict[str, bytes]]:
    folders: dict[str, dict[str, bytes]] = {}
    nameless = any("/" not in path for path in files)
    for path, content in files.items():
        folder = "" if nameless else path.partition("/")[0]
        folders.setdefault(folder, {})[path] = content
    return folders


def _too_many(folders: Collection[str]) -> Problem:
    return Problem(
        sorted(folders)[1],
        None,
        "several_folders",
        "error",
        "More than one process folder was given.",
        "Deploy them one after the other.",
    )


def _unhandled(files: Files, topics: Collection[str]) -> list[Problem]:
    return [
        Problem(
            process_id,
            element.id,
            "topic_without_handler",
            "error",
            f"Nobody handles the topic {element.topic!r}.",
            "Write a handler for it in handlers.py, or name a topic that has one.",
        )
        for process_id, compiled in compile_set(files).items()
        for element in compiled.elements.values()
        if element.topic and element.topic not in topics
    ]


def _shared_deployments(uow: UnitOfWork) -> tuple[str, ...]:
    row = uow.connection.execute(_NEWEST_FOLDER, {"folder": SHARED_FOLDER}).one_or_none()
    return (row.id,) if row is not None else ()


def _store(uow: UnitOfWork, folder: str, files: Files, uses: tuple[str, ...]) -> Deployment:
    digest = _digest(files, uses)
    before = uow.connection.execute(_NEWEST_FOLDER, {"folder": folder}).one_or_none()
    if before is not None and before.digest == digest:
        return Deployment(
            before.id,
            folder,
            before.version,
            digest,
            uses,
            before.deployed_at,
            before.deployed_by,
            _definitions_of(uow, before.id),
        )
    deployment_id, version = uow.new_id(), before.version + 1 if before is not None else 1
    uow.connection.execute(
        insert(deployment),
        {
            "id": deployment_id,
            "folder": folder,
            "version": version,
            "digest": digest,
            "uses": list(uses),
            "deployed_at": uow.now,
            "deployed_by": uow.actor.id,
            "files": pack(files),
        },
    )
    definitions = _define(uow, deployment_id, files, uses)
    return Deployment(
        deployment_id, folder, version, digest, uses, uow.now, uow.actor.id, definitions, True
    )


def _define(
    uow: UnitOfWork, deployment_id: str, files: Files, uses: tuple[str, ...]
) -> tuple[ProcessDefinition, ...]:
    below = _files_of(uow, uses)
    shared = compile_set(below).keys() if _has_processes(below) else set()
    compiled = compile_set({**below, **files}) if _has_processes(files) else {}
    made = [
        ProcessDefinition(
            uow.new_id(),
            process_id,
            _next_version(uow, process_id),
            found.name or process_id,
            deployment_id,
            tuple(found.start_messages),
            tuple(found.start_signals),
        )
        for process_id, found in compiled.items()
        if process_id not in shared
    ]
    if made:
        uow.connection.execute(
            insert(process_definition),
            [
                {
                    "id": each.id,
                    "process_id": each.process_id,
                    "version": each.version,
                    "name": each.name,
                    "deployment_id": each.deployment_id,
                    "start_messages": list(each.start_messages),
                    "start_signals": list(each.start_signals),
                }
                for each in made
            ],
        )
    return tuple(made)


def _has_processes(files: Files) -> bool:
    return any(path.endswith(".bpmn") for path in files)


def _next_version(uow: UnitOfWork, process_id: str) -> int:
    top = uow.connection.execute(
        select(func.max(process_definition.c.version)).where(
            process_definition.c.process_id == process_id
        )
    ).scalar()
    return (top or 0) + 1


def _definitions_of(uow: UnitOfWork, deployment_id: str) -> tuple[ProcessDefinition, ...]:
    rows = uow.connection.execute(
        select(*_DEFINITION_COLUMNS)
        .where(process_definition.c.deployment_id == deployment_id)
        .order_by(process_definition.c.id)
    )
    return tuple(_definition(*row) for row in rows)


def _definition(
    definition_id: str,
    process_id: str,
    version: int,
    name: str,
    deployment_id: str,
    start_messages: list[str],
    start_signals: list[str],
) -> ProcessDefinition:
    return ProcessDefinition(
        definition_id,
        process_id,
        version,
        name,
        deployment_id,
        tuple(start_messages),
        tuple(start_signals),
    )


def _folder(uow: UnitOfWork, deployment_id: str) -> _Folder:
    found = _folders.get(deployment_id)
    if found is None:
        with _compiling:  # at most one thread compiles; the others find it done
            found = _folders.get(deployment_id) or _folders.put(
                deployment_id, _read(uow, deployment_id)
            )
    return found


def _read(uow: UnitOfWork, deployment_id: str) -> _Folder:
    row = uow.connection.execute(
        select(deployment.c.folder, deployment.c.uses, deployment.c.files).where(
            deployment.c.id == deployment_id
        )
    ).one()
    whole = {**_files_of(uow, row.uses), **unpack(row.files)}
    own_manifest = f"{row.folder}/{MANIFEST}" if row.folder else MANIFEST
    return _Folder(whole, own_manifest, compile_set(whole))


def _files_of(uow: UnitOfWork, deployment_ids: Collection[str]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for deployment_id in deployment_ids:
        packed = uow.connection.execute(
            select(deployment.c.files).where(deployment.c.id == deployment_id)
        ).scalar_one()
        found.update(unpack(packed))
    return found


def _digest(files: Files, uses: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for path, content in sorted(files.items()):
        digest.update(f"{len(path)}:{path}{hashlib.sha256(content).hexdigest()}".encode())
    digest.update(" ".join(uses).encode())
    return digest.hexdigest()


_known: _Kept[ProcessDefinition] = _Kept(KEPT_FOLDERS * 10)
_folders: _Kept[_Folder] = _Kept(KEPT_FOLDERS)
_compiling = Lock()
