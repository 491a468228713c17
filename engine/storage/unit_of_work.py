"""One transaction: its connection, its actor, its one instant. The only place that commits."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from threading import Lock
from types import TracebackType
from typing import Self

from sqlalchemy import BigInteger, Connection, Engine, bindparam, func, select
from sqlalchemy.exc import DBAPIError, OperationalError

from engine.errors import UnavailableError
from engine.model import Actor
from engine.storage.closing_days import EVERYWHERE, ClosingDays
from engine.storage.crypto import Keyring
from engine.storage.fail_points import fail_point
from engine.timers import Calendar

WRITER_WAITS_SECONDS = 5.0
# what SQLite says when trying again later may help; PostgreSQL's operational errors all mean that
_PASSING = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN")
_ALONE = select(func.pg_advisory_xact_lock(bindparam("number", type_=BigInteger)))
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_LETTERS = [high + low for high in _ALPHABET for low in _ALPHABET]


class UnitOfWork:
    """Everything one act needs: made by `Database.unit_of_work`, used in a `with` block.

    Leaving the block normally commits once and then wakes who waits; leaving it by an exception
    rolls everything back.

    Attributes:
        actor: who asks.
        now: the instant of the whole transaction, aware, in UTC.
        keyring: the keys of the cases, read through this transaction.
        closing_days: free days of the installation and its regions.
    """

    connection: Connection
    keyring: Keyring

    def __init__(
        self,
        engine: Engine,
        *,
        actor: Actor,
        now: datetime,
        keyring: Keyring,
        closing_days: ClosingDays,
        read_only: bool,
        writer: "Lock | None",
        wake_up: Callable[[], None],
    ) -> None:
        self.actor = actor
        self.now = now.astimezone(UTC)
        self.read_only = read_only
        self.closing_days = closing_days
        self._engine = engine
        self._keyring = keyring
        self._writer = None if read_only else writer
        self._wake_up = wake_up
        self._callbacks: list[Callable[[], None]] = []
        self._ids = 0

    @property
    def calendar(self) -> Calendar:
        """The calendar of the whole installation."""
        return self.calendar_of(EVERYWHERE)

    def calendar_of(self, name: str) -> Calendar:
        """The calendar of a region: the national days, those of the installation, and its own."""
        return self.closing_days.calendar(self, name)

    def new_id(self) -> str:
        """A new id: random, and sorting after every earlier one of this transaction and moment."""
        self._ids += 1
        milliseconds = int(self.now.timestamp() * 1000)
        number = (milliseconds << 80) | ((self._ids & 0xFFFF) << 64) | secrets.randbits(64)
        return "".join(_LETTERS[(number >> shift) & 0x3FF] for shift in range(120, -1, -10))

    def one_at_a_time(self, work: str) -> None:
        """Wait until no other transaction does this *work*; this one may, until it ends.

        SQLite has one writer at a time anyway.
        """
        if self.connection.dialect.name == "postgresql":
            number = int.from_bytes(sha256(work.encode()).digest()[:8], signed=True)
            self.connection.execute(_ALONE, {"number": number})

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Run *callback* after the commit; not at all when the transaction is rolled back.

        For wake-ups only: it must not fail, and nothing may depend on it having run.
        """
        self._callbacks.append(callback)

    def wake_workers(self) -> None:
        """After the commit, tell the workers that there is work."""
        if self._wake_up not in self._callbacks:
            self._callbacks.append(self._wake_up)

    def __enter__(self) -> Self:
        if self._writer and not self._writer.acquire(timeout=WRITER_WAITS_SECONDS):
            raise UnavailableError("database_busy")
        try:
            self.connection = self._engine.connect()
            self.connection.begin()
        except DBAPIError as error:
            self._release()
            raise _translated(error) from error
        except UnavailableError:
            self._release()
            raise
        self.keyring = self._keyring.bound_to(self.connection, self.now)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self._may_die_here("before_commit")
                self.connection.commit()
                self._may_die_here("after_commit")
            else:
                self._roll_back()
        except DBAPIError as failure:
            raise _translated(failure) from failure
        finally:
            self._release()
        if isinstance(error, DBAPIError):
            raise _translated(error) from error
        if error is None:
            for callback in self._callbacks:
                callback()

    def _may_die_here(self, place: str) -> None:
        """A place where a test can end the process, when there is something to lose."""
        if not self.read_only:
            fail_point(place)

    def _roll_back(self) -> None:
        """Undo everything; a connection that is lost has done so by itself."""
        try:
            self.connection.rollback()
        except DBAPIError:
            self.connection.invalidate()

    def _release(self) -> None:
        try:
            if hasattr(self, "connection"):
                self.connection.close()
        finally:
            if self._writer:
                self._writer.release()


def _translated(error: DBAPIError) -> Exception:
    """The database being away, busy or too slow, in the engine's own words."""
    if error.connection_invalidated:
        return UnavailableError("database_away")
    sqlite_name = getattr(error.orig, "sqlite_errorname", "SQLITE_BUSY")
    if isinstance(error, OperationalError) and sqlite_name.startswith(_PASSING):
        return UnavailableError("database_busy")
    return error
