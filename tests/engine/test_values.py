from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import orjson
import pytest

from engine.model import YearMonthDuration
from engine.values import tagged, untagged

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@pytest.mark.parametrize(
    "value",
    [
        Decimal("0.10"),
        Decimal("1E+400"),
        date(2026, 3, 2),
        datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
        datetime(2026, 3, 2, 9, 30),
        datetime(2026, 10, 25, 2, 30, tzinfo=AMSTERDAM, fold=1),
        time(9, 30),
        time(9, 30, tzinfo=UTC),
        timedelta(days=-1, seconds=5, microseconds=7),
        YearMonthDuration(-14),
    ],
)
def test_a_value_comes_back_as_it_was(value):
    stored = orjson.dumps(tagged(value))

    found = untagged(orjson.loads(stored))

    assert repr(found) == repr(value)


def test_the_zone_of_a_moment_is_kept():
    found = untagged(tagged(datetime(2026, 7, 1, 9, tzinfo=AMSTERDAM)))

    assert isinstance(found, datetime)
    assert found.tzinfo == AMSTERDAM


def test_what_is_no_value_is_refused():
    with pytest.raises(TypeError):
        tagged(object())
    with pytest.raises(ValueError, match="not a stored value"):
        untagged({"$": "moment", "v": 1})
