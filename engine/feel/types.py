"""Names that hold spaces of themselves, and whether a value is of a type."""

from collections.abc import Mapping

from engine.feel.syntax import FeelType
from engine.feel.values import Function, Range, type_name

_NAMES_WITH_SPACES = (
    "context merge",
    "context put",
    "date and time",
    "day of week",
    "day of year",
    "distinct values",
    "ends with",
    "finished by",
    "get entries",
    "get value",
    "index of",
    "insert before",
    "list contains",
    "list replace",
    "lower case",
    "met by",
    "month of year",
    "overlaps after",
    "overlaps before",
    "round down",
    "round half down",
    "round half up",
    "round up",
    "started by",
    "starts with",
    "string join",
    "string length",
    "substring after",
    "substring before",
    "upper case",
    "week of year",
    "years and months duration",
)
FUNCTIONS_WITH_SPACES: Mapping[str, tuple[tuple[tuple[str, ...], str], ...]] = {
    first: tuple(
        (tuple(name.split()), name)
        for name in sorted(_NAMES_WITH_SPACES, key=len, reverse=True)
        if name.split()[0] == first
    )
    for first in {name.split()[0] for name in _NAMES_WITH_SPACES}
}
TYPES_WITH_SPACES = tuple(
    (tuple(name.split()), name)
    for name in ("date and time", "days and time duration", "years and months duration")
)
_ALIASES = {
    "dateTime": "date and time",
    "dayTimeDuration": "days and time duration",
    "yearMonthDuration": "years and months duration",
    "Null": "null",
}


def conforms(value: object, kind: FeelType) -> bool:
    """Whether a value is of a type; null is of none but Any and Null.

    Source: DMN 1.5, 10.3.2.9 Type conformance.
    """
    name = _ALIASES.get(kind.name, kind.name)
    if name == "Any":
        return value is not None
    if type_name(value) != name:
        return False
    if isinstance(value, tuple):
        return kind.of is None or all(_fits(item, kind.of) for item in value)
    if isinstance(value, Range):
        ends = [end for end in (value.start, value.end) if end is not None]
        return kind.of is None or all(_fits(end, kind.of) for end in ends)
    if isinstance(value, Mapping):
        return all(member in value and _fits(value[member], of) for member, of in kind.members)
    if isinstance(value, Function) and kind.members:
        return value.parameters is not None and len(value.parameters) == len(kind.members)
    return True


def _fits(value: object, kind: FeelType) -> bool:
    return value is None or conforms(value, kind)
