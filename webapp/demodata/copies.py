"""A copy of the database to work on: it takes the place of the first when all went well.

So a demo is filled or it is not: what is broken off leaves nothing, and nobody who starts the
application meanwhile meets a clock that stands in the past.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from sqlalchemy import make_url

from webapp.config import Config

ENDINGS = ("", "-wal", "-shm", "-journal")


@contextmanager
def copied(config: Config) -> Iterator[Config]:
    """The settings of a copy; whoever uses it closes it. A database that is no file is its own."""
    url = make_url(config.database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        yield config
        return
    first = Path(url.database)
    copy = first.with_name(f"{first.name}.filling")
    _remove(copy)
    try:
        _copy(first, copy)
        yield replace(config, database_url=url.set(database=str(copy)).render_as_string())
        _make_whole(copy)
        copy.replace(first)
    finally:
        _remove(copy)


def _copy(first: Path, copy: Path) -> None:
    os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    # Closing the only connection to the first writes its log into it and takes the log away.
    with closing(sqlite3.connect(first)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)


def _make_whole(copy: Path) -> None:
    """See that everything stands in the one file, on the disk, before it is moved."""
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    descriptor = os.open(copy, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(copy: Path) -> None:
    for ending in ENDINGS:
        copy.with_name(copy.name + ending).unlink(missing_ok=True)
