"""The rules of BPMN that a diagram must hold to, each broken once."""

import time

import pytest

from engine import Problem, check
from tests.diagrams import BEGIN_AND_END, diagram, message, timer

TASK = '<userTask id="taak" name="Taak"/>'
GOOD = diagram(BEGIN_AND_END + TASK, "begin taak einde")


def problems(content: bytes, severity: str = "error") -> list[Problem]:
    return [each for each in check({"proef.bpmn": content}) if each.severity == severity]


def broken(content: bytes, severity: str = "error") -> set[tuple[str, str | None]]:
    """Rule and element of everything that is found."""
    return {(each.rule, each.element_id) for each in problems(content, severity)}


def joined(body: str, *paths: str, above: str = "") -> bytes:
    """A process with a start and an end beside what is given."""
    return diagram(BEGIN_AND_END + body, *paths, above=above)


def flow(flow_id: str, source: str, target: str, inside: str = "", more: str = "") -> str:
    return (
        f'<sequenceFlow id="{flow_id}" sourceRef="{source}" targetRef="{target}" {more}>'
        f"{inside}</sequenceFlow>"
    )


def condition(text: str) -> str:
    return f"<conditionExpression>{text}</conditionExpression>"


def test_a_sound_diagram_has_no_findings() -> None:
    assert check({"proef.bpmn": GOOD}) == []


def test_a_finding_says_where_what_and_what_to_do() -> None:
    content = joined(TASK + flow("stroom", "taak", "weg"), "begin taak")

    found = next(each for each in problems(content) if each.element_id == "stroom")

    assert (found.file, found.rule, found.line) == ("proef.bpmn", "missing_reference", 6)
    assert "'weg'" in found.message or "targetRef" in found.message
    assert found.remedy


@pytest.mark.parametrize(
    ("content", "rule", "element"),
    [
        (joined(TASK + TASK, "begin taak einde"), "duplicate_id", "taak"),
        (joined(TASK + flow("f", "taak", "weg"), "begin taak einde"), "missing_reference", "f"),
        (joined(TASK + flow("f", "weg", "taak"), "begin taak einde"), "missing_reference", "f"),
        (
            joined(
                '<boundaryEvent id="rand" attachedToRef="weg">' + timer("PT1H") + "</boundaryEvent>"
                '<endEvent id="laat"/>',
                "begin einde",
                "rand laat",
            ),
            "boundary_without_host",
            "rand",
        ),
        (
            joined('<receiveTask id="taak" messageRef="weg"/>', "begin taak einde"),
            "missing_reference",
            "taak",
        ),
        (
            joined('<userTask id="taak" name="Taak" default="weg"/>', "begin taak einde"),
            "default_flow",
            "taak",
        ),
        (
            joined('<callActivity id="roep" calledElement="weg"/>', "begin roep einde"),
            "called_process_missing",
            "roep",
        ),
        (
            diagram(
                BEGIN_AND_END + '<laneSet id="l"><lane id="b" name="B"><flowNodeRef>weg'
                "</flowNodeRef></lane></laneSet>",
                "begin einde",
            ),
            "missing_reference",
            "b",
        ),
        (
            joined(
                '<subProcess id="deel"><task id="in"/></subProcess>', "begin deel einde", "in einde"
            ),
            "flow_across_border",
            "in_einde",
        ),
    ],
)
def test_a_reference_names_something_that_is_there(content, rule, element) -> None:
    assert (rule, element) in broken(content)


def test_what_lies_behind_a_flow_to_nothing_is_not_named_beside_it() -> None:
    content = joined(TASK + flow("stroom", "begin", "weg"), "taak einde")

    assert broken(content) == {("missing_reference", "stroom")}


@pytest.mark.parametrize(
    ("content", "rule", "element"),
    [
        (joined(TASK, "begin taak einde", "taak begin"), "incoming_flow", "begin"),
        (joined(TASK, "begin taak einde", "einde taak"), "outgoing_flow", "einde"),
        (joined(TASK, "begin einde"), "unreachable", "taak"),
        (joined(TASK, "begin taak", "begin einde"), "dead_end", "taak"),
        (
            joined('<task id="a"/><task id="b"/>', "begin einde", "a b", "b a"),
            "unreachable",
            "a",
        ),
        (
            diagram('<task id="a"/><task id="b"/>', "a b", "b a"),
            "no_start",
            "proef",
        ),
        (
            joined('<task id="a"/><task id="b"/>', "begin a b", "b a"),
            "endless_loop",
            "a",
        ),
        (
            joined(
                '<exclusiveGateway id="keus"/><endEvent id="ander"/>',
                "begin keus einde",
                "keus ander",
            ),
            "flow_without_condition",
            "keus_ander",
        ),
        (
            joined(
                '<parallelGateway id="samen" gatewayDirection="Converging"/><endEvent id="ander"/>',
                "begin samen einde",
                "samen ander",
            ),
            "gateway_direction",
            "samen",
        ),
        (
            joined(
                '<eventBasedGateway id="wacht"/>' + TASK + '<task id="nog"/>',
                "begin wacht taak einde",
                "wacht nog einde",
            ),
            "event_gateway_target",
            "taak",
        ),
        (
            joined(TASK + flow("f", "taak", "einde", more='isImmediate="false"'), "begin taak"),
            "flow_not_immediate",
            "f",
        ),
    ],
)
def test_a_token_comes_everywhere_and_can_go_on(content, rule, element) -> None:
    assert (rule, element) in broken(content)


