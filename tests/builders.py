"""Short ways to the situations that tests begin with."""

from datetime import UTC, datetime, timedelta

from engine.model import Actor
from engine.storage.database import Database
from engine.storage.unit_of_work import UnitOfWork

MASTER_KEY = bytes(range(32))
ANNA = Actor("anna", frozenset({"aandachtsfunctionaris@venlo"}))
BRAM = Actor("bram", frozenset({"aandachtsfunctionaris@venlo"}))
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class ManualClock:
    """A clock that only moves when it is told to."""

    def __init__(self, moment: datetime = MONDAY) -> None:
        self._moment = moment

    def now(self) -> datetime:
        """The moment it was set to."""
        return self._moment

    def advance(self, **length: float) -> None:
        """Set it forward, `clock.advance(days=3)`."""
        self._moment += timedelta(**length)

    def set(self, moment: datetime) -> None:
        """Set it to a moment."""
        self._moment = moment


class Engine:
    """The engine's verbs on one database, each in a unit of work of its own."""

    def __init__(self, database: Database, clock: ManualClock, actor: Actor = ANNA) -> None:
        self.database = database
        self.clock = clock
        self.actor = actor

    def as_(self, actor: Actor) -> "Engine":
        """The same engine in the name of someone else."""
        return Engine(self.database, self.clock, actor)

    def unit_of_work(self) -> UnitOfWork:
        """A transaction in the name of the actor."""
        return self.database.unit_of_work(self.actor)
