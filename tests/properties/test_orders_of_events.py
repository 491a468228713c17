"""Whatever happens in whatever order, and whatever crashes half-way, the rules always hold."""

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeAlias, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Row, Table, select

from engine import definitions, incidents, instances, jobs, messages, tasks
from engine.bpmn import interpreter
from engine.errors import BpmnError, UitwegError
from engine.handlers import Handlers, ServiceCall
from engine.history import EventKind
from engine.instances import ProcessInstance
from engine.jobs import Job
from engine.model import Actor, InstanceStatus, JobKind, Variables
from engine.storage.database import Database
from engine.storage.tables import (
    JobStatus,
    TaskStatus,
    history_event,
    incident,
    job,
    message_subscription,
    metadata,
    process_instance,
    user_task,
)
from engine.storage.unit_of_work import UnitOfWork
from engine.worker import Worker
from tests.builders import ANNA, BRAM, MONDAY, ManualClock
from tests.diagrams import BEGIN_AND_END, diagram, message, timer

EXAMPLES = int(os.environ.get("UITWEG_ORDERS_OF_EVENTS", "20"))

Result = TypeVar("Result")

FIRST = diagram(
    BEGIN_AND_END
    + '<parallelGateway id="splits"/><parallelGateway id="voeg_samen"/>'
    + '<userTask id="beoordeel" name="Beoordeel"/><exclusiveGateway id="klaar" default="genoeg"/>'
    + '<boundaryEvent id="herinnering" attachedToRef="beoordeel" cancelActivity="false">'
    + timer("PT2H")
    + '</boundaryEvent><userTask id="herinner" name="Herinner"/><endEvent id="herinnerd"/>'
    + '<boundaryEvent id="te_laat" attachedToRef="beoordeel">'
    + timer("PT5H")
    + '</boundaryEvent><userTask id="neem_over" name="Neem over"/>'
    + '<intermediateCatchEvent id="antwoord_ontvangen"><messageEventDefinition'
    + ' messageRef="antwoord"/></intermediateCatchEvent>'
    + '<serviceTask id="bevestig"><extensionElements><zeebe:taskDefinition type="bevestig"/>'
    + '</extensionElements></serviceTask><boundaryEvent id="onbereikbaar" attachedToRef="bevestig">'
    + '<errorEventDefinition errorRef="geen_adres"/></boundaryEvent>'
    + '<userTask id="bel_op" name="Bel op"/><exclusiveGateway id="bereikt"/>'
    + '<sequenceFlow id="nog_een_keer" sourceRef="klaar" targetRef="beoordeel">'
    + "<conditionExpression>=nog_eens</conditionExpression></sequenceFlow>"
    + '<sequenceFlow id="genoeg" sourceRef="klaar" targetRef="voeg_samen"/>',
    "begin splits beoordeel klaar",
    "splits antwoord_ontvangen voeg_samen einde",
    "splits bevestig bereikt voeg_samen",
    "onbereikbaar bel_op bereikt",
    "herinnering herinner herinnerd",
    "te_laat neem_over klaar",
    above=message("antwoord") + '<error id="geen_adres" name="geen_adres" errorCode="GEEN_ADRES"/>',
)
SECOND = FIRST.replace(b'"neem_over"', b'"escaleer"').replace(b"neem_over_", b"escaleer_")
MOST_INSTANCES = 5
ACTORS = (ANNA, BRAM)
NUMBERS = ("1", "2")
LOOKED_AT = (process_instance, user_task, job, incident, message_subscription, history_event)
PICKS = st.integers(0, 11)
CRASHES = st.sampled_from([False, False, False, True])


Touch: TypeAlias = Callable[[UnitOfWork, tasks.LockedTask], object]


def _save_draft(uow: UnitOfWork, task: tasks.LockedTask) -> None:
    tasks.save_draft(uow, task, {"toelichting": "half af"})


class CrashError(Exception):
    """The process ends here; what was not committed is gone."""


@dataclass
class Known:
    """What the outside was told: it must be true for ever."""

    definition_of: dict[str, str] = field(default_factory=dict)
    steps: Counter[str] = field(default_factory=Counter)
    completed: dict[str, str] = field(default_factory=dict)
    ended: dict[str, InstanceStatus] = field(default_factory=dict)


