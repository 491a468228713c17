"""The newest version of each folder, and its files."""

import pytest

from engine import definitions, folders
from engine.errors import NotFoundError
from engine.storage.database import Database
from tests import diagrams
from tests.builders import ANNA


def test_of_each_folder_the_newest_version_is_given_with_its_own_files(database: Database) -> None:
    shared = {"gedeeld/proef.bpmn": diagrams.ONE_TASK}
    first, second = ({"eigen/twee.bpmn": _named(name)} for name in ("Eerst", "Toen"))

    with database.unit_of_work(ANNA) as uow:
        for files in (shared, first, second):
            definitions.deploy(uow, files)
        found = folders.newest_of_each(uow)
        newest = folders.newest(uow, "eigen")
        kept = folders.files(uow, newest.id)

    assert [(each.folder, each.version) for each in found] == [("eigen", 2), ("gedeeld", 1)]
    assert newest == found[0]
    assert newest.uses == (found[1].id,)
    assert newest.deployed_by == ANNA.id
    assert kept == second


def test_what_was_never_deployed_is_not_found(database: Database) -> None:
    with database.unit_of_work(ANNA) as uow:
        for ask in (folders.newest, folders.get, folders.files):
            with pytest.raises(NotFoundError):
                ask(uow, "onbekend")


def test_the_same_files_are_stored_as_the_same_bytes() -> None:
    files = {"a/b.bpmn": b"een", "a/a.dmn": b"twee"}

    packed = folders.pack(files)

    assert packed == folders.pack(dict(reversed(files.items())))
    assert folders.unpack(packed) == files


def _named(name: str) -> bytes:
    return diagrams.ONE_TASK.replace(b'"Beoordeel"', f'"{name}"'.encode()).replace(
        b'<process id="proef"', b'<process id="twee"'
    )
