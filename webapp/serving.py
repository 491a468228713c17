"""The embedded shape at work: waitress answers requests, a worker in the same process the rest."""

import logging
import signal
import socket
import sys
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

import structlog
from waitress.server import create_server

import processes
from engine import submissions
from engine.errors import UnavailableError
from engine.storage.database import Database
from engine.worker import Worker
from webapp.app import LONGEST_POST, create_app
from webapp.casework import accounts, background
from webapp.config import Config

WAITING_CONNECTIONS = 1024
# What the worker does now and then besides its jobs.
CHORES = (submissions.forget_old, accounts.forget_old_sessions)


def listen(config: Config) -> socket.socket:
    """Take the port, before anything that takes time.

    Raises:
        UnavailableError: port_taken, or address_unknown: this machine has no such address.
    """
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    try:
        return socket.create_server(
            (config.host, config.port), family=family, backlog=WAITING_CONNECTIONS
        )
    except socket.gaierror as error:
        raise UnavailableError("address_unknown", host=config.host) from error
    except OSError as error:
        raise UnavailableError("port_taken", host=config.host, port=config.port) from error


def serve(
    config: Config,
    database: Database,
    listening: socket.socket,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Answer requests and do due work until this process is asked to stop; then end cleanly.

    Asked to stop (SIGTERM, or Ctrl-C at the terminal), it finishes the requests it is busy with and
    the job in hand. What it does not get to do is in the database and is done after the next start.

    Args:
        ready: called once when the first request can be answered.
    """
    _log_to_stderr()
    server = create_server(
        create_app(config, database),
        sockets=[listening],
        threads=config.threads,
        backlog=WAITING_CONNECTIONS,
        url_scheme="https" if config.is_https else "http",
        max_request_body_size=LONGEST_POST,
        ident=None,
    )
    worker = Worker(database, processes.handlers(), background.ACTS, chores=CHORES)
    before = signal.signal(signal.SIGTERM, _stop)
    worker.start()
    try:
        ready()
        server.run()
    finally:
        signal.signal(signal.SIGTERM, before)
        server.close()
        worker.stop()


def _log_to_stderr() -> None:
    """One line for each event, with the moment in UTC; ids only, so that a log holds no person."""
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.LogfmtRenderer(
                key_order=("timestamp", "level", "event"), drop_missing=True
            ),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)
