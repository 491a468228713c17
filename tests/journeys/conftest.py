"""A real browser for the journeys, and a server of its own for each."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests import browser as chromium
from tests import installations
from tests.installations import Installation
from tests.journeys.office import Office
from tests.journeys.people import Someone
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
    """The demo region with its people and their passwords, to copy."""
    folder = tmp_path_factory.mktemp("region")
    path = shutil.copy(sqlite_template, folder / "uitweg.db")
    filled = Installation(f"sqlite:///{path}", folder)
    installations.fill(filled)
    with filled.opened() as database:
        return filled, demo.make_people(database, folder)


@pytest.fixture
def server(region: tuple[Installation, demo.Passwords], tmp_path: Path) -> Iterator[Server]:
    """A server of its own, on a copy of the demo region."""
    with running(region[0].copy_to(tmp_path)) as started:
        yield started


@pytest.fixture
def arrive(
    server: Server,
    region: tuple[Installation, demo.Passwords],
    new_context: Callable[..., BrowserContext],
) -> Callable[..., Someone]:
    """Lets someone of the demo region sit down at a browser of their own, and log in."""

    def sit_down(login_name: str, *, width: int = 1280, scripts: bool = True) -> Someone:
        page = new_context(width=width, scripts=scripts).new_page()
        someone = Someone(page, server.address, login_name, region[1][login_name])
        someone.log_in()
        return someone

    return sit_down


@pytest.fixture(scope="module")
def office(
    region: tuple[Installation, demo.Passwords], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    """A region at work, for tests that look at pages and change nothing that another looks at."""
    with running(region[0].copy_to(tmp_path_factory.mktemp("office"))) as started:
        yield Office(started, region[1])
