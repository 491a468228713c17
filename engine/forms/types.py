"""The types of fields: one row per type, and how each reads what was typed.

A new type is one row here, one macro `templates/components/fields/<type>.html` and one row in
`docs/forms.md`.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Literal, NoReturn, TypeAlias

import marshmallow
import re2

from engine.forms.fields import Field, Raw, inputs, option_text
from engine.model import Value

LONGEST_TEXT = 4000
LONGEST_VALUE = 200
MOST_CHOICES = 200
FIRST_YEAR, LAST_YEAR = 1900, 2100

Shape: TypeAlias = Literal["one", "many", "rows", "none"]


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that an answer breaks, with the limit its text needs; never what was typed."""

    rule: str
    values: tuple[tuple[str, str | int], ...] = ()


def refuse(rule: str, **values: str | int) -> NoReturn:
    """Refuse an answer by the name of the rule it breaks."""
    raise marshmallow.ValidationError([Broken(rule, tuple(values.items()))])


Read: TypeAlias = Callable[[Field, Raw], Value]


@dataclass(frozen=True, slots=True)
class FieldType:
    """One type of field.

    Attributes:
        macro: name of the template component that shows it.
        shape: what a post holds for it: one text, many, rows, or nothing.
        read: from what was typed to the value; refuses what it cannot read. None without answer.
        empty: the value of a field that was left empty.
        needs_options: whether it is a choice.
    """

    macro: str
    shape: Shape = "none"
    read: Read | None = None
    empty: Value = None
    needs_options: bool = False


def read_text(field: Field, raw: Raw) -> str:
    """One line or many, in NFC, without control characters, within its length."""
    if not isinstance(raw, str):
        refuse("text")
    many_lines = field.type == "textarea"
    text = unicodedata.normalize("NFC", raw.replace("\r\n", "\n").replace("\r", "\n"))
    text = text.strip() if not many_lines else text.rstrip().lstrip("\n")
    allowed = "\n\t" if many_lines else ""
    if any(unicodedata.category(char) in ("Cc", "Cs") and char not in allowed for char in text):
        refuse("control_character")
    _check_length(field, text)
    if field.rules.pattern is not None and not compile_pattern(field.rules.pattern).search(text):
        refuse("pattern")
    if field.rules.kind == "email" and not _EMAIL.fullmatch(text):
        refuse("email")
    if field.rules.kind == "phone" and not _is_phone(text):
        refuse("phone")
    return text


def read_number(field: Field, raw: Raw) -> Decimal:
    """A decimal number, written with a comma or a point."""
    number = _number(raw)
    rules = field.rules
    if rules.decimals == 0 and number != number.to_integral_value():
        refuse("whole_number")
    if rules.decimals is not None and number != round(number, rules.decimals):
        refuse("decimals", limit=rules.decimals)
    if isinstance(rules.minimum, Decimal) and number < rules.minimum:
        refuse("min", limit=_plain(rules.minimum))
    if isinstance(rules.maximum, Decimal) and number > rules.maximum:
        refuse("max", limit=_plain(rules.maximum))
    return number


def read_moment(field: Field, raw: Raw) -> date | time | datetime:
    """A date, a time, or both; the Dutch way or as ISO 8601 writes it."""
    if field.subtype == "time":
        return raw if isinstance(raw, time) else _time(raw)
    if field.subtype == "datetime":
        return raw if isinstance(raw, datetime) else _datetime(raw)
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw
    return _date(raw, "date")


def read_checkbox(field: Field, raw: Raw) -> bool:
    """Ticked or not."""
    value = _BOOLEANS.get(raw.strip().lower()) if isinstance(raw, str) else raw
    if not isinstance(value, bool):
        refuse("checkbox")
    if field.required and not value:
        refuse("required")
    return value


def read_choice(field: Field, raw: Raw) -> Value:
    """One of the options; those that come from data are compared when the form is checked."""
    if isinstance(raw, (list, tuple, Mapping)):
        refuse("one_value")
    text = option_text(raw)[:LONGEST_VALUE]
    if not field.options:
        return text
    for option in field.options:
        if option.text == text:
            return option.value
    refuse("option")


def read_choices(field: Field, raw: Raw) -> Value:
    """Some of the options, each once, in the order of the options."""
    many = raw if isinstance(raw, (list, tuple)) else [raw]
    if len(many) > MOST_CHOICES:
        refuse("too_many", limit=MOST_CHOICES)
    chosen = [read_choice(field, item) for item in many if item not in ("", None)]
    if not field.options:
        return tuple(dict.fromkeys(chosen))
    return tuple(option.value for option in field.options if option.value in chosen)


