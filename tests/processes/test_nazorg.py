"""What *nazorg* promises: five moments from one beginning, silence that is weighed, a way back."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import pairwise, product

import pytest
from lxml import etree

from engine import simulate
from engine.errors import InvalidInputError
from engine.forms import Field
from engine.forms.answers import options_of
from engine.model import Value, Variables
from engine.simulation import EPOCH, Trace
from tests.processes.folders import Folder

NAZORG = Folder("nazorg", "gedeeld")
DIAGRAMS = {
    "nazorg": "nazorg/nazorg.bpmn",
    "contactmomenten": "nazorg/contactmomenten.bpmn",
    "warme_overdracht": "nazorg/warme-overdracht.bpmn",
}
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
BPMNDI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
ZEEBE = "{http://camunda.org/schema/zeebe/1.0}"
TERM = re.compile(r'termijn\("([a-z_0-9]+)"\)')
# What has no reader in mind says nothing about why somebody had help.
TELLING = (
    "mensenhandel",
    "slachtoffer",
    "uitbuiting",
    "nazorg",
    "zorg",
    "hulp",
    "dader",
    "politie",
)

# It begins the aftercare, and tells by the end it takes how somebody came back to care.
AROUND = b"""<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="rondom" targetNamespace="test">
  <bpmn:process id="ervoor" isExecutable="true">
    <bpmn:startEvent id="begin" />
    <bpmn:endEvent id="naar_nazorg">
      <bpmn:messageEventDefinition messageRef="nazorg_gestart" />
    </bpmn:endEvent>
    <bpmn:sequenceFlow id="f1" sourceRef="begin" targetRef="naar_nazorg" />
  </bpmn:process>
  <bpmn:process id="erna" isExecutable="true">
    <bpmn:startEvent id="weer_in_zorg">
      <bpmn:messageEventDefinition messageRef="zorg_gestart" />
    </bpmn:startEvent>
    <bpmn:exclusiveGateway id="hoe" default="f4" />
    <bpmn:endEvent id="heropend_met_spoed" />
    <bpmn:endEvent id="anders" />
    <bpmn:sequenceFlow id="f2" sourceRef="weer_in_zorg" targetRef="hoe" />
    <bpmn:sequenceFlow id="f3" sourceRef="hoe" targetRef="heropend_met_spoed">
      <bpmn:conditionExpression>=heropend = true and spoed = true</bpmn:conditionExpression>
    </bpmn:sequenceFlow>
    <bpmn:sequenceFlow id="f4" sourceRef="hoe" targetRef="anders" />
  </bpmn:process>
  <bpmn:message id="nazorg_gestart" name="Nazorg.Gestart">
    <bpmn:extensionElements>
      <zeebe:subscription correlationKey="=zaaknummer" />
    </bpmn:extensionElements>
  </bpmn:message>
  <bpmn:message id="zorg_gestart" name="Zorg.Gestart" />
