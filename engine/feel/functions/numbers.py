"""Functions of numbers."""

from datetime import timedelta
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
)

from engine.feel.functions.registry import builtin
from engine.feel.values import NUMBERS, Run
from engine.model import YearMonthDuration

_MOST_PLACES = 6_176


def rounded(number: Decimal, places: Decimal, rounding: str) -> Decimal | None:
    """The number at so many decimals (before the point when negative)."""
    if not -6_111 <= places <= _MOST_PLACES:
        return None
    scale = int(places)
    if scale >= -int(number.as_tuple().exponent):
        return number
    quantum = Decimal((0, (1,), -scale))
    context = NUMBERS.copy()
    context.prec = 50
    return NUMBERS.plus(number.quantize(quantum, rounding=rounding, context=context))


@builtin("decimal", "n: number", "scale: number")
def _decimal(run: Run, number: Decimal, scale: Decimal) -> object:
    return rounded(number, scale, ROUND_HALF_EVEN)


@builtin("floor", "n: number", "scale?: number")
def _floor(run: Run, number: Decimal, scale: Decimal | None = Decimal(0)) -> object:
    return None if scale is None else rounded(number, scale, ROUND_FLOOR)


@builtin("ceiling", "n: number", "scale?: number")
def _ceiling(run: Run, number: Decimal, scale: Decimal | None = Decimal(0)) -> object:
    return None if scale is None else rounded(number, scale, ROUND_CEILING)


@builtin("round up", "n: number", "scale: number")
def _round_up(run: Run, number: Decimal, scale: Decimal) -> object:
    return rounded(number, scale, ROUND_UP)


@builtin("round down", "n: number", "scale: number")
def _round_down(run: Run, number: Decimal, scale: Decimal) -> object:
    return rounded(number, scale, ROUND_DOWN)


@builtin("round half up", "n: number", "scale: number")
def _round_half_up(run: Run, number: Decimal, scale: Decimal) -> object:
    return rounded(number, scale, ROUND_HALF_UP)


@builtin("round half down", "n: number", "scale: number")
def _round_half_down(run: Run, number: Decimal, scale: Decimal) -> object:
    return rounded(number, scale, ROUND_HALF_DOWN)


@builtin("abs", "n: number or duration")
def _abs(run: Run, value: Decimal | timedelta | YearMonthDuration) -> object:
    if isinstance(value, YearMonthDuration):
        return YearMonthDuration(abs(value.months))
    return abs(value) if isinstance(value, timedelta) else NUMBERS.abs(value)


@builtin("modulo", "dividend: number", "divisor: number")
def _modulo(run: Run, dividend: Decimal, divisor: Decimal) -> object:
    """Has the sign of the divisor."""
    if not divisor:
        return None
    rest = NUMBERS.remainder(dividend, divisor)
    return NUMBERS.add(rest, divisor) if rest and (rest < 0) != (divisor < 0) else rest


@builtin("sqrt", "number: number")
def _sqrt(run: Run, number: Decimal) -> object:
    return NUMBERS.sqrt(number) if number >= 0 else None


@builtin("log", "number: number")
def _log(run: Run, number: Decimal) -> object:
    return NUMBERS.ln(number) if number > 0 else None


@builtin("exp", "number: number")
def _exp(run: Run, number: Decimal) -> object:
    return NUMBERS.exp(number)


@builtin("odd", "number: number")
def _odd(run: Run, number: Decimal) -> object:
    return int(number) % 2 == 1 if number == number.to_integral_value() else None


@builtin("even", "number: number")
def _even(run: Run, number: Decimal) -> object:
    return int(number) % 2 == 0 if number == number.to_integral_value() else None


@builtin("not", "negand: any")
def _not(run: Run, negand: object) -> object:
    return not negand if isinstance(negand, bool) else None
