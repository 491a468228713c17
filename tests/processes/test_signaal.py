"""What the process *signaal behandelen* promises: its tables, its forms and how it is drawn."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import time, timedelta
from functools import cache
from itertools import product
from pathlib import Path

import pytest
from lxml import etree

import processes
import webapp
from engine import check, decisions, forms, simulate
from engine.bpmn.compile import Definition, compile_set
from engine.bpmn.reading import Element, Flow
from engine.decisions import Decisions
from engine.errors import FieldProblem, InvalidInputError
from engine.feel import Expression
from engine.forms import Field, Form
from engine.forms.answers import options_of
from engine.forms.fields import inputs
from engine.model import Value
from processes.signaal import handlers
from webapp.casework import places

REGION = Path(webapp.__file__).with_name("demo-region.toml")
PROCESS = "signaal_behandelen"
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
BPMNDI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
ZEEBE = "{http://camunda.org/schema/zeebe/1.0}"
TERM = re.compile(r'=termijn\("([a-z_]+)"(?:, overleg_soort = "spoed")?\)')
YES_NO_UNKNOWN = ("ja", "nee", "onbekend")


@cache
def files() -> Mapping[str, bytes]:
    return processes.read(processes.SHIPPED)


@cache
def alone() -> Mapping[str, bytes]:
    """The folder with what all share, without the processes that it sends messages to."""
    folders = ("signaal/", "gedeeld/")
    return {path: content for path, content in files().items() if path.startswith(folders)}


@cache
def tables() -> Decisions:
    return decisions.load(files())


@cache
def definitions() -> Mapping[str, Definition]:
    """The diagrams of the folder: the main one, and those that it calls."""
    found = compile_set(files())
    return {key: each for key, each in found.items() if each.file.startswith("signaal/")}


@cache
def elements() -> Mapping[str, Element]:
    own = (each.by_process[key] for key, each in definitions().items())
    return {one.id: one for found in own for one in found.values()}


def flows_of(process_id: str) -> Mapping[str, Flow]:
    """The flows between elements of the process itself, not of what it calls."""
    definition = definitions()[process_id]
    own = {one.id for one in definition.by_process[process_id].values()}
    return {key: flow for key, flow in definition.flows.items() if flow.source in own}


@cache
def flows() -> Mapping[str, Flow]:
    return {key: flow for process_id in definitions() for key, flow in flows_of(process_id).items()}


@cache
def diagram(process_id: str) -> etree._Element:
    return etree.fromstring(files()[definitions()[process_id].file])


def drawn(*kinds: str) -> Iterator[etree._Element]:
    """Everything of these kinds in the diagrams of the folder."""
    for process_id in definitions():
        yield from diagram(process_id).iter(*kinds)


@cache
def form(form_id: str) -> Form:
    file = f"signaal/forms/{form_id.replace('_', '-')}.form"
    return forms.load(files()[file], file=file)


def answer(form_id: str, key: str) -> Field:
    return next(field for field in inputs(form(form_id).fields) if field.key == key)


def advised(decision_id: str, **context: Value) -> str:
    """The outcome of a table, which always says why."""
    outcome = tables().evaluate(decision_id, context)
    assert outcome.problem is None, outcome.problem
    assert isinstance(outcome.value, Mapping), f"no rule for {context}"
    assert str(outcome.value["waarom"]).endswith(".")
    return str(outcome.value["uitkomst"])


def rows(found: Value) -> list[Mapping[str, Value]]:
    """A list of contexts, as a table gives it."""
    assert isinstance(found, tuple)
    return [row for row in found if isinstance(row, Mapping)]


def danger(**answers: str) -> dict[str, Value]:
    questions = ("levensgevaar", "dader_nabij", "geen_veilige_plek", "minderjarig")
    return {**dict.fromkeys((*questions, "medische_hulp"), "nee"), **answers}


def signal(**known: Value) -> dict[str, Value]:
    """An adult of our own region with one mark, without danger."""
    return {
        "spoed_besluit": "normaal",
        "minderjarig": "nee",
        "onderwerp": "persoon",
        "verblijf": "eigen_regio",
        "overleg_verplicht": False,
        "kenmerk_groepen": 1,
        "duidelijk": "ja",
        **known,
    }


# --- danger -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ({}, "normaal"),
        ({"levensgevaar": "ja"}, "spoed_opvang"),
        ({"levensgevaar": "ja", "minderjarig": "ja"}, "spoed_opvang"),
        ({"minderjarig": "ja"}, "normaal"),
        ({"minderjarig": "ja", "dader_nabij": "ja"}, "minderjarige"),
        ({"minderjarig": "ja", "geen_veilige_plek": "ja"}, "minderjarige"),
        ({"minderjarig": "ja", "medische_hulp": "ja"}, "minderjarige"),
        ({"geen_veilige_plek": "ja"}, "spoed_opvang"),
        ({"geen_veilige_plek": "ja", "dader_nabij": "ja"}, "spoed_opvang"),
        ({"medische_hulp": "ja"}, "spoed_opvang"),
        ({"dader_nabij": "ja"}, "afgeschermd"),
        ({"levensgevaar": "onbekend"}, "normaal"),
    ],
)
def test_danger_is_judged_by_the_first_rule_that_fits(
    answers: dict[str, str], outcome: str
) -> None:
    assert advised("spoed_beoordeling", **danger(**answers)) == outcome


def test_every_answer_about_danger_has_an_advice() -> None:
    for answers in product(YES_NO_UNKNOWN, repeat=5):
        assert advised("spoed_beoordeling", **dict(zip(danger(), answers, strict=True)))


@pytest.mark.parametrize("question", ["levensgevaar", "geen_veilige_plek"])
def test_what_is_not_known_about_danger_is_asked_the_same_day(question: str) -> None:
    outcome = tables().evaluate("spoed_beoordeling", danger(**{question: "onbekend"}))

    assert isinstance(outcome.value, Mapping)
    assert "vandaag" in str(outcome.value["waarom"])


# --- the route --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("known", "outcome"),
    [
        # domeinonderzoek 2.1, row by row
        ({"spoed_besluit": "spoed_opvang"}, "spoed"),
        ({"spoed_besluit": "spoed_opvang", "minderjarig": "ja"}, "spoed"),
        ({"minderjarig": "ja"}, "minderjarige"),
        ({}, "overleg"),
        ({"onderwerp": "locatie"}, "overleg_handhaving"),
        ({"onderwerp": "bedrijf"}, "overleg_handhaving"),
        ({"onderwerp": "advies"}, "advies"),
        ({"verblijf": "asielopvang"}, "overleg_coa"),
        ({"verblijf": "andere_regio"}, "overdracht"),
        ({"kenmerk_groepen": 0, "duidelijk": "geen_zorg"}, "geen_signaal"),
        # what has been done is not advised again
        ({"spoed_besluit": "spoed_opvang", "spoed_uitkomst": "veilig"}, "overleg"),
        ({"minderjarig": "ja", "minderjarige_uitkomst": "ook_overleg"}, "overleg"),
        ({"verblijf": "andere_regio", "overdracht_uitkomst": "geweigerd"}, "overleg"),
        # domeinonderzoek 8.4: a worker in a greenhouse, a girl of 16, an anonymous tip
        ({"kenmerk_groepen": 2, "overleg_verplicht": True}, "overleg"),
        ({"minderjarig": "ja", "kenmerk_groepen": 2, "overleg_verplicht": True}, "minderjarige"),
        ({"onderwerp": "locatie", "duidelijk": None, "bruikbaar": "deels"}, "overleg_handhaving"),
        # no indicator, yet a concern
        ({"kenmerk_groepen": 0}, "overleg"),
        ({"kenmerk_groepen": 0, "bruikbaar": "nee"}, "geen_signaal"),
        ({"onderwerp": "advies", "overleg_verplicht": True}, "overleg"),
    ],
)
def test_the_route_follows_from_what_is_known(known: dict[str, Value], outcome: str) -> None:
    assert advised("signaal_route", **signal(**known)) == outcome


def everything_known() -> Iterator[dict[str, Value]]:
    columns: dict[str, tuple[Value, ...]] = {
        "spoed_besluit": ("normaal", "spoed_opvang", "minderjarige", "afgeschermd"),
        "spoed_uitkomst": (None, "veilig"),
        "minderjarig": YES_NO_UNKNOWN,
        "onderwerp": ("persoon", "locatie", "bedrijf", "advies"),
        "verblijf": ("eigen_regio", "asielopvang", "andere_regio"),
        "overdracht_uitkomst": (None, "geweigerd"),
        "kenmerk_groepen": (0, 1, 2),
        "duidelijk": (None, "ja", "geen_zorg"),
    }
    for values in product(*columns.values()):
        known = dict(zip(columns, values, strict=True))
        yield {**known, "overleg_verplicht": known["kenmerk_groepen"] == 2}


def test_one_rule_and_no_more_fits_everything_that_can_be_known() -> None:
    for known in everything_known():
        route = advised("signaal_route", **known)
        assert not (known["overleg_verplicht"] and route in ("geen_signaal", "advies")), known


# --- anonymous, and advice ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("findable", "groups", "outcome"),
    [(True, 1, "ja"), (True, 0, "deels"), (False, 2, "deels"), (False, 0, "nee")],
)
def test_an_anonymous_signal_is_of_use_when_somebody_can_go_and_look(
    findable: bool, groups: int, outcome: str
) -> None:
    assert advised("anoniem_bruikbaar", vindbaar=findable, kenmerk_groepen=groups) == outcome


def test_advice_becomes_a_signal_only_with_a_concern_and_consent_or_when_it_must() -> None:
    answers = {}
    for found, worry, consent in product(("ja", "nee"), ("ja", "nee"), ("ja", "nee", None)):
        known = {"herkenbaar": found, "zorg_blijft": worry, "vrager_stemt_in": consent}
        answers[found, worry, consent] = advised(
            "advies_of_signaal", overleg_verplicht=False, **known
        )
        assert advised("advies_of_signaal", overleg_verplicht=True, **known) == "signaal"

    assert [key for key, outcome in answers.items() if outcome == "signaal"] == [("ja",) * 3]


# --- terms ----------------------------------------------------------------------------------------


def terms_in_diagrams() -> list[str]:
    """The text of every timer and every term of a task."""
    tags = [f"{BPMN}{kind}" for kind in ("timeDate", "timeDuration", "timeCycle")]
    timers = [str(timer.text) for timer in drawn(*tags)]
    return timers + [str(each.get("dueDate")) for each in drawn(f"{ZEEBE}taskSchedule")]


def test_no_term_is_written_in_a_diagram_itself() -> None:
    assert [text for text in terms_in_diagrams() if not TERM.fullmatch(text)] == []


def test_every_term_of_the_diagrams_is_in_the_table() -> None:
    names = {found[1] for text in terms_in_diagrams() if (found := TERM.fullmatch(text))}

    for name in sorted(names):
        for urgent in (None, False, True):
            context: dict[str, Value] = {"naam": name, "spoed": urgent, "minderjarig": None}
            outcome = tables().evaluate("termijnen", context)
            assert isinstance(outcome.value, Mapping), name
            assert outcome.value["bron"], name


def test_every_task_of_a_person_has_a_form_and_a_term() -> None:
    tasks = list(drawn(f"{BPMN}userTask"))

    assert len(tasks) > 15
    for task in tasks:
        assert task.find(f".//{ZEEBE}formDefinition") is not None, task.get("id")
        assert task.find(f".//{ZEEBE}taskSchedule") is not None, task.get("id")


def test_advice_in_danger_has_a_term_of_an_hour() -> None:
    context: dict[str, Value] = {"naam": "advies", "spoed": True, "minderjarig": None}

    outcome = tables().evaluate("termijnen", context)

    assert isinstance(outcome.value, Mapping)
    assert (outcome.value["duur"], outcome.value["telling"]) == ("PT1H", "uren")


# --- a person decides --------------------------------------------------------------------------


def advising() -> list[str]:
    return [one.id for one in elements().values() if one.kind == "businessRuleTask"]


@pytest.mark.parametrize("element_id", advising())
def test_a_person_confirms_every_advice_or_departs_from_it_with_a_reason(element_id: str) -> None:
    advice = elements()[element_id]
    (flow_id,) = advice.outgoing

    task = elements()[flows()[flow_id].target]

    assert task.kind == "userTask"
    assert task.form_key is not None
    variable = advice.result_variable or ""
    shown = inputs(form(task.form_key).fields)
    (choice,) = [
        field
        for field in shown
        if isinstance(field.default, Expression) and variable in field.default.names
    ]
    assert choice.required
    (reason,) = [field for field in shown if field.hide and variable in field.hide.names]
    assert reason.required
    assert choice.target is not None
    followed = {choice.key: "x", variable: {"uitkomst": "x"}}
    assert reason.hide is not None
    assert reason.hide.evaluate(followed) is True
    assert reason.hide.evaluate({**followed, choice.key: "y"}) is False


# --- never close what must be discussed ----------------------------------------------------------


@pytest.mark.parametrize("route", ["geen_signaal", "per_ongeluk"])
def test_a_signal_that_must_be_discussed_cannot_be_closed_by_the_form(route: str) -> None:
    known: dict[str, Value] = {"overleg_verplicht": True, "route_advies": {"uitkomst": "overleg"}}
    typed = {"route": route, "route_reden": "Ik zie het niet."}

    with pytest.raises(InvalidInputError, match="invalid_input"):
        form("route_kiezen").check(typed, known)

    assert form("route_kiezen").check(typed, {**known, "overleg_verplicht": False})


@pytest.mark.parametrize("route", ["geen_signaal", "per_ongeluk"])
def test_a_signal_that_must_be_discussed_is_not_closed_by_the_diagram_either(route: str) -> None:
    trace = simulate(
        alone(),
        PROCESS,
        variables={"overleg_verplicht": True, "kenmerk_groepen": 2, **signal_start()},
        answers={"kies_route": [{"route": route}]},
        until=timedelta(hours=1),
    )

    assert trace.error is None
    assert "zet_op_agenda" in trace.elements


def signal_start() -> dict[str, Value]:
    place: dict[str, Value] = {"gemeente": "venlo", "huis": "noord", "regio": "limburg"}
    about: dict[str, Value] = {"verblijf": "eigen_regio", "onderwerp": "persoon"}
    return {**place, **about, "spoed_besluit": "normaal", "zaaknummer": "S-1", "melder": "a"}


def test_advice_does_not_stay_advice_when_the_signal_must_be_discussed() -> None:
    field = answer("advies_besluit", "vervolg")

    options = [option.value for option in options_of(field, {"overleg_verplicht": True})]

    assert options == ["signaal"]


def test_a_signal_cannot_be_added_to_a_case_that_is_closed() -> None:
    field = answer("dubbel_beoordelen", "dubbel")

    assert [option.value for option in options_of(field, {"dubbelen": ()})] == ["nee"]


# --- to the meeting and back ---------------------------------------------------------------------


def to_the_meeting(**decided: Value) -> tuple[str, ...]:
    """What happens with a signal that goes to the meeting, which decides so."""
    trace = simulate(
        {**alone(), "proef.bpmn": MEETING},
        "proef_overleg",
        variables={**signal_start(), "kenmerk_groepen": 1, "overleg_verplicht": False, **decided},
        start_first=[PROCESS],
        answers={"zet_op_agenda": [{"overleg_huis": "noord", "overleg_soort": "gewoon"}]},
        until=timedelta(hours=1),
    )
    assert trace.error is None
    return trace.elements


# A meeting that decides at once, in the place of the one that is shipped.
MEETING = b"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="proef" targetNamespace="proef">
  <process id="proef_overleg" isExecutable="true">
    <startEvent id="overleg_begint"><outgoing>f1</outgoing></startEvent>
    <intermediateThrowEvent id="besluit_gemeld">
      <extensionElements><zeebe:ioMapping>
        <zeebe:input source="=besluit" target="besluit" />
        <zeebe:input source="=routes" target="routes" />
      </zeebe:ioMapping></extensionElements>
      <incoming>f1</incoming><outgoing>f2</outgoing>
      <messageEventDefinition id="m1" messageRef="besloten" />
    </intermediateThrowEvent>
    <intermediateCatchEvent id="melder_weet_het">
      <incoming>f2</incoming><outgoing>f3</outgoing>
      <messageEventDefinition id="m2" messageRef="geregeld" />
    </intermediateCatchEvent>
    <endEvent id="overleg_eindigt"><incoming>f3</incoming></endEvent>
    <sequenceFlow id="f1" sourceRef="overleg_begint" targetRef="besluit_gemeld" />
    <sequenceFlow id="f2" sourceRef="besluit_gemeld" targetRef="melder_weet_het" />
    <sequenceFlow id="f3" sourceRef="melder_weet_het" targetRef="overleg_eindigt" />
  </process>
  <message id="besloten" name="Triage.Besloten"><extensionElements>
    <zeebe:subscription correlationKey="=zaaknummer" />
  </extensionElements></message>
  <message id="geregeld" name="Terugkoppeling.Geregeld"><extensionElements>
    <zeebe:subscription correlationKey="=zaaknummer" />
  </extensionElements></message>
</definitions>
"""

