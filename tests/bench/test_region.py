"""The open tasks that a long inbox is measured beside."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from bench import region
from bench.databases import MASTER_KEY
from engine import queries
from engine.model import SYSTEM
from engine.storage import tables
from engine.storage.crypto import Keyring
from engine.storage.database import Database
from webapp.casework import accounts

TASKS = 60


def test_one_person_finds_the_same_work_whatever_others_have(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{region._made(tmp_path, TASKS)}", Keyring(MASTER_KEY))

    try:
        with database.unit_of_work(SYSTEM, read_only=True) as uow:
            person = accounts.get(uow, accounts.find(uow, region.READER))
            own = queries.inbox(uow, person.groups)
            table = tables.user_task
            count = select(func.count()).where(table.c.status == "open")
            every = uow.connection.execute(count).scalar_one()
            instances = uow.connection.execute(
                select(func.count(table.c.instance_id.distinct()))
            ).scalar_one()
    finally:
        database.close()
    assert len(own) == region.OWN_CASES
    assert every == TASKS
    assert instances == TASKS


def test_tasks_that_were_made_before_are_used_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / f"tasks-{TASKS}.db").write_bytes(b"made before")
    monkeypatch.setattr(region, "_make", lambda *_: pytest.fail("made again"))

    assert region._made(tmp_path, TASKS).read_bytes() == b"made before"
