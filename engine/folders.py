"""The process folders as they were deployed last, and their files, for whoever looks after them."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select

from engine.errors import NotFoundError
from engine.storage.tables import deployment
from engine.storage.unit_of_work import UnitOfWork

Files = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class FolderVersion:
    """One version of a process folder, without its files.

    Attributes:
        id: of its deployment.
        uses: ids of the deployments of shared folders that it runs with.
    """

    id: str
    folder: str
    version: int
    uses: tuple[str, ...]
    deployed_at: datetime
    deployed_by: str


_COLUMNS = (
    deployment.c.id,
    deployment.c.folder,
    deployment.c.version,
    deployment.c.uses,
    deployment.c.deployed_at,
    deployment.c.deployed_by,
)


def newest(uow: UnitOfWork, folder: str) -> FolderVersion:
    """The version of a folder that new instances run.

    Raises:
        NotFoundError: folder_not_found.
    """
    query = _versions(deployment.c.folder == folder).order_by(deployment.c.version.desc()).limit(1)
    row = uow.connection.execute(query).one_or_none()
    if row is None:
        raise NotFoundError("folder_not_found", folder=folder)
    return _version(*row)


def newest_of_each(uow: UnitOfWork) -> tuple[FolderVersion, ...]:
    """The same of every folder, by name."""
    top = (
        select(deployment.c.folder, func.max(deployment.c.version).label("top"))
        .group_by(deployment.c.folder)
        .subquery()
    )
    query = (
        select(*_COLUMNS)
        .join(top, (top.c.folder == deployment.c.folder) & (top.c.top == deployment.c.version))
        .order_by(deployment.c.folder)
    )
    return tuple(_version(*row) for row in uow.connection.execute(query))


def get(uow: UnitOfWork, deployment_id: str) -> FolderVersion:
    """A version by the id of its deployment.

    Raises:
        NotFoundError: deployment_not_found.
    """
    row = uow.connection.execute(_versions(deployment.c.id == deployment_id)).one_or_none()
    if row is None:
        raise NotFoundError("deployment_not_found", deployment_id=deployment_id)
    return _version(*row)


def files(uow: UnitOfWork, deployment_id: str) -> dict[str, bytes]:
    """The folder's own files, keys `<folder>/<path>`.

    Raises:
        NotFoundError: deployment_not_found.
    """
    query = select(deployment.c.files).where(deployment.c.id == deployment_id)
    packed = uow.connection.execute(query).scalar()
    if packed is None:
        raise NotFoundError("deployment_not_found", deployment_id=deployment_id)
    return unpack(packed)


def pack(files: Files) -> bytes:
    """Files as they are stored; the same files give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(path), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def unpack(packed: bytes) -> dict[str, bytes]:
    """Stored files by their path."""
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _versions(where: ColumnElement[bool]) -> Select[str, str, int, list[str], datetime, str]:
    return select(*_COLUMNS).where(where)


def _version(
    deployment_id: str,
    folder: str,
    version: int,
    uses: list[str],
    deployed_at: datetime,
    deployed_by: str,
) -> FolderVersion:
    return FolderVersion(deployment_id, folder, version, tuple(uses), deployed_at, deployed_by)
