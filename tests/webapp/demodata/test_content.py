"""What the demo says keeps step with what the shipped processes ask."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import processes
from engine import forms
from engine.forms import Form
from engine.forms.fields import inputs
from webapp.demodata import content
from webapp.demodata.content import Answers


def _forms() -> Iterator[tuple[str, Form]]:
    for path in sorted(Path(processes.SHIPPED).glob("*/forms/*.form")):
        yield path.parts[-3], forms.load(path.read_bytes(), file=path.name)


FORMS = {
    (folder, form.id): {field.key for field in inputs(form.fields)} for folder, form in _forms()
}


def _unknown(said: Answers, keys: set[str]) -> set[str]:
    """What answers no field of a form."""
    numbered = {key.rpartition("_")[0] + "_n" for key in keys if key.rpartition("_")[2].isdigit()}
    return {key for key in said if not key.startswith("_")} - keys - numbered


@pytest.mark.parametrize(("folder", "form_key"), FORMS)
def test_somebody_knows_what_to_say_in_every_form(folder: str, form_key: str) -> None:
    said = content.answers_of(folder, form_key)

    assert _unknown(said, FORMS[folder, form_key]) == set()


def test_nothing_is_said_in_forms_that_are_gone() -> None:
    said = {(folder, key) for folder, forms in content.answers().items() for key in forms}

    assert said - FORMS.keys() == set()


def test_a_form_that_nobody_knows_is_an_error_and_no_guess() -> None:
    with pytest.raises(content.UnknownFormError, match="signaal/iets_nieuws"):
        content.answers_of("signaal", "iets_nieuws")


@pytest.mark.parametrize("story", content.stories(), ids=lambda story: story.key)
def test_a_story_speaks_of_forms_and_fields_that_are_there(story: content.Story) -> None:
    by_key: dict[str, set[str]] = {}
    for (folder, key), fields in FORMS.items():
        by_key[key] = by_key.get(key, set()) | fields
        by_key[f"{folder}.{key}"] = fields

    assert {key: _unknown(said, by_key[key]) for key, said in story.answers.items()} == {
        key: set() for key in story.answers
    }
    assert story.stands_still_at <= by_key.keys()
    assert set(story.situations) <= content.situations().keys()


def test_the_shares_of_the_stories_are_out_of_sixty() -> None:
    assert sum(story.share for story in content.stories()) == 60
