"""What the system does by itself with a signal, on both databases."""

from collections.abc import Iterator

import pytest

import processes
from engine.errors import BpmnError
from engine.handlers import ServiceCall
from engine.model import SYSTEM, Value, Variables
from engine.storage.database import Database
from engine.storage.unit_of_work import UnitOfWork
from webapp.casework import accounts, audit, cases, notices, regions
from webapp.casework.access import Person, person_group
from webapp.casework.cases import CaseFile
from webapp.casework.roles import Regime

ADDRESS: dict[str, Value] = {"address": "Voorbeeldstraat 12", "place": "Venlo"}


class Desk:
    """A municipality and a reporter, with the handlers as the worker calls them."""

    def __init__(self, uow: UnitOfWork) -> None:
        self.uow = uow
        regions.add_region(uow, "limburg", "Limburg")
        regions.add_house(uow, "noord", "Noord-Limburg", region="limburg")
        regions.add_municipality(uow, "venlo", "Venlo", house="noord", region="limburg")
        self.reporter: Person = accounts.create(uow, "mel", "Mel", "no password fits this")

    def signal(self, **sections: Variables) -> CaseFile:
        place = regions.municipality(self.uow, "venlo")
        case = cases.create(
            self.uow, regime=Regime.SIGNAL, municipality=place, reporter=self.reporter.id
        )
        cases.record(self.uow, case, sections)
        return case

    def do(self, topic: str, case: CaseFile, **variables: Value) -> Variables:
        call = ServiceCall("job", "instance", case.number, "element", topic, variables)
        return processes.handlers()[topic](self.uow, call)

    def told(self, case: CaseFile) -> list[tuple[str, str]]:
        return [(each.kind, each.recipient) for each in notices.of_case(self.uow, case.number)]


@pytest.fixture
def desk(database: Database) -> Iterator[Desk]:
    with database.unit_of_work(SYSTEM) as uow:
        yield Desk(uow)


@pytest.mark.parametrize(
    ("marks", "groups", "must"),
    [
        ((), 0, False),
        (("lange_dagen", "onderbetaald"), 1, False),
        (("lange_dagen", "angstig"), 2, True),
        (("opgesloten",), 1, True),
        (("prostitutie_minderjarig",), 1, True),
    ],
)
def test_two_groups_or_one_strong_mark_must_be_discussed(
    desk: Desk, marks: tuple[str, ...], groups: int, must: bool
) -> None:
    case = desk.signal(signal_core={"indicators": marks})

    found = desk.do("signaal.tel_kenmerken", case)

    assert (found["kenmerk_groepen"], found["overleg_verplicht"]) == (groups, must)


@pytest.mark.parametrize(
    ("sections", "findable"),
    [
        ({}, False),
        ({"signal_core": {"what": "iets", "address": None}}, False),
        ({"signal_core": ADDRESS}, True),
        ({"person_identity": {"name": "Ania"}}, True),
        ({"safe_contact": {"phone": "06 12345678"}}, True),
    ],
)
def test_a_signal_says_whether_somebody_can_go_and_look(
    desk: Desk, sections: dict[str, Variables], findable: bool
) -> None:
    assert desk.do("signaal.tel_kenmerken", desk.signal(**sections))["vindbaar"] is findable


def test_closed_cases_count_as_doubles_but_nothing_can_be_added_to_them(desk: Desk) -> None:
    still_open = desk.signal(signal_core=ADDRESS)
    cases.close(desk.uow, desk.signal(signal_core=ADDRESS))

    found = desk.do("signaal.zoek_dubbelen", desk.signal(signal_core=ADDRESS))

    assert found == {"aantal_dubbelen": 2, "dubbelen": (still_open.number,)}


