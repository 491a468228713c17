"""The ground: transactions, moments, migrations."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import func, insert, select
from sqlalchemy.exc import DBAPIError, StatementError

from engine import submissions
from engine.errors import ConflictError
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


def test_ids_sort_in_the_order_they_were_made(database: Database, clock: ManualClock) -> None:
    with database.unit_of_work(ANNA) as uow:
        ids = [uow.new_id() for _ in range(300)]
    clock.advance(seconds=1)
    with database.unit_of_work(ANNA) as uow:
        ids.append(uow.new_id())

    assert ids == sorted(ids)
    assert len(set(ids)) == 301


def test_a_naive_moment_is_refused(database: Database) -> None:
    row = {"actor_id": "a", "key": "k", "outcome": {}, "at": datetime(2026, 1, 1)}

    with pytest.raises(StatementError), database.unit_of_work(ANNA) as uow:
        uow.connection.execute(insert(submission), row)


def test_moments_come_back_in_utc(database: Database) -> None:
    amsterdam = timezone(timedelta(hours=2))
    row = {"actor_id": "a", "key": "k", "outcome": {}}
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


def _table_of(change: object) -> str:
    table = getattr(change[-1], "table", change[-1]) if isinstance(change, tuple) else None
    return str(getattr(table, "name", ""))
