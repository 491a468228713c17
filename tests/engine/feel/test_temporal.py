"""Dates, times and durations: reading, parts, sums and zones."""

from datetime import date, datetime, time, timedelta

import pytest

from engine.model import YearMonthDuration
from tests.engine.feel.worth import worth


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('date("2026-04-27")', date(2026, 4, 27)),
        ("date(2026, 4, 27)", date(2026, 4, 27)),
        ("date(year: 2026, month: 4, day: 27)", date(2026, 4, 27)),
        ('date(date and time("2026-04-27T09:30:00"))', date(2026, 4, 27)),
        ('time("09:30:00")', time(9, 30)),
        ("time(9, 30, 15)", time(9, 30, 15)),
        ('date and time("2026-04-27T09:30:00")', datetime(2026, 4, 27, 9, 30)),
        ('date and time(@"2026-04-27", @"09:30:00")', datetime(2026, 4, 27, 9, 30)),
        ('duration("P1DT2H")', timedelta(days=1, hours=2)),
        ('duration("-P1Y2M")', YearMonthDuration(-14)),
        (
            'years and months duration(@"2024-01-31", @"2026-03-01")',
            YearMonthDuration(25),
        ),
    ],
)
def test_dates_times_and_durations_are_made_of_text_and_parts(text, value):
    assert worth(text) == value


@pytest.mark.parametrize(
    "text",
    [
        'date("2026-02-30")',
        'date("27-04-2026")',
        "date(2026, 13, 1)",
        'time("25:00:00")',
        'date and time("2026-04-27T09:30:00@Mars/Olympus")',
        'date and time("2026-04-27T09:30:00@../../etc/passwd")',
        'duration("P1M2D")',
        'duration("1 dag")',
        'date("9999-12-31") + @"P1D"',
        'date("0001-01-01") - @"P1M"',
    ],
)
def test_what_is_no_moment_or_lies_beyond_the_years_is_null(text):
    assert worth(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('@"2026-01-31" + @"P1M"', date(2026, 2, 28)),
        ('@"2026-03-31" - @"P1M"', date(2026, 2, 28)),
        ('@"2026-04-27" + @"P1D"', date(2026, 4, 28)),
        ('@"2026-04-27T22:00:00" + @"PT3H"', datetime(2026, 4, 28, 1)),
        ('@"23:00:00" + @"PT2H"', time(1)),
        ('@"2026-04-27" - @"2026-04-20"', timedelta(days=7)),
        ('@"2026-04-27T12:00:00Z" - @"2026-04-27T12:00:00+02:00"', timedelta(hours=2)),
        ('@"P1D" * 1.5', timedelta(hours=36)),
        ('@"P1D" / @"PT6H"', 4),
        ('@"P1Y" + @"P6M"', YearMonthDuration(18)),
        ('@"P1Y" / 2', YearMonthDuration(6)),
        ('-@"P1D"', timedelta(days=-1)),
        ('@"P1Y" + @"P1D"', None),
        ('@"2026-04-27" + 1', None),
        ('@"2026-04-27T12:00:00Z" - @"2026-04-27T12:00:00"', None),
    ],
)
def test_moments_and_durations_are_added_and_subtracted(text, value):
    assert worth(text) == value


def test_hours_are_absolute_when_summer_time_begins():
    later = worth('@"2026-03-28T12:00:00@Europe/Amsterdam" + @"PT24H"')

    assert isinstance(later, datetime)
    assert later.hour == 13


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('@"2026-04-27".year', 2026),
        ('@"2026-04-27".weekday', 1),
        ('@"2026-04-27T09:30:15".minute', 30),
        ('@"2026-04-27T09:30:00+02:00".time offset', timedelta(hours=2)),
        ('@"2026-04-27T09:30:00@Europe/Amsterdam".timezone', "Europe/Amsterdam"),
        ('@"P1DT2H3M".hours', 2),
        ('@"-P1Y2M".months', -2),
        ('@"2026-04-27".hour', None),
        ('@"P1D".years', None),
        ('@"2026-04-27".resolution', None),
        ('day of week(@"2026-04-27")', "Monday"),
        ('day of year(@"2026-02-01")', 32),
        ('week of year(@"2026-12-31")', 53),
        ('month of year(@"2026-04-27")', "April"),
    ],
)
def test_moments_have_parts(text, value):
    assert worth(text) == value


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("09:00:00", "09:00:00", True),
        ("09:00:00Z", "09:00:00", False),
        ("09:00:00@Etc/UTC", "09:00:00Z", False),
        ("2026-04-27T09:00:00@Europe/Amsterdam", "2026-04-27T09:00:00+02:00", False),
        ("2026-04-27T09:00:00@Europe/Amsterdam", "2026-04-27T09:00:00@Europe/Amsterdam", True),
    ],
)
def test_is_also_compares_the_zone(left, right, same):
    assert worth(f'is(@"{left}", @"{right}")') is same


def test_there_is_no_clock():
    assert worth("[now, today]") == [None, None]
