"""The application over HTTP with eight clients, beside the floor on the same database."""

import http.client
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import processes
from bench.clients import CLIENTS, Call, Load, deal, run
from bench.databases import MASTER_KEY
from bench.figures import Figure
from bench.floor import VIEW
from bench.servers import free_port, serving
from bench.verbs import Counts, counting
from engine import queries
from engine.forms import RawValues
from engine.storage.database import Database
from engine.tasks import UserTask
from engine.worker import Worker
from webapp import demo
from webapp.app import create_app
from webapp.casework import accounts, background, work
from webapp.casework.access import Grant, Person
from webapp.config import Config

START = "signaal.melden"
FIRST_FORM = "spoed_check"
COUNTED = 6
COMPLETING = "completing a task"
COMPLETING_TO_FLOOR = 0.5
THREADS = 8

# What is reported: a place, each at an address of its own so that none is taken for a double.
REPORT: dict[str, str] = {
    "onderwerp": "locatie",
    "gemeente": "venlo",
    "wat": "Er wordt gewerkt en geslapen in een loods. " * 10,
    "zekerheid": "zelf_gezien",
    "plaats": "Venlo",
    "wil_terugkoppeling": "true",
}
_ANSWERS = (
    ("levensgevaar", "nee"),
    ("dader_nabij", "nee"),
    ("geen_veilige_plek", "nee"),
    ("minderjarig", "nee"),
    ("medische_hulp", "nee"),
    ("onderwerp", "locatie"),
    ("verblijf", "eigen_regio"),
)
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
_FORM_COOKIE = re.compile(r"(uitweg-form=[^;]+)")


@dataclass(frozen=True, slots=True)
class Client:
    """Somebody who works in a browser of their own."""

    person: Person
    session: str


@dataclass(frozen=True, slots=True)
class Claimed:
    """A task that the client of that number has taken on."""

    client: int
    task: UserTask


def measure(
    database: Database, url: str, shape: str, folder: Path, *, requests: int
) -> Iterator[Figure]:
    """The floor, three pages, and completing a task.

    Args:
        requests: how many of each; the floor gets five times as many.
    """
    floor = floor_of(url, folder, requests * 5)
    yield Figure(shape, "floor: a view with one commit", floor.per_second, "requests/s")
    yield Figure(shape, "floor, p95", floor.p95_ms, "ms")
    clients = _prepare(database)
    claimed = _claimed_tasks(database, clients, requests + COUNTED)
    yield from _counted(database, folder, shape, clients, claimed[requests:])
    for name, load in _loads(url, folder, clients, claimed[:requests]):
        yield Figure(shape, f"{name}, p95", load.p95_ms, "ms")
        yield Figure(shape, f"{name}, p95 to the floor's", load.p95_ms / floor.p95_ms, "x")
        yield Figure(shape, name, load.per_second, "requests/s")
        aim = COMPLETING_TO_FLOOR if name == COMPLETING else None
        ratio = load.per_second / floor.per_second
        name_of_ratio = f"{name}, requests/s to the floor's"
        yield Figure(shape, name_of_ratio, ratio, "x", aim=aim, at_least=True)


