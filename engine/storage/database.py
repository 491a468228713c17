"""The database of an installation: connections set up right, and units of work."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Protocol

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from engine.errors import UnavailableError
from engine.model import Actor
from engine.storage.closing_days import ClosingDays
from engine.storage.crypto import Keyring
from engine.storage.unit_of_work import UnitOfWork

MIGRATIONS = Path(__file__).parent / "migrations"
FRESH_SECONDS = 2.0
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
        self._readers = _readers(self.engine, url, pool_size)
        self.closing_days = ClosingDays()
        self._writer = Lock() if self.is_sqlite else None
        self._wake_ups: list[Callable[[], None]] = []

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded shape."""
        return self.engine.dialect.name == "sqlite"

    @property
    def engines(self) -> tuple[Engine, ...]:
        """What everything is asked through, to count it; the first alone can write."""
        return (self.engine, self._readers) if self.is_sqlite else (self.engine,)

    def unit_of_work(self, actor: Actor, *, read_only: bool = False) -> UnitOfWork:
        """A transaction for one act of *actor*; with *read_only* it can change nothing."""
        return UnitOfWork(
            self._readers if read_only else self.engine,
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
        self._readers.dispose()


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
    with database.engine.connect() as connection, _changing_tables(connection), connection.begin():
        if not database.is_sqlite:
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(872340199)")
        config.attributes["connection"] = connection
        command.upgrade(config, "heads")


@contextmanager
def _changing_tables(connection: Connection) -> Iterator[None]:
    """Let SQLite make a table anew that others refer to; it can only be asked between transactions.

    Source: https://www.sqlite.org/lang_altertable.html, section 7.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    cursor = connection.connection.cursor()
    cursor.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        cursor.execute("PRAGMA foreign_keys=ON")


def _engine(url: str, pool_size: int) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database in (None, "", ":memory:"):
            raise ValueError("a database in memory keeps nothing: name a file")
        # take the write lock at once: waiting for it later would fail instead of wait
        return _sqlite_engine(parsed, pool_size, _SQLITE_SETTINGS, "BEGIN IMMEDIATE")
    engine = create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        hide_parameters=True,
        pool_size=pool_size,
        pool_use_lifo=True,
        max_overflow=0,
        connect_args={"options": _POSTGRESQL_SETTINGS},
    )
    # psycopg's executemany takes four round trips; one INSERT of several rows takes one
    engine.dialect.use_insertmanyvalues_wo_returning = True
    _Freshness(engine)
    return engine


def _readers(engine: Engine, url: str, pool_size: int) -> Engine:
    """Connections that can only read.

    SQLite has some of their own: making one connection read and write by turns would have it parse
    every statement again.
    """
    if engine.dialect.name != "sqlite":
        return engine.execution_options(postgresql_readonly=True)
    settings = (*_SQLITE_SETTINGS, "query_only=ON")
    return _sqlite_engine(make_url(url), pool_size, settings, "BEGIN")


def _sqlite_engine(url: URL, pool_size: int, settings: Sequence[str], begin: str) -> Engine:
    engine = create_engine(
        url.set(drivername="sqlite+pysqlite"),
        hide_parameters=True,
        pool_size=pool_size,
        pool_use_lifo=True,
        max_overflow=0,
        connect_args={"check_same_thread": False, "timeout": 5, "cached_statements": 500},
    )
    event.listen(engine, "connect", partial(_set_up_sqlite, settings))
    # A listener would do as well, but an engine that has one asks for listeners at every statement.
    engine.dialect.do_begin = partial(  # type: ignore[method-assign]
        _begin_sqlite, begin
    )
    return engine


def _set_up_sqlite(
    settings: Sequence[str], connection: DBAPIConnection, _: ConnectionPoolEntry
) -> None:
    assert isinstance(connection, sqlite3.Connection)
    connection.isolation_level = None  # transactions begin and end where we say, never by guess
    for setting in settings:
        connection.execute(f"PRAGMA {setting}")


def _begin_sqlite(begin: str, connection: PoolProxiedConnection) -> None:
    """Begin a transaction.

    Raises:
        UnavailableError: database_busy, another process writes for longer than we wait.
    """
    try:
        assert isinstance(connection.dbapi_connection, sqlite3.Connection)
        connection.dbapi_connection.execute(begin)
    except sqlite3.OperationalError as error:
        raise UnavailableError("database_busy") from error


class _Freshness:
    """Sees to it that a connection that was not used for a while is alive before it is lent."""

    def __init__(self, engine: Engine) -> None:
        self._dialect = engine.dialect
        event.listen(engine, "checkout", self.on_checkout)
        event.listen(engine, "checkin", self.on_checkin)

    def on_checkin(self, _: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
        entry.info["used_at"] = monotonic()

    def on_checkout(
        self, connection: DBAPIConnection, entry: ConnectionPoolEntry, _: PoolProxiedConnection
    ) -> None:
        if monotonic() - entry.info.get("used_at", monotonic()) < FRESH_SECONDS:
            return
        try:
            self._dialect.do_ping(connection)
        except self._dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error
