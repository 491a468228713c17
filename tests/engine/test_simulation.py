"""A simulation: diagrams run to their end in memory, on a clock that only it moves."""

from datetime import UTC, datetime, timedelta

import pytest

from engine.errors import InvalidInputError, NotFoundError
from engine.simulation import EPOCH, Trace, simulate
from tests import diagrams
from tests.diagrams import BEGIN_AND_END, diagram, timer

DAY = timedelta(days=1)
FOUR_DAYS = timedelta(days=4)


def run(*files: bytes, process_id: str = "proef", until: timedelta = DAY, **given: object) -> Trace:
    named = {f"{number}.bpmn": content for number, content in enumerate(files)}
    return simulate(named, process_id, until=until, **given)  # type: ignore[arg-type]


def test_elements_are_told_in_order_without_sequence_flows() -> None:
    trace = run(diagrams.TWO_TASKS)

    assert trace.elements == ("begin", "beoordeel", "besluit", "einde")
    assert (trace.state, trace.error) == ("completed", None)


def test_a_user_task_is_completed_with_its_next_answer() -> None:
    answers = {"beoordeel": [{"nog_eens": True}, {"nog_eens": True}, {"nog_eens": False}]}

    trace = run(diagrams.AROUND, answers=answers)

    assert trace.elements.count("beoordeel") == 3
    assert trace.variables == {"nog_eens": False}


def test_an_answer_that_is_missing_is_null() -> None:
    trace = run(diagrams.AROUND)

    assert trace.elements == ("begin", "beoordeel", "klaar", "einde")


def test_a_service_task_completes_with_nothing() -> None:
    trace = run(diagrams.SERVICE, variables={"melder": "anna"})

    assert trace.elements == ("begin", "bevestig", "einde")
    assert trace.variables == {"melder": "anna"}


def test_the_clock_runs_as_long_as_it_is_told() -> None:
    waiting = run(diagrams.DELAYED, until=timedelta(minutes=59))
    done = run(diagrams.DELAYED, until=timedelta(minutes=60))

    assert (waiting.state, waiting.elements) == ("waiting", ("begin",))
    assert (done.state, done.elements[1]) == ("completed", "wacht")


def test_a_boundary_event_that_fires_is_told() -> None:
    trace = run(REMINDED_BY_TIME, until=FOUR_DAYS)

    assert trace.elements == ("begin", "ga", "na_een_dag", "herinnerd", "na_drie_dagen", "einde")


def test_timers_fire_in_the_order_in_which_they_are_due() -> None:
    body = BEGIN_AND_END + '<parallelGateway id="samen"/>'
    for name, hours in (("derde", 3), ("eerste", 1), ("tweede", 2)):
        body += f'<intermediateCatchEvent id="{name}">{timer(f"PT{hours}H")}'
        body += "</intermediateCatchEvent>"
    paths = [f"samen {name} einde" for name in ("derde", "eerste", "tweede")]

    trace = run(diagram(body, "begin samen", *paths))

    fired = [name for name in trace.elements if name not in {"begin", "samen", "einde"}]
    assert fired == ["eerste", "tweede", "derde"]


def test_the_clock_begins_where_it_is_told() -> None:
    start = datetime(2030, 6, 1, tzinfo=UTC)

    trace = run(TELLS_TIME, start=start)

    assert trace.variables["begonnen"] == start
    assert run(TELLS_TIME).variables["begonnen"] == EPOCH


def test_the_same_simulation_gives_the_same_trace() -> None:
    again = {"beoordeel": [{"nog_eens": True}]}

    assert run(diagrams.AROUND, answers=again) == run(diagrams.AROUND, answers=again)


def test_a_message_reaches_the_process_that_was_started_first() -> None:
    trace = run(
        diagrams.SENDS_ANSWER,
        diagrams.WAITS_FOR_ANSWER,
        process_id="antwoord_geven",
        start_first=["vraag"],
        variables={"nummer": "7"},
    )

    assert trace.elements.count("antwoord_ontvangen") == 1
    assert trace.state == "completed"


