"""How a form is filled in: what somebody says, and never what its rules refuse."""

from collections.abc import Mapping
from datetime import date
from random import Random

import orjson
import pytest

from engine import forms
from engine.forms import Form
from webapp.demodata.answering import NoAnswerError, Voice, fill_in
from webapp.demodata.content import Answers

THURSDAY = date(2026, 11, 26)


def _form(*components: Mapping[str, object]) -> Form:
    content = {"type": "default", "id": "proef", "schemaVersion": 19, "components": components}
    return forms.load(orjson.dumps(content), file="proef.form")


def _field(key: str, kind: str = "textfield", **more: object) -> dict[str, object]:
    properties = {"target": f"case:proef.{key}", "class": "-"}
    return {"type": kind, "key": key, "label": key, "properties": properties, **more}


def _voice(visit: int = 0) -> Voice:
    return Voice(Random(1), {"naam": "Fenna"}, THURSDAY, visit)


def test_a_text_speaks_of_the_person() -> None:
    form = _form(_field("wat"))

    assert fill_in(form, {}, {}, {"wat": "{naam} belt."}, _voice()) == {"wat": "Fenna belt."}


def test_a_day_counts_from_today() -> None:
    form = _form(_field("dag", "datetime", subtype="date", dateLabel="dag"))

    assert fill_in(form, {}, {}, {"dag": "+14"}, _voice()) == {"dag": "10-12-2026"}


def test_another_visit_gets_another_answer() -> None:
    form = _form(_field("wat"))
    said: Answers = {"wat": {"visits": ["eerst", "daarna"]}}

    assert [fill_in(form, {}, {}, said, _voice(n))["wat"] for n in (0, 1, 2)] == [
        "eerst",
        "daarna",
        "daarna",
    ]


def test_what_must_be_filled_in_is() -> None:
    form = _form(_field("wat", validate={"required": True}))

    assert fill_in(form, {}, {}, {}, _voice())["wat"]


def test_a_form_that_refuses_everything_is_an_error_that_names_the_field() -> None:
    form = _form(_field("wat", validate={"required": True, "maxLength": 3}))

    with pytest.raises(NoAnswerError, match="wat"):
        fill_in(form, {}, {}, {"wat": "te lang"}, _voice())
