"""The pages of the roster in words: weeks, gaps and who is on call now."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from flask import url_for
from flask_babel import format_date, format_datetime, gettext, ngettext

from engine.errors import ConflictError, FieldProblem, Problem
from engine.forms import Field, Form, Option, Rules, Target
from engine.timers import AMSTERDAM
from webapp.casework import rosters
from webapp.casework.rosters import Duty, Gap
from webapp.forms import Typed, form_view
from webapp.roster.pages import DutyPage, HouseChoice, Roster, RosterPage, Row, Week
from webapp.words import Badge, Link

WEEKS = 9
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Found:
    """What the database says of the roster of a house.

    Attributes:
        key, name: of the house.
        duties: those of the weeks that are shown, and of all after them.
        names: of everybody on it.
        candidates: who can be put on it, by account.
    """

    key: str
    name: str
    duties: tuple[Duty, ...]
    names: Mapping[str, str]
    candidates: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Names:
    """What houses are called, by key: all, and those whose roster the reader makes."""

    houses: Mapping[str, str]
    managed: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Opened:
    """The form of a duty that is open.

    Attributes:
        key, house: the house and its name.
        candidates: who can be put on its roster, by account.
        duty: None for a new one.
    """

    key: str
    house: str
    candidates: Mapping[str, str]
    duty: Duty | None


def first_monday(now: datetime) -> datetime:
    """The beginning of this week, by the clock of the house."""
    today = _local(now).date()
    return _midnight(today - timedelta(days=today.weekday()))


def weeks_later(monday: datetime, number: int) -> datetime:
    """The beginning of the week that many weeks later."""
    return _midnight(_local(monday).date() + number * _WEEK)


def page(
    found: Found | None, own: Sequence[Duty], names: Names, *, has_own: bool, now: datetime
) -> RosterPage:
    """What somebody sees of piket: the roster that they make, and their own duties."""
    choices = names.managed if len(names.managed) > 1 else {}
    return RosterPage(
        has_own=has_own,
        own=tuple(_own_row(one, names.houses, now) for one in own),
        houses=tuple(
            HouseChoice(
                url_for("roster.show", huis=key), name, found is not None and key == found.key
            )
            for key, name in choices.items()
        ),
        roster=_roster(found, now) if found else None,
    )


def form(candidates: Mapping[str, str]) -> Form:
    """The form of a duty; times are those of the clock."""
    people = tuple(Option(account, name) for account, name in candidates.items())
    fields = (
        _answer("on_call", gettext("Who is on call?"), "select", options=people),
        _answer("starts", gettext("From"), "datetime", subtype="datetime"),
        _answer("ends", gettext("Until"), "datetime", subtype="datetime"),
    )
    return Form("duty", file="", title="", fields=fields)


def _answer(
    key: str, label: str, kind: str, *, subtype: str = "", options: tuple[Option, ...] = ()
) -> Field:
    return Field(
        id=key,
        key=key,
        type=kind,
        label=label,
        subtype=subtype,
        rules=Rules(required=True),
        options=options,
        target=Target("process", "", key),
        is_input=True,
    )


def as_typed(one: Duty) -> Typed:
    """A duty as it stands in the form before anybody touched it."""
    return Typed(
        {"on_call": one.person, "starts": _for_field(one.starts), "ends": _for_field(one.ends)}
    )


def duty_page(
    opened: Opened,
    typed: Typed,
    now: datetime,
    problems: Sequence[Problem | FieldProblem] = (),
    *,
    note: str = "",
) -> DutyPage:
    """The form of a duty, with what was typed and what is wrong with it.

    Args:
        note: why it was not done, when no answer is wrong by itself.
    """
    old = opened.duty
    if old:
        title, action = gettext("Change a duty"), url_for("roster.change", duty_id=old.id)
    else:
        title = gettext("Put somebody on the roster")
        action = url_for("roster.add", house=opened.key)
    return DutyPage(
        title=title,
        house=opened.house,
        note=note,
        runs=_what_has_been() if old and old.starts < now else "",
        form=form_view(
            form(opened.candidates),
            typed,
            {},
            action=action,
            submit_label=gettext("Save"),
            questions_url="",
            problems=problems,
        ),
        back_url=url_for("roster.show", huis=opened.key),
        remove_url=url_for("roster.remove", duty_id=old.id) if old else "",
    )


def overlap(conflict: ConflictError, name: str) -> str:
    """That somebody, by *name*, is on call already."""
    starts, ends = conflict.values["starts"], conflict.values["ends"]
    assert isinstance(starts, datetime)
    assert isinstance(ends, datetime)
    text: str = gettext(
        "%(name)s is on call already, from %(starts)s until %(ends)s. Choose another time, or"
        " change that duty first.",
        name=name,
        starts=_moment(starts),
        ends=_moment(ends),
    )
    return text


def _roster(found: Found, now: datetime) -> Roster:
    begin = first_monday(now)
    holes = rosters.gaps(found.duties, now, weeks_later(begin, WEEKS))
    on_call = next((one for one in found.duties if one.counts and _runs(one, now)), None)
    return Roster(
        house=found.name,
        now=_who_now(found, on_call),
        is_manned=on_call is not None,
        summary=_summary(len(holes)),
        is_complete=not holes,
        nobody="" if found.candidates else _nobody_has_the_role(),
        add_url=url_for("roster.show_new", house=found.key),
        weeks=(*_weeks(found, holes, begin, now), *_later(found, begin, now)),
    )


def _weeks(found: Found, holes: Sequence[Gap], begin: datetime, now: datetime) -> Iterator[Week]:
    """Each week with what begins in it; when nothing does, with what goes on."""
    for number in range(WEEKS):
        start, end = weeks_later(begin, number), weeks_later(begin, number + 1)
        within = [one for one in found.duties if one.starts < end and one.ends > start]
        pieces = [piece for hole in holes for piece in _in_week(hole, start, end)]
        begun = [one for one in within if one.starts >= start or number == 0]
        shown = begun if begun or pieces else within
        lines = [(one.starts, _duty_row(found, one, now)) for one in shown]
        lines += [(piece.starts, _gap_row(found.key, piece, start, end)) for piece in pieces]
        rows = tuple(row for _, row in sorted(lines, key=lambda line: line[0]))
        yield Week(f"week-{number}", _week_title(start, end), rows)


def _later(found: Found, begin: datetime, now: datetime) -> Iterator[Week]:
    """What is planned further ahead than the weeks that are shown."""
    later = (one for one in found.duties if one.starts >= weeks_later(begin, WEEKS))
    rows = tuple(_duty_row(found, one, now) for one in later)
    if rows:
        yield Week("later", gettext("After these weeks"), rows)


def _in_week(hole: Gap, start: datetime, end: datetime) -> Iterator[Gap]:
    """What a week tells of a gap: a short one whole, where it begins; of a long one its part."""
    if hole.ends - hole.starts <= _WEEK:
        if start <= hole.starts < end:
            yield hole
    elif hole.starts < end and hole.ends > start:
        yield Gap(max(hole.starts, start), min(hole.ends, end))


def _duty_row(found: Found, one: Duty, now: datetime) -> Row:
    note = gettext("No longer has the role or an account, so nobody is on call. Choose another.")
    url = url_for("roster.show_change", duty_id=one.id)
    about = gettext("%(name)s, from %(moment)s", **_named(found, one))
    is_over = one.ends <= now
    return Row(
        text=_period(one),
        who=found.names[one.person],
        badge=Badge(gettext("Now"), "success") if one.counts and _runs(one, now) else None,
        note="" if one.counts or is_over else note,
        change=Link(url, about) if not is_over else None,
    )


def _named(found: Found, one: Duty) -> dict[str, str]:
    return {"name": found.names[one.person], "moment": _moment(one.starts)}


def _gap_row(key: str, gap: Gap, start: datetime, end: datetime) -> Row:
    values = {"starts": _moment(gap.starts), "ends": _moment(gap.ends)}
    if (gap.starts, gap.ends) == (start, end):
        text = gettext("Nobody is on call this whole week.")
    else:
        text = gettext("Nobody is on call from %(starts)s until %(ends)s.", **values)
    url = url_for(
        "roster.show_new", house=key, van=_for_field(gap.starts), tot=_for_field(gap.ends)
    )
    about = gettext("from %(starts)s", **values)
    return Row(text=text, is_gap=True, change=Link(url, about))


def _own_row(one: Duty, houses: Mapping[str, str], now: datetime) -> Row:
    badge = Badge(gettext("Now"), "success") if _runs(one, now) else None
    return Row(text=_period(one), who=houses[one.house], badge=badge)


def _who_now(found: Found, on_call: Duty | None) -> str:
    text: str
    if on_call is None:
        text = gettext("Nobody is on call now.")
    else:
        text = gettext(
            "%(name)s is on call now, until %(moment)s.",
            name=found.names[on_call.person],
            moment=_moment(on_call.ends),
        )
    return text


def _summary(holes: int) -> str:
    text: str
    if holes:
        text = ngettext(
            "There is %(num)s gap in the coming weeks.",
            "There are %(num)s gaps in the coming weeks.",
            holes,
        )
    else:
        text = gettext("At every moment of these weeks somebody is on call.")
    return text


def _nobody_has_the_role() -> str:
    text: str = gettext(
        "Nobody has the role Piketdienst at this house yet. Ask the administrator to give it."
    )
    return text


def _what_has_been() -> str:
    text: str = gettext(
        "This duty has begun. What has been stays as it is; a change counts from now on."
    )
    return text


def _week_title(start: datetime, end: datetime) -> str:
    text: str = gettext(
        "Week %(week)s: %(first)s to %(last)s",
        week=_local(start).isocalendar().week,
        first=format_date(_local(start), "d MMMM"),
        last=format_date(_local(end) - timedelta(days=1), "d MMMM"),
    )
    return text


def _period(one: Duty) -> str:
    text: str = gettext(
        "From %(starts)s until %(ends)s", starts=_moment(one.starts), ends=_moment(one.ends)
    )
    return text


def _runs(one: Duty, now: datetime) -> bool:
    return one.starts <= now < one.ends


def _moment(at: datetime) -> str:
    text: str = format_datetime(at, "EEEE d MMMM HH:mm")
    return text


def _for_field(at: datetime) -> str:
    """As the form takes it."""
    return _local(at).strftime("%d-%m-%Y %H:%M")


def _local(at: datetime) -> datetime:
    return at.astimezone(AMSTERDAM)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=AMSTERDAM).astimezone(UTC)