FOLLOW_UPS = {
    "politie": "geef_door_politie",
    "arbeidsinspectie": "geef_door_inspectie",
    "minderjarige": "regel_minderjarige",
    "warme_overdracht": "draag_warm_over",
    "handhaving_bestuurlijk": "handhaaf",
}


@pytest.mark.parametrize("wants_feedback", [True, False])
@pytest.mark.parametrize("decision", ["vervolg", "geen_signaal", "aanhouden"])
def test_the_meeting_always_hears_that_it_need_not_wait_for_the_reporter(
    decision: str, wants_feedback: bool
) -> None:
    elements = to_the_meeting(besluit=decision, routes=(), wil_terugkoppeling=wants_feedback)

    assert "overleg_eindigt" in elements
    assert ("koppel_terug" in elements) is (wants_feedback and decision != "aanhouden")


def test_a_signal_that_is_held_is_put_on_the_next_agenda_by_itself() -> None:
    elements = to_the_meeting(besluit="aanhouden", routes=())

    assert elements.count("meld_aan") == 2
    assert elements.count("zet_op_agenda") == 1


@pytest.mark.parametrize("routes", [*((one,) for one in FOLLOW_UPS), tuple(FOLLOW_UPS), ()])
def test_every_route_that_is_no_process_yet_is_a_task_of_somebody(routes: tuple[str, ...]) -> None:
    elements = to_the_meeting(besluit="vervolg", routes=(*routes, "zorgcoordinatie"))

    assert [one for one in FOLLOW_UPS.values() if one in elements] == [
        FOLLOW_UPS[route] for route in FOLLOW_UPS if route in routes
    ]
    assert elements.count("vervolg_geregeld") == 1


