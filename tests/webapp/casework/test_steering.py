"""What a manager does so that a case goes on: all of it or nothing, and to whom it may be given."""

from collections.abc import Callable

import pytest

from engine import incidents
from engine.errors import ConflictError, NotAllowedError, NotFoundError
from engine.model import SYSTEM
from engine.storage.unit_of_work import UnitOfWork
from engine.tasks import UserTask
from tests.webapp.builders import Office
from webapp.casework import accounts, notices, steering, work
from webapp.casework.access import Grant, Person
from webapp.casework.cases import CaseFile

Steers = Callable[[UnitOfWork, Office, UserTask], object]
ACTS_ON_A_TASK: dict[str, Steers] = {
    "remind": lambda uow, office, task: steering.remind(uow, office.tom, task.id),
    "take_back": lambda uow, office, task: steering.take_back(
        uow, office.tom, task.id, revision=task.revision
    ),
    "give": lambda uow, office, task: steering.give(
        uow, office.tom, task.id, office.bram.id, revision=task.revision
    ),
}


@pytest.fixture
def case(office: Office) -> CaseFile:
    """A signal in Venlo that Anna has."""
    reported = office.report()
    task = office.open_task(reported)
    office.do(office.anna, work.claim_task, task.id, revision=task.revision)
    return reported


@pytest.mark.parametrize("act", ACTS_ON_A_TASK.values(), ids=ACTS_ON_A_TASK)
def test_what_is_broken_off_leaves_nothing(office: Office, case: CaseFile, act: Steers) -> None:
    before, acts = office.open_task(case), office.acts(case.number)

    with pytest.raises(KeyboardInterrupt):
        _break_off(office, lambda uow: act(uow, office, before))

    assert office.open_task(case) == before
    assert office.acts(case.number) == acts
    for person in (office.anna, office.bram):
        assert not _told(office, person)


@pytest.mark.parametrize("act", ACTS_ON_A_TASK.values(), ids=ACTS_ON_A_TASK)
def test_each_act_is_one_more_record_of_the_case(
    office: Office, case: CaseFile, act: Steers
) -> None:
    acts = office.acts(case.number)

    with office.database.unit_of_work(office.tom.actor) as uow:
        act(uow, office, office.open_task(case))

    assert len(office.acts(case.number)) == len(acts) + 1


def test_a_retry_that_is_broken_off_leaves_the_work_failed(office: Office) -> None:
    case = office.report_and_fail()
    (failed,) = office.read(lambda uow: incidents.of_case(uow, case.number))

    with pytest.raises(KeyboardInterrupt):
        _break_off(office, lambda uow: steering.retry(uow, office.tom, failed.job_id))

    assert office.read(lambda uow: incidents.of_case(uow, case.number)) == (failed,)
    assert "retry_job" not in office.acts(case.number)


def test_only_who_manages_the_case_lets_failed_work_be_tried_again(office: Office) -> None:
    case = office.report_and_fail()
    (failed,) = office.read(lambda uow: incidents.of_case(uow, case.number))

    with pytest.raises(NotAllowedError):
        office.do(office.anna, steering.retry, failed.job_id)
    for person in (office.carla, office.mel, office.vera):
        with pytest.raises(NotFoundError):
            office.do(person, steering.retry, failed.job_id)
    assert office.read(lambda uow: incidents.of_case(uow, case.number)) == (failed,)

    office.do(office.tom, steering.retry, failed.job_id)
    with pytest.raises(NotFoundError):
        office.do(office.tom, steering.retry, failed.job_id)


def test_who_works_in_a_case_steers_nothing_in_it(office: Office, case: CaseFile) -> None:
    task = office.open_task(case)

    for person in (office.anna, office.bram):
        with pytest.raises(NotAllowedError):
            office.do(person, steering.remind, task.id)
        with pytest.raises(NotAllowedError):
            office.do(person, steering.take_back, task.id, revision=task.revision)
        with pytest.raises(NotAllowedError):
            office.do(person, steering.give, task.id, office.bram.id, revision=task.revision)
        with pytest.raises(NotAllowedError):
            office.do(person, steering.view_giving, task.id)
    assert office.open_task(case) == task


def test_a_task_is_given_only_to_who_has_its_role_there_today(
    office: Office, case: CaseFile
) -> None:
    task = office.open_task(case)
    with office.database.unit_of_work(SYSTEM) as uow:
        accounts.withdraw(uow, office.bram.id, Grant("aandachtsfunctionaris", "venlo"))

    assert office.do(office.tom, steering.view_giving, task.id).colleagues == ()
    for account_id in (office.bram.id, office.carla.id, office.tom.id, "nobody"):
        with pytest.raises(NotFoundError, match="account_not_found"):
            office.do(office.tom, steering.give, task.id, account_id, revision=task.revision)


def test_a_task_is_not_given_to_an_account_that_was_shut(office: Office, case: CaseFile) -> None:
    task = office.open_task(case)
    with office.database.unit_of_work(SYSTEM) as uow:
        accounts.disable(uow, office.bram.id)

    assert office.do(office.tom, steering.view_giving, task.id).colleagues == ()
    with pytest.raises(NotFoundError, match="account_not_found"):
        office.do(office.tom, steering.give, task.id, office.bram.id, revision=task.revision)


def test_who_has_least_in_hand_stands_first(office: Office, case: CaseFile) -> None:
    other = office.report(submission="nog een")
    free = office.open_task(other)

    seen = office.do(office.tom, steering.view_giving, free.id)

    assert seen.holder == ""
    assert [(one.name, one.tasks) for one in seen.colleagues] == [
        ("Bram Bos", 0),
        ("Anna Aarts", 1),
    ]


def test_a_list_that_is_older_than_the_task_changes_nothing(office: Office, case: CaseFile) -> None:
    task = office.open_task(case)
    older = task.revision - 1

    with pytest.raises(ConflictError):
        office.do(office.tom, steering.take_back, task.id, revision=older)
    with pytest.raises(ConflictError):
        office.do(office.tom, steering.give, task.id, office.bram.id, revision=older)

    assert office.open_task(case) == task


def _break_off(office: Office, act: Callable[[UnitOfWork], object]) -> None:
    """An act of the manager, and the end of the server before the commit."""
    with office.database.unit_of_work(office.tom.actor) as uow:
        act(uow)
        raise KeyboardInterrupt


def _told(office: Office, person: Person) -> list[str]:
    return [one.kind for one in office.read(lambda uow: notices.unseen(uow, person))]
