"""What *procesregie* promises: people decide, nothing waits unseen, a team sees its own part."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import product

import pytest
from lxml import etree

from engine import simulate
from engine.forms import Field
from engine.forms.fields import evaluate, inputs
from engine.model import Value, Variables
from engine.simulation import Trace
from processes.procesregie.handlers import LEVELS, LOCAL_TEAM, MOST_LOCAL_ACTIONS
from tests.processes.folders import Folder

REGIE = Folder("procesregie", "gedeeld")
DIAGRAMS = {
    "procesregie_zvh": "procesregie/procesregie-zvh.bpmn",
    "zvh_informeren": "procesregie/zvh-informeren.bpmn",
    "zvh_casusoverleg": "procesregie/zvh-casusoverleg.bpmn",
    "zvh_plan_uitvoeren": "procesregie/zvh-plan-uitvoeren.bpmn",
    "zvh_opschalen": "procesregie/zvh-opschalen.bpmn",
    "zvh_overdragen": "procesregie/zvh-overdragen.bpmn",
    "zvh_bewaren": "procesregie/zvh-bewaren.bpmn",
}
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
BPMNDI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
ZEEBE = "{http://camunda.org/schema/zeebe/1.0}"
TERM = re.compile(r'termijn\("([a-z_0-9]+)"')
LOOKED_UP = re.compile(r'"(zvh_bewaren[a-z_]*)"" target="naam"')
ANSWERS = ("ja", "nee", "onbekend")

# It asks for the process, as the triage does, and can report what changes on the way.
AROUND = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="rondom" targetNamespace="test">
  <bpmn:process id="ervoor" isExecutable="true">
    <bpmn:startEvent id="begin" />
    <bpmn:intermediateThrowEvent id="vraag">
      <bpmn:extensionElements>
        <zeebe:ioMapping>
          <zeebe:input source="=spoed" target="spoed" />
          <zeebe:input source='="V-1"' target="zaaknummer" />
        </zeebe:ioMapping>
      </bpmn:extensionElements>
      <bpmn:messageEventDefinition messageRef="gestart" />
    </bpmn:intermediateThrowEvent>
    <bpmn:intermediateCatchEvent id="later">
      <bpmn:timerEventDefinition><bpmn:timeDuration>P30D</bpmn:timeDuration></bpmn:timerEventDefinition>
    </bpmn:intermediateCatchEvent>
    <bpmn:endEvent id="meld"><bpmn:messageEventDefinition messageRef="gemeld" /></bpmn:endEvent>
    <bpmn:sequenceFlow id="f1" sourceRef="begin" targetRef="vraag" />
    <bpmn:sequenceFlow id="f2" sourceRef="vraag" targetRef="later" />
    <bpmn:sequenceFlow id="f3" sourceRef="later" targetRef="meld" />
  </bpmn:process>
  <bpmn:message id="gestart" name="Zvh.Gestart">
    <bpmn:extensionElements><zeebe:subscription correlationKey='="V-1"' /></bpmn:extensionElements>
  </bpmn:message>
  <bpmn:message id="gemeld" name="{reported}">
    <bpmn:extensionElements><zeebe:subscription correlationKey='="V-1"' /></bpmn:extensionElements>
  </bpmn:message>
</bpmn:definitions>"""

ADMITTED: Variables = {
    "toegelaten": "ja",
    "ketens": ("zorg",),
    "minderjarig_betrokken": "nee",
    "eerste_verwerking": date(2026, 1, 5),
    "informeren_gevaar": "nee",
    "informeren_onderzoek": "nee",
}
GOES_ON: Variables = {"afschalen": "doorgaan", "review_vervolg": "zelfde_plan"}
SCALED_DOWN: Variables = {"afschalen": "afschalen"}


def diagram(process_id: str) -> etree._Element:
    return etree.fromstring(REGIE.files[DIAGRAMS[process_id]])


def targets(fields: Sequence[Field]) -> list[tuple[str, str]]:
    """What of the case the fields show or write, as section and path."""
    own = [(f.target.section, f.target.path) for f in fields if f.target and f.target.section]
    return own + [each for f in fields for each in targets(f.children)]


