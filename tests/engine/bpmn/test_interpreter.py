import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from engine.bpmn import cache, interpreter
from engine.bpmn.compile import Definition, compile_set
from engine.bpmn.interpreter import advance, task_variables
from engine.errors import ConflictError, LimitError, StepError
from engine.model import (
    Cancel,
    ClosedTask,
    CompleteTask,
    ElementOutcome,
    InstanceStatus,
    Start,
)
from engine.timers import DUTCH_CALENDAR
from tests.diagrams import BEGIN_AND_END, ONE_TASK, TWO_TASKS, diagram, timer

from .driver import MONDAY, Drive

LOOP = diagram(
    BEGIN_AND_END
    + '<userTask id="beoordeel"/><exclusiveGateway id="klaar" default="klaar_einde"/>'
    + '<sequenceFlow id="nog_eens" sourceRef="klaar" targetRef="beoordeel">'
    + "<conditionExpression>=nog_eens</conditionExpression></sequenceFlow>",
    "begin beoordeel klaar einde",
)


def compiled(content: bytes, process_id: str = "proef") -> Definition:
    return compile_set({"proef.bpmn": content})[process_id]


def run(content: bytes, **variables) -> Drive:
    driven = Drive(compiled(content))
    driven.start(**variables)
    return driven


def chain(kind: str, length: int, inside: str = "") -> bytes:
    ids = [f"stap_{number}" for number in range(length)]
    body = "".join(f'<{kind} id="{each}">{inside}</{kind}>' for each in ids)
    return diagram(BEGIN_AND_END + body, f"begin {' '.join(ids)} einde")


def test_a_loop_around_one_task_runs_5000_rounds_and_stays_small():
    driven = run(LOOP)
    driven.complete("beoordeel", nog_eens=True)
    first = len(driven.state)

    for _ in range(4_998):
        driven.complete("beoordeel", nog_eens=True)
    last = len(driven.state)
    driven.complete("beoordeel", nog_eens=False)

    assert last <= first + 10  # the numbers of the tokens have become longer
    assert driven.status == InstanceStatus.COMPLETED
    assert driven.completed.count("beoordeel") == 5_000


def test_a_late_round_of_a_loop_is_as_fast_as_the_first():
    definition = compiled(LOOP)

    def best(state: bytes, key: str) -> float:
        times = []
        for _ in range(50):
            cache.clear()
            began = time.perf_counter()
            advance(
                definition, state, CompleteTask(key, {"nog_eens": True}), MONDAY, DUTCH_CALENDAR
            )
            times.append(time.perf_counter() - began)
        return min(times)

    driven = run(LOOP)
    early = (driven.state, next(iter(driven.tasks)))
    for _ in range(1_000):
        driven.complete("beoordeel", nog_eens=True)
    late = (driven.state, next(iter(driven.tasks)))

    assert best(*late) < 2 * best(*early)


@pytest.mark.parametrize(
    ("kind", "inside"), [("userTask", ""), ("scriptTask", "<script>a = 1</script>")]
)
def test_a_chain_of_a_thousand_tasks_runs(kind, inside):
    driven = run(chain(kind, 1_000, inside))

    while driven.tasks:
        driven.complete(next(iter(driven.tasks.values())).element_id)

    assert driven.status == InstanceStatus.COMPLETED
    assert driven.completed[-2:] == ["stap_999", "einde"]


def test_a_loop_that_never_waits_is_ended():
    endless = diagram(
        '<startEvent id="begin"/><scriptTask id="tel"><script>n = n + 1</script></scriptTask>',
        "begin tel",
        "tel tel",
    )

    with pytest.raises(StepError) as raised:
        run(endless, n=0)

    assert raised.value.problem.rule == "endless_loop"
    assert raised.value.problem.element_id == "tel"


def test_a_process_that_calls_itself_for_ever_is_ended():
    endless = diagram(
        BEGIN_AND_END + '<callActivity id="roep" calledElement="proef"/>', "begin roep einde"
    )

    with pytest.raises(StepError, match="call_depth"):
        run(endless)


def test_a_gateway_that_waits_for_what_cannot_come_is_a_problem():
    stuck = diagram(
        BEGIN_AND_END
        + '<exclusiveGateway id="kies" default="kies_links"/><task id="links"/><task id="rechts"/>'
        + '<parallelGateway id="samen"/><sequenceFlow id="kies_rechts" sourceRef="kies"'
        + ' targetRef="rechts"><conditionExpression>ja</conditionExpression></sequenceFlow>',
        "begin kies links samen einde",
        "rechts samen",
    )

    with pytest.raises(StepError) as raised:
        run(stuck)

    assert raised.value.problem.rule == "deadlock"
    assert raised.value.problem.element_id == "samen"


def test_a_completed_task_is_among_the_closed_ones():
    driven = run(TWO_TASKS)
    (key,) = driven.tasks

    step = driven.complete("beoordeel")

    assert step.closed_tasks == (ClosedTask(key, "beoordeel", ElementOutcome.COMPLETED),)
    assert [task.element_id for task in step.opened_tasks] == ["besluit"]


def test_events_tell_the_flows_that_were_taken_in_order():
    step = run(ONE_TASK).complete("beoordeel")

    assert [(each.element_id, each.outcome.value, each.flow_ids) for each in step.events] == [
        ("beoordeel", "completed", ("beoordeel_einde",)),
        ("einde", "entered", ()),
        ("einde", "completed", ()),
    ]


