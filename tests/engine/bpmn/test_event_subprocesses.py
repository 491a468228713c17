"""Event subprocesses and the events at the edge, as the processes of a region use them together."""

import pytest

from engine.bpmn.compile import compile_set
from engine.model import InstanceStatus, Start
from tests.diagrams import BEGIN_AND_END, diagram, message, timer

from .driver import Drive
from .shapes import run

MESSAGES = message("stopt") + message("verhuist") + message("crisis")


def beside(name: str, event: str, attributes: str = "") -> str:
    """An event subprocess with one task, `<name>_taak`."""
    return (
        f'<subProcess id="{name}_bij" triggeredByEvent="true">'
        f'<startEvent id="{name}_begin" {attributes}>{event}</startEvent>'
        f'<userTask id="{name}_taak"/><endEvent id="{name}_einde"/>'
        f'<sequenceFlow id="{name}_f1" sourceRef="{name}_begin" targetRef="{name}_taak"/>'
        f'<sequenceFlow id="{name}_f2" sourceRef="{name}_taak" targetRef="{name}_einde"/>'
        "</subProcess>"
    )


def on_message(name: str, *, interrupts: bool = False) -> str:
    """An event subprocess that a message begins."""
    attributes = "" if interrupts else 'isInterrupting="false"'
    return beside(name, f'<messageEventDefinition messageRef="{name}"/>', attributes)


def with_work(*events: str) -> bytes:
    """A process with one task and event subprocesses."""
    return diagram(
        BEGIN_AND_END + '<userTask id="werk"/>' + "".join(events),
        "begin werk einde",
        above=MESSAGES,
    )


def with_part(*events: str, edge: str = "", edge_path: str = "") -> bytes:
    """A process with a subprocess that holds a task and event subprocesses, and then a task."""
    return diagram(
        BEGIN_AND_END
        + '<subProcess id="deel"><startEvent id="deel_begin"/><userTask id="werk"/>'
        + '<endEvent id="deel_einde"/>'
        + '<sequenceFlow id="deel_f1" sourceRef="deel_begin" targetRef="werk"/>'
        + '<sequenceFlow id="deel_f2" sourceRef="werk" targetRef="deel_einde"/>'
        + "".join(events)
        + '</subProcess><userTask id="daarna"/>'
        + edge,
        "begin deel daarna einde",
        *([edge_path] if edge_path else []),
        above=MESSAGES,
    )


@pytest.mark.parametrize("shape", [with_work, with_part])
def test_an_event_that_does_not_interrupt_comes_as_often_as_it_is_told(shape):
    driven = run(shape(on_message("verhuist")), nummer="7")

    for _ in range(3):
        driven.message("verhuist", "7")
        driven.complete("verhuist_taak")
    driven.message("verhuist", "7")
    driven.message("verhuist", "7")

    assert driven.open("verhuist_taak") == 2
    assert driven.open("werk")
    assert driven.completed.count("verhuist_einde") == 3


@pytest.mark.parametrize("shape", [with_work, with_part])
def test_several_event_subprocesses_run_beside_each_other(shape):
    driven = run(shape(on_message("verhuist"), on_message("crisis")), nummer="7")

    driven.message("verhuist", "7")
    driven.message("crisis", "7")

    assert driven.open("verhuist_taak") == driven.open("crisis_taak") == driven.open("werk") == 1
    assert len(driven.subscriptions) == 2


def test_the_scope_is_done_when_its_work_and_every_event_subprocess_are():
    driven = run(with_part(on_message("verhuist"), on_message("crisis")), nummer="7")
    driven.message("verhuist", "7")
    driven.complete("werk")
    assert not driven.open("daarna")

    driven.complete("verhuist_taak")

    assert driven.open("daarna")
    assert not driven.subscriptions


