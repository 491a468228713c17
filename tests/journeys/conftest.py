"""A real browser for the journeys, and axe to judge the pages they come through."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests import browser as chromium

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"

# What WCAG 2.2 AA asks of a page, and the practices axe adds to it.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all journeys of a test process; a missing one fails, it never skips."""
    try:
        found = chromium.find()
    except chromium.NoBrowserError as error:
        pytest.fail(str(error), pytrace=False)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=found.path,
            args=list(chromium.ARGUMENTS),
            env={**os.environ, **found.environment},
        )
        yield running
        running.close()


@pytest.fixture
def new_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes a browser window of its own: one per person, so that several can be logged in."""
    contexts: list[BrowserContext] = []

    def make(*, width: int = 1280) -> BrowserContext:
        context = browser.new_context(
            locale="nl-NL",
            timezone_id="Europe/Amsterdam",
            viewport={"width": width, "height": 900},
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Page:
    """One page of one person."""
    return new_context().new_page()


@pytest.fixture
def assert_accessible() -> Callable[[Page], None]:
    """Fails with every rule of axe the page as it stands breaks, and where."""

    def check(page: Page) -> None:
        # Evaluated through the debugging protocol, so that the page's own policy stays as it is.
        page.evaluate(AXE.read_text(encoding="utf-8"))
        found = page.evaluate(
            "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", RULES
        )
        assert found["passes"], "axe looked at nothing"
        broken = [
            f"{violation['id']}: {', '.join(node['target'][0] for node in violation['nodes'])}"
            for violation in found["violations"]
        ]
        assert not broken, f"{page.url}: " + "; ".join(broken)

    return check
