"""The values of FEEL, frozen: how they come in, go out, compare and are named.

Inside, a number is a Decimal, a list is a tuple and a context is a MappingProxyType; ranges and
functions exist only inside an evaluation. Nothing here can be changed after it was made.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Context as DecimalContext
from decimal import Decimal, DivisionByZero, InvalidOperation, Overflow
from types import MappingProxyType

from engine.feel.errors import FeelError
from engine.model import YearMonthDuration

# Numbers of IEEE 754 decimal128, as the standard asks: 34 digits, exponent up to 6144.
NUMBERS = DecimalContext(
    prec=34, Emin=-6143, Emax=6144, traps=[DivisionByZero, InvalidOperation, Overflow]
)
EMPTY_CONTEXT: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Range:
    """A range as a value; an end of None is open to that side.

    Attributes:
        start_included, end_included: whether the end point belongs to the range.
    """

    start: object
    end: object
    start_included: bool = True
    end_included: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function as a value: defined in an expression, or one of the built-in ones.

    Attributes:
        parameters: names in order; None where the function itself sorts its arguments out.
        call: takes the run and the arguments by position.
    """

    parameters: tuple[str, ...] | None
    call: Callable[["Run", Sequence[object]], object]


@dataclass(frozen=True, slots=True)
class Budget:
    """What one evaluation may use before it ends in a FeelError.

    Attributes:
        steps: rounds of loops and calls, weighed by the size of what is repeated.
        text: longest text that may come out of an operation, in characters.
        items: longest list that may come out of an operation.
        size: values in a result, counted through all its lists and contexts.
        depth: calls of defined functions inside each other.
    """

    steps: int = 20_000
    text: int = 10_000
    items: int = 10_000
    size: int = 100_000
    depth: int = 40


DEFAULT_BUDGET = Budget()
MAX_NESTING = 64


class Run:
    """One evaluation: what is left of its budget, and the functions its caller lends it."""

    __slots__ = ("budget", "depth", "frozen", "functions", "steps")

    def __init__(
        self, functions: Mapping[str, Callable[..., object]], budget: Budget = DEFAULT_BUDGET
    ) -> None:
        self.functions = functions
        self.budget = budget
        self.steps = budget.steps
        self.depth = 0
        self.frozen: dict[int, tuple[object, object]] = {}

    def spend(self, steps: int) -> None:
        """Count *steps*; too many end the evaluation."""
        self.steps -= steps
        if self.steps < 0:
            raise FeelError("too_many_steps", "The expression takes too many steps.")

    def text(self, text: str) -> str:
        """The text itself, if it is not too long."""
        self.room_for_text(len(text))
        return text

    def room_for_text(self, length: int) -> None:
        """Refuse a text of this length before it is made."""
        if length > self.budget.text:
            raise FeelError("text_too_long", "The expression makes a text that is too long.")

    def room_for_items(self, count: int) -> None:
        """Refuse a list of this length before it is made, and count the work of making it."""
        if count > self.budget.items:
            raise FeelError("list_too_long", "The expression makes a list that is too long.")
        self.spend(count // 16)

    def lift(self, value: object) -> object:
        """A value from outside as FEEL holds it; one and the same object is turned only once."""
        known = self.frozen.get(id(value))
        if known is not None:
            return known[1]
        frozen = freeze(value)
        # Keeping the original alive keeps its id its own.
        self.frozen[id(value)] = (value, frozen)
        return frozen


SCALARS = frozenset(
    {
        type(None),
        bool,
        Decimal,
        str,
        date,
        time,
        datetime,
        timedelta,
        YearMonthDuration,
    }
)
READY = SCALARS | {Range, Function}
_MAX_INTEGER_BITS = 20_000


def freeze(value: object, depth: int = 0) -> object:
    """A value from outside as FEEL holds it: decimals, tuples, read-only mappings, all the way.

    Raises:
        FeelError: no_value for an object that is not a value, too_deep, value_too_large.
    """
    if value.__class__ in READY:
        return _finite(value) if isinstance(value, Decimal) else value
    if depth > MAX_NESTING:
        raise FeelError("too_deep", "A value is nested too deeply.")
    if isinstance(value, Mapping):
        return MappingProxyType({str(k): freeze(v, depth + 1) for k, v in value.items()})
    if isinstance(value, (list, tuple)):
        return tuple([freeze(item, depth + 1) for item in value])
    return _freeze_scalar(value)


def _freeze_scalar(value: object) -> object:
    if isinstance(value, int):
        if value.bit_length() > _MAX_INTEGER_BITS:
            raise FeelError("value_too_large", "A whole number is too large.")
        return NUMBERS.create_decimal(value)
    if isinstance(value, (float, Decimal)):
        return _finite(Decimal(repr(value) if isinstance(value, float) else value))
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, datetime):
        return datetime.combine(value.date(), value.timetz())
    raise FeelError("no_value", "This is not a value of FEEL.", type=type(value).__name__)


