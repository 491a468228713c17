"""What the system does by itself in *nazorg*, on both databases."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

import processes
from engine.handlers import ServiceCall
from engine.model import SYSTEM, Value, Variables
from engine.storage.database import Database
from engine.storage.unit_of_work import UnitOfWork
from engine.timers import DUTCH_CALENDAR
from webapp.casework import accounts, cases, notices, regions
from webapp.casework.cases import CaseFile
from webapp.casework.roles import Regime

TEAM = "casusregisseur@venlo"


class Desk:
    """A case in care, with the handlers as the worker calls them."""

    def __init__(self, uow: UnitOfWork) -> None:
        self.uow = uow
        regions.add_region(uow, "limburg", "Limburg")
        regions.add_house(uow, "noord", "Noord-Limburg", region="limburg")
        regions.add_municipality(uow, "venlo", "Venlo", house="noord", region="limburg")
        coordinator = accounts.create(uow, "zoe", "Zoë", "no password fits this")
        place = regions.municipality(uow, "venlo")
        self.case: CaseFile = cases.create(
            uow, regime=Regime.CARE, municipality=place, reporter=coordinator.id
        )

    @property
    def today(self) -> date:
        return DUTCH_CALENDAR.local(self.uow.now).date()

    def do(self, topic: str, **variables: Value) -> Variables:
        call = ServiceCall("job", "instance", self.case.number, "element", topic, variables)
        return processes.handlers()[topic](self.uow, call)

    def write(self, **values: Value) -> None:
        cases.record(self.uow, self.case, {"aftercare_plan": values})

    def plan(self) -> Variables:
        return cases.content(self.uow, self.case)["aftercare_plan"]

    def told(self) -> list[tuple[str, str]]:
        return [(one.kind, one.recipient) for one in notices.of_case(self.uow, self.case.number)]


@pytest.fixture
def desk(database: Database) -> Iterator[Desk]:
    with database.unit_of_work(SYSTEM) as uow:
        yield Desk(uow)


def test_every_contact_is_kept_and_the_next_one_begins_with_an_empty_note(desk: Desk) -> None:
    first, second = desk.uow.now - timedelta(days=28), desk.uow.now - timedelta(days=1)
    known: dict[str, Value] = {"momenten": (first, second)}

    desk.write(contact_note="Het gaat goed.")
    desk.do("nazorg.leg_contact_vast", contactmoment=1, contact_resultaat="goed", **known)
    cleared = desk.plan()["contact_note"]
    desk.write(contact_note="Geen gehoor.")
    desk.do("nazorg.leg_contact_vast", contactmoment=2, contact_resultaat="geen_contact", **known)

    assert cleared is None
    assert desk.plan()["contacts"] == (
        {
            "gepland": DUTCH_CALENDAR.local(first).date(),
            "gedaan": desk.today,
            "uitkomst": "goed",
            "verslag": "Het gaat goed.",
        },
        {
            "gepland": DUTCH_CALENDAR.local(second).date(),
            "gedaan": desk.today,
            "uitkomst": "geen_contact",
            "verslag": "Geen gehoor.",
        },
    )


def test_what_a_contact_was_like_never_becomes_process_state(desk: Desk) -> None:
    desk.write(contact_note="Zij woont nu in Venlo.")

    assert desk.do("nazorg.leg_contact_vast", contact_resultaat="goed") == {}


def test_the_close_is_dated_with_its_reason(desk: Desk) -> None:
    desk.write(reason="Zij woont weer zelf.")

    answered = desk.do("nazorg.leg_afsluiting_vast", sluit_reden="doelen_behaald")

    assert answered == {"nazorg_gesloten_op": desk.today}
    assert desk.plan() == {
        "reason": "Zij woont weer zelf.",
        "closed_on": desk.today,
        "close_reason": "doelen_behaald",
    }


@pytest.mark.parametrize(
    ("topic", "kind"),
    [
        ("nazorg.leg_afsluiting_vast", "nazorg_afgesloten"),
        ("nazorg.meld_terugval", "nazorg_terug_in_zorg"),
    ],
)
def test_only_a_local_team_that_said_yes_hears_of_the_case(
    desk: Desk, topic: str, kind: str
) -> None:
    for outcome in (None, "geweigerd"):
        desk.do(topic, overdracht_uitkomst=outcome)
    before = desk.told()

    desk.do(topic, overdracht_uitkomst="aangenomen")

    assert before == []
    assert desk.told() == [(kind, TEAM)]


def test_the_manager_of_the_house_hears_of_a_contact_that_nobody_seeks(desk: Desk) -> None:
    desk.do("nazorg.meld_te_laat")

    assert desk.told() == [("nazorg_contact_te_laat", "manager_zvh@noord")]
