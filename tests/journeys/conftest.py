"""A real browser for the journeys, and a server of its own for each."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from engine.timers import AMSTERDAM
from tests import browser as chromium
from tests import installations
from tests.installations import MONDAY, Installation
from tests.journeys.office import Office
from tests.journeys.people import Outsider, Someone
from tests.servers import Server, running
from webapp import demo

LONGEST_WAIT_MILLISECONDS = 30_000  # only a test that fails waits for it


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all journeys of a test process; a missing one fails, it never skips."""
    try:
        found = chromium.find()
    except chromium.NoBrowserError as error:
        pytest.fail(str(error), pytrace=False)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=found.path,
            args=list(chromium.ARGUMENTS),
            env={**os.environ, **found.environment},
        )
        expect.set_options(timeout=LONGEST_WAIT_MILLISECONDS)
        yield started
        started.close()


@pytest.fixture
def new_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes a browser window of its own: one per person, so that several can be logged in."""
    contexts: list[BrowserContext] = []

    def make(*, width: int = 1280, scripts: bool = True) -> BrowserContext:
        context = browser.new_context(
            locale="nl-NL",
            timezone_id="Europe/Amsterdam",
            viewport={"width": width, "height": 900},
            java_script_enabled=scripts,
        )
        context.set_default_timeout(LONGEST_WAIT_MILLISECONDS)
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Page:
    """One page of one person."""
    return new_context().new_page()


@pytest.fixture(scope="session")
def region(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Installation, demo.Passwords]:
    """The demo region with its people, their passwords and who is on call, to copy."""
    folder = tmp_path_factory.mktemp("region")
    path = shutil.copy(sqlite_template, folder / "uitweg.db")
    filled = Installation(f"sqlite:///{path}", folder)
    installations.fill(filled)
    with filled.opened() as database:
        passwords = demo.make_people(database, folder)
        demo.make_roster(database)
        return filled, passwords


@pytest.fixture
def server(region: tuple[Installation, demo.Passwords], tmp_path: Path) -> Iterator[Server]:
    """A server of its own, on a copy of the demo region."""
    with running(region[0].copy_to(tmp_path)) as started:
        yield started


@pytest.fixture
def arrived() -> list[Someone]:
    """Who sits at a browser."""
    return []


@pytest.fixture
def at(server: Server, arrived: list[Someone]) -> Callable[[str], None]:
    """Sets the clock of everybody to a moment in Amsterdam; nobody sat at their page meanwhile."""

    def set_clock(moment: str) -> None:
        for someone in arrived:
            someone.leave()
        local = datetime.fromisoformat(moment).replace(tzinfo=AMSTERDAM)
        server.installation.clock.set(local.astimezone(UTC))

    return set_clock


@pytest.fixture
def arrive(
    server: Server,
    region: tuple[Installation, demo.Passwords],
    new_context: Callable[..., BrowserContext],
    arrived: list[Someone],
) -> Callable[..., Someone]:
    """Lets someone of the demo region sit down at a browser of their own, and log in."""

    def sit_down(login_name: str, *, width: int = 1280, scripts: bool = True) -> Someone:
        page = new_context(width=width, scripts=scripts).new_page()
        someone = Someone(page, server.address, login_name, region[1][login_name])
        someone.log_in()
        arrived.append(someone)
        return someone

    return sit_down


@pytest.fixture
def outsiders(
    server: Server, new_context: Callable[..., BrowserContext]
) -> Callable[..., tuple[Outsider, ...]]:
    """Gives people of the region a browser of their own, to ask for what is not theirs."""

    def gather(*login_names: str) -> tuple[Outsider, ...]:
        return tuple(Outsider(new_context().new_page(), server, name) for name in login_names)

    return gather


@pytest.fixture(scope="module")
def office(
    region: tuple[Installation, demo.Passwords], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    """A region at work, for tests that look at pages and change nothing that another looks at."""
    with running(region[0].copy_to(tmp_path_factory.mktemp("office"))) as started:
        clock = started.installation.clock
        clock.set(MONDAY - timedelta(days=2))
        saturday = Office(started, region[1])
        stuck = saturday.task_of(saturday.report(bedrijf="Nagelstudio Roos"))
        clock.set(MONDAY)
        yield Office(started, region[1], stuck)
