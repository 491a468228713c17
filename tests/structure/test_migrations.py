"""The migrations lead to the tables that the code declares."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from engine.storage.database import MIGRATIONS, Database
from engine.storage.tables import metadata
from tests.conftest import casework_migrations


def test_the_migrations_make_the_tables_as_they_are_declared(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection)

        differences = compare_metadata(context, metadata)

    assert not differences


def test_the_migrations_have_one_end() -> None:
    places = [str(MIGRATIONS / "versions"), *map(str, casework_migrations())]
    script = ScriptDirectory(str(MIGRATIONS), version_locations=places)

    assert len(script.get_heads()) == 1