def test_a_double_is_tied_to_the_earlier_signal_and_everyone_is_told(desk: Desk) -> None:
    earlier = desk.signal(signal_core=ADDRESS)
    doubles = [desk.signal(contact_log={"double_of": earlier.number}) for _ in range(2)]

    for double in doubles:
        desk.do("signaal.koppel_dubbel", double, melder=desk.reporter.id)

    known = cases.content(desk.uow, earlier)["contact_log"]
    assert known == {"linked_cases": tuple(double.number for double in doubles)}
    assert desk.told(earlier) == [("signaal_gekoppeld", "aandachtsfunctionaris@venlo")] * 2
    assert desk.told(doubles[0]) == [("signaal_beantwoord", person_group(desk.reporter.id))]
    assert [one.action for one in audit.read(desk.uow, earlier.number)] == ["finish_job"] * 2


def test_nothing_disappears_into_a_case_that_was_closed_meanwhile(desk: Desk) -> None:
    earlier = desk.signal(signal_core=ADDRESS)
    cases.close(desk.uow, earlier)
    double = desk.signal(contact_log={"double_of": earlier.number})

    with pytest.raises(BpmnError) as refused:
        desk.do("signaal.koppel_dubbel", double, melder=desk.reporter.id)

    assert refused.value.error_code == "dubbel_gesloten"
    assert desk.told(double) == []


def test_the_minimum_for_the_partners_is_filled_in_with_what_is_known(desk: Desk) -> None:
    case = desk.signal(
        signal_core={**ADDRESS, "forms": ("arbeid",)},
        person_identity={"name": "Ania", "age_group": "18_22"},
        triage_item={"core": "Mag niet weg.", "core_age_group": "23_29"},
    )

    desk.do("signaal.stel_minimum_op", case)

    assert cases.content(desk.uow, case)["triage_item"] == {
        "core": "Mag niet weg.",
        "core_age_group": "23_29",
        "core_forms": ("arbeid",),
        "core_municipality": "Venlo",
    }


def test_another_house_discusses_a_signal_and_has_its_case_from_then_on(desk: Desk) -> None:
    regions.add_house(desk.uow, "midden", "Midden-Limburg", region="limburg")
    case = desk.signal()

    found = desk.do("signaal.kies_huis", case, overleg_huis="midden")

    assert found == {"huis": "midden"}
    moved = cases.get(desk.uow, case.number)
    assert (moved.house, moved.municipality) == ("midden", "venlo")


@pytest.mark.parametrize(
    ("topic", "kind"),
    [
        ("signaal.bevestig_ontvangst", "signaal_ontvangen"),
        ("signaal.meld_voortgang", "signaal_opgepakt"),
        ("signaal.meld_uitkomst", "signaal_beantwoord"),
    ],
)
def test_the_reporter_is_told_and_a_signal_without_one_goes_on(
    desk: Desk, topic: str, kind: str
) -> None:
    reported, brought = desk.signal(), desk.signal()

    desk.do(topic, reported, melder=desk.reporter.id)
    desk.do(topic, brought)

    assert desk.told(reported) == [(kind, person_group(desk.reporter.id))]
    assert desk.told(brought) == []


@pytest.mark.parametrize(
    ("topic", "told"),
    [
        ("signaal.herinner", ("spoed_check_herinnering", "aandachtsfunctionaris@venlo")),
        ("signaal.escaleer", ("signaal_niet_opgepakt", "teammanager@venlo")),
    ],
)
def test_what_waits_is_told_to_the_role_of_the_municipality(
    desk: Desk, topic: str, told: tuple[str, str]
) -> None:
    case = desk.signal()

    desk.do(topic, case)

    assert desk.told(case) == [told]


def test_what_the_system_finds_holds_no_personal_data(desk: Desk) -> None:
    known: dict[str, Variables] = {
        "signal_core": {**ADDRESS, "what": "Ania slaapt in de kas", "indicators": ("angstig",)},
        "person_identity": {"name": "Ania", "birth_year": "1998"},
    }
    desk.signal(**known)
    case = desk.signal(**known)

    answers = [
        desk.do(topic, case, melder=desk.reporter.id, overleg_huis="noord")
        for topic in processes.handlers()
        if topic.startswith("signaal.") and topic != "signaal.koppel_dubbel"
    ]

    text = repr(answers)
    assert not [word for word in ("Ania", "1998", "Voorbeeldstraat", "angstig") if word in text]
