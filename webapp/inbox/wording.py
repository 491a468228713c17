"""The pages of the inbox, decided and worded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask import url_for
from flask_babel import gettext, ngettext

from engine.errors import ConflictError, FieldProblem, Problem
from engine.tasks import UserTask
from webapp import notice_cards
from webapp.casework.access import Person
from webapp.casework.desk import OpenTask, SimilarCase
from webapp.casework.labels import SectionView
from webapp.casework.notices import Notice
from webapp.casework.roles import ROLES
from webapp.forms import REVISION, FormView, Pairs, Typed, form_view
from webapp.inbox.pages import (
    Advice,
    DonePage,
    Double,
    FactGroup,
    InboxPage,
    InboxSection,
    TaskCard,
    TaskPage,
)
from webapp.request import does_casework
from webapp.words import Fact, Link, due, moment, since, with_whom


@dataclass(frozen=True, slots=True)
class Work:
    """The work of one person, as it was found.

    Attributes:
        person: whose work it is.
        mine: what they took on or were given.
        waiting: what nobody has, and they may take.
        is_more: whether there is more of that.
        is_first: whether this is the beginning of the list.
        scopes: names of municipalities, houses and regions by key.
        processes: names of processes by id.
    """

    person: Person
    mine: tuple[UserTask, ...]
    waiting: tuple[UserTask, ...]
    is_more: bool
    is_first: bool
    notices: tuple[Notice, ...]
    scopes: Mapping[str, str]
    processes: Mapping[str, str]
    now: datetime


def inbox(work: Work) -> InboxPage:
    """All the work of one person."""
    last = work.waiting[-1] if work.waiting and work.is_more else None
    waiting = InboxSection(
        id="to-take-on",
        title=gettext("To take on"),
        cards=tuple(_card(task, work) for task in work.waiting),
        empty=gettext("Nothing waits for someone with your role."),
        next_url=url_for("inbox.show_tasks", na=last.id) if last else None,
    )
    mine = InboxSection(
        id="your-tasks",
        title=gettext("Your tasks"),
        cards=tuple(_card(task, work) for task in work.mine),
        empty=gettext("Take on a task from the list below.")
        if work.waiting
        else gettext("There is nothing for you to do now."),
    )
    return InboxPage(
        summary=_summary(work),
        notices=notice_cards.listed(work.notices),
        sections=(mine, waiting) if work.is_first else (waiting,),
        first_url=None if work.is_first else url_for("inbox.show_tasks"),
    )


def task(
    opened: OpenTask,
    person: Person,
    now: datetime,
    typed: Typed,
    problems: Sequence[Problem | FieldProblem] = (),
) -> TaskPage:
    """One task, with its form and what was typed in it when it is the reader's."""
    about = opened.task
    return TaskPage(
        title=about.name,
        number=about.business_key,
        process_name=opened.process_name,
        place=opened.holder.scope,
        case_url=url_for("casefile.case", number=about.business_key)
        if opened.may_see_case
        else None,
        since=since(about.opened_at, now),
        due=due(about.due_at, now) if about.due_at else None,
        due_at=moment(about.due_at) if about.due_at else None,
        with_whom=gettext("With you, %(name)s", name=person.display_name)
        if opened.may_complete
        else with_whom(opened.holder),
        why=_why(about, opened.holder.scope, person),
        form=_task_form(opened, typed, problems) if opened.may_complete else None,
        advice=tuple(Advice(each.label, each.reason) for each in opened.advice),
        context=tuple(_group(section) for section in opened.sections if section.facts),
        doubles=tuple(map(_double, opened.similar)),
        claim_url=url_for("inbox.claim", task_id=about.id) if opened.may_claim else None,
        claim_hidden=_revision(about),
        release_url=url_for("inbox.release", task_id=about.id) if opened.may_release else None,
        back=_back(person),
    )


def _task_form(
    opened: OpenTask, typed: Typed, problems: Sequence[Problem | FieldProblem] = ()
) -> FormView:
    """The form of a task; one without questions has only its button."""
    task_id = opened.task.id
    saved = opened.draft_saved_at
    return form_view(
        opened.form,
        typed,
        opened.variables,
        action=url_for("inbox.complete", task_id=task_id),
        submit_label=gettext("Send your answer")
        if opened.holder.person
        else gettext("Send and close this task"),
        questions_url=url_for("inbox.questions", task_id=task_id),
        problems=problems,
        draft_url=url_for("inbox.save_draft", task_id=task_id) if opened.form else None,
        draft_saved=moment(saved) if saved else None,
    )


def changed(page: TaskPage) -> TaskPage:
    """The same task for a reader who had it open while it changed."""
    note = gettext("This task was changed while you had it open. Check it and send it again.")
    return replace(page, note=note)