def test_what_comes_of_a_route_is_written_down_apart_from_the_others() -> None:
    targets = [
        str(field.target)
        for element_id in FOLLOW_UPS.values()
        for field in inputs(form(elements()[element_id].form_key or "").fields)
    ]

    assert len(set(targets)) == len(targets) > 10


def region() -> dict[str, str]:
    """The house of each municipality of the region that is shipped."""
    found = places.read(REGION.read_bytes(), file=REGION.name)
    return {key: house.key for house in found.houses for key in house.municipalities}


def test_every_municipality_of_the_region_has_the_meeting_of_its_own_house() -> None:
    houses = region()

    assert Counter(houses.values()) == {"zvh_noord_limburg": 8, "zvh_midden_limburg": 7}
    for municipality, house in houses.items():
        known: dict[str, Value] = {"gemeente": municipality, "huis": "een_ander_huis"}
        assert advised("overleg_van_gemeente", **known) == house


def test_a_municipality_that_the_table_does_not_know_keeps_the_house_of_its_case() -> None:
    assert advised("overleg_van_gemeente", gemeente="utrecht", huis="zvh_utrecht") == "zvh_utrecht"


def test_every_house_says_when_it_meets_and_when_its_agenda_closes() -> None:
    outcome = tables().evaluate("overleg_van_gemeente", {"gemeente": "venlo"})

    assert isinstance(outcome.value, Mapping)
    houses = rows(outcome.value["huizen"])
    assert {one["value"] for one in houses} == set(region().values())
    for one in houses:
        assert 1 <= int(str(one["weekdag"])) <= 5
        assert time.fromisoformat(str(one["tijd"]))
        assert one["sluit_werkdagen"] == 1


