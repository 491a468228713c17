"""Calls in a case of their own: two instances, two keys, two locks, joined by jobs."""

from dataclasses import replace

import pytest

from engine import beginnings, calls, incidents, queries, tasks
from engine.beginnings import BeginKind, Beginning
from engine.errors import ConflictError
from engine.instances import ProcessInstance
from engine.model import InstanceStatus, JobKind
from engine.storage.tables import data_key, incident, job, process_instance
from engine.storage.unit_of_work import UnitOfWork
from engine.worker import ENGINE_ACTS, Worker
from tests import diagrams
from tests.builders import Engine
from tests.diagrams import BEGIN_AND_END, diagram

CODES = (
    '<error id="fout" name="fout" errorCode="FOUT"/>'
    '<escalation id="roep" name="roep" escalationCode="ROEP"/>'
)
MAPPED = (
    '<zeebe:ioMapping><zeebe:input source="=zaak" target="nummer"/>'
    '<zeebe:output source="=besluit" target="uitkomst"/></zeebe:ioMapping>'
)
EACH = (
    '<multiInstanceLoopCharacteristics isSequential="{sequential}"><extensionElements>'
    '<zeebe:loopCharacteristics inputCollection="=zaken" inputElement="zaak"'
    ' outputCollection="besluiten" outputElement="=uitkomst"/></extensionElements>'
    "</multiInstanceLoopCharacteristics>"
)


def meeting(extension: str = "", loop: str = "", edge: str = "", *paths: str) -> bytes:
    """Calls `item` in the case with the number `zaak`, and then there is a task."""
    return diagram(
        BEGIN_AND_END
        + '<callActivity id="behandel" calledElement="item"><extensionElements>'
        + '<zeebe:properties><zeebe:property name="businessKey" value="=zaak"/></zeebe:properties>'
        + f"{extension}</extensionElements>{loop}</callActivity>"
        + f'<userTask id="verslag" name="Verslag"/>{edge}',
        "begin behandel verslag einde",
        *paths,
        process_id="overleg",
        above=CODES,
    )


def edge(kind: str, attributes: str = "") -> str:
    """A boundary event of the call that leads to the task `opvang`."""
    return (
        f'<boundaryEvent id="rand" attachedToRef="behandel" {attributes}>{kind}</boundaryEvent>'
        '<userTask id="opvang" name="Opvang"/><endEvent id="opgevangen"/>'
    )


EDGE_PATH = "rand opvang opgevangen"
ON_ERROR = edge('<errorEventDefinition errorRef="fout"/>')
ITEM = diagram(
    BEGIN_AND_END + '<userTask id="beslis" name="Beslis"/>', "begin beslis einde", process_id="item"
)
FAILS = diagram(
    '<startEvent id="begin"/><userTask id="beslis" name="Beslis"/><endEvent id="mislukt">'
    '<errorEventDefinition errorRef="fout"/></endEvent>',
    "begin beslis mislukt",
    process_id="item",
    above=CODES,
)
ESCALATES = diagram(
    BEGIN_AND_END
    + '<userTask id="beslis" name="Beslis"/><intermediateThrowEvent id="roept">'
    + '<escalationEventDefinition escalationRef="roep"/></intermediateThrowEvent>'
    + '<userTask id="verder" name="Verder"/>',
    "begin beslis roept verder einde",
    process_id="item",
    above=CODES,
)


def test_a_call_runs_in_the_case_that_it_names(engine: Engine) -> None:
    engine.deploy(meeting(), ITEM)
    signal = engine.start("overleg", business_key="O-1", zaak="S-1")

    called = _begun(engine, signal)

    assert (called.process_id, called.business_key) == ("item", "S-1")
    assert called.key_id != signal.key_id
    assert (called.caller_id, called.caller_element_id) == (signal.id, "behandel")


