"""What the documentation points at is there."""

import re
from pathlib import Path

import pytest

from tests.structure.sources import ROOT

PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "processes").rglob("*.md")]
)
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")
# A path in the repository, written out: neither a pattern nor a place to fill in.
NAMED = re.compile(r"`((?:bench|docs|engine|processes|tests|tools|webapp)/[\w./-]+)`")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    lost = [link for link in LINK.findall(text) if not (page.parent / link).exists()]
    lost += [name for name in NAMED.findall(text) if not (ROOT / name).exists()]

    assert not lost
