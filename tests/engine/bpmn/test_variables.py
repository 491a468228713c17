from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from engine.bpmn.compile import compile_set
from engine.bpmn.interpreter import task_variables
from engine.errors import StepError
from engine.model import InstanceStatus, Value, YearMonthDuration
from tests.diagrams import BEGIN_AND_END, diagram, message

from .driver import Drive


def run(*contents: bytes, **variables: Value) -> Drive:
    files = {f"{number}.bpmn": content for number, content in enumerate(contents)}
    driven = Drive(compile_set(files)["proef"])
    driven.start(**variables)
    return driven


def mapping(inputs: dict[str, str] | None = None, outputs: dict[str, str] | None = None) -> str:
    lines = [f'<zeebe:input source="={s}" target="{t}"/>' for t, s in (inputs or {}).items()]
    lines += [f'<zeebe:output source="={s}" target="{t}"/>' for t, s in (outputs or {}).items()]
    inside = f"<zeebe:ioMapping>{''.join(lines)}</zeebe:ioMapping>"
    return f"<extensionElements>{inside}</extensionElements>"


def script(text: str) -> bytes:
    return diagram(
        BEGIN_AND_END + f'<scriptTask id="reken"><script>{text}</script></scriptTask>',
        "begin reken einde",
    )


CALLED = diagram(
    BEGIN_AND_END + '<userTask id="vraag"/>', "begin vraag einde", process_id="geroepen"
)


def calls(inside: str = "") -> bytes:
    return diagram(
        BEGIN_AND_END
        + f'<callActivity id="roep" calledElement="geroepen">{inside}</callActivity>'
        + '<parallelGateway id="splits"/><userTask id="ernaast"/><endEvent id="ook_einde"/>',
        "begin splits roep einde",
        "splits ernaast ook_einde",
    )


PARALLEL = diagram(
    BEGIN_AND_END
    + '<parallelGateway id="splits"/><parallelGateway id="samen"/>'
    + '<userTask id="links"/><subProcess id="deel"><userTask id="rechts"/></subProcess>',
    "begin splits links samen einde",
    "splits deel samen",
)


def test_parallel_branches_and_subprocesses_see_what_the_others_set():
    driven = run(PARALLEL, nummer="7")

    driven.complete("links", route="triage")

    (task,) = driven.tasks.values()
    seen = task_variables(driven.definition, driven.state, task.key)
    assert seen == {"nummer": "7", "route": "triage"}


def test_a_script_of_assignments_sees_what_it_has_just_set():
    driven = run(script('a = 1; b = a + 1\nc = [a,\n b]; d = "x; y"'))

    assert driven.variables == {"a": 1, "b": 2, "c": (1, 2), "d": "x; y"}


def test_a_script_of_one_context_sets_its_entries():
    driven = run(script("{a: 1, b: a + n}"), n=4)

    assert driven.variables == {"n": 4, "a": 1, "b": 5}


def test_a_called_process_has_variables_of_its_own_and_gives_back_what_it_set():
    driven = run(calls(), CALLED, x=1, y=1)
    driven.complete("ernaast", x=2)

    (asked,) = driven.tasks.values()
    seen = task_variables(driven.definition, driven.state, asked.key)
    driven.complete("vraag", y=3)

    assert asked.process_id == "geroepen"
    assert seen == {"x": 1, "y": 1}
    assert driven.variables == {"x": 2, "y": 3}


def test_mappings_narrow_what_a_called_process_is_given_and_gives_back():
    narrowed = calls(mapping({"getal": "x + 1"}, {"antwoord": "uitkomst"}))
    driven = run(narrowed, CALLED, x=1)

    seen = next(task for task in driven.tasks.values() if task.element_id == "vraag").variables
    driven.complete("vraag", uitkomst="ja", geheim="nee")

    assert seen == {"getal": 2}
    assert driven.variables == {"x": 1, "antwoord": "ja"}


def test_a_called_process_can_be_kept_from_giving_back_what_no_mapping_names():
    content = diagram(
        BEGIN_AND_END + '<callActivity id="roep"><extensionElements><zeebe:calledElement'
        ' processId="geroepen" propagateAllChildVariables="false"/></extensionElements>'
        "</callActivity>",
        "begin roep einde",
    )
    driven = run(content, CALLED, x=1)

    driven.complete("vraag", y=3)

    assert driven.variables == {"x": 1}


def test_an_input_of_a_task_does_not_hide_what_the_task_sets():
    mapped = diagram(
        BEGIN_AND_END + f'<userTask id="besluit">{mapping({"besluit": "concept"})}</userTask>',
        "begin besluit einde",
    )
    driven = run(mapped, concept="nee")

    seen = next(iter(driven.tasks.values())).variables
    driven.complete("besluit", besluit="ja")

    assert seen["besluit"] == "nee"
    assert driven.variables == {"concept": "nee", "besluit": "ja"}


def test_a_service_task_is_given_only_what_its_inputs_name():
    asks = diagram(
        BEGIN_AND_END
        + '<serviceTask id="meld"><extensionElements><zeebe:taskDefinition type="signaal.meld"/>'
        + '<zeebe:ioMapping><zeebe:input source="=nummer" target="zaak"/>'
        + '<zeebe:output source="=gelukt" target="gemeld"/></zeebe:ioMapping></extensionElements>'
        + "</serviceTask>",
        "begin meld einde",
    )
    driven = run(asks, nummer="7", rest="x")

    (job,) = driven.jobs.values()
    driven.finish("meld", gelukt=True, ruis=1)

    assert job.topic == "signaal.meld"
    assert job.variables == {"zaak": "7"}
    assert driven.variables == {"nummer": "7", "rest": "x", "gemeld": True}