def test_a_choice_without_a_default_is_only_warned_of() -> None:
    content = joined(
        '<exclusiveGateway id="keus"/><endEvent id="ander"/>'
        + flow("een", "keus", "einde", condition("x = 1"))
        + flow("twee", "keus", "ander", condition("x = 2")),
        "begin keus",
    )

    assert broken(content) == set()
    assert broken(content, "warning") == {("gateway_without_default", "keus")}


def test_what_is_reached_by_a_boundary_event_or_a_link_is_reached() -> None:
    content = joined(
        TASK
        + f'<boundaryEvent id="laat" attachedToRef="taak">{timer("PT1H")}</boundaryEvent>'
        + '<intermediateThrowEvent id="naar"><linkEventDefinition id="l1" name="A"/>'
        + "</intermediateThrowEvent>"
        + '<intermediateCatchEvent id="van"><linkEventDefinition id="l2" name="A"/>'
        + "</intermediateCatchEvent>",
        "begin taak einde",
        "laat naar",
        "van einde",
    )

    assert broken(content) == set()


def event(kind: str, about: str, more: str = "") -> str:
    definition = f'<{about}EventDefinition id="over"/>' if about else ""
    return f'<{kind} id="gebeurtenis" {more}>{definition}</{kind}>'


@pytest.mark.parametrize(
    "body",
    [
        event("intermediateCatchEvent", ""),
        event("intermediateCatchEvent", "error"),
        event("intermediateCatchEvent", "terminate"),
        event("intermediateThrowEvent", "timer"),
        event("endEvent", "timer"),
        event("endEvent", "link"),
        event("boundaryEvent", "", 'attachedToRef="taak"'),
        event("boundaryEvent", "terminate", 'attachedToRef="taak"'),
        event("boundaryEvent", "error", 'attachedToRef="taak" cancelActivity="false"'),
        event("startEvent", "terminate"),
        event("startEvent", "link"),
    ],
)
def test_an_event_is_about_what_can_happen_where_it_stands(body) -> None:
    assert ("event_not_possible_here", "gebeurtenis") in broken(
        joined(TASK + body, "begin taak einde")
    )


def test_the_start_of_a_subprocess_is_plain() -> None:
    inside = f'<startEvent id="in">{timer("PT1H")}</startEvent><endEvent id="uit"/>'
    content = joined(
        f'<subProcess id="deel">{inside}{flow("f", "in", "uit")}</subProcess>', "begin deel einde"
    )

    assert ("event_not_possible_here", "in") in broken(content)


def test_an_event_subprocess_has_one_start_and_no_flows() -> None:
    inside = '<task id="in"/>'
    content = joined(
        f'<subProcess id="deel" triggeredByEvent="true">{inside}</subProcess>', "begin deel einde"
    )

    assert {("event_subprocess_start", "deel"), ("incoming_flow", "deel")} <= broken(content)


def test_a_cancel_event_belongs_to_a_transaction() -> None:
    content = joined(
        '<subProcess id="deel"><startEvent id="in"/><endEvent id="uit">'
        f'<cancelEventDefinition id="c"/></endEvent>{flow("f", "in", "uit")}</subProcess>',
        "begin deel einde",
    )

    assert ("cancel_without_transaction", "uit") in broken(content)


def test_a_link_has_one_partner_in_its_own_process() -> None:
    content = joined(
        '<intermediateThrowEvent id="naar"><linkEventDefinition id="l" name="A"/>'
        "</intermediateThrowEvent>",
        "begin naar",
        "begin einde",
    )

    assert ("link_without_partner", "naar") in broken(content)


@pytest.mark.parametrize(
    ("time", "rule"),
    [
        ("PT0S", None),
        ("-PT1H", "bad_timer"),
        ("P11Y", "bad_timer"),
        ("R/PT0S", "bad_timer"),
        ("INVALID", "bad_timer"),
        ("PT1H1D", "bad_timer"),
        ("1 +", "feel_syntax"),
        ("PT5S", None),
        ("R/PT10S", None),
        ("R3/P1D", None),
        ("wachttijd", None),
        ("=termijn(naam)", "terms_missing"),
    ],
)
def test_a_timer_that_is_written_out_can_be_counted_with(time, rule) -> None:
    content = joined(
        f'<intermediateCatchEvent id="wacht">{timer(time)}</intermediateCatchEvent>',
        "begin wacht einde",
    )

    assert {found for found, element in broken(content)} == ({rule} if rule else set())


