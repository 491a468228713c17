"""Folders are deployed one by one, and whoever did so is recorded."""

from engine import definitions
from engine.storage.database import Database
from tests import diagrams
from tests.builders import ANNA
from webapp.casework import audit, deployments

GOOD = {"goed/proef.bpmn": diagrams.ONE_TASK}
BAD = {"stuk/proef.bpmn": b"<definitions/>"}


def test_a_new_version_is_recorded_and_the_same_one_is_not(database: Database) -> None:
    for _ in range(2):
        with database.unit_of_work(ANNA) as uow:
            made = deployments.deploy(uow, GOOD, topics=())

    with database.unit_of_work(ANNA) as uow:
        records = audit.read(uow, uow.now.date().isoformat())
    assert [(each.action, each.object, each.actor_id) for each in records] == [
        ("deploy", made.id, ANNA.id)
    ]


def test_a_refused_folder_stops_no_other(database: Database) -> None:
    outcomes = deployments.deploy_all(database, ANNA, {**BAD, **GOOD}, topics=())

    by_folder = {each.folder: each for each in outcomes}
    assert by_folder["stuk"].deployment is None
    assert by_folder["stuk"].problems
    assert by_folder["goed"].deployment is not None
    with database.unit_of_work(ANNA) as uow:
        assert [each.process_id for each in definitions.current(uow)] == ["proef"]


def test_what_folders_share_goes_first_and_stops_them_when_it_is_wrong(database: Database) -> None:
    shared = {"gedeeld/tabel.dmn": b"no table"}

    outcomes = list(deployments.deploy_all(database, ANNA, {**GOOD, **shared}, topics=()))

    assert [each.folder for each in outcomes] == ["gedeeld"]
    assert outcomes[0].problems
