"""Migrations keep what lies in the tables, on both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import MetaData, insert, select

from engine import folders
from engine.storage.crypto import Keyring
from engine.storage.database import MIGRATIONS, Database, migrate
from engine.storage.tables import process_definition, process_instance
from tests import diagrams
from tests.builders import MASTER_KEY, ManualClock
from tests.conftest import copy_of_template

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without a table."""
    if request.param == "sqlite":
        opened = Database(f"sqlite:///{tmp_path / 'leeg.db'}", Keyring(MASTER_KEY), ManualClock())
        yield opened
        opened.close()
        return
    server = request.getfixturevalue("postgresql_server")
    with copy_of_template(server, "template1") as url:
        opened = Database(url, Keyring(MASTER_KEY), ManualClock())
        yield opened
        opened.close()


def test_what_was_deployed_before_begins_with_the_signals_it_draws(empty: Database) -> None:
    _upgrade(empty, "0001")
    _insert_old(empty)

    migrate(empty)

    with empty.engine.connect() as connection:
        found = connection.execute(
            select(process_definition.c.process_id, process_definition.c.start_signals).order_by(
                process_definition.c.process_id
            )
        )
        assert [tuple(row) for row in found] == [("bij_alarm", ["alarm"]), ("proef", [])]
        callers = connection.execute(
            select(process_instance.c.id, process_instance.c.caller_id, process_instance.c.state)
        )
        assert [tuple(row) for row in callers] == [("i", None, b"x")]


def _upgrade(database: Database, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.engine.connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def _insert_old(database: Database) -> None:
    """A deployment with two processes and an instance, as the first tables hold them."""
    old = MetaData()
    with database.engine.connect() as connection, connection.begin():
        old.reflect(connection)
        files = folders.pack({"a.bpmn": diagrams.BEGINS_BY_SIGNAL, "b.bpmn": diagrams.ONE_TASK})
        rows: dict[str, list[dict[str, object]]] = {
            "deployment": [
                {
                    "id": "d",
                    "folder": "a",
                    "version": 1,
                    "digest": "x",
                    "uses": [],
                    "deployed_at": NOW,
                    "deployed_by": "anna",
                    "files": files,
                }
            ],
            "process_definition": [
                {
                    "id": process_id,
                    "process_id": process_id,
                    "version": 1,
                    "name": process_id,
                    "deployment_id": "d",
                    "start_messages": [],
                }
                for process_id in ("bij_alarm", "proef")
            ],
            "data_key": [{"id": "k", "master_key_id": "m", "created_at": NOW}],
            "process_instance": [
                {
                    "id": "i",
                    "process_id": "proef",
                    "definition_id": "proef",
                    "business_key": "S-1",
                    "status": "active",
                    "revision": 1,
                    "history_length": 1,
                    "calendar": "",
                    "started_at": NOW,
                    "started_by": "anna",
                    "key_id": "k",
                    "codec_version": 1,
                    "state": b"x",
                }
            ],
        }
        for name, values in rows.items():
            connection.execute(insert(old.tables[name]), values)