def partners(*chains: str, minor: str = "nee") -> list[str]:
    known: dict[str, Value] = {"ketens": chains, "minderjarig_betrokken": minor}
    outcome = REGIE.tables.evaluate("deelnemers_advies", known).value
    assert isinstance(outcome, Mapping)
    return [str(partner) for partner in outcome["partners"]]  # type: ignore[union-attr]


def run(
    days: int,
    *,
    urgent: bool = False,
    reported: str = "Partner.Weigert",
    **answers: Sequence[Variables],
) -> Trace:
    """An admitted case of which the person is told, with what people answer beside that."""
    given: dict[str, Sequence[Variables]] = {
        "weeg_casus": [ADMITTED],
        "informeer": [{"informeren": "informeren"}],
        "besluit_review": [GOES_ON] * 9,
        **answers,
    }
    around = AROUND.replace("{reported}", reported).encode()
    return simulate(
        {**REGIE.files, "procesregie/rondom.bpmn": around},
        "ervoor",
        variables={"spoed": urgent},
        until=timedelta(days=days),
        answers=given,
    )


# --- in or not --------------------------------------------------------------------------------


def test_a_case_that_is_not_admitted_ends_with_its_reason_and_who_goes_on() -> None:
    gone = run(60, weeg_casus=[{"toegelaten": "nee"}]).elements

    assert "niet_toegelaten" in gone
    assert "casus_begint" not in gone
    assert REGIE.asked("zvh_weging", {}, toegelaten="nee") == {
        "weging_reden",
        "verder_bij",
        "verder_afspraak",
    }


def test_an_admitted_case_has_a_goal_a_lead_and_the_day_it_was_first_processed() -> None:
    asks = REGIE.asked("zvh_weging", {}, toegelaten="ja")

    assert {"weging_reden", "doel", "trekker", "ketens", "eerste_verwerking"} <= asks
    assert asks.isdisjoint({"verder_bij", "verder_afspraak"})


@pytest.mark.parametrize(
    ("criteria", "enough"),
    [
        (("meer_leefgebieden", "meer_ketens", "omgeving"), True),
        (("veiligheidsprobleem",), True),
        (("meer_leefgebieden", "meer_ketens"), False),
        ((), False),
    ],
)
def test_the_form_says_whether_the_national_criteria_are_met(
    criteria: tuple[str, ...], enough: bool
) -> None:
    (words,) = [
        field.text
        for group in REGIE.form("zvh_weging").fields
        for field in group.children
        if field.id == "voldaan"
    ]

    shown = evaluate(words, {"criteria": criteria})

    assert str(shown).startswith("Hiermee is aan" if enough else "Hiermee is nog niet")


# --- whether the person may know ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("danger", "investigation", "outcome"),
    [
        ("nee", "nee", "informeren"),
        ("ja", "nee", "uitstellen"),
        ("nee", "ja", "uitstellen"),
        ("onbekend", "nee", "uitstellen"),
        ("nee", "onbekend", "uitstellen"),
    ],
)
def test_the_person_is_told_unless_that_does_harm(
    danger: str, investigation: str, outcome: str
) -> None:
    known = {"informeren_gevaar": danger, "informeren_onderzoek": investigation}

    assert REGIE.advised("informeren_betrokkene", **known) == outcome


def test_one_rule_fits_whatever_is_known_about_telling() -> None:
    for danger, investigation in product((*ANSWERS, None), repeat=2):
        known = {"informeren_gevaar": danger, "informeren_onderzoek": investigation}
        outcome = REGIE.advised("informeren_betrokkene", **known)
        assert outcome in REGIE.offered("informeren", "informeren")


def test_not_telling_lapses_after_thirty_days_and_is_weighed_again() -> None:
    postponed = [{"informeren": "uitstellen"}, {"informeren": "informeren"}]

    before = run(29, informeer=postponed).elements
    after = run(31, informeer=postponed).elements

    assert "herzie_uitstel" not in before
    assert after.count("weeg_informeren") == 2
    assert "is_geinformeerd" in after


def test_not_telling_does_not_hold_up_the_case() -> None:
    assert "maak_plan" in run(20, informeer=[{"informeren": "uitstellen"}]).elements


