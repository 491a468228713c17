"""An idempotency key has one effect."""

import pytest

from engine import submissions
from engine.errors import ConflictError
from engine.storage.database import Database
from tests.builders import ANNA, BRAM, ManualClock


def test_the_outcome_of_a_submission_is_found_again(database: Database) -> None:
    with database.unit_of_work(ANNA) as uow:
        submissions.remember(uow, "k", {"location": "/taken"})

    with database.unit_of_work(ANNA) as uow:
        assert submissions.find(uow, "k") == {"location": "/taken"}


def test_a_key_belongs_to_its_actor(database: Database) -> None:
    with database.unit_of_work(ANNA) as uow:
        submissions.remember(uow, "k", {})

    with database.unit_of_work(BRAM) as uow:
        assert submissions.find(uow, "k") is None


def test_a_key_is_handled_once(database: Database) -> None:
    with database.unit_of_work(ANNA) as uow:
        submissions.remember(uow, "k", {"n": "1"})

    with pytest.raises(ConflictError), database.unit_of_work(ANNA) as uow:
        submissions.remember(uow, "k", {"n": "2"})

    with database.unit_of_work(ANNA) as uow:
        assert submissions.find(uow, "k") == {"n": "1"}


def test_keys_are_forgotten_after_a_week(database: Database, clock: ManualClock) -> None:
    with database.unit_of_work(ANNA) as uow:
        submissions.remember(uow, "k", {})
    clock.advance(days=8)

    with database.unit_of_work(ANNA) as uow:
        assert submissions.forget_old(uow) == 1
        assert submissions.find(uow, "k") is None