def test_partners_are_told_no_more_of_a_signal_than_its_core() -> None:
    fields = {field.key: field for field in inputs(form("op_de_agenda").fields)}
    minimum = {key: one for key, one in fields.items() if key.startswith("kern")}

    assert {one.target.path for one in minimum.values() if one.target and one.target.path} == {
        "core",
        "core_initials",
        "core_birth_year",
        "core_age_group",
        "core_municipality",
        "core_forms",
    }


def test_who_reported_without_an_account_is_answered_in_another_way() -> None:
    known: dict[str, Value] = {"melder": None, "besluit": "vervolg"}

    assert asked("terugkoppeling_melder", known, antwoord="Er komt een vervolg.") == {"manier"}
    initial = form("terugkoppeling_melder").initial({**known, "melder": "a"})
    assert initial["manier"] == "online"


# --- what is asked --------------------------------------------------------------------------------


def asked(form_id: str, variables: dict[str, Value], **typed: Value) -> set[str]:
    """The questions that must be answered still, with these answers."""
    with pytest.raises(InvalidInputError) as refused:
        form(form_id).check(typed, variables)
    problems = [one for one in refused.value.problems if isinstance(one, FieldProblem)]
    assert all(problem.rule == "required" for problem in problems), problems
    return {problem.field for problem in problems}


