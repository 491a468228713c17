"""What the demo is made of, read from the TOML files in this folder.

`languages.toml` has names that nobody has, `situations.toml` what is reported, `stories.toml` how a
case goes, and `answers/<process folder>.toml` what people say in its forms.

An answer is a value of the field. A list is a choice: one of its entries is drawn. Of a field that
takes several, a list is the answer itself, and a list of lists a choice. `{visits = [a, b]}` is *a*
the first time that the form is filled in for a case and *b* every time after; `{by = "x", ja = a}`
is *a* when the field x says "ja". Texts may use the words of a persona, `{naam}`; a date is the
number of days from the day itself, "+14".

`_keeps` names the fields that stay as they are when something stands there; `_when = "due"` has the
form filled in at the moment that it is due, such as when a meeting begins.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from engine.forms import Raw

FOLDER = Path(__file__).parent
KEEPS, WHEN, AT_DUE = "_keeps", "_when", "due"
BY, VISITS = "by", "visits"
SHARED = "gedeeld"

Answers = Mapping[str, Raw]


@dataclass(frozen=True, slots=True)
class Language:
    """A language with names for whoever speaks it.

    Attributes:
        name: of the language, as people say it.
        nationality: of most who speak it here.
        women, men: given names.
        families: names of families that do not exist; one ending in "*" stands for a woman's form
            and a man's form, "a" and nothing.
    """

    name: str
    nationality: str
    women: tuple[str, ...]
    men: tuple[str, ...]
    families: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Situation:
    """Something that may be going on, and how it is reported.

    Attributes:
        women: how many in a hundred are.
        ages: the youngest and the oldest.
        languages: keys.
        words: more words for texts, such as what the work is.
        report: answers of the form that begins the case.
    """

    key: str
    women: int
    ages: tuple[int, int]
    languages: tuple[str, ...]
    words: Mapping[str, str]
    report: Answers


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that is told of a case on the way: an event, or what its reporter adds.

    Attributes:
        after: the form after which it happens.
        days: so many days later.
        message: of the event; "" when the reporter adds something.
        text: what the reporter adds.
    """

    after: str
    days: int
    message: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """How a case goes.

    Attributes:
        share: of sixty, how many go like this.
        days_ago: when they begin, the first and the last.
        starter, role: the form that begins it, and who fills that in.
        situations: keys; empty for all.
        answers: by form, before what else people say there.
        stands_still_at: forms that nobody fills in any more.
        happenings: what is told on the way.
        again: key of the story whose person is reported once more.
    """

    key: str
    share: int
    days_ago: tuple[int, int]
    starter: str
    role: str
    situations: tuple[str, ...] = ()
    answers: Mapping[str, Answers] = field(default_factory=dict)
    stands_still_at: frozenset[str] = frozenset()
    happenings: tuple[Happening, ...] = ()
    again: str = ""


@cache
def languages() -> Mapping[str, Language]:
    """Every language, by key."""
    return {
        key: Language(**{name: _frozen(value) for name, value in table.items()})
        for key, table in _read("languages.toml").items()
    }


@cache
def situations() -> Mapping[str, Situation]:
    """Every situation, by key."""
    return {
        key: Situation(
            key=key,
            women=table["women"],
            ages=(table["ages"][0], table["ages"][1]),
            languages=tuple(table["languages"]),
            words=table["words"],
            report=table["report"],
        )
        for key, table in _read("situations.toml").items()
    }


@cache
def stories() -> tuple[Story, ...]:
    """Every story, in the order in which a small demo takes them."""
    return tuple(
        Story(
            key=key,
            share=table["share"],
            days_ago=(table["days_ago"][0], table["days_ago"][1]),
            starter=table.get("starter", "signaal.melden"),
            role=table.get("role", "signaleerder"),
            situations=tuple(table.get("situations", ())),
            answers=table.get("answers", {}),
            stands_still_at=frozenset(table.get("stands_still_at", ())),
            happenings=tuple(Happening(**one) for one in table.get("happenings", ())),
            again=table.get("again", ""),
        )
        for key, table in _read("stories.toml").items()
    )


@cache
def answers() -> Mapping[str, Mapping[str, Answers]]:
    """By process folder, for each of its forms what people say in it."""
    return {
        path.stem: _read(f"answers/{path.name}")
        for path in sorted((FOLDER / "answers").glob("*.toml"))
    }


class UnknownFormError(Exception):
    """A process asks for a form of which nobody has written down what people say in it."""


def answers_of(folder: str, form_key: str) -> Answers:
    """What people say in a form of a process folder, or of one that it shares.

    Args:
        folder: "" when any folder will do.

    Raises:
        UnknownFormError: nothing is written down; `answers/` needs a table for it.
    """
    known = answers()
    for key in (folder, SHARED) if folder else known:
        if form_key in known.get(key, {}):
            return known[key][form_key]
    raise UnknownFormError(f"{folder}/{form_key}")


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
