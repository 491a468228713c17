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
        found = submissions.find(uow, "k")
    assert found is not None
    assert found.outcome == {"location": "/taken"}


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
        found = submissions.find(uow, "k")
    assert found is not None
    assert found.outcome == {"n": "1"}


def test_keys_are_forgotten_after_a_week(database: Database, clock: ManualClock) -> None:
    with database.unit_of_work(ANNA) as uow:
        submissions.remember(uow, "k", {})
    clock.advance(days=8)

    with database.unit_of_work(ANNA) as uow:
        assert submissions.forget_old(uow) == 1
        assert submissions.find(uow, "k") is None


@pytest.mark.parametrize(("sent", "is_same"), [(b"a red car", True), (b"a blue car", False)])
def test_a_key_tells_whether_the_same_was_sent(database: Database, sent: bytes, is_same) -> None:
    with database.unit_of_work(ANNA) as uow:
        submissions.remember(uow, "k", {}, b"a red car")

    with database.unit_of_work(ANNA) as uow:
        found = submissions.find(uow, "k", sent)

    assert found is not None
    assert found.is_same is is_same
