import pytest

from engine.bpmn.compile import compile_set
from engine.errors import StepError
from engine.model import InstanceStatus, ServiceFailed
from tests.diagrams import BEGIN_AND_END, diagram

from .driver import Drive

ZEEBE = (
    '<multiInstanceLoopCharacteristics isSequential="{order}"><extensionElements>'
    '<zeebe:loopCharacteristics inputCollection="=zaken" inputElement="zaak" {output}/>'
    "</extensionElements>{condition}</multiInstanceLoopCharacteristics>"
)
RESULTS = 'outputCollection="uitkomsten" outputElement="=uitkomst"'


def each(
    *, order: str = "false", output: str = RESULTS, condition: str = "", kind: str = "userTask"
) -> bytes:
    loop = ZEEBE.format(order=order, output=output, condition=condition)
    return diagram(
        BEGIN_AND_END
        + f'<{kind} id="bespreek">{loop}</{kind}><userTask id="daarna"/>'
        + '<boundaryEvent id="rand" attachedToRef="bespreek"><errorEventDefinition/>'
        + '</boundaryEvent><userTask id="herstel"/>',
        "begin bespreek daarna einde",
        "rand herstel einde",
    )


def run(content: bytes, **variables) -> Drive:
    driven = Drive(compile_set({"proef.bpmn": content})["proef"])
    driven.start(**variables)
    return driven


def test_every_instance_has_its_item_and_number_and_the_results_keep_the_order_of_the_items():
    driven = run(each(), zaken=["a", "b", "c"])
    seen = [
        (task.variables["zaak"], task.variables["loopCounter"]) for task in driven.tasks.values()
    ]
    keys = list(driven.tasks)

    for key in reversed(keys):
        zaak = driven.tasks[key].variables["zaak"]
        driven.tasks = {key: driven.tasks.pop(key), **driven.tasks}
        driven.complete("bespreek", uitkomst=f"{zaak}!")

    assert seen == [("a", 1), ("b", 2), ("c", 3)]
    assert driven.variables == {"zaken": ("a", "b", "c"), "uitkomsten": ("a!", "b!", "c!")}
    assert driven.open("daarna")


def test_one_after_the_other_opens_one_at_a_time():
    driven = run(each(order="true"), zaken=["a", None, "c"])
    opened = []

    while driven.open("bespreek"):
        (task,) = driven.tasks.values()
        opened.append(task.variables["zaak"])
        driven.complete("bespreek", uitkomst=len(opened))

    assert opened == ["a", None, "c"]
    assert driven.variables["uitkomsten"] == (1, 2, 3)


def test_what_an_instance_sets_stays_with_it_when_there_is_an_output_collection():
    driven = run(each(), zaken=["a", "b"])

    driven.complete("bespreek", uitkomst=1)

    (task,) = driven.tasks.values()
    assert "uitkomst" not in driven.variables
    assert task.element_id == "bespreek"


def test_without_output_collection_what_it_sets_goes_to_the_process_but_not_its_item():
    driven = run(each(output=""), zaken=["a", "b"])

    driven.complete("bespreek", uitkomst=1, zaak="x")
    driven.complete("bespreek", uitkomst=2)

    assert driven.variables == {"zaken": ("a", "b"), "uitkomst": 2}


def test_the_completion_condition_sees_the_counters_and_withdraws_the_rest():
    condition = (
        "<completionCondition>=numberOfCompletedInstances = 2 and nrOfInstances = 3 and"
        " uitkomst = 2</completionCondition>"
    )
    driven = run(each(condition=condition), zaken=["a", "b", "c"])

    driven.complete("bespreek", uitkomst=1)
    driven.complete("bespreek", uitkomst=2)

    assert not driven.open("bespreek")
    assert driven.open("daarna")
    assert driven.variables["uitkomsten"] == (1, 2, None)


def test_each_instance_is_told_and_the_flow_is_taken_once():
    driven = run(each(), zaken=["a", "b"])

    driven.complete("bespreek")
    driven.complete("bespreek")

    assert driven.completed.count("bespreek") == 2
    assert driven.flows.count("bespreek_daarna") == 1


def test_an_error_of_one_instance_ends_them_all():
    driven = run(each(kind="serviceTask"), zaken=["a", "b"])
    first, second = driven.jobs

    step = driven.step(ServiceFailed(first, "FOUT"))

    assert step.cancelled_jobs == (second,)
    assert [task.element_id for task in step.opened_tasks] == ["herstel"]


def test_what_is_no_list_cannot_be_repeated_for():
    with pytest.raises(StepError, match="no_collection"):
        run(each(), zaken="a")


def test_there_is_a_most_to_repeat_for():
    with pytest.raises(StepError, match="too_many_instances"):
        run(each(), zaken=["a"] * 1_001)


def test_nothing_to_repeat_for_goes_on_at_once():
    driven = run(each(), zaken=[])

    assert driven.open("daarna")
    assert driven.variables["uitkomsten"] == ()


def test_a_called_process_for_each_item_has_variables_of_its_own():
    called = diagram(
        BEGIN_AND_END + '<userTask id="weeg"/>', "begin weeg einde", process_id="geroepen"
    )
    loop = ZEEBE.format(order="false", output=RESULTS, condition="")
    calls = diagram(
        BEGIN_AND_END + f'<callActivity id="roep" calledElement="geroepen">{loop}</callActivity>',
        "begin roep einde",
    )
    definition = compile_set({"a.bpmn": calls, "b.bpmn": called})["proef"]
    driven = Drive(definition, keeps_cache=False)
    driven.start(zaken=["a", "b"])

    seen = sorted(str(task.variables["zaak"]) for task in driven.tasks.values())
    driven.complete("weeg", uitkomst=1)
    driven.complete("weeg", uitkomst=2)

    assert seen == ["a", "b"]
    assert driven.variables["uitkomsten"] == (1, 2)
    assert driven.status == InstanceStatus.COMPLETED


def test_a_loop_counts_its_rounds():
    loop = (
        "<standardLoopCharacteristics><loopCondition>=loopCounter &lt; 3</loopCondition>"
        "</standardLoopCharacteristics>"
    )
    driven = run(
        diagram(BEGIN_AND_END + f'<userTask id="bel">{loop}</userTask>', "begin bel einde")
    )
    rounds = 0

    while driven.open("bel"):
        driven.complete("bel")
        rounds += 1

    assert rounds == 3
    assert driven.completed == ["begin", "bel", "bel", "bel", "einde"]


def test_many_instances_that_do_not_wait_are_no_endless_loop():
    loop = ZEEBE.format(order="true", output="", condition="")
    content = diagram(
        BEGIN_AND_END
        + '<subProcess id="weeg"><scriptTask id="a"><script>som = zaak</script></scriptTask>'
        + f'<task id="b"/><sequenceFlow id="f" sourceRef="a" targetRef="b"/>{loop}</subProcess>',
        "begin weeg einde",
    )

    driven = run(content, zaken=list(range(900)))

    assert driven.status == InstanceStatus.COMPLETED
    assert driven.variables["som"] == 899


def test_a_loop_of_no_rounds_is_passed():
    content = diagram(
        BEGIN_AND_END
        + '<userTask id="bel"><standardLoopCharacteristics loopMaximum="0"/></userTask>',
        "begin bel einde",
    )

    assert run(content).status == InstanceStatus.COMPLETED
