"""The ground: transactions, moments, migrations."""

import sqlite3
from datetime import UTC, datetime, timedelta, timezone

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import func, insert, make_url, select
from sqlalchemy.exc import DBAPIError, StatementError

from engine import submissions
from engine.errors import ConflictError, UnavailableError
from engine.storage.database import Database, migrate
from engine.storage.tables import metadata, submission
from tests.builders import ANNA, ManualClock


def test_the_migrations_make_the_tables_of_the_code(database: Database) -> None:
    with database.engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), metadata)

    ours = set(metadata.tables)
    assert [change for change in found if _table_of(change) in ours] == []


def test_migrating_twice_changes_nothing(database: Database) -> None:
    from tests.conftest import casework_migrations

    migrate(database, casework_migrations())


def test_an_exception_undoes_everything(database: Database) -> None:
    with pytest.raises(ConflictError), database.unit_of_work(ANNA) as uow:  # noqa: PT012
        submissions.remember(uow, "k", {})
        raise ConflictError("changed")

    with database.unit_of_work(ANNA) as uow:
        assert submissions.find(uow, "k") is None


def test_callbacks_run_after_the_commit_and_not_after_a_rollback(database: Database) -> None:
    seen: list[str] = []
    with database.unit_of_work(ANNA) as uow:
        uow.after_commit(lambda: seen.append("committed"))
        assert seen == []
    with pytest.raises(ConflictError), database.unit_of_work(ANNA) as uow:  # noqa: PT012
        uow.after_commit(lambda: seen.append("rolled back"))
        raise ConflictError("changed")

    assert seen == ["committed"]


def test_a_read_only_unit_of_work_cannot_write(database: Database) -> None:
    with pytest.raises(DBAPIError), database.unit_of_work(ANNA, read_only=True) as uow:
        submissions.remember(uow, "k", {})

    with database.unit_of_work(ANNA) as uow:
        submissions.remember(uow, "k", {})


def test_a_unit_of_work_has_one_instant(database: Database, clock: ManualClock) -> None:
    with database.unit_of_work(ANNA) as uow:
        before = uow.now
        clock.advance(days=1)

        assert uow.now == before
        assert uow.now.utcoffset() == timedelta()


def test_the_instant_is_in_utc_wherever_the_clock_stands(
    database: Database, clock: ManualClock
) -> None:
    clock.set(datetime(2026, 3, 2, 10, 0, tzinfo=timezone(timedelta(hours=1))))

    with database.unit_of_work(ANNA, read_only=True) as uow:
        now = uow.now

    assert now.isoformat() == "2026-03-02T09:00:00+00:00"


def test_ids_sort_in_the_order_they_were_made(database: Database, clock: ManualClock) -> None:
    with database.unit_of_work(ANNA) as uow:
        ids = [uow.new_id() for _ in range(300)]
    clock.advance(seconds=1)
    with database.unit_of_work(ANNA) as uow:
        ids.append(uow.new_id())

    assert ids == sorted(ids)
    assert len(set(ids)) == 301


def test_a_naive_moment_is_refused(database: Database) -> None:
    row = {"actor_id": "a", "key": "k", "outcome": {}, "digest": "", "at": datetime(2026, 1, 1)}

    with pytest.raises(StatementError), database.unit_of_work(ANNA) as uow:
        uow.connection.execute(insert(submission), row)


def test_moments_come_back_in_utc(database: Database) -> None:
    amsterdam = timezone(timedelta(hours=2))
    row = {"actor_id": "a", "key": "k", "outcome": {}, "digest": ""}
    with database.unit_of_work(ANNA) as uow:
        at = datetime(2026, 7, 1, 1, 30, tzinfo=amsterdam)
        uow.connection.execute(insert(submission), row | {"at": at})

        stored = uow.connection.execute(select(submission.c.at)).scalar_one()

    assert stored == datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
    assert stored.utcoffset() == timedelta()


def test_a_second_writer_waits_for_the_first(database: Database) -> None:
    with database.unit_of_work(ANNA) as first:
        submissions.remember(first, "k", {})
        with database.unit_of_work(ANNA, read_only=True) as reader:
            seen = reader.connection.execute(select(func.count()).select_from(submission)).scalar()

    assert seen == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_file_that_another_process_writes_for_too_long_is_busy(
    database: Database, database_url: str
) -> None:
    connection = database.engine.raw_connection()
    connection.cursor().execute("PRAGMA busy_timeout=10")
    connection.close()
    other = sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(UnavailableError, match="database_busy"), database.unit_of_work(ANNA):
        pass

    other.close()
    with database.unit_of_work(ANNA) as uow:
        assert submissions.find(uow, "k") is None


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_connection_that_was_cut_is_replaced(database: Database, database_url: str) -> None:
    _cut_connections(database, database_url)

    with pytest.raises(UnavailableError, match="database_away"), database.unit_of_work(ANNA) as uow:
        submissions.find(uow, "k")

    with database.unit_of_work(ANNA) as uow:
        assert submissions.find(uow, "k") is None


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_connection_that_was_cut_while_nobody_used_it_is_not_lent(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _cut_connections(database, database_url)
    monkeypatch.setattr("engine.storage.database.FRESH_SECONDS", 0.0)

    with database.unit_of_work(ANNA) as uow:
        assert submissions.find(uow, "k") is None


def _cut_connections(database: Database, database_url: str) -> None:
    with database.unit_of_work(ANNA) as uow:
        submissions.find(uow, "k")
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> %s"
    with psycopg.connect(database_url) as admin:
        admin.execute(cut, [make_url(database_url).database, admin.info.backend_pid])


def _table_of(change: object) -> str:
    table = getattr(change[-1], "table", change[-1]) if isinstance(change, tuple) else None
    return str(getattr(table, "name", ""))
