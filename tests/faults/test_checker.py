"""What the checker of the crashes would find: each damage that a crash could do is a breach."""

import random
from contextlib import closing

import pytest
from sqlalchemy import text

from tests.faults import checker, clients
from tests.faults.clients import Client
from tests.installations import Installation
from tests.servers import Server
from webapp import demo

DAMAGE = {
    "a task that was done is open again": (
        "UPDATE user_task SET status = 'open' WHERE status = 'completed'"
    ),
    "an open task is gone": "UPDATE user_task SET status = 'cancelled' WHERE status = 'open'",
    "the timers are gone": "DELETE FROM job WHERE kind = 'timer'",
    "a key is forgotten": "DELETE FROM submission",
    "a step has no history": "DELETE FROM history_event WHERE revision = 2",
    "a step has no record": "DELETE FROM audit_record WHERE action = 'complete_task'",
    "a record is changed": "UPDATE audit_record SET actor_id = 'x' WHERE action = 'claim_task'",
    "a worker left an incident": (
        "INSERT INTO incident SELECT id, instance_id, 'S', element_id, 'failed', due_at FROM job"
    ),
}


@pytest.fixture(scope="module")
def worked_on(
    filled_sqlite: Installation, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Installation, Client]:
    """An installation on which some steps were taken, and who took them."""
    installation = filled_sqlite.copy_to(tmp_path_factory.mktemp("worked-on"))
    clients.make_people(installation)
    with closing(Server(installation)) as server:
        server.start()
        client = Client(server, random.Random(1))
        client.work(8)
    return installation, client


def test_work_that_nothing_happened_to_is_whole(worked_on):
    installation, client = worked_on

    with installation.opened() as database:
        found = checker.breaches(database, client.log)

    assert found == []
    assert {call.kind for call in client.log} == set(clients.Kind)


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_found(worked_on, damage, tmp_path):
    installation, client = worked_on
    damaged = installation.copy_to(tmp_path)

    with damaged.opened() as database:
        with database.unit_of_work(demo.DEMO) as uow:
            assert uow.connection.execute(text(DAMAGE[damage])).rowcount
        found = checker.breaches(database, client.log)

    assert found
