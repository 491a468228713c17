"""What *spoed-opvang* promises: a bed is sought at any hour, and nobody is left waiting unseen."""

import re
import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree

from engine import queries, simulate, tasks
from engine.forms import Field
from engine.forms.fields import inputs
from engine.model import SYSTEM, Value, Variables
from engine.simulation import EPOCH, Trace
from engine.storage.crypto import Keyring
from engine.storage.database import Database
from engine.timers import AMSTERDAM, DUTCH_CALENDAR
from processes.spoed import handlers
from tests.builders import MASTER_KEY, ManualClock
from tests.processes.folders import Folder
from tests.scenarios.playing import Played
from webapp.casework import notices

SPOED = Folder("spoed", "gedeeld")
# A crisis in care begins the same process; care itself waits for nothing here.
WITH_CARE = Folder("spoed", "gedeeld", "zorgcoordinatie")
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
ZEEBE = "{http://camunda.org/schema/zeebe/1.0}"
MOMENT = re.compile(r"(?:dueDate='|time(?:Date|Duration|Cycle) [^>]+>)=([^'<]+)['<]")
TERM = re.compile(r'termijn\("([a-z_]+)"\)')
# What the process worked out when it began.
MOMENTS = ("plaatsen_uiterlijk", "evaluatie_op")
ADDRESS = "Geheimstraat 1, Roermond"
FRIDAY = datetime(2027, 2, 5, 17, 5, tzinfo=AMSTERDAM)  # the town halls open on Ash Wednesday
NO_DANGER = {"levensgevaar": "nee", "dader_nabij": "nee", "medische_hulp": "nee"}
KNOWN = {**NO_DANGER, "spoed": True, "minderjarig": False, "grondslag": "vitaal_belang"}
ROAD_TO_A_BED: Mapping[str, Mapping[str, object]] = {
    "Veiligheid checken": {"naam": "Ania", "situatie": "Zij belt vanuit de bus."},
    "Politie bellen": {"politie": "niet_gebeld", "politie_reden": "De politie was er net."},
    "Opvang kiezen": {},
}
AT_HER_SISTER = {"veilig_waar": "Bij haar zus, die niemand kent."}
UNDER_A_ROOF: Mapping[str, Mapping[str, object]] = {
    "Vervoer regelen": {"vervoer": "taxi", "veilige_telefoon": "ja", "vervoer_afspraak": "Nu."},
    "Plaatsing bevestigen": {"plaatsing": "aangekomen", "geplaatst_op": "05-02-2027"},
    "Cliënt informeren": {"taal": "Pools", "tolk": "vrouw", "uitgelegd": ["vrije_keuze"]},
}
A_BED = {"plek_antwoord": "ja", "geplaatst_bij": "De Singel", "adres_opvang": ADDRESS}
FULL = {"plek_antwoord": "nee", "plek_reden": "vol"}


class Night:
    """Somebody who needs a safe place, and all who work for it, on the real engine."""

    def __init__(self, played: Played) -> None:
        self.played = played

    def begins(self) -> None:
        self.played.step({"bericht": "Spoed.Gestart", "vult_in": KNOWN})

    def do(self, task: str, answers: Mapping[str, object], who: str = "zorgcoordinator") -> None:
        self.played.step({"taak": task, "wie": who, "vult_in": answers})

    def go_along(self, road: Mapping[str, Mapping[str, object]]) -> None:
        for task, answers in road.items():
            self.do(task, answers)

    def ask(self, *places: str) -> None:
        """Come to the choice of places, when that is still to be done, and ask these."""
        if "Veiligheid checken" in self.open():
            self.go_along(ROAD_TO_A_BED)
        self.do("Plekken kiezen om te vragen", {"te_vragen": list(places)})

    def says(self, place: str, answers: Mapping[str, object]) -> None:
        who, at = "zorgcoordinator", {"plek": place}
        self.played.step({"taak": "Plek vragen", "wie": who, "waarbij": at, "vult_in": answers})

    def wait(self, length: str) -> None:
        self.played.step({"wacht": length})

    def refuse(self) -> None:
        self.played.step({"gebeurtenis": "Client.Weigert", "wie": "zorgcoordinator"})

    def open(self) -> list[str]:
        return [task.name for task in self._open()]

    def due(self, name: str) -> str:
        (moment,) = [task.due_at for task in self._open() if task.name == name]
        assert moment is not None
        return f"{DUTCH_CALENDAR.local(moment):%d-%m-%Y %H:%M}"

    def told(self) -> list[str]:
        return sorted(self.played.told.elements())

    def everything_that_travels(self) -> str:
        """The open tasks with what the process knows at them, and every notice."""
        open_tasks = self._open()
        with self.played.database.unit_of_work(SYSTEM) as uow:
            known = [(one.name, tasks.variables(uow, one)) for one in open_tasks]
            return repr((known, notices.of_case(uow, self.played.about)))

    def _open(self) -> tuple[tasks.UserTask, ...]:
        with self.played.database.unit_of_work(SYSTEM) as uow:
            return queries.open_tasks(uow, self.played.about)


