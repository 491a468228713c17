"""Literals, decimal arithmetic, and values that come in and go out."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from types import MappingProxyType

import pytest

from engine import feel
from engine.feel import FeelError
from engine.model import YearMonthDuration
from tests.engine.feel.worth import worth


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("0.5", "0.5"),
        (".5", "0.5"),
        ("1.5e2", 150),
        ('"een tekst"', "een tekst"),
        (r'"a\n\"b\" \u00e9"', 'a\n"b" é'),
        (r'"\U01F600"', "\U0001f600"),
        ("true", True),
        ("false", False),
        ("null", None),
        ('@"2026-04-27"', date(2026, 4, 27)),
        ("[1, [2], []]", [1, [2], []]),
        ('{a: 1, "b c": a + 1}', {"a": 1, "b c": 2}),
        ("1 // alles\n", 1),
        ("/* som */ 1 + /* en */ 1", 2),
    ],
)
def test_a_literal_is_worth_what_it_says(text, value):
    assert worth(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.1 + 0.2", "0.3"),
        ("1 - 2 - 3", -4),
        ("2 + 3 * 4", 14),
        ("(2 + 3) * 4", 20),
        ("10 / 4", "2.5"),
        ("1 / 3 * 3", "0." + "9" * 34),
        ("2 ** 3 ** 2", 64),
        ("-2 ** 2", 4),
        ("- (1 + 2)", -3),
        ("100000000000000000000000000000000 + 1", 100000000000000000000000000000001),
    ],
)
def test_numbers_are_decimal_and_operators_bind_as_in_feel(text, value):
    assert worth(text) == value


@pytest.mark.parametrize(
    "text",
    ["1 / 0", "1 + null", '1 + "a"', '"a" - "b"', "10 ** 7000", "-true", "weg + 1", '"a" * 2'],
)
def test_a_sum_that_cannot_be_made_is_null(text):
    assert worth(text) is None


def test_texts_are_joined_by_a_plus():
    assert worth('"spoed" + "zorg"') == "spoedzorg"


def test_a_list_of_one_counts_as_its_item():
    assert worth("[2] * 3") == 6


def test_a_name_that_is_not_given_is_null():
    assert worth("weg") is None


def test_numbers_come_in_as_decimals_and_floats_as_they_are_written():
    assert worth("a + b", a=1, b=0.1) == "1.1"


def test_numbers_that_are_not_finite_come_in_as_null():
    assert worth("a", a=float("inf")) is None
    assert feel.frozen([Decimal("NaN"), Decimal("Infinity")]) == (None, None)


def test_a_value_that_goes_out_cannot_be_changed():
    value = feel.evaluate("{a: [1, 2]}", {})

    assert isinstance(value, MappingProxyType)
    assert value["a"] == (Decimal(1), Decimal(2))


def test_what_came_in_is_not_changed_by_an_expression():
    given = {"a": [1, {"b": 2}]}

    worth("append(a, 3)", **given)

    assert given == {"a": [1, {"b": 2}]}


def test_plain_gives_lists_and_dicts_that_a_reader_may_change():
    assert feel.plain(feel.evaluate("{a: [1]}", {})) == {"a": [Decimal(1)]}


class Hidden:
    """An object of the host."""

    secret = "x"


@pytest.mark.parametrize("value", [Hidden(), Hidden, object(), {1, 2}, b"bytes", len])
def test_an_object_that_is_no_value_cannot_come_in(value):
    with pytest.raises(FeelError, match="no_value"):
        worth("a", a=value)


@pytest.mark.parametrize("text", ["[1..2]", "function(a) a", "abs", "[[1..2]]", "{f: abs}"])
def test_ranges_and_functions_do_not_leave_an_expression(text):
    with pytest.raises(FeelError, match="no_value"):
        worth(text)


def test_a_whole_number_beyond_all_measure_cannot_come_in():
    with pytest.raises(FeelError, match="value_too_large"):
        worth("a", a=1 << 30_000)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("1E+3"), "1000"),
        (Decimal("2.50"), "2.5"),
        (True, "true"),
        (None, "null"),
        ("tekst", "tekst"),
        (date(2026, 4, 27), "2026-04-27"),
        (time(9, 30), "09:30:00"),
        (datetime.fromisoformat("2026-04-27T09:30:00+02:00"), "2026-04-27T09:30:00+02:00"),
        (timedelta(days=1, hours=2), "P1DT2H"),
        (YearMonthDuration(-14), "-P1Y2M"),
    ],
)
def test_a_value_has_one_text(value, text):
    assert feel.to_text(value) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-04-27", date(2026, 4, 27)),
        ("PT24H", timedelta(hours=24)),
        ("P1Y", YearMonthDuration(12)),
        ("morgen", None),
        ("", None),
    ],
)
def test_iso_text_can_be_read_as_a_value(text, value):
    assert feel.parse_value(text) == value


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("1", "number"),
        ('"a"', "string"),
        ("true", "boolean"),
        ('@"2026-04-27"', "date"),
        ('@"09:30:00"', "time"),
        ('@"2026-04-27T09:30:00"', "date and time"),
        ('@"P1D"', "days and time duration"),
        ('@"P1M"', "years and months duration"),
        ("[1]", "list<number>"),
        ("{a: 1}", "context<a: number>"),
        ("[1..2]", "range<number>"),
        ("function(a) a", "function<Any> -> Any"),
        ("1", "Any"),
    ],
)
def test_instance_of_knows_every_type(value, kind):
    assert worth(f"({value}) instance of {kind}") is True


@pytest.mark.parametrize(
    "text",
    [
        "1 instance of string",
        "null instance of number",
        '@"2026-04-27T09:30:00" instance of date',
        "[1] instance of list<string>",
        "{a: 1} instance of context<b: number>",
        "1 instance of onbekend",
    ],
)
def test_instance_of_is_false_for_another_type(text):
    assert worth(text) is False