class Orders(RuleBasedStateMachine):
    """People, a worker, messages and time, each in any order, each crashing now and then."""

    database: Database
    clock: ManualClock

    @initialize()
    def empty(self) -> None:
        self.clock.set(MONDAY)
        self.known = Known()
        self.stored: dict[str, list[Row[Any]]] = {}
        self.leased: list[Job] = []
        self.mood = "works"
        handlers: Handlers[UnitOfWork] = Handlers({"bevestig": self._confirm})
        self.worker = Worker(self.database, handlers)
        with self.database.unit_of_work(ANNA) as uow:
            for table in reversed(metadata.sorted_tables):
                uow.connection.execute(table.delete())
            definitions.deploy(uow, {"proef/proef.bpmn": FIRST})
        for number in NUMBERS:
            self.start(number, crash=False)

    @rule(second=st.booleans(), crash=CRASHES)
    def deploy(self, second: bool, crash: bool) -> None:
        content = SECOND if second else FIRST
        self._act(lambda uow: definitions.deploy(uow, {"proef/proef.bpmn": content}), crash)

    @precondition(lambda self: len(self.known.definition_of) < MOST_INSTANCES)
    @rule(number=st.sampled_from(NUMBERS), crash=CRASHES)
    def start(self, number: str, crash: bool) -> None:
        def begin(uow: UnitOfWork) -> ProcessInstance:
            variables: Variables = {"nummer": number, "nog_eens": False}
            return instances.start(uow, "proef", variables=variables, business_key=number)

        self._step(begin, crash)

    @rule(
        pick=PICKS,
        touch=st.sampled_from([tasks.claim, tasks.release, _save_draft]),
        actor=st.sampled_from(ACTORS),
        crash=CRASHES,
    )
    def touch(self, pick: int, touch: Touch, actor: Actor, crash: bool) -> None:
        task = self._any(pick, user_task)
        if task is not None:
            self._act(lambda uow: touch(uow, tasks.lock(uow, task.id)), crash, actor)

    @rule(pick=PICKS, actor=st.sampled_from(ACTORS), again=st.booleans(), crash=CRASHES)
    def complete(self, pick: int, actor: Actor, again: bool, crash: bool) -> None:
        task = self._any(pick, user_task)
        if task is None:
            return

        def complete(uow: UnitOfWork) -> ProcessInstance:
            return tasks.complete(uow, tasks.lock(uow, task.id), {"nog_eens": again})

        if self._step(complete, crash, actor):
            assert task.id not in self.known.completed, "a task was completed twice"
            self.known.completed[task.id] = actor.id

    @rule(number=st.sampled_from(NUMBERS), crash=CRASHES)
    def send(self, number: str, crash: bool) -> None:
        self._step(lambda uow: messages.correlate(uow, "antwoord", number, {}), crash)

    @rule(pick=PICKS, is_meant=CRASHES, crash=CRASHES)
    def cancel(self, pick: int, is_meant: bool, crash: bool) -> None:
        instance = self._any(pick, process_instance)
        if instance is not None and is_meant:
            self._step(lambda uow: instances.cancel(uow, instances.lock(uow, instance.id)), crash)

    @rule(hours=st.sampled_from([0.01, 1.0, 3.0, 6.0]), works=st.booleans())
    def let_time_pass(self, hours: float, works: bool) -> None:
        self.clock.advance(hours=hours)
        if works:
            self.work()

    @rule(mood=st.sampled_from(["works", "fails", "refuses"]))
    def change_mood(self, mood: str) -> None:
        self.mood = mood

    @rule()
    def let_it_fail_to_the_end(self) -> None:
        before, self.mood = self.mood, "fails"
        for _ in range(jobs.TRIES):
            self.work()
            self.clock.advance(hours=0.4)
        self.mood = before

    @rule()
    def lease_and_die(self) -> None:
        """The lease of a worker that was killed: nobody does the job until it ends."""
        self.leased += jobs.claim_due(self.database, owner="dies", limit=2)
        self.stored = {}

    @rule(pick=PICKS, crash=CRASHES)
    def do_a_job_leased_long_ago(self, pick: int, crash: bool) -> None:
        if not self.leased:
            return
        old = self.leased[pick % len(self.leased)]
        if old.kind == JobKind.TIMER:
            self._step(lambda uow: jobs.fire_timer(uow, old), crash)
        else:
            self._step(lambda uow: jobs.finish(uow, old, {}), crash)

    @rule()
    def work(self) -> None:
        self.worker.run_due()
        self.stored = {}
        self._learn_from_worker()

    @rule(pick=PICKS, crash=CRASHES)
    def retry(self, pick: int, crash: bool) -> None:
        found = self._any(pick, incident)
        if found is not None:
            self._act(lambda uow: incidents.retry(uow, found.job_id), crash)

    @invariant()
    def what_was_acknowledged_is_there(self) -> None:
        stored = {row.id: row for row in self._rows(process_instance)}
        assert stored.keys() == self.known.definition_of.keys()
        for instance_id, row in stored.items():
            assert row.definition_id == self.known.definition_of[instance_id]
            assert row.revision == self.known.steps[instance_id]
            expected = self.known.ended.get(instance_id, InstanceStatus.ACTIVE)
            assert row.status == expected

    @invariant()
    def each_completion_is_by_who_was_told_so(self) -> None:
        completed = {
            row.id: row.completed_by
            for row in self._rows(user_task)
            if row.status == TaskStatus.COMPLETED
        }
        assert completed == self.known.completed

    @invariant()
    def open_tasks_are_ready_in_the_state_and_the_reverse(self) -> None:
        rows = {row.id for row in self._rows(user_task) if row.status == TaskStatus.OPEN}
        ready = set()
        with self.database.unit_of_work(ANNA, read_only=True) as uow:
            for instance in self._instances(uow):
                definition = definitions.load(uow, instance.definition_id)
                keys = interpreter.open_tasks(definition, instances.state(uow, instance))
                ready |= {f"{instance.id}-{key}" for key in keys}
        assert ready == rows

    @invariant()
    def who_waits_has_a_reason_and_who_ended_waits_for_nothing(self) -> None:
        reasons = Counter(
            row.instance_id for row in self._rows(user_task) if row.status == TaskStatus.OPEN
        )
        for table in (job, message_subscription, incident):
            reasons.update(row.instance_id for row in self._rows(table))
        for instance in self._rows(process_instance):
            is_active = instance.status == InstanceStatus.ACTIVE
            assert bool(reasons[instance.id]) == is_active

    @invariant()
    def history_is_numbered_without_gap(self) -> None:
        events = sorted(
            (row.instance_id, row.number, row.revision) for row in self._rows(history_event)
        )
        for row in self._rows(process_instance):
            own = [(number, revision) for owner, number, revision in events if owner == row.id]
            assert [number for number, _ in own] == list(range(1, row.history_length + 1))
            revisions = [revision for _, revision in own]
            assert revisions == sorted(revisions)

    @invariant()
    def no_timer_fired_early_or_twice(self) -> None:
        told = [
            (row.instance_id, row.element_id, row.at)
            for row in sorted(self._rows(history_event), key=lambda each: each.number)
            if row.kind == EventKind.ELEMENT_COMPLETED
            or (row.kind == EventKind.ELEMENT_ENTERED and row.element_id == "beoordeel")
        ]
        entered: dict[str, list[datetime]] = {}
        fired: Counter[tuple[str, str]] = Counter()
        for instance_id, element_id, at in told:
            if element_id in {"herinnering", "te_laat"}:
                fired[instance_id, element_id] += 1
                wait = timedelta(hours=2 if element_id == "herinnering" else 5)
                assert any(at - since >= wait for since in entered[instance_id])
                assert fired[instance_id, element_id] <= len(entered[instance_id])
            elif element_id == "beoordeel":
                entered.setdefault(instance_id, []).append(at)

    @invariant()
    def an_incident_stands_by_a_job_that_stands_still(self) -> None:
        still = {row.id for row in self._rows(job) if row.status == JobStatus.INCIDENT}
        assert still == {row.job_id for row in self._rows(incident)}

    def _confirm(self, _uow: UnitOfWork, _call: ServiceCall) -> Variables:
        if self.mood == "fails":
            raise ConnectionError
        if self.mood == "refuses":
            raise BpmnError("GEEN_ADRES")
        return {}

    def _step(
        self, act: Callable[[UnitOfWork], ProcessInstance], crash: bool, actor: Actor = ANNA
    ) -> bool:
        """One step; whether it was acknowledged."""
        done = self._act(act, crash, actor)
        if done is None:
            return False
        self.known.definition_of.setdefault(done.id, done.definition_id)
        self.known.steps[done.id] += 1
        if done.status != InstanceStatus.ACTIVE:
            self.known.ended[done.id] = done.status
        return True

    def _act(
        self, act: Callable[[UnitOfWork], Result], crash: bool, actor: Actor = ANNA
    ) -> Result | None:
        """What *act* gives once it is committed; None when it was refused or crashed."""
        self.stored = {}
        try:
            with self.database.unit_of_work(actor) as uow:
                done = act(uow)
                if crash:
                    raise CrashError  # noqa: TRY301 - the transaction is to end by it
        except (UitwegError, CrashError):
            return None
        return done

    def _any(self, pick: int, table: Table) -> Row[Any] | None:
        rows = sorted(self._rows(table), key=self._place)
        return rows[pick % len(rows)] if rows else None

    def _place(self, row: Row[Any]) -> tuple[int, str]:
        """The same in every run, though ids are random."""
        instance_id, _, key = str(row[0]).partition("-")
        return list(self.known.definition_of).index(instance_id), key.zfill(6)

    def _rows(self, table: Table) -> list[Row[Any]]:
        if not self.stored:
            with self.database.unit_of_work(ANNA, read_only=True) as uow:
                self.stored = {
                    each.name: list(uow.connection.execute(select(each))) for each in LOOKED_AT
                }
        return self.stored[table.name]

    def _instances(self, uow: UnitOfWork) -> list[ProcessInstance]:
        found = uow.connection.execute(select(*instances.COLUMNS))
        return [ProcessInstance(*row) for row in found]

    def _learn_from_worker(self) -> None:
        """The worker tells nobody what it did: its rows are what it acknowledged."""
        for instance in self._rows(process_instance):
            self.known.steps[instance.id] = instance.revision
            if instance.status != InstanceStatus.ACTIVE:
                self.known.ended[instance.id] = instance.status


@pytest.mark.timeout(900)
def test_the_rules_hold_whatever_the_order(database: Database, clock: ManualClock) -> None:
    machine = type("Orders", (Orders,), {"database": database, "clock": clock})

    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=50,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
