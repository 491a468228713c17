"""Small processes under two regimes, and a meeting: for tests of cases that begin each other.

`melding` (A) sends `Zorg.Nodig`, with which `zorg` (C) begins; that sends `Nazorg.Nodig`, with
which `nazorg` begins in the same case. `regie` (B) can begin beside it. `overleg` (A) calls `punt`
in the case that it discusses.
"""

from engine import definitions, queries
from engine.model import SYSTEM, Value, Variables
from engine.storage.unit_of_work import UnitOfWork
from engine.tasks import UserTask
from tests.diagrams import BEGIN_AND_END, diagram, message
from tests.webapp.builders import NO_PASSWORD, Office
from webapp.casework import accounts, cases, work
from webapp.casework.access import Grant, Person
from webapp.casework.cases import CaseFile

_START = '<startEvent id="{id}"><messageEventDefinition messageRef="{name}"/></startEvent>'


def _lane(name: str, *elements: str) -> str:
    inside = "".join(f"<flowNodeRef>{each}</flowNodeRef>" for each in elements)
    return f'<laneSet id="banen"><lane id="baan" name="{name}">{inside}</lane></laneSet>'


def _task(element_id: str, name: str) -> str:
    return f'<userTask id="{element_id}" name="{name}"/>'


def _sends(name: str, inputs: str = "") -> str:
    mapped = f"<extensionElements><zeebe:ioMapping>{inputs}</zeebe:ioMapping></extensionElements>"
    event = f'<messageEventDefinition messageRef="{name}"/>'
    return f'<endEvent id="verstuurd" name="Verstuurd">{mapped if inputs else ""}{event}</endEvent>'


def _manifest(ids: str, name: str, regime: str, lane: str, rest: str = "") -> bytes:
    role, scope = {
        "Aandachtsfunctionaris": ("aandachtsfunctionaris", "gemeente"),
        "Zorg": ("zorgcoordinator", "regio"),
        "Voorzitter": ("voorzitter_screeningsoverleg", "huis"),
        "Regie": ("procesregisseur", "huis"),
    }[lane]
    return f"""
[process]
ids = [{ids}]
name = "{name}"
regime = "{regime}"
domain = "signalering"
phase = "{name}"
{rest}
[roles.{role}]
lane = "{lane}"
scope = "{scope}"
""".encode()


MELDING = {
    "melding/process.toml": _manifest('"melding"', "Melding", "A", "Aandachtsfunctionaris"),
    "melding/melding.bpmn": diagram(
        _lane("Aandachtsfunctionaris", "doorsturen")
        + _START.format(id="begin", name="Melding.Binnen")
        + _task("doorsturen", "Doorsturen")
        + _sends("Zorg.Nodig", '<zeebe:input source="=grond" target="grondslag"/>'),
        "begin doorsturen verstuurd",
        process_id="melding",
        above=message("Melding.Binnen", "=zaaknummer") + message("Zorg.Nodig", "=zaaknummer"),
    ),
}
_STOPS = """
<subProcess id="bij_stoppen" name="De cliënt stopt" triggeredByEvent="true">
  <startEvent id="stopt" name="De cliënt stopt">
    <messageEventDefinition messageRef="Client.Stopt"/></startEvent>
  <userTask id="rond_af" name="Afronden"/><endEvent id="afgerond"/>
  <sequenceFlow id="stopt_rond_af" sourceRef="stopt" targetRef="rond_af"/>
  <sequenceFlow id="rond_af_afgerond" sourceRef="rond_af" targetRef="afgerond"/>
</subProcess>"""
_STOP_FORM = b"""{"type": "default", "schemaVersion": 19, "id": "stopt", "name": "Stopt",
"components": [
  {"id": "veld_1", "key": "wat", "type": "textarea", "label": "Wat is er gebeurd?",
   "validate": {"required": true},
   "properties": {"target": "case:care_plan.stop_what", "class": "B"}},
  {"id": "veld_2", "key": "spoed", "type": "checkbox", "label": "Is er haast?",
   "properties": {"target": "process:spoed", "class": "-"}}]}"""
