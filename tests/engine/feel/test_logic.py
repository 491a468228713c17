"""Three-valued logic, comparison, and the unary tests of decision tables."""

import pytest

from engine import feel
from engine.feel import FeelError
from tests.engine.feel.worth import worth

VALUES = {"T": "true", "F": "false", "N": "null"}
AND = {"TT": True, "TF": False, "TN": None, "FF": False, "FN": False, "NN": None}
OR = {"TT": True, "TF": True, "TN": True, "FF": False, "FN": None, "NN": None}


@pytest.mark.parametrize(("word", "table"), [("and", AND), ("or", OR)])
def test_and_and_or_know_a_third_value_and_no_order(word, table):
    for pair, value in table.items():
        left, right = (VALUES[sign] for sign in pair)

        assert worth(f"{left} {word} {right}") is value
        assert worth(f"{right} {word} {left}") is value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("not(true)", False),
        ("not(null)", None),
        ("not(1)", None),
        ("true and 1", None),
        ('false or "a"', None),
        ("true or false and false", True),
    ],
)
def test_what_is_not_true_or_false_is_unknown(text, value):
    assert worth(text) is value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 = 1.0", True),
        ("1 != 2", True),
        ("1 < 2", True),
        ("2 <= 2", True),
        ('"a" < "b"', True),
        ("null = null", True),
        ("1 = null", False),
        ("null != 1", True),
        ('1 = "1"', None),
        ("1 < null", None),
        ('1 < "2"', None),
        ("true < false", None),
        ("[1, 2] = [1, 2]", True),
        ("[1, 2] = [2, 1]", False),
        ("{a: 1, b: 2} = {b: 2, a: 1}", True),
        ("[1..2] = [1..2]", True),
        ('@"2026-04-27" < @"2026-04-28"', True),
        ('@"PT24H" = @"P1D"', True),
        ('@"P12M" = @"P1Y"', True),
        ('@"P1Y" = @"P365D"', None),
        ('@"2026-04-27T12:00:00Z" = @"2026-04-27T14:00:00+02:00"', True),
        ('@"2026-04-27T12:00:00Z" = @"2026-04-27T12:00:00"', None),
        ("5 between 1 and 5", True),
        ("5 between 6 and 9", False),
        ("null between 1 and 2", None),
    ],
)
def test_values_of_one_type_are_compared_and_others_are_unknown(text, value):
    assert worth(text) is value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5 in (1, 5)", True),
        ("5 in [1..5]", True),
        ("5 in [1..5)", False),
        ("5 in ]5..9]", False),
        ("5 in (< 3, > 4)", True),
        ("5 in < 3", False),
        ("5 in [1, 5]", True),
        ("1 in [[1..3], 9]", True),
        ("null in (null)", True),
        ("null in (1)", False),
        ('"a" in ("a", "b")', True),
        ("5 in (null..10]", None),
        ('@"2026-04-27" in [@"2026-01-01"..@"2026-12-31"]', True),
    ],
)
def test_in_tests_values_comparisons_lists_and_ranges(text, value):
    assert worth(text) is value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("if true then 1 else 2", 1),
        ("if false then 1 else 2", 2),
        ("if null then 1 else 2", 2),
        ("if 1 then 1 else 2", 2),
        ("if false then 1 else if true then 2 else 3", 2),
    ],
)
def test_if_takes_the_branch_whose_condition_is_true(text, value):
    assert worth(text) == value


@pytest.mark.parametrize(
    ("cell", "fits", "fits_not"),
    [
        ("-", 1, ()),
        ("", None, ()),
        ("5", 5, (6, None, "5")),
        ("< 5", 4, (5, None, "a")),
        (">= 5, 1", 1, (2,)),
        ("[1..5]", 5, (6,)),
        ("not(1, 2)", 3, (1, 2)),
        ("not(< 5)", 5, (4,)),
        ("null", None, (1,)),
        ("not(null)", 1, (None,)),
        ("true", True, (False, None)),
        ('"a", "b"', "b", ("c",)),
        ('contains(?, "x")', "axb", ("ab", None)),
        ("? > 3 and ? < 7", 5, (3, 7)),
        ("even(?)", 2, (3,)),
        ("grens", 10, (9,)),
        ("> grens", 11, (10,)),
        ("lijst", 2, (3,)),
        ("is_spoed", 99, ()),
        ("(5)", 5, (6,)),
        ("-5", -5, (5,)),
    ],
)
def test_a_cell_fits_what_feel_says(cell, fits, fits_not):
    tests = feel.parse_unary_tests(cell)
    context = {"grens": 10, "lijst": [1, 2], "is_spoed": True}

    assert tests.matches(fits, context)
    assert not any(tests.matches(value, context) for value in fits_not)


def test_a_cell_says_whether_it_tests_at_all():
    assert feel.parse_unary_tests("-").is_irrelevant
    assert not feel.parse_unary_tests("null").is_irrelevant


@pytest.mark.parametrize("cell", ["5,", "not(", "> ", "1 2", '"a', "5 -> true", "not(1) and"])
def test_a_cell_that_is_no_test_is_refused(cell):
    with pytest.raises(FeelError, match="syntax"):
        feel.parse_unary_tests(cell)
