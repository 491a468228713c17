"""What the pages of the inbox show; `wording` makes them."""

from dataclasses import dataclass

from webapp.forms import FormView, Pairs
from webapp.notice_cards import NoticeList
from webapp.words import Badge, Fact, Link, Moment


@dataclass(frozen=True, slots=True)
class TaskCard:
    """One task in a list.

    Attributes:
        place: municipality, house or region of the case, as far as the task says.
        why: why the reader sees it.
        claim_url: where the button to take it on posts to; None when it cannot be taken.
    """

    url: str
    title: str
    process_name: str
    number: str
    place: str
    since: Moment
    due: Badge | None
    due_at: Moment | None
    is_overdue: bool
    why: str
    draft_saved: Moment | None
    claim_url: str | None
    claim_hidden: Pairs


@dataclass(frozen=True, slots=True)
class InboxSection:
    """Tasks that belong together, with what to say when there are none."""

    id: str
    title: str
    cards: tuple[TaskCard, ...]
    empty: str
    next_url: str | None = None


@dataclass(frozen=True, slots=True)
class InboxPage:
    """All the work of one person.

    Attributes:
        first_url: back to the beginning of the list; None when this is it.
    """

    summary: str
    notices: NoticeList
    sections: tuple[InboxSection, ...]
    first_url: str | None = None


@dataclass(frozen=True, slots=True)
class Advice:
    """What a decision table says, for a person who decides."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class FactGroup:
    """A part of the case file beside a form."""

    title: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Double:
    """A case that looks like this one; *url* is None when the reader may not open it."""

    number: str
    text: str
    url: str | None


@dataclass(frozen=True, slots=True)
class TaskPage:
    """One task, with its form when it is the reader's.

    Attributes:
        case_url: the whole case; None when this reader may not see it.
        note: what changed while the reader was typing, "" when nothing did.
    """

    title: str
    number: str
    process_name: str
    place: str
    case_url: str | None
    since: Moment
    due: Badge | None
    due_at: Moment | None
    with_whom: str
    why: str
    form: FormView | None
    advice: tuple[Advice, ...]
    context: tuple[FactGroup, ...]
    doubles: tuple[Double, ...]
    claim_url: str | None
    claim_hidden: Pairs
    release_url: str | None
    back: Link
    note: str = ""


@dataclass(frozen=True, slots=True)
class DonePage:
    """Someone was first: what happened, and what was typed."""

    title: str
    text: str
    typed: tuple[Fact, ...]
    task_url: str | None
    back: Link
