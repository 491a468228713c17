"""A region at work: the pages on the demo data, and an inbox beside few and many open tasks.

Both databases are made by running processes. The many tasks take minutes to make, so they are kept
in a folder and used again.
"""

import http.client
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import processes
from bench.clients import CLIENTS, Call, run
from bench.databases import MASTER_KEY
from bench.figures import Figure
from bench.floor import prepare
from bench.pages import REPORT, START, floor_of, running
from bench.timing import timed_ms
from bench.verbs import SOMEONE
from engine import definitions, instances, queries
from engine.forms import RawValues
from engine.model import SYSTEM
from engine.storage.crypto import Keyring
from engine.storage.database import Clock, Database
from engine.worker import Worker
from webapp import demo
from webapp.casework import accounts, background, migrate, regions, work
from webapp.casework.access import Grant, Person
from webapp.casework.roles import REPORTER
from webapp.demodata import filling
from webapp.demodata.clocks import SetClock
from webapp.demodata.colleagues import Colleagues

SHAPE = "sqlite"
CASES = 60
PAGE_AIM_MS = 100
FEW = 1000
OWN_CASES = 30
INBOX_RATIO_AIM = 1.2
READER = "bench"
HERE = "venlo"
AT_ONCE = 500
TELLS_EVERY = 5000
PROCESS = Path(__file__).parent / "wachten"


