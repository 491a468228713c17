"""What stands still is found whatever its cause, once, the longest standing first."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, select, text

from engine import jobs, standstills
from engine.effects import NO_TERM
from engine.instances import ProcessInstance
from engine.standstills import Cause, Search, Standstill
from engine.storage.tables import message_subscription, process_instance, user_task
from tests import diagrams
from tests.builders import CASE, MONDAY, Engine

VENLO = "aandachtsfunctionaris@venlo"
EVERY_CASE = select(process_instance.c.business_key)
OPENED = MONDAY - timedelta(days=1)

# Waits for an answer that should come within two days; then somebody is told, and it waits on.
WAITS = diagrams.diagram(
    diagrams.BEGIN_AND_END
    + '<receiveTask id="wacht" name="Wachten op antwoord" messageRef="antwoord"/>'
    + '<boundaryEvent id="te_laat" attachedToRef="wacht" cancelActivity="false">'
    + diagrams.timer("PT48H")
    + '</boundaryEvent><endEvent id="gemeld"/>',
    "begin wacht einde",
    "te_laat gemeld",
    above=diagrams.message("antwoord"),
)


@pytest.fixture
def instance(engine: Engine) -> ProcessInstance:
    """An instance whose own task is in time, and taken."""
    engine.deploy(diagrams.IN_A_LANE)
    started = engine.start()
    engine.claim(engine.open_tasks(started)[0])
    return started


def test_a_task_past_its_term_stands_still_since_then(
    engine: Engine, instance: ProcessInstance
) -> None:
    _add_task(engine, instance, 1, days=-2, assignee="anna")
    _add_task(engine, instance, 2, days=1, assignee="anna")

    (found,) = _find(engine)

    assert (found.cause, found.since) == (Cause.OVERDUE, MONDAY - timedelta(days=2))
    assert (found.business_key, found.name, found.assignee) == (CASE, "Taak 1", "anna")
    assert (found.process_id, found.definition_id) == ("proef", instance.definition_id)
    assert found.is_task


def test_a_task_that_nobody_took_for_too_long_stands_still_since_it_opened(
    engine: Engine, instance: ProcessInstance
) -> None:
    _add_task(engine, instance, 1, days=5)
    _add_task(engine, instance, 2, days=None, assignee="anna")
    _add_task(engine, instance, 3, days=5, opened=MONDAY)
    _add_task(engine, instance, 4, days=5, candidate="person:mel")

    (found,) = _find(engine, unclaimed_since=OPENED)

    assert (found.cause, found.since, found.name) == (Cause.UNCLAIMED, OPENED, "Taak 1")
    assert _find(engine, unclaimed_since=OPENED - timedelta(seconds=1)) == []
    assert _find(engine) == []


def test_a_task_of_which_nobody_has_the_role_stands_still_at_once(
    engine: Engine, instance: ProcessInstance
) -> None:
    _add_task(engine, instance, 1, days=5, candidate="handhaver@venlo")
    _add_task(engine, instance, 2, days=-5, candidate="handhaver@venlo")
    _add_task(engine, instance, 3, days=5, candidate="handhaver@venlo", assignee="anna")

    found = _find(engine, empty_groups={"handhaver@venlo"}, unclaimed_since=MONDAY)

    assert [(each.cause, each.name) for each in found] == [
        (Cause.UNHELD, "Taak 1"),
        (Cause.UNHELD, "Taak 2"),
    ]


def test_a_task_whose_holder_is_gone_stands_still_since_it_was_taken(
    engine: Engine, instance: ProcessInstance
) -> None:
    _add_task(engine, instance, 1, days=-5, assignee="weg")
    _add_task(engine, instance, 2, days=5, assignee="anna")

    (found,) = _find(engine, gone={"weg"})

    taken = OPENED + timedelta(hours=1)
    assert (found.cause, found.since, found.name) == (Cause.UNHELD, taken, "Taak 1")


def test_a_late_task_of_somebody_outside_is_told_apart(
    engine: Engine, instance: ProcessInstance
) -> None:
    _add_task(engine, instance, 1, days=-3, role="partner")
    _add_task(engine, instance, 2, days=-2, role=None)

    found = _find(engine, outside={"partner"})

    assert [each.cause for each in found] == [Cause.OUTSIDE, Cause.OVERDUE]
    assert _names(engine, {Cause.OUTSIDE}, outside={"partner"}) == ["Taak 1"]
    assert _names(engine, {Cause.OVERDUE}, outside={"partner"}) == ["Taak 2"]


def test_a_message_that_should_have_come_is_waited_for_too_long(engine: Engine) -> None:
    engine.deploy(WAITS)
    engine.start(nummer="7")
    engine.clock.advance(hours=48)
    engine.run_due()
    assert _find(engine) == []

    engine.clock.advance(minutes=1)
    (found,) = _find(engine)

    assert (found.cause, found.since) == (Cause.OUTSIDE, MONDAY + timedelta(hours=48))
    assert (found.name, found.element_id, found.business_key) == ("antwoord", "wacht", CASE)
    assert not found.is_task


def test_a_message_without_a_timer_on_the_waiting_has_no_term(engine: Engine) -> None:
    engine.deploy(diagrams.WAITS_FOR_ANSWER)
    engine.start("vraag", nummer="7")
    engine.clock.advance(days=400)

    with engine.unit_of_work() as uow:
        due = uow.connection.execute(select(message_subscription.c.due_at)).scalars().all()

    assert due == [None]
    assert _find(engine) == []


def test_a_message_that_came_is_waited_for_no_more(engine: Engine) -> None:
    engine.deploy(WAITS)
    engine.start(nummer="7")
    engine.clock.advance(hours=49)
    engine.send("antwoord", "7")

    assert _find(engine) == []


def test_work_that_failed_too_often_stands_still_since_then(engine: Engine) -> None:
    _fail(engine)

    (found,) = _find(engine)

    assert (found.cause, found.since) == (Cause.FAILED, engine.clock.now())
    assert (found.element_id, found.code) == ("bevestig", "ConnectionError")
    assert not found.is_task


def test_only_the_cases_that_count_are_found(engine: Engine, instance: ProcessInstance) -> None:
    _add_task(engine, instance, 1, days=-2)
    other = engine.start(business_key="S-ANDERS")
    _add_task(engine, other, 2, days=-1)

    one = EVERY_CASE.where(process_instance.c.business_key == "S-ANDERS")

    assert [each.name for each in _find(engine, cases=one)] == ["Taak 2"]
    assert _find(engine, process_ids={"een_ander"}) == []
    assert len(_find(engine, process_ids={"proef"})) == 2


def test_all_that_stands_still_comes_page_by_page_each_once(
    engine: Engine, instance: ProcessInstance
) -> None:
    _fail(engine)
    for number in range(30):
        _add_task(
            engine,
            instance,
            number,
            days=(number % 7) - 3 if number % 3 else None,
            candidate=("handhaver@venlo", VENLO)[number % 2],
            assignee=(None, "anna", "weg")[number % 5 % 3],
        )
    search = _search(
        unclaimed_since=engine.clock.now(), empty_groups={"handhaver@venlo"}, gone={"weg"}
    )
    with engine.unit_of_work() as uow:
        together = standstills.find(uow, search, limit=100)
        pages = [standstills.find(uow, search, limit=4)]
        while pages[-1]:
            last = pages[-1][-1]
            pages.append(standstills.find(uow, search, after=(last.since, last.id), limit=4))

    assert [each for page in pages for each in page] == list(together)
    assert [each.since for each in together] == sorted(each.since for each in together)
    assert len({each.id for each in together}) == len(together) > 20
    assert {each.cause for each in together} == set(Cause) - {Cause.OUTSIDE}


def test_each_cause_alone_gives_what_it_gives_among_the_others(
    engine: Engine, instance: ProcessInstance
) -> None:
    for number in range(24):
        _add_task(
            engine,
            instance,
            number,
            days=(-2, 2, None)[number % 3],
            candidate=("handhaver@venlo", VENLO)[number % 2],
            role=("handhaver", "partner")[number // 2 % 2],
            assignee=(None, "anna", None, "weg")[number // 6],
        )
    facts = {
        "unclaimed_since": MONDAY,
        "empty_groups": {"handhaver@venlo"},
        "gone": {"weg"},
        "outside": {"partner"},
    }
    together = _find(engine, **facts)

    for cause in Cause:
        alone = _find(engine, causes=frozenset({cause}), **facts)
        assert [each for each in together if each.cause == cause] == alone


def test_a_page_is_one_statement(engine: Engine, instance: ProcessInstance) -> None:
    _add_task(engine, instance, 1, days=-2)
    search = _search(unclaimed_since=MONDAY, gone={"weg"}, empty_groups={VENLO})

    with engine.unit_of_work() as uow, _statements(engine) as sent:
        standstills.find(uow, search)

    assert len(sent) == 1


def test_the_groups_that_tasks_wait_for_are_found_each_once(
    engine: Engine, instance: ProcessInstance
) -> None:
    for number, group in enumerate([VENLO, "b@x", VENLO, "a@x", "b@x", "person:mel", "z@x"]):
        _add_task(engine, instance, number, days=1, candidate=group)
    _add_task(engine, instance, 20, days=1, candidate="taken@x", assignee="anna")

    with engine.unit_of_work() as uow:
        assert standstills.waiting_groups(uow) == ("a@x", VENLO, "b@x", "z@x")


def test_where_nothing_waits_no_group_does(engine: Engine) -> None:
    with engine.unit_of_work() as uow:
        assert standstills.waiting_groups(uow) == ()


# PostgreSQL reads so few rows as it likes.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("knows_sizes", [True, False])
def test_among_many_each_list_is_read_from_its_index(
    engine: Engine, instance: ProcessInstance, knows_sizes: bool
) -> None:
    for number in range(300):
        _add_task(
            engine, instance, number, days=number % 40 - 5, assignee=("anna", None)[number % 2]
        )
    if knows_sizes:
        with engine.unit_of_work() as uow:
            uow.connection.execute(text("ANALYZE"))

    plan = _plan(engine, _search(unclaimed_since=OPENED, empty_groups={"x@y"}, gone={"weg"}))

    for index in ("open", "unclaimed", "inbox", "assignee"):
        assert f"SEARCH user_task USING INDEX ix_user_task_{index}" in plan
    assert "SEARCH message_subscription USING INDEX ix_message_subscription_due" in plan
    assert "SCAN user_task" not in plan


def _search(
    causes: frozenset[Cause] = frozenset(Cause),
    *,
    cases=EVERY_CASE,
    unclaimed_since: datetime | None = None,
    empty_groups=frozenset(),
    gone=frozenset(),
    outside=frozenset(),
    process_ids=frozenset(),
) -> Search:
    return Search(cases, causes, unclaimed_since, empty_groups, gone, outside, process_ids)


def _find(engine: Engine, **facts) -> list[Standstill]:
    with engine.unit_of_work() as uow:
        return list(standstills.find(uow, _search(**facts)))


def _names(engine: Engine, causes: set[Cause], **facts) -> list[str]:
    return [each.name for each in _find(engine, causes=frozenset(causes), **facts)]


def _fail(engine: Engine) -> None:
    """A service task fails until it becomes an incident."""

    @engine.handlers.register("proef.bevestig")
    def is_away(_uow, _call):
        raise ConnectionError

    engine.deploy(diagrams.SERVICE, folder="dienst")
    engine.start()
    engine.run_due()
    while (due := jobs.next_due_at(engine.database)) is not None:
        engine.clock.set(due)
        engine.run_due()


def _plan(engine: Engine, search: Search) -> str:
    """How the database reads a page."""
    with engine.unit_of_work() as uow:
        with _statements(engine) as sent:
            standstills.find(uow, search)
        ((statement, parameters),) = sent
        rows = uow.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    return "\n".join(str(row) for row in rows)


@contextmanager
def _statements(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """What is sent to the database meanwhile, with its parameters."""
    sent: list[tuple[str, Any]] = []

    def note(_connection, _cursor, statement, parameters, *_rest):
        sent.append((statement, parameters))

    event.listen(engine.database.engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine.database.engine, "before_cursor_execute", note)


def _add_task(
    engine: Engine,
    instance: ProcessInstance,
    number: int,
    *,
    days: int | None,
    candidate: str = VENLO,
    role: str | None = "aandachtsfunctionaris",
    assignee: str | None = None,
    opened: datetime = OPENED,
) -> None:
    """A task that is due in so many days; None for one without term."""
    with engine.unit_of_work() as uow:
        due_at = None if days is None else uow.now + timedelta(days=days)
        row = {
            "id": f"{instance.id}-x{number}",
            "instance_id": instance.id,
            "key": f"x{number}",
            "process_id": "proef",
            "element_id": "beoordeel",
            "name": f"Taak {number}",
            "business_key": instance.business_key,
            "role": role,
            "candidate": candidate,
            "status": "open",
            "revision": 1,
            "assignee": assignee,
            "claimed_at": opened + timedelta(hours=1) if assignee else None,
            "opened_at": opened,
            "due_at": due_at,
            "sort_at": due_at or NO_TERM,
        }
        uow.connection.execute(insert(user_task), row)
