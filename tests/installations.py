"""An installation with the region of the demo, on a clock that the test sets for every process."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.storage.crypto import Keyring
from engine.storage.database import Database
from tests.builders import MASTER_KEY
from webapp import demo
from webapp.casework import accounts
from webapp.config import Config

# A Monday morning, so that terms in working days fall alike on every day the tests are run.
MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
# When the installation was made that every test gets a copy of.
MADE_AT = MONDAY - timedelta(days=3)


class FileClock:
    """A clock that several processes share: it runs on from the moment that stands in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def now(self) -> datetime:
        """The moment it was set to, and what has passed since."""
        moment, since = self._path.read_text(encoding="ascii").split()
        return datetime.fromisoformat(moment) + timedelta(seconds=time.time() - float(since))

    def set(self, moment: datetime) -> None:
        """Let it run on from *moment*, for everyone who looks at it."""
        draft = self._path.with_suffix(".new")
        draft.write_text(f"{moment.isoformat()} {time.time()}", encoding="ascii")
        draft.replace(self._path)

    def advance(self, **length: float) -> None:
        """Set it forward, `clock.advance(days=3)`."""
        self.set(self.now() + timedelta(**length))


@dataclass(frozen=True, slots=True)
class Installation:
    """A database and a data folder that outlive the server on them."""

    url: str
    folder: Path

    @property
    def clock(self) -> FileClock:
        """The clock of the server and of whoever looks at its database."""
        path = self.folder / "clock"
        clock = FileClock(path)
        if not path.exists():
            clock.set(MONDAY)
        return clock

    def config(self, port: int) -> Config:
        """What `uitweg run` would read from the environment."""
        return Config(
            database_url=self.url,
            data_dir=self.folder,
            master_key=MASTER_KEY,
            secret_key=Keyring(MASTER_KEY).derive("web secret key").hex(),
            port=port,
        )

    @contextmanager
    def opened(self) -> Iterator[Database]:
        """Its database, for a look beside the server."""
        database = Database(self.url, Keyring(MASTER_KEY), self.clock, pool_size=2)
        try:
            yield database
        finally:
            database.close()

    def session(self, login_name: str) -> str:
        """The token of a new session, without asking for a password."""
        with self.opened() as database, database.unit_of_work(demo.DEMO) as uow:
            return accounts.new_session(uow, accounts.find(uow, login_name))

    def copy_to(self, folder: Path) -> "Installation":
        """A copy of this SQLite installation, on the Monday that tests begin with."""
        folder.mkdir(parents=True, exist_ok=True)
        source = sqlite3.connect(self.folder / "uitweg.db")
        target = sqlite3.connect(folder / "uitweg.db")
        with closing(source), closing(target):
            source.backup(target)  # with what a killed server left beside the file
        return Installation(f"sqlite:///{folder / 'uitweg.db'}", folder)


def fill(installation: Installation) -> None:
    """Make the region of the demo in a migrated database, and deploy the shipped processes."""
    installation.clock.set(MADE_AT)
    with installation.opened() as database:
        with database.unit_of_work(demo.DEMO) as uow:
            demo.make_region(uow)
        demo.deploy_processes(database)
