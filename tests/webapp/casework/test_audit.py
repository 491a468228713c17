"""The audit shows every change made to it afterwards, and nothing is done or shown without it."""

import pytest
from sqlalchemy import delete, insert, text, update
from sqlalchemy.exc import DBAPIError

from engine.errors import NotFoundError
from engine.model import SYSTEM, Actor
from webapp.casework import audit, views
from webapp.casework.audit import Act, Result
from webapp.casework.tables import audit_chain, audit_record

CASE = "S-7K3PQX"
ANNA = Actor("anna")


@pytest.fixture
def chain(database):
    """Four records in the chain of one case."""
    for act in (Act.REPORT_SIGNAL, Act.VIEW_CASE, Act.CLAIM_TASK, Act.COMPLETE_TASK):
        with database.unit_of_work(ANNA) as uow:
            audit.record(uow, act, case_number=CASE, object="signal_core")
    return CASE


def test_a_record_says_who_did_what_when_and_how_it_ended(database, clock) -> None:
    with database.unit_of_work(ANNA) as uow:
        audit.record(uow, Act.CLAIM_TASK, case_number=CASE, object="t1", result=Result.FAILED)

    (found,) = _read(database, CASE)
    assert (found.actor_id, found.action, found.object) == ("anna", "claim_task", "t1")
    assert (found.at, found.result, found.seq) == (clock.now(), "failed", 1)


def test_a_chain_that_nobody_touched_is_whole(database, chain) -> None:
    assert [record.seq for record in _read(database, chain)] == [1, 2, 3, 4]
    assert not _verify(database)


def test_what_belongs_to_no_case_stands_in_the_chain_of_the_day(database, clock) -> None:
    with database.unit_of_work(ANNA) as uow:
        audit.record(uow, Act.LOG_OUT)

    day = clock.now().date().isoformat()
    assert [record.action for record in _read(database, day)] == ["log_out"]
    with database.unit_of_work(SYSTEM) as uow:
        assert audit.chains(uow) == (day,)


@pytest.mark.parametrize("column", ["actor_id", "action", "object", "reason", "result", "hash"])
def test_a_record_that_was_altered_is_found(database, chain, column) -> None:
    _tamper(database, update(audit_record).where(audit_record.c.seq == 2).values({column: "x"}))

    assert "record_changed" in _whats(database)


def test_a_record_that_was_deleted_is_found(database, chain) -> None:
    _tamper(database, delete(audit_record).where(audit_record.c.seq == 2))

    assert "link_broken" in _whats(database)


def test_a_record_that_was_put_in_is_found(database, chain) -> None:
    last = _read(database, chain)[-1]
    row = {name: getattr(last, name) for name in ("chain", "at", "actor_id", "action", "object")}
    row |= {"reason": "", "result": "done", "previous_hash": last.hash, "hash": last.hash}
    _tamper(database, insert(audit_record).values(seq=5, **row))

    assert {"record_changed", "tail_differs"} <= _whats(database)


def test_records_that_changed_places_are_found(database, chain) -> None:
    for old, new in ((2, 99), (3, 2), (99, 3)):
        _tamper(database, update(audit_record).where(audit_record.c.seq == old).values(seq=new))

    assert {"link_broken", "record_changed"} <= _whats(database)


def test_a_tail_that_was_cut_off_is_found(database, chain) -> None:
    _tamper(database, delete(audit_record).where(audit_record.c.seq > 2))

    assert _whats(database) == {"tail_differs"}


def test_a_chain_whose_end_is_gone_is_found(database, chain) -> None:
    _tamper(database, delete(audit_chain))

    assert _whats(database) == {"no_chain_end"}


def test_a_record_that_is_undone_with_its_act_leaves_no_gap(database, chain) -> None:
    with pytest.raises(NotFoundError):
        _view_and_fail(database)
    with database.unit_of_work(ANNA) as uow:
        audit.record(uow, Act.VIEW_CASE, case_number=CASE)

    assert [record.seq for record in _read(database, chain)] == [1, 2, 3, 4, 5]
    assert not _verify(database)


def test_what_cannot_be_recorded_is_not_shown(office) -> None:
    case = office.report()
    with office.database.unit_of_work(SYSTEM) as uow:
        uow.connection.execute(text("ALTER TABLE audit_record RENAME TO audit_away"))

    with pytest.raises(DBAPIError):
        office.do(office.anna, views.view_case, case.number)


def _view_and_fail(database) -> None:
    with database.unit_of_work(ANNA) as uow:
        audit.record(uow, Act.VIEW_CASE, case_number=CASE)
        raise NotFoundError("not_found")


def _read(database, chain):
    with database.unit_of_work(SYSTEM) as uow:
        return audit.read(uow, chain)


def _verify(database):
    with database.unit_of_work(SYSTEM) as uow:
        return audit.verify(uow, CASE)


def _whats(database) -> set[str]:
    return {breach.what for breach in _verify(database)}


def _tamper(database, statement) -> None:
    with database.unit_of_work(SYSTEM) as uow:
        uow.connection.execute(statement)