def floor_of(url: str, folder: Path, requests: int) -> Load:
    """What a minimal view with one commit takes on the same database."""
    port = free_port()
    command = [sys.executable, "-m", "bench.floor", url, str(port), str(THREADS)]
    with serving(command, port, folder / "floor.log") as address:
        post = Call(VIEW, form=())
        run(address, deal([post] * (requests // 5)))
        return run(address, deal([post] * requests))


@contextmanager
def running(url: str, folder: Path) -> Iterator[str]:
    """The address of Uitweg on a database, in a process of its own."""
    port = free_port()
    command = [str(Path(sys.executable).parent / "uitweg"), "run"]
    environment = {
        "DATABASE_URL": url,
        "UITWEG_DATA": str(folder),
        "UITWEG_MASTER_KEY": MASTER_KEY.hex(),
        "UITWEG_PORT": str(port),
        "UITWEG_THREADS": str(THREADS),
    }
    with serving(command, port, folder / "server.log", environment) as address:
        yield address


def _loads(
    url: str, folder: Path, clients: Sequence[Client], claimed: Sequence[Claimed]
) -> Iterator[tuple[str, Load]]:
    """Each kind of request with all clients at once, completing last."""
    with running(url, folder) as address:
        browsers = _browsers(address, clients, claimed)

        def pages(path: Callable[[UserTask], str]) -> Load:
            return run(address, _gets(browsers, claimed, path))

        pages(lambda _: "/werk")
        yield "inbox", pages(lambda _: "/werk")
        yield "task page", pages(lambda task: f"/taken/{task.id}")
        yield "case page", pages(lambda task: f"/zaken/{task.business_key}")
        yield COMPLETING, run(address, _posts(browsers, claimed))


def _prepare(database: Database) -> list[Client]:
    """The demo's region and processes, and a colleague for each client."""
    with database.unit_of_work(demo.DEMO) as uow:
        demo.make_region(uow)
    demo.deploy_processes(database)
    password_hash = accounts.hash_password(accounts.new_password())
    grants = frozenset({Grant("aandachtsfunctionaris", "venlo"), Grant("signaleerder", "venlo")})
    clients = []
    with database.unit_of_work(demo.DEMO) as uow:
        for number in range(CLIENTS):
            login_name = f"bench{number}"
            person = accounts.create(uow, login_name, login_name, password_hash, grants)
            clients.append(Client(person, f"uitweg={accounts.new_session(uow, person.id)}"))
    return clients


def _claimed_tasks(database: Database, clients: Sequence[Client], cases: int) -> list[Claimed]:
    """Report signals, let the worker do its part, and claim the first task of each."""
    reporter, numbers = clients[0].person, []
    for number in range(cases):
        values: RawValues = {**REPORT, "adres": f"Proefstraat {number}"}
        with database.unit_of_work(reporter.actor) as uow:
            case = work.start_case(uow, reporter, START, values, submission=f"bench{number}")
        numbers.append(case.number)
    Worker(database, processes.handlers(), background.ACTS).run_due()
    return [
        _claimed(database, position % CLIENTS, clients[position % CLIENTS].person, case_number)
        for position, case_number in enumerate(numbers)
    ]


def _claimed(database: Database, client: int, person: Person, case_number: str) -> Claimed:
    with database.unit_of_work(person.actor) as uow:
        (task,) = (
            task for task in queries.open_tasks(uow, case_number) if task.form_key == FIRST_FORM
        )
        claimed = work.claim_task(uow, person, task.id, revision=task.revision)
    return Claimed(client, claimed)


@dataclass(frozen=True, slots=True)
class Browser:
    """What a browser holds after its first page: its cookies, and the token for its forms."""

    cookies: str
    token: str


def _browser(address: str, client: Client, task: UserTask) -> Browser:
    place = urlsplit(address)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
    connection.request("GET", f"/taken/{task.id}", headers={"Cookie": client.session})
    answer = connection.getresponse()
    page = answer.read().decode()
    connection.close()
    set_cookies = " ".join(answer.headers.get_all("Set-Cookie", []))
    token, cookie = _TOKEN.search(page), _FORM_COOKIE.search(set_cookies)
    if answer.status != 200 or token is None or cookie is None:
        raise RuntimeError(f"the task page answered {answer.status} without a form")
    return Browser(f"{client.session}; {cookie[1]}", token[1])


def _browsers(address: str, clients: Sequence[Client], claimed: Sequence[Claimed]) -> list[Browser]:
    firsts = {each.client: each.task for each in reversed(claimed)}
    return [_browser(address, client, firsts[number]) for number, client in enumerate(clients)]


def _gets(
    browsers: Sequence[Browser], claimed: Sequence[Claimed], path: Callable[[UserTask], str]
) -> list[list[Call]]:
    """Each client looks at its own tasks."""
    shares: list[list[Call]] = [[] for _ in browsers]
    for each in claimed:
        headers = {"Cookie": browsers[each.client].cookies}
        shares[each.client].append(Call(path(each.task), headers=headers))
    return shares


def _posts(browsers: Sequence[Browser], claimed: Sequence[Claimed]) -> list[list[Call]]:
    """Each client completes its own tasks."""
    shares: list[list[Call]] = [[] for _ in browsers]
    for each in claimed:
        browser = browsers[each.client]
        form = (("csrf_token", browser.token), *_form(each.task))
        headers = {"Cookie": browser.cookies}
        shares[each.client].append(Call(f"/taken/{each.task.id}", form, headers, expects=303))
    return shares


def _form(task: UserTask) -> tuple[tuple[str, str], ...]:
    return (("_revision", str(task.revision)), ("_submission", f"bench-{task.id}"), *_ANSWERS)


def _counted(
    database: Database,
    folder: Path,
    shape: str,
    clients: Sequence[Client],
    claimed: Sequence[Claimed],
) -> Iterator[Figure]:
    """The most that one completion asks of the database, session and audit included.

    The first ones fill caches and do not count.
    """
    asked = [_counted_request(database, folder, clients[each.client], each) for each in claimed]
    for word in ("statements", "commits"):
        most = max(getattr(counts, word) for counts in asked[len(asked) // 2 :])
        yield Figure(shape, f"{COMPLETING}: {word}", most, word)


def _counted_request(database: Database, folder: Path, client: Client, each: Claimed) -> Counts:
    config = Config("", folder, MASTER_KEY, secret_key="bench")
    browser = create_app(config, database).test_client()
    name, _, token = client.session.partition("=")
    browser.set_cookie(name, token)
    found = _TOKEN.search(browser.get(f"/taken/{each.task.id}").get_data(as_text=True))
    form = dict((("csrf_token", found[1] if found else ""), *_form(each.task)))
    with counting(database) as counts:
        answer = browser.post(f"/taken/{each.task.id}", data=form)
    if answer.status_code != 303:
        raise RuntimeError(f"completing a task answered {answer.status_code}")
    return counts
