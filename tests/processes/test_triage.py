"""What the *screeningsoverleg* promises: its tables, its forms and how it goes."""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cache
from itertools import product

import pytest
from lxml import etree

from engine import Trace, simulate
from engine.bpmn.compile import Element
from engine.forms.answers import options_of
from engine.forms.fields import inputs
from engine.model import Value
from processes.triage import handlers
from tests.processes.folders import Folder

TRIAGE = Folder("triage", "gedeeld")
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
BPMNDI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
ZEEBE = "{http://camunda.org/schema/zeebe/1.0}"
TERM = re.compile(r'termijn\("([a-z_]+)"(?:, spoed)?\)')
# What the process itself worked out, or what the chair chose: no length of time.
MOMENTS = ("agenda_sluit", "overleg_op")
ROUTES = (
    "zorgcoordinatie",
    "procesregie",
    "minderjarige",
    "handhaving_bestuurlijk",
    "politie",
    "arbeidsinspectie",
    "warme_overdracht",
)
YES_NO_UNKNOWN = ("ja", "nee", "onbekend")


@cache
def diagrams() -> Mapping[str, etree._Element]:
    return {
        process_id: etree.fromstring(TRIAGE.files[definition.file])
        for process_id, definition in TRIAGE.definitions.items()
    }


def rows(found: Value) -> list[Mapping[str, Value]]:
    """A list of contexts, as a table or a process holds it."""
    assert isinstance(found, tuple)
    return [row for row in found if isinstance(row, Mapping)]


# --- how likely it is -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("acts", "means", "purpose", "minor", "outcome"),
    [
        (("werven",), ("dwang",), "ja", "nee", "sterk_vermoeden"),
        (("huisvesten",), (), "ja", "nee", "mogelijk"),
        # a child need not be forced. Source: art. 273f Sr
        (("huisvesten",), (), "ja", "ja", "sterk_vermoeden"),
        ((), ("geweld",), "ja", "ja", "mogelijk"),
        ((), (), "vermoeden", "nee", "mogelijk"),
        (("werven",), ("dwang",), "nee", "nee", "mogelijk"),
        (("vervoeren",), (), "nee", "ja", "geen"),
        ((), ("geweld",), "nee", "nee", "geen"),
    ],
)
def test_how_likely_it_is_follows_from_acts_means_and_purpose(
    acts: tuple[str, ...], means: tuple[str, ...], purpose: str, minor: str, outcome: str
) -> None:
    known: dict[str, Value] = {"handelingen": acts, "middelen": means}

    found = TRIAGE.advice("slachtoffer_aannemelijkheid", **known, doel=purpose, minderjarig=minor)

    assert found["uitkomst"] == outcome


def test_nobody_is_ever_proven_to_be_a_victim_and_every_answer_has_an_advice() -> None:
    found = {
        TRIAGE.advice(
            "slachtoffer_aannemelijkheid",
            handelingen=acts,
            middelen=means,
            doel=purpose,
            minderjarig=minor,
        )["uitkomst"]
        for acts in ((), ("werven",))
        for means in ((), ("dwang",))
        for purpose in ("ja", "vermoeden", "nee")
        for minor in YES_NO_UNKNOWN
    }

    assert found == {"geen", "mogelijk", "sterk_vermoeden"}
    offered = {option.value for option in TRIAGE.field("besluiten", "aannemelijkheid").options}
    assert offered == found


# --- the criteria of the houses -----------------------------------------------------------------


def criteria() -> tuple[str, ...]:
    return tuple(str(option.value) for option in TRIAGE.field("duiden", "criteria").options)


def test_three_criteria_together_or_the_fourth_alone_ask_for_process_direction() -> None:
    first, second, third, fourth = criteria()
    for holds in product((True, False), repeat=4):
        given = tuple(one for one, yes in zip(criteria(), holds, strict=True) if yes)

        outcome = TRIAGE.advice("zvh_criteria", criteria=given)["uitkomst"]

        enough = fourth in given or {first, second, third} <= set(given)
        assert outcome == ("ja" if enough else "nee"), given


