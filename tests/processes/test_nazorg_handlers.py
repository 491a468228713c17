"""What the system does by itself in *nazorg*, on both databases."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from engine.model import SYSTEM, Value
from engine.storage.database import Database
from engine.timers import DUTCH_CALENDAR
from tests.processes.folders import Desk
from webapp.casework.roles import Regime

PLAN = "aftercare_plan"
TEAM = "casusregisseur@venlo"


@pytest.fixture
def desk(database: Database) -> Iterator[Desk]:
    with database.unit_of_work(SYSTEM) as uow:
        yield Desk(uow, Regime.CARE)


def test_every_contact_is_kept_and_the_next_one_begins_with_an_empty_note(desk: Desk) -> None:
    first, second = desk.uow.now - timedelta(days=28), desk.uow.now - timedelta(days=1)
    known: dict[str, Value] = {"momenten": (first, second)}

    desk.write(PLAN, contact_note="Het gaat goed.")
    desk.do("nazorg.leg_contact_vast", contactmoment=1, contact_resultaat="goed", **known)
    cleared = desk.read(PLAN)["contact_note"]
    desk.write(PLAN, contact_note="Geen gehoor.")
    desk.do("nazorg.leg_contact_vast", contactmoment=2, contact_resultaat="geen_contact", **known)

    assert cleared is None
    assert desk.read(PLAN)["contacts"] == (
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
    desk.write(PLAN, contact_note="Zij woont nu in Venlo.")

    assert desk.do("nazorg.leg_contact_vast", contact_resultaat="goed") == {}


def test_the_close_is_dated(desk: Desk) -> None:
    desk.write(PLAN, reason="Zij woont weer zelf.")

    answered = desk.do("nazorg.leg_afsluiting_vast", sluit_reden="doelen_behaald")

    assert answered == {"nazorg_gesloten_op": desk.today}
    assert desk.read(PLAN) == {
        "reason": "Zij woont weer zelf.",
        "closed_on": desk.today,
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
