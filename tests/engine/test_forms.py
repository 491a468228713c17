"""Forms: what is read, refused, hidden, stored and shown."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal

import pytest

from engine import forms
from engine.errors import FieldProblem, InvalidInputError, Problem
from engine.forms import FIELD_TYPES, Form, Raw
from engine.model import Value

JsonField = dict[str, object]


class Posted:
    """What a browser sends, as pairs of name and text."""

    def __init__(self, *pairs: tuple[str, str]) -> None:
        self._pairs = pairs

    def getlist(self, key: str, /) -> Sequence[str]:
        return [text for name, text in self._pairs if name == key]

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name for name, _ in self._pairs))


def field(key: str, type_name: str = "textfield", **properties: object) -> JsonField:
    return {
        "id": f"veld_{key}",
        "key": key,
        "type": type_name,
        "label": key.capitalize(),
        "properties": {"target": f"process:{key}", "class": "-"},
        **properties,
    }


def choice(key: str, type_name: str, *values: object, **properties: object) -> JsonField:
    options = [{"value": value, "label": str(value)} for value in values]
    return field(key, type_name, values=options, **properties)


def content(*components: Mapping[str, object], form_id: str = "spoed_check") -> bytes:
    return json.dumps({"id": form_id, "components": components, "schemaVersion": 19}).encode()


def load(*components: Mapping[str, object]) -> Form:
    return forms.load(content(*components), file="signaal/forms/spoed-check.form")


def rules(*components: JsonField, sections: Sequence[str] | None = None) -> list[tuple[str, str]]:
    found = forms.problems(content(*components), file="f.form", sections=sections)
    return [(problem.element_id or "", problem.rule) for problem in found]


def stored(
    form: Form, variables: dict[str, Value] | None = None, **values: Raw
) -> dict[str, Value]:
    return dict(form.check(values, variables or {}).process_values)


def refused(
    form: Form, variables: dict[str, Value] | None = None, **values: Raw
) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInputError) as error:
        form.check(values, variables or {})
    problems = [one for one in error.value.problems if isinstance(one, FieldProblem)]
    return [(problem.field, problem.rule) for problem in problems]


# --- reading what was typed ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("json_field", "typed", "value"),
    [
        (field("a"), "  Cafe\u0301 \r\n", "Café"),
        (field("a", "textarea"), "een\r\ntwee\n", "een\ntwee"),
        (field("a", "number"), "1,5", Decimal("1.5")),
        (field("a", "number"), "-3", Decimal(-3)),
        (field("a", "number"), "1.234,50", Decimal("1234.50")),
        (field("a", "number"), 7, Decimal(7)),
        (field("a", "number"), 0.1, Decimal("0.1")),
        (field("a", "datetime", subtype="date"), "2-3-2026", date(2026, 3, 2)),
        (field("a", "datetime", subtype="date"), "2026-03-02", date(2026, 3, 2)),
        (field("a", "datetime", subtype="date"), date(2026, 3, 2), date(2026, 3, 2)),
        (field("a", "datetime", subtype="time"), "9:05", time(9, 5)),
        (field("a", "datetime", subtype="time"), "09.05", time(9, 5)),
        (
            field("a", "datetime", subtype="datetime"),
            "02-03-2026 09:05",
            datetime(2026, 3, 2, 9, 5),
        ),
        (
            field("a", "datetime", subtype="datetime"),
            "2026-03-02T09:05",
            datetime(2026, 3, 2, 9, 5),
        ),
        (field("a", "checkbox"), "on", True),
        (field("a", "checkbox"), False, False),
        (choice("a", "radio", "ja", "nee"), "ja", "ja"),
        (choice("a", "radio", True, False), "true", True),
        (choice("a", "radio", True, False), False, False),
        (choice("a", "select", 1, 2), "2", Decimal(2)),
        (choice("a", "checklist", "x", "y", "z"), ["z", "x", "z"], ("x", "z")),
        (choice("a", "taglist", "x", "y"), "y", ("y",)),
    ],
)
def test_an_answer_is_read_by_the_type_of_its_field(
    json_field: JsonField, typed: Raw, value: Value
) -> None:
    assert stored(load(json_field), a=typed) == {"a": value}


@pytest.mark.parametrize(
    ("json_field", "typed", "rule"),
    [
        (field("a"), "regel\x07", "control_character"),
        (field("a"), "twee\nregels", "control_character"),
        (field("a"), "x" * 4001, "max_length"),
        (field("a"), ["x"], "text"),
        (field("a", validate={"maxLength": 3}), "vier", "max_length"),
        (field("a", validate={"minLength": 3}), "ja", "min_length"),
        (field("a", validate={"pattern": r"^\d{4}$"}), "12", "pattern"),
        (field("a", validate={"validationType": "email"}), "anna@", "email"),
        (field("a", validate={"validationType": "phone"}), "bel mij", "phone"),
        (field("a", "number"), "veel", "number"),
        (field("a", "number"), "1.000", "number_ambiguous"),
        (field("a", "number"), "1e5", "number"),
        (field("a", "number"), True, "number"),
        (field("a", "number", decimalDigits=0), "1,5", "whole_number"),
        (field("a", "number", decimalDigits=1), "1,55", "decimals"),
        (field("a", "number", validate={"min": 1, "max": 5}), "0", "min"),
        (field("a", "number", validate={"min": 1, "max": 5}), "6", "max"),
        (field("a", "datetime", subtype="date"), "31-02-2026", "date"),
        (field("a", "datetime", subtype="date"), "02-03-26", "date"),
        (field("a", "datetime", subtype="date"), "02-03-0026", "date"),
        (field("a", "datetime", subtype="time"), "25:00", "time"),
        (field("a", "datetime", subtype="datetime"), "2026-03-02", "datetime"),
        (field("a", "checkbox"), "misschien", "checkbox"),
        (field("a", "checkbox", validate={"required": True}), "false", "required"),
        (choice("a", "radio", "ja", "nee"), "wel", "option"),
        (choice("a", "radio", "ja", "nee"), ["ja"], "one_value"),
        (choice("a", "select", 1, 2), "true", "option"),
        (choice("a", "checklist", "x", "y"), ["x", "q"], "option"),
    ],
)
def test_an_answer_that_breaks_a_rule_is_refused_by_name(
    json_field: JsonField, typed: Raw, rule: str
) -> None:
    assert refused(load(json_field), a=typed) == [("a", rule)]


def test_a_limit_is_told_and_what_was_typed_is_not() -> None:
    form = load(field("a", validate={"maxLength": 3}))

    with pytest.raises(InvalidInputError) as error:
        form.check({"a": "geheim"}, {})

    assert error.value.problems == (FieldProblem("a", "max_length", {"limit": 3}),)


def test_everything_that_is_wrong_is_told_at_once_in_the_order_of_the_form() -> None:
    required = {"required": True}
    form = load(
        field("b", validate=required),
        field("a", "number"),
        choice("c", "checklist", "x", validate=required),
    )

    assert refused(form, a="veel", vreemd="x") == [
        ("vreemd", "unknown_field"),
        ("b", "required"),
        ("a", "number"),
        ("c", "required"),
    ]


def test_only_spaces_are_no_answer() -> None:
    assert refused(load(field("a", validate={"required": True})), a="  ") == [("a", "required")]


def test_a_field_left_empty_clears_what_stood_there() -> None:
    form = load(
        field("a"), field("b", "checkbox"), choice("c", "checklist", "x"), field("d", "number")
    )

    assert stored(form) == {"a": None, "b": False, "c": (), "d": None}


def test_names_that_belong_to_the_page_are_left_out_and_others_are_refused() -> None:
    form = load(field("a"), choice("b", "checklist", "x", "y"))
    post = Posted(("csrf_token", "t"), ("a", "1"), ("b", "x"), ("b", "y"), ("is_admin", "true"))

    raw = form.read(post, reserved={"csrf_token"})

    assert raw == {"a": "1", "b": ["x", "y"], "is_admin": "true"}
    assert refused(form, None, **raw) == [("is_admin", "unknown_field")]


def test_a_read_only_field_takes_no_answer() -> None:
    form = load(field("a", readonly=True), field("b"))

    assert refused(form, a="anders", b="x") == [("a", "unknown_field")]
    assert stored(form, b="x") == {"b": "x"}


# --- where answers go ----------------------------------------------------------------------------


def test_personal_data_goes_to_the_case_and_the_rest_to_the_process() -> None:
    form = load(
        field("naam", properties={"target": "case:person_identity.name", "class": "P"}),
        field("tel", properties={"target": "case:safe_contact.phone", "class": "V"}),
        field("gevaar", "checkbox"),
    )

    answer = form.check({"naam": "Ana", "tel": "", "gevaar": "on"}, {})

    assert answer.case_values == {
        "person_identity": {"name": "Ana"},
        "safe_contact": {"phone": None},
    }
    assert answer.process_values == {"gevaar": True}


def test_what_the_case_holds_goes_before_a_default() -> None:
    form = load(
        field("naam", properties={"target": "case:person.name", "class": "P"}, defaultValue="x"),
        field("route", defaultValue="=advies"),
        field("aantal", "number", defaultValue=2),
    )

    assert form.initial({"advies": "triage"}, {"person": {"name": "Ana"}}) == {
        "naam": "Ana",
        "route": "triage",
        "aantal": Decimal(2),
    }


# --- conditions ----------------------------------------------------------------------------------


def test_a_field_that_does_not_apply_is_neither_required_nor_stored() -> None:
    form = load(
        choice("persoon", "radio", "ja", "nee"),
        field("naam", validate={"required": True}, conditional={"hide": '=persoon = "nee"'}),
    )

    assert stored(form, persoon="nee", naam="toch iets") == {"persoon": "nee"}
    assert refused(form, persoon="ja") == [("naam", "required")]


def test_hiding_one_field_can_hide_another() -> None:
    form = load(
        field("c", conditional={"hide": "=b = null"}),
        field("b", conditional={"hide": "=a = null"}),
        field("a"),
    )

    assert stored(form, b="x", c="y") == {"a": None}


def test_a_hidden_group_hides_all_that_stands_in_it() -> None:
    group = {
        "id": "groep",
        "type": "group",
        "label": "Persoon",
        "conditional": {"hide": "=not_known"},
        "components": [field("naam", validate={"required": True})],
    }
    form = load(group)

    assert stored(form, {"not_known": True}) == {}
    assert refused(form) == [("naam", "required")]


def test_departing_from_advice_asks_for_a_reason() -> None:
    form = load(
        choice("route", "radio", "triage", "sluiten", defaultValue="=advies"),
        field(
            "reden",
            "textarea",
            validate={"required": True},
            conditional={"hide": "=route = advies"},
        ),
    )
    variables: dict[str, Value] = {"advies": "triage"}

    assert form.initial(variables)["route"] == "triage"
    assert stored(form, variables, route="triage") == {"route": "triage"}
    assert refused(form, variables, route="sluiten") == [("reden", "required")]
    assert stored(form, variables, route="sluiten", reden="Bekend") == {
        "route": "sluiten",
        "reden": "Bekend",
    }


def test_choices_may_come_from_the_process() -> None:
    select = field("dubbel", "select", valuesKey="kandidaten")
    form = load(select)
    variables: dict[str, Value] = {"kandidaten": ({"value": Decimal(7), "label": "S-7"}, "S-9")}

    assert stored(form, variables, dubbel="7") == {"dubbel": Decimal(7)}
    assert refused(form, variables, dubbel="S-8") == [("dubbel", "option")]
    assert [option.label for option in form.show({}, variables)[0].options] == ["S-7", "S-9"]


def test_an_expression_is_worked_out_and_stored() -> None:
    expression: JsonField = {
        "id": "som",
        "key": "som",
        "type": "expression",
        "expression": "=a + b",
        "properties": {"target": "process:totaal", "class": "-"},
    }

    form = load(field("a", "number"), expression)

    assert stored(form, {"b": Decimal(2)}, a="3")["totaal"] == Decimal(5)
    assert refused(form, {"b": Decimal(2)}, a="3", som="99") == [("som", "unknown_field")]


# --- lists ---------------------------------------------------------------------------------------


def children_list(**properties: object) -> JsonField:
    return {
        "id": "kinderen",
        "path": "kinderen",
        "type": "dynamiclist",
        "label": "Kinderen",
        "properties": {"target": "case:person.children", "class": "P"},
        "components": [
            {"id": "k1", "key": "leeftijd", "type": "number", "label": "Leeftijd"},
            {
                "id": "k2",
                "key": "school",
                "type": "textfield",
                "label": "School",
                "validate": {"required": True},
                "conditional": {"hide": "=leeftijd < 4"},
            },
        ],
        **properties,
    }


def test_rows_are_read_and_checked_one_by_one() -> None:
    form = load(children_list())
    post = Posted(
        ("kinderen.0.leeftijd", "9"),
        ("kinderen.0.school", "De Ark"),
        ("kinderen.1.leeftijd", ""),
        ("kinderen.1.school", ""),
        ("kinderen.4.leeftijd", "2"),
    )

    answer = form.check(form.read(post), {})

    assert answer.case_values == {
        "person": {
            "children": (
                {"leeftijd": Decimal(9), "school": "De Ark"},
                {"leeftijd": Decimal(2)},
            )
        }
    }


def test_a_problem_in_a_row_names_the_row() -> None:
    form = load(children_list())

    assert refused(form, kinderen=[{"leeftijd": "9"}, {"leeftijd": "x", "meer": "1"}]) == [
        ("kinderen.0.school", "required"),
        ("kinderen.1.meer", "unknown_field"),
        ("kinderen.1.leeftijd", "number"),
        ("kinderen.1.school", "required"),
    ]


@pytest.mark.parametrize(
    ("rows", "rule"),
    [([], "required"), ("geen lijst", "rows"), ([{"leeftijd": "5"}] * 101, "too_many")],
)
def test_a_list_has_rows_and_not_too_many(rows: Raw, rule: str) -> None:
    form = load(children_list(validate={"required": True}))

    assert refused(form, kinderen=rows) == [("kinderen", rule)]


# --- drafts and pages ----------------------------------------------------------------------------


def test_a_draft_keeps_what_was_typed_wrong_or_not() -> None:
    form = load(field("a", "number"), choice("b", "checklist", "x"), children_list())
    post = Posted(("a", "veel"), ("b", "q"), ("kinderen.0.leeftijd", "?"), ("vreemd", "x"))

    draft = form.draft(post)

    assert draft == {"a": "veel", "b": ["q"], "kinderen": [{"leeftijd": "?"}]}
    assert json.loads(json.dumps(draft)) == draft


def test_a_page_gets_every_element_with_its_value_and_problems() -> None:
    form = load(
        {"id": "uitleg", "type": "text", "text": "Kort."},
        field("a", "number"),
        field("b", conditional={"hide": "=a = 1"}),
        children_list(),
    )
    problem = FieldProblem("kinderen.0.leeftijd", "number")

    text, number, hidden, rows = form.show(
        {"a": Decimal("1"), "kinderen": [{"leeftijd": "x"}]}, {}, (problem,), rows={"kinderen": 2}
    )

    assert text.text == "Kort."
    assert (number.name, number.value) == ("a", "1")
    assert hidden.is_hidden
    assert [row[0].name for row in rows.rows] == ["kinderen.0.leeftijd", "kinderen.1.leeftijd"]
    assert (rows.rows[0][0].value, rows.rows[0][0].problems) == ("x", (problem,))


def test_a_table_shows_rows_of_the_process() -> None:
    table: JsonField = {
        "id": "tabel",
        "type": "table",
        "label": "Lijkt op",
        "dataSource": "=dubbelen",
        "columns": [{"key": "nummer", "label": "Nummer"}, {"key": "op", "label": "Gemeld op"}],
    }
    rows: Value = ({"nummer": "S-1", "op": date(2026, 3, 2)},)

    shown = load(table).show({}, {"dubbelen": rows})[0]

    assert shown.cells == (("S-1", "02-03-2026"),)


def test_a_read_only_field_shows_the_label_of_its_value() -> None:
    form = load(field("a", "radio", readonly=True, values=[{"value": "ja", "label": "Ja!"}]))

    assert form.show({"a": "ja"}, {})[0].text == "Ja!"


@pytest.mark.parametrize(
    ("typed", "warned"),
    [
        ("bsn 111222333", True),
        ("bsn 111.222.333.", True),
        ("nummer 123456789", False),  # fails the elfproef
        ("000000000", False),
        ("1112223330", False),
    ],
)
def test_a_bsn_in_a_free_text_is_warned_about(typed: str, warned: bool) -> None:
    form = load(field("a", "textarea"))

    assert form.warnings({"a": typed}) == ((FieldProblem("a", "bsn_in_text"),) if warned else ())


# --- what a deployment refuses -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("json_field", "rule"),
    [
        (field("a", properties={"target": "process:a", "class": "P"}), "personal_data_in_process"),
        (field("a", properties={"class": "-"}), "field_without_target"),
        (field("a", properties={"target": "a", "class": "-"}), "field_without_target"),
        (field("a", properties={"target": "process:a"}), "field_without_class"),
        (field("a", properties={"target": "process:a", "class": "X"}), "field_without_class"),
        (field("a", "html"), "unknown_field_type"),
        (field("a", "iframe"), "unknown_field_type"),
        ({**field("a"), "key": "a-b"}, "bad_key"),
        (field("a", label=""), "field_without_label"),
        (field("a", conditional={"hide": "=a ="}), "bad_expression"),
        (field("a", defaultValue="=)"), "bad_expression"),
        (field("a", defaultValue="=b.__class__"), "bad_expression"),
        (field("a", conditional={"hide": "=nu() > b"}), "unknown_function"),
        (field("a", validate={"pattern": r"(?=x)"}), "bad_pattern"),
        (field("a", validate={"maxLength": "veel"}), "bad_validation"),
        (field("a", validate={"validationType": "iban"}), "bad_validation"),
        (field("a", "datetime", subtype="week"), "bad_subtype"),
        (field("a", "radio"), "field_without_options"),
        (choice("a", "radio"), "bad_options"),
        (choice("a", "radio", "x", "x"), "bad_options"),
        ({"id": "veld_a", "type": "table", "label": "T"}, "bad_table"),
    ],
)
def test_a_form_that_breaks_a_rule_is_not_deployed(json_field: JsonField, rule: str) -> None:
    assert rules(json_field) == [("veld_a", rule)]


def test_a_key_stands_once_in_a_form() -> None:
    assert rules(field("a"), {**field("a"), "id": "ander"}) == [("ander", "duplicate_key")]


def test_the_columns_of_a_list_are_classed_by_the_list() -> None:
    public = {"target": "process:kinderen", "class": "-"}
    personal = {"properties": {"class": "P"}}
    column = {"id": "k1", "key": "leeftijd", "type": "number", "label": "Leeftijd"}

    assert rules(children_list()) == []
    assert rules(children_list(properties=public, components=[{**column, **personal}])) == [
        ("k1", "list_class")
    ]
    assert rules(
        children_list(components=[{**column, "properties": {"target": "case:person.age"}}])
    ) == [("k1", "target_in_list")]


def test_the_section_of_a_target_must_be_one_of_the_process() -> None:
    person = field("a", properties={"target": "case:persoon.naam", "class": "P"})

    assert rules(person, sections=["person_identity"]) == [("veld_a", "unknown_section")]
    assert rules(person, sections=["persoon"]) == []


def test_a_problem_names_file_line_and_remedy() -> None:
    text = json.dumps(
        {"id": "f", "schemaVersion": 19, "components": [field("a"), field("b", "html")]}, indent=1
    )

    found = forms.problems(text.encode(), file="signaal/forms/f.form")

    assert [type(problem) for problem in found] == [Problem]
    assert (found[0].file, found[0].line) == ("signaal/forms/f.form", 16)
    assert "textfield" in found[0].remedy


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        (b"{", "not_json"),
        (b"\xff", "not_json"),
        (b"[" * 100_000, "not_json"),
        (b"[]", "not_a_form"),
        (b'{"id": "f", "components": {}}', "not_a_form"),
        (b'{"id": "F-1", "components": []}', "bad_key"),
        (b'{"id": "f", "components": [], "schemaVersion": 99}', "form_version"),
        (b'{"id": "f", "components": [7]}', "bad_components"),
        (b'{"components": [' + b'{"type": "text"}, ' * 501 + b"7]}", "form_too_large"),
        (b" " * 300_000, "form_too_large"),
    ],
)
def test_a_file_that_is_no_form_is_refused(broken: bytes, rule: str) -> None:
    with pytest.raises(InvalidInputError) as error:
        forms.load(broken, file="f.form")

    assert [problem.rule for problem in error.value.problems] == [rule]


def test_a_button_is_left_out_because_the_page_has_its_own() -> None:
    assert load({"id": "b", "type": "button", "label": "Verstuur"}).fields == ()


def test_every_type_that_takes_an_answer_can_read_it() -> None:
    answering = {name for name, row in FIELD_TYPES.items() if row.shape in ("one", "many")}

    assert answering == {name for name, row in FIELD_TYPES.items() if row.read is not None}