def test_the_reason_names_each_criterion_that_fails() -> None:
    first, _, third, _ = criteria()

    reason = str(TRIAGE.advice("zvh_criteria", criteria=(first, third))["waarom"])

    assert [number for number in "1234" if f"criterium {number}" in reason] == ["2"]
    reason = str(TRIAGE.advice("zvh_criteria", criteria=())["waarom"])
    assert [number for number in "1234" if f"criterium {number}" in reason] == ["1", "2", "3"]


# --- the routes -----------------------------------------------------------------------------------


def situation(**known: Value) -> dict[str, Value]:
    """Nothing that points to anything; a table reads the outcomes of two others."""
    likely = known.pop("aannemelijkheid", "geen")
    direction = known.pop("procesregie", "nee")
    return {
        "aannemelijkheid_advies": {"uitkomst": likely},
        "zvh_advies": {"uitkomst": direction},
        "zorg_nodig": "nee",
        "minderjarig": "nee",
        "speelt": (),
        "bekend_genoeg": "ja",
        "aangehouden": 0,
        **known,
    }


@pytest.mark.parametrize(
    ("known", "routes"),
    [
        ({"aannemelijkheid": "mogelijk", "zorg_nodig": "ja"}, {"zorgcoordinatie"}),
        ({"aannemelijkheid": "sterk_vermoeden", "zorg_nodig": "onbekend"}, {"zorgcoordinatie"}),
        ({"procesregie": "ja"}, {"procesregie"}),
        ({"minderjarig": "ja"}, {"minderjarige"}),
        ({"speelt": ("plek_of_bedrijf",)}, {"handhaving_bestuurlijk"}),
        ({"speelt": ("dader",)}, {"politie"}),
        ({"speelt": ("arbeid",)}, {"arbeidsinspectie"}),
        ({"speelt": ("ander_probleem",)}, {"warme_overdracht"}),
        ({"speelt": ("ander_probleem",), "aannemelijkheid": "mogelijk"}, set()),
        # domeinonderzoek 8.4: a worker in a greenhouse; a girl of 16 who carries drugs
        (
            {
                "aannemelijkheid": "sterk_vermoeden",
                "zorg_nodig": "ja",
                "speelt": ("plek_of_bedrijf", "arbeid"),
            },
            {"zorgcoordinatie", "handhaving_bestuurlijk", "arbeidsinspectie"},
        ),
        (
            {"aannemelijkheid": "mogelijk", "zorg_nodig": "onbekend", "minderjarig": "ja"},
            {"zorgcoordinatie", "minderjarige"},
        ),
    ],
)
def test_every_route_that_fits_is_advised(known: dict[str, Value], routes: set[str]) -> None:
    advice = TRIAGE.advice("triage_advies", **situation(**known))

    found = advice["routes"]
    assert isinstance(found, tuple)
    assert set(found) == routes
    assert (advice["besluit"] == "vervolg") is bool(routes)


@pytest.mark.parametrize(
    ("known", "decision"),
    [
        ({}, "geen_signaal"),
        ({"bekend_genoeg": "geen_zorg"}, "geen_signaal"),
        ({"bekend_genoeg": "te_weinig"}, "aanhouden"),
        ({"bekend_genoeg": "te_weinig", "aangehouden": 1}, "aanhouden"),
        ({"bekend_genoeg": "te_weinig", "aangehouden": 2}, "geen_signaal"),
        ({"aannemelijkheid": "mogelijk"}, "aanhouden"),
        ({"aannemelijkheid": "mogelijk", "aangehouden": 2}, "geen_signaal"),
    ],
)
def test_without_a_route_it_is_held_at_most_twice(known: dict[str, Value], decision: str) -> None:
    assert TRIAGE.advice("triage_advies", **situation(**known))["besluit"] == decision


def everything_known() -> Iterator[dict[str, Value]]:
    columns: dict[str, tuple[Value, ...]] = {
        "aannemelijkheid": ("geen", "mogelijk", "sterk_vermoeden"),
        "procesregie": ("ja", "nee"),
        "zorg_nodig": YES_NO_UNKNOWN,
        "minderjarig": YES_NO_UNKNOWN,
        "speelt": ((), ("plek_of_bedrijf", "dader"), ("ander_probleem",)),
        "bekend_genoeg": ("ja", "te_weinig", "geen_zorg"),
        "aangehouden": (0, 2),
    }
    for values in product(*columns.values()):
        yield situation(**dict(zip(columns, values, strict=True)))


