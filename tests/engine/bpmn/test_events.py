import pytest

from engine.bpmn.compile import compile_set
from engine.errors import StepError
from engine.model import (
    InstanceStatus,
    ServiceFailed,
    Start,
    SubscriptionKind,
)
from tests.diagrams import BEGIN_AND_END, diagram, message, timer

from .driver import Drive
from .shapes import event_subprocess, guarded, run

ERRORS = (
    '<error id="fout" name="fout" errorCode="FOUT"/><error id="ramp" name="ramp" errorCode="RAMP"/>'
)


# --- messages and signals ---


def test_a_message_waits_with_its_correlation_key():
    driven = run(
        guarded('<messageEventDefinition messageRef="antwoord"/>', above=message("antwoord")),
        nummer=7,
    )

    (waits,) = driven.subscriptions.values()

    assert (waits.kind, waits.name, waits.correlation_key) == (
        SubscriptionKind.MESSAGE,
        "antwoord",
        "7",
    )


def test_a_non_interrupting_message_can_come_again():
    driven = run(
        guarded(
            '<messageEventDefinition messageRef="antwoord"/>',
            'cancelActivity="false"',
            message("antwoord"),
        ),
        nummer="7",
    )

    driven.message("antwoord", "7")
    driven.message("antwoord", "7")

    assert driven.open("alarm") == 2
    assert driven.open("werk")


def test_a_process_begins_at_the_start_event_of_a_message():
    begins = diagram(
        BEGIN_AND_END
        + '<startEvent id="gevraagd"><messageEventDefinition messageRef="vraag"/></startEvent>'
        + '<userTask id="gewoon"/><userTask id="antwoord"/>'
        + event_subprocess('<messageEventDefinition messageRef="intrekken"/>'),
        "begin gewoon einde",
        "gevraagd antwoord einde",
        above=message("vraag") + message("intrekken"),
    )
    definition = compile_set({"proef.bpmn": begins})["proef"]
    driven = Drive(definition)

    driven.step(Start({"nummer": "7"}, message="vraag"))

    assert definition.start_messages == ("vraag",)
    assert driven.open("antwoord")
    assert not driven.open("gewoon")
    assert [each.correlation_key for each in driven.subscriptions.values()] == ["7"]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ('<receiveTask id="ontvang" messageRef="vraag" instantiate="true"/>', "ontvang weeg einde"),
        (
            '<eventBasedGateway id="poort" instantiate="true"/>'
            '<intermediateCatchEvent id="ontvang"><messageEventDefinition messageRef="vraag"/>'
            "</intermediateCatchEvent>"
            '<intermediateCatchEvent id="anders"><messageEventDefinition messageRef="iets"/>'
            "</intermediateCatchEvent>",
            "poort ontvang weeg einde",
        ),
    ],
)
def test_a_process_begins_at_what_a_message_instantiates(body, path):
    content = diagram(
        body + '<userTask id="weeg"/><endEvent id="einde"/>',
        path,
        "poort anders einde" if "poort" in path else "",
        above='<message id="vraag" name="vraag"/><message id="iets" name="iets"/>',
    )
    definition = compile_set({"proef.bpmn": content})["proef"]
    driven = Drive(definition)

    driven.step(Start({"nummer": "7"}, message="vraag"))

    assert "vraag" in definition.start_messages
    assert driven.open("weeg")
    assert driven.completed[-1] == "ontvang"
    assert not driven.subscriptions


def test_a_process_does_not_begin_with_a_message_it_does_not_know():
    driven = Drive(compile_set({"proef.bpmn": guarded(timer("P1D"))})["proef"])

    with pytest.raises(StepError, match="no_such_start"):
        driven.step(Start({}, message="onbekend"))


def test_a_signal_is_for_all_others_and_is_also_taken_inside_the_instance():
    calls = diagram(
        BEGIN_AND_END
        + '<parallelGateway id="splits"/><userTask id="eerst"/><userTask id="gehoord"/>'
        + '<intermediateThrowEvent id="roep"><signalEventDefinition signalRef="alarm"/>'
        + "</intermediateThrowEvent>"
        + '<intermediateCatchEvent id="hoor"><signalEventDefinition signalRef="alarm"/>'
        + '</intermediateCatchEvent><endEvent id="ook_einde"/>',
        "begin splits eerst roep einde",
        "splits hoor gehoord ook_einde",
        above='<signal id="alarm" name="alarm"/>',
    )
    driven = run(calls)

    step = driven.complete("eerst")

    assert [each.name for each in step.signals] == ["alarm"]
    assert driven.open("gehoord")


