"""The engine alone, in this process: what completing a task costs, and that it stays so."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from sqlalchemy import Connection, bindparam, event, select, text

from bench.figures import Figure
from bench.floor import bare_commits
from bench.timing import median_ms, timed_ms
from engine import definitions, instances, queries, tasks
from engine.model import Actor
from engine.storage.database import Database
from engine.storage.tables import user_task
from engine.storage.unit_of_work import UnitOfWork

SOMEONE = Actor("bench")
PROCESS = Path(__file__).parent / "rondje.bpmn"
FINISHED = 1000
OWN_TASKS = 50
WARM_UP = 50

_OPEN = select(user_task.c.id).where(
    user_task.c.instance_id == bindparam("instance_id"), user_task.c.status == "open"
)
_COPIES = """
    INSERT INTO user_task (id, key, candidate, {others})
    SELECT 'bench' || numbers.n, 'k' || numbers.n,
        CASE WHEN numbers.n <= :own THEN 'rol@eigen' ELSE 'rol@' || (numbers.n % 500) END, {others}
    FROM user_task, (
        WITH RECURSIVE counting(n) AS (
            SELECT CAST(:first AS INTEGER) UNION ALL SELECT n + 1 FROM counting WHERE n < :last
        ) SELECT n FROM counting
    ) AS numbers
    WHERE user_task.id = :original
"""


@dataclass(slots=True)
class Counts:
    """What the database was asked."""

    statements: int = 0
    commits: int = 0


def measure(database: Database, shape: str, *, rounds: int, loop: int) -> Iterator[Figure]:
    """Everything about the engine's verb: cost, statements, and growth.

    Args:
        rounds: how often each is timed.
        loop: rounds of one instance round its task.
    """
    with database.unit_of_work(SOMEONE) as uow:
        definitions.deploy(uow, {"rondje/rondje.bpmn": PROCESS.read_bytes()})
    bare, verb = _side_by_side(database, rounds)
    yield Figure(shape, "bare commit of 10 KB", bare, "ms")
    yield Figure(shape, "engine verb: complete a task", verb, "ms")
    yield Figure(shape, "engine verb to bare commit", verb / bare, "x", aim=4)
    yield from counted(database, shape)
    yield from _growth(database, shape, rounds=rounds, loop=loop)


def inbox(database: Database, shape: str, *, rounds: int, few: int, many: int) -> Iterator[Figure]:
    """One person's list with few and with many open tasks in the system."""
    with database.unit_of_work(SOMEONE) as uow:
        original = uow.connection.execute(
            _OPEN, {"instance_id": _started(uow, "voorbeeld")}
        ).scalar_one()
    _copy(database, original, 1, few)
    with_few = _inbox_ms(database, rounds)
    _copy(database, original, few + 1, many)
    with_many = _inbox_ms(database, rounds)
    name = f"inbox list, {many:,} open tasks to {few:,}"
    yield Figure(shape, f"inbox list with {few:,} open tasks", with_few, "ms")
    yield Figure(shape, name, with_many / with_few, "x", aim=1.5)


def _side_by_side(database: Database, rounds: int) -> tuple[float, float]:
    """Milliseconds of a bare commit and of the verb, in turn: what else the disk does hits both."""
    bare, verb = [], []
    with bare_commits(database) as commit:
        for number in range(WARM_UP + rounds):
            bare.append(timed_ms(commit, number))
            verb.append(_completion_ms(database, _begin(database)))
    return median(bare[WARM_UP:]), median(verb[WARM_UP:])


def counted(database: Database, shape: str) -> Iterator[Figure]:
    """The most that one completion asks; the first ones fill caches and do not count."""
    asked = []
    for _ in range(10):
        task_id = _begin(database)
        with counting(database) as counts:
            _complete(database, task_id)
        asked.append(counts)
    statements = max(counts.statements for counts in asked)
    commits = max(counts.commits for counts in asked)
    yield Figure(
        shape, "engine verb: SQL statements", statements, "statements", aim=8, must_hold=True
    )
    yield Figure(
        shape, "engine verb: commits", commits, "commits", aim=1, exactly=True, must_hold=True
    )


