from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.bpmn.compile import compile_set, problems
from engine.bpmn.expressions import statements
from engine.errors import InvalidInputError, Problem, StepError
from tests.diagrams import BEGIN_AND_END, ONE_TASK, diagram, timer

from .driver import Drive

TERMS = b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d"
  namespace="t"><decision id="termijnen" name="t"><decisionTable id="t" hitPolicy="FIRST">
  <input id="i"><inputExpression id="e"><text>naam</text></inputExpression></input>
  <input id="s"><inputExpression id="f"><text>spoed</text></inputExpression></input>
  <output id="o1" name="duur"/><output id="o2" name="telling"/>
  <rule id="r1"><inputEntry id="a1"><text>"check"</text></inputEntry>
    <inputEntry id="b1"><text>true</text></inputEntry>
    <outputEntry id="c1"><text>4</text></outputEntry>
    <outputEntry id="d1"><text>"uren"</text></outputEntry></rule>
  <rule id="r2"><inputEntry id="a2"><text>"check"</text></inputEntry>
    <inputEntry id="b2"><text>-</text></inputEntry>
    <outputEntry id="c2"><text>5</text></outputEntry>
    <outputEntry id="d2"><text>"werkdagen"</text></outputEntry></rule>
</decisionTable></decision></definitions>"""


def task(inside: str, name: str = "beoordeel") -> bytes:
    return diagram(
        BEGIN_AND_END + f'<userTask id="{name}" name="Beoordeel">{inside}</userTask>',
        f"begin {name} einde",
    )


def due(expression: str) -> str:
    return (
        '<extensionElements><zeebe:formDefinition formId="spoed_check"/>'
        f'<zeebe:taskSchedule dueDate="{expression}"/></extensionElements>'
    )


def found(content: bytes, **others: bytes) -> set[tuple[str | None, str]]:
    files = {"proef.bpmn": content, **others}
    return {(problem.element_id, problem.rule) for problem in problems(files)}


def called(element: str, value: str = "=zaak", more: str = "") -> bytes:
    """An element with the property that names a case."""
    return diagram(
        BEGIN_AND_END
        + element.replace(
            "%",
            '<extensionElements><zeebe:properties><zeebe:property name="businessKey" '
            f'value="{value}"/>{more}</zeebe:properties></extensionElements>',
        ),
        "begin roep einde",
    )


CALL = '<callActivity id="roep" calledElement="ander">%</callActivity>'
OTHER = diagram(BEGIN_AND_END, "begin einde", process_id="ander")


def test_a_call_may_run_in_a_case_of_its_own():
    assert found(called(CALL), **{"ander.bpmn": OTHER}) == set()


@pytest.mark.parametrize(
    ("content", "finding"),
    [
        (called(CALL, "=zaak +"), ("roep", "feel_syntax")),
        (called(CALL, "=weg(zaak)"), ("roep", "unknown_function")),
        (called(CALL, " "), ("roep", "business_key_missing")),
        (
            called(CALL, "=a", '<zeebe:property name="businessKey" value="=b"/>'),
            ("roep", "business_key_missing"),
        ),
        (called('<userTask id="roep">%</userTask>'), ("roep", "business_key_without_call")),
        (
            called('<subProcess id="roep">%<task id="t"/></subProcess>'),
            ("roep", "business_key_without_call"),
        ),
        (
            called('<callActivity id="roep" calledElement="weg">%</callActivity>'),
            ("roep", "called_process_missing"),
        ),
    ],
)
def test_the_case_of_a_call_is_named_in_feel_and_nowhere_else(content, finding):
    assert finding in found(content, **{"ander.bpmn": OTHER})


@pytest.mark.parametrize(
    ("event", "warned"),
    [
        ('<signalEventDefinition signalRef="alarm"/>', False),
        ("<timerEventDefinition><timeCycle>R/P7D</timeCycle></timerEventDefinition>", True),
    ],
)
def test_a_start_that_begins_nothing_is_warned_of(event, warned):
    content = diagram(
        f'<startEvent id="begin">{event}</startEvent><endEvent id="einde"/>',
        "begin einde",
        above='<signal id="alarm" name="Alarm"/>',
    )

    assert found(content) == ({("begin", "start_by_hand")} if warned else set())


def test_a_definition_knows_its_elements_for_the_pages():
    content = diagram(
        '<laneSet id="ls"><lane id="l" name="Handhaving &#10; Venlo">'
        "<flowNodeRef>deel</flowNodeRef></lane></laneSet>"
        + BEGIN_AND_END
        + '<subProcess id="deel" name="Deel"><userTask id="kies" name="Kies  een&#10;route">'
        + '<extensionElements><zeebe:formDefinition formId="route"/></extensionElements>'
        + "</userTask></subProcess>"
        + f'<boundaryEvent id="rand" attachedToRef="deel" cancelActivity="false">{timer("P1D")}'
        + "</boundaryEvent>",
        "begin deel einde",
        "rand einde",
    )

    definition = compile_set({"proef.bpmn": content})["proef"]

    kies, rand = definition.elements["kies"], definition.elements["rand"]
    assert (kies.name, kies.lane, kies.form_key) == ("Kies een route", "Handhaving Venlo", "route")
    assert (kies.kind, kies.parent) == ("userTask", "deel")
    assert (rand.event, rand.attached_to, rand.is_interrupting) == ("timer", "deel", False)
    assert definition.flows["begin_deel"].target == "deel"
    assert definition.element("proef", "kies") is kies


def test_a_task_opens_with_its_form_lane_and_term():
    driven = Drive(compile_set({"a.bpmn": task(due("=werkdagen(1)"))})["proef"])

    driven.start(nummer="7")

    (opened,) = driven.tasks.values()
    assert (opened.name, opened.form_key, opened.process_id) == (
        "Beoordeel",
        "spoed_check",
        "proef",
    )
    assert opened.due_at == datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
    assert opened.variables == {"nummer": "7"}


@pytest.mark.parametrize(
    ("call", "moment"),
    [
        ("termijn(&quot;check&quot;)", datetime(2026, 3, 9, 9, 0, tzinfo=UTC)),
        ("termijn(&quot;check&quot;, true)", datetime(2026, 3, 2, 13, 0, tzinfo=UTC)),
    ],
)
def test_a_term_is_counted_by_the_calendar_from_the_table(call, moment):
    files = {"a.bpmn": task(due(f"={call}")), "termijnen.dmn": TERMS}
    driven = Drive(compile_set(files)["proef"])

    driven.start()

    assert next(iter(driven.tasks.values())).due_at == moment


def test_a_term_that_the_table_does_not_have_is_a_problem():
    files = {"a.bpmn": task(due("=termijn(&quot;weg&quot;)")), "termijnen.dmn": TERMS}

    with pytest.raises(StepError) as raised:
        Drive(compile_set(files)["proef"]).start()

    assert raised.value.problem.element_id == "beoordeel"


def test_the_manifest_names_the_table_of_terms():
    manifest = b'[process]\nname = "Proef"\nid = "proef"\nregime = "A"\ndomain = "signalering"\n'
    files = {
        "map/a.bpmn": ONE_TASK,
        "map/process.toml": manifest + b'[terms]\ndecision = "tijden"\n',
    }

    assert compile_set(files)["proef"].terms == "tijden"


def test_a_called_process_of_another_file_is_found_with_its_elements():
    calls = diagram(
        BEGIN_AND_END + '<callActivity id="roep"><extensionElements>'
        '<zeebe:calledElement processId="geroepen"/></extensionElements></callActivity>',
        "begin roep einde",
    )
    called = diagram(
        BEGIN_AND_END + '<userTask id="vraag"/>', "begin vraag einde", process_id="geroepen"
    )

    definitions = compile_set({"a/a.bpmn": calls, "b/b.bpmn": called})

    assert definitions.keys() == {"proef", "geroepen"}
    assert definitions["proef"].elements["vraag"].process_id == "geroepen"
    assert "roep" not in definitions["geroepen"].elements


@pytest.mark.parametrize(
    ("body", "element_id", "rule"),
    [
        ('<boundaryEvent id="x" attachedToRef="weg"/>', "x", "boundary_without_host"),
        ('<userTask id="einde"/>', "einde", "duplicate_id"),
        ('<sequenceFlow id="x" sourceRef="begin" targetRef="weg"/>', "x", "missing_reference"),
        ('<userTask id="x" isForCompensation="true"/>', "x", "compensation"),
        ('<callActivity id="x" calledElement="weg"/>', "x", "called_process_missing"),
        ('<businessRuleTask id="x"/>', "x", "task_without_decision"),
        (
            '<userTask id="x"><extensionElements><zeebe:assignmentDefinition assignee="=a"/>'
            "</extensionElements></userTask>",
            "x",
            "unsupported_extension",
        ),
        ('<sendTask id="x"/>', "x", "event_without_name"),
        ('<scriptTask id="x"/>', "x", "script_missing"),
        ('<scriptTask id="x"><script>a</script></scriptTask>', "x", "script_not_assignment"),
        ('<scriptTask id="x"><script>a = (</script></scriptTask>', "x", "feel_syntax"),
        ('<scriptTask id="x"><script>a = rm(1)</script></scriptTask>', "x", "unknown_function"),
        ('<intermediateCatchEvent id="x"/>', "x", "event_not_possible_here"),
        (
            '<intermediateCatchEvent id="x"><timerEventDefinition/></intermediateCatchEvent>',
            "x",
            "timer_without_time",
        ),
        (
            f'<intermediateCatchEvent id="x">{timer("PT24")}</intermediateCatchEvent>',
            "x",
            "bad_timer",
        ),
        ('<startEvent id="x"/>', "x", "several_plain_starts"),
        (
            '<intermediateThrowEvent id="x"><linkEventDefinition name="l"/>'
            "</intermediateThrowEvent>",
            "x",
            "link_without_partner",
        ),
        (
            '<task id="x"><multiInstanceLoopCharacteristics/></task>',
            "x",
            "multi_instance_source",
        ),
        ('<task id="x"><standardLoopCharacteristics/></task>', "x", "loop_without_end"),
    ],
)
def test_what_cannot_run_is_refused_with_its_element(body, element_id, rule):
    assert (element_id, rule) in found(diagram(BEGIN_AND_END + body, "begin einde"))


def test_every_problem_of_a_set_is_told_at_once():
    wrong = diagram(
        BEGIN_AND_END
        + '<complexGateway id="poort"/><scriptTask id="reken"><script>a = (</script></scriptTask>',
        "begin poort reken einde",
    )

    with pytest.raises(InvalidInputError) as raised:
        compile_set({"a.bpmn": wrong, "b.bpmn": b"geen xml", "c.dmn": b"<x/>"})

    told = [each for each in raised.value.problems if isinstance(each, Problem)]
    rules = {each.rule for each in told}
    assert {"a.bpmn", "b.bpmn"} <= {each.file for each in told}
    assert {"complex_gateway", "feel_syntax"} <= rules


def test_a_process_of_the_set_has_an_id_of_its_own():
    files = {"a.bpmn": ONE_TASK, "b.bpmn": ONE_TASK}

    assert {problem.rule for problem in problems(files)} == {"duplicate_process"}


def test_a_document_type_is_refused():
    content = b'<!DOCTYPE x [<!ENTITY a "b">]>' + ONE_TASK.partition(b"?>")[2]

    assert {rule for _, rule in found(content)} == {"document_type"}


def test_statements_end_at_a_semicolon_or_line_outside_brackets_and_texts():
    text = 'a = [1,\n 2]; b = "x;\ty"\n// niet\nc = {d: 1;}'

    assert statements(text) == ["a = [1,\n 2]", 'b = "x;\ty"', "c = {d: 1;}"]


def test_no_file_of_the_package_evaluates_python():
    package = Path(__file__).parents[3] / "engine" / "bpmn"
    sources = [path.read_text() for path in package.rglob("*.py")]

    assert not [text for text in sources if "eval(" in text or "exec(" in text]
