"""A fresh copy of a filled installation for every fault, on SQLite and on PostgreSQL."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests import installations
from tests.conftest import copy_of_template
from tests.installations import Installation


@pytest.fixture(scope="session")
def filled_sqlite(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """An SQLite file with the region of the demo, to copy."""
    folder = tmp_path_factory.mktemp("filled-sqlite")
    path = shutil.copy(sqlite_template, folder / "uitweg.db")
    filled = Installation(f"sqlite:///{path}", folder)
    installations.fill(filled)
    return filled


@pytest.fixture(scope="session")
def filled_postgresql(
    postgresql_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """A PostgreSQL database with the region of the demo, to copy."""
    with copy_of_template(postgresql_server) as url:
        filled = Installation(url, tmp_path_factory.mktemp("filled-postgresql"))
        installations.fill(filled)
        yield filled


@pytest.fixture(params=["sqlite", "postgresql"])
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    """An installation of its own with nobody at work yet."""
    filled: Installation = request.getfixturevalue(f"filled_{request.param}")
    if request.param == "sqlite":
        yield filled.copy_to(tmp_path)
        return
    server = request.getfixturevalue("postgresql_server")
    with copy_of_template(server, template=make_url(filled.url).database) as url:
        yield Installation(url, tmp_path)
