"""What a form is made of: fields with their options, rules, conditions and targets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from engine import feel
from engine.model import Value

# How a field of a form may be classed: none, personal, special category, criminal, national
# number, secret address.
CLASSES = ("-", "P", "B", "S", "N", "V")
NO_PERSONAL_DATA = "-"

# What a browser sends, or what was kept of it: text, several texts, rows. Typed values are taken
# as well, from the API and from scenarios.
Raw: TypeAlias = "Value | list[Raw] | tuple[Raw, ...] | Mapping[str, Raw]"
RawValues: TypeAlias = Mapping[str, Raw]
# A value that is worked out: a constant, or FEEL over the variables and the other answers.
Source: TypeAlias = "feel.Expression | Value"


@dataclass(frozen=True, slots=True)
class Option:
    """One choice: the value that is stored and the label people read."""

    value: Value
    label: str

    @property
    def text(self) -> str:
        """The value as the browser sends it."""
        return option_text(self.value)


def option_text(value: Value) -> str:
    """The value of an option as the browser sends it: "true", "3", "venlo"."""
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass(frozen=True, slots=True)
class Target:
    """Where an answer goes: a section of the case file, or a process variable.

    Attributes:
        kind: "case" or "process".
        section: key of the section, "" for a process variable.
        path: name within the section, or of the variable.
    """

    kind: Literal["case", "process"]
    section: str
    path: str


@dataclass(frozen=True, slots=True)
class Rules:
    """What an answer must hold to, besides its type. Lengths count characters."""

    required: bool = False
    min_length: int | None = None
    max_length: int | None = None
    minimum: Value = None
    maximum: Value = None
    decimals: int | None = None
    pattern: str | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table that is only read."""

    key: str
    label: str


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One element of a form, as the renderer and the checks need it.

    Attributes:
        id: id of the element in the file.
        key: name of the answer in the form; "" when it takes none.
        type: a key of `FIELD_TYPES`.
        help: the explanation under the label.
        subtype: "date", "time" or "datetime" for a datetime field, else "".
        options: the choices, when they stand in the file.
        options_source: where the choices come from otherwise.
        hide: when the field does not apply: then it is neither required nor stored.
        default: what stands in the field before anybody touched it.
        text: the text or expression of an element that only shows something.
        rows: what a table shows, a list of contexts.
        children: the elements of a group, or of each row of a dynamic list.
        is_input: whether it takes an answer; a read-only field does not.
    """

    id: str
    key: str
    type: str
    label: str = ""
    help: str = ""
    subtype: str = ""
    rules: Rules = Rules()
    options: tuple[Option, ...] = ()
    options_source: Source = None
    hide: feel.Expression | None = None
    default: Source = None
    text: Source = ""
    columns: tuple[Column, ...] = ()
    rows: Source = None
    children: tuple["Field", ...] = ()
    target: Target | None = None
    privacy_class: str | None = None
    is_input: bool = False
    line: int | None = None

    @property
    def required(self) -> bool:
        """Whether an answer must be given, when the field applies."""
        return self.rules.required


def evaluate(source: Source, context: Mapping[str, Value]) -> Value:
    """The value of a constant or of an expression."""
    return source.evaluate(context) if isinstance(source, feel.Expression) else source


def inputs(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """The fields that take an answer, those in groups included, in the order of the form.

    The columns of a dynamic list are not among them: they belong to its rows.
    """
    found: list[Field] = []
    for field in fields:
        if field.is_input:
            found.append(field)
        if field.type == "group":
            found.extend(inputs(field.children))
    return tuple(found)