def test_there_is_advice_whatever_is_known_and_the_form_can_take_it() -> None:
    offered = {option.value for option in TRIAGE.field("besluiten", "routes").options}
    assert offered == set(ROUTES)
    for known in everything_known():
        advice = TRIAGE.advice("triage_advies", **known)
        assert isinstance(advice["routes"], tuple)
        assert set(advice["routes"]) <= offered
        choices = options_of(TRIAGE.field("besluiten", "besluit"), known)
        assert advice["besluit"] in {choice.value for choice in choices}, known


# --- the ground to share on ---------------------------------------------------------------------


def ground(receiver: str, consent: str, danger: str, direction: str = "nee") -> tuple[Value, Value]:
    found = TRIAGE.advice(
        "grondslag_verstrekking",
        ontvanger=receiver,
        toestemming=consent,
        gevaar=danger,
        zvh_advies={"uitkomst": direction},
    )
    return found["uitkomst"], found["grond"]


@pytest.mark.parametrize(
    ("consent", "danger", "expected"),
    [
        ("ja", "nee", ("toegestaan", "toestemming")),
        ("niet_gevraagd", "nee", ("toegestaan", "publieke_taak")),
        ("nee", "ja", ("toegestaan", "vitaal_belang")),
        ("nee", "onbekend", ("niet", "geen")),
        ("nee", "nee", ("niet", "geen")),
    ],
)
def test_a_no_to_care_is_passed_over_only_in_danger(
    consent: str, danger: str, expected: tuple[str, str]
) -> None:
    assert ground("zorgcoordinatie", consent, danger) == expected


@pytest.mark.parametrize("consent", ["ja", "nee", "niet_gevraagd"])
def test_a_house_is_given_a_case_only_when_it_meets_the_criteria(consent: str) -> None:
    assert ground("procesregie", consent, "ja", "nee") == ("niet", "geen")
    assert ground("procesregie", consent, "nee", "ja") == ("toegestaan", "wgs")


@pytest.mark.parametrize(
    ("receiver", "consent", "danger", "outcome"),
    [
        # domeinonderzoek 8.4, case 1: enforcement without her name, whatever she said
        ("handhaving_bestuurlijk", "ja", "ja", "alleen_conclusie"),
        ("politie", "nee", "nee", "alleen_conclusie"),
        ("politie", "ja", "nee", "toegestaan"),
        ("politie", "nee", "ja", "toegestaan"),
        ("arbeidsinspectie", "niet_gevraagd", "ja", "alleen_conclusie"),
        ("minderjarige", "nee", "nee", "toegestaan"),
        ("warme_overdracht", "niet_gevraagd", "nee", "niet"),
    ],
)
def test_who_gets_the_name_and_who_only_the_conclusion(
    receiver: str, consent: str, danger: str, outcome: str
) -> None:
    assert ground(receiver, consent, danger)[0] == outcome


def test_there_is_a_ground_or_a_refusal_for_every_receiver_and_the_form_offers_it() -> None:
    offered = {option.value for option in TRIAGE.field("grondslag_kiezen", "grond_zorg").options}
    for receiver, consent, danger, direction in product(
        ROUTES, ("ja", "nee", "niet_gevraagd"), YES_NO_UNKNOWN, ("ja", "nee")
    ):
        outcome, basis = ground(receiver, consent, danger, direction)
        assert (outcome == "niet") is (basis == "geen")
        if receiver in ("zorgcoordinatie", "procesregie") and outcome != "niet":
            assert (outcome, basis in offered) == ("toegestaan", True)


# --- a person decides ---------------------------------------------------------------------------


FOLLOWED: dict[str, Value] = {
    "aangehouden": 0,
    "aannemelijkheid_advies": {"uitkomst": "mogelijk", "waarom": "."},
    "zvh_advies": {"uitkomst": "nee", "waarom": "."},
    "triage_advies": {"besluit": "vervolg", "routes": ("politie", "minderjarige"), "waarom": "."},
}
CHOSEN: dict[str, Value] = {
    "aannemelijkheid": "mogelijk",
    "besluit": "vervolg",
    "routes": ["minderjarige", "politie"],
    "eigenaar": "politie",
    "besluit_termijn": "2026-03-20",
    "informeren": "ja",
}


