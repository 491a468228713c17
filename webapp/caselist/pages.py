"""The page with somebody's own cases, decided and worded."""

from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from flask_babel import gettext, ngettext

from webapp import paging
from webapp.casework.caselist import CaseLine, CaseList, Hits
from webapp.words import Badge, Link, Moment, due, moment, stage, with_whom

# What an address and a form call it.
SHOW, CLOSED, SOUGHT = "toon", "gesloten", "zoek"


@dataclass(frozen=True, slots=True)
class CaseCard:
    """One case.

    Attributes:
        url: None when the reader may not open it.
        name: of the person or the company; "" when it was not sought.
        about: what runs in it, and where it lies.
        next: what has to be done and by whom, or that nothing has.
    """

    number: str
    url: str | None
    name: str
    about: str
    badge: Badge | None
    next: str
    when_label: str
    when: Moment | None
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class CasesPage:
    """Somebody's own cases.

    Attributes:
        sought: what was typed, "" for a list.
        lists: to choose between, the one that is shown without an address.
        empty: what to say when there is nothing.
        note: what else to know of what was found.
    """

    title: str
    summary: str
    sought: str
    lists: tuple[Link, ...]
    cards: tuple[CaseCard, ...]
    empty: str
    note: str
    next_url: str | None
    first_url: str | None


def of_list(found: CaseList, *, closed: bool, is_first: bool, now: datetime) -> CasesPage:
    """The cases that run, or those that were closed."""
    running, ended = url_for("caselist.show"), url_for("caselist.show", toon=CLOSED)
    shown = CLOSED if closed else None
    place = paging.as_text(found.next_after) if found.next_after else None
    return CasesPage(
        title=gettext("Closed cases") if closed else gettext("My cases"),
        summary=gettext("What was closed last stands first.")
        if closed
        else gettext("What has to be done first stands first."),
        sought="",
        lists=(
            Link(running if closed else "", gettext("Running cases")),
            Link("" if closed else ended, gettext("Closed cases")),
        ),
        cards=tuple(_card(line, now) for line in found.lines),
        empty=gettext("There are no closed cases of yours.")
        if closed
        else gettext("There are no running cases of yours. A case comes here with its first task."),
        note="",
        next_url=url_for("caselist.show", toon=shown, na=place) if place else None,
        first_url=None if is_first else url_for("caselist.show", toon=shown),
    )


def of_search(found: Hits, typed: str, now: datetime) -> CasesPage:
    """What was found."""
    back = url_for("caselist.show")
    return CasesPage(
        title=gettext("Search results"),
        summary=ngettext("%(num)s case found.", "%(num)s cases found.", len(found.lines))
        if found.lines
        else "",
        sought=typed,
        lists=(Link(back, gettext("Back to my cases")),),
        cards=tuple(_card(line, now) for line in found.lines),
        empty=_nothing(found.by),
        note=gettext("There may be more. Type more of the name.") if found.is_cut else "",
        next_url=None,
        first_url=None,
    )


def _nothing(by: str) -> str:
    texts: dict[str, str] = {
        "number": gettext("None of your cases has this number. Check each letter and figure."),
        "phone": gettext("This phone number stands in none of your cases. Type it in full."),
    }
    other = gettext("None of your cases is called so. Try a part of the name, or the number.")
    return texts.get(by) or other


def _card(line: CaseLine, now: datetime) -> CaseCard:
    case, task = line.case, line.next
    due_at = task.due_at if task else None
    when = due_at if case.is_open else case.closed_at
    return CaseCard(
        number=case.number,
        url=url_for("casefile.case", number=case.number) if line.may_open else None,
        name=line.name,
        about=" · ".join(filter(None, (line.process_name, line.place))),
        badge=due(due_at, now) if due_at and case.is_open else _stage(line),
        next=_next(line),
        when_label=gettext("Before:") if case.is_open else gettext("Closed:"),
        when=moment(when) if when else None,
        is_overdue=due_at is not None and due_at < now,
    )


def _stage(line: CaseLine) -> Badge | None:
    return None if line.case.is_open else stage(line.case.stage)


def _next(line: CaseLine) -> str:
    if not line.case.is_open:
        return ""
    if line.next is None or line.holder is None:
        nothing: str = gettext("No task is open now. Uitweg waits for a day or for somebody else.")
        return nothing
    text = f"{line.next.name}. {with_whom(line.holder)}."
    if line.others:
        more = ngettext("%(num)s more task is open.", "%(num)s more tasks are open.", line.others)
        text = f"{text} {more}"
    return text
