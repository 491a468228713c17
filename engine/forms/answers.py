"""From what was posted to what is stored: reading, conditions, checks, and where answers go."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import marshmallow

from engine.errors import FieldProblem
from engine.forms.fields import Field, Option, Raw, RawValues, evaluate, inputs, option_text
from engine.forms.types import FIELD_TYPES, Broken, schema_of
from engine.model import Value, Variables

MOST_ROWS = 100
MOST_UNKNOWN = 20


class Post(Protocol):
    """A posted form; werkzeug's MultiDict is one."""

    def getlist(self, key: str, /) -> Sequence[str]:
        """Every text posted under this name."""

    def __iter__(self) -> Iterator[str]:
        """The names posted."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a form that was filled in rightly sets.

    Attributes:
        case_values: for each section of the case file, the value of each path.
        process_values: process variables; never personal data.
    """

    case_values: Mapping[str, Variables] = field(default_factory=dict)
    process_values: Variables = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Checked:
    """The outcome of a check of some fields.

    Attributes:
        values: what could be read, by field; hidden fields left out.
        hidden: ids of the elements that do not apply.
        problems: everything that is wrong, in the order of the form.
    """

    values: Mapping[str, Value]
    hidden: frozenset[str]
    problems: tuple[FieldProblem, ...]


def read(fields: tuple[Field, ...], post: Post, reserved: Collection[str]) -> dict[str, Raw]:
    """What was typed, by field; rows as lists; names nobody asked for as they came.

    Args:
        reserved: names that belong to the page and not to the form, such as its CSRF token.
    """
    raw: dict[str, Raw] = {}
    rows: dict[str, dict[int, dict[str, Raw]]] = {}
    lists = {one.key: one for one in inputs(fields) if FIELD_TYPES[one.type].shape == "rows"}
    known = {one.key: one for one in inputs(fields)}
    for name in post:
        if name in reserved:
            continue
        parent, number, key = _row_name(name)
        if parent in lists and number < MOST_ROWS:
            columns = {one.key: one for one in inputs(lists[parent].children)}
            row = rows.setdefault(parent, {}).setdefault(number, {})
            row[key] = _posted(columns.get(key), post.getlist(name))
        else:
            raw[name] = _posted(known.get(name), post.getlist(name))
    for parent, numbered in rows.items():
        raw[parent] = [numbered[number] for number in sorted(numbered)]
    return raw


def known_only(fields: tuple[Field, ...], raw: RawValues) -> dict[str, Raw]:
    """What was typed into the fields of this form, in plain lists and dicts that JSON can hold."""
    kept: dict[str, Raw] = {}
    for one in inputs(fields):
        value = raw.get(one.key)
        if value is None:
            continue
        if FIELD_TYPES[one.type].shape != "rows":
            kept[one.key] = list(value) if isinstance(value, (list, tuple)) else value
        elif isinstance(value, (list, tuple)):
            rows: list[Raw] = [
                known_only(one.children, row) for row in value if isinstance(row, Mapping)
            ]
            kept[one.key] = rows[:MOST_ROWS]
    return kept


def check(
    fields: tuple[Field, ...], raw: RawValues, context: Variables, *, prefix: str = ""
) -> Checked:
    """Read every answer, decide which fields apply, and collect all that is wrong.

    Args:
        raw: what was typed, by field.
        context: the variables that conditions and options may use.
        prefix: the name of the row these fields stand in, "children.0.".
    """
    answered = inputs(fields)
    given = {one.key: raw[one.key] for one in answered if not _is_blank(one, raw.get(one.key))}
    values, broken = _load(fields, given, context)
    hidden, values, inner = _settle(fields, values, given, context, prefix)
    problems = list(_unknown(raw, answered, prefix))
    for one in answered:
        if one.id not in hidden:
            problems.extend(_named(prefix + one.key, broken.get(one.key, ())))
            problems.extend(inner.get(one.id, ()))
    return Checked(values, hidden, tuple(problems))


def hidden_ids(fields: tuple[Field, ...], context: Variables) -> frozenset[str]:
    """Ids of the elements that do not apply, with all that stands in a hidden group."""
    hidden: set[str] = set()
    for one in fields:
        if one.hide is not None and one.hide.evaluate(context) is True:
            hidden.update(_all_ids(one))
        elif one.type == "group":
            hidden |= hidden_ids(one.children, context)
    return frozenset(hidden)


