"""Notices as a page shows them: what to know, where to look, and a button to put it away."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import request, url_for
from flask_babel import gettext

from webapp.casework.notices import Notice
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


def cards(notices: Iterable[Notice]) -> tuple[NoticeCard, ...]:
    """Each notice as a card."""
    return tuple(map(_card, notices))


def _card(notice: Notice) -> NoticeCard:
    return NoticeCard(
        text=notice.text
        or gettext("There is news about %(number)s.", number=notice.case_number or ""),
        at=moment(notice.at),
        url=_url(notice),
        put_away_url=url_for("inbox.put_away", notice_id=notice.id),
        hidden=(("next", request.path),),
    )


def _url(notice: Notice) -> str | None:
    if notice.task_id is not None:
        return url_for("inbox.show_task", task_id=notice.task_id)
    if notice.case_number is None:
        return None
    # what is for one person alone is about what they reported: the case is not theirs to see
    is_report = notice.recipient.startswith("person:")
    endpoint = "portal.report_status" if is_report else "casefile.case"
    return url_for(endpoint, number=notice.case_number)