def test_a_cancelled_instance_withdraws_all_that_is_open():
    guarded = diagram(
        BEGIN_AND_END
        + '<subProcess id="deel"><userTask id="beoordeel"/><serviceTask id="meld"/></subProcess>'
        + f'<boundaryEvent id="te_laat" attachedToRef="deel">{timer("PT1H")}</boundaryEvent>',
        "begin deel einde",
        "te_laat einde",
    )
    driven = run(guarded)

    step = driven.step(Cancel())

    assert step.status == InstanceStatus.CANCELLED
    assert [each.outcome for each in step.closed_tasks] == [ElementOutcome.CANCELLED]
    assert (driven.tasks, driven.jobs) == ({}, {})
    assert ("deel", ElementOutcome.CANCELLED) in {
        (each.element_id, each.outcome) for each in step.events
    }


def test_a_key_that_nothing_waits_under_is_a_problem():
    driven = run(ONE_TASK)

    with pytest.raises(StepError) as raised:
        driven.step(CompleteTask("999"))

    assert raised.value.problem.rule == "nothing_waits"


def test_an_instance_begins_once():
    driven = run(ONE_TASK)

    with pytest.raises(StepError, match="already_started"):
        driven.start()


def test_a_state_of_another_process_is_refused():
    state = run(ONE_TASK).state
    other = compiled(diagram(BEGIN_AND_END, "begin einde", process_id="ander"), "ander")

    with pytest.raises(ConflictError, match="state_of_another"):
        advance(other, state, Cancel(), MONDAY, DUTCH_CALENDAR)


def test_a_state_does_not_grow_without_end():
    driven = run(ONE_TASK)

    with pytest.raises(LimitError, match="state_too_large"):
        driven.complete("beoordeel", **{f"naam_{number}": "x" * 1_000 for number in range(1_000)})


def test_a_step_that_fails_has_changed_nothing():
    choice = diagram(
        BEGIN_AND_END
        + '<userTask id="kies"/>'
        + '<scriptTask id="reken"><script>som = 1 + keuze</script></scriptTask>'
        + '<exclusiveGateway id="splitsing"/>'
        + '<sequenceFlow id="verder" sourceRef="splitsing" targetRef="einde">'
        + "<conditionExpression>som = 3</conditionExpression></sequenceFlow>"
        + '<sequenceFlow id="terug" sourceRef="splitsing" targetRef="kies">'
        + "<conditionExpression>som = 4</conditionExpression></sequenceFlow>",
        "begin kies reken splitsing",
    )
    driven = run(choice)
    state, (key,) = driven.state, driven.tasks

    with pytest.raises(StepError) as raised:
        driven.complete("kies", keuze=7)
    step = driven.complete("kies", keuze=2)

    assert raised.value.problem.rule == "no_flow_taken"
    assert raised.value.element_ids == ("kies", "reken")
    assert task_variables(driven.definition, state, key) == {}
    assert step.status == InstanceStatus.COMPLETED


def test_a_preview_leaves_no_trace():
    driven = run(LOOP)
    state, (key,) = driven.state, driven.tasks

    advance(driven.definition, state, CompleteTask(key, {"nog_eens": True}), MONDAY, DUTCH_CALENDAR)
    advance(driven.definition, state, Cancel(), MONDAY, DUTCH_CALENDAR)
    step = driven.complete("beoordeel")

    assert step.status == InstanceStatus.COMPLETED


def test_the_library_is_never_asked_for_time_or_chance(monkeypatch):
    def refuse(*_):
        raise AssertionError("not pure")

    monkeypatch.setattr("SpiffWorkflow.task.uuid4", refuse)
    monkeypatch.setattr("SpiffWorkflow.task.time.time", refuse)
    driven = run(LOOP)

    driven.complete("beoordeel", nog_eens=True)
    driven.complete("beoordeel", nog_eens=False)

    assert driven.status == InstanceStatus.COMPLETED


def test_a_compiled_diagram_cannot_be_changed():
    spec = compiled(ONE_TASK).program.processes["proef"]

    with pytest.raises(AttributeError, match="does not change"):
        spec.task_specs["beoordeel"].lane = "andere"
    with pytest.raises(TypeError):
        spec.task_specs["andere"] = spec.task_specs["beoordeel"]
    with pytest.raises(AttributeError, match="does not change"):
        spec.listeners = ()


def test_threads_take_steps_of_many_instances_of_one_definition_at_once():
    definition = compiled(LOOP)
    alone = _rounds(definition, 7, threading.Barrier(1))
    barrier = threading.Barrier(8)

    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda number: _rounds(definition, number, barrier), range(8)))

    assert together[7] == alone
    assert len(set(together)) == 8


def test_the_cache_is_bounded_and_can_be_told_to_forget():
    definition = compiled(ONE_TASK)
    cache.clear()
    states = [
        advance(definition, None, Start({"n": n}), MONDAY, DUTCH_CALENDAR).state
        for n in range(cache.MOST_ENTRIES + 10)
    ]

    interpreter.forget(definition, states[-1])

    assert len(cache._entries) == cache.MOST_ENTRIES - 1
    assert cache.take(definition, states[-1]) is None


def _rounds(definition: Definition, number: int, barrier: threading.Barrier) -> bytes:
    driven = Drive(definition)
    barrier.wait()
    driven.start(nummer=number)
    for _ in range(50):
        driven.complete("beoordeel", nog_eens=True)
    return driven.state
