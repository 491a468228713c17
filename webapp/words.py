"""Moments, terms and refusals in the reader's language. Nothing here decides anything."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from flask_babel import format_date, format_datetime, get_timezone, gettext, ngettext
from markupsafe import escape

from engine.errors import FieldProblem
from webapp.casework.labels import Holder
from webapp.casework.tables import Stage
from webapp.request import language

LANGUAGES = {"nl": "Nederlands", "en": "English"}
LANGUAGE_COOKIE = "uitweg-language"

_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment for a `time` element: for machines and for people."""

    iso: str
    text: str

    def __html__(self) -> str:
        """A list has hundreds of them, and a macro would cost more than its text."""
        return f'<time datetime="{self.iso}">{escape(self.text)}</time>'


@dataclass(frozen=True, slots=True)
class Badge:
    """A status in a word. *kind* is info, success, warning or danger; it only colours the word."""

    text: str
    kind: str = "info"

    def __html__(self) -> str:
        """As `Moment` does."""
        return f'<span class="badge badge--{self.kind}">{escape(self.text)}</span>'


@dataclass(frozen=True, slots=True)
class Fact:
    """A word and its value."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """Where to go from here."""

    url: str
    label: str


def moment(at: datetime) -> Moment:
    """The moment in full, such as "24 november 2026 om 16:05"."""
    return _moment(at, language())


def since(at: datetime, now: datetime) -> Moment:
    """How long ago, such as "3 uur geleden"; older than a week the day."""
    passed = now - at
    is_recent = passed < 7 * _DAY
    text = _ago(*_counted(passed), language()) if is_recent else _on_day(at, language())
    return Moment(at.isoformat(timespec="seconds"), text)


def due(at: datetime, now: datetime) -> Badge:
    """A term in words, such as "nog 2 dagen" or "3 uur te laat"."""
    left = at - now
    if left < timedelta(0):
        return Badge(_late(*_counted(-left), language()), "danger")
    return Badge(_left(*_counted(left), language()), "warning" if left < _DAY else "info")


def lasting(at: datetime, now: datetime) -> str:
    """How long it lasts already, such as "3 dagen"."""
    return _span(*_counted(now - at))


def stage(reached: Stage) -> Badge:
    """How far a case is."""
    badges = {
        Stage.RECEIVED: Badge(gettext("Received")),
        Stage.IN_PROGRESS: Badge(gettext("In progress")),
        Stage.CLOSED: Badge(gettext("Dealt with"), "success"),
    }
    return badges[reached]


def with_whom(holder: Holder) -> str:
    """Who has a task, or whom it waits for."""
    text: str
    role = f"{holder.role}, {holder.scope}" if holder.scope else holder.role
    if holder.is_mine:
        text = gettext("With you, %(name)s", name=holder.assignee)
    elif holder.assignee and role:
        text = gettext("With %(name)s (%(role)s)", name=holder.assignee, role=role)
    elif holder.assignee:
        text = gettext("With %(name)s", name=holder.assignee)
    else:
        text = gettext("Waits for: %(who)s", who=holder.person or role)
    return text


def refusal(problem: FieldProblem) -> str:
    """What is wrong with an answer, and what to do."""
    texts: dict[str, str] = {
        "required": gettext("Fill this in."),
        "min_length": gettext("Write at least %(limit)s characters."),
        "max_length": gettext("Write at most %(limit)s characters."),
        "min": gettext("Fill in %(limit)s or more."),
        "max": gettext("Fill in %(limit)s or less."),
        "decimals": gettext("Write at most %(limit)s figures after the comma."),
        "too_many": gettext("Choose at most %(limit)s."),
        "number": gettext("Write a number, such as 3 or 2,5."),
        "number_ambiguous": gettext("Write a thousand as 1000, without a point."),
        "whole_number": gettext("Write a whole number, such as 3."),
        "date": gettext("Write a day that exists, such as 24-11-2026."),
        "time": gettext("Write a time, such as 14:30."),
        "datetime": gettext("Write a day and a time, such as 24-11-2026 14:30."),
        "option": gettext("Choose one of the answers that are shown."),
        "one_value": gettext("Choose one answer."),
        "checkbox": gettext("Tick the box or leave it empty."),
        "pattern": gettext("This is not written as we expect. See the example."),
        "email": gettext("Write an e-mail address, such as name@example.nl."),
        "phone": gettext("Write a phone number of digits, such as 06 12345678."),
        "control_character": gettext("Remove the invisible characters, or type it again."),
        "bsn_in_text": gettext("This looks like a BSN. Leave it out if it need not be here."),
        "moment_skipped": gettext(
            "That hour does not exist: summer time begins then. Choose another time."
        ),
        "not_on_call": gettext("Choose somebody who has the role Piketdienst at this house."),
        "ends_before_it_starts": gettext("Choose a time after the beginning."),
        "is_past": gettext("That time has passed. Choose a later one."),
        "duty_too_long": gettext("Put somebody on for at most %(limit)s days at once."),
        "duty_too_far": gettext("Choose a day within a year from now."),
        "unknown_field": gettext("Something was sent that is not asked. Load the page again."),
        "": gettext("We cannot use this answer. Check it."),
    }
    text = texts.get(problem.rule, texts[""])
    limit = next(iter(problem.values.values()), "")
    return text.replace("%(limit)s", str(limit))


def date_hint(subtype: str) -> str:
    """How to write a date or a time; "" for anything else."""
    text: str = ""
    if subtype == "date":
        text = gettext("Day, month and year, such as 24-11-2026.")
    elif subtype == "time":
        text = gettext("Hours and minutes, such as 14:30.")
    elif subtype == "datetime":
        text = gettext("Day, month, year and time, such as 24-11-2026 14:30.")
    return text


def dutch_date(text: str | tuple[str, ...]) -> str:
    """A stored date or moment as people write it; what somebody typed stays as it is."""
    typed = text if isinstance(text, str) else ""
    found = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}:\d{2}))?", typed)
    if found is None:
        return typed
    year, month, day, clock = found.groups()
    return f"{day}-{month}-{year}" + (f" {clock}" if clock else "")


# A list shows the same moments and lengths again and again, and wording one costs as much as the
# rest of its card.
@lru_cache(maxsize=10_000)
def _moment(at: datetime, _language: str) -> Moment:
    day = format_date(_local(at), "d MMMM yyyy")
    clock = format_datetime(at, "HH:mm")
    text = gettext("%(day)s at %(clock)s", day=day, clock=clock)
    return Moment(at.isoformat(timespec="seconds"), text)


@lru_cache(maxsize=1000)
def _on_day(at: datetime, _language: str) -> str:
    text: str = gettext("on %(day)s", day=format_date(_local(at), "d MMMM yyyy"))
    return text


@lru_cache(maxsize=1000)
def _ago(number: int, unit: timedelta, _language: str) -> str:
    if number == 0:
        now: str = gettext("just now")
        return now
    text: str = gettext("%(time)s ago", time=_span(number, unit))
    return text


@lru_cache(maxsize=1000)
def _late(number: int, unit: timedelta, _language: str) -> str:
    text: str = gettext("%(time)s too late", time=_span(max(1, number), unit))
    return text


@lru_cache(maxsize=1000)
def _left(number: int, unit: timedelta, _language: str) -> str:
    text: str = gettext("%(time)s left", time=_span(max(1, number), unit))
    return text


def _counted(length: timedelta) -> tuple[int, timedelta]:
    """How many whole minutes, hours or days a length has, and of which."""
    if length < _HOUR:
        unit = _MINUTE
    elif length < 2 * _DAY:
        unit = _HOUR
    else:
        unit = _DAY
    return length // unit, unit


def _span(number: int, unit: timedelta) -> str:
    text: str
    if unit == _MINUTE:
        text = ngettext("%(num)s minute", "%(num)s minutes", number)
    elif unit == _HOUR:
        text = ngettext("%(num)s hour", "%(num)s hours", number)
    else:
        text = ngettext("%(num)s day", "%(num)s days", number)
    return text


def _local(at: datetime) -> datetime:
    return at.astimezone(get_timezone())