def test_to_postpone_against_the_advice_takes_two_reasons() -> None:
    known: dict[str, Value] = {"informeren_advies": {"uitkomst": "informeren"}}

    assert REGIE.asked("informeren", known, informeren="uitstellen") == {
        "informeren_afwijking",
        "uitstel_reden",
    }


def test_a_case_is_not_closed_in_silence_towards_a_person_who_was_not_told() -> None:
    closing = {"sluitreden": "gehaald", "sluitverslag": "Klaar.", "lokaal_nodig": "nee"}

    assert REGIE.asked("afsluiten", {"informeren": "uitstellen"}, **closing) == {
        "niet_geinformeerd"
    }
    assert REGIE.form("afsluiten").check(closing, {"informeren": "informeren"})


# --- who takes part ----------------------------------------------------------------------------


def test_the_local_team_always_takes_part_and_nobody_else_without_need() -> None:
    assert partners() == ["lokaal_team"]


@pytest.mark.parametrize(
    ("chain", "partner"),
    [
        ("strafrecht", "politie"),
        ("zorg", "zorgaanbieder"),
        ("opvang", "opvang"),
        ("jeugd", "jeugdbescherming"),
        ("bestuur", "gemeente_veiligheid"),
        ("arbeid", "arbeidsinspectie"),
        ("verblijf", "vreemdelingenpolitie"),
    ],
)
def test_a_chain_brings_its_partner(chain: str, partner: str) -> None:
    assert partner in partners(chain)
    assert partner not in partners()


@pytest.mark.parametrize(
    ("minor", "takes_part"), [("ja", True), ("onbekend", True), ("nee", False)]
)
def test_an_age_that_is_not_known_counts_as_a_minor(minor: str, takes_part: bool) -> None:
    assert ("veilig_thuis" in partners(minor=minor)) is takes_part


def test_every_advised_partner_can_be_chosen_and_no_one_twice() -> None:
    chains = [str(chain) for chain in REGIE.offered("zvh_weging", "ketens")]
    everyone = partners(*chains, minor="ja")

    assert len(everyone) == len(set(everyone))
    assert set(everyone) <= set(REGIE.offered("deelnemers", "deelnemers"))


def test_to_invite_others_than_advised_takes_a_reason() -> None:
    known: dict[str, Value] = {"deelnemers_advies": {"partners": ("lokaal_team", "politie")}}

    assert REGIE.asked("deelnemers", known, deelnemers=("lokaal_team",), convenant="2025") == {
        "deelnemers_reden"
    }
    assert REGIE.form("deelnemers").check(
        {"deelnemers": ("politie", "lokaal_team"), "convenant": "2025"}, known
    )


def test_a_refusal_is_recorded_without_its_reason() -> None:
    (refusals,) = [f for f in REGIE.form("weigering_bespreken").fields if f.key == "weigeringen"]

    assert [(column.key, column.type) for column in refusals.children] == [
        ("partner", "select"),
        ("op", "datetime"),
        ("waarvoor", "select"),
    ]
    assert [field.type for field in inputs(REGIE.form("partner_weigert").fields)] == ["select"]


@pytest.mark.parametrize(("needed", "escalated"), [("ja", True), ("nee", False)])
def test_a_refusal_goes_higher_only_when_the_partner_is_needed(
    needed: str, escalated: bool
) -> None:
    gone = run(31, bespreek_weigering=[{"partner_nodig": needed}]).elements

    assert "bespreek_weigering" in gone
    assert ("schaal_weigering_op" in gone) is escalated
    assert "casus_gesloten" not in gone  # the case went on meanwhile


# --- the pace ----------------------------------------------------------------------------------


def test_enriching_fits_before_the_first_meeting() -> None:
    before = [REGIE.lasts(each) for each in ("zvh_weging", "zvh_deelnemers", "zvh_verrijken")]

    assert sum(before, timedelta()) <= REGIE.lasts("zvh_casusoverleg") == timedelta(days=14)


