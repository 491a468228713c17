"""Small diagrams that tests of the engine run, written as their elements and the paths on them."""

from itertools import pairwise

_FRAME = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="proef" id="proef_definities">
  {above}
  <process id="{process_id}" name="Proef" isExecutable="true">
    {body}
    {flows}
  </process>
</definitions>
"""


def diagram(body: str, *paths: str, process_id: str = "proef", above: str = "") -> bytes:
    """A BPMN file with one process.

    Args:
        body: the elements.
        paths: ids in the order in which they are joined, "begin beoordeel einde".
        above: messages, signals and errors that the elements refer to.
    """
    joined = [pair for path in paths for pair in pairwise(path.split())]
    flows = "\n    ".join(
        f'<sequenceFlow id="{source}_{target}" sourceRef="{source}" targetRef="{target}"/>'
        for source, target in dict.fromkeys(joined)
    )
    text = _FRAME.format(above=above, process_id=process_id, body=body, flows=flows)
    return text.encode()


def message(message_id: str, correlation_key: str = "=nummer") -> str:
    """A message that its receiver waits for with a correlation key; named as its id."""
    return (
        f'<message id="{message_id}" name="{message_id}"><extensionElements>'
        f'<zeebe:subscription correlationKey="{correlation_key}"/></extensionElements></message>'
    )


def timer(duration: str) -> str:
    """What makes an event wait for a length of time."""
    return f"<timerEventDefinition><timeDuration>{duration}</timeDuration></timerEventDefinition>"


BEGIN_AND_END = '<startEvent id="begin"/><endEvent id="einde"/>'

ONE_TASK = diagram(
    BEGIN_AND_END + '<userTask id="beoordeel" name="Beoordeel"/>', "begin beoordeel einde"
)

TWO_TASKS = diagram(
    BEGIN_AND_END
    + '<userTask id="beoordeel" name="Beoordeel"/><userTask id="besluit" name="Besluit"/>',
    "begin beoordeel besluit einde",
)

# A task of one lane; without manifest the name of the lane says who may take it.
IN_A_LANE = diagram(
    '<laneSet id="banen"><lane id="baan" name="aandachtsfunctionaris@venlo">'
    "<flowNodeRef>beoordeel</flowNodeRef></lane></laneSet>"
    + BEGIN_AND_END
    + '<userTask id="beoordeel" name="Beoordeel"/>',
    "begin beoordeel einde",
)

ONE_ROLE = b"""
[process]
id = "proef"
name = "Proef"
regime = "A"
domain = "signalering"

[roles.aandachtsfunctionaris]
lane = "aandachtsfunctionaris@venlo"
scope = "gemeente"
"""

TWO_LANES = diagram(
    '<laneSet id="banen"><lane id="eerste_baan" name="Melder">'
    "<flowNodeRef>beoordeel</flowNodeRef></lane>"
    '<lane id="tweede_baan" name="aandachtsfunctionaris@venlo">'
    "<flowNodeRef>besluit</flowNodeRef></lane></laneSet>"
    + BEGIN_AND_END
    + '<userTask id="beoordeel" name="Beoordeel"/><userTask id="besluit" name="Besluit"/>',
    "begin beoordeel besluit einde",
)
TWO_ROLES = (
    ONE_ROLE
    + b"""