@pytest.fixture
def played(prepared: Path, tmp_path: Path) -> Iterator[Played]:
    clock = ManualClock()
    clock.set(FRIDAY.astimezone(UTC))
    file = shutil.copy(prepared, tmp_path / "night.db")
    database = Database(f"sqlite:///{file}", Keyring(MASTER_KEY), clock)
    yield Played(database, clock)
    database.close()


@pytest.fixture
def night(played: Played) -> Night:
    """The Friday before Carnival, five past five; somebody is on call."""
    played.put_on_call("piket")
    night = Night(played)
    night.begins()
    return night


def run(
    process_id: str = "spoed_opvang", *, days: int = 10, folder: Folder = SPOED, **given: Variables
) -> Trace:
    """A simulation: `start` are the first variables, every other name is a task and its answers."""
    begin: dict[str, Value] = {"zaaknummer": "Z-1", "huis": "noord"}
    moments: dict[str, Value] = {"plaatsen_uiterlijk": EPOCH, "evaluatie_op": EPOCH}
    return simulate(
        folder.files,
        process_id,
        variables={**begin, **moments, **given.pop("start", {})},
        answers={task: [each] for task, each in given.items()},
        until=timedelta(days=days),
    )


# --- asking for a place -----------------------------------------------------------------------


def test_places_are_asked_side_by_side(night: Night) -> None:
    night.ask("vrouwenopvang", "hotel", "comensha")

    assert night.open() == ["Plek vragen"] * 3


def test_a_no_leaves_the_others_to_be_asked(night: Night) -> None:
    night.ask("vrouwenopvang", "hotel", "comensha")

    night.says("hotel", FULL)

    assert night.open() == ["Plek vragen"] * 2


def test_the_first_yes_wins_and_the_others_are_withdrawn(night: Night) -> None:
    night.ask("vrouwenopvang", "hotel", "comensha")
    night.says("hotel", FULL)

    night.says("comensha", A_BED)

    assert night.open() == ["Vervoer regelen"]


def test_half_an_hour_of_silence_is_an_answer_and_the_next_round_begins(night: Night) -> None:
    night.ask("vrouwenopvang", "hotel")

    night.wait("30 minuten")

    assert night.open() == ["Plekken kiezen om te vragen"]


def test_the_next_round_suggests_other_places_than_the_first() -> None:
    def suggested(**known: Value) -> Value:
        return SPOED.form("plekken_kiezen").initial(known)["te_vragen"]

    first = suggested(opvang_keuze="centrumgemeente", plek_antwoord=None)
    next_one = suggested(opvang_keuze="centrumgemeente", plek_antwoord="nee")

    assert isinstance(first, tuple)
    assert isinstance(next_one, tuple)
    assert "vrouwenopvang" in first
    assert "andere_regio" in set(next_one) - set(first)


def test_every_place_that_can_be_asked_has_a_name_in_the_log() -> None:
    assert set(SPOED.offered("plekken_kiezen", "te_vragen")) == handlers.PLACES.keys()


def test_why_a_place_says_no_is_asked_and_where_it_is_when_it_says_yes() -> None:
    assert SPOED.asked("plek_vragen", {}, plek_antwoord="nee") == {"plek_reden"}
    assert SPOED.asked("plek_vragen", {}, plek_antwoord="ja") == {"geplaatst_bij"}
    assert not SPOED.refused("plek_vragen", {}, plek_antwoord="later")


# --- who is on call ---------------------------------------------------------------------------


def test_after_half_an_hour_that_nobody_begins_who_is_on_call_hears_it(night: Night) -> None:
    night.wait("30 minuten")

    assert night.told() == ["spoed_niet_opgepakt aan piket"]
    assert night.open() == ["Veiligheid checken", "Beslissen hoe het verder moet"]