def test_with_urgency_there_is_a_meeting_within_a_working_day_and_no_enriching_first() -> None:
    before = [REGIE.lasts(each, spoed=True) for each in ("zvh_weging", "zvh_deelnemers")]
    gone = run(1, urgent=True).elements

    assert REGIE.lasts("zvh_casusoverleg", spoed=True) == timedelta(days=1)
    assert sum(before, timedelta()) < timedelta(days=1)
    assert "verrijk" not in gone
    assert "houd_casusoverleg" in gone


def test_the_partners_meet_again_every_six_weeks() -> None:
    assert [run(days).elements.count("houd_review") for days in (41, 43, 85)] == [0, 1, 2]


# --- safety changes ----------------------------------------------------------------------------


def test_changed_safety_stops_what_runs_and_brings_a_meeting_and_a_new_plan() -> None:
    gone = run(31, reported="Veiligheid.Gewijzigd", maak_plan=[{"acties_lokaal": ()}] * 2).elements

    assert gone.count("houd_spoedoverleg") == 1
    assert gone.count("maak_plan") == 2
    assert gone.index("maak_plan") < gone.index("houd_spoedoverleg")
    assert gone.count("kies_deelnemers") == gone.count("houd_casusoverleg") == 1


def test_the_review_that_was_planned_before_is_planned_anew_from_the_new_plan() -> None:
    changed = "Veiligheid.Gewijzigd"

    assert "houd_review" not in run(71, reported=changed).elements
    assert "houd_review" in run(73, reported=changed).elements


# --- higher up ---------------------------------------------------------------------------------

STUCK: Mapping[str, Variables] = {
    "partner": {"partner_nodig": "ja"},
    "shelter": {"geen_opvang": "ja"},
    "actions": {"acties_te_laat": Decimal(2)},
    "stuck": {"vastgelopen": "ja"},
}


@pytest.mark.parametrize("why", STUCK)
def test_each_time_the_case_goes_one_level_higher(why: str) -> None:
    levels = [
        REGIE.advised("opschaling", **STUCK[why], niveau_geweest=Decimal(n)) for n in range(4)
    ]

    assert levels == ["niveau_1", "niveau_2", "niveau_3", "niveau_3"]


@pytest.mark.parametrize("late", [None, Decimal(0), Decimal(1)])
def test_one_late_action_is_no_reason_to_go_higher(late: Value) -> None:
    assert REGIE.advised("opschaling", acties_te_laat=late) == "geen"


def test_the_levels_of_the_table_the_form_and_the_system_are_the_same() -> None:
    assert tuple(REGIE.offered("opschalen", "niveau")) == LEVELS


def test_there_is_no_one_above_the_mayor() -> None:
    assert "hoger" in REGIE.offered("knoop_doorhakken", "knoop", niveau="niveau_2")
    assert "hoger" not in REGIE.offered("knoop_doorhakken", "knoop", niveau="niveau_3")


def test_what_is_found_in_a_review_is_put_to_the_director_before_the_plan_changes() -> None:
    gone = run(
        43,
        houd_review=[{"geen_opvang": "ja"}],
        besluit_review=[{"afschalen": "doorgaan", "review_vervolg": "ander_plan"}],
        besluit_opschalen=[{"niveau": "niveau_1"}],
        hak_knoop_door=[{"knoop": "besloten"}],
    ).elements

    assert gone.index("hak_knoop_door") < gone.index("ander_plan_nodig")
    assert gone.count("maak_plan") == 2


# --- lower and out -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reached", "criteria", "still", "outcome"),
    [
        ("ja", "ja", 0, "afschalen"),
        ("nee", "nee", 0, "afschalen"),
        ("nee", "ja", 2, "afschalen"),
        ("nee", "ja", 1, "doorgaan"),
        ("nee", "ja", 0, "doorgaan"),
    ],
)
def test_when_process_direction_is_no_longer_needed(
    reached: str, criteria: str, still: int, outcome: str
) -> None:
    known = {"doel_gehaald": reached, "criteria_nog": criteria}

    assert REGIE.advised("afschalen", **known, zonder_voortgang=Decimal(still)) == outcome


def test_one_rule_fits_whatever_a_review_finds() -> None:
    for reached, criteria, still in product((*ANSWERS, None), (*ANSWERS, None), (None, *range(4))):
        count = None if still is None else Decimal(still)
        known = {"doel_gehaald": reached, "criteria_nog": criteria}
        outcome = REGIE.advised("afschalen", **known, zonder_voortgang=count)
        assert outcome in REGIE.offered("review_besluiten", "afschalen")