def test_a_message_with_another_key_reaches_nobody() -> None:
    other = diagrams.SENDS_ANSWER.replace(b'"=nummer"', b'"=8"')

    trace = run(
        diagrams.WAITS_FOR_ANSWER,
        other,
        process_id="vraag",
        start_first=["antwoord_geven"],
        variables={"nummer": "7"},
    )

    assert trace.state == "waiting"


def test_a_message_sent_too_early_arrives_when_someone_waits() -> None:
    trace = run(
        diagrams.WAITS_FOR_ANSWER,
        diagrams.SENDS_ANSWER,
        process_id="vraag",
        start_first=["antwoord_geven"],
        variables={"nummer": "7"},
    )

    assert trace.state == "completed"


def test_a_message_that_a_process_begins_with_starts_it() -> None:
    asks = diagram(
        BEGIN_AND_END + '<intermediateThrowEvent id="vraag_erom"><messageEventDefinition'
        ' messageRef="verzoek"/></intermediateThrowEvent>',
        "begin vraag_erom einde",
        above='<message id="verzoek" name="verzoek"/>',
    )

    trace = run(asks, diagrams.BEGINS_BY_MESSAGE)

    assert trace.elements[-3:] == ("gevraagd", "beoordeel", "einde")


def test_a_signal_reaches_all_who_wait() -> None:
    trace = run(
        diagrams.RAISES_ALARM,
        diagrams.HEARS_ALARM,
        process_id="alarm_slaan",
        start_first=["luisteraar", "luisteraar"],
    )

    assert trace.elements.count("alarm_gehoord") == 2


def test_what_cannot_go_on_fails_at_its_element() -> None:
    trace = run(diagrams.CHOICE, answers={"kies": [{"kleur": "groen"}]})

    assert trace.state == "failed"
    assert trace.error is not None
    assert trace.error.element_id == "splitsing"
    assert trace.elements == ("begin", "kies")


def test_an_error_that_nobody_catches_fails_the_simulation() -> None:
    thrown = diagram(
        '<startEvent id="begin"/><scriptTask id="reken"><script>a = 1</script></scriptTask>'
        '<endEvent id="mislukt"><errorEventDefinition errorRef="fout"/></endEvent>',
        "begin reken mislukt",
        above='<error id="fout" name="fout" errorCode="FOUT"/>',
    )

    trace = run(thrown)

    assert trace.state == "failed"
    assert trace.error is not None
    assert trace.error.element_id == "mislukt"
    assert trace.elements[:2] == ("begin", "reken")


def test_who_waits_for_what_can_never_come_waits_and_is_told_so() -> None:
    body = BEGIN_AND_END + '<exclusiveGateway id="kies" default="links"/><task id="werk"/>'
    body += '<parallelGateway id="samen"/>'
    body += '<sequenceFlow id="links" sourceRef="kies" targetRef="werk"/>'
    body += '<sequenceFlow id="rechts" sourceRef="kies" targetRef="samen">'
    body += "<conditionExpression>=false</conditionExpression></sequenceFlow>"

    trace = run(diagram(body, "begin kies", "werk samen einde"))

    assert trace.state == "waiting"
    assert trace.error is not None
    assert trace.error.element_id == "samen"
    assert trace.elements == ("begin", "kies", "werk")


def test_a_loop_without_end_is_ended() -> None:
    trace = run(diagrams.AROUND, answers={}, variables={"nog_eens": True})

    assert trace.state == "failed"
    assert trace.error is not None
    assert trace.error.rule == "too_many_steps"


def test_a_process_that_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFoundError, match="process_not_found"):
        run(diagrams.ONE_TASK, process_id="onbekend")


def test_a_diagram_that_cannot_run_is_refused() -> None:
    with pytest.raises(InvalidInputError):
        run(b"<definitions")


