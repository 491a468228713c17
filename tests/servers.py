"""The real server in a process of its own, which can be killed and started again.

The process is forked from one that has imported the application already, so that a start costs
hundredths of a second. What runs in it is `webapp.serving.serve`, as `uitweg run` runs it.
"""

import importlib
import multiprocessing
import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection as Pipe
from threading import Event, Thread

from sqlalchemy import Connection, event

import processes
from engine.storage import fail_points
from engine.storage.database import Database
from tests.installations import FileClock, Installation
from webapp import serving
from webapp.config import Config

STARTS_WITHIN_SECONDS = 60
ENDS_WITHIN_SECONDS = 30

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.servers"])
processes.handlers()  # imports what the server would import, once for all of them


class Server:
    """A server on one port, started, killed and started again."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self._held = hold_a_port()
        self.port: int = self._held.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"

    def start(self, *, dies: str = "") -> bool:
        """Start it and wait until it answers; False when it *dies* before it gets that far.

        Args:
            dies: "before_commit:3", "after_commit:3", or "during_commit:3:250": a quarter of a
                millisecond after the third commit of something written began.
        """
        ready, tell = _processes.Pipe(duplex=False)
        config = self.installation.config(self.port)
        self._process = _processes.Process(
            target=_serve, args=(config, self.installation.clock, dies, tell), daemon=True
        )
        self._process.start()
        tell.close()
        with ready:
            if not ready.poll(STARTS_WITHIN_SECONDS):
                raise RuntimeError("the server does not start")
            try:
                ready.recv()
            except EOFError:
                if not (dies and self.was_killed):
                    raise RuntimeError("the server ended by itself") from None
                return False
        return True

    def strike(self) -> None:
        """End it as `kill -9` does, wherever it is; any thread may."""
        self._process.kill()

    def kill(self) -> None:
        """End it as `kill -9` does, and wait until it is gone."""
        self.strike()
        self._process.join(ENDS_WITHIN_SECONDS)

    @property
    def is_up(self) -> bool:
        """Whether the process lives."""
        return self._process.is_alive()

    @property
    def was_killed(self) -> bool:
        """Whether a SIGKILL ended it, and nothing else."""
        self._process.join(ENDS_WITHIN_SECONDS)
        return self._process.exitcode == -signal.SIGKILL

    def close(self) -> None:
        """End it, and let go of its port."""
        self.kill()
        self._held.close()


def hold_a_port() -> socket.socket:
    """A port that nobody else gets; only a server can listen on it, also after another died."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    return held


@contextmanager
def running(installation: Installation) -> Iterator[Server]:
    """A server on *installation* that answers; ended afterwards."""
    server = Server(installation)
    try:
        server.start()
        yield server
    finally:
        server.close()


def _serve(config: Config, clock: FileClock, dies: str, ready: Pipe) -> None:
    """What happens in the process of the server."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the tests, which end this process
    database = config.open_database(clock)
    _arm(database, dies)
    with serving.listen(config) as listening:
        serving.serve(config, database, listening, lambda: ready.send("ready"))


def _arm(database: Database, dies: str) -> None:
    """Let this process die where the test wants it."""
    if dies.startswith("during_commit:"):
        _, number, microseconds = dies.split(":")
        _die_during_commit(database, int(number), int(microseconds) / 1_000_000)
    elif dies:
        os.environ["UITWEG_FAIL_POINT"] = dies
        importlib.reload(fail_points)  # it was imported before the fork, without this


def _die_during_commit(database: Database, number: int, seconds: float) -> None:
    """Kill this process *seconds* after its commit *number* was begun."""
    begun = Event()

    def kill() -> None:
        begun.wait()
        time.sleep(seconds)
        os.kill(os.getpid(), signal.SIGKILL)

    Thread(target=kill, daemon=True).start()
    passed = iter(range(1, number + 1))

    @event.listens_for(database.engine, "commit")
    def count(connection: Connection) -> None:
        reads = connection.get_execution_options().get("postgresql_readonly", False)
        if not reads and next(passed, None) == number:
            begun.set()
