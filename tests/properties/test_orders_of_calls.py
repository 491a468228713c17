"""Calls in other cases, withdrawn, failing and crashing in any order: the two sides never part."""

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Row, Table, select

from engine import instances, jobs, queries, tasks
from engine.errors import UitwegError
from engine.handlers import Handlers
from engine.model import InstanceStatus
from engine.storage.database import Database
from engine.storage.tables import (
    JobStatus,
    TaskStatus,
    incident,
    job,
    message_subscription,
    process_instance,
    user_task,
)
from engine.storage.unit_of_work import UnitOfWork
from engine.worker import ENGINE_ACTS, Worker
from tests.builders import ANNA, Engine, ManualClock
from tests.diagrams import BEGIN_AND_END, diagram, timer

EXAMPLES = int(os.environ.get("UITWEG_ORDERS_OF_EVENTS", "20"))
CODES = (
    '<error id="fout" name="fout" errorCode="FOUT"/>'
    '<escalation id="roep" name="roep" escalationCode="ROEP"/>'
)
MEETING = diagram(
    BEGIN_AND_END
    + '<callActivity id="behandel" calledElement="item"><extensionElements><zeebe:properties>'
    + '<zeebe:property name="businessKey" value="=zaak"/></zeebe:properties></extensionElements>'
    + "<multiInstanceLoopCharacteristics><extensionElements><zeebe:loopCharacteristics"
    + ' inputCollection="=zaken" inputElement="zaak" outputCollection="besluiten"'
    + ' outputElement="=besluit"/></extensionElements></multiInstanceLoopCharacteristics>'
    + '</callActivity><userTask id="verslag" name="Verslag"/><userTask id="opvang" name="Opvang"/>'
    + '<userTask id="gehoord" name="Gehoord"/><endEvent id="genoteerd"/>'
    + '<boundaryEvent id="mis" attachedToRef="behandel"><errorEventDefinition/></boundaryEvent>'
    + '<boundaryEvent id="hoort" attachedToRef="behandel" cancelActivity="false">'
    + '<escalationEventDefinition escalationRef="roep"/></boundaryEvent>'
    + '<boundaryEvent id="laat" attachedToRef="behandel">'
    + timer("PT5H")
    + "</boundaryEvent>",
    "begin behandel verslag einde",
    "mis opvang einde",
    "laat opvang",
    "hoort gehoord genoteerd",
    process_id="overleg",
    above=CODES,
)
ITEM = diagram(
    BEGIN_AND_END
    + '<userTask id="beslis" name="Beslis"/><exclusiveGateway id="uit" default="goed"/>'
    + '<endEvent id="fout_einde"><errorEventDefinition errorRef="fout"/></endEvent>'
    + '<intermediateThrowEvent id="roept"><escalationEventDefinition escalationRef="roep"/>'
    + '</intermediateThrowEvent><sequenceFlow id="goed" sourceRef="uit" targetRef="einde"/>'
    + '<sequenceFlow id="slecht" sourceRef="uit" targetRef="fout_einde">'
    + '<conditionExpression>=besluit = "mis"</conditionExpression></sequenceFlow>'
    + '<sequenceFlow id="meer" sourceRef="uit" targetRef="roept">'
    + '<conditionExpression>=besluit = "meer"</conditionExpression></sequenceFlow>',
    "begin beslis uit",
    "roept beslis",
    process_id="item",
    above=CODES,
)
EVENT = st.one_of(
    st.tuples(st.just("complete"), st.integers(0, 5), st.sampled_from(["ja", "mis", "meer"])),
    st.tuples(st.just("cancel"), st.integers(0, 5), st.just("")),
    st.tuples(st.sampled_from(["work", "crash"]), st.integers(0, 5), st.just("")),
    st.tuples(st.just("wait"), st.integers(1, 5), st.just("")),
)


class CrashError(Exception):
    """The worker ends here; what was not committed is gone."""