def test_a_call_in_a_case_that_exists_uses_its_key(engine: Engine) -> None:
    engine.deploy(meeting(), ITEM, diagrams.ONE_TASK)
    known = engine.start(business_key="S-1")
    caller = engine.start("overleg", business_key="O-1", zaak="S-1")

    assert _begun(engine, caller).key_id == known.key_id
    assert engine.count(data_key) == 2


def test_the_caller_goes_on_when_what_it_called_is_done(engine: Engine) -> None:
    engine.deploy(meeting(), ITEM)
    caller = engine.start("overleg", business_key="O-1", zaak="S-1")
    called = _begun(engine, caller)
    assert engine.open_tasks(caller) == []

    _complete(engine, called)
    engine.run_due()

    assert [task.element_id for task in engine.open_tasks(caller)] == ["verslag"]
    assert engine.called_by(caller) == ()
    assert engine.count(job) == 0


def test_only_what_the_called_process_set_comes_back(engine: Engine) -> None:
    engine.deploy(meeting(), ITEM)
    caller = engine.start("overleg", business_key="O-1", zaak="S-1", onderwerp="a")
    called = _begun(engine, caller)
    engine.complete(engine.open_tasks(called)[0], {"besluit": "ja"})
    engine.run_due()

    assert _seen(engine, caller) == {"zaak": "S-1", "onderwerp": "a", "besluit": "ja"}


def test_what_casework_gives_a_called_process_does_not_come_back(engine: Engine) -> None:
    seen: list[Beginning] = []

    def hook(uow: UnitOfWork, beginning: Beginning) -> ProcessInstance:
        seen.append(beginning)
        given = {**beginning.variables, "gemeente": "venlo"}
        return beginnings.start(uow, beginning, variables=given, business_key=beginning.key or "")

    engine.deploy(meeting(), ITEM)
    caller = engine.start("overleg", business_key="O-1", zaak="S-1")
    _with(engine, begin_call=lambda uow, job: calls.begin(uow, job, begin=hook))
    called = _begun(engine, caller)

    assert _seen(engine, called)["gemeente"] == "venlo"
    _complete(engine, called)
    engine.run_due()
    assert "gemeente" not in _seen(engine, caller)
    (beginning,) = seen
    assert (beginning.kind, beginning.key, beginning.sender_key) == (BeginKind.CALL, "S-1", "O-1")


def test_mappings_say_all_that_goes_in_and_comes_back(engine: Engine) -> None:
    engine.deploy(meeting(MAPPED), ITEM)
    caller = engine.start("overleg", business_key="O-1", zaak="S-1", geheim="x")
    called = _begun(engine, caller)

    assert _seen(engine, called) == {"nummer": "S-1"}
    engine.complete(engine.open_tasks(called)[0], {"besluit": "ja", "rest": 1})
    engine.run_due()
    assert _seen(engine, caller) == {"zaak": "S-1", "geheim": "x", "uitkomst": "ja"}


@pytest.mark.parametrize("sequential", ["true", "false"])
def test_each_item_of_a_list_runs_in_its_own_case(engine: Engine, sequential: str) -> None:
    engine.deploy(meeting(MAPPED, EACH.format(sequential=sequential)), ITEM)
    caller = engine.start("overleg", business_key="O-1", zaken=["S-1", "S-2", "S-3"])
    engine.run_due()
    at_once = sorted(each.business_key for each in engine.called_by(caller))
    for number in ("S-1", "S-2", "S-3"):
        called = next(each for each in engine.called_by(caller) if each.business_key == number)
        engine.complete(engine.open_tasks(called)[0], {"besluit": f"over {number}"})
        engine.run_due()

    assert at_once == (["S-1"] if sequential == "true" else ["S-1", "S-2", "S-3"])
    assert _seen(engine, caller)["besluiten"] == ("over S-1", "over S-2", "over S-3")


def test_a_list_without_items_calls_nothing(engine: Engine) -> None:
    engine.deploy(meeting(MAPPED, EACH.format(sequential="true")), ITEM)
    caller = engine.start("overleg", business_key="O-1", zaken=[])

    assert _seen(engine, caller)["besluiten"] == ()
    assert engine.count(process_instance) == 1