# --- errors and escalations ---


def fails(*boundaries: str) -> bytes:
    body = "".join(
        f'<boundaryEvent id="rand_{number}" attachedToRef="meld"><errorEventDefinition {ref}/>'
        f'</boundaryEvent><userTask id="taak_{number}"/>'
        for number, ref in enumerate(boundaries)
    )
    return diagram(
        BEGIN_AND_END + '<serviceTask id="meld"/>' + body,
        "begin meld einde",
        *(f"rand_{number} taak_{number} einde" for number in range(len(boundaries))),
        above=ERRORS,
    )


def test_the_error_of_a_service_task_is_caught_by_its_code_before_one_for_all():
    driven = run(fails("", 'errorRef="ramp"', 'errorRef="fout"'))
    (key,) = driven.jobs

    step = driven.step(ServiceFailed(key, "FOUT"))

    assert [task.element_id for task in step.opened_tasks] == ["taak_2"]
    assert step.cancelled_jobs == ()


def test_an_error_that_nobody_catches_is_a_problem_of_the_task():
    driven = run(fails('errorRef="ramp"'))
    (key,) = driven.jobs

    with pytest.raises(StepError) as raised:
        driven.step(ServiceFailed(key, "FOUT"))

    assert raised.value.problem.rule == "uncaught_error"
    assert raised.value.problem.element_id == "meld"


def test_an_error_ends_what_it_is_thrown_in_however_deep():
    deep = diagram(
        BEGIN_AND_END
        + '<subProcess id="buiten"><userTask id="ernaast"/><subProcess id="binnen">'
        + '<serviceTask id="meld"/></subProcess></subProcess>'
        + '<boundaryEvent id="rand" attachedToRef="buiten"><errorEventDefinition'
        + ' errorRef="fout"/></boundaryEvent><userTask id="herstel"/>',
        "begin buiten einde",
        "rand herstel einde",
        above=ERRORS,
    )
    driven = run(deep)
    (key,) = driven.jobs

    driven.step(ServiceFailed(key, "FOUT"))

    assert [task.element_id for task in driven.tasks.values()] == ["herstel"]


def test_an_error_is_caught_by_the_event_subprocess_of_its_scope():
    caught = diagram(
        BEGIN_AND_END
        + '<parallelGateway id="splits"/><serviceTask id="meld"/><userTask id="ernaast"/>'
        + event_subprocess('<errorEventDefinition errorRef="fout"/>'),
        "begin splits meld einde",
        "splits ernaast einde",
        above=ERRORS,
    )
    driven = run(caught)
    (key,) = driven.jobs

    driven.step(ServiceFailed(key, "FOUT"))
    open_tasks = [task.element_id for task in driven.tasks.values()]
    driven.complete("bij_taak")

    assert open_tasks == ["bij_taak"]
    assert driven.status == InstanceStatus.COMPLETED


def test_an_escalation_goes_on_when_nobody_catches_it():
    escalates = diagram(
        BEGIN_AND_END
        + '<intermediateThrowEvent id="roep"><escalationEventDefinition escalationRef="hulp"/>'
        + "</intermediateThrowEvent>",
        "begin roep einde",
        above='<escalation id="hulp" name="hulp" escalationCode="HULP"/>',
    )

    assert run(escalates).status == InstanceStatus.COMPLETED


# --- event subprocesses ---


def test_an_event_subprocess_that_still_listens_does_not_keep_its_process_open():
    listens = diagram(
        BEGIN_AND_END + '<userTask id="werk"/>' + event_subprocess(timer("P1D")),
        "begin werk einde",
    )
    driven = run(listens)
    (key,) = driven.jobs

    step = driven.complete("werk")

    assert step.status == InstanceStatus.COMPLETED
    assert step.cancelled_jobs == (key,)


def test_an_event_subprocess_that_runs_keeps_its_process_open():
    listens = diagram(
        BEGIN_AND_END
        + '<userTask id="werk"/>'
        + event_subprocess(timer("P1D"), 'isInterrupting="false"'),
        "begin werk einde",
    )
    driven = run(listens)
    driven.tick()

    driven.complete("werk")
    status = driven.status
    driven.complete("bij_taak")

    assert status == InstanceStatus.ACTIVE
    assert driven.status == InstanceStatus.COMPLETED


