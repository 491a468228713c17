"""The sources as syntax trees, for the tests that guard their structure."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("engine", "webapp", "processes")


@dataclass(frozen=True, slots=True)
class Module:
    """One Python file.

    Attributes:
        path: inside the repository, with forward slashes.
        tree: its syntax tree.
    """

    path: str
    text: str
    tree: ast.Module

    def calls(self) -> Iterator[tuple[str, int]]:
        """Every call as it is written ("datetime.now", "eval"), with its line."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield ast.unparse(node.func), node.lineno

    def imports(self) -> Iterator[str]:
        """The dotted names of the modules it imports."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield node.module or ""


@cache
def modules(*packages: str) -> tuple[Module, ...]:
    """The modules of these packages, of all three when none is named."""
    paths = [
        path
        for package in packages or PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if "dist" not in path.parts
    ]
    return tuple(_read(path) for path in paths)


def _read(path: Path) -> Module:
    text = path.read_text(encoding="utf-8")
    return Module(path.relative_to(ROOT).as_posix(), text, ast.parse(text))