def test_after_two_hours_without_a_place_who_is_on_call_hears_it_and_decides(night: Night) -> None:
    night.ask("vrouwenopvang", "hotel")

    night.wait("119 minuten")
    before = night.told()
    night.wait("1 minuut")

    assert before == []
    assert night.told() == ["spoed_geen_plek aan piket"]
    assert night.open() == ["Beslissen hoe het verder moet"]


def test_without_anybody_on_the_roster_the_manager_hears_it_and_decides(played: Played) -> None:
    night = Night(played)
    night.begins()
    night.ask("vrouwenopvang", "hotel")

    night.wait("2 uur")

    assert night.told() == ["spoed_geen_plek_zonder_piket aan manager_zvh"]
    assert night.open() == ["Beslissen zonder piket"]


def test_who_finds_nobody_left_to_ask_need_not_wait_two_hours(night: Night) -> None:
    night.go_along(ROAD_TO_A_BED)

    night.do("Plekken kiezen om te vragen", {"zoek_stap": "niemand"})

    assert night.told() == ["spoed_geen_plek aan piket"]
    assert night.open() == ["Beslissen hoe het verder moet"]


@pytest.mark.parametrize(
    ("decided", "next_task"),
    [
        ({"piket_besluit": "verder"}, "Plekken kiezen om te vragen"),
        ({"piket_besluit": "plek", "geplaatst_bij": "Een hotel"}, "Vervoer regelen"),
        ({"piket_besluit": "stop"}, "Veiligheid zonder plek afspreken"),
    ],
)
def test_who_is_on_call_has_the_search_go_on_or_found_a_place_or_says_there_is_none(
    night: Night, decided: Mapping[str, str], next_task: str
) -> None:
    night.go_along(ROAD_TO_A_BED)
    night.do("Plekken kiezen om te vragen", {"zoek_stap": "niemand"})

    decision = {**decided, "piket_verslag": "De wethouder van de centrumgemeente belt zelf."}
    night.do("Beslissen hoe het verder moet", decision, who="piket")

    assert night.open() == [next_task]


def test_the_mayor_and_the_central_municipality_are_among_whom_is_called() -> None:
    assert {"burgemeester", "centrumgemeente"} <= set(
        SPOED.offered("piket_besluit", "piket_gebeld")
    )


# --- which shelter ----------------------------------------------------------------------------


def test_the_advice_on_shelter_is_confirmed_as_it_stands_or_departed_from_with_a_reason() -> None:
    known: Variables = {"opvang_advies": {"uitkomst": "cosm"}}

    assert not SPOED.refused("spoed_opvang_kiezen", known, opvang_keuze="cosm")
    assert SPOED.asked("spoed_opvang_kiezen", known, opvang_keuze="jeugdhulp") == {"opvang_reden"}


def test_what_the_table_advises_stands_in_the_form_and_can_be_chosen() -> None:
    adult: dict[str, Value] = {"opvang_nodig": "ja", "minderjarig": False, "bijzonder": ()}
    advised = SPOED.advised("opvang_route", **adult, verblijf_soort="rechtmatig")
    known: Variables = {"opvang_advies": {"uitkomst": advised}}

    assert SPOED.form("spoed_opvang_kiezen").initial(known)["opvang_keuze"] == "centrumgemeente"
    assert advised in SPOED.offered("spoed_opvang_kiezen", "opvang_keuze")


def test_who_is_safe_already_needs_no_place_and_it_is_said_why(night: Night) -> None:
    checked = {**ROAD_TO_A_BED["Veiligheid checken"], "opvang_nodig": "nee"}

    night.go_along({**ROAD_TO_A_BED, "Veiligheid checken": checked, "Opvang kiezen": AT_HER_SISTER})

    known: Variables = {"opvang_advies": {"uitkomst": "geen"}}
    assert SPOED.asked("spoed_opvang_kiezen", known, opvang_keuze="geen") == {"veilig_waar"}
    assert night.open() == ["Cliënt informeren"]


# --- what is asked, and of whom ---------------------------------------------------------------


def test_to_begin_a_description_and_what_is_wrong_are_enough() -> None:
    known: Variables = {**NO_DANGER, "minderjarig": False}
    shown: Variables = {**known, "opvang_nodig": "ja", "verblijf_soort": "onbekend"}

    assert SPOED.asked("spoed_veiligheid", known, **shown) == {"naam", "situatie"}


def test_the_police_are_called_or_it_is_said_why_not() -> None:
    called = {"politie_contact", "politie_afspraak"}

    assert SPOED.asked("spoed_politie", {}, politie="112") == called
    assert SPOED.asked("spoed_politie", {}, politie="niet_gebeld") == {"politie_reden"}