def test_an_error_that_nothing_catches_reaches_the_edge_of_the_call(engine: Engine) -> None:
    engine.deploy(meeting("", "", ON_ERROR, EDGE_PATH), FAILS)
    caller = engine.start("overleg", business_key="O-1", zaak="S-1")
    called = _begun(engine, caller)

    _complete(engine, called)
    engine.run_due()

    assert engine.instance(called).status == InstanceStatus.COMPLETED
    assert [task.element_id for task in engine.open_tasks(caller)] == ["opvang"]
    assert engine.count(job) == 0


def test_an_error_of_one_item_reaches_the_edge_and_withdraws_the_others(engine: Engine) -> None:
    loop = EACH.format(sequential="false")
    engine.deploy(meeting(MAPPED, loop, ON_ERROR, EDGE_PATH), FAILS)
    caller = engine.start("overleg", business_key="O-1", zaken=["S-1", "S-2"])
    engine.run_due()
    first, second = engine.called_by(caller)

    _complete(engine, first)
    engine.run_due()

    assert [task.element_id for task in engine.open_tasks(caller)] == ["opvang"]
    assert engine.instance(second).status == InstanceStatus.CANCELLED


def test_an_error_that_the_caller_does_not_catch_asks_for_a_person_there(engine: Engine) -> None:
    engine.deploy(meeting(), FAILS)
    caller = engine.start("overleg", business_key="O-1", zaak="S-1")
    _complete(engine, _begun(engine, caller))
    for _ in range(6):
        engine.run_due()
        engine.clock.advance(hours=1)

    with engine.unit_of_work() as uow:
        (found,) = incidents.of_case(uow, "O-1")
    assert (found.element_id, found.instance_id) == ("behandel", caller.id)


def test_an_answer_that_stands_still_goes_with_the_caller(engine: Engine) -> None:
    engine.deploy(meeting(), FAILS)
    caller = engine.start("overleg", business_key="O-1", zaak="S-1")
    _complete(engine, _begun(engine, caller))
    for _ in range(6):
        engine.run_due()
        engine.clock.advance(hours=1)
    assert engine.count(incident) == 1

    engine.cancel(caller)
    engine.run_due()

    assert engine.count(incident) == engine.count(job) == 0


def test_an_error_of_a_process_that_nobody_called_is_refused_as_before(engine: Engine) -> None:
    engine.deploy(FAILS)
    instance = engine.start("item")

    with pytest.raises(Exception, match="uncaught_error"):
        _complete(engine, instance)


def test_an_escalation_reaches_the_edge_and_the_called_process_goes_on(engine: Engine) -> None:
    escalation = '<escalationEventDefinition escalationRef="roep"/>'
    at_edge = edge(escalation, 'cancelActivity="false"')
    engine.deploy(meeting("", "", at_edge, EDGE_PATH), ESCALATES)
    caller = engine.start("overleg", business_key="O-1", zaak="S-1")
    called = _begun(engine, caller)

    _complete(engine, called)
    engine.run_due()

    assert [task.element_id for task in engine.open_tasks(caller)] == ["opvang"]
    assert [task.element_id for task in engine.open_tasks(called)] == ["verder"]
    _complete(engine, called)
    engine.run_due()
    assert {task.element_id for task in engine.open_tasks(caller)} == {"opvang", "verslag"}


def test_an_escalation_that_interrupts_ends_what_was_called(engine: Engine) -> None:
    at_edge = edge('<escalationEventDefinition escalationRef="roep"/>')
    engine.deploy(meeting("", "", at_edge, EDGE_PATH), ESCALATES)
    caller = engine.start("overleg", business_key="O-1", zaak="S-1")
    called = _begun(engine, caller)

    _complete(engine, called)
    engine.run_due()

    assert [task.element_id for task in engine.open_tasks(caller)] == ["opvang"]
    assert engine.instance(called).status == InstanceStatus.CANCELLED