@pytest.mark.parametrize(
    ("loop", "rule"),
    [
        ("<loopCardinality>201</loopCardinality>", "too_many_instances"),
        ("<loopCardinality>-1</loopCardinality>", "too_many_instances"),
        ("<loopCardinality>200</loopCardinality>", None),
        ("<loopCardinality>aantal</loopCardinality>", None),
    ],
)
def test_a_multi_instance_stays_within_what_can_be(loop, rule) -> None:
    instances = f"<multiInstanceLoopCharacteristics>{loop}</multiInstanceLoopCharacteristics>"
    content = joined(f'<userTask id="taak" name="Taak">{instances}</userTask>', "begin taak einde")

    assert {found for found, element in broken(content)} == ({rule} if rule else set())


@pytest.mark.parametrize("between", [[], ["b"], ["b", "c"]])
def test_a_process_does_not_call_itself_by_way_of_others(between) -> None:
    names = ["a", *between]
    files = {
        f"{name}.bpmn": diagram(
            BEGIN_AND_END + f'<callActivity id="roep" calledElement="{called}"/>',
            "begin roep einde",
            process_id=name,
        )
        for name, called in zip(names, [*names[1:], "a"], strict=True)
    }

    found = check(files)

    assert {(each.file, each.rule) for each in found} == {
        (f"{name}.bpmn", "call_cycle") for name in names
    }


ESCAPE = "a.__class__.__bases__"


@pytest.mark.parametrize(
    "content",
    [
        joined(
            '<exclusiveGateway id="hier"/><endEvent id="ander"/>'
            + flow("f", "hier", "einde", condition(ESCAPE))
            + flow("g", "hier", "ander", condition("true")),
            "begin hier",
        ),
        joined(
            f'<intermediateCatchEvent id="hier">{timer("=" + ESCAPE)}</intermediateCatchEvent>',
            "begin hier einde",
        ),
        joined(
            '<userTask id="hier" name="T"><multiInstanceLoopCharacteristics><loopCardinality>'
            f"{ESCAPE}</loopCardinality></multiInstanceLoopCharacteristics></userTask>",
            "begin hier einde",
        ),
        joined(
            '<userTask id="hier" name="T"><multiInstanceLoopCharacteristics><loopCardinality>2'
            f"</loopCardinality><completionCondition>{ESCAPE}</completionCondition>"
            "</multiInstanceLoopCharacteristics></userTask>",
            "begin hier einde",
        ),
        joined(
            f'<scriptTask id="hier"><script>x = {ESCAPE}</script></scriptTask>', "begin hier einde"
        ),
        joined(
            '<receiveTask id="hier" messageRef="bericht"/>',
            "begin hier einde",
            above=message("bericht", f"={ESCAPE}"),
        ),
        joined(
            '<userTask id="hier" name="T"><extensionElements><zeebe:ioMapping><zeebe:input '
            f'source="={ESCAPE}" target="x"/></zeebe:ioMapping></extensionElements></userTask>',
            "begin hier einde",
        ),
        joined(
            '<userTask id="hier" name="T"><extensionElements><zeebe:taskSchedule '
            f'dueDate="={ESCAPE}"/></extensionElements></userTask>',
            "begin hier einde",
        ),
        joined(
            f'<intermediateCatchEvent id="hier"><conditionalEventDefinition id="c"><condition>'
            f"{ESCAPE}</condition></conditionalEventDefinition></intermediateCatchEvent>",
            "begin hier einde",
        ),
    ],
)
def test_an_escape_is_refused_wherever_an_expression_stands(content) -> None:
    assert "feel_forbidden_name" in {rule for rule, _ in broken(content)}


def test_an_unknown_function_is_named_with_its_element() -> None:
    content = joined(
        '<scriptTask id="reken"><script>x = systeem("id")</script></scriptTask>',
        "begin reken einde",
    )

    assert broken(content) == {("unknown_function", "reken")}


def test_a_file_without_a_process_is_refused() -> None:
    content = (
        b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d">'
        b'<collaboration id="c"/></definitions>'
    )

    assert broken(content) == {("no_process", "d")}


def test_what_puzzles_people_is_warned_of() -> None:
    content = joined('<userTask id="taak"/><serviceTask id="dienst"/>', "begin taak dienst einde")

    assert broken(content) == set()
    assert broken(content, "warning") == {
        ("task_without_name", "taak"),
        ("task_without_topic", "dienst"),
    }


def test_a_chain_of_a_thousand_tasks_is_checked_within_a_second() -> None:
    names = [f"taak_{number}" for number in range(1_000)]
    body = "".join(f'<userTask id="{name}" name="Taak"/>' for name in names)
    content = joined(body, f"begin {' '.join(names)} einde")
    begun = time.process_time()

    found = check({"proef.bpmn": content})

    assert found == []
    assert time.process_time() - begun < 2