def test_a_question_for_advice_asks_nothing_about_a_person_or_a_place() -> None:
    places: dict[str, Value] = {"gemeenten": ("venlo",)}

    assert asked("signaal_professional", places, onderwerp="advies") == {"gemeente", "vraag"}
    assert asked("signaal_professional", places, onderwerp="locatie") == {
        "gemeente",
        "wat",
        "zekerheid",
    }


def test_the_consent_of_who_asks_is_asked_only_when_it_decides() -> None:
    known = {"antwoord": "Bel FairWork.", "herkenbaar": "ja"}

    assert asked("advies_antwoord", {}, **known, zorg_blijft="ja") == {"vrager_stemt_in"}
    assert form("advies_antwoord").check({**known, "zorg_blijft": "nee"}, {})


def test_who_gives_advice_is_told_the_question() -> None:
    advice: dict[str, Value] = {"overleg_verplicht": False, "route_advies": {"uitkomst": "overleg"}}

    assert asked("route_kiezen", advice, route="advies", route_reden="Hij belde.") == {
        "vraag_om_advies"
    }


def test_who_reports_a_double_and_wants_to_hear_gets_an_answer_at_once() -> None:
    found: dict[str, Value] = {"dubbelen": ("S-1",), "wil_terugkoppeling": True}
    silent: dict[str, Value] = {**found, "wil_terugkoppeling": False}

    assert asked("dubbel_beoordelen", found, dubbel="ja", dubbel_van="S-1") == {"antwoord"}
    assert form("dubbel_beoordelen").check({"dubbel": "ja", "dubbel_van": "S-1"}, silent)
    assert form("dubbel_beoordelen").check({"dubbel": "nee"}, found)


