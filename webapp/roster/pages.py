"""The pages of the roster, as objects; what they say is decided in `wording.py`."""

from dataclasses import dataclass

from webapp.forms import FormView
from webapp.words import Badge, Link


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the roster: somebody is on call, or nobody is.

    Attributes:
        text: from when until when.
        who: the name, "" when it is nobody.
        note: what is the matter with it, "" when nothing is.
        is_gap: whether nobody is on call.
        change: where it is changed or filled; None when it cannot be.
    """

    text: str
    who: str = ""
    badge: Badge | None = None
    note: str = ""
    is_gap: bool = False
    change: Link | None = None


@dataclass(frozen=True, slots=True)
class Week:
    """A week of the roster, from Monday to Sunday; or all that comes after the last."""

    id: str
    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class HouseChoice:
    """A house whose roster the reader makes."""

    url: str
    name: str
    is_shown: bool


@dataclass(frozen=True, slots=True)
class Roster:
    """The roster of one house, for who makes it.

    Attributes:
        now: who is on call now, or that nobody is.
        is_manned: whether somebody is.
        summary: whether there are gaps in the weeks that are shown.
        is_complete: whether there are none.
        nobody: what to do when nobody can be put on it; "" when somebody can.
    """

    house: str
    now: str
    is_manned: bool
    summary: str
    is_complete: bool
    nobody: str
    add_url: str
    weeks: tuple[Week, ...]


@dataclass(frozen=True, slots=True)
class RosterPage:
    """What somebody sees of piket.

    Attributes:
        has_own: whether they can be put on a roster.
        own: when they are on call themselves, each with its house.
        houses: to choose from, when they make the roster of several.
        roster: None for who makes none.
    """

    has_own: bool
    own: tuple[Row, ...]
    houses: tuple[HouseChoice, ...]
    roster: Roster | None


@dataclass(frozen=True, slots=True)
class DutyPage:
    """The form of one duty.

    Attributes:
        house: its name.
        note: why it was not done, "" when nothing was wrong.
        runs: what happens to the part that has been, of a duty that runs; else "".
        remove_url: where the duty is taken off; "" for a new one.
    """

    title: str
    house: str
    note: str
    runs: str
    form: FormView
    back_url: str
    remove_url: str