@pytest.mark.timeout(900)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(events=st.lists(EVENT, max_size=25))
def test_caller_and_called_never_part(
    database: Database, clock: ManualClock, events: list[tuple[str, int, str]]
) -> None:
    engine = Engine(database, clock)
    engine.deploy(MEETING, ITEM)
    number = clock.now().isoformat()
    caller = engine.start("overleg", business_key=f"O {number}", zaken=["S-1", "S-2"])
    for event in events:
        _happen(engine, *event)
        _everyone_waits_for_something(database)

    for _ in range(8):  # every job is done, or has become an incident
        engine.run_due()
        clock.advance(minutes=30)

    _everyone_waits_for_something(database)
    _nobody_works_for_who_is_gone(database)
    engine.cancel(caller) if engine.instance(caller).status == InstanceStatus.ACTIVE else None
    engine.run_due()
    _nobody_works_for_who_is_gone(database)
    with engine.unit_of_work() as uow:
        assert not queries.is_under_way(uow, caller.business_key)


def _happen(engine: Engine, what: str, pick: int, word: str) -> None:
    """One event; what cannot happen now does not."""
    try:
        if what == "complete":
            found = [row for row in _rows(engine.database, user_task) if row.status == "open"]
            if found:
                with engine.unit_of_work() as uow:
                    task = tasks.lock(uow, found[pick % len(found)].id)
                    tasks.complete(uow, task, {"besluit": word})
        elif what == "cancel":
            active = [
                row
                for row in _rows(engine.database, process_instance)
                if row.status == InstanceStatus.ACTIVE
            ]
            if active and pick < 2:
                with engine.unit_of_work() as uow:
                    instances.cancel(uow, instances.lock(uow, active[pick % len(active)].id))
        elif what == "wait":
            engine.clock.advance(hours=pick)
        else:
            _work(engine, crashes=what == "crash")
    except (UitwegError, CrashError):
        return


def _work(engine: Engine, *, crashes: bool) -> None:
    """A worker does one job, and may end before it has committed it."""
    for claimed in jobs.claim_due(engine.database, limit=1, owner="een"):
        if crashes:
            with engine.unit_of_work() as uow:
                _do(uow, claimed)
                raise CrashError
        Worker(engine.database, Handlers(), owner="een")._do(claimed)


def _do(uow: UnitOfWork, claimed: jobs.Job) -> None:
    act = {
        "call": ENGINE_ACTS.begin_call,
        "return": ENGINE_ACTS.finish_call,
        "cancel_call": ENGINE_ACTS.cancel_call,
    }.get(claimed.kind.value, ENGINE_ACTS.fire_timer)
    act(uow, claimed)


def _everyone_waits_for_something(database: Database) -> None:
    """Each instance that goes on has a reason that can be shown; a called one is a reason too."""
    reasons = {
        row.instance_id for row in _rows(database, user_task) if row.status == TaskStatus.OPEN
    }
    for table in (job, message_subscription, incident):
        reasons |= {row.instance_id for row in _rows(database, table)}
    rows = _rows(database, process_instance)
    active = {row.id for row in rows if row.status == InstanceStatus.ACTIVE}
    reasons |= {row.caller_id for row in rows if row.id in active}

    assert active <= reasons


def _nobody_works_for_who_is_gone(database: Database) -> None:
    """What was called goes on only as long as its caller does."""
    rows = _rows(database, process_instance)
    active = {row.id for row in rows if row.status == InstanceStatus.ACTIVE}
    stuck = {row.instance_id for row in _rows(database, job) if row.status == JobStatus.INCIDENT}

    assert {row.caller_id for row in rows if row.id in active and row.caller_id} <= active | stuck


def _rows(database: Database, table: Table) -> list[Row[Any]]:
    with database.unit_of_work(ANNA, read_only=True) as uow:
        return sorted(uow.connection.execute(select(table)), key=lambda row: str(row[0]))
