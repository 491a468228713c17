"""Answers as people read them on the page of a case."""

import json

from engine import forms
from webapp.casework import labels

CONSENTS = {
    "type": "dynamiclist",
    "id": "toestemmingen",
    "path": "toestemmingen",
    "label": "Welke toestemmingen hebt u gevraagd?",
    "components": [
        {"type": "textfield", "id": "waarvoor", "key": "waarvoor", "label": "Waarvoor?"},
        {"type": "checkbox", "id": "gegeven", "key": "gegeven", "label": "Gegeven"},
    ],
    "properties": {"target": "case:toestemmingen.gevraagd", "class": "-"},
}


def test_a_tick_is_answered_as_a_choice_of_yes_and_no_is() -> None:
    assert labels.in_words(None, True) == "Ja"
    assert labels.in_words(None, False) == "Nee"


def test_a_question_in_a_row_ends_in_its_own_mark() -> None:
    content = json.dumps(
        {
            "type": "default",
            "schemaVersion": 19,
            "id": "toestemming",
            "name": "Toestemmingen",
            "components": [CONSENTS],
        }
    )
    (field,) = forms.load(content.encode(), file="toestemming.form").fields

    told = labels.in_words(field, ({"waarvoor": "Opvang", "gegeven": True},))

    assert told == "Waarvoor? Opvang, Gegeven: Ja"
