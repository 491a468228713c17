"""A form as it stands on a page: what to show in each field, and which fields apply now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from engine.errors import FieldProblem
from engine.forms.answers import MOST_ROWS, check, hidden_ids, options_of
from engine.forms.fields import Column, Field, Option, Raw, RawValues, evaluate, option_text
from engine.forms.types import FIELD_TYPES
from engine.model import Value, Variables, YearMonthDuration


@dataclass(frozen=True, slots=True)
class Shown:
    """One element of a form, ready for its template.

    Attributes:
        field: the element in the file: type, label, help, rules.
        name: the name to post it under; "" when it takes no answer.
        value: what stands in it; for choices the chosen option's text, for many a tuple.
        text: what a text, expression or read-only field says.
        is_hidden: it does not apply with the present answers. A page without scripts leaves it
            out; one with scripts may keep it ready.
        options: the choices.
        children: the elements of a group.
        rows: for a dynamic list the elements of each row.
        columns, cells: what a table shows.
        problems: what is wrong with the answer.
    """

    field: Field
    name: str = ""
    value: str | tuple[str, ...] = ""
    text: str = ""
    is_hidden: bool = False
    options: tuple[Option, ...] = ()
    children: tuple["Shown", ...] = ()
    rows: tuple[tuple["Shown", ...], ...] = ()
    columns: tuple[Column, ...] = ()
    cells: tuple[tuple[str, ...], ...] = ()
    problems: tuple[FieldProblem, ...] = ()


def show(
    fields: tuple[Field, ...],
    raw: RawValues,
    variables: Variables,
    problems: tuple[FieldProblem, ...] = (),
    *,
    rows: Mapping[str, int] | None = None,
) -> tuple[Shown, ...]:
    """The elements of a form with their values.

    Args:
        raw: what was typed or stored, by field.
        problems: what the check found.
        rows: how many rows to show of a dynamic list, when that is more than are filled.
    """
    context = {**variables, **check(fields, raw, variables).values}
    return _show(fields, raw, context, problems, rows or {}, "")


def as_text(value: Value) -> str:
    """A value as it stands in a field: a comma in numbers, ISO for dates as browsers want it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return option_text(value)
    if isinstance(value, Decimal):
        return f"{value:f}".replace(".", ",")
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    if isinstance(value, time):
        return value.isoformat(timespec="minutes")
    if isinstance(value, YearMonthDuration):
        return f"P{value.months}M"
    return str(value)


def as_words(value: Value) -> str:
    """A value as people read it in a text: dates the Dutch way, yes and no in words."""
    if isinstance(value, bool):
        return "ja" if value else "nee"
    if isinstance(value, datetime):
        return f"{value:%d-%m-%Y %H:%M}"
    if isinstance(value, date):
        return f"{value:%d-%m-%Y}"
    if isinstance(value, (list, tuple)):
        return ", ".join(as_words(item) for item in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {as_words(item)}" for key, item in value.items())
    return as_text(value)


def _show(
    fields: tuple[Field, ...],
    raw: RawValues,
    context: Variables,
    problems: tuple[FieldProblem, ...],
    rows: Mapping[str, int],
    prefix: str,
) -> tuple[Shown, ...]:
    hidden = hidden_ids(fields, context)
    return tuple(_one(field, raw, context, hidden, problems, rows, prefix) for field in fields)


def _one(
    field: Field,
    raw: RawValues,
    context: Variables,
    hidden: frozenset[str],
    problems: tuple[FieldProblem, ...],
    rows: Mapping[str, int],
    prefix: str,
) -> Shown:
    name = prefix + field.key if field.is_input else ""
    value = raw.get(field.key) if field.key else None
    is_list = field.type == "dynamiclist"
    return Shown(
        field=field,
        name=name,
        value="" if is_list else _value(field, value),
        text=_text(field, value, context),
        is_hidden=field.id in hidden,
        options=options_of(field, context),
        children=_show(field.children, raw, context, problems, rows, prefix)
        if field.type == "group"
        else (),
        rows=_rows(field, value, context, problems, rows, prefix) if is_list else (),
        columns=field.columns,
        cells=_cells(field, context),
        problems=tuple(problem for problem in problems if name and problem.field == name),
    )


def _value(field: Field, value: Raw) -> str | tuple[str, ...]:
    if FIELD_TYPES[field.type].shape == "many":
        many = value if isinstance(value, (list, tuple)) else () if value is None else (value,)
        return tuple(_raw_text(field, item) for item in many)
    return _raw_text(field, value)


def _raw_text(field: Field, value: Raw) -> str:
    if isinstance(value, (str, list, tuple, Mapping)):
        return value if isinstance(value, str) else ""
    return (
        option_text(value)
        if FIELD_TYPES[field.type].needs_options and value is not None
        else (as_text(value))
    )


def _text(field: Field, value: Raw, context: Variables) -> str:
    if field.type in ("text", "expression"):
        return as_words(evaluate(field.text, context))
    if field.is_input or field.type in ("group", "table", "separator"):
        return ""
    labels = {option.text: option.label for option in options_of(field, context)}
    many = value if isinstance(value, (list, tuple)) else (value,)
    return ", ".join(
        labels.get(option_text(item), as_words(item))
        for item in many
        if item is not None and not isinstance(item, (list, Mapping))
    )


def _rows(
    field: Field,
    value: Raw,
    context: Variables,
    problems: tuple[FieldProblem, ...],
    rows: Mapping[str, int],
    prefix: str,
) -> tuple[tuple[Shown, ...], ...]:
    filled = (
        [row for row in value if isinstance(row, Mapping)]
        if (isinstance(value, (list, tuple)))
        else []
    )
    wanted = min(max(len(filled), rows.get(field.key, 0), 1), MOST_ROWS)
    filled += [{} for _ in range(wanted - len(filled))]
    shown = []
    for number, row in enumerate(filled):
        typed = check(field.children, row, context).values
        name = f"{prefix}{field.key}.{number}."
        shown.append(_show(field.children, row, {**context, **typed}, problems, rows, name))
    return tuple(shown)


def _cells(field: Field, context: Variables) -> tuple[tuple[str, ...], ...]:
    found = evaluate(field.rows, context) if field.rows is not None else ()
    if not isinstance(found, (list, tuple)):
        return ()
    return tuple(
        tuple(as_words(row.get(column.key)) for column in field.columns)
        for row in found
        if isinstance(row, Mapping)
    )
