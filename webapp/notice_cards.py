"""Notices as a page shows them: what to know, where to look, and a button to put it away."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import request, url_for
from flask_babel import gettext

from webapp.casework.notices import MOST_SHOWN, Notice
from webapp.casework.steering import GIVEN, TAKEN
from webapp.casework.stuck import REMINDER
from webapp.words import Moment, moment


@dataclass(frozen=True, slots=True)
class NoticeCard:
    """Something to know, until somebody puts it away.

    Attributes:
        hidden: what the button posts: the page to come back to.
    """

    text: str
    at: Moment
    url: str | None
    put_away_url: str
    hidden: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class NoticeList:
    """The newest notices; *is_more* when older ones follow once some are put away."""

    cards: tuple[NoticeCard, ...]
    is_more: bool


NOTHING_NEW = NoticeList((), is_more=False)


def listed(notices: Sequence[Notice]) -> NoticeList:
    """The notices that a page shows, each as a card."""
    return NoticeList(tuple(map(_card, notices[:MOST_SHOWN])), len(notices) > MOST_SHOWN)


def _card(notice: Notice) -> NoticeCard:
    return NoticeCard(
        text=notice.text or _text(notice),
        at=moment(notice.at),
        url=_url(notice),
        put_away_url=url_for("inbox.put_away", notice_id=notice.id),
        hidden=(("next", request.path),),
    )


def _text(notice: Notice) -> str:
    """What a notice says that no process words: of a manager's act, or that there is news."""
    number = notice.case_number or ""
    texts: dict[str, str] = {
        REMINDER: gettext("Reminder: a task in %(number)s waits for you.", number=number),
        GIVEN: gettext("You were given a task in %(number)s.", number=number),
        TAKEN: gettext("A task in %(number)s that you had is no longer with you.", number=number),
    }
    other = gettext("There is news about %(number)s.", number=number)
    return texts.get(notice.kind) or other


def _url(notice: Notice) -> str | None:
    if notice.task_id is not None:
        return url_for("inbox.show_task", task_id=notice.task_id)
    if notice.case_number is None:
        return None
    # who reported a case sees the report of it, and not the case itself
    endpoint = "portal.report_status" if notice.is_report else "casefile.case"
    return url_for(endpoint, number=notice.case_number)
