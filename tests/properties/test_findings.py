"""Whatever becomes of the shipped files, checking them gives findings and never a crash."""

import re
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from engine import check
from engine.bpmn.compile import compile_set

ROOT = Path(__file__).parents[2]
FILES = {
    path.name: path.read_text()
    for path in sorted([*(ROOT / "processes").rglob("*"), *(ROOT / "tests").rglob("coverage/*")])
    if path.suffix in (".bpmn", ".dmn", ".form", ".toml")
}
ATTRIBUTES = re.compile(r'\s[\w:]+="[^"]*"')
ELEMENTS = re.compile(r"<(?:\w+:)?\w+[^<>]*/>")
WORDS = re.compile(r"\w+")


@st.composite
def damaged(draw: st.DrawFn) -> dict[str, bytes]:
    """A file of which some attributes, elements or words were left out, doubled or exchanged."""
    name = draw(st.sampled_from(sorted(FILES)))
    text = FILES[name]
    for _ in range(draw(st.integers(1, 3))):
        parts = list(draw(st.sampled_from([ATTRIBUTES, ELEMENTS, WORDS])).finditer(text))
        if not parts:
            continue
        part, other = draw(st.sampled_from(parts)), draw(st.sampled_from(parts))
        instead = draw(st.sampled_from(["", part[0] * 2, other[0]]))
        text = text[: part.start()] + instead + text[part.end() :]
    return {name: text.encode()}


@settings(max_examples=200, deadline=None)
@given(damaged())
def test_a_damaged_file_gives_findings_and_what_passes_compiles(files) -> None:
    found = check(files)

    if not any(each.severity == "error" for each in found):
        compile_set(files)
