"""What the tests of the acts can ask for."""

import pytest

from engine.storage.database import Database
from tests.builders import ManualClock
from tests.webapp.builders import Office
from tests.webapp.chain import Chain


@pytest.fixture
def office(database: Database, clock: ManualClock) -> Office:
    """Two municipalities with their people and a small process, on both databases."""
    return Office(database, clock)


@pytest.fixture
def chain(office: Office) -> Chain:
    """The office with processes under two regimes that begin each other, and a meeting."""
    return Chain(office)
