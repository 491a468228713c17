"""What the system does by itself in care: one reminder, on both databases."""

from engine.model import SYSTEM
from engine.storage.database import Database
from tests.processes.folders import Desk
from webapp.casework.roles import Regime


def test_care_coordinators_are_told_that_comensha_did_not_confirm(database: Database) -> None:
    with database.unit_of_work(SYSTEM) as uow:
        desk = Desk(uow, Regime.CARE)

        answer = desk.do("zorgcoordinatie.herinner_comensha")

        assert desk.told() == [("comensha_geen_bevestiging", "zorgcoordinator@limburg")]
        assert answer == {}
