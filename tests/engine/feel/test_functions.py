"""The built-in functions, by position and by name, and functions that are lent."""

import inspect

import pytest

from engine import feel
from engine.errors import UitwegError
from engine.feel import FeelError
from tests.engine.feel.worth import worth

CASES = {
    "string(1.50)": "1.5",
    'string([1, "a", null, {b: 2}])': '[1, "a", null, {b: 2}]',
    'number("1.234,5", ".", ",")': "1234.5",
    'number("x")': None,
    'substring("abcdef", 3)': "cdef",
    'substring("abcdef", -2, 1)': "e",
    'substring(start position: 2, string: "abc")': "bc",
    'string length("\U0001f600a")': 2,
    'upper case("aé")': "AÉ",
    'lower case("AB")': "ab",
    'substring before("a-b", "-")': "a",
    'substring after("a-b", "-")': "b",
    'contains("abc", "b")': True,
    'starts with("abc", "ab")': True,
    'ends with("abc", "bc")': True,
    'replace("abcd", "(b)(c)", "$2$1")': "acbd",
    'matches("ABC", "b", "i")': True,
    'matches("a", "(")': None,
    'split("a;b;c", ";")': ["a", "b", "c"],
    'string join(["a", null, "b"], ", ")': "a, b",
    "list contains([1, null], null)": True,
    "count([1, 2])": 2,
    "min(3, 1, 2)": 1,
    "max([3, 1, 2])": 3,
    "sum([1, 2, 3])": 6,
    "sum([])": None,
    'sum([@"P1D", @"PT12H"]) = @"PT36H"': True,
    "product(2, 3)": 6,
    "mean([1, 2])": "1.5",
    "median([1, 9, 2])": 2,
    "stddev(2, 4)": "1.414213562373095048801688724209698",
    "mode([1, 2, 2, 3, 3])": [2, 3],
    "all([true, null])": None,
    "any([false, true])": True,
    "sublist([1, 2, 3], 2, 1)": [2],
    "append([1], 2, 3)": [1, 2, 3],
    "concatenate([1], [2])": [1, 2],
    "insert before([1, 3], 2, 2)": [1, 2, 3],
    "remove([1, 2], -1)": [1],
    "reverse([1, 2])": [2, 1],
    "index of([1, 2, 1], 1)": [1, 3],
    "union([1, 2], [2, 3])": [1, 2, 3],
    "distinct values([1, 1, 2])": [1, 2],
    "flatten([1, [2, [3]]])": [1, 2, 3],
    "list replace([1, 2], 1, 9)": [9, 2],
    "list replace([1, 2], function(item, new) item = 2, 9)": [1, 9],
    "sort([3, 1, 2])": [1, 2, 3],
    'get value({a: 1}, "a")': 1,
    "get entries({a: 1})": [{"key": "a", "value": 1}],
    'context put({a: 1}, "b", 2)': {"a": 1, "b": 2},
    'context put({a: {b: 1}}, ["a", "b"], 2)': {"a": {"b": 2}},
    "context merge([{a: 1}, {a: 2, b: 3}])": {"a": 2, "b": 3},
    'context([{key: "a", value: 1}])': {"a": 1},
    "decimal(2.345, 2)": "2.34",
    "floor(-1.5)": -2,
    "ceiling(1.1)": 2,
    "round half up(2.5, 0)": 3,
    "round half down(2.5, 0)": 2,
    "round up(1.11, 1)": "1.2",
    "round down(1.19, 1)": "1.1",
    "abs(-2)": 2,
    "modulo(-5, 3)": 1,
    "modulo(1, 0)": None,
    "sqrt(16)": 4,
    "sqrt(-1)": None,
    "exp(0)": 1,
    "log(1)": 0,
    "odd(3)": True,
    "even(1e40)": True,
    "odd(1.5)": None,
    "before([1..2], 3)": True,
    "after(3, [1..2])": True,
    "meets([1..2], [2..3])": True,
    "met by([2..3], [1..2])": True,
    "overlaps([1..3], [2..4])": True,
    "overlaps before([1..3], [2..4])": True,
    "overlaps after([2..4], [1..3])": True,
    "finishes(3, [1..3])": True,
    "finished by([1..3], 3)": True,
    "includes([1..3], 2)": True,
    "during(2, [1..3])": True,
    "starts(1, [1..3])": True,
    "started by([1..3], 1)": True,
    "coincides([1..3], [1..3])": True,
}


@pytest.mark.parametrize("text", CASES)
def test_a_built_in_function_gives_what_the_standard_says(text):
    assert worth(text) == CASES[text]


def test_every_built_in_function_is_tested():
    tested = " ".join(CASES) + inspect.getsource(inspect.getmodule(inspect.currentframe()))  # type: ignore[arg-type]
    elsewhere = {"date", "time", "date and time", "duration", "years and months duration", "not"}
    elsewhere |= {"is", "day of year", "day of week", "month of year", "week of year"}

    missing = {name for name in feel.builtin_names() if f"{name}(" not in tested}

    assert missing <= elsewhere


@pytest.mark.parametrize(
    "text", ['abs("a")', "abs()", "abs(1, 2)", "abs(x: 1)", "substring(1, 2)", "count(null)"]
)
def test_arguments_that_do_not_fit_give_null(text):
    assert worth(text) is None


def test_a_pattern_that_would_run_for_ever_elsewhere_ends_here():
    assert worth('matches(t, "^(a+)+$")', t="a" * 5_000 + "!") is False


def test_a_lent_function_is_called_by_its_name():
    parsed = feel.parse("plus(1, 2) * 2")

    assert parsed.evaluate({}, functions={"plus": lambda a, b: a + b}) == 6


def test_a_function_that_nobody_lends_is_an_error_with_its_place():
    with pytest.raises(FeelError) as caught:
        worth("1 + wacht(2)")

    assert (caught.value.code, caught.value.position) == ("unknown_function", 4)


def test_a_lent_function_does_not_hide_a_built_in_one():
    assert feel.evaluate("abs(-1)", {}, functions={"abs": lambda a: 99}) == 1


def failing(kind: str) -> object:
    """A lent function that fails, in one of the ways that functions fail."""
    if kind == "refused":
        raise UitwegError("bad_length")
    if kind == "type":
        return len(3)  # type: ignore[arg-type]
    return 1 / 0 if kind == "zero" else object()


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("refused", "function_failed"),
        ("type", "function_failed"),
        ("zero", "function_failed"),
        ("object", "no_value"),
    ],
)
def test_a_lent_function_that_fails_is_an_error_of_the_expression(kind, code):
    with pytest.raises(FeelError, match=code):
        feel.evaluate(f'doe("{kind}")', {}, functions={"doe": failing})


def test_too_few_arguments_for_a_lent_function_are_an_error():
    with pytest.raises(FeelError, match="function_failed"):
        feel.evaluate("doe()", {}, functions={"doe": failing})