def test_an_interrupting_event_of_the_process_ends_the_work_and_the_events_beside_it():
    driven = run(
        with_work(on_message("stopt", interrupts=True), on_message("verhuist")), nummer="7"
    )
    driven.message("verhuist", "7")

    driven.message("stopt", "7")

    assert driven.open("stopt_taak") == 1
    assert not driven.open("werk")
    assert not driven.open("verhuist_taak")
    assert not driven.subscriptions
    driven.complete("stopt_taak")
    assert driven.status == InstanceStatus.COMPLETED


def test_an_interrupting_event_of_a_subprocess_ends_only_that():
    content = with_part(on_message("stopt", interrupts=True), on_message("verhuist"))
    driven = run(content, nummer="7")

    driven.message("stopt", "7")
    assert not driven.open("werk")
    assert not driven.open("daarna")
    driven.complete("stopt_taak")

    assert driven.open("daarna") == 1


def test_of_two_interrupting_events_only_the_first_happens():
    driven = run(
        with_work(on_message("stopt", interrupts=True), on_message("crisis", interrupts=True)),
        nummer="7",
    )

    driven.message("crisis", "7")

    assert driven.open("crisis_taak") == 1
    with pytest.raises(AssertionError, match="nobody waits"):
        driven.message("stopt", "7")


@pytest.mark.parametrize(
    "cycle", ["R/P7D", '="R/P7D"', '="R/" + string(duration("P7D"))', "=cyclus"]
)
def test_a_cycle_without_end_reminds_every_week_and_keeps_to_its_days(cycle):
    event = f"<timerEventDefinition><timeCycle>{cycle}</timeCycle></timerEventDefinition>"
    edge = f'<boundaryEvent id="rand" attachedToRef="deel" cancelActivity="false">{event}'
    edge += '</boundaryEvent><userTask id="herinner"/><endEvent id="herinnerd"/>'
    in_process = run(with_work(beside("week", event, 'isInterrupting="false"')), cyclus="R/P7D")
    at_edge = run(with_part(edge=edge, edge_path="rand herinner herinnerd"), cyclus="R/P7D")

    for driven, task in ((in_process, "week_taak"), (at_edge, "herinner")):
        started = driven.now
        for week in (1, 2, 3):
            driven.tick()
            assert (driven.now - started).days == 7 * week
        assert driven.open(task) == 3
        assert driven.open("werk") == 1


def test_a_cycle_ends_with_what_it_stands_on():
    event = "<timerEventDefinition><timeCycle>R/P7D</timeCycle></timerEventDefinition>"
    edge = f'<boundaryEvent id="rand" attachedToRef="deel" cancelActivity="false">{event}'
    edge += '</boundaryEvent><userTask id="herinner"/><endEvent id="herinnerd"/>'
    driven = run(with_part(edge=edge, edge_path="rand herinner herinnerd"))
    driven.tick()

    driven.complete("werk")

    assert not driven.jobs
    assert driven.open("herinner") == 1


def test_a_message_at_the_edge_of_a_subprocess_comes_more_than_once_or_ends_it():
    edge = (
        '<boundaryEvent id="rand" attachedToRef="deel" cancelActivity="false">'
        '<messageEventDefinition messageRef="verhuist"/></boundaryEvent><userTask id="herinner"/>'
        '<endEvent id="herinnerd"/><boundaryEvent id="stop" attachedToRef="deel">'
        '<messageEventDefinition messageRef="stopt"/></boundaryEvent>'
        '<sequenceFlow id="stop_f" sourceRef="stop" targetRef="herinner"/>'
    )
    driven = run(with_part(edge=edge, edge_path="rand herinner herinnerd"), nummer="7")

    driven.message("verhuist", "7")
    driven.message("verhuist", "7")
    assert (driven.open("herinner"), driven.open("werk")) == (2, 1)
    driven.message("stopt", "7")

    assert (driven.open("herinner"), driven.open("werk")) == (3, 0)
    assert not driven.subscriptions


