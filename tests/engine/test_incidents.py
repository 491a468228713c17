"""What fails is tried again, waits longer each time, and then waits for a person."""

import pytest
from sqlalchemy import select

from engine import incidents, jobs
from engine.errors import NotFoundError
from engine.handlers import ServiceCall
from engine.incidents import Incident
from engine.model import InstanceStatus, Variables
from engine.storage.tables import incident, job
from engine.storage.unit_of_work import UnitOfWork
from tests import diagrams
from tests.builders import CASE, Engine


class Outside:
    """A service outside that is away until it is back."""

    def __init__(self) -> None:
        self.is_away = True
        self.calls: list[ServiceCall] = []

    def __call__(self, _uow: UnitOfWork, call: ServiceCall) -> Variables:
        self.calls.append(call)
        if self.is_away:
            raise ConnectionError("the host says: Jan Jansen is not known")
        return {}


@pytest.fixture
def outside(engine: Engine) -> Outside:
    service = Outside()
    engine.handlers.register("proef.bevestig")(service)
    engine.deploy(diagrams.SERVICE)
    return service


def test_a_job_that_fails_waits_longer_each_time(engine: Engine, outside: Outside) -> None:
    engine.start()
    waits = []
    for _ in range(jobs.TRIES - 1):
        engine.run_due()
        due = jobs.next_due_at(engine.database)
        assert due is not None
        waits.append((due - engine.clock.now()).total_seconds())
        engine.clock.set(due)

    assert waits == [5, 30, 180, 1080]
    assert len(outside.calls) == 4


def test_a_job_that_fails_keeps_its_idempotency_key(engine: Engine, outside: Outside) -> None:
    engine.start()
    _let_it_fail(engine)

    assert len(outside.calls) == jobs.TRIES
    assert len({call.job_id for call in outside.calls}) == 1


def test_after_the_last_try_a_job_becomes_an_incident(engine: Engine, outside: Outside) -> None:
    instance = engine.start()
    _let_it_fail(engine)

    (found,) = _incidents(engine)

    assert (found.instance_id, found.business_key) == (instance.id, CASE)
    assert (found.element_id, found.code) == ("bevestig", "ConnectionError")
    assert engine.claim_jobs() == ()


def test_the_text_of_an_exception_is_stored_nowhere(engine: Engine, outside: Outside) -> None:
    engine.start()
    _let_it_fail(engine)

    with engine.unit_of_work() as uow:
        rows = [*uow.connection.execute(select(incident)), *uow.connection.execute(select(job))]
    assert "Jansen" not in str(rows)


def test_an_incident_that_is_retried_goes_on_with_all_its_tries(
    engine: Engine, outside: Outside
) -> None:
    instance = engine.start()
    _let_it_fail(engine)
    outside.is_away = False
    _retry(engine)

    engine.run_due()

    assert engine.instance(instance).status == InstanceStatus.COMPLETED
    assert _incidents(engine) == ()


def test_a_retry_that_fails_is_tried_again_as_often_as_before(
    engine: Engine, outside: Outside
) -> None:
    engine.start()
    _let_it_fail(engine)
    _retry(engine)

    _let_it_fail(engine)

    assert len(outside.calls) == 2 * jobs.TRIES
    assert len(_incidents(engine)) == 1


def test_an_incident_cannot_be_retried_twice(engine: Engine, outside: Outside) -> None:
    engine.start()
    _let_it_fail(engine)
    (found,) = _incidents(engine)
    _retry(engine)

    with engine.unit_of_work() as uow, pytest.raises(NotFoundError, match="incident_not_found"):
        incidents.retry(uow, found.job_id)


def test_cancelling_an_instance_takes_its_incident_away(engine: Engine, outside: Outside) -> None:
    instance = engine.start()
    _let_it_fail(engine)

    engine.cancel(instance)

    assert _incidents(engine) == ()
    assert engine.count(job) == 0


def test_a_step_that_cannot_be_taken_is_an_incident_at_its_element(engine: Engine) -> None:
    engine.deploy(diagrams.DELAYED_CHOICE)
    engine.start(kleur="groen")
    engine.clock.advance(hours=1)
    _let_it_fail(engine)

    (found,) = _incidents(engine)

    assert found.element_id == "splitsing"


def test_incidents_come_page_by_page_the_oldest_first(engine: Engine, outside: Outside) -> None:
    for number in range(5):
        engine.start(business_key=f"S-{number}")
        engine.clock.advance(hours=1)
        _let_it_fail(engine)

    pages = []
    after = None
    with engine.unit_of_work() as uow:
        while page := incidents.open_incidents(uow, after=after, limit=2):
            pages.append([each.business_key for each in page])
            after = page[-1]

    assert pages == [["S-0", "S-1"], ["S-2", "S-3"], ["S-4"]]


def test_the_incidents_of_a_case_are_found_by_its_number(engine: Engine, outside: Outside) -> None:
    engine.start(business_key="S-1")
    engine.start(business_key="S-2")
    _let_it_fail(engine)

    with engine.unit_of_work() as uow:
        (found,) = incidents.of_case(uow, "S-2")

    assert found.business_key == "S-2"


def _let_it_fail(engine: Engine) -> None:
    """Let time pass until nothing is tried again by itself."""
    engine.run_due()
    while due := jobs.next_due_at(engine.database):
        engine.clock.set(due)
        engine.run_due()


def _incidents(engine: Engine) -> tuple[Incident, ...]:
    with engine.unit_of_work() as uow:
        return incidents.open_incidents(uow)


def _retry(engine: Engine) -> None:
    (found,) = _incidents(engine)
    with engine.unit_of_work() as uow:
        incidents.retry(uow, found.job_id)
