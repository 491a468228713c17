"""From a form-js file to a `Form`, with a finding for everything a deployment must refuse."""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from decimal import Decimal

import re2

from engine import feel
from engine.errors import InvalidInputError, Problem
from engine.forms.fields import (
    CLASSES,
    NO_PERSONAL_DATA,
    Column,
    Field,
    Option,
    Rules,
    Source,
    Target,
)
from engine.forms.form import Form
from engine.forms.types import FIELD_TYPES, compile_pattern
from engine.model import Value

SCHEMA_VERSION = 19
DEEPEST = 6
MAX_BYTES = 256 * 1024
MOST_ELEMENTS = 500

_Json = Mapping[str, object]
_KEY = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
_TARGET = re.compile(r"(?:case:([a-z][a-z0-9_]*)\.|process:)([a-z][a-z0-9_]*)", re.ASCII)
_IGNORED = ("button", "spacer")


def load(content: bytes, *, file: str) -> Form:
    """Read a form.

    Args:
        content: form-js JSON, schema version 19, UTF-8.
        file: its path inside the set of files, for the findings.

    Raises:
        InvalidInputError: with every Problem found.
    """
    reader = _Reader(file, content)
    form = reader.form()
    if form is None or any(problem.severity == "error" for problem in reader.problems):
        raise InvalidInputError(reader.problems, "invalid_form")
    return form


def problems(
    content: bytes, *, file: str, sections: Collection[str] | None = None
) -> list[Problem]:
    """Everything that is wrong with a form, as a deployment reports it.

    Args:
        sections: keys of the sections of the case file that the manifest names; None when there
            is no manifest to compare with.
    """
    reader = _Reader(file, content)
    form = reader.form()
    return reader.problems + (form.problems(sections=sections) if form else [])