@pytest.mark.parametrize(
    ("departs", "is_asked"),
    [
        ({}, False),
        ({"routes": ["politie"]}, True),
        ({"routes": ["politie", "arbeidsinspectie"]}, True),
        ({"aannemelijkheid": "geen"}, True),
        ({"besluit": "geen_signaal"}, True),
    ],
)
def test_who_departs_from_the_advice_says_why(departs: dict[str, Value], *, is_asked: bool) -> None:
    assert ("reden" in TRIAGE.asked("besluiten", FOLLOWED, **(CHOSEN | departs))) is is_asked


def test_the_form_is_filled_in_with_the_advice() -> None:
    initial = TRIAGE.form("besluiten").initial(FOLLOWED)

    assert initial["besluit"] == "vervolg"
    assert initial["routes"] == ("politie", "minderjarige")
    assert initial["aannemelijkheid"] == "mogelijk"


def test_the_meeting_holds_a_signal_twice_and_then_decides() -> None:
    field = TRIAGE.field("besluiten", "besluit")

    offered = {
        times: "aanhouden" in [one.value for one in options_of(field, {"aangehouden": times})]
        for times in (0, 1, 2, 3)
    }

    assert offered == {0: True, 1: True, 2: False, 3: False}


@pytest.mark.parametrize(
    ("route", "question"), [("zorgcoordinatie", "zorgvraag"), ("procesregie", "zvh_vraag")]
)
def test_who_receives_a_case_gets_a_question_with_it(route: str, question: str) -> None:
    typed = CHOSEN | {"routes": (route,), "reden": "Zij belde."}

    assert TRIAGE.asked("besluiten", FOLLOWED, **typed) == {question}


def test_that_somebody_is_not_informed_has_a_reason() -> None:
    assert TRIAGE.asked("besluiten", FOLLOWED, **(CHOSEN | {"informeren": "later"})) == {
        "informeren_reden"
    }


def test_the_ground_is_confirmed_or_departed_from_with_a_reason() -> None:
    known: dict[str, Value] = {
        "routes": ("zorgcoordinatie",),
        "verstrekkingen": (
            {
                "ontvanger": "zorgcoordinatie",
                "uitkomst": "toegestaan",
                "grond": "publieke_taak",
                "waarom": ".",
            },
        ),
    }
    confirmed: dict[str, Value] = {"verstrekken_zorg": "toegestaan", "grond_zorg": "publieke_taak"}

    initial = TRIAGE.form("grondslag_kiezen").initial(known)
    assert {key: initial[key] for key in confirmed} == confirmed
    assert TRIAGE.asked("grondslag_kiezen", known, **confirmed) == set()
    for other in ({"grond_zorg": "vitaal_belang"}, {"verstrekken_zorg": "niet"}):
        assert TRIAGE.asked("grondslag_kiezen", known, **(confirmed | other)) == {
            "grond_zorg_reden"
        }


# --- what partners are asked ----------------------------------------------------------------------


def test_a_partner_may_refuse_without_saying_more() -> None:
    for refusal in ("nee", "mag_niet"):
        assert TRIAGE.asked("hit_no_hit", {"loopCounter": 1}, bekend=refusal) == set()


def test_who_shares_says_on_which_ground_and_where_it_comes_from() -> None:
    typed: dict[str, Value] = {"bekend": "ja", "veiligheid": "nee", "delen": "ja"}

    assert TRIAGE.asked("hit_no_hit", {"loopCounter": 2}, **typed) == {
        "grond",
        "bron",
        "informatie_2",
    }
    assert TRIAGE.asked("hit_no_hit", {"loopCounter": 2}, **(typed | {"delen": "nee"})) == set()


def test_each_partner_has_a_place_of_its_own_for_what_it_shares() -> None:
    targets = [one.target for one in inputs(TRIAGE.form("hit_no_hit").fields) if one.target]
    places = [target.path for target in targets if target.kind == "case"]

    assert places == [f"partner_info_{one}" for one in range(1, handlers.MOST_PARTNERS + 1)]


