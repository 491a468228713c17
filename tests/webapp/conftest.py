"""What the tests of the pages can ask for."""

import pytest

from engine.storage.database import Database
from tests.builders import ManualClock
from tests.webapp.builders import Office
from tests.webapp.visitors import Web


@pytest.fixture
def office(database: Database, clock: ManualClock) -> Office:
    """Two municipalities with their people and a small process, on both databases."""
    return Office(database, clock)


@pytest.fixture
def web(office: Office) -> Web:
    """The application over the office."""
    return Web(office)
