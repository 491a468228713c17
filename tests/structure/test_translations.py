"""Every text of the pages exists in Dutch and in English."""

import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def source_texts(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    template = tmp_path_factory.mktemp("locale") / "messages.pot"
    command = [sys.executable, "-m", "babel.messages.frontend", "-q", "extract"]
    command += ["-F", "babel.cfg", "-k", "lazy_gettext", "-o", str(template), "webapp"]
    subprocess.run(command, cwd=ROOT, check=True)
    catalogue = read_po(template.open("rb"))
    assert len(catalogue) > 100
    return catalogue


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_text_has_a_translation(source_texts: Catalog, language: str) -> None:
    catalogue = read_catalogue(language)

    missing = [text.id for text in texts(source_texts) if not translated(catalogue, text)]

    assert missing == []


@pytest.mark.parametrize("language", ["nl", "en"])
def test_no_translation_is_left_behind(source_texts: Catalog, language: str) -> None:
    used = {text.id for text in texts(source_texts)}

    left_behind = [text.id for text in texts(read_catalogue(language)) if text.id not in used]

    assert left_behind == []


def test_a_translation_fills_in_the_same_values() -> None:
    catalogue = read_catalogue("nl")

    broken = [text.id for text in texts(catalogue) for _ in text.check(catalogue)]

    assert broken == []


def read_catalogue(language: str) -> Catalog:
    path = ROOT / "webapp" / "locale" / language / "LC_MESSAGES" / "messages.po"
    return read_po(path.open("rb"), locale=language)


def texts(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def translated(catalogue: Catalog, text: Message) -> bool:
    found = catalogue.get(text.id, text.context)
    if found is None:
        return False
    strings = found.string if isinstance(found.string, (tuple, list)) else (found.string,)
    return all(strings)
