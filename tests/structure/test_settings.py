"""A setting nobody can look up is not a setting."""

from dataclasses import fields

from tests.structure.sources import ROOT
from webapp.config import Config


def test_every_setting_is_documented() -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    documented = {cell.strip(" `") for row in rows for cell in row.split("|")}

    assert {field.name for field in fields(Config)} <= documented
