"""How a built-in function is declared, and how its arguments find their places.

A function says its parameters as FEEL writes them: `"start position: number"`, with `?` after the
name of one that may be left out and `*` before the name of one that takes all the rest. Several
functions of one name are tried in the order they were declared. Arguments that fit none give null.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, DecimalException
from types import MappingProxyType

from engine.feel.values import Function, Range, Run, conform_single
from engine.model import YearMonthDuration

_KINDS: Mapping[str, tuple[type, ...]] = {
    "number": (Decimal,),
    "string": (str,),
    "boolean": (bool,),
    "context": (MappingProxyType,),
    "function": (Function,),
    "range": (Range,),
    "date": (date,),
    "time": (time,),
    "date and time": (datetime,),
    "day": (date, datetime),
    "days": (timedelta,),
    "duration": (timedelta, YearMonthDuration),
    "number or duration": (Decimal, timedelta, YearMonthDuration),
}
_UNFIT = object()


@dataclass(frozen=True, slots=True)
class _Parameter:
    name: str
    kind: str
    optional: bool
    rest: bool


@dataclass(frozen=True, slots=True)
class _Signature:
    parameters: tuple[_Parameter, ...]
    required: int
    most: int | None
    body: Callable[..., object]


_SIGNATURES: dict[str, list[_Signature]] = {}


def builtin(
    name: str, *parameters: str
) -> Callable[[Callable[..., object]], Callable[..., object]]:
    """Declare a built-in function; its body takes the run and then the parameters, by position."""
    read = tuple(_parameter(text) for text in parameters)
    most = None if any(p.rest for p in read) else len(read)
    required = sum(not p.optional for p in read)

    def declare(body: Callable[..., object]) -> Callable[..., object]:
        _SIGNATURES.setdefault(name, []).append(_Signature(read, required, most, body))
        return body

    return declare


def _parameter(text: str) -> _Parameter:
    name, _, kind = text.partition(": ")
    return _Parameter(name.strip("*?"), kind, optional="?" in name, rest="*" in name)


def is_builtin(name: str) -> bool:
    """Whether FEEL has a function of this name that needs nothing from outside."""
    return name in _SIGNATURES


def builtin_names() -> frozenset[str]:
    """All functions that need nothing from outside."""
    return frozenset(_SIGNATURES)


def as_function(name: str) -> Function:
    """A built-in function as a value."""

    def call(run: Run, arguments: Sequence[object]) -> object:
        return call_builtin(name, run, arguments)

    return Function(None, call)


def call_builtin(name: str, run: Run, arguments: Sequence[object]) -> object:
    """What the function gives for these arguments; null when they do not fit it."""
    for signature in _SIGNATURES[name]:
        fitted = _fit(signature, arguments)
        if fitted is not None:
            try:
                return signature.body(run, *fitted)
            except (DecimalException, OverflowError):
                return None
    return None


def call_by_name(name: str, run: Run, arguments: Mapping[str, object]) -> object:
    """As `call_builtin`, with the arguments given by name."""
    for signature in _SIGNATURES[name]:
        placed = _place(signature, arguments)
        if placed is not None and _fit(signature, placed) is not None:
            return call_builtin(name, run, placed)
    return None


def _place(signature: _Signature, arguments: Mapping[str, object]) -> list[object] | None:
    names = [parameter.name for parameter in signature.parameters]
    if not set(arguments) <= set(names):
        return None
    placed: list[object] = []
    for number, name in enumerate(names):
        if name in arguments:
            placed.append(arguments[name])
        elif set(names[number:]) & set(arguments):
            placed.append(None)
        else:
            break
    return placed


def _fit(signature: _Signature, arguments: Sequence[object]) -> list[object] | None:
    count = len(arguments)
    if count < signature.required or (signature.most is not None and count > signature.most):
        return None
    fitted = []
    parameters = signature.parameters
    for number, argument in enumerate(arguments):
        parameter = parameters[min(number, len(parameters) - 1)]
        value = _convert(argument, parameter)
        if value is _UNFIT:
            return None
        fitted.append(value)
    return fitted


def _convert(argument: object, parameter: _Parameter) -> object:
    kind = parameter.kind
    if kind == "any" or (argument is None and parameter.optional):
        return argument
    if kind == "list":
        if argument is None:
            return _UNFIT
        return argument if argument.__class__ is tuple else (argument,)
    classes = _KINDS[kind]
    if argument.__class__ in classes:
        return argument
    single = conform_single(argument)
    return single if single.__class__ in classes else _UNFIT
