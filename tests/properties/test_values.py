"""Whatever a process variable is, it comes back from the database as it went in."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from engine.model import Value, YearMonthDuration
from engine.storage import values

ZONES: st.SearchStrategy[Any] = st.sampled_from(
    [None, UTC, ZoneInfo("Europe/Amsterdam"), ZoneInfo("Asia/Kolkata")]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.dates()
    | st.times(timezones=ZONES)
    | st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1), timezones=ZONES)
    | st.timedeltas()
    | st.builds(YearMonthDuration, st.integers(-1200, 1200))
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.sampled_from(["a", "b", "$", "v", "typename"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(value=VALUES)
def test_a_value_comes_back_as_it_went_in(value: Value) -> None:
    stored = values.dump({"x": value})

    loaded = values.load(stored)

    assert loaded == {"x": value}
    assert values.dump(loaded) == stored