def test_with_a_child_veilig_thuis_is_called_too() -> None:
    texts = [one for one in SPOED.form("spoed_politie").fields if "Veilig Thuis" in str(one.text)]

    (hint,) = texts
    assert hint.hide is not None
    assert hint.hide.evaluate({"minderjarig": True}) is False
    assert hint.hide.evaluate({"minderjarig": False}) is True


def test_the_client_hears_it_in_their_own_language_and_that_help_does_not_hang_on_the_police() -> (
    None
):
    assert "taal" in SPOED.asked("spoed_informeren", {}, tolk="nee")
    (help_is_free,) = [
        option.label
        for option in SPOED.field("spoed_informeren", "uitgelegd").options
        if option.value == "vrije_keuze"
    ]
    assert "hulp komt er hoe dan ook" in str(help_is_free)


# --- under a roof -----------------------------------------------------------------------------


def test_a_place_that_falls_through_is_sought_again(night: Night) -> None:
    night.ask("hotel")
    night.says("hotel", A_BED)
    night.do("Vervoer regelen", UNDER_A_ROOF["Vervoer regelen"])

    night.do("Plaatsing bevestigen", {"plaatsing": "gaat_niet_door", "plaatsing_reden": "Vol."})

    assert night.open() == ["Plekken kiezen om te vragen"]


def test_who_is_not_there_a_day_after_the_beginning_becomes_the_managers_business(
    night: Night,
) -> None:
    night.wait("60 minuten")
    night.ask("hotel")
    night.says("hotel", A_BED)
    night.do("Vervoer regelen", UNDER_A_ROOF["Vervoer regelen"])

    night.wait("23 uur")

    assert night.due("Plaatsing bevestigen") == "06-02-2027 17:05"
    assert "Plaatsing vlottrekken" in night.open()


def test_the_address_of_a_place_is_in_its_section_and_travels_nowhere(night: Night) -> None:
    night.ask("hotel", "comensha")

    night.says("hotel", A_BED)
    night.wait("25 uur")

    assert "Vervoer regelen" in night.open()
    assert ADDRESS not in night.everything_that_travels()
    assert "De Singel" not in night.everything_that_travels()


def every_field() -> Iterator[tuple[str, Field]]:
    for path in SPOED.files:
        if path.startswith("spoed/forms/"):
            form_id = Path(path).stem.replace("-", "_")
            yield from ((form_id, field) for field in inputs(SPOED.form(form_id).fields))


def test_no_form_but_that_of_the_place_asks_or_shows_the_secret_address() -> None:
    asks = {
        form_id
        for form_id, field in every_field()
        if field.target and field.target.section == "secret_address"
    }

    assert asks == {"plek_vragen", "piket_besluit"}


# --- the client decides -----------------------------------------------------------------------


def test_a_client_who_wants_no_shelter_gets_advice_and_all_that_was_asked_is_withdrawn(
    night: Night,
) -> None:
    night.ask("hotel", "comensha")

    night.refuse()

    assert night.open() == ["Advies over veiligheid"]


def test_who_wants_no_shelter_may_come_back() -> None:
    asked = SPOED.asked("spoed_veiligheidsadvies", {})

    assert asked == {"advies", "politie_weet", "weiger_verslag"}  # and not why
    assert "terugkomen" in SPOED.offered("spoed_veiligheidsadvies", "advies")


# --- afterwards -------------------------------------------------------------------------------


def under_a_roof(night: Night) -> None:
    night.ask("hotel")
    night.says("hotel", A_BED)
    night.go_along(UNDER_A_ROOF)


def test_the_file_is_complete_on_the_next_working_day(night: Night) -> None:
    under_a_roof(night)

    # a Friday; Saturday, Sunday and the two days of Carnival are none
    assert night.due("Dossier aanvullen") == "10-02-2027 17:05"


def test_the_evaluation_is_72_hours_after_the_beginning_whoever_is_closed(night: Night) -> None:
    night.wait("20 minuten")
    under_a_roof(night)

    night.wait("4299 minuten")
    before = night.open()
    night.wait("1 minuut")

    assert before == ["Dossier aanvullen"]
    assert sorted(night.open()) == ["Dossier aanvullen", "Na 72 uur evalueren"]


def test_without_a_place_the_file_and_the_evaluation_come_all_the_same() -> None:
    trace = run(
        "crisis_opvangen",
        folder=WITH_CARE,
        handel_direct={"crisis_uitkomst": "geen_plek"},
        kies_plekken={"zoek_stap": "niemand"},
        beslis_als_manager={"piket_besluit": "stop"},
    )

    assert trace.error is None
    assert {"adviseer_zonder_plek", "vul_dossier_aan", "evalueer"} <= set(trace.elements)
    assert "informeer" not in trace.elements