def pages(folder: Path, *, requests: int) -> Iterator[Figure]:
    """The pages of people at work on the demo data, eight clients at once."""
    folder.mkdir()
    url = f"sqlite:///{folder / 'demo.db'}"
    now = datetime.now(UTC)
    clock = SetClock(filling.begin_of(now))
    database = _opened(url, clock)
    try:
        print(f"playing {CASES} cases of the demo", flush=True)
        filling.prepare(database, folder)
        filling.fill(database, clock, now, number=CASES, seed=1, tell=lambda _: None)
        people = _people(database)
        prepare(database)
    finally:
        database.close()
    floor = floor_of(url, folder, requests * 5)
    with running(url, folder) as address:
        for name, shares in _shares(people, requests).items():
            run(address, [share[: len(share) // 4 + 1] for share in shares])
            load = run(address, shares)
            yield Figure(SHAPE, f"demo data, {name}, p50", load.p50_ms, "ms")
            yield Figure(SHAPE, f"demo data, {name}, p95", load.p95_ms, "ms", aim=PAGE_AIM_MS)
            ratio = load.p95_ms / floor.p95_ms
            yield Figure(SHAPE, f"demo data, {name}, p95 to the floor's", ratio, "x")


def long_inbox(folder: Path, kept: Path, *, rounds: int, many: int) -> Iterator[Figure]:
    """One person's inbox page beside few and beside many open tasks, asked in turn."""
    kept.mkdir(parents=True, exist_ok=True)
    took: dict[int, list[float]] = {FEW: [], many: []}
    with ExitStack() as stack:
        calls = {}
        for tasks in took:
            path = _made(kept, tasks)
            database = _opened(f"sqlite:///{path}")
            cookie = _cookie(database, _reader(database))
            database.close()
            work_folder = folder / str(tasks)
            work_folder.mkdir(parents=True)
            address = stack.enter_context(running(f"sqlite:///{path}", work_folder))
            calls[tasks] = _Asking(address, cookie)
        for number in range(rounds + 20):
            for tasks, asking in calls.items():
                took[tasks].append(timed_ms(asking.once, number))
    few, more = (statistics.median(each[20:]) for each in took.values())
    yield Figure(SHAPE, f"inbox page, {FEW:,} open tasks", few, "ms")
    yield Figure(SHAPE, f"inbox page, {many:,} open tasks", more, "ms")
    yield Figure(
        SHAPE, f"inbox page, {many:,} open tasks to {FEW:,}", more / few, "x", aim=INBOX_RATIO_AIM
    )


@dataclass(frozen=True, slots=True)
class _Worker:
    """Somebody of the demo who works on it.

    Attributes:
        cookie: of their session.
        tasks, cases: what stands in their inbox.
    """

    person: Person
    cookie: str
    tasks: tuple[str, ...]
    cases: tuple[str, ...]


def _people(database: Database) -> list[_Worker]:
    """Everybody of the demo, who has most to do first."""
    found = []
    for person in Colleagues.of(database).people:
        with database.unit_of_work(SYSTEM, read_only=True) as uow:
            listed = (*queries.assigned(uow, person.id), *queries.inbox(uow, person.groups))
        found.append(
            _Worker(
                person,
                _cookie(database, person.id),
                tuple(task.id for task in listed),
                tuple(dict.fromkeys(task.business_key for task in listed)),
            )
        )
    return sorted(found, key=lambda one: -len(one.tasks))


def _shares(people: Sequence[_Worker], requests: int) -> Mapping[str, list[list[Call]]]:
    """By page, what each client asks for: the busiest people go round what is theirs."""
    outside = {REPORTER.key, demo.PARTNER}
    busy = [
        one
        for one in people
        if one.tasks and not outside & {grant.role for grant in one.person.grants}
    ]
    managers = [
        one for one in people if any(grant.role == demo.MANAGER for grant in one.person.grants)
    ]
    each = max(2, requests // CLIENTS)

    def go_round(who: Sequence[_Worker], paths: Mapping[str, Sequence[str]]) -> list[list[Call]]:
        clients = [who[number % len(who)] for number in range(CLIENTS)]
        return [
            [
                Call(paths[one.cookie][number % len(paths[one.cookie])], headers=_headers(one))
                for number in range(each)
            ]
            for one in clients
        ]

    return {
        "inbox": go_round(busy, {one.cookie: ["/werk"] for one in busy}),
        "case page": go_round(
            busy, {one.cookie: [f"/zaken/{case}" for case in one.cases] for one in busy}
        ),
        "task page": go_round(
            busy, {one.cookie: [f"/taken/{task}" for task in one.tasks] for one in busy}
        ),
        "stuck cases": go_round(managers, {one.cookie: ["/vastgelopen"] for one in managers}),
    }


def _headers(one: _Worker) -> Mapping[str, str]:
    return {"Cookie": one.cookie}


class _Asking:
    """Asks for one page over a kept connection."""

    def __init__(self, address: str, cookie: str) -> None:
        place = urlsplit(address)
        self._connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
        self._cookie = cookie

    def once(self, _: int) -> None:
        """Ask, and read the answer."""
        self._connection.request("GET", "/werk", headers={"Cookie": self._cookie})
        answer = self._connection.getresponse()
        page = answer.read()
        if answer.status != 200 or b"/taken/" not in page:
            raise RuntimeError(f"the inbox answered {answer.status} without a task")


# --- the many tasks ------------------------------------------------------------------------------


def _made(kept: Path, tasks: int) -> Path:
    """A database with so many open tasks, made by the engine, or the one made before."""
    path = kept / f"tasks-{tasks}.db"
    if not path.exists():
        draft = path.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        database = _opened(f"sqlite:///{draft}")
        try:
            _make(database, tasks)
        finally:
            database.close()
        draft.replace(path)
    return path


def _make(database: Database, tasks: int) -> None:
    """The cases of one person in one municipality, and tasks of others in all others."""
    with database.unit_of_work(demo.DEMO) as uow:
        demo.make_region(uow)
        others = [one.key for one in regions.municipalities(uow) if one.key != HERE]
    demo.deploy_processes(database)
    _report(database)
    with database.unit_of_work(SOMEONE) as uow:
        files = {f"wachten/{file.name}": file.read_bytes() for file in PROCESS.iterdir()}
        definitions.deploy(uow, files)
    begun = time.monotonic()
    for first in range(OWN_CASES, tasks, AT_ONCE):
        with database.unit_of_work(SOMEONE) as uow:
            for number in range(first, min(first + AT_ONCE, tasks)):
                place = others[number % len(others)]
                instances.start(
                    uow, "wachten", variables={"gemeente": place}, business_key=f"bench{number}"
                )
        done = min(first + AT_ONCE, tasks)
        if done // TELLS_EVERY > first // TELLS_EVERY or done == tasks:
            print(f"{done:,} of {tasks:,} tasks, {time.monotonic() - begun:.0f} s", flush=True)


def _report(database: Database) -> None:
    password_hash = accounts.hash_password(accounts.new_password())
    grants = frozenset({Grant("aandachtsfunctionaris", HERE), Grant(REPORTER.key, HERE)})
    with database.unit_of_work(demo.DEMO) as uow:
        person = accounts.create(uow, READER, READER, password_hash, grants)
    for number in range(OWN_CASES):
        values: RawValues = {**REPORT, "adres": f"Proefstraat {number}"}
        with database.unit_of_work(person.actor) as uow:
            work.start_case(uow, person, START, values, submission=f"bench{number}")
    Worker(database, processes.handlers(), background.ACTS).run_due()


def _reader(database: Database) -> str:
    with database.unit_of_work(SYSTEM, read_only=True) as uow:
        return accounts.find(uow, READER)


def _cookie(database: Database, account_id: str) -> str:
    with database.unit_of_work(demo.DEMO) as uow:
        return f"uitweg={accounts.new_session(uow, account_id)}"


def _opened(url: str, clock: Clock | None = None) -> Database:
    database = Database(url, Keyring(MASTER_KEY), clock)
    migrate(database)
    return database