def test_a_question_is_put_only_to_a_reporter_who_can_answer_it() -> None:
    known: dict[str, Value] = {"spoed_advies": {"uitkomst": "normaal"}, "melder": None}

    answered = form("spoed_besluit").check({"spoed_besluit": "normaal"}, known)

    assert "duidelijk" not in answered.process_values


@pytest.mark.parametrize("form_id", ["signaal_professional", "signaal_aanvullen"])
def test_the_marks_of_a_form_are_those_that_the_system_counts(form_id: str) -> None:
    marks = {option.value for option in answer(form_id, "kenmerken").options}

    assert marks == handlers.GROUPS.keys()
    assert handlers.STRONG.issubset(marks)


# --- urgent shelter ------------------------------------------------------------------------------

# What somebody answers where the signal goes on to urgent shelter. The two event subprocesses ask
# the same form.
URGENT = {
    "spoed_besluit": ("spoed_besluit", "spoed_opvang"),
    "spoed_afhandelen": ("spoed_uitkomst", "geen_plek"),
    "route_kiezen": ("route", "spoed"),
    "persoon_opvangen": ("opvang_uitkomst", "geen_plek"),
}


def test_every_start_of_urgent_shelter_says_on_which_ground_it_shares() -> None:
    throws = [one.id for one in elements().values() if one.message == "Spoed.Gestart"]
    sent = {
        str(each.get("id")): {
            str(one.get("target")): str(one.get("source")) for one in each.iter(f"{ZEEBE}input")
        }
        for each in drawn(f"{BPMN}intermediateThrowEvent", f"{BPMN}endEvent")
        if each.get("id") in throws
    }

    assert sorted(sent) == sorted(throws)
    assert len(sent) == 4
    assert {each["grondslag"] for each in sent.values()} == {"=spoed_grondslag"}