def test_a_person_decides_to_scale_down_also_against_the_advice() -> None:
    known: dict[str, Value] = {"afschalen_advies": {"uitkomst": "doorgaan"}}

    assert REGIE.asked("review_besluiten", known, afschalen="afschalen") == {"afschalen_reden"}


def test_meetings_without_progress_are_counted_only_in_a_row() -> None:
    found = [{"voortgang": "nee"}, {"voortgang": "ja"}, {"voortgang": "nee"}]
    ends = [*[GOES_ON] * 2, SCALED_DOWN]

    counted = run(140, houd_review=found, besluit_review=ends, sluit_af=[{"lokaal_nodig": "nee"}])

    assert counted.elements.count("tel_stilstand") == 3
    assert "casus_gesloten" in counted.elements


def test_a_case_is_closed_after_the_partners_looked_back() -> None:
    gone = run(
        43,
        besluit_review=[SCALED_DOWN],
        sluit_af=[{"sluitreden": "gehaald", "lokaal_nodig": "nee"}],
    ).elements

    assert gone.index("evalueer") < gone.index("sluit_af") < gone.index("casus_gesloten")


def test_the_case_stays_open_until_somebody_takes_it_over() -> None:
    refused: list[Variables] = [{"overdracht_uitkomst": "geweigerd"}] * 2
    again: list[Variables] = [{"overdracht_vervolg": "opnieuw"}, {"overdracht_vervolg": "elders"}]

    gone = run(
        43,
        besluit_review=[SCALED_DOWN],
        sluit_af=[{"sluitreden": "gehaald", "lokaal_nodig": "ja"}],
        neem_over=refused,
        regel_overdracht=again,
    ).elements

    assert gone.count("neem_over") == gone.count("regel_overdracht") == 2
    assert gone.index("elders_geregeld") < gone.index("casus_gesloten")


def test_another_house_that_refuses_leaves_the_case_here() -> None:
    gone = run(
        43,
        besluit_review=[SCALED_DOWN],
        sluit_af=[{"sluitreden": "ander_huis"}, {"sluitreden": "gehaald", "lokaal_nodig": "nee"}],
        draag_over_huis=[{"ander_huis_uitkomst": "geweigerd"}],
    ).elements

    assert gone.count("sluit_af") == 2
    assert "casus_gesloten" in gone


# --- how long it is kept ------------------------------------------------------------------------


def kept_from(first: date, days: int, *decided: Variables) -> int:
    """How often the manager was asked, in so many days after the case began."""
    admitted = [{**ADMITTED, "eerste_verwerking": first}]
    return run(days, weeg_casus=admitted, besluit_bewaren=decided).elements.count("besluit_bewaren")


def test_the_manager_is_warned_half_a_year_before_five_years_after_the_first_processing() -> None:
    first = date(2021, 8, 1)  # five years end on 1 August 2026; half a year before is 1 February

    assert kept_from(first, 26, {}) == 0
    assert kept_from(first, 28, {}) == 1


def test_what_is_kept_longer_comes_back_before_its_new_end() -> None:
    longer: Variables = {"bewaarbesluit": "verlengen", "verlengd_tot": date(2026, 12, 1)}
    done: Variables = {"bewaarbesluit": "vernietigen"}

    assert kept_from(date(2021, 8, 1), 140, longer, done) == 1
    assert kept_from(date(2021, 8, 1), 150, longer, done) == 2


def test_to_keep_or_not_takes_a_reason() -> None:
    known: dict[str, Value] = {"bewaard_tot": date(2026, 8, 1)}

    assert REGIE.asked("bewaren", known, bewaarbesluit="vernietigen") == {"bewaarreden"}
    assert REGIE.asked("bewaren", known, bewaarbesluit="verlengen") == {
        "bewaarreden",
        "verlengd_tot",
    }


# --- who sees what ------------------------------------------------------------------------------