def test_the_list_that_is_read_out_says_in_words_what_was_decided() -> None:
    decided: tuple[Value, ...] = (
        {"zaak": "S-1", "besluit": "vervolg", "routes": ROUTES, "eigenaar": "zorgcoordinator"},
        {"zaak": "S-2", "besluit": "geen_signaal", "routes": (), "eigenaar": None},
    )
    known: dict[str, Value] = {"besluiten": decided}

    shown = TRIAGE.form("besluitenlijst").show({}, known)

    (table,) = [one for one in shown if one.cells]
    first, second = table.cells
    assert first[0] == "S-1"
    assert first[2].count(",") == len(ROUTES) - 1
    assert second[:2] == ("S-2", "geen signaal")
    assert not re.search("[a-z]_[a-z]", " ".join((*first, *second)))


# --- how it goes ----------------------------------------------------------------------------------


def item(*, until: timedelta = timedelta(hours=1), **decided: Value) -> Trace:
    """One signal in the meeting, which decides so."""
    trace = simulate(
        TRIAGE.files,
        "triage_item",
        variables={"zaaknummer": "S-1", "huis": "noord", "aangehouden": 0, "spoed": False},
        answers={
            "duid": [situation() | {"criteria": (), "handelingen": (), "middelen": ()}],
            "besluit_nemen": [decided],
            "kies_grond": [
                {
                    "verstrekken_zorg": decided.get("verstrekken_zorg", "toegestaan"),
                    "grond_zorg": "toestemming",
                    "verstrekken_zvh": "toegestaan",
                    "grond_zvh": "wgs",
                }
            ],
        },
        until=until,
    )
    assert (trace.state, trace.error) == ("completed", None)
    return trace


@pytest.mark.parametrize(
    ("routes", "thrown"),
    [
        (("zorgcoordinatie",), {"start_zorg"}),
        (("procesregie",), {"start_zvh"}),
        (("zorgcoordinatie", "procesregie", "politie"), {"start_zorg", "start_zvh"}),
        (("politie",), set()),
    ],
)
def test_care_and_direction_begin_by_a_message_and_the_signal_hears_what_was_decided(
    routes: tuple[str, ...], thrown: set[str]
) -> None:
    elements = item(besluit="vervolg", routes=routes).elements

    assert {"start_zorg", "start_zvh"} & set(elements) == thrown
    assert ("kies_grond" in elements) is bool(thrown)
    assert elements.count("meld_besluit") == 1


@pytest.mark.parametrize("decision", ["geen_signaal", "aanhouden"])
def test_nothing_is_given_to_anybody_without_a_follow_up(decision: str) -> None:
    elements = item(besluit=decision).elements

    assert not {"weeg_grond", "kies_grond", "start_zorg", "start_zvh"} & set(elements)
    assert "meld_besluit" in elements


def test_a_route_without_a_ground_does_not_go_on() -> None:
    trace = item(besluit="vervolg", routes=("zorgcoordinatie", "politie"), verstrekken_zorg="niet")

    assert "start_zorg" not in trace.elements
    assert trace.variables["routes"] == ("politie",)


def test_the_chair_has_at_most_three_screens_for_a_signal() -> None:
    tasks = [one for one in TRIAGE.definitions["triage_item"].elements.values() if one.form_key]

    assert len(tasks) == 3


def test_a_partner_that_does_not_answer_in_time_is_written_down_so() -> None:
    trace = simulate(
        TRIAGE.files,
        "hit_no_hit",
        variables={"zaaknummer": "S-1", "gevraagd": ("politie", "ggd"), "spoed": False},
        answers={"antwoord": [{"bekend": "ja"}]},
        until=timedelta(hours=21),
    )

    found = {one["partner"]: one["bekend"] for one in rows(trace.variables["antwoorden"])}
    assert found == {"politie": "ja", "ggd": "geen_antwoord"}


