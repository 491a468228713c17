"""What holds for every moment and every number of days."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from engine.timers import Calendar, Cycle, Period, next_due

CALENDAR = Calendar(closing_days=frozenset({date(2026, 2, 16), date(2026, 2, 17)}))

moments = st.datetimes(
    min_value=datetime(2024, 1, 1), max_value=datetime(2031, 1, 1), timezones=st.just(UTC)
)
numbers = st.integers(min_value=0, max_value=60)


@given(moments, numbers)
def test_working_days_later_is_a_working_day_at_the_same_time_of_day(
    moment: datetime, n: int
) -> None:
    due = CALENDAR.local(CALENDAR.add_working_days(moment, n))

    assert CALENDAR.is_working_day(due.date())
    assert due.time() == CALENDAR.local(moment).time()


@given(moments, moments, numbers)
def test_who_begins_later_is_not_due_earlier(one: datetime, other: datetime, n: int) -> None:
    first, second = sorted((one, other))

    assert CALENDAR.add_working_days(first, n) <= CALENDAR.add_working_days(second, n)


@given(moments, st.integers(1, 60))
def test_one_working_day_more_is_later(moment: datetime, n: int) -> None:
    assert CALENDAR.add_working_days(moment, n) < CALENDAR.add_working_days(moment, n + 1)


@given(moments, st.integers(1, 30), st.integers(0, 30))
def test_terms_one_after_the_other_are_one_long_term(moment: datetime, n: int, more: int) -> None:
    in_two = CALENDAR.add_working_days(CALENDAR.add_working_days(moment, n), more)

    assert in_two == CALENDAR.add_working_days(moment, n + more)


@given(moments, st.integers(1, 40))
def test_the_working_days_in_between_are_as_many_as_asked(moment: datetime, n: int) -> None:
    begin = CALENDAR.local(moment).date()
    end = CALENDAR.local(CALENDAR.add_working_days(moment, n)).date()

    days = (begin + timedelta(days=number) for number in range(1, (end - begin).days + 1))

    assert sum(map(CALENDAR.is_working_day, days)) == n


@given(moments, st.integers(0, 400))
def test_hours_are_absolute_whatever_the_clocks_do(moment: datetime, n: int) -> None:
    assert CALENDAR.due(moment, n, "uren") - moment == timedelta(hours=n)


@given(moments, st.integers(0, 400))
def test_calendar_days_move_the_clock_by_an_hour_at_most(moment: datetime, n: int) -> None:
    due = CALENDAR.due(moment, n, "kalenderdagen")

    assert abs(due - moment - timedelta(days=n)) <= timedelta(hours=1)
    assert CALENDAR.local(due).date() == CALENDAR.local(moment).date() + timedelta(days=n)


@given(moments, moments, st.integers(0, 3), st.integers(0, 40), st.integers(1, 10**6))
def test_a_cycle_fires_strictly_later_and_skips_nothing(
    start: datetime, after: datetime, months: int, days: int, seconds: int
) -> None:
    cycle = Cycle(Period(months, days, timedelta(seconds=seconds)), start=start)

    due = next_due(cycle, after)

    assert due is not None
    assert due > after
    if due != start:
        assert due - after <= cycle.interval.about + timedelta(days=2 * months + 1)


countings = st.sampled_from(["werkdagen", "kalenderdagen", "uren"])


@given(moments, st.integers(1, 40), countings)
def test_the_latest_begin_of_a_term_has_ended_and_a_day_later_it_has_not(end, n, counting) -> None:
    begin = CALENDAR.latest_begin(end, n, counting)

    assert CALENDAR.due(begin, n, counting) <= end
    assert CALENDAR.due(begin + timedelta(days=1, hours=1), n, counting) > end