def test_a_call_that_is_withdrawn_ends_what_it_began(engine: Engine) -> None:
    at_edge = edge(diagrams.timer("PT24H"))
    engine.deploy(meeting("", "", at_edge, EDGE_PATH), ITEM)
    caller = engine.start("overleg", business_key="O-1", zaak="S-1")
    called = _begun(engine, caller)
    engine.clock.advance(hours=24)

    engine.run_due()

    assert engine.instance(called).status == InstanceStatus.CANCELLED
    assert [task.element_id for task in engine.open_tasks(caller)] == ["opvang"]
    assert engine.count(job) == 0


def test_a_caller_that_is_cancelled_cancels_what_it_called(engine: Engine) -> None:
    engine.deploy(meeting(), ITEM)
    caller = engine.start("overleg", business_key="O-1", zaak="S-1")
    called = _begun(engine, caller)

    engine.cancel(caller)
    engine.run_due()

    assert engine.instance(called).status == InstanceStatus.CANCELLED
    assert engine.count(job) == 0


def test_a_call_that_is_withdrawn_before_it_began_begins_nothing(engine: Engine) -> None:
    engine.deploy(meeting(), ITEM)
    caller = engine.start("overleg", business_key="O-1", zaak="S-1")

    engine.cancel(caller)
    engine.run_due()

    assert engine.count(process_instance) == 1
    assert engine.count(job) == 0


def test_what_comes_of_a_call_that_was_withdrawn_meanwhile_is_not_heard(engine: Engine) -> None:
    at_edge = edge(diagrams.timer("PT24H"))
    engine.deploy(meeting("", "", at_edge, EDGE_PATH), ITEM)
    caller = engine.start("overleg", business_key="O-1", zaak="S-1")
    called = _begun(engine, caller)
    engine.clock.advance(hours=24)
    timers = [each for each in engine.claim_jobs() if each.kind == JobKind.TIMER]
    _complete(engine, called)
    with engine.unit_of_work() as uow:
        ENGINE_ACTS.fire_timer(uow, timers[0])

    engine.run_due()

    assert [task.element_id for task in engine.open_tasks(caller)] == ["opvang"]
    assert engine.instance(called).status == InstanceStatus.COMPLETED
    assert engine.count(job) == engine.count(incident) == 0


def test_what_somebody_cancels_by_itself_is_an_error_for_its_caller(engine: Engine) -> None:
    at_edge = edge("<errorEventDefinition/>")
    engine.deploy(meeting("", "", at_edge, EDGE_PATH), ITEM)
    caller = engine.start("overleg", business_key="O-1", zaak="S-1")

    engine.cancel(_begun(engine, caller))
    engine.run_due()

    assert [task.element_id for task in engine.open_tasks(caller)] == ["opvang"]


def test_a_process_that_ends_at_once_is_done_in_the_same_run(engine: Engine) -> None:
    at_once = diagram(
        BEGIN_AND_END + '<scriptTask id="zet"><script>besluit = "ja"</script></scriptTask>',
        "begin zet einde",
        process_id="item",
    )
    engine.deploy(meeting(), at_once)
    caller = engine.start("overleg", business_key="O-1", zaak="S-1")

    engine.run_due()

    assert _seen(engine, caller)["besluit"] == "ja"


def test_a_called_process_may_call_in_its_turn(engine: Engine) -> None:
    item = meeting().replace(b'calledElement="item"', b'calledElement="stuk"')
    item = item.replace(b'process id="overleg"', b'process id="item"')
    part = ITEM.replace(b'process id="item"', b'process id="stuk"')
    engine.deploy(meeting(), item, part)
    caller = engine.start("overleg", business_key="O-1", zaak="S-1")
    middle = _begun(engine, caller)
    innermost = _begun(engine, middle)

    _complete(engine, innermost)
    engine.run_due()
    _complete(engine, middle)
    engine.run_due()

    assert [task.element_id for task in engine.open_tasks(caller)] == ["verslag"]