[roles.melder]
lane = "Melder"
person = "melder"
"""
)

# Work is reminded of after a day, and taken over by someone else after three.
REMINDED = diagram(
    BEGIN_AND_END
    + '<userTask id="beoordeel" name="Beoordeel"/><userTask id="herinner" name="Herinner"/>'
    + '<userTask id="neem_over" name="Neem over"/>'
    + '<boundaryEvent id="na_een_dag" attachedToRef="beoordeel" cancelActivity="false">'
    + timer("PT24H")
    + '</boundaryEvent><boundaryEvent id="na_drie_dagen" attachedToRef="beoordeel">'
    + timer("PT72H")
    + '</boundaryEvent><endEvent id="herinnerd"/>',
    "begin beoordeel einde",
    "na_een_dag herinner herinnerd",
    "na_drie_dagen neem_over einde",
)

# Waits an hour, then gives someone work.
DELAYED = diagram(
    BEGIN_AND_END
    + '<userTask id="beoordeel" name="Beoordeel"/><intermediateCatchEvent id="wacht">'
    + timer("PT1H")
    + "</intermediateCatchEvent>",
    "begin wacht beoordeel einde",
)

# A service task whose business error leads to a task of a person.
SERVICE = diagram(
    BEGIN_AND_END
    + '<serviceTask id="bevestig"><extensionElements><zeebe:taskDefinition type="proef.bevestig"/>'
    + '</extensionElements></serviceTask><userTask id="bel_op" name="Bel op"/>'
    + '<boundaryEvent id="onbereikbaar" attachedToRef="bevestig">'
    + '<errorEventDefinition errorRef="geen_adres"/></boundaryEvent>',
    "begin bevestig einde",
    "onbereikbaar bel_op einde",
    above='<error id="geen_adres" name="geen_adres" errorCode="GEEN_ADRES"/>',
)

# Waits for the answer to its own number.
WAITS_FOR_ANSWER = diagram(
    BEGIN_AND_END
    + '<intermediateCatchEvent id="antwoord_ontvangen"><messageEventDefinition'
    + ' messageRef="antwoord"/></intermediateCatchEvent>',
    "begin antwoord_ontvangen einde",
    process_id="vraag",
    above=message("antwoord"),
)

# Sends the answer to a number, with what came of it.
SENDS_ANSWER = diagram(
    BEGIN_AND_END
    + '<intermediateThrowEvent id="verstuur_antwoord"><extensionElements><zeebe:ioMapping>'
    + '<zeebe:input source="=uitkomst" target="uitkomst"/></zeebe:ioMapping></extensionElements>'
    + '<messageEventDefinition messageRef="antwoord"/></intermediateThrowEvent>',
    "begin verstuur_antwoord einde",
    process_id="antwoord_geven",
    above=message("antwoord"),
)

# Begins when it is asked to.
BEGINS_BY_MESSAGE = diagram(
    '<startEvent id="gevraagd"><messageEventDefinition messageRef="verzoek"/></startEvent>'
    '<userTask id="beoordeel" name="Beoordeel"/><endEvent id="einde"/>',
    "gevraagd beoordeel einde",
    process_id="op_verzoek",
    above='<message id="verzoek" name="verzoek"/>',
)

HEARS_ALARM = diagram(
    BEGIN_AND_END
    + '<intermediateCatchEvent id="alarm_gehoord"><signalEventDefinition signalRef="alarm"/>'
    + "</intermediateCatchEvent>",
    "begin alarm_gehoord einde",
    process_id="luisteraar",
    above='<signal id="alarm" name="alarm"/>',
)

RAISES_ALARM = diagram(
    BEGIN_AND_END
    + '<intermediateThrowEvent id="sla_alarm"><signalEventDefinition signalRef="alarm"/>'
    + "</intermediateThrowEvent>",
    "begin sla_alarm einde",
    process_id="alarm_slaan",
    above='<signal id="alarm" name="alarm"/>',
)

# Begins whenever the alarm is raised.
BEGINS_BY_SIGNAL = diagram(
    '<startEvent id="gealarmeerd"><signalEventDefinition signalRef="alarm"/></startEvent>'
    '<userTask id="beoordeel" name="Beoordeel"/><endEvent id="einde"/>',
    "gealarmeerd beoordeel einde",
    process_id="bij_alarm",
    above='<signal id="alarm" name="alarm"/>',
)

# A choice without default: nobody knows what to do with any other colour.
CHOICE = diagram(
    BEGIN_AND_END
    + '<userTask id="kies" name="Kies"/><exclusiveGateway id="splitsing"/>'
    + '<userTask id="rood" name="Rood"/>'
    + '<sequenceFlow id="naar_rood" sourceRef="splitsing" targetRef="rood">'
    + '<conditionExpression>=kleur = "rood"</conditionExpression></sequenceFlow>'
    + '<sequenceFlow id="naar_einde" sourceRef="splitsing" targetRef="einde">'
    + '<conditionExpression>=kleur = "blauw"</conditionExpression></sequenceFlow>',
    "begin kies splitsing",
    "rood einde",
)

# One task, again and again, until someone says that it is enough.
AROUND = diagram(
    BEGIN_AND_END
    + '<userTask id="beoordeel" name="Beoordeel"/><exclusiveGateway id="klaar" default="genoeg"/>'
    + '<sequenceFlow id="nog_een_keer" sourceRef="klaar" targetRef="beoordeel">'
    + "<conditionExpression>=nog_eens</conditionExpression></sequenceFlow>"
    + '<sequenceFlow id="genoeg" sourceRef="klaar" targetRef="einde"/>',
    "begin beoordeel klaar",
)

# As CHOICE, an hour later and without a person.
DELAYED_CHOICE = diagram(
    BEGIN_AND_END
    + '<intermediateCatchEvent id="wacht">'
    + timer("PT1H")
    + '</intermediateCatchEvent><exclusiveGateway id="splitsing"/><task id="rood"/>'
    + '<sequenceFlow id="naar_rood" sourceRef="splitsing" targetRef="rood">'
    + '<conditionExpression>=kleur = "rood"</conditionExpression></sequenceFlow>'
    + '<sequenceFlow id="naar_einde" sourceRef="splitsing" targetRef="einde">'
    + '<conditionExpression>=kleur = "blauw"</conditionExpression></sequenceFlow>',
    "begin wacht splitsing",
    "rood einde",
)

# Who reads the answer depends on what it says.
ANSWER_IS_READ = diagram(
    BEGIN_AND_END
    + '<intermediateCatchEvent id="antwoord_ontvangen"><messageEventDefinition'
    + ' messageRef="antwoord"/></intermediateCatchEvent>'
    + '<exclusiveGateway id="splitsing" default="anders"/>'
    + '<userTask id="lees_ja" name="Lees ja"/><userTask id="lees_nee" name="Lees nee"/>'
    + '<sequenceFlow id="ja" sourceRef="splitsing" targetRef="lees_ja">'
    + '<conditionExpression>=uitkomst = "ja"</conditionExpression></sequenceFlow>'
    + '<sequenceFlow id="anders" sourceRef="splitsing" targetRef="lees_nee"/>',
    "begin antwoord_ontvangen splitsing",
    "lees_ja einde",
    "lees_nee einde",
    process_id="vraag",
    above=message("antwoord"),
)

# Two tasks with a timer each: completing the first ends a timer and begins another.
TIMED_TASKS = diagram(
    BEGIN_AND_END
    + '<userTask id="beoordeel" name="Beoordeel"/><userTask id="besluit" name="Besluit"/>'
    + '<boundaryEvent id="beoordeel_te_laat" attachedToRef="beoordeel" cancelActivity="false">'
    + timer("PT24H")
    + '</boundaryEvent><boundaryEvent id="besluit_te_laat" attachedToRef="besluit"'
    + ' cancelActivity="false">'
    + timer("PT24H")
    + '</boundaryEvent><endEvent id="gemeld"/>',
    "begin beoordeel besluit einde",
    "beoordeel_te_laat gemeld",
    "besluit_te_laat gemeld",
)