REMINDED_BY_TIME = diagram(
    BEGIN_AND_END
    + f'<subProcess id="werk"><startEvent id="ga"/><intermediateCatchEvent id="duurt">'
    f'{timer("P10D")}</intermediateCatchEvent><endEvent id="klaar"/>'
    '<sequenceFlow id="f1" sourceRef="ga" targetRef="duurt"/>'
    '<sequenceFlow id="f2" sourceRef="duurt" targetRef="klaar"/></subProcess>'
    f'<boundaryEvent id="na_een_dag" attachedToRef="werk" cancelActivity="false">{timer("PT24H")}'
    f'</boundaryEvent><boundaryEvent id="na_drie_dagen" attachedToRef="werk">{timer("PT72H")}'
    '</boundaryEvent><endEvent id="herinnerd"/>',
    "begin werk einde",
    "na_een_dag herinnerd",
    "na_drie_dagen einde",
)

TELLS_TIME = diagram(
    BEGIN_AND_END + '<scriptTask id="kijk"><script>begonnen = nu()</script></scriptTask>',
    "begin kijk einde",
)


MEETING = diagram(
    BEGIN_AND_END
    + '<callActivity id="behandel" calledElement="item"><extensionElements><zeebe:properties>'
    + '<zeebe:property name="businessKey" value="=zaak"/></zeebe:properties></extensionElements>'
    + '<multiInstanceLoopCharacteristics isSequential="true"><extensionElements>'
    + '<zeebe:loopCharacteristics inputCollection="=zaken" inputElement="zaak"'
    + ' outputCollection="besluiten" outputElement="=besluit"/></extensionElements>'
    + '</multiInstanceLoopCharacteristics></callActivity><task id="verslag"/><task id="opvang"/>'
    + '<boundaryEvent id="rand" attachedToRef="behandel"><errorEventDefinition/></boundaryEvent>'
    + '<boundaryEvent id="laat" attachedToRef="behandel">'
    + timer("P3D")
    + "</boundaryEvent>",
    "begin behandel verslag einde",
    "rand opvang einde",
    "laat opvang",
)


def item(end: str = '<endEvent id="klaar"/>', before: str = "") -> bytes:
    return diagram(
        f'<startEvent id="item_begin"/><userTask id="beslis"/>{end}{before}',
        f"item_begin {'wacht ' if before else ''}beslis klaar",
        process_id="item",
        above='<error id="fout" errorCode="FOUT"/>',
    )


def test_a_call_in_a_case_of_its_own_gives_back_what_it_set() -> None:
    answers = {"beslis": [{"besluit": "ja"}, {"besluit": "nee"}]}

    trace = run(MEETING, item(), variables={"zaken": ["S-1", "S-2"]}, answers=answers)

    assert trace.state == "completed"
    assert trace.variables["besluiten"] == ("ja", "nee")
    assert trace.elements.count("beslis") == 2


def test_the_error_of_a_call_in_a_case_of_its_own_reaches_its_edge() -> None:
    fails = item('<endEvent id="klaar"><errorEventDefinition errorRef="fout"/></endEvent>')

    trace = run(MEETING, fails, variables={"zaken": ["S-1"]})

    assert (trace.state, "opvang" in trace.elements) == ("completed", True)


def test_a_call_in_a_case_of_its_own_that_is_withdrawn_does_nothing_any_more() -> None:
    slow = item(
        before=f'<intermediateCatchEvent id="wacht">{timer("P4D")}</intermediateCatchEvent>'
    )

    trace = run(MEETING, slow, until=timedelta(days=9), variables={"zaken": ["S-1"]})

    assert "opvang" in trace.elements
    assert "beslis" not in trace.elements


def test_a_signal_begins_what_starts_with_it() -> None:
    trace = run(diagrams.RAISES_ALARM, diagrams.BEGINS_BY_SIGNAL, process_id="alarm_slaan")

    assert "beoordeel" in trace.elements
