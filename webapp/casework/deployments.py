"""Making process folders the version that new cases run, with a record of who did so."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from engine import definitions
from engine.definitions import SHARED_FOLDER, Deployment, Files
from engine.errors import InvalidInputError, Problem
from engine.model import Actor
from engine.storage.database import Database
from engine.storage.unit_of_work import UnitOfWork
from webapp.casework import audit
from webapp.casework.audit import Act


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one folder: deployed, or refused for the problems."""

    folder: str
    deployment: Deployment | None
    problems: tuple[Problem, ...] = ()


def deploy(uow: UnitOfWork, files: Files, *, topics: Collection[str]) -> Deployment:
    """Make one folder the version that new cases run; a folder that is the same stays as it is.

    Args:
        files: keys `<folder>/<path>`.
        topics: of the service tasks that have a handler.

    Raises:
        InvalidInputError: with every Problem; nothing is stored.
    """
    made = definitions.deploy(uow, files, topics=topics)
    if made.is_new:
        audit.record(uow, Act.DEPLOY, object=made.id)
    return made


def deploy_all(
    database: Database, actor: Actor, files: Files, *, topics: Collection[str]
) -> Iterator[Outcome]:
    """Deploy each folder in a transaction of its own, what they share first.

    A folder that is refused stays as it was and stops no other, but without what they share none
    can be judged.
    """
    folders = by_folder(files)
    for folder in sorted(folders, key=lambda name: (name != SHARED_FOLDER, name)):
        outcome = _deploy_one(database, actor, folder, folders[folder], topics)
        yield outcome
        if folder == SHARED_FOLDER and outcome.problems:
            return


def by_folder(files: Files) -> dict[str, dict[str, bytes]]:
    """The files of each folder, by its name; their keys stay whole."""
    folders: dict[str, dict[str, bytes]] = {}
    for path, content in files.items():
        folders.setdefault(path.partition("/")[0], {})[path] = content
    return folders


def _deploy_one(
    database: Database,
    actor: Actor,
    folder: str,
    files: Mapping[str, bytes],
    topics: Collection[str],
) -> Outcome:
    try:
        with database.unit_of_work(actor) as uow:
            return Outcome(folder, deploy(uow, files, topics=topics))
    except InvalidInputError as error:
        problems = [found for found in error.problems if isinstance(found, Problem)]
        return Outcome(folder, None, tuple(problems))
