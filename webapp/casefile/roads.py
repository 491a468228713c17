"""The road of a person on the page of a case, worded."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from flask import url_for
from flask_babel import format_date, gettext

from webapp.casework.road import Road, RoadPart, RoadProcess, RoadStatus
from webapp.words import Badge, Link, moment


@dataclass(frozen=True, slots=True)
class RoadPartView:
    """A part of the road.

    Attributes:
        when: since when, or from when to when; of a part that is shut the day it was handed over.
        status: None when that is not told.
        case: the case that it lies in, when that is another one and the reader may open it.
        here: what to say when the case is at this part now, else "".
        shut: why no more is told, "" when there is nothing more to tell.
        diagrams: of the processes in it.
    """

    phase: str
    when: str
    status: Badge | None
    case: Link | None
    here: str
    shut: str
    diagrams: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class RoadView:
    """The road of a person: what follows each other, and then what goes on side by side."""

    trunk: tuple[RoadPartView, ...]
    branches: tuple[tuple[RoadPartView, ...], ...]


def road(gone: Road) -> RoadView:
    """The road that a case lies on, for its page."""
    return RoadView(
        trunk=tuple(map(_part, gone.trunk)),
        branches=tuple(tuple(map(_part, branch)) for branch in gone.branches),
    )


def in_words(status: RoadStatus) -> Badge:
    """Whether a part of the road, or a process, is still gone."""
    if status is RoadStatus.BUSY:
        return Badge(gettext("Busy"))
    return Badge(gettext("Done"), "success")


def told_apart(name: str, began: datetime, *, is_double: bool) -> str:
    """The name of a process; one that ran more than once says when it began."""
    if not is_double:
        return name
    text: str = gettext("%(name)s, begun %(moment)s", name=name, moment=moment(began).text)
    return text


def _part(part: RoadPart) -> RoadPartView:
    if part.status is None:
        when = gettext("Handed over on %(day)s.", day=_day(part.since))
        shut = gettext("You do not see more of this part.")
        return RoadPartView(part.phase, when, None, None, "", shut, ())
    number = part.case_number
    case_url = url_for("casefile.case", number=number)
    return RoadPartView(
        phase=part.phase,
        when=_from_to(part.since, part.ended),
        status=in_words(part.status),
        case=None if part.is_this_case else Link(case_url, number),
        here=gettext("This case is here.") if part.is_here else "",
        shut="",
        diagrams=tuple(_diagrams(number, part.processes)),
    )


def _diagrams(number: str, processes: Iterable[RoadProcess]) -> Iterator[Link]:
    listed = tuple(processes)
    names = Counter(each.name for each in listed)
    for each in listed:
        url = url_for("casefile.diagram", number=number, instance_id=each.instance_id)
        yield Link(url, told_apart(each.name, each.since, is_double=names[each.name] > 1))


def _from_to(began: date, ended: date | None) -> str:
    text: str
    if ended is None:
        text = gettext("Since %(day)s.", day=_day(began))
    elif ended == began:
        text = gettext("On %(day)s.", day=_day(began))
    else:
        text = gettext("From %(day)s to %(last)s.", day=_day(began), last=_day(ended))
    return text


def _day(day: date) -> str:
    text: str = format_date(day, "d MMMM yyyy")
    return text
