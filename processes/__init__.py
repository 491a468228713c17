"""The shipped processes: one folder each. Only handlers are code; the rest is read when deployed.

A folder holds its diagrams, `decisions/`, `forms/`, `scenarios/` and `process.toml`. `read` reads
such folders from anywhere, not only the shipped ones. processes/README.md says what belongs where.
"""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from engine.handlers import Handlers

if TYPE_CHECKING:  # reading a folder needs no storage, and it takes half a second to import
    from engine.storage.unit_of_work import UnitOfWork

SHIPPED = Path(__file__).parent
MANIFEST = "process.toml"

_DEPLOYED = (".bpmn", ".dmn", ".form")


def folders(path: Path) -> list[str]:
    """Names of the process folders at *path*: its own, or those of the folders in it, sorted."""
    return [folder.name for folder in _folders(path)]


def read(path: Path) -> dict[str, bytes]:
    """What a deployment of *path* consists of, by "<folder>/<path within it>".

    Args:
        path: one process folder, or a folder of process folders.

    Raises:
        OSError: it is no folder, or cannot be read.
    """
    return {
        f"{folder.name}/{file.relative_to(folder).as_posix()}": file.read_bytes()
        for folder in _folders(path)
        for file in _files(folder)
    }


def handlers() -> "Handlers[UnitOfWork]":
    """The handlers of every shipped folder, by topic."""
    found: Handlers[UnitOfWork] = Handlers()
    for folder in _folders(SHIPPED):
        if (folder / "handlers.py").is_file():
            found.include(import_module(f"{__name__}.{folder.name}.handlers").HANDLERS)
    return found


def _folders(path: Path) -> list[Path]:
    whole = path.resolve()
    if _is_process_folder(whole):
        return [whole]
    inner = sorted(folder for folder in whole.iterdir() if folder.is_dir())
    return [folder for folder in inner if _is_process_folder(folder)]


def _is_process_folder(folder: Path) -> bool:
    return (folder / MANIFEST).is_file() or any(folder.glob("*.bpmn"))


def _files(folder: Path) -> list[Path]:
    found = (file for file in sorted(folder.rglob("*")) if file.is_file())
    return [file for file in found if file.name == MANIFEST or file.suffix in _DEPLOYED]
