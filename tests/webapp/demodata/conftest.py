"""A small demo that was filled once, for all tests that look at it."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.storage.crypto import Keyring
from engine.storage.database import Database
from tests.builders import MASTER_KEY
from webapp.demodata import filling
from webapp.demodata.clocks import SetClock
from webapp.demodata.filling import Filled

NOW = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
# The first stories, which together show every stage.
CASES = 9


@dataclass(frozen=True, slots=True)
class Demo:
    """What came of filling it, and where it is.

    Attributes:
        told: how many times somebody was told how far it was.
    """

    database: Database
    folder: Path
    filled: Filled
    told: int


@pytest.fixture(scope="package")
def demo(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo with a few cases; tests only read it."""
    folder = tmp_path_factory.mktemp("demo")
    path = shutil.copy(sqlite_template, folder / "uitweg.db")
    clock = SetClock(filling.begin_of(NOW))
    database = Database(f"sqlite:///{path}", Keyring(MASTER_KEY), clock)
    told: list[object] = []
    filling.prepare(database, folder)
    filled = filling.fill(database, clock, NOW, number=CASES, seed=1, tell=told.append)
    yield Demo(database, folder, filled, len(told))
    database.close()