@pytest.mark.parametrize(
    ("next_step", "in_care", "begins"),
    [
        ("zorg", None, True),
        ("zorg", True, False),
        ("andere_hulp", None, False),
        ("geen", None, False),
        (None, True, False),
    ],
)
def test_care_begins_when_it_is_what_is_needed_and_does_not_run_already(
    next_step: str | None, in_care: bool | None, begins: bool
) -> None:
    trace = run("spoed_afronden", start={"zorg_loopt": in_care}, evalueer={"vervolg": next_step})

    assert trace.state == "completed"
    assert ("zorg_begint" in trace.elements) is begins


def test_care_does_not_wait_for_the_file(night: Night) -> None:
    under_a_roof(night)
    night.wait("72 uur")

    night.do("Na 72 uur evalueren", {"na_72_uur_veilig": "ja", "evaluatie": "Zij slaapt goed."})

    assert sorted(night.open()) == ["Dossier aanvullen", "Veilige manier kiezen"]


@pytest.mark.parametrize(("safe", "end"), [("ja", "geplaatst"), ("nee", "zonder_plek")])
def test_the_end_says_whether_there_is_a_safe_place(safe: str, end: str) -> None:
    trace = run("spoed_afronden", evalueer={"na_72_uur_veilig": safe})

    assert end in trace.elements


# --- a crisis in care -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "begins"), [("geen_plek", True), ("veilig", False), ("wil_geen_hulp", False)]
)
def test_a_crisis_in_care_begins_the_same_search_when_a_safe_place_is_needed(
    outcome: str, begins: bool
) -> None:
    trace = run(
        "crisis_opvangen",
        folder=WITH_CARE,
        handel_direct={"crisis_uitkomst": outcome},
        kies_plekken={"te_vragen": ("hotel",)},
        vraag={"plek_antwoord": "ja"},
    )

    assert trace.error is None
    assert ("check_veiligheid" in trace.elements) is begins
    # care runs on in the same case: the evaluation begins no second one
    assert "zorg_begint" not in trace.elements


# --- terms, and how it is drawn ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("term", "length", "counted"),
    [
        ("spoed_oppakken", "PT30M", "uren"),
        ("spoed_plek_vragen", "PT30M", "uren"),
        ("spoed_bed", "PT2H", "uren"),
        ("spoed_plaatsing", "PT24H", "uren"),
        ("spoed_dossier", "P1D", "werkdagen"),
        ("spoed_evaluatie", "PT72H", "uren"),
    ],
)
def test_the_terms_are_those_of_the_domain_and_danger_has_no_office_hours(
    term: str, length: str, counted: str
) -> None:
    found = SPOED.term(term)

    assert (found["duur"], found["telling"]) == (length, counted)
    assert found["bron"]


def diagrams() -> list[str]:
    own = [path for path in SPOED.files if re.fullmatch(r"spoed/[a-z-]+\.bpmn", path)]
    return [SPOED.files[path].decode().replace("&quot;", '"') for path in own]


def test_every_moment_is_that_of_a_term_or_was_worked_out_at_the_beginning() -> None:
    written = [text for each in diagrams() for text in MOMENT.findall(each)]

    assert len(written) > 15
    for text in written:
        assert TERM.fullmatch(text) or text in MOMENTS, text


def test_every_term_that_is_asked_for_is_in_the_table() -> None:
    names = {name for each in diagrams() for name in TERM.findall(each)}

    assert len(names) > 10
    for name in sorted(names):
        assert SPOED.term(name)["bron"], name


def test_every_task_of_a_person_has_a_form_a_term_and_a_sentence() -> None:
    people = [
        task
        for each in diagrams()
        for task in etree.fromstring(each.encode()).iter(f"{BPMN}userTask")
    ]

    assert len(people) > 12
    for task in people:
        assert task.find(f".//{ZEEBE}formDefinition") is not None, task.get("id")
        assert task.find(f".//{ZEEBE}taskSchedule") is not None, task.get("id")
        assert task.findtext(f"{BPMN}documentation"), task.get("id")


def test_help_does_not_wait_for_a_report_to_the_police() -> None:
    """Domeinonderzoek 4.19: no condition, timer or mapping may depend on it."""
    for each in diagrams():
        assert not re.search(r"aangifte|medewerking|politie\s*!?=", each)
