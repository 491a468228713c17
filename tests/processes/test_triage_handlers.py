"""What the system does by itself in the screeningsoverleg, on both databases."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal

import pytest

import processes
from engine import calendars
from engine.handlers import ServiceCall
from engine.model import SYSTEM, Value, Variables
from engine.storage.database import Database
from engine.storage.unit_of_work import UnitOfWork
from engine.timers import AMSTERDAM, DUTCH_CALENDAR, Calendar
from processes.triage.handlers import MOST_PARTNERS, next_meeting
from webapp.casework import accounts, cases, notices, regions
from webapp.casework.cases import CaseFile
from webapp.casework.roles import Regime

TUESDAY = 2
HALF_PAST_NINE = time(9, 30)


class House:
    """A house with two partners and a signal, with the handlers as the worker calls them."""

    def __init__(self, uow: UnitOfWork) -> None:
        self.uow = uow
        regions.add_region(uow, "limburg", "Limburg")
        regions.add_house(uow, "noord", "Noord-Limburg", region="limburg")
        regions.add_house(uow, "midden", "Midden-Limburg", region="limburg")
        regions.add_municipality(uow, "venlo", "Venlo", house="noord", region="limburg")
        self.reporter = accounts.create(uow, "mel", "Mel", "no password fits this")
        regions.add_partner(uow, "politie", "Politie", house="noord")
        regions.add_partner(uow, "ggd", "GGD", house="noord")
        regions.add_partner(uow, "anderen", "Anderen", house="midden")

    def signal(self, **item: Value) -> CaseFile:
        place = regions.municipality(self.uow, "venlo")
        case = cases.create(
            self.uow, regime=Regime.SIGNAL, municipality=place, reporter=self.reporter.id
        )
        cases.record(self.uow, case, {"triage_item": item})
        return case

    def do(self, topic: str, case: CaseFile, **variables: Value) -> Variables:
        call = ServiceCall("job", "instance", case.number, "element", topic, variables)
        return processes.handlers()[topic](self.uow, call)

    def known(self, case: CaseFile) -> Variables:
        return cases.content(self.uow, case)["triage_item"]


def rows(found: Value) -> list[Mapping[str, Value]]:
    """A list of contexts, as a case or a process holds it."""
    assert isinstance(found, tuple)
    return [row for row in found if isinstance(row, Mapping)]


@pytest.fixture
def house(database: Database) -> Iterator[House]:
    with database.unit_of_work(SYSTEM) as uow:
        yield House(uow)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM)


def meeting_after(moment: str, calendar: Calendar = DUTCH_CALENDAR) -> tuple[datetime, datetime]:
    return next_meeting(
        local(moment), calendar, weekday=TUESDAY, at=HALF_PAST_NINE, closes_before=1
    )


# --- when it is ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reported", "meeting", "closes"),
    [
        # a Wednesday, and the Monday just before and just after the agenda closes
        ("2026-03-04T12:00", "2026-03-10T09:30", "2026-03-09T09:30"),
        ("2026-03-09T09:29", "2026-03-10T09:30", "2026-03-09T09:30"),
        ("2026-03-09T09:30", "2026-03-17T09:30", "2026-03-16T09:30"),
        # on the day itself it is for next week
        ("2026-03-10T08:00", "2026-03-17T09:30", "2026-03-16T09:30"),
        # summer time begins on 29 March
        ("2026-03-28T12:00", "2026-03-31T09:30", "2026-03-30T09:30"),
        # Good Friday and Easter Monday do not count as the working day before
        ("2026-04-02T08:00", "2026-04-07T09:30", "2026-04-02T09:30"),
    ],
)
def test_a_signal_is_for_the_first_meeting_whose_agenda_is_open(
    reported: str, meeting: str, closes: str
) -> None:
    assert meeting_after(reported) == (local(meeting), local(closes))


def test_a_meeting_on_a_day_that_the_town_halls_are_closed_is_a_working_day_later() -> None:
    carnival = Calendar(closing_days=frozenset({date(2026, 2, 16), date(2026, 2, 17)}))

    meeting, closes = meeting_after("2026-02-11T12:00", carnival)

    assert (meeting, closes) == (local("2026-02-18T09:30"), local("2026-02-13T09:30"))


def test_the_meeting_is_planned_by_the_calendar_of_the_region(house: House) -> None:
    planned: Variables = {
        "weekdag": Decimal(house.uow.now.astimezone(AMSTERDAM).isoweekday()),
        "tijd": "23:59:00",
        "sluit_werkdagen": Decimal(0),
        "regio": "limburg",
    }
    today = house.uow.now.astimezone(AMSTERDAM).date()
    before = house.do("triage.plan_overleg", house.signal(), **planned)

    calendars.close(house.uow, today, "Carnaval", calendar="limburg")
    after = house.do("triage.plan_overleg", house.signal(), **planned)

    first, later = before["overleg_op"], after["overleg_op"]
    assert isinstance(first, datetime)
    assert isinstance(later, datetime)
    assert first.astimezone(AMSTERDAM).date() == today
    assert later > first


# --- who is asked, and what they say --------------------------------------------------------------


def test_only_the_partners_of_the_house_are_asked(house: House) -> None:
    found = house.do("triage.partners", house.signal(), huis="noord")["partners"]

    assert {(one["value"], one["label"]) for one in rows(found)} == {
        ("politie", "Politie"),
        ("ggd", "GGD"),
    }


def test_no_more_partners_are_asked_than_the_form_has_places_for(house: House) -> None:
    for number in range(MOST_PARTNERS + 3):
        regions.add_partner(house.uow, f"partner_{number}", f"Partner {number}", house="midden")

    found = house.do("triage.partners", house.signal(), huis="midden")["partners"]

    assert len(rows(found)) == MOST_PARTNERS


ANSWERS: tuple[dict[str, Value], ...] = (
    {
        "partner": "politie",
        "nummer": Decimal(1),
        "bekend": "ja",
        "veiligheid": "ja",
        "grond": "publieke_taak",
        "bron": "politie",
    },
    {"partner": "ggd", "nummer": Decimal(2), "bekend": "geen_antwoord"},
)


def test_what_partners_said_stands_side_by_side_with_the_signal(house: House) -> None:
    case = house.signal(core="Slaapt in de kas.", partner_info_1="Eerder gemeld.")

    outcome = house.do("triage.bewaar_antwoorden", case, antwoorden=ANSWERS)

    assert outcome == {}
    known = house.known(case)
    police, health = rows(known["partners"])
    assert (police["partner"], police["informatie"], police["bron"]) == (
        "Politie",
        "Eerder gemeld.",
        "politie",
    )
    assert (health["partner"], health["bekend"], health["informatie"]) == (
        "GGD",
        "geen_antwoord",
        None,
    )
    assert known["core"] == "Slaapt in de kas."
    assert known["partner_info_1"] is None


def test_a_partner_that_is_asked_again_is_kept_once_and_the_others_stay(house: House) -> None:
    case = house.signal()
    house.do("triage.bewaar_antwoorden", case, antwoorden=ANSWERS)

    newer: dict[str, Value] = {"partner": "ggd", "nummer": Decimal(1), "bekend": "nee"}
    house.do("triage.bewaar_antwoorden", case, antwoorden=(newer,))

    kept = rows(house.known(case)["partners"])
    assert [(row["partner"], row["bekend"]) for row in kept] == [
        ("Politie", "ja"),
        ("GGD", "nee"),
    ]


def test_who_chairs_and_who_manages_hear_that_a_reporter_waits(house: House) -> None:
    case = house.signal()

    house.do("triage.waarschuw_terugkoppeling", case)

    told = [(one.kind, one.recipient) for one in notices.of_case(house.uow, case.number)]
    assert sorted(told) == [
        ("terugkoppeling_open", "manager_zvh@noord"),
        ("terugkoppeling_open", "voorzitter_screeningsoverleg@noord"),
    ]