def taken_by_other(task: UserTask) -> ConflictError:
    """Why an open task is not the reader's to fill in, as the acts would have said it."""
    code = "task_changed" if task.assignee is None else "task_claimed"
    return ConflictError(code, by=task.assignee, at=task.claimed_at)


def conflict(
    task: UserTask, person: Person, error: ConflictError, names: Mapping[str, str], typed: Pairs
) -> DonePage:
    """Somebody was first: who and when, and what was typed."""
    by, at = error.values.get("by"), error.values.get("at")
    who = gettext("You") if by == person.id else names.get(str(by), gettext("The system"))
    when = moment(at).text if isinstance(at, datetime) else ""
    return DonePage(
        title=_conflict_title(error.code),
        text=_conflict_text(error.code, who, when, task.name),
        typed=tuple(Fact(label, text) for label, text in typed),
        task_url=url_for("inbox.show_task", task_id=task.id) if task.is_open else None,
        back=_back(person),
    )


def names_needed(error: ConflictError) -> set[str]:
    """The accounts that the page of a conflict names."""
    by = error.values.get("by")
    return {by} if isinstance(by, str) else set()


def _summary(work: Work) -> str:
    mine, waiting = len(work.mine), len(work.waiting)
    if not work.is_first:
        return ""
    if work.is_more:
        more = gettext("More than %(num)s wait for someone.", num=waiting)
    elif waiting:
        more = ngettext("%(num)s waits for someone.", "%(num)s wait for someone.", waiting)
    else:
        more = gettext("None waits for someone.")
    if mine:
        tasks = ngettext("You have %(num)s task.", "You have %(num)s tasks.", mine)
    else:
        tasks = gettext("You have no tasks.")
    return f"{tasks} {more}"


def _card(task: UserTask, work: Work) -> TaskCard:
    scope = work.scopes.get(task.candidate.partition("@")[2], "")
    return TaskCard(
        url=url_for("inbox.show_task", task_id=task.id),
        title=task.name,
        process_name=work.processes.get(task.process_id, ""),
        number=task.business_key,
        place=scope,
        since=since(task.opened_at, work.now),
        due=due(task.due_at, work.now) if task.due_at else None,
        due_at=moment(task.due_at) if task.due_at else None,
        is_overdue=task.due_at is not None and task.due_at < work.now,
        why=_why(task, scope, work.person),
        draft_saved=moment(task.draft_saved_at) if task.draft_saved_at else None,
        claim_url=url_for("inbox.claim", task_id=task.id) if task.assignee is None else None,
        claim_hidden=_revision(task),
    )


def _why(task: UserTask, scope: str, person: Person) -> str:
    """Why somebody sees a task."""
    role = ROLES.get(task.candidate.partition("@")[0])
    text: str
    if task.candidate not in person.groups:
        is_given = task.assignee == person.id
        given = gettext("This task was given to you.")
        text = given if is_given else gettext("You see this task because you may see the case.")
    elif role is None:
        text = gettext("This question is for you alone, because you reported it.")
    else:
        title = role.title[0].lower() + role.title[1:]
        text = gettext("You are %(role)s of %(place)s", role=title, place=scope)
    return text


def _group(section: SectionView) -> FactGroup:
    return FactGroup(section.title, tuple(Fact(fact.label, fact.text) for fact in section.facts))


def _double(similar: SimilarCase) -> Double:
    shared = {
        "person": gettext("the same person"),
        "phone": gettext("the same phone number"),
        "address": gettext("the same address"),
        "company": gettext("the same company"),
        "kvk": gettext("the same company number"),
    }
    number = similar.case.number
    return Double(
        number=number,
        text=", ".join(shared[field] for field in similar.fields if field in shared),
        url=url_for("casefile.case", number=number) if similar.may_open else None,
    )


def _revision(task: UserTask) -> Pairs:
    return ((REVISION, str(task.revision)),)


def _back(person: Person) -> Link:
    if does_casework(person):
        return Link(url_for("inbox.show_tasks"), gettext("Back to my work"))
    return Link(url_for("portal.reports"), gettext("Back to my reports"))


def _conflict_title(code: str) -> str:
    titles: dict[str, str] = {
        "task_completed": gettext("This task has been done already"),
        "task_cancelled": gettext("This task is no longer needed"),
        "task_claimed": gettext("A colleague has taken on this task"),
    }
    return titles.get(code) or gettext("This task has changed")


def _conflict_text(code: str, who: str, when: str, step: str) -> str:
    texts: dict[str, str] = {
        "task_completed": gettext(
            "%(who)s completed “%(step)s” on %(when)s.", who=who, step=step, when=when
        ),
        "task_cancelled": gettext("The case went on without “%(step)s”.", step=step),
        "task_claimed": gettext(
            "%(who)s took on “%(step)s” on %(when)s.", who=who, step=step, when=when
        ),
    }
    return texts.get(code) or gettext("Look at the task as it is now, and then decide.")
