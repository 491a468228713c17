"""Functions of lists. A position counts from 1, and from the end when it is negative."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from functools import cmp_to_key

from engine.feel.functions.registry import builtin
from engine.feel.values import NUMBERS, Function, Run, equal, less, numbers_of
from engine.model import YearMonthDuration


def _found(items: Sequence[object], element: object, run: Run) -> bool:
    run.spend(1 + len(items) // 16)
    return any(equal(item, element, run) is True for item in items)


@builtin("list contains", "list: list", "element: any")
def _list_contains(run: Run, items: tuple[object, ...], element: object) -> object:
    return _found(items, element, run)


@builtin("count", "list: list")
def _count(run: Run, items: tuple[object, ...]) -> object:
    return Decimal(len(items))


def _or_rest(name: str, parameter: str, body: Callable[[Run, tuple[object, ...]], object]) -> None:
    """Declare a function that takes one list, or its items as arguments."""
    builtin(name, "list: list")(body)
    builtin(name, f"*{parameter}: any")(lambda run, *items: body(run, items))


def _extreme(*, largest: bool) -> Callable[[Run, tuple[object, ...]], object]:
    def extreme(run: Run, items: tuple[object, ...]) -> object:
        if not items:
            return None
        run.spend(len(items) // 16)
        best = items[0]
        if less(best, best) is None:
            return None
        for item in items[1:]:
            better = less(best, item) if largest else less(item, best)
            if better is None:
                return None
            best = item if better else best
        return best

    return extreme


def _sum(run: Run, items: tuple[object, ...]) -> object:
    if not items:
        return None
    run.spend(len(items) // 16)
    if isinstance(items[0], (timedelta, YearMonthDuration)):
        return _sum_of_durations(items)
    numbers = numbers_of(items)
    if numbers is None:
        return None
    total = Decimal(0)
    for number in numbers:
        total = NUMBERS.add(total, number)
    return total


def _sum_of_durations(items: tuple[object, ...]) -> object:
    lengths = [item for item in items if isinstance(item, timedelta)]
    if len(lengths) == len(items):
        return sum(lengths, timedelta())
    months = [item.months for item in items if isinstance(item, YearMonthDuration)]
    return YearMonthDuration(sum(months)) if len(months) == len(items) else None


def _product(run: Run, items: tuple[object, ...]) -> object:
    numbers = numbers_of(items)
    if not numbers:
        return None
    run.spend(len(items) // 16)
    total = Decimal(1)
    for number in numbers:
        total = NUMBERS.multiply(total, number)
    return total


def _mean(run: Run, items: tuple[object, ...]) -> object:
    total = _sum(run, items)
    if isinstance(total, timedelta):
        return total / len(items)
    return NUMBERS.divide(total, Decimal(len(items))) if isinstance(total, Decimal) else None


def _median(run: Run, items: tuple[object, ...]) -> object:
    numbers = numbers_of(items)
    if not numbers:
        return None
    run.spend(len(items) // 4)
    numbers.sort()
    middle = len(numbers) // 2
    if len(numbers) % 2:
        return numbers[middle]
    return NUMBERS.divide(NUMBERS.add(numbers[middle - 1], numbers[middle]), Decimal(2))


def _deviation(run: Run, items: tuple[object, ...]) -> object:
    """The standard deviation of a sample."""
    numbers = numbers_of(items)
    mean = _mean(run, items)
    if numbers is None or len(numbers) < 2 or not isinstance(mean, Decimal):
        return None
    run.spend(len(items) // 4)
    total = Decimal(0)
    for number in numbers:
        difference = NUMBERS.subtract(number, mean)
        total = NUMBERS.add(total, NUMBERS.multiply(difference, difference))
    return NUMBERS.sqrt(NUMBERS.divide(total, Decimal(len(numbers) - 1)))


def _mode(run: Run, items: tuple[object, ...]) -> object:
    numbers = numbers_of(items)
    if numbers is None:
        return None
    run.spend(len(items) // 4)
    counts: dict[Decimal, int] = {}
    for number in numbers:
        counts[number] = counts.get(number, 0) + 1
    most = max(counts.values(), default=0)
    return tuple(sorted(number for number, count in counts.items() if count == most))


def _all(run: Run, items: tuple[object, ...]) -> object:
    if any(item is False for item in items):
        return False
    return True if all(item is True for item in items) else None


def _any(run: Run, items: tuple[object, ...]) -> object:
    if any(item is True for item in items):
        return True
    return False if all(item is False for item in items) else None


_or_rest("min", "c", _extreme(largest=False))
_or_rest("max", "c", _extreme(largest=True))
_or_rest("sum", "n", _sum)
_or_rest("product", "n", _product)
_or_rest("mean", "n", _mean)
_or_rest("median", "n", _median)
_or_rest("stddev", "n", _deviation)
_or_rest("mode", "n", _mode)
_or_rest("all", "b", _all)
_or_rest("any", "b", _any)


def _index(position: Decimal, length: int) -> int | None:
    """Offset of a FEEL position in a list; None when it lies outside."""
    if not position or abs(position) > length or position % 1:
        return None
    whole = int(position)
    return whole - 1 if whole > 0 else length + whole


@builtin("sublist", "list: list", "start position: number", "length?: number")
def _sublist(
    run: Run, items: tuple[object, ...], start: Decimal, length: Decimal | None = None
) -> object:
    first = _index(start, len(items))
    if first is None:
        return None
    if length is None:
        return items[first:]
    if length < 0 or length > len(items) - first or length % 1:
        return None
    return items[first : first + int(length)]


@builtin("append", "list: list", "*item: any")
def _append(run: Run, items: tuple[object, ...], *more: object) -> object:
    run.room_for_items(len(items) + len(more))
    return items + more


@builtin("append", "list: any", "*item: any")
def _append_to_null(run: Run, items: object, *more: object) -> object:
    return (items, *more)


@builtin("concatenate", "*list: list")
def _concatenate(run: Run, *lists: tuple[object, ...]) -> object:
    run.room_for_items(sum(map(len, lists)))
    return tuple(item for items in lists for item in items)


@builtin("insert before", "list: list", "position: number", "newItem: any")
def _insert_before(run: Run, items: tuple[object, ...], position: Decimal, item: object) -> object:
    at = _index(position, len(items))
    run.room_for_items(len(items) + 1)
    return None if at is None else (*items[:at], item, *items[at:])


@builtin("remove", "list: list", "position: number")
def _remove(run: Run, items: tuple[object, ...], position: Decimal) -> object:
    at = _index(position, len(items))
    run.room_for_items(len(items))
    return None if at is None else items[:at] + items[at + 1 :]


@builtin("list replace", "list: list", "position: number", "newItem: any")
def _list_replace(run: Run, items: tuple[object, ...], position: Decimal, item: object) -> object:
    at = _index(position, len(items))
    run.room_for_items(len(items))
    return None if at is None else (*items[:at], item, *items[at + 1 :])


@builtin("list replace", "list: list", "match: function", "newItem: any")
def _list_replace_matching(
    run: Run, items: tuple[object, ...], match: Function, new: object
) -> object:
    run.room_for_items(len(items))
    replaced = []
    for item in items:
        fits = match.call(run, (item, new))
        if not isinstance(fits, bool):
            return None
        replaced.append(new if fits else item)
    return tuple(replaced)


@builtin("reverse", "list: list")
def _reverse(run: Run, items: tuple[object, ...]) -> object:
    run.room_for_items(len(items))
    return items[::-1]


@builtin("index of", "list: list", "match: any")
def _index_of(run: Run, items: tuple[object, ...], match: object) -> object:
    run.spend(1 + len(items) // 16)
    return tuple(
        Decimal(number)
        for number, item in enumerate(items, start=1)
        if equal(item, match, run) is True
    )


@builtin("union", "*list: list")
def _union(run: Run, *lists: tuple[object, ...]) -> object:
    run.room_for_items(sum(map(len, lists)))
    return _distinct(run, tuple(item for items in lists for item in items))


@builtin("distinct values", "list: list")
def _distinct(run: Run, items: tuple[object, ...]) -> object:
    kept: list[object] = []
    for item in items:
        if not _found(kept, item, run):
            kept.append(item)
    return tuple(kept)


@builtin("flatten", "list: list")
def _flatten(run: Run, items: tuple[object, ...]) -> object:
    flat: list[object] = []
    _flatten_into(flat, items, run)
    return tuple(flat)


def _flatten_into(flat: list[object], items: tuple[object, ...], run: Run) -> None:
    run.spend(1)
    for item in items:
        if isinstance(item, tuple):
            _flatten_into(flat, item, run)
        else:
            flat.append(item)
    run.room_for_items(len(flat))


class _OrderError(Exception):
    """The items of a list have no order."""


@builtin("sort", "list: list", "precedes?: function")
def _sort(run: Run, items: tuple[object, ...], precedes: Function | None = None) -> object:
    run.room_for_items(len(items))

    def comes_before(left: object, right: object) -> bool:
        run.spend(1)
        answer = less(left, right) if precedes is None else precedes.call(run, (left, right))
        if not isinstance(answer, bool):
            raise _OrderError
        return answer

    def compare(left: object, right: object) -> int:
        if comes_before(left, right):
            return -1
        return 1 if comes_before(right, left) else 0

    try:
        return tuple(sorted(items, key=cmp_to_key(compare)))
    except _OrderError:
        return None
