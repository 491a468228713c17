"""How a form is filled in: what somebody says, and something plausible where a rule asks for more.

Whatever comes out passes the form's own checks, or `NoAnswerError` says where it does not.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import TypeAlias

from engine.forms import FIELD_TYPES, Field, Form, Raw, RawValues
from engine.forms.answers import check, options_of
from engine.forms.fields import inputs
from engine.model import Variables
from webapp.demodata.content import BY, KEEPS, VISITS, Answers

ROUNDS = 8
NOTE = "Besproken en vastgelegd."
DEPARTURE = "Wij kennen de situatie en wegen het anders."

Words: TypeAlias = Mapping[str, str]


class Voice:
    """What somebody says in one form, at one moment.

    Args:
        rng: draws where there is a choice.
        words: what texts may use.
        today: the day that dates count from.
        visit: the how manieth time this form is filled in for this case, from 0.
    """

    def __init__(self, rng: Random, words: Words, today: date, visit: int) -> None:
        self._rng = rng
        self._words = words
        self._today = today
        self._visit = visit

    def say(self, field: Field, said: Raw) -> Raw:
        """What stands in a file, as the answer of this field."""
        if isinstance(said, Mapping) and VISITS in said:
            visits = said[VISITS]
            assert isinstance(visits, list)
            said = visits[min(self._visit, len(visits) - 1)]
        shape = FIELD_TYPES[field.type].shape
        if shape == "one":
            return self._one(field, self._rng.choice(said) if isinstance(said, list) else said)
        if isinstance(said, list) and said and isinstance(said[0], list):
            said = self._rng.choice(said)
        if shape == "many" or not isinstance(said, list):
            return [self._one(field, one) for one in said] if isinstance(said, list) else said
        columns = {column.key: column for column in inputs(field.children)}
        return [
            {key: self.say(columns[key], value) for key, value in row.items()}
            for row in said
            if isinstance(row, Mapping)
        ]

    def fallback(self, field: Field, context: Variables) -> Raw:
        """Something that the field takes, when nothing was said or it cannot be said now."""
        shape = FIELD_TYPES[field.type].shape
        if shape == "rows":
            return [
                {c.key: self.fallback(c, context) for c in inputs(field.children) if c.required}
            ]
        options = options_of(field, context)
        if options:
            return [options[0].value] if shape == "many" else options[0].value
        match field.type:
            case "datetime":
                return self._moment(field, 0)
            case "number":
                return Decimal(str(field.rules.minimum or 1))
            case "checkbox":
                return True
        return DEPARTURE if "reden" in field.key or "waarom" in field.key else NOTE

    def _one(self, field: Field, said: Raw) -> Raw:
        if not isinstance(said, str):
            return said
        if field.type == "datetime":
            return self._moment(field, int(said))
        return said.format_map(self._words)

    def _moment(self, field: Field, days: int) -> str:
        day = f"{self._today + timedelta(days=days):%d-%m-%Y}"
        return {"datetime": f"{day} 10:00", "time": "10:00"}.get(field.subtype, day)


class NoAnswerError(Exception):
    """A form that could not be filled in; it names fields and rules, and no answer."""


def fill_in(
    form: Form, shown: RawValues, variables: Variables, said: Answers, voice: Voice
) -> dict[str, Raw]:
    """The answers of a form: what was shown, what somebody says, and what its rules ask for.

    Args:
        shown: what stands in the fields already.
        said: by field, or by its name with "_n" for a number at its end.

    Raises:
        NoAnswerError: its rules refuse everything that was tried.
    """
    fields = {field.key: field for field in inputs(form.fields)}
    filled = {key: value for key, value in shown.items() if key in fields}
    words = {key: said.get(key, said.get(_numbered(key))) for key in fields}
    kept = said.get(KEEPS, ())
    for key in sorted(words, key=lambda key: _depends(words[key])):
        word = words[key]
        if isinstance(word, Mapping) and BY in word:
            word = word.get(str(filled.get(str(word[BY]))))
        is_kept = isinstance(kept, list) and key in kept and filled.get(key)
        if word is not None and not is_kept:
            filled[key] = voice.say(fields[key], word)
    return _accepted(form, fields, filled, variables, voice.fallback)


def _accepted(
    form: Form,
    fields: Mapping[str, Field],
    filled: dict[str, Raw],
    variables: Variables,
    fallback: Callable[[Field, Variables], Raw],
) -> dict[str, Raw]:
    """The answers with what is refused put right; one answer can bring up another question."""
    for _ in range(ROUNDS):
        checked = check(form.fields, filled, variables)
        if not checked.problems:
            return filled
        for key in {problem.field.partition(".")[0] for problem in checked.problems}:
            filled[key] = fallback(fields[key], {**variables, **checked.values})
    names = ", ".join(sorted(f"{problem.field} {problem.rule}" for problem in checked.problems))
    raise NoAnswerError(f"{form.id}: {names}")


def _depends(word: Raw) -> bool:
    """Whether what is said depends on the answer of another field, which so goes first."""
    return isinstance(word, Mapping) and BY in word


def _numbered(key: str) -> str:
    name, _, number = key.rpartition("_")
    return f"{name}_n" if number.isdigit() else key