def test_the_message_that_begins_an_event_subprocess_is_mapped_once():
    mapped = (
        '<extensionElements><zeebe:ioMapping><zeebe:output source="=reden" target="waarom"/>'
        '</zeebe:ioMapping></extensionElements><messageEventDefinition messageRef="intrekken"/>'
    )
    content = diagram(
        BEGIN_AND_END + '<userTask id="werk"/>' + event_subprocess(mapped),
        "begin werk einde",
        above='<message id="intrekken" name="intrekken"/>',
    )
    driven = run(content)

    driven.message("intrekken", None, reden="dubbel")

    assert driven.variables == {"waarom": "dubbel"}
    assert driven.completed == ["begin", "bij_begin"]


def test_instances_of_one_definition_do_not_hear_each_others_events():
    definition = compile_set(
        {
            "proef.bpmn": diagram(
                BEGIN_AND_END
                + '<userTask id="werk"/>'
                + event_subprocess('<messageEventDefinition messageRef="intrekken"/>'),
                "begin werk einde",
                above='<message id="intrekken" name="intrekken"/>',
            )
        }
    )["proef"]
    first, second = Drive(definition), Drive(definition)
    first.start()
    first.message("intrekken")

    second.start()

    assert not second.open("bij_taak")
    assert second.open("werk")


# --- conditions ---


def test_a_condition_that_holds_already_happens_at_once_and_leaves_nothing_behind():
    both = (
        '<boundaryEvent id="rand" attachedToRef="werk"><conditionalEventDefinition>'
        "<condition>spoed</condition></conditionalEventDefinition></boundaryEvent>"
        f'<boundaryEvent id="laat" attachedToRef="werk">{timer("PT1H")}</boundaryEvent>'
    )
    driven = run(
        diagram(
            BEGIN_AND_END + '<userTask id="werk"/><userTask id="alarm"/>' + both,
            "begin werk einde",
            "rand alarm einde",
            "laat alarm",
        ),
        spoed=True,
    )

    assert [task.element_id for task in driven.tasks.values()] == ["alarm"]
    assert not driven.jobs


def test_a_scope_whose_interrupting_condition_holds_at_its_start_goes_that_way():
    condition = (
        "<conditionalEventDefinition><condition>spoed</condition></conditionalEventDefinition>"
    )
    content = diagram(
        BEGIN_AND_END + '<userTask id="werk"/>' + event_subprocess(condition), "begin werk einde"
    )

    driven = run(content, spoed=True)

    assert [task.element_id for task in driven.tasks.values()] == ["bij_taak"]


def test_a_condition_that_does_not_interrupt_happens_each_time_it_becomes_true():
    condition = (
        "<conditionalEventDefinition><condition>spoed</condition></conditionalEventDefinition>"
    )
    content = diagram(
        BEGIN_AND_END
        + '<parallelGateway id="splits"/><userTask id="werk"/><userTask id="alarm"/>'
        + '<exclusiveGateway id="weer"/><userTask id="zet"/>'
        + f'<boundaryEvent id="rand" attachedToRef="werk" cancelActivity="false">{condition}'
        + "</boundaryEvent>",
        "begin splits werk einde",
        "splits weer zet weer",
        "rand alarm",
    )
    driven = run(content)
    counts = []

    for spoed in (True, True, False, True):
        driven.complete("zet", spoed=spoed)
        counts.append(driven.open("alarm"))

    assert counts == [1, 1, 1, 2]


def test_a_cancelled_transaction_goes_on_at_its_own_boundary_event_only():
    content = diagram(
        BEGIN_AND_END
        + '<transaction id="zaak"><userTask id="werk"/><endEvent id="afbreken">'
        + '<cancelEventDefinition/></endEvent><sequenceFlow id="f" sourceRef="werk"'
        + ' targetRef="afbreken"/></transaction>',
        "begin zaak einde",
    )
    driven = run(content)

    with pytest.raises(StepError, match="uncaught_cancel"):
        driven.complete("werk")


def test_an_event_about_several_things_at_once_waits_for_all_of_them():
    content = diagram(
        BEGIN_AND_END
        + '<parallelGateway id="splits"/><userTask id="zet"/><endEvent id="ook_einde"/>'
        + '<intermediateCatchEvent id="alles" parallelMultiple="true">'
        + "<conditionalEventDefinition><condition>spoed</condition></conditionalEventDefinition>"
        + '<signalEventDefinition signalRef="alarm"/></intermediateCatchEvent>',
        "begin splits alles einde",
        "splits zet ook_einde",
        above='<signal id="alarm" name="alarm"/>',
    )
    driven = run(content)

    driven.complete("zet", spoed=True)
    status = driven.status
    driven.signal("alarm")

    assert status == InstanceStatus.ACTIVE
    assert driven.status == InstanceStatus.COMPLETED
