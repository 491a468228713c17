"""Lists, contexts, paths, filters, ranges, loops and functions of one's own."""

from datetime import date

import pytest

from engine import feel
from engine.feel import FeelError
from tests.engine.feel.worth import worth

PEOPLE = [{"naam": "a", "leeftijd": 12}, {"naam": "b", "leeftijd": 30}, {"naam": "c"}]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a.b", {"c": 1}),
        ("a.b.c", 1),
        ("a.weg", None),
        ("a.weg.weg", None),
        ("mensen.naam", ["a", "b", "c"]),
        ("mensen.leeftijd", [12, 30, None]),
        ("n.b", None),
        ("[1..5].end", 5),
        ("[1..5).end included", False),
    ],
)
def test_a_path_reads_members_and_those_of_every_item(text, value):
    assert worth(text, a={"b": {"c": 1}}, mensen=PEOPLE, n=1) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[10, 20, 30][1]", 10),
        ("[10, 20, 30][-1]", 30),
        ("[10, 20, 30][4]", None),
        ("[10, 20, 30][0]", None),
        ("[10, 20, 30][1.5]", None),
        ("[10, 20, 30][1e50]", None),
        ("[10, 20, 30][item > 10]", [20, 30]),
        ("[10, 20, 30][plaats]", 20),
        ("mensen[leeftijd < 18].naam", ["a"]),
        ("mensen[leeftijd > 18][1].naam", "b"),
        ("mensen[naam = zoek].leeftijd", [30]),
        ("5[1]", 5),
        ("null[1]", None),
        ("[1, 2][true]", [1, 2]),
        ("[1, 2][null]", []),
        ("[{item: 1}, {item: 2}][item = 2]", [{"item": 2}]),
    ],
)
def test_a_filter_takes_a_position_or_a_condition(text, value):
    assert worth(text, mensen=PEOPLE, plaats=2, zoek="b") == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("for i in [1, 2, 3] return i * i", [1, 4, 9]),
        ("for i in 1..3 return i", [1, 2, 3]),
        ("for i in 3..1 return i", [3, 2, 1]),
        ("for i in [1..3) return i", [1, 2]),
        ("for i in 1..2, j in 1..i return i * 10 + j", [11, 21, 22]),
        ("for i in 0..4 return if i = 0 then 1 else i * partial[-1]", [1, 1, 2, 6, 24]),
        ("for i in [] return i", []),
        ("for i in null return i", None),
        ("for i in 5 return i", [5]),
        ("some i in [1, 2] satisfies i > 1", True),
        ("some i in [] satisfies true", False),
        ("every i in [1, 2] satisfies i > 1", False),
        ("every i in [] satisfies false", True),
        ("every i in [1, 2] satisfies null", None),
        ("some i in [1, 2], j in [3, 4] satisfies i + j = 6", True),
    ],
)
def test_loops_go_through_lists_and_ranges(text, value):
    assert worth(text) == value


def test_a_loop_goes_through_a_range_of_dates():
    days = worth('for d in @"2026-02-27"..@"2026-03-01" return d')

    assert days == [date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 1)]


def test_an_inner_name_goes_before_an_outer_one():
    assert worth("for a in [1] return a", a=9) == [1]
    assert worth("{a: 1, b: for a in [2] return a}.b", a=9) == [2]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("(function(a, b) a - b)(5, 3)", 2),
        ("(function(a, b) a - b)(b: 5, a: 3)", -2),
        ("{f: function(a) a * 2, x: f(4)}.x", 8),
        ("(function(a: string) a)(1)", None),
        ("(function(a: number) a)([1])", 1),
        ("(function(a) a)()", None),
        ("{f: function(n) if n = 0 then 1 else n * f(n - 1), x: f(5)}.x", 120),
        ("sort([2, 3, 1], function(a, b) a > b)", [3, 2, 1]),
    ],
)
def test_functions_of_ones_own_are_called_by_position_and_by_name(text, value):
    assert worth(text) == value


def test_an_external_function_is_refused():
    with pytest.raises(FeelError, match="external_function"):
        feel.parse('function(a) external {java: {class: "java.lang.Runtime"}}')


def test_an_entry_of_a_context_sees_the_entries_before_it():
    assert worth("{a: 1, b: a + 1, c: [b, later], later: 4}") == {
        "a": 1,
        "b": 2,
        "c": [2, None],
        "later": 4,
    }


@pytest.mark.parametrize(
    ("text", "names", "value"),
    [
        ("Totaal bedrag + 1", ["Totaal bedrag"], 6),
        ("aanvraag.Maand bedrag", ["Maand bedrag"], 7),
        ("a-b", ["a-b"], 3),
        ("a-b", [], 2),
    ],
)
def test_a_name_may_hold_spaces_and_signs_when_it_is_known(text, names, value):
    context = {"Totaal bedrag": 5, "aanvraag": {"Maand bedrag": 7}, "a-b": 3, "a": 5, "b": 3}

    assert int(feel.parse(text, names=names).evaluate(context)) == value  # type: ignore[arg-type]


def test_an_expression_says_which_variables_and_functions_it_needs():
    parsed = feel.parse("termijn(naam) > grens and mensen[leeftijd > 3].x = abs(y)")

    assert parsed.names == {"naam", "grens", "mensen", "y"}
    assert parsed.maybe_names == {"leeftijd"}
    assert dict(parsed.calls) == {"termijn": 0}