def meeting(**answers: list[dict[str, Value]]) -> Trace:
    """A meeting of two signals; the second is reported while the agenda is open."""
    trace = simulate(
        {**TRIAGE.files, "proef.bpmn": REPORTING},
        "proef_aanmelden",
        variables={"overleg_huis": "noord", "agenda_sluit": timedelta(days=1)},
        answers={
            "stel_agenda_vast": [{"gevraagde_partners": ("politie",)}],
            "antwoord": [{"bekend": "nee"}] * 2,
            "duid": [situation() | {"criteria": (), "handelingen": (), "middelen": ()}] * 2,
            "besluit_nemen": [{"besluit": "geen_signaal"}] * 2,
            **answers,
        },
        until=timedelta(days=30),
    )
    assert trace.error is None
    return trace


# Reports two signals to a meeting; answers their reporters after five days, or never.
REPORTING = b"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="proef" targetNamespace="proef">
  <process id="proef_aanmelden" isExecutable="true">
    <startEvent id="twee_signalen"><outgoing>f1</outgoing></startEvent>
    <intermediateThrowEvent id="eerste"><extensionElements><zeebe:ioMapping>
        <zeebe:input source="=&quot;S-1&quot;" target="zaak" />
        <zeebe:input source="=overleg_huis" target="huis" />
        <zeebe:input source="=agenda_sluit" target="agenda_sluit" />
      </zeebe:ioMapping></extensionElements>
      <incoming>f1</incoming><outgoing>f2</outgoing>
      <messageEventDefinition id="m1" messageRef="aangemeld" />
    </intermediateThrowEvent>
    <intermediateCatchEvent id="even_later"><incoming>f2</incoming><outgoing>f3</outgoing>
      <timerEventDefinition id="t1"><timeDuration>PT1H</timeDuration></timerEventDefinition>
    </intermediateCatchEvent>
    <intermediateThrowEvent id="tweede"><extensionElements><zeebe:ioMapping>
        <zeebe:input source="=&quot;S-2&quot;" target="zaak" />
        <zeebe:input source="=overleg_huis" target="huis" />
      </zeebe:ioMapping></extensionElements>
      <incoming>f3</incoming><outgoing>f4</outgoing>
      <messageEventDefinition id="m2" messageRef="aangemeld" />
    </intermediateThrowEvent>
    <intermediateCatchEvent id="dagen_later"><incoming>f4</incoming><outgoing>f5</outgoing>
      <timerEventDefinition id="t2"><timeDuration>P10D</timeDuration></timerEventDefinition>
    </intermediateCatchEvent>
    <intermediateThrowEvent id="eerste_weet_het"><extensionElements><zeebe:ioMapping>
        <zeebe:input source="=&quot;S-1&quot;" target="zaak" />
      </zeebe:ioMapping></extensionElements>
      <incoming>f5</incoming><outgoing>f6</outgoing>
      <messageEventDefinition id="m3" messageRef="geregeld" />
    </intermediateThrowEvent>
    <intermediateCatchEvent id="nog_later"><incoming>f6</incoming><outgoing>f7</outgoing>
      <timerEventDefinition id="t3"><timeDuration>P1D</timeDuration></timerEventDefinition>
    </intermediateCatchEvent>
    <intermediateThrowEvent id="tweede_weet_het"><extensionElements><zeebe:ioMapping>
        <zeebe:input source="=&quot;S-2&quot;" target="zaak" />
      </zeebe:ioMapping></extensionElements>
      <incoming>f7</incoming><outgoing>f8</outgoing>
      <messageEventDefinition id="m4" messageRef="geregeld" />
    </intermediateThrowEvent>
    <endEvent id="alles_gemeld"><incoming>f8</incoming></endEvent>
    <sequenceFlow id="f1" sourceRef="twee_signalen" targetRef="eerste" />
    <sequenceFlow id="f2" sourceRef="eerste" targetRef="even_later" />
    <sequenceFlow id="f3" sourceRef="even_later" targetRef="tweede" />
    <sequenceFlow id="f4" sourceRef="tweede" targetRef="dagen_later" />
    <sequenceFlow id="f5" sourceRef="dagen_later" targetRef="eerste_weet_het" />
    <sequenceFlow id="f6" sourceRef="eerste_weet_het" targetRef="nog_later" />
    <sequenceFlow id="f7" sourceRef="nog_later" targetRef="tweede_weet_het" />
    <sequenceFlow id="f8" sourceRef="tweede_weet_het" targetRef="alles_gemeld" />
  </process>
  <message id="aangemeld" name="Triage.Aangemeld"><extensionElements>
    <zeebe:subscription correlationKey="=overleg_huis" />
  </extensionElements></message>
  <message id="geregeld" name="Terugkoppeling.Geregeld"><extensionElements>
    <zeebe:subscription correlationKey="=zaak" />
  </extensionElements></message>