def answer(fields: tuple[Field, ...], checked: Checked) -> Answer:
    """Sort what was answered by where it goes."""
    case: dict[str, dict[str, Value]] = {}
    process: dict[str, Value] = {}
    for one in _targeted(fields):
        if one.id in checked.hidden or one.target is None:
            continue
        value = checked.values.get(one.key)
        if one.target.kind == "process":
            process[one.target.path] = value
        else:
            case.setdefault(one.target.section, {})[one.target.path] = value
    return Answer(case, process)


def options_of(one: Field, context: Variables) -> tuple[Option, ...]:
    """The choices of a field: those of the file, or those its source gives now."""
    if one.options_source is None:
        return one.options
    found = evaluate(one.options_source, context)
    return tuple(_option(item) for item in found) if isinstance(found, (list, tuple)) else ()


def bsn_in_text(fields: tuple[Field, ...], values: RawValues) -> tuple[FieldProblem, ...]:
    """Where a free text holds what may be a BSN: nine digits that pass the elfproef."""
    found: list[FieldProblem] = []
    for one in inputs(fields):
        value = values.get(one.key)
        if isinstance(value, str) and one.privacy_class != "N" and _holds_bsn(value):
            found.append(FieldProblem(one.key, "bsn_in_text"))
        elif FIELD_TYPES[one.type].shape == "rows" and isinstance(value, (list, tuple)):
            for number, row in enumerate(value):
                inner = bsn_in_text(one.children, row) if isinstance(row, Mapping) else ()
                found.extend(
                    FieldProblem(f"{one.key}.{number}.{problem.field}", problem.rule)
                    for problem in inner
                )
    return tuple(found)


def _row_name(name: str) -> tuple[str, int, str]:
    found = re.fullmatch(r"([a-z0-9_]+)\.(\d{1,4})\.([a-z0-9_]+)", name, re.ASCII)
    return (found[1], int(found[2]), found[3]) if found else ("", 0, "")


def _posted(one: Field | None, texts: Sequence[str]) -> Raw:
    if one is not None and FIELD_TYPES[one.type].shape == "many":
        return list(texts)
    # A browser sends a hidden "false" before a ticked box: the last text counts.
    return texts[-1] if texts else ""


def _is_blank(one: Field, value: Raw) -> bool:
    if FIELD_TYPES[one.type].shape == "rows":
        return not value
    if isinstance(value, (list, tuple)):
        return all(item in ("", None) for item in value)
    return value is None or (isinstance(value, str) and not value.strip())


def _load(
    fields: tuple[Field, ...], given: RawValues, context: Variables
) -> tuple[dict[str, Value], dict[str, Sequence[object]]]:
    """Read what marshmallow reads; what is empty gets the empty value of its type."""
    schema = schema_of(fields)
    values = {one.key: FIELD_TYPES[one.type].empty for one in inputs(fields)}
    broken: dict[str, Sequence[object]] = {}
    try:
        values |= schema.load({key: given[key] for key in given if key in schema.fields})
    except marshmallow.ValidationError as error:
        values |= error.valid_data if isinstance(error.valid_data, dict) else {}
        broken |= error.messages if isinstance(error.messages, dict) else {}
    for one in inputs(fields):
        if one.options_source is not None and values[one.key] not in (None, ()):
            chosen = _chosen(one, values[one.key], {**context, **values})
            if chosen is None:
                broken[one.key] = [Broken("option")]
            values[one.key] = chosen
    return values, broken


def _settle(
    fields: tuple[Field, ...],
    values: Variables,
    given: RawValues,
    context: Variables,
    prefix: str,
) -> tuple[frozenset[str], dict[str, Value], dict[str, list[FieldProblem]]]:
    """Decide which elements apply, until deciding once more changes nothing.

    A condition sees null for a field that does not apply, so hiding one can hide another.
    """
    answered = inputs(fields)
    hidden: frozenset[str] = frozenset()
    for _ in range(len(answered) + 2):
        inner: dict[str, list[FieldProblem]] = {}
        shown = {one.key: None if one.id in hidden else values[one.key] for one in answered}
        for one in answered:
            if FIELD_TYPES[one.type].shape == "rows" and one.id not in hidden:
                shown[one.key], inner[one.id] = _rows(one, given, {**context, **shown}, prefix)
        shown |= _worked_out(fields, {**context, **shown}, hidden)
        found = hidden_ids(fields, {**context, **shown})
        if found == hidden:
            break
        hidden = found
    return hidden, shown, inner