def test_a_condition_at_the_edge_and_between_happens_as_a_variable_makes_it_true():
    condition = (
        "<conditionalEventDefinition><condition>=klaar</condition></conditionalEventDefinition>"
    )
    content = diagram(
        BEGIN_AND_END
        + '<parallelGateway id="splits"/><userTask id="zet"/><userTask id="werk"/>'
        + f'<boundaryEvent id="rand" attachedToRef="werk">{condition}</boundaryEvent>'
        + f'<intermediateCatchEvent id="tussen">{condition}</intermediateCatchEvent>'
        + '<userTask id="na_rand"/><userTask id="na_tussen"/>',
        "begin splits zet einde",
        "splits werk einde",
        "splits tussen na_tussen einde",
        "rand na_rand einde",
    )
    driven = run(content)
    assert driven.open("werk")
    assert not driven.open("na_tussen")

    driven.complete("zet", klaar=True)

    assert driven.open("na_rand") == driven.open("na_tussen") == 1
    assert not driven.open("werk")


NESTED = (
    '<subProcess id="buiten"><startEvent id="b0"/><subProcess id="binnen"><startEvent id="i0"/>'
    '<userTask id="werk"/><intermediateThrowEvent id="roept">'
    '<escalationEventDefinition escalationRef="roep"/></intermediateThrowEvent>'
    '<userTask id="verder"/><endEvent id="i9"/>'
    '<sequenceFlow id="i1" sourceRef="i0" targetRef="werk"/>'
    '<sequenceFlow id="i2" sourceRef="werk" targetRef="roept"/>'
    '<sequenceFlow id="i3" sourceRef="roept" targetRef="verder"/>'
    '<sequenceFlow id="i4" sourceRef="verder" targetRef="i9"/></subProcess><endEvent id="b9"/>'
    '<sequenceFlow id="b1" sourceRef="b0" targetRef="binnen"/>'
    '<sequenceFlow id="b2" sourceRef="binnen" targetRef="b9"/></subProcess>'
)
CALLS_OUT = '<escalation id="roep" name="roep" escalationCode="ROEP"/>'
ESCALATION = '<escalationEventDefinition escalationRef="roep"/>'


@pytest.mark.parametrize("interrupts", [True, False])
def test_an_escalation_from_deep_inside_is_caught_at_the_outer_edge(interrupts):
    attributes = "" if interrupts else 'cancelActivity="false"'
    content = diagram(
        BEGIN_AND_END
        + NESTED
        + f'<boundaryEvent id="rand" attachedToRef="buiten" {attributes}>{ESCALATION}'
        + '</boundaryEvent><userTask id="manager"/>',
        "begin buiten einde",
        "rand manager einde",
        above=CALLS_OUT,
    )
    driven = run(content)

    driven.complete("werk")

    assert driven.open("manager") == 1
    assert driven.open("verder") == (0 if interrupts else 1)


def test_an_escalation_from_deep_inside_is_heard_by_the_process():
    content = diagram(
        BEGIN_AND_END + NESTED + beside("hoort", ESCALATION, 'isInterrupting="false"'),
        "begin buiten einde",
        above=CALLS_OUT,
    )
    driven = run(content)

    driven.complete("werk")

    assert driven.open("hoort_taak") == driven.open("verder") == 1


def test_an_inclusive_split_sends_several_messages_and_joins_once():
    throws = "".join(
        f'<intermediateThrowEvent id="meld_{name}"><messageEventDefinition messageRef="{name}"/>'
        f'</intermediateThrowEvent><sequenceFlow id="naar_{name}" sourceRef="splits"'
        f' targetRef="meld_{name}"><conditionExpression>=list contains(routes, "{name}")'
        f'</conditionExpression></sequenceFlow><sequenceFlow id="van_{name}"'
        f' sourceRef="meld_{name}" targetRef="samen"/>'
        for name in ("stopt", "verhuist", "crisis")
    )
    content = diagram(
        BEGIN_AND_END
        + '<inclusiveGateway id="splits" default="geen"/><inclusiveGateway id="samen"/>'
        + '<userTask id="daarna"/><sequenceFlow id="geen" sourceRef="splits" targetRef="samen"/>'
        + throws,
        "begin splits",
        "samen daarna einde",
        above=MESSAGES,
    )

    two = run(content, nummer="7", routes=["stopt", "crisis"])
    none = run(content, nummer="7", routes=[])

    assert [each.name for each in two.messages] == ["stopt", "crisis"]
    assert two.open("daarna") == none.open("daarna") == 1
    assert none.messages == []


