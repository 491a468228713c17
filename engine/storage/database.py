"""The database of an installation: connections set up right, and units of work."""

import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Protocol

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from engine.model import Actor
from engine.storage.closing_days import ClosingDays
from engine.storage.crypto import Keyring
from engine.storage.unit_of_work import UnitOfWork

MIGRATIONS = Path(__file__).parent / "migrations"
_SQLITE_SETTINGS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "busy_timeout=5000",
    "secure_delete=ON",
    "trusted_schema=OFF",
    "temp_store=MEMORY",
)
_POSTGRESQL_SETTINGS = (
    "-c timezone=UTC -c synchronous_commit=on -c statement_timeout=10s -c lock_timeout=3s"
    " -c idle_in_transaction_session_timeout=30s -c default_transaction_isolation=read\\ committed"
)


class Clock(Protocol):
    """Where the present moment comes from."""

    def now(self) -> datetime:
        """The present moment, aware."""


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """The present moment in UTC."""
        return datetime.now(UTC)


class Database:
    """The one way to the stored data.

    Args:
        url: "sqlite:///path/to/file" or "postgresql://...".
        keyring: opens the keys of the cases.
        clock: gives every unit of work its instant.
        pool_size: how many connections may be open at once.
    """

    def __init__(
        self, url: str, keyring: Keyring, clock: Clock | None = None, *, pool_size: int = 16
    ) -> None:
        self.keyring = keyring
        self.clock = clock or SystemClock()
        self.engine = _engine(url, pool_size)
        self.closing_days = ClosingDays()
        self._writer = Lock() if self.is_sqlite else None
        self._wake_ups: list[Callable[[], None]] = []

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded shape."""
        return self.engine.dialect.name == "sqlite"

    def unit_of_work(self, actor: Actor, *, read_only: bool = False) -> UnitOfWork:
        """A transaction for one act of *actor*; with *read_only* it can change nothing."""
        return UnitOfWork(
            self.engine,
            actor=actor,
            now=self.clock.now(),
            keyring=self.keyring,
            closing_days=self.closing_days,
            read_only=read_only,
            writer=self._writer,
            wake_up=self.wake_up,
        )

    def on_new_work(self, wake_up: Callable[[], None]) -> None:
        """Call *wake_up* after every commit that left work for a worker."""
        self._wake_ups.append(wake_up)

    def wake_up(self) -> None:
        """Tell the workers of this process that there is work."""
        for wake_up in self._wake_ups:
            wake_up()

    def close(self) -> None:
        """Close every connection that is not in use."""
        self.engine.dispose()


def migrate(database: Database, version_locations: Sequence[Path] = ()) -> None:
    """Bring the tables to the newest version; does nothing when they are.

    Args:
        version_locations: folders of migrations of the layers above, in the same history.
    """
    from alembic import command
    from alembic.config import Config

    config = Config()
    locations = [MIGRATIONS / "versions", *version_locations]
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option(
        "version_locations", "\n".join(str(place).replace("%", "%%") for place in locations)
    )
    with database.engine.connect() as connection, connection.begin():
        if database.is_sqlite:
            connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        else:
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(872340199)")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _engine(url: str, pool_size: int) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database in (None, "", ":memory:"):
            raise ValueError("a database in memory keeps nothing: name a file")
        engine = create_engine(
            parsed.set(drivername="sqlite+pysqlite"),
            hide_parameters=True,
            pool_size=pool_size,
            max_overflow=0,
            connect_args={"check_same_thread": False, "timeout": 5},
        )
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        hide_parameters=True,
        pool_size=pool_size,
        max_overflow=0,
        pool_pre_ping=True,
        connect_args={"options": _POSTGRESQL_SETTINGS},
    )


def _set_up_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    assert isinstance(connection, sqlite3.Connection)
    connection.isolation_level = None  # transactions begin and end where we say, never by guess
    for setting in _SQLITE_SETTINGS:
        connection.execute(f"PRAGMA {setting}")


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once: waiting for it later would fail instead of wait."""
    read_only = connection.get_execution_options().get("uitweg_read_only", False)
    if connection.info.get("read_only", False) != read_only:
        connection.exec_driver_sql(f"PRAGMA query_only={'ON' if read_only else 'OFF'}")
        connection.info["read_only"] = read_only
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
