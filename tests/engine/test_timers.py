"""Durations, cycles and terms, with real dates of 2026 and 2027."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest

from engine.model import YearMonthDuration
from engine.timers import (
    AMSTERDAM,
    DUTCH_CALENDAR,
    Calendar,
    Counting,
    Cycle,
    Period,
    TimerError,
    due_at,
    next_due,
    parse_cycle,
    parse_duration,
    parse_period,
    parse_timer,
)

CARNIVAL = frozenset({date(2026, 2, 16), date(2026, 2, 17)})
LIMBURG = Calendar(closing_days=CARNIVAL)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM)


def shown(moment: datetime) -> str:
    """The moment as a Dutch clock shows it, "2026-02-16 10:00"."""
    return f"{DUTCH_CALENDAR.local(moment):%Y-%m-%d %H:%M}"


# --- durations -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("PT24H", timedelta(hours=24)),
        ("P2D", timedelta(days=2)),
        ("P1W", timedelta(days=7)),
        ("P1DT12H30M5.25S", timedelta(days=1, hours=12, minutes=30, seconds=5.25)),
        ("-PT5M", timedelta(minutes=-5)),
        ("PT0S", timedelta()),
        ("P1Y2M", YearMonthDuration(14)),
        ("-P3M", YearMonthDuration(-3)),
        ("P0M", YearMonthDuration(0)),
    ],
)
def test_a_duration_is_read_as_one_of_the_two_kinds_of_feel(
    text: str, duration: timedelta | YearMonthDuration
) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P1", "1D", "P1H", "PT1D", "P-1D", "P1D2", "P1.5D"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(TimerError, match="bad_duration"):
        parse_duration(text)


def test_months_and_days_together_wait_but_are_no_feel_duration() -> None:
    assert parse_period("P1M2D") == Period(months=1, days=2)

    with pytest.raises(TimerError, match="mixed_duration"):
        parse_duration("P1M2D")


@pytest.mark.parametrize(
    ("text", "code"),
    [("-PT1H", "interval_not_positive"), ("P11Y", "too_long"), ("PT99999999H", "too_long")],
)
def test_a_timer_waits_neither_backwards_nor_longer_than_ten_years(text: str, code: str) -> None:
    with pytest.raises(TimerError, match=code):
        parse_timer(text)


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("PT24H", "2026-03-29 11:00"),  # absolute: the night was an hour short
        ("P1D", "2026-03-29 10:00"),
        ("P1M2D", "2026-04-30 10:00"),
        ("2026-05-01", "2026-05-01 00:00"),
        ("2026-05-01T08:30:00", "2026-05-01 08:30"),
        ("2026-05-01T08:30:00Z", "2026-05-01 10:30"),
        ("R/PT1H", "2026-03-28 11:00"),
        ("R/P1D", "2026-03-29 10:00"),
    ],
)
def test_a_timer_that_begins_before_summer_time_is_due_at(text: str, due: str) -> None:
    assert shown(due_at(parse_timer(text), local("2026-03-28 10:00")) or datetime.max) == due


def test_a_month_later_is_the_last_day_of_a_shorter_month() -> None:
    due = DUTCH_CALENDAR.add(local("2026-01-31 09:00"), YearMonthDuration(1))

    assert shown(due) == "2026-02-28 09:00"


# --- cycles --------------------------------------------------------------------------------------


def test_a_cycle_is_read_with_its_count_and_start() -> None:
    assert parse_cycle("R/PT24H") == Cycle(Period(rest=timedelta(hours=24)))
    assert parse_cycle("R3/P7D") == Cycle(Period(days=7), remaining=3)
    assert parse_cycle("R2/2026-01-01T00:00:00Z/PT1H") == Cycle(
        Period(rest=timedelta(hours=1)), remaining=2, start=datetime(2026, 1, 1, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("R/PT0S", "interval_not_positive"),
        ("R/PT0.001S", "interval_not_positive"),
        ("R/-PT1H", "interval_not_positive"),
        ("R/P11Y", "too_long"),
        ("R", "bad_cycle"),
        ("R/", "bad_cycle"),
        ("Rx/PT1H", "bad_cycle"),
        ("R-1/PT1H", "bad_cycle"),
        ("R1/a/b/PT1H", "bad_cycle"),
        ("R1/yesterday/PT1H", "bad_moment"),
        ("R1/PT1H/2026-01-01", "bad_duration"),
    ],
)
def test_a_cycle_that_never_ends_or_makes_no_sense_is_refused(text: str, code: str) -> None:
    with pytest.raises(TimerError, match=code):
        parse_timer(text)


def test_a_counted_cycle_is_used_up_after_its_last_firing() -> None:
    cycle = parse_cycle("R2/PT1H")
    moment: datetime | None = local("2026-03-02 09:00")

    firings = []
    while moment and (moment := next_due(cycle, moment)):
        firings.append(shown(moment))
        cycle = cycle.fired()

    assert firings == ["2026-03-02 10:00", "2026-03-02 11:00"]


def test_a_weekly_cycle_keeps_its_hour_through_summer_time() -> None:
    assert shown(next_due(parse_cycle("R/P7D"), local("2026-03-23 12:00")) or datetime.max) == (
        "2026-03-30 12:00"
    )


@pytest.mark.parametrize(
    ("text", "after", "due"),
    [
        ("R/2026-01-01T00:00:00/PT1H", "2025-12-31 12:00", "2026-01-01 00:00"),
        ("R/2026-01-01T00:00:00/PT1H", "2026-01-01 00:00", "2026-01-01 01:00"),
        ("R/2026-01-01T00:00:00/PT1H", "2026-06-01 10:20", "2026-06-01 11:00"),
        ("R/1970-01-01T00:00:00Z/PT1S", "2026-06-01 10:20", "2026-06-01 10:20"),
        ("R/2026-01-31/P1M", "2026-02-28 00:00", "2026-03-31 00:00"),
        ("R/2020-01-01T09:00:00/P1D", "2026-03-29 08:59", "2026-03-29 09:00"),
    ],
)
def test_a_cycle_with_a_start_keeps_to_the_hours_it_began_with(
    text: str, after: str, due: str
) -> None:
    assert shown(next_due(parse_cycle(text), local(after)) or datetime.max) == due


# --- holidays ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "day",
    [
        "2026-01-01",  # Nieuwjaarsdag
        "2026-04-03",  # Goede Vrijdag, art. 3 lid 2
        "2026-04-06",  # tweede paasdag
        "2026-04-27",  # Koningsdag
        "2025-04-26",  # Koningsdag, as the 27th is a Sunday
        "2026-05-05",  # 5 mei, which the library counts in 2025 and 2030 only
        "2027-05-05",
        "2026-05-14",  # Hemelvaartsdag
        "2026-05-25",  # tweede pinksterdag
        "2026-12-25",
        "2028-12-26",
        "2026-03-07",  # a Saturday
        "2026-03-08",
    ],
)
def test_weekends_and_the_days_of_the_algemene_termijnenwet_are_free(day: str) -> None:
    assert not DUTCH_CALENDAR.is_working_day(date.fromisoformat(day))


@pytest.mark.parametrize(
    "day", ["2026-02-16", "2026-04-28", "2026-05-04", "2026-05-15", "2026-12-31"]
)
def test_other_weekdays_are_working_days(day: str) -> None:
    assert DUTCH_CALENDAR.is_working_day(date.fromisoformat(day))


def test_a_region_has_closing_days_of_its_own() -> None:
    assert not LIMBURG.is_working_day(date(2026, 2, 16))
    assert DUTCH_CALENDAR.is_working_day(date(2026, 2, 16))


def test_closing_days_are_asked_once_for_a_year_and_only_when_a_working_day_is_counted() -> None:
    asked: list[int] = []

    def carnival(year: int) -> frozenset[date]:
        asked.append(year)
        return CARNIVAL

    calendar = Calendar(closing_days=carnival)
    calendar.due(local("2026-02-13 10:00"), "P5D", "kalenderdagen")
    assert asked == []

    due = calendar.add_working_days(local("2025-12-30 10:00"), 33)
    assert asked == [2025, 2026]
    assert shown(due) == "2026-02-18 10:00"


def test_calendars_with_the_same_days_are_equal_and_can_be_keys() -> None:
    assert {Calendar(), Calendar(closing_days=CARNIVAL)} == {DUTCH_CALENDAR, LIMBURG}


# --- terms ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("begin", "n", "due"),
    [
        ("2026-03-02 10:00", 1, "2026-03-03 10:00"),
        ("2026-03-06 10:00", 1, "2026-03-09 10:00"),  # Friday
        ("2026-03-07 10:00", 1, "2026-03-09 10:00"),  # Saturday: Monday is the first
        ("2026-03-08 10:00", 2, "2026-03-10 10:00"),
        ("2026-03-07 10:00", 0, "2026-03-09 10:00"),
        ("2026-03-02 10:00", 0, "2026-03-02 10:00"),
        ("2026-03-27 16:00", 1, "2026-03-30 16:00"),  # over the beginning of summer time
        ("2026-10-23 16:00", 1, "2026-10-26 16:00"),  # and its end
        ("2026-04-02 09:00", 1, "2026-04-07 09:00"),  # over Easter, from Maundy Thursday
        ("2026-04-24 09:00", 5, "2026-05-04 09:00"),  # Koningsdag in between
        ("2026-04-24 09:00", 6, "2026-05-06 09:00"),  # and 5 mei
        ("2026-05-13 09:00", 1, "2026-05-15 09:00"),  # Hemelvaart: the Friday is worked
        ("2026-12-24 23:30", 1, "2026-12-28 23:30"),
        ("2026-12-31 09:00", 1, "2027-01-04 09:00"),
        ("2027-03-25 09:00", 2, "2027-03-31 09:00"),  # Easter and summer time together
    ],
)
def test_working_days_later_at_the_same_time_of_day(begin: str, n: int, due: str) -> None:
    assert shown(DUTCH_CALENDAR.add_working_days(local(begin), n)) == due


def test_carnival_is_not_counted_where_it_is_closed() -> None:
    friday = local("2026-02-13 10:00")

    assert shown(LIMBURG.add_working_days(friday, 2)) == "2026-02-19 10:00"
    assert shown(DUTCH_CALENDAR.add_working_days(friday, 2)) == "2026-02-17 10:00"


def test_the_local_day_counts_not_that_of_utc() -> None:
    half_past_midnight_on_saturday = datetime(2026, 3, 6, 23, 30, tzinfo=UTC)

    due = DUTCH_CALENDAR.add_working_days(half_past_midnight_on_saturday, 1)

    assert shown(due) == "2026-03-09 00:30"


@pytest.mark.parametrize(
    ("begin", "length", "counting", "due"),
    [
        ("2026-03-28 10:00", "PT24H", "uren", "2026-03-29 11:00"),
        ("2026-10-24 10:00", "PT24H", "uren", "2026-10-25 09:00"),
        ("2026-10-24 10:00", Decimal(2), "uren", "2026-10-24 12:00"),
        ("2026-10-24 10:00", "P2D", "uren", "2026-10-26 09:00"),
        ("2026-03-28 10:00", "P1D", "kalenderdagen", "2026-03-29 10:00"),
        ("2026-03-28 02:30", "P1D", "kalenderdagen", "2026-03-29 03:30"),  # 02:30 does not exist
        ("2026-10-24 02:30", "P1D", "kalenderdagen", "2026-10-25 02:30"),
        ("2026-03-28 10:00", 14, "kalenderdagen", "2026-04-11 10:00"),
        ("2026-03-28 10:00", "P6W", "kalenderdagen", "2026-05-09 10:00"),
        ("2026-01-31 10:00", "P3M", "kalenderdagen", "2026-04-30 10:00"),
        ("2026-01-31 10:00", YearMonthDuration(3), "kalenderdagen", "2026-04-30 10:00"),
        ("2026-04-02 09:00", "P5D", "werkdagen", "2026-04-13 09:00"),
        ("2026-04-02 09:00", "5", "werkdagen", "2026-04-13 09:00"),
        ("2026-04-02 09:00", timedelta(days=5), "werkdagen", "2026-04-13 09:00"),
        ("2026-04-02 09:00", Decimal(5), "werkdagen", "2026-04-13 09:00"),
    ],
)
def test_a_term_is_counted_the_way_it_says(
    begin: str, length: str, counting: str, due: str
) -> None:
    assert shown(DUTCH_CALENDAR.due(local(begin), length, counting)) == due  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("end", "length", "counting", "begin"),
    [
        # a Wednesday: two working days have passed since Monday at the same time
        ("2026-03-04T10:00+01:00", "P2D", "werkdagen", "2026-03-02T10:00+01:00"),
        # a Monday: since Thursday
        ("2026-03-09T10:00+01:00", "P2D", "werkdagen", "2026-03-05T10:00+01:00"),
        # a Tuesday: what came on Sunday has had two as well
        ("2026-03-10T10:00+01:00", "P2D", "werkdagen", "2026-03-08T10:00+01:00"),
        ("2026-03-30T10:00+02:00", "P2D", "kalenderdagen", "2026-03-28T10:00+01:00"),
        ("2026-03-29T10:00+02:00", "PT12H", "uren", "2026-03-28T21:00+01:00"),
    ],
)
def test_a_term_that_has_ended_began_at_the_latest(
    end: str, length: str, counting: Counting, begin: str
) -> None:
    found = DUTCH_CALENDAR.latest_begin(datetime.fromisoformat(end), length, counting)

    assert found == datetime.fromisoformat(begin)


def test_the_hour_that_comes_twice_means_its_first_time() -> None:
    due = DUTCH_CALENDAR.due(local("2026-10-24 02:30"), 1, "kalenderdagen")

    assert due == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("length", "counting", "code"),
    [
        ("PT5H", "werkdagen", "bad_length"),
        ("P1M", "werkdagen", "bad_length"),
        ("P1M", "uren", "bad_length"),
        (Decimal("1.5"), "werkdagen", "bad_length"),
        (-1, "werkdagen", "bad_length"),
        (True, "werkdagen", "bad_length"),
        (timedelta(days=-2), "werkdagen", "bad_length"),
        (5000, "werkdagen", "too_long"),
        (1, "weken", "bad_counting"),
    ],
)
def test_a_length_that_does_not_fit_the_counting_is_refused(
    length: str, counting: str, code: str
) -> None:
    with pytest.raises(TimerError, match=code):
        DUTCH_CALENDAR.due(local("2026-03-02 10:00"), length, counting)  # type: ignore[arg-type]


def test_a_moment_far_beyond_the_calendar_is_refused_by_name() -> None:
    with pytest.raises(TimerError, match="too_long"):
        DUTCH_CALENDAR.add(datetime(9999, 12, 30, tzinfo=UTC), Period(days=5))


def test_a_date_means_its_first_minute_here() -> None:
    assert DUTCH_CALENDAR.moment(date(2026, 7, 1)) == datetime(2026, 6, 30, 22, tzinfo=UTC)
    assert DUTCH_CALENDAR.local(datetime(2026, 6, 30, 22, tzinfo=UTC)).time() == time()