@pytest.mark.parametrize("form_id", ["actie", "overdracht", "veiligheid_gewijzigd"])
def test_the_local_team_sees_the_goal_its_own_part_and_who_it_is_about(form_id: str) -> None:
    foreign = [
        (section, path)
        for section, path in targets(REGIE.form(form_id).fields)
        if (section, path) != ("person_identity", "name")
        and not (section == "zvh_plan" and path.startswith(("goal", "local_")))
    ]

    assert foreign == []


@pytest.mark.parametrize("number", [1, MOST_LOCAL_ACTIONS])
def test_who_does_an_action_accounts_for_that_one_only(number: int) -> None:
    known: dict[str, Value] = {"actie": {"nummer": Decimal(number)}}

    assert REGIE.asked("actie", known, actie_uitkomst="gedaan") == {f"actie_verslag_{number}"}


def test_the_owner_whose_actions_become_tasks_can_be_chosen_in_a_plan() -> None:
    (actions,) = [field for field in REGIE.form("plan").fields if field.key == "acties"]
    (owner,) = [column for column in actions.children if column.key == "eigenaar"]

    assert LOCAL_TEAM in [option.value for option in owner.options]


@pytest.mark.parametrize("form_id", ["knoop_doorhakken", "bewaren"])
def test_the_manager_is_shown_nothing_but_the_nameless_question(form_id: str) -> None:
    read = [f.target.path for f in REGIE.form(form_id).fields if f.target and not f.is_input]

    assert set(read) <= {"dilemma"}


def test_what_the_police_gave_stands_apart() -> None:
    sections = dict.fromkeys(section for section, _ in targets(REGIE.form("verrijking").fields))
    elsewhere = [
        each
        for each in DIAGRAMS
        for task in diagram(each).iter(f"{ZEEBE}formDefinition")
        if task.get("formId") != "verrijking"
        and "zvh_enrichment_police" in dict(targets(REGIE.form(task.get("formId", "")).fields))
    ]

    assert list(sections) == ["zvh_case", "zvh_enrichment_police"]
    assert elsewhere == []


# --- how it is drawn ----------------------------------------------------------------------------


def is_clear(task: etree._Element) -> bool:
    """Whether a task has a form that can be read, a term and a sentence."""
    asks = task.find(f".//{ZEEBE}formDefinition")
    due = task.find(f".//{ZEEBE}taskSchedule")
    if asks is None or due is None or not REGIE.form(asks.get("formId", "")).fields:
        return False
    agreed = ("=begin.overleg_uiterlijk", "=actie.uiterlijk")
    when, words = due.get("dueDate", ""), task.findtext(f"{BPMN}documentation") or ""
    return (bool(TERM.search(when)) or when in agreed) and words.endswith(".")


@pytest.mark.parametrize("process_id", DIAGRAMS)
def test_every_task_of_a_person_says_what_to_do_with_which_form_and_until_when(
    process_id: str,
) -> None:
    tasks = list(diagram(process_id).iter(f"{BPMN}userTask"))

    assert [task.get("id") for task in tasks if not is_clear(task)] == []


@pytest.mark.parametrize("process_id", DIAGRAMS)
def test_every_term_of_the_diagram_is_in_the_table(process_id: str) -> None:
    text = etree.tostring(diagram(process_id), encoding="unicode").replace("&quot;", '"')
    names = {*TERM.findall(text), *LOOKED_UP.findall(text)}

    assert names
    assert all(REGIE.lasts(name) for name in names)


@pytest.mark.parametrize("process_id", DIAGRAMS)
def test_everything_in_the_diagram_has_a_name_and_is_drawn(process_id: str) -> None:
    found = diagram(process_id)
    drawn = {
        each.get("bpmnElement") for each in found.iter(f"{BPMNDI}BPMNShape", f"{BPMNDI}BPMNEdge")
    }
    own = set(REGIE.definitions[process_id].by_process[process_id].values())
    choices = {one.id for one in own if one.kind == "exclusiveGateway" and len(one.outgoing) > 1}
    flows = REGIE.definitions[process_id].flows.values()

    assert [one.id for one in own if not one.name.strip()] == []
    assert [flow.id for flow in flows if flow.source in choices and not flow.name] == []
    assert {one.id for one in own} <= drawn