class _Reader:
    """One file being read; what is wrong is collected in `problems`."""

    def __init__(self, file: str, content: bytes) -> None:
        self.problems: list[Problem] = []
        self._file = file
        self._content = content
        self._text = content.decode("utf-8", "replace")
        self._ids: set[str] = set()

    def form(self) -> Form | None:
        if len(self._content) > MAX_BYTES or self._content.count(b'"type"') > MOST_ELEMENTS:
            self._report(
                None,
                "form_too_large",
                f"The form has more than {MOST_ELEMENTS} elements or {MAX_BYTES} bytes.",
                "Split it: nobody fills in so much at once.",
            )
            return None
        try:
            document = json.loads(self._content.decode("utf-8"), parse_float=Decimal)
        except (ValueError, RecursionError) as error:
            self._report(None, "not_json", f"The file is not JSON: {error}.", "Mend or redraw it.")
            return None
        components = document.get("components") if isinstance(document, dict) else None
        if not isinstance(components, list):
            self._report(None, "not_a_form", "This is no form-js form.", "Draw it as a form.")
            return None
        version = document.get("schemaVersion", SCHEMA_VERSION)
        if not isinstance(version, int) or version > SCHEMA_VERSION:
            self._report(
                None,
                "form_version",
                f"Schema version {version} is not known.",
                f"Save it with schema version {SCHEMA_VERSION}.",
            )
        form_id = document.get("id")
        if not isinstance(form_id, str) or not _KEY.fullmatch(form_id):
            self._report(
                None,
                "bad_key",
                f"The form's id {form_id!r} cannot be a key.",
                "Use lower case letters, digits and underscores, a letter first.",
            )
            form_id = ""
        title = document.get("title") or document.get("name") or ""
        return Form(form_id, self._file, str(title), self._fields(components, {}, None, 0))

    def _fields(
        self, components: object, keys: dict[str, str], parent: Field | None, depth: int
    ) -> tuple[Field, ...]:
        if not isinstance(components, list) or depth > DEEPEST:
            self._report(
                parent.id if parent else None,
                "bad_components",
                "The elements are not a list, or stand too deep inside each other.",
                "Draw it again with fewer levels.",
            )
            return ()
        fields = []
        for number, json_field in enumerate(components):
            if not isinstance(json_field, dict):
                self._report(None, "bad_components", "An element is no object.", "Remove it.")
            elif json_field.get("type") not in _IGNORED:
                fields.append(self._field(json_field, keys, parent, depth, number))
        return tuple(fields)

    def _field(
        self, json_field: _Json, keys: dict[str, str], parent: Field | None, depth: int, number: int
    ) -> Field:
        type_name = str(json_field.get("type"))
        is_list = type_name == "dynamiclist"
        key = str(json_field.get("path" if is_list else "key") or "")
        field_id = str(json_field.get("id") or key or f"{type_name}_{number}")
        line = self._line_of(field_id)
        if type_name not in FIELD_TYPES:
            self._report(
                field_id,
                "unknown_field_type",
                f"Fields of the type {type_name!r} are not shown here.",
                f"Use one of: {', '.join(sorted(FIELD_TYPES))}.",
                line,
            )
            return Field(field_id, "", "separator", line=line)
        row = FIELD_TYPES[type_name]
        is_input = row.shape != "none" and not (
            json_field.get("readonly") is True or json_field.get("disabled") is True
        )
        bare = Field(field_id, key, type_name, is_input=is_input, line=line)
        takes_key = row.shape != "none" or type_name == "expression"
        self._check_identity(bare, keys, needs_key=takes_key)
        target, privacy_class = self._where(bare, json_field, parent)
        field = Field(
            id=field_id,
            key=key if takes_key else "",
            type=type_name,
            label=self._label(bare, json_field),
            help=self._plain(json_field, "description"),
            subtype=self._subtype(bare, json_field),
            rules=self._rules(bare, json_field),
            options=self._options(bare, json_field),
            options_source=self._options_source(bare, json_field),
            hide=self._hide(bare, json_field),
            default=self._source(bare, json_field.get("defaultValue"), "defaultValue"),
            text=self._shown_text(bare, json_field),
            columns=self._columns(bare, json_field),
            rows=self._source(bare, json_field.get("dataSource"), "dataSource"),
            target=target,
            privacy_class=privacy_class,
            is_input=is_input,
            line=line,
        )
        if type_name not in ("group", "dynamiclist"):
            return field
        if type_name == "group" and json_field.get("path"):
            self._error(bare, "group_path", "A group has a path.", "Remove the path of the group.")
        inner_keys = {} if is_list else keys
        inner_parent = field if is_list else parent
        children = self._fields(json_field.get("components"), inner_keys, inner_parent, depth + 1)
        if is_list and any(child.type == "dynamiclist" for child in children):
            self._error(
                bare, "list_in_list", "A list stands inside a list.", "Draw one list, not two."
            )
        return replace(field, children=children)

    def _check_identity(self, field: Field, keys: dict[str, str], *, needs_key: bool) -> None:
        if field.id in self._ids:
            self._error(field, "duplicate_id", "Another element has this id.", "Give it its own.")
        self._ids.add(field.id)
        if not needs_key:
            return
        if not _KEY.fullmatch(field.key):
            self._error(
                field,
                "bad_key",
                f"{field.key!r} cannot be a key.",
                "Use lower case letters, digits and underscores, a letter first.",
            )
        elif field.key in keys:
            self._error(
                field,
                "duplicate_key",
                f"{field.key!r} is the key of {keys[field.key]!r} too.",
                "Give each field a key of its own.",
            )
        keys.setdefault(field.key, field.id)

    def _where(
        self, field: Field, json_field: _Json, parent: Field | None
    ) -> tuple[Target | None, str | None]:
        properties = json_field.get("properties")
        properties = properties if isinstance(properties, dict) else {}
        privacy_class = self._class(field, properties, parent)
        target = self._target(field, properties, parent)
        if (
            target is not None
            and target.kind == "process"
            and (privacy_class not in (NO_PERSONAL_DATA, None))
        ):
            self._error(
                field,
                "personal_data_in_process",
                f"{field.key!r} is classed {privacy_class!r} and goes to a process variable: "
                "personal data is never process state.",
                'Give it a target "case:<section>.<name>", or class "-" if it is not personal.',
            )
        return target, privacy_class

    def _class(self, field: Field, properties: _Json, parent: Field | None) -> str | None:
        found = properties.get("class")
        found = NO_PERSONAL_DATA if found == "none" else found
        if found is None and parent is not None:
            return parent.privacy_class
        if found is None and not field.is_input:
            return None
        if found not in CLASSES:
            self._error(
                field,
                "field_without_class",
                f"{field.key!r} does not say whether it is personal data.",
                'Add the property "class": "-" (none), P, B, S, N or V.',
            )
            return None
        inherited = parent.privacy_class if parent is not None else None
        if inherited == NO_PERSONAL_DATA and found != NO_PERSONAL_DATA:
            self._error(
                field,
                "list_class",
                f"{field.key!r} is personal data in a list classed as none.",
                "Give the list the class of its most sensitive column.",
            )
        return str(found)

    def _target(self, field: Field, properties: _Json, parent: Field | None) -> Target | None:
        text = properties.get("target")
        if parent is not None:
            if text is not None:
                self._error(
                    field,
                    "target_in_list",
                    f"{field.key!r} is a column of a list and has a target.",
                    "Remove it: the list has the target.",
                )
            return None
        if text is None and not field.is_input:
            return None
        found = _TARGET.fullmatch(text) if isinstance(text, str) else None
        if found is None:
            self._error(
                field,
                "field_without_target",
                f"{field.key!r} does not say where its answer goes.",
                'Add the property "target": "case:<section>.<name>" or "process:<variable>".',
            )
            return None
        return Target("case" if found[1] else "process", found[1] or "", found[2])

    def _label(self, field: Field, json_field: _Json) -> str:
        label = self._plain(json_field, "label")
        if not label and (field.is_input or field.type == "group"):
            self._error(
                field,
                "field_without_label",
                f"{field.key or field.id!r} has no label.",
                "Say in a few words what is asked; a group without a label is a frame.",
                severity="error" if field.is_input else "warning",
            )
        return label

    def _subtype(self, field: Field, json_field: _Json) -> str:
        if field.type != "datetime":
            return ""
        subtype = str(json_field.get("subtype", "date"))
        if subtype not in ("date", "time", "datetime"):
            self._error(field, "bad_subtype", f"{subtype!r} is no kind of date.", "Use date.")
        return subtype

    def _rules(self, field: Field, json_field: _Json) -> Rules:
        found = json_field.get("validate")
        rules = found if isinstance(found, dict) else {}
        pattern = rules.get("pattern")
        if pattern:
            try:
                compile_pattern(str(pattern))
            except re2.error:
                self._error(
                    field,
                    "bad_pattern",
                    "The pattern is none that RE2 knows.",
                    "Write it without look-around and back-references.",
                )
                pattern = None
        kind = rules.get("validationType")
        if kind not in (None, "", "custom", "email", "phone"):
            self._error(field, "bad_validation", f"{kind!r} is no check.", "Use email or phone.")
        return Rules(
            required=rules.get("required") is True,
            min_length=self._count(field, rules, "minLength"),
            max_length=self._count(field, rules, "maxLength"),
            minimum=self._number(field, rules, "min"),
            maximum=self._number(field, rules, "max"),
            decimals=self._count(field, json_field, "decimalDigits"),
            pattern=str(pattern) if pattern else None,
            kind=str(kind) if kind in ("email", "phone") else None,
        )

    def _count(self, field: Field, rules: _Json, name: str) -> int | None:
        number = self._number(field, rules, name)
        return int(number) if number is not None else None

    def _number(self, field: Field, rules: _Json, name: str) -> Decimal | None:
        value = rules.get(name)
        if value in (None, ""):
            return None
        if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
            return Decimal(value)
        self._error(field, "bad_validation", f"{name} is not a number.", "Write a number.")
        return None

    def _options(self, field: Field, json_field: _Json) -> tuple[Option, ...]:
        if not FIELD_TYPES[field.type].needs_options:
            return ()
        values = json_field.get("values")
        if not isinstance(values, list):
            if not (json_field.get("valuesKey") or json_field.get("valuesExpression")):
                self._error(
                    field,
                    "field_without_options",
                    f"{field.key!r} offers no choice.",
                    "Add values, or an expression that gives them.",
                )
            return ()
        options = tuple(
            Option(_constant(item.get("value")), str(item.get("label") or item.get("value") or ""))
            for item in values
            if isinstance(item, dict)
        )
        texts = [option.text for option in options]
        if not texts or len(set(texts)) < len(texts) or "" in texts or "None" in texts:
            self._error(
                field,
                "bad_options",
                f"The choices of {field.key!r} are empty or not different.",
                "Give each choice a value of its own.",
            )
        return options

    def _options_source(self, field: Field, json_field: _Json) -> Source:
        if not FIELD_TYPES[field.type].needs_options or isinstance(json_field.get("values"), list):
            return None
        key = json_field.get("valuesKey")
        text = f"={key}" if key else json_field.get("valuesExpression")
        return self._source(field, text, "valuesExpression")

    def _hide(self, field: Field, json_field: _Json) -> feel.Expression | None:
        conditional = json_field.get("conditional")
        text = conditional.get("hide") if isinstance(conditional, dict) else None
        if text in (None, ""):
            return None
        return self._expression(field, str(text), "conditional.hide")

    def _shown_text(self, field: Field, json_field: _Json) -> Source:
        if field.type == "text":
            return self._source(field, json_field.get("text", ""), "text")
        if field.type != "expression":
            return ""
        return self._expression(field, str(json_field.get("expression") or ""), "expression")

    def _columns(self, field: Field, json_field: _Json) -> tuple[Column, ...]:
        if field.type != "table":
            return ()
        columns = json_field.get("columns")
        found = tuple(
            Column(str(column.get("key", "")), str(column.get("label", "")))
            for column in (columns if isinstance(columns, list) else ())
            if isinstance(column, dict)
        )
        if not found or not json_field.get("dataSource"):
            self._error(
                field,
                "bad_table",
                "The table has no columns or no rows.",
                "Name its columns, and a dataSource that gives a list.",
            )
        return found

    def _source(self, field: Field, value: object, name: str) -> Source:
        if isinstance(value, str) and value.lstrip().startswith("="):
            return self._expression(field, value, name)
        return _constant(value)

    def _expression(self, field: Field, text: str, name: str) -> feel.Expression | None:
        try:
            found = feel.parse(text.strip().removeprefix("="))
        except feel.FeelError as error:
            self._error(
                field,
                "bad_expression",
                f"{name} is not FEEL: {error}.",
                "Mend the expression; a name with a hyphen is read as a minus.",
            )
            return None
        for called in found.calls:
            self._error(
                field,
                "unknown_function",
                f"There is no function {called}.",
                "Use a function of FEEL; what processes may call beside those, forms may not.",
            )
        return found

    @staticmethod
    def _plain(json_field: _Json, name: str) -> str:
        value = json_field.get(name)
        return value.strip() if isinstance(value, str) else ""

    def _error(
        self, field: Field, rule: str, message: str, remedy: str, *, severity: str = "error"
    ) -> None:
        self.problems.append(
            Problem(
                self._file,
                field.id,
                rule,
                "warning" if severity == "warning" else "error",
                message,
                remedy,
                field.line,
            )
        )

    def _report(
        self, element_id: str | None, rule: str, message: str, remedy: str, line: int | None = None
    ) -> None:
        self.problems.append(Problem(self._file, element_id, rule, "error", message, remedy, line))

    def _line_of(self, name: str) -> int | None:
        found = re.search(rf'"(?:id|key|path)"\s*:\s*"{re.escape(name)}"', self._text)
        return self._text.count("\n", 0, found.start()) + 1 if found else None


def _constant(value: object) -> Value:
    """A constant of the JSON file as a value: numbers decimal, lists as tuples."""
    if isinstance(value, bool) or value is None or isinstance(value, (str, Decimal)):
        return value
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, list):
        return tuple(_constant(item) for item in value)
    if isinstance(value, dict):
        return {str(key): _constant(item) for key, item in value.items()}
    return None