FIELD_TYPES: Mapping[str, FieldType] = {
    "textfield": FieldType("textfield", "one", read_text),
    "textarea": FieldType("textarea", "one", read_text),
    "number": FieldType("number", "one", read_number),
    "datetime": FieldType("datetime", "one", read_moment),
    "checkbox": FieldType("checkbox", "one", read_checkbox, empty=False),
    "radio": FieldType("radio", "one", read_choice, needs_options=True),
    "select": FieldType("select", "one", read_choice, needs_options=True),
    "checklist": FieldType("checklist", "many", read_choices, empty=(), needs_options=True),
    "taglist": FieldType("taglist", "many", read_choices, empty=(), needs_options=True),
    "dynamiclist": FieldType("dynamiclist", "rows", empty=()),
    "expression": FieldType("expression"),
    "group": FieldType("group"),
    "text": FieldType("text"),
    "table": FieldType("table"),
    "separator": FieldType("separator"),
}


class Answered(marshmallow.fields.Field[Value]):
    """A marshmallow field that reads one field of a form by the row of its type."""

    def __init__(self, form_field: Field, read: Read) -> None:
        super().__init__(required=form_field.required, allow_none=not form_field.required)
        self._form_field = form_field
        self._read = read

    def _deserialize(
        self, value: object, attr: str | None, data: Mapping[str, object] | None, **kwargs: object
    ) -> Value:
        return self._read(self._form_field, value)  # type: ignore[arg-type]


@lru_cache(maxsize=512)
def schema_of(fields: tuple[Field, ...]) -> marshmallow.Schema:
    """The marshmallow schema of these fields of a form; rows have one of their own."""
    answered: dict[str, marshmallow.fields.Field[Value]] = {}
    for field in inputs(fields):
        read = FIELD_TYPES[field.type].read
        if read is not None:
            answered[field.key] = Answered(field, read)
    return marshmallow.Schema.from_dict(answered)()


@lru_cache(maxsize=512)
def compile_pattern(pattern: str) -> re2._Regexp:
    """A pattern that users wrote, in time that grows with the text only.

    Raises:
        re2.error: it is not a pattern, or needs what RE2 does not do.
    """
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    return re2.compile(pattern, options)


_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+")
_PHONE = re.compile(r"\+?[\d\s().-]{1,30}", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d{1,15}(?:[.,]\d{1,10})?", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:\.\d{3}){1,4},\d{1,10}", re.ASCII)
_AMBIGUOUS = re.compile(r"[+-]?[1-9]\d{0,2}(?:\.\d{3})+", re.ASCII)
_DUTCH_DATE = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})", re.ASCII)
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?", re.ASCII)
_BOOLEANS = {
    "on": True,
    "true": True,
    "ja": True,
    "1": True,
    "false": False,
    "nee": False,
    "0": False,
}


def _check_length(field: Field, text: str) -> None:
    longest = min(field.rules.max_length or LONGEST_TEXT, LONGEST_TEXT)
    if len(text) > longest:
        refuse("max_length", limit=longest)
    if field.rules.min_length is not None and len(text) < field.rules.min_length:
        refuse("min_length", limit=field.rules.min_length)


def _is_phone(text: str) -> bool:
    return bool(_PHONE.fullmatch(text)) and 8 <= sum(char.isdigit() for char in text) <= 15


def _number(raw: Raw) -> Decimal:
    if isinstance(raw, bool):
        refuse("number")
    if isinstance(raw, Decimal):
        return raw if raw.is_finite() else refuse("number")
    if isinstance(raw, (int, float)):
        raw = str(raw)
    if not isinstance(raw, str):
        refuse("number")
    text = raw.strip().replace("\u2212", "-")
    if _THOUSANDS.fullmatch(text):
        return Decimal(text.replace(".", "").replace(",", "."))
    if _AMBIGUOUS.fullmatch(text):  # 1.000: a thousand in Dutch, one elsewhere
        refuse("number_ambiguous")
    if not _NUMBER.fullmatch(text):
        refuse("number")
    return Decimal(text.replace(",", "."))


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _date(raw: Raw, rule: str) -> date:
    text = raw.strip() if isinstance(raw, str) else ""
    dutch = _DUTCH_DATE.fullmatch(text)
    try:
        if dutch:
            found = date(int(dutch[3]), int(dutch[2]), int(dutch[1]))
        elif _ISO_DATE.fullmatch(text):
            found = date.fromisoformat(text)
        else:
            refuse(rule)
    except ValueError:
        refuse(rule)
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        refuse(rule)
    return found


def _time(raw: Raw, rule: str = "time") -> time:
    found = _TIME.fullmatch(raw.strip()) if isinstance(raw, str) else None
    if found is None:
        refuse(rule)
    try:
        return time(int(found[1]), int(found[2]), int(found[3] or 0))
    except ValueError:
        refuse(rule)


def _datetime(raw: Raw) -> datetime:
    if not isinstance(raw, str):
        refuse("datetime")
    day, _, clock = raw.strip().replace("T", " ").rpartition(" ")
    return datetime.combine(_date(day, "datetime"), _time(clock, "datetime"))