</bpmn:definitions>"""


def diagram(process_id: str) -> etree._Element:
    return etree.fromstring(NAZORG.files[DIAGRAMS[process_id]])


def after_silence(teken: str, lokaal: str, *, moment: int = 3) -> str:
    """What the table advises after two times no contact, before the moment of this number."""
    context: dict[str, Value] = {
        "teken_onveilig": teken,
        "lokaal_ziet_client": lokaal,
        "contactmoment": moment,
        "momenten": tuple(range(1, 6)),
    }
    outcome = NAZORG.tables.evaluate("geen_contact_nazorg", context)
    assert outcome.problem is None, outcome.problem
    assert isinstance(outcome.value, Mapping), f"no rule for {context}"
    assert str(outcome.value["waarom"]).endswith(".")
    return str(outcome.value["uitkomst"])


def run(days: int, *contacts: str, **answers: Sequence[Variables]) -> Trace:
    """The aftercare of somebody whose local team says yes, with what each contact came to."""
    given: dict[str, Sequence[Variables]] = {
        "neem_over": [{"overdracht_uitkomst": "aangenomen"}],
        "heb_contact": [{"contact_resultaat": outcome, "spoed": True} for outcome in contacts],
        **answers,
    }
    return simulate(
        {**NAZORG.files, "nazorg/rondom.bpmn": AROUND},
        "ervoor",
        variables={"zaaknummer": "Z-1"},
        until=timedelta(days=days),
        answers=given,
    )


# --- a year of contact ------------------------------------------------------------------------


def test_contact_is_sought_in_the_weeks_that_the_study_names() -> None:
    moments = [NAZORG.lasts(f"nazorg_moment_{number}") for number in range(1, 6)]
    weeks = [round(each / timedelta(weeks=1)) for each in moments]

    assert weeks == [2, 6, 13, 26, 52]


def test_every_moment_is_counted_from_the_beginning_and_not_from_the_one_before() -> None:
    before = run(90, "goed", "goed", "goed").elements.count("heb_contact")
    after = run(92, "goed", "goed", "goed").elements.count("heb_contact")

    assert (before, after) == (2, 3)


def test_a_contact_that_is_due_can_be_done_before_the_next_one_is() -> None:
    moments = [NAZORG.lasts(f"nazorg_moment_{number}") for number in range(1, 6)]
    gaps = [later - earlier for earlier, later in pairwise(moments)]

    assert min(gaps) > NAZORG.lasts("nazorg_contact_te_laat") > NAZORG.lasts("nazorg_contact")


def test_the_plan_is_there_before_the_first_contact() -> None:
    assert NAZORG.lasts("nazorgplan") < NAZORG.lasts("nazorg_moment_1")


def test_the_way_back_is_open_until_after_the_last_contact() -> None:
    assert NAZORG.lasts("nazorg_terugkomen") > NAZORG.lasts("nazorg_moment_5")


def test_after_a_year_without_trouble_the_aftercare_ends_with_the_experience_of_the_client() -> (
    None
):
    gone = run(400, *["goed"] * 5, sluit_nazorg=[{"mag_terug": "ja"}]).elements

    assert gone.count("heb_contact") == 5
    assert (
        gone.index("voer_sluitgesprek") < gone.index("vraag_beleving") < gone.index("sluit_nazorg")
    )
    assert gone[-1] == "nazorg_klaar"


# --- silence ----------------------------------------------------------------------------------


def test_once_without_contact_closes_nothing() -> None:
    gone = run(100, "geen_contact", "goed", "geen_contact").elements

    assert "besluit_geen_contact" not in gone
    assert gone.count("heb_contact") == 3


def test_a_person_decides_after_two_times_without_contact_in_a_row() -> None:
    gone = run(60, "geen_contact", "geen_contact").elements

    assert gone.index("weeg_geen_contact") < gone.index("besluit_geen_contact")
    assert gone.index("besluit_geen_contact") < gone.index("stuur_sluitbrief")


@pytest.mark.parametrize(
    ("teken", "lokaal", "moment", "outcome"),
    [
        ("nee", "nee", 3, "sluiten"),
        ("onbekend", "nee", 3, "sluiten"),
        ("nee", "ja", 3, "doorgaan"),
        ("onbekend", "ja", 5, "doorgaan"),
        ("nee", "ja", 6, "sluiten"),
        ("ja", "nee", 3, "terug_in_zorg"),
        ("ja", "ja", 6, "terug_in_zorg"),
    ],
)
def test_silence_is_weighed(teken: str, lokaal: str, moment: int, outcome: str) -> None:
    assert after_silence(teken, lokaal, moment=moment) == outcome


def test_one_rule_fits_whatever_is_known_about_silence() -> None:
    known = ("ja", "nee", "onbekend")

    for teken, lokaal, moment in product(known, known, (3, 6)):
        offered = {
            option.value
            for option in options_of(
                NAZORG.field("geen_contact_besluiten", "geen_contact_besluit"),
                {"contactmoment": moment, "momenten": tuple(range(1, 6))},
            )
        }
        assert after_silence(teken, lokaal, moment=moment) in offered


def test_to_close_against_the_advice_takes_a_reason() -> None:
    known: dict[str, Value] = {
        "geen_contact_advies": {"uitkomst": "terug_in_zorg"},
        "contactmoment": 3,
        "momenten": tuple(range(1, 6)),
    }

    assert NAZORG.asked("geen_contact_besluiten", known, geen_contact_besluit="sluiten") == {
        "geen_contact_reden"
    }


def test_who_finds_nobody_says_whether_it_may_be_unsafe() -> None:
    known: dict[str, Value] = {"contactmoment": 2, "momenten": tuple(range(1, 6))}

    assert NAZORG.asked(
        "nazorg_contact", known, contact_resultaat="geen_contact", verslag="Gebeld."
    ) == {
        "teken_onveilig",
        "lokaal_ziet_client",
    }


def test_the_closing_letter_tells_whoever_reads_it_nothing() -> None:
    until = EPOCH.replace(year=2027)

    letter = str(NAZORG.form("sluitbrief").initial({"terug_tot": until})["brief"])

    assert "5-1-2027" in letter
    assert [word for word in TELLING if word in letter.lower()] == []


def test_no_letter_is_asked_for_when_none_can_be_sent_safely() -> None:
    assert NAZORG.asked("sluitbrief", {}, sluitbrief="niet_veilig") == {"geen_brief"}


# --- the way back -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("contacts", "answers"),
    [
        (("terugval",), {}),
        (("goed", "zorg"), {"regel_steun": [{"steun_uitkomst": "zorg_nodig"}]}),
        (
            ("geen_contact", "geen_contact"),
            {"besluit_geen_contact": [{"geen_contact_besluit": "terug_in_zorg"}]},
        ),
    ],
)
def test_who_relapses_is_taken_back_into_care(
    contacts: tuple[str, ...], answers: dict[str, Sequence[Variables]]
) -> None:
    gone = run(60, *contacts, **answers).elements

    assert gone[-1] == "heropend_met_spoed"
    assert "meld_terugval" in gone
    assert "sluit_nazorg" not in gone


def test_extra_support_that_is_enough_lets_the_aftercare_go_on() -> None:
    gone = run(60, "zorg", "goed", regel_steun=[{"steun_uitkomst": "genoeg"}]).elements

    assert gone.count("heb_contact") == 2


@pytest.mark.parametrize(("may_return", "open_after"), [("ja", True), ("nee", False)])
def test_the_case_waits_only_for_who_may_come_back(may_return: str, open_after: bool) -> None:
    silent = ("geen_contact", "geen_contact")

    gone = run(60, *silent, sluit_nazorg=[{"mag_terug": may_return}]).elements

    assert "leg_afsluiting_vast" in gone
    assert ("nazorg_klaar" not in gone) is open_after


@pytest.mark.parametrize("why", ["overleden", "geen_slachtoffer"])
def test_nobody_is_expected_back_who_cannot_be(why: str) -> None:
    answered = NAZORG.form("afsluiten").check({"sluit_reden": why}, {})

    assert "mag_terug" not in answered.process_values


@pytest.mark.parametrize(
    ("known", "why"),
    [
        ({}, "doelen_behaald"),
        ({"sluitbrief": "niet_veilig"}, "onvindbaar"),
        ({"stopreden": "vertrokken_uit_nl"}, "vertrokken_uit_nl"),
    ],
)
def test_the_reason_to_close_is_the_one_that_led_there(known: dict[str, Value], why: str) -> None:
    assert NAZORG.form("afsluiten").initial(known)["sluit_reden"] == why


def test_every_reason_to_stop_is_a_reason_to_close() -> None:
    stops = {option.value for option in NAZORG.field("nazorg_stopt", "stopreden").options}

    assert stops < {option.value for option in NAZORG.field("afsluiten", "sluit_reden").options}


# --- who sees what ----------------------------------------------------------------------------


def test_nothing_is_shared_with_a_local_team_that_the_client_does_not_want() -> None:
    asks = NAZORG.asked("nazorgplan", {}, lokaal_team_mag="nee")
    gone = run(10, maak_nazorgplan=[{"lokaal_team_mag": "nee"}]).elements

    assert asks.isdisjoint({"welk_team", "vraag_aan_team"})
    assert "coordinator_houdt" in gone
    assert "neem_over" not in gone


def test_the_local_team_sees_its_own_part_and_who_it_is_about() -> None:
    def targets(fields: Sequence[Field]) -> list[tuple[str, str]]:
        own = [(f.target.section, f.target.path) for f in fields if f.target and f.target.section]
        return own + [each for f in fields for each in targets(f.children)]

    seen = targets(NAZORG.form("overdracht").fields)

    assert ("person_identity", "name") in seen
    assert [
        path
        for section, path in seen
        if section != "person_identity" and not path.startswith(("handover_", "agreement_"))
    ] == []


def test_the_manager_is_shown_nothing_of_the_client() -> None:
    read = [
        field
        for field in NAZORG.form("overdracht_vlottrekken").fields
        if field.target and not field.is_input
    ]

    assert read == []


def test_the_client_need_not_tell_how_the_help_was() -> None:
    answered = NAZORG.form("client_beleving").check({"beleving": "liever_niet"}, {})

    assert not answered.case_values
    assert NAZORG.asked("client_beleving", {}, beleving="gegeven") == {"cijfer"}


@pytest.mark.parametrize("mark", ["0", "11", "7,5"])
def test_a_mark_is_a_whole_number_from_one_to_ten(mark: str) -> None:
    with pytest.raises(InvalidInputError):
        NAZORG.form("client_beleving").check({"beleving": "gegeven", "cijfer": mark}, {})


# --- how it is drawn --------------------------------------------------------------------------


def is_clear(task: etree._Element) -> bool:
    """Whether a task has a form that can be read, a term of the table and a sentence."""
    asks = task.find(f".//{ZEEBE}formDefinition")
    due = task.find(f".//{ZEEBE}taskSchedule")
    if asks is None or due is None or not NAZORG.form(asks.get("formId", "")).fields:
        return False
    words = task.findtext(f"{BPMN}documentation") or ""
    return bool(TERM.search(due.get("dueDate", ""))) and words.endswith(".")


@pytest.mark.parametrize("process_id", DIAGRAMS)
def test_every_task_of_a_person_says_what_to_do_with_which_form_and_until_when(
    process_id: str,
) -> None:
    tasks = list(diagram(process_id).iter(f"{BPMN}userTask"))

    assert [task.get("id") for task in tasks if not is_clear(task)] == []


@pytest.mark.parametrize("process_id", DIAGRAMS)
def test_every_term_of_the_diagram_is_in_the_table(process_id: str) -> None:
    names = set(
        TERM.findall(etree.tostring(diagram(process_id), encoding="unicode").replace("&quot;", '"'))
    )

    assert names
    assert all(NAZORG.lasts(name) for name in names)


@pytest.mark.parametrize("process_id", DIAGRAMS)
def test_everything_in_the_diagram_has_a_name_and_is_drawn(process_id: str) -> None:
    found = diagram(process_id)
    drawn = {
        each.get("bpmnElement") for each in found.iter(f"{BPMNDI}BPMNShape", f"{BPMNDI}BPMNEdge")
    }
    own = set(NAZORG.definitions[process_id].by_process[process_id].values())
    choices = {one.id for one in own if one.kind == "exclusiveGateway" and len(one.outgoing) > 1}
    flows = NAZORG.definitions[process_id].flows.values()

    assert [one.id for one in own if not one.name.strip()] == []
    assert [flow.id for flow in flows if flow.source in choices and not flow.name] == []
    assert {one.id for one in own} <= drawn
