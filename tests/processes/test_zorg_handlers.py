"""What the system does by itself in care: one reminder, on both databases."""

import processes
from engine.handlers import ServiceCall
from engine.model import SYSTEM
from engine.storage.database import Database
from webapp.casework import accounts, cases, notices, regions
from webapp.casework.regions import Municipality
from webapp.casework.roles import Regime


def test_care_coordinators_are_told_that_comensha_did_not_confirm(database: Database) -> None:
    topic = "zorgcoordinatie.herinner_comensha"
    with database.unit_of_work(SYSTEM) as uow:
        regions.add_region(uow, "limburg", "Limburg")
        regions.add_house(uow, "noord", "Noord-Limburg", region="limburg")
        regions.add_municipality(uow, "venlo", "Venlo", house="noord", region="limburg")
        worker = accounts.create(uow, "zo", "Zo", "no password fits this")
        place: Municipality = regions.municipality(uow, "venlo")
        case = cases.create(uow, regime=Regime.CARE, municipality=place, reporter=worker.id)
        call = ServiceCall("job", "instance", case.number, "element", topic, {})

        answer = processes.handlers()[topic](uow, call)

        told = [(each.kind, each.recipient) for each in notices.of_case(uow, case.number)]
        assert told == [("comensha_geen_bevestiging", "zorgcoordinator@limburg")]
        assert answer == {}