def _rows(
    one: Field, given: RawValues, context: Variables, prefix: str
) -> tuple[Value, list[FieldProblem]]:
    name = prefix + one.key
    posted = given.get(one.key, ())
    if not isinstance(posted, (list, tuple)) or not all(isinstance(r, Mapping) for r in posted):
        return (), [FieldProblem(name, "rows")]
    # A row that nothing was typed into is one that the page offered.
    filled = [
        (number, row)
        for number, row in enumerate(posted)
        if isinstance(row, Mapping) and not _is_empty_row(one, row)
    ]
    if len(filled) > MOST_ROWS:
        return (), [FieldProblem(name, "too_many", {"limit": MOST_ROWS})]
    if one.required and not filled:
        return (), [FieldProblem(name, "required")]
    checks = [
        check(one.children, row, context, prefix=f"{name}.{number}.") for number, row in filled
    ]
    values = tuple(_without_hidden(one.children, checked) for checked in checks)
    return values, [problem for checked in checks for problem in checked.problems]


def _is_empty_row(one: Field, row: RawValues) -> bool:
    columns = inputs(one.children)
    known = {column.key for column in columns}
    return known.issuperset(row) and all(
        _is_blank(column, row.get(column.key)) or row.get(column.key) in (False, "false")
        for column in columns
    )


def _without_hidden(fields: tuple[Field, ...], checked: Checked) -> dict[str, Value]:
    keys = [one.key for one in _targeted(fields, every=True) if one.id not in checked.hidden]
    return {key: checked.values.get(key) for key in keys}


def _worked_out(
    fields: tuple[Field, ...], context: Variables, hidden: frozenset[str]
) -> dict[str, Value]:
    """The values of the expression fields, each seeing the ones before it."""
    worked: dict[str, Value] = {}
    for one in fields:
        if one.id in hidden:
            continue
        if one.type == "expression" and one.key:
            worked[one.key] = evaluate(one.text, {**context, **worked})
        elif one.type == "group":
            worked |= _worked_out(one.children, {**context, **worked}, hidden)
    return worked


def _targeted(fields: tuple[Field, ...], *, every: bool = False) -> Iterator[Field]:
    for one in fields:
        if one.type == "group":
            yield from _targeted(one.children, every=every)
        elif (one.is_input or one.type == "expression") and (every or one.target is not None):
            yield one


def _chosen(one: Field, value: Value, context: Variables) -> Value:
    """The options with this text among those that come from data; None when one is not there."""
    options = {option.text: option.value for option in options_of(one, context)}
    many = value if isinstance(value, (list, tuple)) else (value,)
    if any(str(text) not in options for text in many):
        return None
    chosen = tuple(options[str(text)] for text in many)
    return chosen if isinstance(value, (list, tuple)) else chosen[0]


def _option(item: Value) -> Option:
    if isinstance(item, Mapping):
        value = item.get("value")
        label = item.get("label")
        return Option(value, str(label) if label is not None else option_text(value))
    return Option(item, option_text(item))


def _unknown(raw: RawValues, answered: tuple[Field, ...], prefix: str) -> Iterator[FieldProblem]:
    known = {one.key for one in answered}
    for name in [name for name in raw if name not in known][:MOST_UNKNOWN]:
        yield FieldProblem(prefix + name[:60], "unknown_field")


def _named(name: str, broken: Sequence[object]) -> Iterator[FieldProblem]:
    for one in broken:
        if isinstance(one, Broken):
            yield FieldProblem(name, one.rule, dict(one.values))
        else:  # marshmallow's own words: a field that is not there
            yield FieldProblem(name, "required")


def _all_ids(one: Field) -> Iterator[str]:
    yield one.id
    if one.type == "group":
        for child in one.children:
            yield from _all_ids(child)


_NINE_DIGITS = re.compile(r"(?<!\d)(?:\d[ .-]?){8}\d(?!\d)", re.ASCII)


def _holds_bsn(text: str) -> bool:
    return any(is_bsn(found[0]) for found in _NINE_DIGITS.finditer(text))


def is_bsn(text: str) -> bool:
    """Whether nine digits pass the elfproef of the burgerservicenummer."""
    digits = [int(char) for char in text if char.isdigit()]
    if len(digits) != 9 or not any(digits):
        return False
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return sum(digit * weight for digit, weight in zip(digits, weights, strict=True)) % 11 == 0
