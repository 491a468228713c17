"""Deployments: whole folders in versions, all or nothing."""

import threading

import pytest

from engine import definitions
from engine.errors import InvalidInputError, NotFoundError, Problem, StepError
from engine.model import InstanceStatus
from engine.storage.tables import deployment, process_definition
from tests import diagrams
from tests.builders import ANNA, Engine


def test_a_folder_gets_one_version_for_all_it_holds(engine: Engine) -> None:
    first = engine.deploy(diagrams.ONE_TASK, diagrams.WAITS_FOR_ANSWER)
    second = engine.deploy(diagrams.TWO_TASKS, diagrams.WAITS_FOR_ANSWER)

    assert [first.version, second.version] == [1, 2]
    assert {each.process_id for each in second.definitions} == {"proef", "vraag"}
    assert {each.version for each in second.definitions} == {2}


def test_deploying_the_same_files_twice_is_once(engine: Engine) -> None:
    first = engine.deploy(diagrams.ONE_TASK)

    again = engine.deploy(diagrams.ONE_TASK)

    assert first.is_new
    assert not again.is_new
    assert again.id == first.id
    assert again.definitions == first.definitions
    assert engine.count(deployment) == engine.count(process_definition) == 1


def test_deploying_the_same_files_twice_at_once_is_once(engine: Engine) -> None:
    threads = [threading.Thread(target=engine.deploy, args=(diagrams.ONE_TASK,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert engine.count(deployment) == engine.count(process_definition) == 1


def test_what_is_refused_leaves_nothing(engine: Engine) -> None:
    with pytest.raises(InvalidInputError) as refused:
        engine.deploy(diagrams.ONE_TASK, b"<definitions")

    assert {problem.file for problem in _problems(refused.value)} == {"proef/1.bpmn"}
    assert engine.count(deployment) == engine.count(process_definition) == 0


def test_a_topic_that_nobody_handles_is_refused(engine: Engine) -> None:
    files = {"proef/proef.bpmn": diagrams.SERVICE}

    with pytest.raises(InvalidInputError) as refused, engine.unit_of_work() as uow:
        definitions.deploy(uow, files, topics=["iets.anders"])

    (problem,) = _problems(refused.value)
    assert (problem.rule, problem.element_id) == ("topic_without_handler", "bevestig")
    assert engine.count(deployment) == 0


def test_two_folders_at_once_are_refused(engine: Engine) -> None:
    files = {"een/een.bpmn": diagrams.ONE_TASK, "twee/twee.bpmn": diagrams.WAITS_FOR_ANSWER}

    with pytest.raises(InvalidInputError, match="several_folders"), engine.unit_of_work() as uow:
        definitions.deploy(uow, files)


def test_a_folder_without_manifest_has_no_roles_though_the_shared_folder_has(
    engine: Engine,
) -> None:
    with engine.unit_of_work() as uow:
        definitions.deploy(uow, SHARED)
    engine.deploy(diagrams.ONE_TASK, folder="proef")

    (task,) = engine.open_tasks(engine.start())

    assert (task.role, task.candidate) == (None, "")


def test_a_folder_runs_with_the_shared_folder_it_was_deployed_with(engine: Engine) -> None:
    shared = engine.deploy(diagrams.ONE_TASK, folder="gedeeld")
    own = engine.deploy(diagrams.WAITS_FOR_ANSWER, folder="vragen")
    engine.deploy(diagrams.TWO_TASKS, folder="gedeeld")

    assert own.uses == (shared.id,)
    with engine.unit_of_work() as uow:
        files = definitions.files(uow, own.definitions[0].id)
    assert files == {
        "gedeeld/0.bpmn": diagrams.ONE_TASK,
        "vragen/0.bpmn": diagrams.WAITS_FOR_ANSWER,
    }


def test_a_new_shared_folder_makes_the_same_files_a_new_version(engine: Engine) -> None:
    engine.deploy(diagrams.ONE_TASK, folder="gedeeld")
    engine.deploy(diagrams.WAITS_FOR_ANSWER, folder="vragen")
    engine.deploy(diagrams.TWO_TASKS, folder="gedeeld")

    again = engine.deploy(diagrams.WAITS_FOR_ANSWER, folder="vragen")

    assert (again.version, again.is_new) == (2, True)


def test_new_instances_run_the_newest_version(engine: Engine) -> None:
    engine.deploy(diagrams.ONE_TASK)
    newest = engine.deploy(diagrams.TWO_TASKS)

    assert engine.start().definition_id == newest.definitions[0].id


def test_the_diagram_of_a_version_is_the_file_that_draws_the_process(engine: Engine) -> None:
    deployed = engine.deploy(diagrams.ONE_TASK, diagrams.WAITS_FOR_ANSWER)
    with engine.unit_of_work() as uow:
        found = {
            each.process_id: definitions.diagram(uow, each.id) for each in deployed.definitions
        }

    assert found == {"proef": diagrams.ONE_TASK, "vraag": diagrams.WAITS_FOR_ANSWER}


@pytest.mark.parametrize("name", ["latest", "get"])
def test_what_was_never_deployed_is_not_found(engine: Engine, name: str) -> None:
    with engine.unit_of_work() as uow, pytest.raises(NotFoundError):
        getattr(definitions, name)(uow, "onbekend")


def test_the_manifest_says_who_may_take_the_tasks_of_a_lane(engine: Engine) -> None:
    _deploy_with_manifest(engine)

    task = engine.open_tasks(engine.start(gemeente="roermond"))[0]

    assert task.role == "aandachtsfunctionaris"
    assert task.candidate == "aandachtsfunctionaris@roermond"


def test_a_process_that_does_not_say_who_has_the_work_does_not_start(engine: Engine) -> None:
    _deploy_with_manifest(engine)

    with pytest.raises(StepError, match="lane_without_scope"):
        engine.start()


SHARED_CALL = diagrams.diagram(
    '<laneSet id="banen"><lane id="baan" name="Zorg"><flowNodeRef>leg_contact</flowNodeRef></lane>'
    '<lane id="baan2" name="aandachtsfunctionaris@venlo"><flowNodeRef>vraag_na</flowNodeRef>'
    "</lane></laneSet>"
    + diagrams.BEGIN_AND_END
    + '<userTask id="leg_contact" name="Leg contact"><extensionElements>'
    + '<zeebe:formDefinition formId="contact"/></extensionElements></userTask>'
    + '<businessRuleTask id="regel" name="Regel"><extensionElements><zeebe:calledDecision'
    + ' decisionId="advies" resultVariable="advies"/></extensionElements></businessRuleTask>'
    + '<userTask id="vraag_na" name="Vraag na"/>',
    "begin leg_contact regel vraag_na einde",
    process_id="contact",
)
SHARED = {
    "gedeeld/contact.bpmn": SHARED_CALL,
    "gedeeld/forms/contact.form": b'{"id": "contact", "schemaVersion": 19, "components": []}',
    "gedeeld/process.toml": b"""
[process]
name = "Gedeeld"

[roles.zorgcoordinator]
lane = "Zorg"
scope = "regio"
""",
    "gedeeld/decisions/advies.dmn": b'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/'
    b'MODEL/" id="d" namespace="n"><decision id="advies" name="advies"><literalExpression>'
    b"<text>1</text></literalExpression></decision></definitions>",
}
CALLER = diagrams.diagram(
    diagrams.BEGIN_AND_END + '<callActivity id="roep" name="Roep" calledElement="contact"/>',
    "begin roep einde",
)


def test_a_called_process_of_the_shared_folder_has_its_own_roles_forms_and_decisions(
    engine: Engine,
) -> None:
    with engine.unit_of_work() as uow:
        definitions.deploy(uow, SHARED)
    with engine.unit_of_work() as uow:
        definitions.deploy(
            uow, {"proef/proef.bpmn": CALLER, "proef/process.toml": diagrams.ONE_ROLE}
        )
    instance = engine.start(gemeente="venlo", regio="limburg")

    (contact,) = engine.open_tasks(instance)
    with engine.unit_of_work() as uow:
        assert definitions.form(uow, instance.definition_id, contact.form_key or "").id == "contact"
    assert (contact.role, contact.candidate) == ("zorgcoordinator", "zorgcoordinator@limburg")
    assert contact.process_id == "contact"
    engine.complete(contact)
    (asked,) = engine.open_tasks(instance)
    assert asked.candidate == "aandachtsfunctionaris@venlo"
    assert engine.complete(asked).status == InstanceStatus.COMPLETED


def test_the_role_of_the_caller_goes_before_that_of_the_shared_folder(engine: Engine) -> None:
    own = diagrams.ONE_ROLE + b'[roles.casusregisseur]\nlane = "Zorg"\nscope = "gemeente"\n'
    with engine.unit_of_work() as uow:
        definitions.deploy(uow, {**SHARED, "proef/proef.bpmn": CALLER, "proef/process.toml": own})

    (task,) = engine.open_tasks(engine.start(gemeente="venlo", regio="limburg"))

    assert task.candidate == "casusregisseur@venlo"


def _problems(error: InvalidInputError) -> list[Problem]:
    return [problem for problem in error.problems if isinstance(problem, Problem)]


def _deploy_with_manifest(engine: Engine) -> None:
    files = {"proef/proef.bpmn": diagrams.IN_A_LANE, "proef/process.toml": diagrams.ONE_ROLE}
    with engine.database.unit_of_work(ANNA) as uow:
        definitions.deploy(uow, files)