def _finite(number: Decimal) -> Decimal | None:
    return NUMBERS.create_decimal(number) if number.is_finite() else None


def export(value: object, run: Run) -> object:
    """A result as it may leave: plain values only, and not more of them than the budget allows.

    Raises:
        FeelError: no_value for a range or a function, too_deep, value_too_large.
    """
    left = [run.budget.size]
    _measure(value, left, 0)
    return value


def _measure(value: object, left: list[int], depth: int) -> None:
    left[0] -= 1
    if left[0] < 0:
        raise FeelError("value_too_large", "The result holds too many values.")
    if value.__class__ in SCALARS:
        if value.__class__ is str and isinstance(value, str):
            left[0] -= len(value) // 100
        return
    if depth > MAX_NESTING:
        raise FeelError("too_deep", "The result is nested too deeply.")
    if isinstance(value, tuple):
        for item in value:
            _measure(item, left, depth + 1)
    elif isinstance(value, Mapping):
        for item in value.values():
            _measure(item, left, depth + 1)
    else:
        raise FeelError("no_value", "The result is a range or a function, not a value.")


TYPE_NAMES: Mapping[type, str] = {
    type(None): "null",
    bool: "boolean",
    Decimal: "number",
    str: "string",
    date: "date",
    time: "time",
    datetime: "date and time",
    timedelta: "days and time duration",
    YearMonthDuration: "years and months duration",
    tuple: "list",
    MappingProxyType: "context",
    Range: "range",
    Function: "function",
}


def type_name(value: object) -> str:
    """FEEL's name for the type of a value."""
    return TYPE_NAMES.get(value.__class__, "Any")


def instant(moment: datetime) -> datetime:
    """A moment to reckon with: in UTC when it has a zone, as it is when it has none."""
    return moment if moment.tzinfo is None else moment.astimezone(UTC)


def offset_of(at: time | datetime) -> timedelta | None:
    """Offset from UTC; a time of day in a named zone takes that of a winter day."""
    if isinstance(at, time) and at.tzinfo is not None and at.utcoffset() is None:
        return datetime.combine(date(1970, 1, 1), at).utcoffset()
    return at.utcoffset()


def _seconds(at: time) -> timedelta:
    wall = timedelta(
        hours=at.hour, minutes=at.minute, seconds=at.second, microseconds=at.microsecond
    )
    return wall - (offset_of(at) or timedelta())


def comparable(left: object, right: object) -> tuple[object, object] | None:
    """Both values in a form that Python orders rightly; None when FEEL has no order for them."""
    kind = left.__class__
    if kind is not right.__class__:
        return None
    if kind in (Decimal, str, date, timedelta, YearMonthDuration):
        return left, right
    if isinstance(left, datetime) and isinstance(right, datetime):
        if (left.tzinfo is None) != (right.tzinfo is None):
            return None
        try:
            return instant(left), instant(right)
        except OverflowError:
            return None
    if isinstance(left, time) and isinstance(right, time):
        if (left.tzinfo is None) != (right.tzinfo is None):
            return None
        return _seconds(left), _seconds(right)
    return None


