"""One condition of a sequence flow, parsed before: what a gateway asks each time."""

from collections.abc import Iterator

from bench.figures import Figure
from bench.timing import median_ms
from engine import feel

AT_ONCE = 1000
_CONDITION = 'levensgevaar = "ja" or dader_nabij = "ja"'
_VARIABLES = {"levensgevaar": "nee", "dader_nabij": "ja", "gemeente": "venlo"}


def measure(*, rounds: int) -> Iterator[Figure]:
    """Microseconds of one evaluation."""
    condition = feel.parse(_CONDITION)

    def evaluate_many(_: int) -> None:
        for _ in range(AT_ONCE):
            condition.evaluate(_VARIABLES)

    microseconds = median_ms(evaluate_many, rounds) * 1000 / AT_ONCE
    yield Figure("", "a FEEL condition, parsed before", microseconds, "µs", aim=2)