CALLED = (
    b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="x">'
    b'<error id="fout" errorCode="FOUT"/><process id="item" isExecutable="true">'
    b'<startEvent id="s"/><userTask id="beslis"/><exclusiveGateway id="g" default="goed"/>'
    b'<endEvent id="klaar"/><endEvent id="mis"><errorEventDefinition errorRef="fout"/></endEvent>'
    b'<sequenceFlow id="f1" sourceRef="s" targetRef="beslis"/>'
    b'<sequenceFlow id="f2" sourceRef="beslis" targetRef="g"/>'
    b'<sequenceFlow id="goed" sourceRef="g" targetRef="klaar"/>'
    b'<sequenceFlow id="fout_f" sourceRef="g" targetRef="mis">'
    b"<conditionExpression>=mislukt</conditionExpression></sequenceFlow></process></definitions>"
)


def _calls(*, sequential: bool) -> Drive:
    content = diagram(
        BEGIN_AND_END
        + '<callActivity id="behandel" calledElement="item"><multiInstanceLoopCharacteristics'
        + f' isSequential="{str(sequential).lower()}"><extensionElements>'
        + '<zeebe:loopCharacteristics inputCollection="=zaken" inputElement="zaak"'
        + ' outputCollection="uitkomsten" outputElement="=besluit"/></extensionElements>'
        + '</multiInstanceLoopCharacteristics></callActivity><userTask id="opvang"/>'
        + '<userTask id="verslag"/><boundaryEvent id="rand" attachedToRef="behandel">'
        + '<errorEventDefinition errorRef="fout"/></boundaryEvent>',
        "begin behandel verslag einde",
        "rand opvang einde",
        above='<error id="fout" errorCode="FOUT"/>',
    )
    driven = Drive(compile_set({"a.bpmn": content, "b.bpmn": CALLED})["proef"])
    driven.start(zaken=["a", "b", "c"])
    return driven


def test_calls_one_after_the_other_collect_what_each_of_them_set():
    driven = _calls(sequential=True)

    for decision in ("ja", "nee", "later"):
        assert driven.open("beslis") == 1
        driven.complete("beslis", besluit=decision)

    assert driven.variables["uitkomsten"] == ("ja", "nee", "later")
    assert driven.open("verslag")


@pytest.mark.parametrize("sequential", [True, False])
def test_the_error_of_one_call_is_caught_at_the_edge_and_ends_the_others(sequential):
    driven = _calls(sequential=sequential)
    driven.complete("beslis", besluit="ja")

    driven.complete("beslis", mislukt=True)

    assert driven.open("opvang") == 1
    assert not driven.open("beslis")
    assert not driven.open("verslag")


def test_a_process_begins_at_the_start_event_of_a_signal():
    content = diagram(
        '<startEvent id="gewoon_begin"/><startEvent id="alarm_begin">'
        '<signalEventDefinition signalRef="alarm"/></startEvent><userTask id="gewoon"/>'
        '<userTask id="met_spoed"/><endEvent id="einde"/>',
        "gewoon_begin gewoon einde",
        "alarm_begin met_spoed einde",
        above='<signal id="alarm" name="Alarm"/>',
    )
    definition = compile_set({"proef.bpmn": content})["proef"]
    driven = Drive(definition)

    driven.step(Start({"huis": "limburg"}, signal="Alarm"))

    assert definition.start_signals == ("Alarm",)
    assert driven.variables["huis"] == "limburg"
    assert (driven.open("met_spoed"), driven.open("gewoon")) == (1, 0)


def test_a_reminder_that_does_not_interrupt_fires_once_when_it_is_no_cycle():
    driven = run(with_work(beside("laat", timer("P1D"), 'isInterrupting="false"')))

    driven.tick()

    assert driven.open("laat_taak") == driven.open("werk") == 1
    assert not driven.jobs