ZORG = {
    "zorg/process.toml": _manifest('"zorg"', "Zorg", "C", "Zorg")
    + b"""
[begins."Zorg.Nodig"]
takes = { person_identity = "person_identity", "signal_core.what" = "care_intake.question" }

[events."Client.Stopt"]
title = "De client stopt"
form = "stopt"
roles = ["zorgcoordinator"]

[case.sections.person_identity]
title = "De client"

[case.sections.care_intake]
title = "Intake"

[case.sections.care_plan]
title = "Plan"
""",
    "zorg/stopt.form": _STOP_FORM,
    "zorg/zorg.bpmn": diagram(
        _lane("Zorg", "intake", "bij_stoppen")
        + _START.format(id="begin", name="Zorg.Nodig")
        + _task("intake", "Intake")
        + _STOPS
        + _sends("Nazorg.Nodig"),
        "begin intake verstuurd",
        process_id="zorg",
        above="".join(
            message(name, "=zaaknummer") for name in ("Zorg.Nodig", "Nazorg.Nodig", "Client.Stopt")
        ),
    ),
}
NAZORG = {
    "nazorg/process.toml": _manifest('"nazorg"', "Nazorg", "C", "Zorg"),
    "nazorg/nazorg.bpmn": diagram(
        _lane("Zorg", "contact")
        + _START.format(id="begin", name="Nazorg.Nodig")
        + _task("contact", "Contact")
        + '<endEvent id="einde"/>',
        "begin contact einde",
        process_id="nazorg",
        above=message("Nazorg.Nodig", "=zaaknummer"),
    ),
}
REGIE = {
    "regie/process.toml": _manifest('"regie"', "Regie", "B", "Regie"),
    "regie/regie.bpmn": diagram(
        _lane("Regie", "wegen")
        + _START.format(id="begin", name="Regie.Nodig")
        + _task("wegen", "Wegen")
        + '<endEvent id="einde"/>',
        "begin wegen einde",
        process_id="regie",
        above=message("Regie.Nodig", "=zaaknummer"),
    ),
}
OVERLEG = {
    "overleg/process.toml": _manifest(
        '"overleg", "punt"', "Overleg", "A", "Voorzitter", 'number_prefix = "O"'
    ),
    "overleg/overleg.bpmn": diagram(
        _lane("Voorzitter", "bespreek", "verslag")
        + _START.format(id="begin", name="Overleg.Nodig")
        + '<startEvent id="spoed"><signalEventDefinition signalRef="Overleg.Spoed"/></startEvent>'
        + '<callActivity id="bespreek" name="Bespreken"><extensionElements>'
        + '<zeebe:calledElement processId="punt"/><zeebe:properties>'
        + '<zeebe:property name="businessKey" value="=zaak"/></zeebe:properties>'
        + "</extensionElements></callActivity>"
        + _task("verslag", "Verslag")
        + '<endEvent id="einde"/>',
        "begin bespreek verslag einde",
        "spoed bespreek",
        process_id="overleg",
        above=message("Overleg.Nodig", "=huis")
        + '<signal id="Overleg.Spoed" name="Overleg.Spoed"/>',
    ),
    "overleg/punt.bpmn": diagram(
        _lane("Voorzitter", "beslis") + BEGIN_AND_END + _task("beslis", "Beslissen"),
        "begin beslis einde",
        process_id="punt",
    ),
}


class Chain(Office):
    """The office with the chain deployed, and who works in it.

    Attributes:
        zoe, wim: zorgcoordinator of the region.
    """

    def __init__(self, office: Office) -> None:
        self.__dict__.update(office.__dict__)
        with self.database.unit_of_work(SYSTEM) as uow:
            self.zoe: Person = _coordinator(uow, "zoe", "Zoë Zand")
            self.wim: Person = _coordinator(uow, "wim", "Wim Wold")
            for files in (MELDING, ZORG, NAZORG, REGIE, OVERLEG):
                definitions.deploy(uow, files)

    def receive(self, name: str, key: str | None = None, **variables: Value) -> CaseFile:
        """A message from outside, and everything that the worker does after it."""
        with self.database.unit_of_work(SYSTEM) as uow:
            number = work.receive_message(uow, name, key, variables).business_key
        self.worker.run_due()
        return self.case(number)

    def signal(self, **values: Value) -> CaseFile:
        """A signal from outside in Venlo, about Ana."""
        brought: Variables = {"gemeente": "venlo", "grond": "toestemming", **values}
        case = self.receive("Melding.Binnen", None, **brought)
        known = {"person_identity": {"name": "Ana Pérez", "birth_year": "2003"}}
        with self.database.unit_of_work(SYSTEM) as uow:
            cases.record(uow, case, {**known, "signal_core": {"what": "Zij is bang.", "kvk": "1"}})
        return case

    def confirm(self, person: Person, case: CaseFile, name: str) -> UserTask:
        """*person* takes the open task of this name and confirms it; the worker does the rest."""
        (task,) = (one for one in self.tasks(case) if one.name == name)
        if task.assignee is None:
            task = self.do(person, work.claim_task, task.id, revision=task.revision)
        self.complete(person, task)
        self.worker.run_due()
        return task

    def tasks(self, case: CaseFile) -> tuple[UserTask, ...]:
        """The open tasks of a case."""
        return self.read(lambda uow: queries.open_tasks(uow, case.number))

    def begun_from(self, case: CaseFile) -> CaseFile:
        """The other case of the same road."""
        mates = self.read(lambda uow: cases.of_path(uow, case.path))
        (mate,) = (mate for mate in mates if mate.number != case.number)
        return mate


def _coordinator(uow: UnitOfWork, login_name: str, name: str) -> Person:
    grants = frozenset({Grant("zorgcoordinator", "limburg")})
    return accounts.create(uow, login_name, name, NO_PASSWORD, grants)