def _growth(database: Database, shape: str, *, rounds: int, loop: int) -> Iterator[Figure]:
    """A step in one instance that goes round and round, beside the first step of fresh ones."""
    with database.unit_of_work(SOMEONE) as uow:
        old = _started(uow, "rondjes")
    _go_round(database, old, FINISHED)
    name = f"step after {FINISHED:,} finished tasks to a first one"
    yield Figure(shape, name, _old_to_fresh(database, old, rounds), "x", aim=1.2)
    _go_round(database, old, loop - FINISHED - 2 * rounds)
    name = f"last steps of {loop:,} to a first one"
    yield Figure(shape, name, _old_to_fresh(database, old, rounds), "x", aim=1.2)


def _old_to_fresh(database: Database, old: str, rounds: int) -> float:
    """What a step in an old instance takes of one in a fresh instance.

    They are done in turn, each after the same other work, so that the disk treats both alike.
    """
    late, fresh = [], []
    for _ in range(rounds):
        _begin(database)
        late.append(_completion_ms(database, _open_task(database, old)))
        fresh.append(_completion_ms(database, _begin(database)))
    return median(late) / median(fresh)


@contextmanager
def counting(database: Database) -> Iterator[Counts]:
    """Count what is asked of the database meanwhile.

    Beginning a transaction asks nothing, and the end of one that only reads makes nothing durable.
    """
    counts = Counts()

    def on_statement(*details: object) -> None:
        statement = str(details[2]).lstrip().upper()
        counts.statements += not statement.startswith(("BEGIN", "PRAGMA"))

    def on_commit(connection: Connection) -> None:
        is_reader = connection.get_execution_options().get("postgresql_readonly", False)
        counts.commits += not is_reader

    event.listen(database.engine, "commit", on_commit)
    for engine in database.engines:
        event.listen(engine, "before_cursor_execute", on_statement)
    try:
        yield counts
    finally:
        event.remove(database.engine, "commit", on_commit)
        for engine in database.engines:
            event.remove(engine, "before_cursor_execute", on_statement)


def _begin(database: Database) -> str:
    """A fresh instance; gives its open task."""
    with database.unit_of_work(SOMEONE) as uow:
        instance_id = _started(uow, "bench")
    return _open_task(database, instance_id)


def _started(uow: UnitOfWork, business_key: str) -> str:
    started = instances.start(uow, "rondje", variables={"klaar": False}, business_key=business_key)
    return started.id


def _open_task(database: Database, instance_id: str) -> str:
    with database.unit_of_work(SOMEONE, read_only=True) as uow:
        found: str = uow.connection.execute(_OPEN, {"instance_id": instance_id}).scalar_one()
    return found


def _complete(database: Database, task_id: str) -> None:
    with database.unit_of_work(SOMEONE) as uow:
        tasks.complete(uow, tasks.lock(uow, task_id), {"klaar": False})


def _completion_ms(database: Database, task_id: str) -> float:
    return timed_ms(lambda _: _complete(database, task_id), 0)


def _go_round(database: Database, instance_id: str, rounds: int) -> None:
    for _ in range(rounds):
        _complete(database, _open_task(database, instance_id))


def _copy(database: Database, original: str, first: int, last: int) -> None:
    """Make open tasks that are there for the list alone."""
    others = [
        column.name for column in user_task.columns if column.name not in {"id", "key", "candidate"}
    ]
    values = {"original": original, "first": first, "last": last, "own": OWN_TASKS}
    with database.unit_of_work(SOMEONE) as uow:
        if not database.is_sqlite:
            uow.connection.execute(text("SET LOCAL statement_timeout = 0"))
        uow.connection.execute(text(_COPIES.format(others=", ".join(others))), values)


def _inbox_ms(database: Database, rounds: int) -> float:
    def list_once(_: int) -> None:
        with database.unit_of_work(SOMEONE, read_only=True) as uow:
            found = queries.inbox(uow, {"rol@eigen"})
        assert len(found) == min(OWN_TASKS, queries.PAGE)

    return median_ms(list_once, rounds)
