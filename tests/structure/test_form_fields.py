"""A type of field is known in the engine, on the page and in the documentation."""

from pathlib import Path

import pytest

from engine.forms import FIELD_TYPES
from tests.structure.sources import ROOT

FIELDS = ROOT / "webapp" / "templates" / "components" / "fields"
DOCUMENTATION = ROOT / "docs" / "forms.md"


@pytest.mark.parametrize("name", sorted(FIELD_TYPES))
def test_every_type_of_field_has_a_template_with_its_macro(name: str) -> None:
    template: Path = FIELDS / f"{FIELD_TYPES[name].macro}.html"

    assert template.is_file()


@pytest.mark.parametrize("name", sorted(FIELD_TYPES))
def test_every_type_of_field_is_documented(name: str) -> None:
    rows = [line for line in DOCUMENTATION.read_text().splitlines() if line.startswith("|")]

    assert any(f"`{name}`" in row.split("|")[1] for row in rows)


def test_every_template_of_a_field_belongs_to_a_type() -> None:
    known = {kind.macro for kind in FIELD_TYPES.values()}

    assert {path.stem for path in FIELDS.glob("*.html")} <= known
