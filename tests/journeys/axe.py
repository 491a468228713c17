"""What axe says of a page, and whether it can be read on a small screen."""

from functools import lru_cache
from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"

# What WCAG 2.2 AA asks of a page, and the practices axe adds to it.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def judge(page: Page, *, looked_at: frozenset[str] = frozenset()) -> None:
    """Fail with every rule the page as it stands breaks, and with what axe cannot decide.

    Args:
        looked_at: rules that axe cannot decide on this page and that somebody has looked at.
    """
    # Evaluated through the debugging protocol, so that the page's own policy stays as it is.
    page.evaluate(_axe())
    found = page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", RULES
    )
    assert found["passes"], "axe looked at nothing"
    broken = [
        f"{kind} {rule['id']}: {', '.join(str(node['target'][0]) for node in rule['nodes'])}"
        for kind in ("violations", "incomplete")
        for rule in found[kind]
        if kind == "violations" or rule["id"] not in looked_at
    ]
    assert not broken, f"{page.url}: " + "; ".join(broken)


def judge_width(page: Page) -> None:
    """Fail when there is something to scroll to beside the page."""
    wide = page.evaluate(
        "[document.scrollingElement.scrollWidth, document.scrollingElement.clientWidth]"
    )
    assert wide[0] <= wide[1], f"{page.url} is {wide[0]} wide on a screen of {wide[1]}"


@lru_cache(maxsize=1)
def _axe() -> str:
    return AXE.read_text(encoding="utf-8")
