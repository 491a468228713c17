"""Milliseconds, by the clock that only goes forward."""

import statistics
import time
from collections.abc import Callable


def median_ms(work: Callable[[int], object], rounds: int, *, warm_up: int = 20) -> float:
    """Half of *rounds* calls of *work* take less than this; each gets its number."""
    for number in range(warm_up):
        work(number)
    return statistics.median(timed_ms(work, number) for number in range(rounds))


def timed_ms(work: Callable[[int], object], number: int) -> float:
    """How long one call takes."""
    started = time.perf_counter()
    work(number)
    return (time.perf_counter() - started) * 1000