def test_the_newest_version_is_what_a_call_begins(engine: Engine) -> None:
    engine.deploy(meeting(), ITEM)
    caller = engine.start("overleg", business_key="O-1", zaak="S-1")
    newer = ITEM.replace(b'id="beslis" name="Beslis"', b'id="beslis" name="Beslis nu"')
    engine.deploy(newer, folder="ander")

    called = _begun(engine, caller)

    assert engine.open_tasks(called)[0].name == "Beslis nu"


def test_a_call_that_cannot_begin_asks_for_a_person_at_the_caller(engine: Engine) -> None:
    def refuse(_uow: UnitOfWork, _beginning: Beginning) -> ProcessInstance:
        raise ConflictError("case_closed")

    engine.deploy(meeting(), ITEM)
    engine.start("overleg", business_key="O-1", zaak="S-1")
    _with(engine, begin_call=lambda uow, job: calls.begin(uow, job, begin=refuse))
    for _ in range(6):
        engine.run_due()
        engine.clock.advance(hours=1)

    with engine.unit_of_work() as uow:
        assert [each.code for each in incidents.of_case(uow, "O-1")] == ["case_closed"]
    assert engine.count(process_instance) == 1


@pytest.mark.parametrize("number", [None, "", 7])
def test_a_call_names_a_case_or_is_refused(engine: Engine, number: object) -> None:
    engine.deploy(meeting(), ITEM)

    with pytest.raises(Exception, match="no_business_key"):
        engine.start("overleg", business_key="O-1", zaak=number)  # type: ignore[arg-type]


def test_the_reason_why_a_caller_waits_can_be_shown(engine: Engine) -> None:
    engine.deploy(meeting(), ITEM)
    caller = engine.start("overleg", business_key="O-1", zaak="S-1")
    called = _begun(engine, caller)

    with engine.unit_of_work() as uow:
        assert queries.calls_of_case(uow, "O-1") == (called,)
        assert queries.calls_of_case(uow, "S-1") == ()


def test_a_case_is_not_done_while_a_call_or_its_answer_is_under_way(engine: Engine) -> None:
    engine.deploy(meeting(), ITEM)
    caller = engine.start("overleg", business_key="O-1", zaak="S-1")
    with engine.unit_of_work() as uow:
        assert queries.is_under_way(uow, "O-1")
    called = _begun(engine, caller)
    with engine.unit_of_work() as uow:
        assert not queries.is_under_way(uow, "O-1")

    _complete(engine, called)

    with engine.unit_of_work() as uow:
        assert queries.is_under_way(uow, "O-1")


def test_one_call_begins_one_instance_whatever_happens(engine: Engine) -> None:
    engine.deploy(meeting(), ITEM)
    engine.start("overleg", business_key="O-1", zaak="S-1")
    (call,) = engine.claim_jobs()
    with engine.unit_of_work() as uow:
        calls.begin(uow, call)

    with engine.unit_of_work() as uow, pytest.raises(Exception, match="job_not_found"):
        calls.begin(uow, call)

    assert engine.count(process_instance) == 2


def _begun(engine: Engine, caller: ProcessInstance) -> ProcessInstance:
    """What the one open call of an instance began."""
    engine.run_due()
    (called,) = engine.called_by(caller)
    return called


def _complete(engine: Engine, instance: ProcessInstance) -> None:
    engine.complete(engine.open_tasks(instance)[0])


def _seen(engine: Engine, instance: ProcessInstance) -> dict[str, object]:
    """The variables that the one open task of an instance sees."""
    (task,) = engine.open_tasks(instance)
    with engine.unit_of_work() as uow:
        return dict(tasks.variables(uow, task))


def _with(engine: Engine, **acts: object) -> None:
    """Let the worker do something else with a kind of job."""
    engine.worker = Worker(engine.database, engine.handlers, replace(ENGINE_ACTS, **acts))  # type: ignore[arg-type]
