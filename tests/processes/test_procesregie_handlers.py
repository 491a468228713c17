"""What the system does by itself in *procesregie*, on both databases."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal

import pytest

from engine.model import SYSTEM, Value
from engine.storage.database import Database
from engine.timers import DUTCH_CALENDAR
from processes.procesregie.handlers import LOCAL_TEAM, MOST_LOCAL_ACTIONS
from tests.processes.folders import Desk
from webapp.casework.roles import Regime

DIRECTOR = "procesregisseur@noord"
TEAM = "casusregisseur@venlo"


def ready_actions(desk: Desk) -> list[Mapping[str, Value]]:
    tasks = desk.do("procesregie.zet_acties_klaar")["acties_lokaal"]
    assert isinstance(tasks, tuple)
    return [task for task in tasks if isinstance(task, Mapping)]


@pytest.fixture
def desk(database: Database) -> Iterator[Desk]:
    with database.unit_of_work(SYSTEM) as uow:
        yield Desk(uow, Regime.SAFETY_HOUSE)


def action(what: str, owner: str = LOCAL_TEAM, *, day: int = 20, state: str = "open") -> Value:
    return {
        "wat": what,
        "eigenaar": owner,
        "uiterlijk": date(2026, 3, day),
        "terugval": "Bellen.",
        "stand": state,
    }


def test_every_meeting_is_kept_and_the_next_one_begins_empty(desk: Desk) -> None:
    for day, note in ((10, "Eerste."), (24, "Tweede.")):
        held = date(2026, 3, day)
        desk.write("zvh_case", meeting_on=held, meeting_present=("politie",), meeting_note=note)
        desk.do("procesregie.bewaar_verslag")

    kept = desk.read("zvh_case")

    assert kept["meetings"] == (
        {"op": date(2026, 3, 10), "aanwezig": ("politie",), "verslag": "Eerste."},
        {"op": date(2026, 3, 24), "aanwezig": ("politie",), "verslag": "Tweede."},
    )
    assert kept["meeting_note"] is None


def test_only_what_the_local_team_has_to_do_yet_becomes_a_task(desk: Desk) -> None:
    desk.write(
        "zvh_plan",
        actions=(
            action("Aangifte bespreken.", "politie"),
            action("Al gedaan.", state="klaar"),
            action("Hoeft niet meer.", state="vervallen"),
            action("Langsgaan.", day=20),
        ),
    )

    (task,) = ready_actions(desk)

    assert task["nummer"] == 1
    assert desk.read("zvh_plan")["local_action_1"] == "Langsgaan. Lukt het niet: Bellen."
    assert desk.read("zvh_plan")["local_action_2"] is None


def test_what_has_to_be_done_never_becomes_process_state(desk: Desk) -> None:
    desk.write("zvh_plan", actions=(action("Bij Maria langsgaan."),))

    assert "Maria" not in str(desk.do("procesregie.zet_acties_klaar"))


def test_an_action_is_due_at_the_end_of_the_day_that_was_agreed(desk: Desk) -> None:
    desk.write("zvh_plan", actions=(action("Langsgaan.", day=20),))

    (task,) = ready_actions(desk)
    due = task["uiterlijk"]

    assert isinstance(due, datetime)
    assert DUTCH_CALENDAR.local(due).replace(tzinfo=None) == datetime.combine(
        date(2026, 3, 20), time(17, 0)
    )


def test_no_action_is_lost_when_there_are_more_than_places(desk: Desk) -> None:
    number = MOST_LOCAL_ACTIONS + 2
    desk.write(
        "zvh_plan",
        actions=tuple(action(f"Actie {n}.", day=30 - n) for n in range(1, number + 1)),
    )

    tasks = ready_actions(desk)
    plan = desk.read("zvh_plan")
    words = " ".join(str(plan[f"local_action_{n}"]) for n in range(1, MOST_LOCAL_ACTIONS + 1))

    assert len(tasks) == MOST_LOCAL_ACTIONS
    assert all(f"Actie {n}." in words for n in range(1, number + 1))
    last = tasks[-1]["uiterlijk"]
    assert isinstance(last, datetime)
    assert DUTCH_CALENDAR.local(last).date() == date(2026, 3, 30 - number)


def test_a_new_plan_begins_with_empty_accounts_and_keeps_the_earlier_ones(desk: Desk) -> None:
    about: dict[str, Value] = {"actie": {"nummer": Decimal(1)}, "actie_uitkomst": "gedaan"}
    desk.write("zvh_plan", actions=(action("Langsgaan."),))
    desk.do("procesregie.zet_acties_klaar")
    desk.write("zvh_plan", local_note_1="Zij deed open.")

    desk.do("procesregie.leg_actie_vast", **about)
    desk.do("procesregie.zet_acties_klaar")
    plan = desk.read("zvh_plan")

    assert plan["local_note_1"] is None
    assert plan["local_progress"] == (
        {
            "op": desk.today,
            "actie": "Langsgaan. Lukt het niet: Bellen.",
            "uitkomst": "gedaan",
            "verslag": "Zij deed open.",
        },
    )


@pytest.mark.parametrize(
    ("outcome", "told"), [("gedaan", []), ("niet_gelukt", [("actie_niet_gelukt", DIRECTOR)])]
)
def test_the_director_hears_at_once_that_an_action_cannot_be_done(
    desk: Desk, outcome: str, told: list[tuple[str, str]]
) -> None:
    desk.do("procesregie.leg_actie_vast", actie={"nummer": Decimal(1)}, actie_uitkomst=outcome)

    assert desk.told() == told


def test_the_local_team_is_reminded_and_nobody_else(desk: Desk) -> None:
    desk.do("procesregie.herinner_actie")

    assert desk.told() == [("actie_te_laat", TEAM)]


def test_how_high_a_case_went_before_is_read_from_the_case(desk: Desk) -> None:
    before = desk.do("procesregie.tel_opschalingen")
    for level in ("niveau_2", "niveau_1"):
        desk.do("procesregie.leg_opschaling_vast", niveau=level, knoop="besloten")

    assert before == {"niveau_geweest": 0}
    assert desk.do("procesregie.tel_opschalingen") == {"niveau_geweest": 2}


def test_what_came_of_an_escalation_is_kept_and_told_when_it_is_final(desk: Desk) -> None:
    desk.write("zvh_case", dilemma="Wie betaalt?", escalation_note="Naar de stuurgroep.")
    desk.do("procesregie.leg_opschaling_vast", niveau="niveau_1", knoop="hoger")
    halfway = desk.told()
    desk.write("zvh_case", escalation_note="De gemeente betaalt.")
    desk.do("procesregie.leg_opschaling_vast", niveau="niveau_2", knoop="besloten")

    kept = desk.read("zvh_case")["escalations"]
    assert isinstance(kept, tuple)
    said = [row["verslag"] for row in kept if isinstance(row, Mapping)]

    assert said == ["Naar de stuurgroep.", "De gemeente betaalt."]
    assert halfway == []
    assert desk.told() == [("knoop_doorgehakt", DIRECTOR)]


def test_the_director_hears_that_the_data_are_not_kept_longer(desk: Desk) -> None:
    desk.do("procesregie.meld_einddatum")

    assert desk.told() == [("bewaartermijn_loopt_af", DIRECTOR)]
