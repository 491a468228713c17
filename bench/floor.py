"""The floor: a minimal Flask view with one durable commit, and one bare commit without any web.

Run as a program it serves the view: `python -m bench.floor ADDRESS PORT THREADS`.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from threading import Lock

from flask import Flask
from sqlalchemy import text
from waitress import serve

from bench.databases import MASTER_KEY
from engine.storage.crypto import Keyring
from engine.storage.database import Database

BODY = bytes(range(256)) * 40  # 10 KB
VIEW = "/floor"


def prepare(database: Database) -> None:
    """Make the tables of the floor."""
    blob = "BLOB" if database.is_sqlite else "BYTEA"
    number = "INTEGER PRIMARY KEY" if database.is_sqlite else "SERIAL PRIMARY KEY"
    with database.engine.begin() as connection:
        connection.execute(text(f"CREATE TABLE bench_floor (id {number}, word TEXT)"))
        connection.execute(text(f"CREATE TABLE bench_row (id INTEGER PRIMARY KEY, body {blob})"))
        connection.execute(text("INSERT INTO bench_row VALUES (1, :body)"), {"body": BODY})


@contextmanager
def bare_commits(database: Database) -> Iterator[Callable[[int], None]]:
    """Something to call for one durable update of a 10 KB row, by the driver alone."""
    raw = database.engine.raw_connection()
    cursor = raw.cursor()
    mark = "?" if database.is_sqlite else "%s"
    if not database.is_sqlite:
        raw.driver_connection.autocommit = True  # type: ignore[union-attr]

    def commit(number: int) -> None:
        cursor.execute("BEGIN IMMEDIATE" if database.is_sqlite else "BEGIN")
        body = number.to_bytes(4, "big") + BODY[4:]
        cursor.execute(f"UPDATE bench_row SET body = {mark} WHERE id = 1", (body,))
        cursor.execute("COMMIT")

    try:
        yield commit
    finally:
        raw.invalidate()


def create_app(database: Database) -> Flask:
    """The least that can be called a web application with a database."""
    app = Flask(__name__)
    # SQLite has one writer: waiting for a lock is quicker than asking again and again.
    writer = Lock() if database.is_sqlite else nullcontext()
    statement = text("INSERT INTO bench_floor (word) VALUES ('x')")

    @app.post(VIEW)
    def floor() -> str:
        with writer, database.engine.begin() as connection:
            connection.execute(statement)
        return "done"

    return app


if __name__ == "__main__":
    address, port, threads = sys.argv[1:4]
    opened = Database(address, Keyring(MASTER_KEY))
    serve(create_app(opened), host="127.0.0.1", port=int(port), threads=int(threads))