</definitions>
"""


def test_signals_join_the_agenda_that_is_open_and_each_is_discussed() -> None:
    elements = meeting().elements

    assert elements.count("begin_agenda") == 1
    assert elements.count("op_agenda") == 1
    assert elements.count("antwoord") == elements.count("besluit_nemen") == 2


def test_the_meeting_does_not_close_while_a_reporter_waits_for_an_answer() -> None:
    elements = meeting().elements

    assert elements.index("eerste_weet_het") < elements.index("gesloten")
    assert elements.index("tweede_weet_het") < elements.index("gesloten")
    assert elements.index("waarschuw") < elements.index("gesloten")
    assert elements.count("wacht_klaar") == 2


def test_a_meeting_without_enough_partners_is_held_later_with_the_same_agenda() -> None:
    elements = meeting(
        open_overleg=[{"quorum": "nee"}, {"quorum": "ja"}],
        kies_moment=[{"overleg_op": timedelta(days=2)}],
    ).elements

    assert elements.count("open_overleg") == 2
    assert elements.index("nieuw_moment_daar") < elements.index("duid")
    assert elements.count("besluit_nemen") == 2


# --- how it is drawn ------------------------------------------------------------------------------


def own_elements(process_id: str) -> list[Element]:
    """The elements of one process, without those of the processes that it calls."""
    ids = {each.get("id") for each in diagrams()[process_id].iter()}
    return [one for one in TRIAGE.definitions[process_id].elements.values() if one.id in ids]


@pytest.mark.parametrize("process_id", TRIAGE.definitions)
def test_no_term_is_written_in_a_diagram_itself(process_id: str) -> None:
    root = diagrams()[process_id]
    timers = [
        str(one.text)
        for kind in ("timeDate", "timeDuration", "timeCycle")
        for one in root.iter(f"{BPMN}{kind}")
    ]
    texts = timers + [str(one.get("dueDate")) for one in root.iter(f"{ZEEBE}taskSchedule")]

    for text in texts:
        names = TERM.findall(text)
        assert names or text.removeprefix("=") in MOMENTS, text
        for name in names:
            for urgent in (False, True):
                assert TRIAGE.term(name, spoed=urgent)["bron"], name


@pytest.mark.parametrize("process_id", TRIAGE.definitions)
def test_every_task_of_a_person_has_a_form_a_term_and_words(process_id: str) -> None:
    for task in diagrams()[process_id].iter(f"{BPMN}userTask"):
        assert task.find(f".//{ZEEBE}formDefinition") is not None, task.get("id")
        assert task.find(f".//{ZEEBE}taskSchedule") is not None, task.get("id")
        assert (task.findtext(f"{BPMN}documentation") or "").endswith((".", "?")), task.get("id")


@pytest.mark.parametrize("process_id", TRIAGE.definitions)
def test_everything_in_a_diagram_has_a_name_and_is_drawn(process_id: str) -> None:
    root = diagrams()[process_id]
    elements = own_elements(process_id)
    flows = {each.get("id") for each in root.iter(f"{BPMN}sequenceFlow")}
    drawn = {each.get("bpmnElement") for each in root.iter(f"{BPMNDI}BPMNShape")}
    lines = {each.get("bpmnElement") for each in root.iter(f"{BPMNDI}BPMNEdge")}

    assert [one.id for one in elements if not one.name.strip()] == []
    assert {one.id for one in elements} <= drawn
    assert flows == lines


def test_a_meeting_keeps_no_personal_data_of_its_own() -> None:
    elements = [*own_elements("screeningsoverleg"), *own_elements("overleg_houden")]
    shown = [
        field
        for one in elements
        if one.form_key
        for field in inputs(TRIAGE.form(one.form_key).fields)
    ]

    assert len(shown) > 5
    assert {field.target.kind for field in shown if field.target} == {"process"}
