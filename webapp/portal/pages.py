"""The pages of whoever reports, decided and worded."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext

from engine.errors import FieldProblem, Problem
from webapp import notice_cards
from webapp.casework.access import Person
from webapp.casework.cases import CaseFile
from webapp.casework.desk import OpenStart, Starter
from webapp.casework.notices import Notice
from webapp.casework.tables import Stage
from webapp.casework.views import Report, ReportView
from webapp.forms import SUBMISSION, FormView, Pairs, Typed, form_view
from webapp.notice_cards import NOTHING_NEW, NoticeList
from webapp.request import does_casework
from webapp.words import Badge, Fact, Moment, moment, stage

FEEDBACK = "feedback_text"


@dataclass(frozen=True, slots=True)
class Tile:
    """One thing that somebody can do."""

    title: str
    text: str
    url: str
    is_primary: bool = False


@dataclass(frozen=True, slots=True)
class StartPage:
    """What this person can do here."""

    name: str
    tiles: tuple[Tile, ...]
    notices: NoticeList = NOTHING_NEW


@dataclass(frozen=True, slots=True)
class ReportPage:
    """A form that begins a case.

    Attributes:
        warning: that the same form was sent before with other answers; "" when it was not.
    """

    title: str
    form: FormView
    warning: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    """A report that came in: its number, and what happens next."""

    number: str
    next_steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReportCard:
    """One report in the list of its reporter.

    Attributes:
        question_url: where a question waits for the reporter; None when there is none.
    """

    number: str
    url: str
    status: Badge
    text: str
    received: Moment
    question_url: str | None


@dataclass(frozen=True, slots=True)
class ReportsPage:
    """Everything that one person reported, the newest first."""

    reports: tuple[ReportCard, ...]
    new_url: str


@dataclass(frozen=True, slots=True)
class AdditionForm:
    """Where a reporter adds something of their own accord.

    Attributes:
        text: what was typed.
        error: what is wrong with it, "" when nothing is.
    """

    action: str
    text: str
    error: str
    hidden: Pairs


@dataclass(frozen=True, slots=True)
class ReportStatusPage:
    """How far a report is, in words that its reporter may know.

    Attributes:
        feedback: what the reporter was told.
        addition: None when nothing can be added any more.
    """

    report: ReportCard
    feedback: tuple[Fact, ...]
    addition: AdditionForm | None


def start(person: Person, starters: Iterable[Starter], notices: Sequence[Notice]) -> StartPage:
    """The start page of *person*."""
    tiles = (*start_tiles(starters), *_own_tiles(person))
    return StartPage(person.display_name, tiles, notice_cards.listed(notices))


def start_tiles(starters: Iterable[Starter]) -> tuple[Tile, ...]:
    """A tile for each form that begins a case."""
    return tuple(
        Tile(
            title=starter.title,
            text=starter.text,
            url=url_for("portal.show_report", key=starter.key),
            is_primary=True,
        )
        for starter in starters
    )


def report(
    opened: OpenStart,
    typed: Typed,
    problems: Sequence[Problem | FieldProblem] = (),
    *,
    earlier: str = "",
) -> ReportPage:
    """The form of a starter, with what was typed in it.

    Args:
        earlier: number of the report that the same form became when it was sent before.
    """
    starter = opened.starter
    form = form_view(
        starter.form,
        typed,
        opened.variables,
        action=url_for("portal.send_report", key=starter.key),
        submit_label=gettext("Send the report"),
        questions_url=url_for("portal.report_questions", key=starter.key),
        problems=problems,
    )
    warning = gettext(
        "You sent this form before: that is report %(number)s. What you changed has not been sent."
        " Is it another signal? Send it again. Do you know more? Add it to that report, under"
        " ‘My reports’.",
        number=earlier,
    )
    return ReportPage(starter.title, form, warning if earlier else "")


def receipt(number: str) -> ReceiptPage:
    """What stands on the page after a report was sent."""
    return ReceiptPage(
        number,
        (
            gettext("Someone of the municipality looks as soon as possible if there is danger."),
            gettext("Do we need to know more? Then you find a question under “My reports”."),
            gettext("You get an answer from us. You find it under “My reports” too."),
        ),
    )


def reports(seen: Iterable[Report]) -> ReportsPage:
    """The list of what somebody reported."""
    cards = tuple(_card(each.case, each.question_task_id) for each in seen)
    return ReportsPage(cards, url_for("portal.choose_report"))


def report_status(
    seen: ReportView, *, submission: str, typed: str = "", error: str = ""
) -> ReportStatusPage:
    """One report as its reporter sees it: never what it says, only what became of it."""
    number = seen.case.number
    told = (one for one in seen.sections if one.key == FEEDBACK)
    return ReportStatusPage(
        report=_card(seen.case, seen.question_task_id),
        feedback=tuple(Fact(fact.label, fact.text) for section in told for fact in section.facts),
        addition=AdditionForm(
            action=url_for("portal.add_to_report", number=number),
            text=typed,
            error=error,
            hidden=((SUBMISSION, submission),),
        )
        if seen.may_add
        else None,
    )


def _card(case: CaseFile, question: str | None) -> ReportCard:
    return ReportCard(
        number=case.number,
        url=url_for("portal.report_status", number=case.number),
        status=stage(case.stage),
        text=_status(case.stage),
        received=moment(case.opened_at),
        question_url=url_for("inbox.show_task", task_id=question) if question else None,
    )


def _own_tiles(person: Person) -> tuple[Tile, ...]:
    mine = Tile(
        gettext("My reports"),
        gettext("See how far your reports are, answer a question, read our answer."),
        url_for("portal.reports"),
    )
    if not does_casework(person):
        return (mine,)
    work = Tile(
        gettext("My work"),
        gettext("The tasks that you have, and those that wait for someone."),
        url_for("inbox.show_tasks"),
    )
    return (work, mine)


def _status(reached: Stage) -> str:
    """How far a report is, in a sentence for its reporter."""
    sentences: dict[Stage, str] = {
        Stage.RECEIVED: gettext("We have received your report. Someone will look at it soon."),
        Stage.IN_PROGRESS: gettext("Someone is working on your report."),
        Stage.CLOSED: gettext("We have dealt with your report."),
    }
    return sentences[reached]