def test_every_form_that_asks_the_ground_is_a_way_to_urgent_shelter() -> None:
    used = {str(one.form_key) for one in elements().values() if one.kind == "userTask"}
    asking = {
        form_id
        for form_id in used
        if any(field.key == "spoed_grondslag" for field in inputs(form(form_id).fields))
    }

    assert asking == URGENT.keys()


@pytest.mark.parametrize("form_id", URGENT)
def test_the_ground_and_the_hand_over_are_asked_exactly_where_shelter_begins(form_id: str) -> None:
    key, urgent = URGENT[form_id]
    offered = {
        str(option.value)
        for level in ("normaal", "spoed_opvang", "minderjarige")
        for option in options_of(answer(form_id, key), {"spoed_besluit": level})
    }

    assert urgent in offered
    assert len(offered) > 1
    for asked in ("spoed_grondslag", "spoed_overdracht"):
        field = answer(form_id, asked)
        assert field.required
        assert field.hide is not None
        assert [one for one in offered if not field.hide.evaluate({key: one})] == [urgent]


# --- how it is drawn ------------------------------------------------------------------------------


def test_the_shipped_processes_have_nothing_to_be_found_with_them() -> None:
    assert check(files()) == []


@pytest.mark.parametrize("process_id", definitions())
def test_everything_in_a_diagram_has_a_name_and_is_drawn(process_id: str) -> None:
    own = set(definitions()[process_id].by_process[process_id].values())
    choices = {one.id for one in own if one.kind == "exclusiveGateway" and len(one.outgoing) > 1}
    shapes = diagram(process_id).iter(f"{BPMNDI}BPMNShape")
    lines = diagram(process_id).iter(f"{BPMNDI}BPMNEdge")

    assert [one.id for one in own if not one.name.strip()] == []
    forks = [flow for flow in flows_of(process_id).values() if flow.source in choices]
    assert [flow.id for flow in forks if not flow.name] == []
    assert {one.id for one in own} <= {each.get("bpmnElement") for each in shapes}
    assert flows_of(process_id).keys() == {each.get("bpmnElement") for each in lines}


def test_a_lane_of_a_person_has_a_role_and_the_system_does_no_work_of_people() -> None:
    lanes = {one.lane for one in elements().values() if one.kind == "userTask"}

    assert "Systeem" not in lanes
    assert None not in lanes
