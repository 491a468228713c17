"""Keys per case, and what cannot be read without them."""

import pytest

from engine.errors import NotFoundError, UnavailableError
from engine.storage.crypto import Keyring
from engine.storage.database import Database
from tests.builders import ANNA, MASTER_KEY, ManualClock

PLACE = {"table": "t", "column": "c", "row": "1"}


def test_what_was_encrypted_can_be_read_by_another_process(
    database: Database, database_url: str, clock: ManualClock
) -> None:
    with database.unit_of_work(ANNA) as uow:
        key_id = uow.keyring.new_key(uow)
        sealed = uow.keyring.encrypt(key_id, b"secret", **PLACE)

    other = Database(database_url, Keyring(MASTER_KEY), clock)
    with other.unit_of_work(ANNA) as uow:
        assert uow.keyring.decrypt(key_id, sealed, **PLACE) == b"secret"
    other.close()
    assert b"secret" not in sealed


@pytest.mark.parametrize("name", ["table", "column", "row"])
def test_a_value_moved_to_another_place_cannot_be_read(database: Database, name: str) -> None:
    with database.unit_of_work(ANNA) as uow:
        key_id = uow.keyring.new_key(uow)
        sealed = uow.keyring.encrypt(key_id, b"secret", **PLACE)

        with pytest.raises(UnavailableError, match="data_damaged"):
            uow.keyring.decrypt(key_id, sealed, **PLACE | {name: "other"})


def test_the_same_value_is_never_encrypted_to_the_same_bytes(database: Database) -> None:
    with database.unit_of_work(ANNA) as uow:
        key_id = uow.keyring.new_key(uow)

        sealed = {uow.keyring.encrypt(key_id, b"secret", **PLACE) for _ in range(20)}

    assert len(sealed) == 20


def test_destroying_a_key_destroys_what_it_encrypted(database: Database) -> None:
    with database.unit_of_work(ANNA) as uow:
        key_id = uow.keyring.new_key(uow)
        sealed = uow.keyring.encrypt(key_id, b"secret", **PLACE)
    with database.unit_of_work(ANNA) as uow:
        uow.keyring.destroy(uow, key_id)

    with database.unit_of_work(ANNA) as uow, pytest.raises(NotFoundError):
        uow.keyring.decrypt(key_id, sealed, **PLACE)


def test_a_key_destroyed_elsewhere_is_forgotten_after_some_minutes(
    database: Database, database_url: str, clock: ManualClock
) -> None:
    with database.unit_of_work(ANNA) as uow:
        key_id = uow.keyring.new_key(uow)
        sealed = uow.keyring.encrypt(key_id, b"secret", **PLACE)
    other = Database(database_url, Keyring(MASTER_KEY), clock)
    with other.unit_of_work(ANNA) as uow:
        uow.keyring.destroy(uow, key_id)
    other.close()
    clock.advance(minutes=6)

    with database.unit_of_work(ANNA) as uow, pytest.raises(NotFoundError):
        uow.keyring.decrypt(key_id, sealed, **PLACE)


def test_another_master_key_opens_nothing(database: Database, database_url: str) -> None:
    with database.unit_of_work(ANNA) as uow:
        key_id = uow.keyring.new_key(uow)
        sealed = uow.keyring.encrypt(key_id, b"secret", **PLACE)

    other = Database(database_url, Keyring(bytes(32)), database.clock)
    with other.unit_of_work(ANNA) as uow, pytest.raises(UnavailableError, match="other_master"):
        uow.keyring.decrypt(key_id, sealed, **PLACE)
    other.close()


def test_derived_keys_differ_by_purpose() -> None:
    keyring = Keyring(MASTER_KEY)

    assert keyring.derive("audit") == keyring.derive("audit")
    assert keyring.derive("audit") != keyring.derive("index")
