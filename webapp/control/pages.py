"""What the pages of the control room show; `wording` makes them."""

from dataclasses import dataclass

from webapp.forms import Pairs
from webapp.words import Badge, Link, Moment


@dataclass(frozen=True, slots=True)
class Action:
    """A button that does something at once; *about* says to what, for who does not see the card."""

    url: str
    label: str
    about: str
    hidden: Pairs


@dataclass(frozen=True, slots=True)
class StuckCard:
    """One step that stands still.

    Attributes:
        case_url: None when the reader may not open the case.
        kind: of its badge; it only colours the card.
        why: the reason in a sentence.
        lasts: how long it stands still.
        whose: who has to do something now.
        reminded: when somebody was reminded, "" when nobody was.
        links: to where the reader can go on.
    """

    number: str
    case_url: str | None
    step: str
    where: str
    badge: Badge
    why: str
    since: Moment
    lasts: str
    whose: str
    reminded: str
    links: tuple[Link, ...]
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class Option:
    """A choice of a filter."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Filter:
    """A list to choose from, as it stands in the address."""

    name: str
    label: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class StuckPage:
    """What stands still of what the reader manages.

    Attributes:
        empty: what to say when nothing does.
        all_url: back to everything; None when nothing was chosen.
        first_url: back to the beginning of the list; None when this is it.
    """

    summary: str
    filters: tuple[Filter, ...]
    cards: tuple[StuckCard, ...]
    empty: str
    all_url: str | None
    next_url: str | None
    first_url: str | None


@dataclass(frozen=True, slots=True)
class ColleagueLine:
    """Somebody whom a task can be given to; *work* says what they have in hand."""

    name: str
    work: str
    action: Action


@dataclass(frozen=True, slots=True)
class GivePage:
    """A task to give to a colleague."""

    title: str
    number: str
    holder: str
    due: Badge | None
    colleagues: tuple[ColleagueLine, ...]
    back: Link