def less(left: object, right: object) -> bool | None:
    """Whether *left* comes before *right*; None when they cannot be compared."""
    pair = comparable(left, right)
    return None if pair is None else pair[0] < pair[1]  # type: ignore[operator]


def less_or_equal(left: object, right: object) -> bool | None:
    """Whether *left* comes before *right* or is the same; None when they cannot be compared."""
    pair = comparable(left, right)
    return None if pair is None else pair[0] <= pair[1]  # type: ignore[operator]


def equal(left: object, right: object, run: Run) -> bool | None:
    """FEEL's equality; None for values of different types."""
    if left is None or right is None:
        return left is right
    kind = left.__class__
    if kind is not right.__class__:
        return None
    if kind is tuple or kind is MappingProxyType:
        return _equal_collections(left, right, run)
    if kind in (Range, Function):
        return _equal_ranges(left, right, run)
    if kind is datetime or kind is time:
        pair = comparable(left, right)
        return None if pair is None else pair[0] == pair[1]
    return left == right


def _equal_ranges(left: object, right: object, run: Run) -> bool:
    if not isinstance(left, Range) or not isinstance(right, Range):
        return left is right
    return (
        left.start_included == right.start_included
        and left.end_included == right.end_included
        and equal(left.start, right.start, run) is True
        and equal(left.end, right.end, run) is True
    )


def _equal_collections(left: object, right: object, run: Run) -> bool:
    if left is right:
        return True
    if isinstance(left, tuple) and isinstance(right, tuple):
        run.spend(1 + len(left) // 4)
        return len(left) == len(right) and all(
            equal(a, b, run) is True for a, b in zip(left, right, strict=True)
        )
    assert isinstance(left, Mapping)
    assert isinstance(right, Mapping)
    run.spend(1 + len(left) // 4)
    return left.keys() == right.keys() and all(
        equal(item, right[name], run) is True for name, item in left.items()
    )


def as_list(value: object) -> tuple[object, ...] | None:
    """A list as it is, a single value as a list of one, null as null."""
    if isinstance(value, tuple):
        return value
    return None if value is None else (value,)


def includes(span: Range, point: object) -> bool | None:
    """Whether *point* lies in the range; None when they cannot be compared."""
    if span.start is not None:
        before = less_or_equal if span.start_included else less
        first = before(span.start, point)
        if first is not True:
            return first
    if span.end is not None:
        return (less_or_equal if span.end_included else less)(point, span.end)
    return span.start is not None


def numbers_of(items: Sequence[object]) -> list[Decimal] | None:
    """The items when all of them are numbers."""
    numbers = [item for item in items if isinstance(item, Decimal)]
    return numbers if len(numbers) == len(items) else None


def walk_range(span: Range, run: Run) -> Iterator[object] | None:
    """The values of a range of whole numbers or dates, in its direction; None for another range."""
    start, end = span.start, span.end
    if isinstance(start, Decimal) and isinstance(end, Decimal):
        return _walk_numbers(start, end, span, run)
    if type(start) is date and type(end) is date:
        return _walk_dates(start, end, span, run)
    return None


def _walk_numbers(start: Decimal, end: Decimal, span: Range, run: Run) -> Iterator[object] | None:
    if start != start.to_integral_value() or end != end.to_integral_value():
        return None
    if max(abs(start), abs(end)) > Decimal(10) ** 30:
        raise FeelError("too_many_steps", "A range to walk through is too long.")
    first, last = int(start), int(end)
    step = 1 if first <= last else -1
    first += 0 if span.start_included else step
    last -= 0 if span.end_included else step
    return (Decimal(number) for number in range(first, last + step, step))


def _walk_dates(start: date, end: date, span: Range, run: Run) -> Iterator[object]:
    step = 1 if start <= end else -1
    days = abs((end - start).days)
    first = 0 if span.start_included else 1
    last = days if span.end_included else days - 1
    return (start + timedelta(days=step * number) for number in range(first, last + 1))


def conform_single(value: object) -> object:
    """The only item of a list of one, as FEEL's implicit conversion has it; else the value."""
    return value[0] if isinstance(value, tuple) and len(value) == 1 else value
