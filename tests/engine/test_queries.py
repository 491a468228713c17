"""Lists: the right rows, in order, page after page, by an index."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Select, insert, text, update

from engine import queries
from engine.effects import NO_TERM
from engine.instances import ProcessInstance
from engine.storage.tables import user_task
from engine.storage.unit_of_work import UnitOfWork
from engine.tasks import UserTask
from tests import diagrams
from tests.builders import ANNA, BRAM, CASE, MONDAY, Engine

VENLO = "aandachtsfunctionaris@venlo"
ROERMOND = "aandachtsfunctionaris@roermond"


@pytest.fixture
def instance(engine: Engine) -> ProcessInstance:
    engine.deploy(diagrams.IN_A_LANE)
    return engine.start()


def test_the_inbox_shows_what_a_group_may_take(engine: Engine, instance: ProcessInstance) -> None:
    with engine.unit_of_work() as uow:
        (task,) = queries.inbox(uow, ANNA.groups)

        assert task.instance_id == instance.id
        assert queries.inbox(uow, {"aandachtsfunctionaris@roermond"}) == ()
        assert queries.inbox(uow, ()) == ()


def test_a_claimed_task_is_with_who_claimed_it(engine: Engine, instance: ProcessInstance) -> None:
    (task,) = engine.open_tasks(instance)
    engine.as_(BRAM).claim(task)

    with engine.unit_of_work() as uow:
        assert queries.inbox(uow, ANNA.groups) == ()
        assert [each.id for each in queries.assigned(uow, "bram")] == [task.id]
        assert queries.assigned(uow, "anna") == ()


def test_a_closed_task_is_in_no_list_of_open_ones(
    engine: Engine, instance: ProcessInstance
) -> None:
    (task,) = engine.open_tasks(instance)
    engine.claim(task)
    engine.complete(task)

    with engine.unit_of_work() as uow:
        assert queries.inbox(uow, ANNA.groups) == queries.assigned(uow, "anna") == ()
        assert queries.open_tasks(uow, CASE) == ()
        assert [each.id for each in queries.tasks_of_case(uow, CASE)] == [task.id]


def test_the_inbox_comes_page_by_page_the_first_due_first(
    engine: Engine, instance: ProcessInstance
) -> None:
    with engine.unit_of_work() as uow:
        for number in range(25):
            days = None if number % 5 == 0 else number * 7 % 11
            _add_task(uow, instance, number, candidate=(VENLO, ROERMOND)[number % 2], days=days)
        together = queries.inbox(uow, {VENLO, ROERMOND}, limit=100)
        pages = list(_pages(uow, {VENLO, ROERMOND}))

    assert len(together) == 26
    assert [task for page in pages for task in page] == list(together)
    assert [len(page) for page in pages] == [4] * 6 + [2]
    due = [task.due_at or NO_TERM for task in together]
    assert due == sorted(due)


def test_someone_in_many_groups_has_one_inbox(engine: Engine, instance: ProcessInstance) -> None:
    groups = [f"melder@plaats_{number:03}" for number in range(250)]
    with engine.unit_of_work() as uow:
        for number in (0, 120, 249):
            _add_task(uow, instance, number, candidate=groups[number], days=300 - number)

        found = queries.inbox(uow, groups)

    assert [task.candidate for task in found] == [groups[249], groups[120], groups[0]]


def test_the_tasks_of_an_account_come_page_by_page(
    engine: Engine, instance: ProcessInstance
) -> None:
    with engine.unit_of_work() as uow:
        for number in range(5):
            _add_task(uow, instance, number, candidate=VENLO, days=number, assignee="anna")

        first = queries.assigned(uow, "anna", limit=3)
        rest = queries.assigned(uow, "anna", after=first[-1], limit=3)

    assert [task.key for task in (*first, *rest)] == ["x0", "x1", "x2", "x3", "x4"]


@pytest.mark.parametrize(
    ("index", "query"),
    [
        ("ix_user_task_inbox", queries._inbox(2, is_first=False)),
        ("ix_user_task_assignee", queries._assigned(is_first=False)),
        ("ix_user_task_business_key", queries._OPEN_OF_CASE),
    ],
)
def test_a_list_is_read_from_its_index(
    engine: Engine, instance: ProcessInstance, index: str, query: Select[Any]
) -> None:
    with engine.unit_of_work() as uow:
        for number in range(1000):
            assignee = f"account-{number % 50}" if number % 2 else None
            candidate = f"melder@plaats_{number % 50}"
            _add_task(
                uow, instance, number, candidate=candidate, days=number % 9, assignee=assignee
            )
        uow.connection.execute(update(user_task).values(business_key=user_task.c.key))
        uow.connection.execute(text("ANALYZE user_task"))

    plan = _plan(engine, query)

    assert index in plan
    assert not re.search(r"SCAN user_task|Seq Scan", plan)


def test_the_instances_of_a_case_are_found_by_its_number(engine: Engine) -> None:
    engine.deploy(diagrams.ONE_TASK)
    first = engine.start(business_key="S-1")
    engine.start(business_key="S-2")
    engine.clock.advance(seconds=1)
    second = engine.start(business_key="S-1")

    with engine.unit_of_work() as uow:
        found = queries.instances_of_case(uow, "S-1")

    assert [each.id for each in found] == [first.id, second.id]


def test_the_timers_of_a_case_say_when_they_fire(engine: Engine) -> None:
    engine.given_open_task(diagrams.REMINDED)

    with engine.unit_of_work() as uow:
        found = queries.timers_of_case(uow, CASE)

    assert [each.element_id for each in found] == ["na_een_dag", "na_drie_dagen"]
    assert found[0].due_at == engine.clock.now() + timedelta(days=1)


def _plan(engine: Engine, query: Select[Any]) -> str:
    """How the database reads a list."""
    values = {"after_sort_at": MONDAY, "after_id": "x", "limit": 5, "group_0": "melder@plaats_1"}
    values |= {"group_1": "melder@plaats_2", "account_id": "account-1", "business_key": "x3"}
    known = query.compile().params.keys() & values.keys()
    filled = query.params({name: values[name] for name in known})
    with engine.unit_of_work() as uow:
        compiled = filled.compile(uow.connection, compile_kwargs={"literal_binds": True})
        explain = "EXPLAIN QUERY PLAN" if engine.database.is_sqlite else "EXPLAIN"
        rows = uow.connection.exec_driver_sql(f"{explain} {compiled}").all()
    return "\n".join(str(row) for row in rows)


def _pages(uow: UnitOfWork, groups: set[str]) -> list[tuple[UserTask, ...]]:
    pages: list[tuple[UserTask, ...]] = []
    while page := queries.inbox(uow, groups, after=pages[-1][-1] if pages else None, limit=4):
        pages.append(page)
    return pages


def test_what_runs_and_what_ended_is_counted_by_version(
    engine: Engine, instance: ProcessInstance
) -> None:
    (task,) = engine.open_tasks(instance)
    engine.claim(task)
    engine.complete(task)
    engine.start()

    with engine.unit_of_work() as uow:
        assert queries.tally(uow) == ((instance.definition_id, 1, 1),)


def _add_task(
    uow: UnitOfWork,
    instance: ProcessInstance,
    number: int,
    *,
    candidate: str,
    days: int | None,
    assignee: str | None = None,
) -> None:
    due_at = None if days is None else uow.now + timedelta(days=days)
    uow.connection.execute(
        insert(user_task),
        {
            "id": f"{instance.id}-x{number}",
            "instance_id": instance.id,
            "key": f"x{number}",
            "process_id": "proef",
            "element_id": "beoordeel",
            "name": "Beoordeel",
            "business_key": CASE,
            "candidate": candidate,
            "status": "open",
            "revision": 1,
            "assignee": assignee,
            "opened_at": uow.now,
            "due_at": due_at,
            "sort_at": due_at or NO_TERM,
        },
    )
