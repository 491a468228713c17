"""The piket roster: who is on call at a house, and when nobody is."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Concatenate, ParamSpec, TypeVar

import pytest

from engine.errors import ConflictError, FieldProblem, InvalidInputError, NotFoundError, UitwegError
from engine.model import SYSTEM
from engine.storage.unit_of_work import UnitOfWork
from tests.builders import MONDAY, ManualClock
from tests.webapp.builders import NO_PASSWORD, Office
from webapp.casework import accounts, audit, rosters
from webapp.casework.access import Grant, Person
from webapp.casework.rosters import Duty

Arguments = ParamSpec("Arguments")
Outcome = TypeVar("Outcome")

FRIDAY = datetime(2026, 3, 6, 17)  # by the clock of the house
NEXT_MONDAY = datetime(2026, 3, 9, 9)


class House:
    """An office whose house has a manager and two people for piket.

    Attributes:
        manager: of the house `noord`, as `other_manager` is of `midden`.
        pim, pia: piket at `noord`; `piet` at `midden`.
    """

    def __init__(self, office: Office) -> None:
        self.office = office
        with office.database.unit_of_work(SYSTEM) as uow:
            self.manager = _account(uow, "mo", "manager_zvh", "noord")
            self.other_manager = _account(uow, "mia", "manager_zvh", "midden")
            self.pim = _account(uow, "pim", "piket", "noord")
            self.pia = _account(uow, "pia", "piket", "noord")
            self.piet = _account(uow, "piet", "piket", "midden")

    def do(
        self,
        act: Callable[Concatenate[UnitOfWork, Person, Arguments], Outcome],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> Outcome:
        """An act of the manager."""
        return self.office.do(self.manager, act, *args, **kwargs)

    def put(self, on_call: Person, starts: datetime, ends: datetime) -> Duty:
        """The manager puts somebody on the roster."""
        return self.do(rosters.add, "noord", on_call.id, starts, ends)

    def on_duty(self, at: datetime) -> str | None:
        """Who is on call at `noord` at a moment."""
        return self.office.read(lambda uow: rosters.on_duty(uow, "noord", uow.calendar.moment(at)))

    def roster(self, days: int = 60) -> tuple[Duty, ...]:
        """What stands on it from a week ago on."""
        begin = MONDAY - timedelta(days=7)
        return self.office.read(
            lambda uow: rosters.of_place(uow, "noord", begin, begin + timedelta(days=days))
        )


@pytest.fixture
def house(office: Office) -> House:
    return House(office)


def test_who_stands_on_the_roster_is_on_duty_from_its_begin_up_to_its_end(house: House) -> None:
    house.put(house.pim, FRIDAY, NEXT_MONDAY)

    assert house.on_duty(datetime(2026, 3, 6, 16, 59)) is None
    assert house.on_duty(FRIDAY) == house.pim.id
    assert house.on_duty(datetime(2026, 3, 9, 8, 59)) == house.pim.id
    assert house.on_duty(NEXT_MONDAY) is None


def test_one_duty_follows_another_without_a_moment_between(house: House) -> None:
    house.put(house.pim, FRIDAY, NEXT_MONDAY)
    house.put(house.pia, NEXT_MONDAY, datetime(2026, 3, 10, 9))

    assert house.on_duty(NEXT_MONDAY) == house.pia.id


def test_times_are_typed_by_the_clock_and_stored_as_instants(house: House) -> None:
    """The night in which summer time begins has an hour less: the duty ends when the clock says."""
    house.put(house.pim, datetime(2026, 3, 28, 17), datetime(2026, 3, 29, 9))

    (kept,) = house.roster()

    assert kept.starts == datetime(2026, 3, 28, 16, tzinfo=UTC)
    assert kept.ends == datetime(2026, 3, 29, 7, tzinfo=UTC)


def test_a_time_that_the_clock_passes_over_is_refused(house: House) -> None:
    with pytest.raises(InvalidInputError) as refused:
        house.put(house.pim, datetime(2026, 3, 28, 17), datetime(2026, 3, 29, 2, 30))

    assert _rules(refused.value) == {("ends", "moment_skipped")}


@pytest.mark.parametrize(
    ("starts", "ends"),
    [
        (datetime(2026, 3, 5, 9), datetime(2026, 3, 6, 17, 1)),
        (datetime(2026, 3, 9, 8, 59), datetime(2026, 3, 10, 9)),
        (datetime(2026, 3, 7, 9), datetime(2026, 3, 8, 9)),
        (datetime(2026, 3, 5, 9), datetime(2026, 3, 12, 9)),
        (FRIDAY, NEXT_MONDAY),
    ],
    ids=["its begin", "its end", "inside", "around", "the same"],
)
def test_a_second_person_at_the_same_time_is_refused(
    house: House, starts: datetime, ends: datetime
) -> None:
    first = house.put(house.pim, FRIDAY, NEXT_MONDAY)

    with pytest.raises(ConflictError, match="duty_overlaps") as refused:
        house.put(house.pia, starts, ends)

    assert refused.value.values == {
        "person": house.pim.id,
        "starts": first.starts,
        "ends": first.ends,
    }
    assert house.roster() == (first,)


def test_two_houses_have_a_roster_each(house: House) -> None:
    house.put(house.pim, FRIDAY, NEXT_MONDAY)

    house.office.do(house.other_manager, rosters.add, "midden", house.piet.id, FRIDAY, NEXT_MONDAY)

    assert house.on_duty(FRIDAY) == house.pim.id
    assert [one.person for one in house.roster()] == [house.pim.id]


def test_only_who_has_piket_at_that_house_can_be_put_on_its_roster(house: House) -> None:
    for somebody in (house.piet, house.manager, house.office.anna, Person("unknown", "?")):
        with pytest.raises(InvalidInputError) as refused:
            house.put(somebody, FRIDAY, NEXT_MONDAY)

        assert _rules(refused.value) == {("on_call", "not_on_call")}


@pytest.mark.parametrize(
    ("starts", "ends", "problem"),
    [
        (FRIDAY, FRIDAY, ("ends", "ends_before_it_starts")),
        (NEXT_MONDAY, FRIDAY, ("ends", "ends_before_it_starts")),
        (datetime(2026, 2, 1, 9), datetime(2026, 2, 2, 9), ("ends", "is_past")),
        (FRIDAY, datetime(2026, 4, 7, 9), ("ends", "duty_too_long")),
        (datetime(2062, 3, 6, 9), datetime(2062, 3, 7, 9), ("starts", "duty_too_far")),
    ],
)
def test_a_time_that_cannot_be_is_refused_by_its_field(
    house: House, starts: datetime, ends: datetime, problem: tuple[str, str]
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        house.put(house.pim, starts, ends)

    assert _rules(refused.value) == {problem}
    assert not house.roster()


def test_nobody_is_put_on_call_for_what_has_been(house: House) -> None:
    duty = house.put(house.pim, datetime(2026, 3, 2, 8), datetime(2026, 3, 3, 9))

    assert duty.starts == MONDAY


def test_a_duty_that_is_taken_off_leaves_a_gap(house: House) -> None:
    duty = house.put(house.pim, FRIDAY, NEXT_MONDAY)

    house.do(rosters.remove, duty.id)

    assert house.on_duty(FRIDAY) is None
    assert not house.roster()


def test_of_a_duty_that_runs_what_has_been_stays(house: House, clock: ManualClock) -> None:
    duty = house.put(house.pim, MONDAY, NEXT_MONDAY)
    clock.advance(days=1)

    house.do(rosters.remove, duty.id)

    assert house.on_duty(MONDAY + timedelta(hours=23)) == house.pim.id
    assert house.on_duty(MONDAY + timedelta(days=1)) is None


def test_what_has_been_is_not_changed(house: House, clock: ManualClock) -> None:
    duty = house.put(house.pim, FRIDAY, NEXT_MONDAY)
    clock.advance(days=10)

    with pytest.raises(ConflictError, match="duty_over"):
        house.do(rosters.remove, duty.id)
    with pytest.raises(ConflictError, match="duty_over"):
        house.do(rosters.change, duty.id, house.pia.id, FRIDAY, datetime(2026, 3, 20, 9))

    assert house.roster() == (duty,)


def test_who_is_ill_is_replaced_from_now_on(house: House, clock: ManualClock) -> None:
    duty = house.put(house.pim, FRIDAY, NEXT_MONDAY)
    clock.set(datetime(2026, 3, 7, 12, tzinfo=UTC))

    house.do(rosters.change, duty.id, house.pia.id, FRIDAY, NEXT_MONDAY)

    assert house.on_duty(datetime(2026, 3, 7, 12, 59)) == house.pim.id
    assert house.on_duty(datetime(2026, 3, 7, 13)) == house.pia.id
    assert [one.person for one in house.roster()] == [house.pim.id, house.pia.id]


def test_a_change_that_is_refused_leaves_the_roster_as_it_was(house: House) -> None:
    first = house.put(house.pim, FRIDAY, NEXT_MONDAY)
    second = house.put(house.pia, NEXT_MONDAY, datetime(2026, 3, 16, 9))

    with pytest.raises(ConflictError, match="duty_overlaps"):
        house.do(rosters.change, first.id, house.pim.id, FRIDAY, datetime(2026, 3, 9, 12))

    assert house.roster() == (first, second)


def test_the_second_who_changes_the_same_duty_is_told(house: House) -> None:
    duty = house.put(house.pim, FRIDAY, NEXT_MONDAY)
    house.do(rosters.change, duty.id, house.pia.id, FRIDAY, NEXT_MONDAY)

    with pytest.raises(NotFoundError):
        house.do(rosters.change, duty.id, house.pim.id, FRIDAY, NEXT_MONDAY)


def test_who_lost_the_role_or_the_account_is_on_call_no_more(house: House) -> None:
    house.put(house.pim, FRIDAY, datetime(2026, 3, 7, 9))
    house.put(house.pia, datetime(2026, 3, 7, 9), NEXT_MONDAY)
    with house.office.database.unit_of_work(SYSTEM) as uow:
        accounts.withdraw(uow, house.pim.id, Grant("piket", "noord"))
        accounts.disable(uow, house.pia.id)

    assert house.on_duty(FRIDAY) is None
    assert house.on_duty(datetime(2026, 3, 8, 9)) is None
    assert [one.counts for one in house.roster()] == [False, False]


def test_gaps_are_what_no_duty_that_counts_covers(house: House) -> None:
    until = MONDAY + timedelta(days=7)
    house.put(house.pim, datetime(2026, 3, 3, 10), FRIDAY)
    house.put(house.pia, FRIDAY, datetime(2026, 3, 7, 10))
    tuesday, saturday = MONDAY + timedelta(days=1), MONDAY + timedelta(days=5)

    found = rosters.gaps(house.roster(), MONDAY, until)

    assert [(gap.starts, gap.ends) for gap in found] == [(MONDAY, tuesday), (saturday, until)]
    assert rosters.gaps(house.roster(), tuesday, saturday) == ()
    assert len(rosters.gaps((), MONDAY, until)) == 1
    with house.office.database.unit_of_work(SYSTEM) as uow:
        accounts.withdraw(uow, house.pia.id, Grant("piket", "noord"))
    friday = datetime(2026, 3, 6, 16, tzinfo=UTC)
    assert rosters.gaps(house.roster(), MONDAY, until)[1].starts == friday


def test_only_the_manager_of_the_house_makes_its_roster(house: House) -> None:
    duty = house.put(house.pim, FRIDAY, NEXT_MONDAY)
    others = (
        house.pim,
        house.other_manager,
        house.office.tom,
        house.office.anna,
        house.office.vera,
    )

    for somebody in others:
        arguments = (house.pia.id, NEXT_MONDAY, datetime(2026, 3, 10, 9))
        with pytest.raises(NotFoundError):
            house.office.do(somebody, rosters.add, "noord", *arguments)
        with pytest.raises(NotFoundError):
            house.office.do(somebody, rosters.change, duty.id, *arguments)
        with pytest.raises(NotFoundError):
            house.office.do(somebody, rosters.remove, duty.id)

    assert house.roster() == (duty,)


def test_everybody_sees_their_own_duties_alone(house: House, clock: ManualClock) -> None:
    house.put(house.pim, MONDAY, FRIDAY)
    house.put(house.pia, FRIDAY, NEXT_MONDAY)
    house.put(house.pim, NEXT_MONDAY, datetime(2026, 3, 16, 9))
    clock.advance(days=5)

    own = house.office.read(lambda uow: rosters.of_person(uow, house.pim))

    assert [one.starts for one in own] == [datetime(2026, 3, 9, 8, tzinfo=UTC)]


def test_each_change_of_the_roster_is_in_the_audit(house: House) -> None:
    duty = house.put(house.pim, FRIDAY, NEXT_MONDAY)
    new = house.do(rosters.change, duty.id, house.pia.id, FRIDAY, NEXT_MONDAY)

    records = house.office.read(lambda uow: audit.read(uow, "2026-03-02"))

    when = "2026-03-06T16:00:00+00:00 2026-03-09T08:00:00+00:00"
    assert [(one.actor_id, one.action, one.object) for one in records[-3:]] == [
        (house.manager.id, "add_duty", f"{duty.id} noord {house.pim.id} {when}"),
        (house.manager.id, "remove_duty", f"{duty.id} noord {house.pim.id} {when}"),
        (house.manager.id, "add_duty", f"{new.id} noord {house.pia.id} {when}"),
    ]


def test_of_two_who_plan_the_same_night_at_once_one_is_refused(house: House) -> None:
    outcomes: list[str] = []
    together = Barrier(2)

    def plan(somebody: Person) -> None:
        together.wait()
        try:
            house.put(somebody, FRIDAY, NEXT_MONDAY)
        except UitwegError as error:
            outcomes.append(error.code)
        else:
            outcomes.append("planned")

    threads = [Thread(target=plan, args=(one,)) for one in (house.pim, house.pia)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["duty_overlaps", "planned"]
    assert len(house.roster()) == 1


def _account(uow: UnitOfWork, name: str, role: str, scope: str) -> Person:
    grants = frozenset({Grant(role, scope)})
    return accounts.create(uow, name, name.title(), NO_PASSWORD, grants)


def _rules(error: InvalidInputError) -> set[tuple[str, str]]:
    return {(one.field, one.rule) for one in error.problems if isinstance(one, FieldProblem)}
