"""Every refusal has a status and words."""

import importlib
from collections.abc import Iterator

from engine.errors import UitwegError
from tests.structure.sources import modules
from webapp.errors import STATUS, WORDS


def test_every_error_has_a_row_in_the_table_of_pages() -> None:
    missing = [kind.__name__ for kind in _errors() if kind not in STATUS]

    assert not missing, "give each its status in webapp/errors.py"


def test_every_status_has_words() -> None:
    # 401 is answered by the page that asks to log in.
    assert not {status for status in STATUS.values() if status not in WORDS} - {401}


def _errors() -> Iterator[type[UitwegError]]:
    for module in modules("engine", "webapp"):
        if "/migrations/" not in module.path:
            name = module.path.removesuffix(".py").removesuffix("/__init__")
            importlib.import_module(name.replace("/", "."))
    yield from _below(UitwegError)


def _below(kind: type[UitwegError]) -> Iterator[type[UitwegError]]:
    for child in kind.__subclasses__():
        if child.__module__.split(".")[0] in {"engine", "webapp", "processes"}:
            yield child
        yield from _below(child)