def test_a_sent_message_carries_only_what_its_inputs_name():
    sends = diagram(
        BEGIN_AND_END
        + f'<intermediateThrowEvent id="meld">{mapping({"advies": "route"})}'
        + '<messageEventDefinition messageRef="vraag"/></intermediateThrowEvent>'
        + '<sendTask id="meld_kaal" messageRef="vraag"/>',
        "begin meld meld_kaal einde",
        above=message("vraag"),
    )

    driven = run(sends, nummer=7, route="triage")

    assert [each.variables for each in driven.messages] == [{"advies": "triage"}, {}]
    assert [each.correlation_key for each in driven.messages] == ["7", "7"]


def test_a_received_message_sets_what_it_brings_or_what_its_outputs_name():
    waits = diagram(
        BEGIN_AND_END
        + '<receiveTask id="wacht" messageRef="antwoord"/>'
        + '<receiveTask id="wacht_weer" messageRef="antwoord">'
        + f"{mapping(outputs={'tweede': 'uitkomst'})}</receiveTask>",
        "begin wacht wacht_weer einde",
        above=message("antwoord"),
    )
    driven = run(waits, nummer="7")

    driven.message("antwoord", "7", uitkomst="een")
    driven.message("antwoord", "7", uitkomst="twee")

    assert driven.variables == {"nummer": "7", "uitkomst": "een", "tweede": "twee"}
    assert driven.status == InstanceStatus.COMPLETED


def test_a_decision_keeps_its_outcome_in_the_variable_named():
    table = b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d"
      namespace="t"><decision id="route" name="r"><decisionTable id="t" hitPolicy="FIRST">
      <input id="i"><inputExpression id="e"><text>spoed</text></inputExpression></input>
      <output id="o" name="uitkomst"/><output id="w" name="waarom"/>
      <rule id="r1"><inputEntry id="a"><text>true</text></inputEntry>
      <outputEntry id="b"><text>"direct"</text></outputEntry>
      <outputEntry id="c"><text>"spoed"</text></outputEntry></rule>
      </decisionTable></decision></definitions>"""
    asks = diagram(
        BEGIN_AND_END
        + '<businessRuleTask id="bepaal"><extensionElements><zeebe:calledDecision'
        + ' decisionId="route" resultVariable="advies"/></extensionElements></businessRuleTask>',
        "begin bepaal einde",
    )
    driven = Drive(compile_set({"a.bpmn": asks, "a.dmn": table})["proef"])

    driven.start(spoed=True)

    assert driven.variables["advies"] == {"uitkomst": "direct", "waarom": "spoed"}


def test_what_someone_typed_is_never_taken_for_something_else():
    typed: dict[str, Value] = {"typename": "datetime", "$": "moment", "v": ["x"], "len": 1}
    driven = run(diagram(BEGIN_AND_END + '<userTask id="a"/><userTask id="b"/>', "begin a b einde"))

    driven.complete("a", **typed, diep={"lijst": [typed]})
    driven.keeps_cache = False
    driven.complete("b")

    assert driven.variables["diep"] == {"lijst": (typed | {"v": ("x",)},)}
    assert driven.variables["$"] == "moment"


def test_a_condition_that_is_no_truth_value_is_a_problem():
    asks = diagram(
        BEGIN_AND_END
        + '<exclusiveGateway id="kies" default="kies_einde"/><sequenceFlow id="verder"'
        + ' sourceRef="kies" targetRef="einde"><conditionExpression>kleur</conditionExpression>'
        + "</sequenceFlow>",
        "begin kies einde",
    )

    with pytest.raises(StepError, match="condition_not_boolean"):
        run(asks, kleur="rood")
    assert run(asks).status == InstanceStatus.COMPLETED  # what is missing is null, and not true


def test_numbers_keep_every_digit():
    driven = run(
        diagram(BEGIN_AND_END + '<userTask id="a"/>', "begin a einde"), n=Decimal("0.10"), m=2**70
    )
    driven.keeps_cache = False

    driven.complete("a")

    assert str(driven.variables["n"]) == "0.10"
    assert driven.variables["m"] == 2**70


def test_a_text_that_cannot_be_written_is_a_problem_of_the_step():
    driven = run(diagram(BEGIN_AND_END + '<userTask id="a"/>', "begin a einde"))

    with pytest.raises(StepError, match="feel_no_value"):
        driven.complete("a", naam="\ud800")


def test_every_kind_of_value_is_kept_in_the_state():
    kinds: dict[str, Value] = {
        "niets": None,
        "ja": True,
        "dag": date(2026, 3, 2),
        "moment": datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Amsterdam"), fold=1),
        "tijd": time(9, 30),
        "duur": timedelta(hours=-3),
        "maanden": YearMonthDuration(14),
        "diep": {"lijst": [Decimal("1.50"), {"$": "context"}]},
    }
    driven = run(diagram(BEGIN_AND_END + '<userTask id="a"/>', "begin a einde"), **kinds)
    before = driven.variables
    driven.keeps_cache = False

    driven.complete("a")

    assert driven.variables == before
    assert str(driven.variables) == str(before)
