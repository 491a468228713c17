"""Functions of ranges and points: Allen's relations.

Source: DMN 1.5, 10.3.4.9 Range functions.
"""

from collections.abc import Callable

from engine.feel.functions.registry import builtin
from engine.feel.values import Range, Run, equal, less


def _same(run: Run, left: object, right: object) -> bool:
    return left is not None and equal(left, right, run) is True


def _before(left: object, right: object) -> bool | None:
    return None if left is None or right is None else less(left, right)


def _as_range(value: object) -> Range:
    return value if isinstance(value, Range) else Range(value, value)


def _any(*answers: bool | None) -> bool | None:
    if any(answers):
        return True
    return None if None in answers else False


def _all(*answers: bool | None) -> bool | None:
    if False in answers:
        return False
    return None if None in answers else True


def _comparable(left: Range, right: Range) -> bool:
    points = [
        point for point in (left.start, left.end, right.start, right.end) if point is not None
    ]
    return all(type(point) is type(points[0]) for point in points)


def _declare(
    name: str, body: Callable[[Run, Range, Range], bool | None], *kinds: tuple[str, str]
) -> None:
    for first, second in kinds:

        def call(run: Run, left: object, right: object) -> object:
            if left is None or right is None:
                return None
            one, two = _as_range(left), _as_range(right)
            return body(run, one, two) if _comparable(one, two) else None

        builtin(name, first, second)(call)


def _is_before(run: Run, a: Range, b: Range) -> bool | None:
    touching = _same(run, a.end, b.start) and not (a.end_included and b.start_included)
    return _any(_before(a.end, b.start), touching)


def _meets(run: Run, a: Range, b: Range) -> bool | None:
    return a.end_included and b.start_included and _same(run, a.end, b.start)


def _overlaps_before(run: Run, a: Range, b: Range) -> bool | None:
    starts = _any(
        _before(a.start, b.start),
        _same(run, a.start, b.start) and a.start_included and not b.start_included,
    )
    shares = _any(
        _before(b.start, a.end), _same(run, a.end, b.start) and a.end_included and b.start_included
    )
    ends = _any(
        _before(a.end, b.end),
        _same(run, a.end, b.end) and (b.end_included or not a.end_included),
    )
    return _all(starts, shares, ends)


def _overlaps(run: Run, a: Range, b: Range) -> bool | None:
    first = _any(
        _before(a.start, b.end), _same(run, a.start, b.end) and a.start_included and b.end_included
    )
    second = _any(
        _before(b.start, a.end), _same(run, b.start, a.end) and b.start_included and a.end_included
    )
    return _all(first, second)


def _finishes(run: Run, a: Range, b: Range) -> bool | None:
    starts = _any(
        _before(b.start, a.start),
        _same(run, a.start, b.start) and (b.start_included or not a.start_included),
    )
    return _all(a.end_included == b.end_included and _same(run, a.end, b.end), starts)


def _starts(run: Run, a: Range, b: Range) -> bool | None:
    ends = _any(
        _before(a.end, b.end),
        _same(run, a.end, b.end) and (b.end_included or not a.end_included),
    )
    return _all(a.start_included == b.start_included and _same(run, a.start, b.start), ends)


def _includes(run: Run, a: Range, b: Range) -> bool | None:
    starts = _any(
        _before(a.start, b.start),
        _same(run, a.start, b.start) and (a.start_included or not b.start_included),
    )
    ends = _any(
        _before(b.end, a.end),
        _same(run, a.end, b.end) and (a.end_included or not b.end_included),
    )
    return _all(starts, ends)


def _coincides(run: Run, a: Range, b: Range) -> bool | None:
    return equal(a, b, run)


def _swapped(
    body: Callable[[Run, Range, Range], bool | None],
) -> Callable[[Run, Range, Range], bool | None]:
    return lambda run, a, b: body(run, b, a)


_RANGES = ("range1: range", "range2: range")
_POINT_RANGE = ("point: any", "range: range")
_RANGE_POINT = ("range: range", "point: any")
_POINTS = ("point1: any", "point2: any")

_declare("before", _is_before, _RANGES, _POINT_RANGE, _RANGE_POINT, _POINTS)
_declare("after", _swapped(_is_before), _RANGES, _POINT_RANGE, _RANGE_POINT, _POINTS)
_declare("meets", _meets, _RANGES)
_declare("met by", _swapped(_meets), _RANGES)
_declare("overlaps", _overlaps, _RANGES)
_declare("overlaps before", _overlaps_before, _RANGES)
_declare("overlaps after", _swapped(_overlaps_before), _RANGES)
_declare("finishes", _finishes, _RANGES, _POINT_RANGE)
_declare("finished by", _swapped(_finishes), _RANGES, _RANGE_POINT)
_declare("includes", _includes, _RANGES, _RANGE_POINT)
_declare("during", _swapped(_includes), _RANGES, _POINT_RANGE)
_declare("starts", _starts, _RANGES, _POINT_RANGE)
_declare("started by", _swapped(_starts), _RANGES, _RANGE_POINT)
_declare("coincides", _coincides, _RANGES, _POINTS)
