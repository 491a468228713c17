"""The worker: does what is due, and goes on whatever happens."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from engine import jobs
from engine.errors import BpmnError
from engine.handlers import Handlers, ServiceCall
from engine.jobs import Job
from engine.model import InstanceStatus, Variables
from engine.storage.tables import data_key, job
from engine.storage.unit_of_work import UnitOfWork
from engine.worker import ENGINE_ACTS, Worker
from tests import diagrams
from tests.builders import CASE, Engine


def test_a_service_task_is_done_by_the_handler_of_its_topic(engine: Engine) -> None:
    calls: list[ServiceCall] = []

    @engine.handlers.register("proef.bevestig")
    def confirm(_uow: UnitOfWork, call: ServiceCall) -> Variables:
        calls.append(call)
        return {"bevestigd": True}

    engine.deploy(diagrams.SERVICE)
    instance = engine.start(melder="anna")
    assert engine.run_due() == 1

    (call,) = calls
    assert (call.business_key, call.element_id, call.topic) == (CASE, "bevestig", "proef.bevestig")
    assert call.variables == {"melder": "anna"}
    assert engine.instance(instance).status == InstanceStatus.COMPLETED


def test_a_business_error_takes_the_path_that_was_drawn_for_it(engine: Engine) -> None:
    @engine.handlers.register("proef.bevestig")
    def confirm(_uow: UnitOfWork, _call: ServiceCall) -> Variables:
        raise BpmnError("GEEN_ADRES")

    engine.deploy(diagrams.SERVICE)
    instance = engine.start()
    engine.run_due()

    assert [task.element_id for task in engine.open_tasks(instance)] == ["bel_op"]


def test_what_a_handler_wrote_before_it_failed_is_undone(engine: Engine) -> None:
    @engine.handlers.register("proef.bevestig")
    def confirm(uow: UnitOfWork, _call: ServiceCall) -> Variables:
        uow.keyring.new_key(uow)
        raise ConnectionError

    engine.deploy(diagrams.SERVICE)
    engine.start()
    before = _keys(engine)

    engine.run_due()

    assert _keys(engine) == before


def test_a_job_that_nobody_handles_is_not_lost(engine: Engine) -> None:
    engine.deploy(diagrams.SERVICE)
    instance = engine.start()
    engine.run_due()
    engine.handlers.register("proef.bevestig")(lambda _uow, _call: {})
    engine.clock.advance(seconds=5)

    engine.run_due()

    assert engine.instance(instance).status == InstanceStatus.COMPLETED


def test_a_job_that_fails_holds_up_no_other(engine: Engine) -> None:
    @engine.handlers.register("proef.bevestig")
    def confirm(_uow: UnitOfWork, call: ServiceCall) -> Variables:
        if call.business_key == "S-1":
            raise ConnectionError
        return {}

    engine.deploy(diagrams.SERVICE)
    poisoned, fine = engine.start(business_key="S-1"), engine.start(business_key="S-2")
    engine.run_due()

    assert engine.instance(poisoned).status == InstanceStatus.ACTIVE
    assert engine.instance(fine).status == InstanceStatus.COMPLETED


def test_a_job_that_ends_its_worker_every_time_becomes_an_incident(engine: Engine) -> None:
    engine.handlers.register("proef.bevestig")(lambda _uow, _call: {})
    engine.deploy(diagrams.SERVICE)
    instance = engine.start()
    for _ in range(jobs.TRIES):
        engine.claim_jobs("worker that dies")
        engine.clock.advance(seconds=61)

    engine.run_due()

    assert engine.instance(instance).status == InstanceStatus.ACTIVE
    assert jobs.next_due_at(engine.database) is None


def test_what_a_job_leads_to_is_done_in_the_same_run(engine: Engine) -> None:
    engine.deploy(diagrams.WAITS_FOR_ANSWER, diagrams.SENDS_ANSWER)
    engine.start("vraag", nummer="7")
    engine.start("antwoord_geven", nummer="7", uitkomst="ja")

    engine.run_due()

    assert engine.count(job) == 0


def test_more_than_one_batch_is_done_in_one_run(engine: Engine) -> None:
    engine.deploy(diagrams.DELAYED)
    for _ in range(25):
        engine.start()
    engine.clock.advance(hours=1)

    assert engine.run_due() == 25
    assert engine.run_due() == 0


def test_the_log_tells_where_a_job_failed_and_not_what_was_said(engine: Engine) -> None:
    @engine.handlers.register("proef.bevestig")
    def confirm(_uow: UnitOfWork, _call: ServiceCall) -> Variables:
        raise ValueError("Jan Jansen, Dorpsstraat 1")

    engine.deploy(diagrams.SERVICE)
    engine.start()
    with capture_logs() as logs:
        engine.run_due()

    (line,) = logs
    assert (line["event"], line["error"], line["element_id"]) == (
        "job_failed",
        "ValueError",
        "bevestig",
    )
    assert "test_worker.py" in line["where"]
    assert "Jansen" not in str(line)


def test_the_acts_it_was_given_are_what_it_does(engine: Engine) -> None:
    fired: list[Job] = []

    def fire_timer(uow: UnitOfWork, job: Job) -> object:
        fired.append(job)
        return jobs.fire_timer(uow, job)

    acts = replace(ENGINE_ACTS, fire_timer=fire_timer)
    engine.deploy(diagrams.DELAYED)
    instance = engine.start()
    engine.clock.advance(hours=1)
    Worker(engine.database, Handlers(), acts).run_due()

    assert [each.element_id for each in fired] == ["wacht"]
    assert len(engine.open_tasks(instance)) == 1


@pytest.fixture
def running(engine: Engine) -> Iterator[Worker]:
    engine.worker.start()
    yield engine.worker
    engine.worker.stop()


def test_work_that_comes_up_wakes_the_thread(engine: Engine, running: Worker) -> None:
    done = threading.Event()

    @engine.handlers.register("proef.bevestig")
    def confirm(uow: UnitOfWork, _call: ServiceCall) -> Variables:
        uow.after_commit(done.set)
        return {}

    engine.deploy(diagrams.SERVICE)
    instance = engine.start()

    assert done.wait(10)
    assert engine.instance(instance).status == InstanceStatus.COMPLETED


def test_the_thread_goes_on_after_a_failure(engine: Engine, running: Worker) -> None:
    calls = threading.Semaphore(0)

    @engine.handlers.register("proef.bevestig")
    def confirm(_uow: UnitOfWork, _call: ServiceCall) -> Variables:
        calls.release()
        raise SystemError

    engine.deploy(diagrams.SERVICE)
    for _ in range(2):
        engine.start()
        assert calls.acquire(timeout=10)


def test_a_worker_that_stopped_can_start_again(engine: Engine) -> None:
    worker = engine.worker
    worker.start()
    worker.start()
    worker.stop()

    worker.stop()

    assert worker.run_due() == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_only_worker_takes_up_at_once_what_it_had_begun_before_a_crash(engine: Engine) -> None:
    done = threading.Event()

    @engine.handlers.register("proef.bevestig")
    def confirm(uow: UnitOfWork, _call: ServiceCall) -> Variables:
        uow.after_commit(done.set)
        return {}

    engine.deploy(diagrams.SERVICE)
    engine.start()
    engine.claim_jobs(engine.worker.owner)

    engine.worker.start()

    assert done.wait(10)
    engine.worker.stop()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_workers_of_one_database_have_names_of_their_own(engine: Engine) -> None:
    other = Worker(engine.database, engine.handlers)

    assert other.owner != engine.worker.owner


def test_chores_are_done_once_an_hour(engine: Engine) -> None:
    done: list[int] = []
    worker = Worker(engine.database, Handlers(), chores=[lambda _uow: done.append(1)])

    for _ in range(3):
        worker._do_chores()
        engine.clock.advance(minutes=40)

    assert len(done) == 2


def _keys(engine: Engine) -> int:
    return engine.count(data_key)
