"""The pages of the control room, decided and worded."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from flask import request, url_for
from flask_babel import gettext, ngettext

from engine.errors import ConflictError
from engine.standstills import Cause
from engine.timers import Period, TimerError, parse_period
from webapp import paging
from webapp.casework.steering import Colleague, GivingView
from webapp.casework.stuck import Norm, StuckList, StuckStep, Wanted
from webapp.control.pages import (
    Action,
    ColleagueLine,
    Filter,
    GivePage,
    Option,
    StuckCard,
    StuckPage,
)
from webapp.forms import REVISION, Pairs
from webapp.words import Badge, Link, due, lasting, moment

# As the address says them: a list that somebody kept stays what it was.
CAUSES = {
    "te_laat": Cause.OVERDUE,
    "niet_opgepakt": Cause.UNCLAIMED,
    "wacht_op_ander": Cause.OUTSIDE,
    "niemand": Cause.UNHELD,
    "mislukt": Cause.FAILED,
}
NEXT = "next"


def stuck(found: StuckList, *, is_first: bool, now: datetime) -> StuckPage:
    """What stands still of what the reader manages."""
    asked = _asked(found.wanted)
    return StuckPage(
        summary=_summary(found, is_first=is_first),
        filters=tuple(_filters(found)),
        cards=tuple(_card(step, found.norm, now) for step in found.steps),
        empty=_empty(asked, is_first=is_first),
        all_url=url_for("control.show_stuck") if asked else None,
        next_url=url_for("control.show_stuck", **asked, na=paging.as_text(found.next_after))
        if found.next_after
        else None,
        first_url=None if is_first else url_for("control.show_stuck", **asked),
    )


def wanted(args: Mapping[str, str]) -> Wanted:
    """What an address asks for; what it says wrongly, it does not ask for."""
    return Wanted(
        cause=CAUSES.get(args.get("reden", "")),
        place=args.get("plaats") or None,
        phase=args.get("fase") or None,
    )


def giving(view: GivingView, back: str, now: datetime) -> GivePage:
    """A task to give to a colleague."""
    task = view.task
    return GivePage(
        title=task.name,
        number=task.business_key,
        holder=gettext("Now with %(name)s.", name=view.holder)
        if view.holder
        else gettext("Nobody has taken on this task yet."),
        due=due(task.due_at, now) if task.due_at else None,
        colleagues=tuple(_colleague(one, view, back) for one in view.colleagues),
        back=Link(back, gettext("Back to the stuck cases")),
    )


def refused(error: ConflictError) -> str:
    """Why nothing was done, when the list was older than what it shows."""
    texts: dict[str, str] = {
        "task_completed": gettext("This task has been done already. Nothing was changed."),
        "task_cancelled": gettext("This task is no longer needed. Nothing was changed."),
        "task_reminded": gettext(
            "Somebody was reminded of this task today. You can do it again tomorrow."
        ),
    }
    other = gettext("This task has changed. Look at it as it is now, and then decide.")
    return texts.get(error.code) or other


def _card(step: StuckStep, norm: Norm | None, now: datetime) -> StuckCard:
    reminded = step.reminded_at
    return StuckCard(
        number=step.number,
        case_url=url_for("casefile.case", number=step.number) if step.may_open else None,
        step=step.step or gettext("An automatic step"),
        where=" · ".join(filter(None, (step.process_name, step.place))),
        badge=_badge(step),
        why=_why(step, norm),
        since=moment(step.since),
        lasts=lasting(step.since, now),
        whose=_whose(step),
        reminded=gettext("Reminded on %(when)s.", when=moment(reminded).text) if reminded else "",
        links=tuple(_links(step)),
        actions=tuple(_actions(step)),
    )


def _badge(step: StuckStep) -> Badge:
    return Badge(_causes()[step.cause], "warning" if step.cause is Cause.UNCLAIMED else "danger")


def _causes() -> dict[Cause, str]:
    return {
        Cause.OVERDUE: gettext("Overdue"),
        Cause.UNCLAIMED: gettext("Not taken on"),
        Cause.OUTSIDE: gettext("Waits for somebody else"),
        Cause.UNHELD: gettext("Nobody can do this"),
        Cause.FAILED: gettext("Automatic step failed"),
    }


def _why(step: StuckStep, norm: Norm | None) -> str:
    """The reason, in a sentence or two."""
    when = moment(step.due_at).text if step.due_at else ""
    if step.cause is Cause.FAILED:
        return _why_failed(step.code)
    if step.cause is Cause.UNHELD:
        return _why_unheld(step)
    if step.cause is Cause.UNCLAIMED:
        return gettext(
            "Nobody has taken on this task. That should happen within %(norm)s.",
            norm=_norm(norm),
        )
    if not step.role:
        return gettext("The message should have been there on %(when)s.", when=when)
    if step.cause is Cause.OUTSIDE:
        return gettext("The answer should have been there on %(when)s.", when=when)
    late = gettext("This task should have been done on %(when)s.", when=when)
    return late if step.is_held else f"{late} {_why_unheld(step)}"


def _why_failed(code: str) -> str:
    if code == "message_not_awaited":
        return gettext("A message could not be delivered: nothing waited for it.")
    return gettext("Uitweg tried this several times. For the administrator: %(code)s.", code=code)


def _why_unheld(step: StuckStep) -> str:
    if step.holder:
        return gettext(
            "%(name)s has this task, but cannot do it any more: the account or the role is gone.",
            name=step.holder,
        )
    if not step.scope:
        return gettext("The account of the reporter was closed.")
    return gettext(
        "Nobody with an account has the role %(role)s in %(place)s.",
        role=step.role,
        place=step.scope,
    )


def _whose(step: StuckStep) -> str:
    """Who has to do something now."""
    if step.is_mine or step.may_retry:
        return gettext("You")
    if step.cause is Cause.FAILED:
        return gettext("The functional administrator")
    if not step.role:
        return step.sender or gettext("Somebody outside Uitweg")
    if not step.is_held:
        can_move = step.may_take_back or step.may_give
        return gettext("You") if can_move else gettext("The functional administrator")
    if not step.scope:
        return gettext("The reporter")
    role = gettext("%(role)s, %(place)s", role=step.role, place=step.scope)
    return f"{step.holder} ({role})" if step.holder else role


def _links(step: StuckStep) -> Iterable[Link]:
    if step.is_mine:
        yield Link(url_for("inbox.show_task", task_id=step.id), gettext("Go to this task"))
    if step.may_give:
        back: dict[str, Any] = {NEXT: request.full_path.rstrip("?")}
        url = url_for("control.show_giving", task_id=step.id, **back)
        yield Link(url, gettext("Give to a colleague"))


def _actions(step: StuckStep) -> Iterable[Action]:
    about = f"{step.step} {step.number}"
    back = ((NEXT, request.full_path.rstrip("?")),)
    if step.may_remind:
        url = url_for("control.remind", task_id=step.id)
        yield Action(url, gettext("Send a reminder"), about, back)
    if step.may_take_back:
        url = url_for("control.take_back", task_id=step.id)
        hidden: Pairs = (*back, (REVISION, str(step.revision)))
        yield Action(url, gettext("Lay back for the team"), about, hidden)
    if step.may_retry:
        url = url_for("control.retry", job_id=step.id)
        yield Action(url, gettext("Try again"), about, back)


def _colleague(one: Colleague, view: GivingView, back: str) -> ColleagueLine:
    url = url_for("control.give", task_id=view.task.id)
    hidden = (("account", one.account_id), (REVISION, str(view.task.revision)), (NEXT, back))
    return ColleagueLine(
        name=one.name,
        work=ngettext("%(num)s task in hand", "%(num)s tasks in hand", one.tasks)
        if one.tasks
        else gettext("no tasks in hand"),
        action=Action(url, gettext("Give to %(name)s", name=one.name), "", hidden),
    )


def _summary(found: StuckList, *, is_first: bool) -> str:
    """How much it is; "" where that is not known, on a later page."""
    steps, numbers = len(found.steps), len({step.number for step in found.steps})
    if not is_first or not steps:
        return ""
    if found.next_after:
        return gettext("More than %(num)s steps stand still. The longest is on top.", num=steps)
    count = ngettext("%(num)s step stands still", "%(num)s steps stand still", steps)
    where = ngettext("in %(num)s case.", "in %(num)s cases.", numbers)
    return f"{count}, {where} " + gettext("The longest is on top.")


def _empty(asked: Mapping[str, str], *, is_first: bool) -> str:
    if not is_first:
        return gettext("There is nothing more.")
    if asked:
        return gettext("Of what you chose nothing stands still.")
    return gettext("Nothing stands still: every case that you manage is within its terms.")


def _filters(found: StuckList) -> Iterable[Filter]:
    """What can be chosen; a list of one is no choice."""
    chosen = _asked(found.wanted)
    causes = _causes()
    lists = (
        ("reden", gettext("Reason"), {key: causes[cause] for key, cause in CAUSES.items()}),
        ("plaats", gettext("Place"), found.places),
        ("fase", gettext("Phase"), {phase: phase for phase in found.phases}),
    )
    for name, label, values in lists:
        if len(values) > 1:
            options = tuple(
                Option(key, text, chosen.get(name) == key) for key, text in values.items()
            )
            yield Filter(name, label, options)


def _asked(wanted: Wanted) -> dict[str, Any]:
    """What was asked for, as the address says it."""
    keys = {cause: key for key, cause in CAUSES.items()}
    asked = {
        "reden": keys[wanted.cause] if wanted.cause else None,
        "plaats": wanted.place,
        "fase": wanted.phase,
    }
    return {name: value for name, value in asked.items() if value}


def _norm(norm: Norm | None) -> str:
    """A norm time in words, such as "2 werkdagen"."""
    if norm is None:
        return ""
    length, counting = norm
    try:
        period = parse_period(str(length))
    except TimerError:  # a number of what is counted
        return _counted(int(length), counting)
    return _counted(_units(period, counting), counting)


def _units(period: Period, counting: str) -> int:
    if counting == "uren":
        return int(period.about.total_seconds()) // 3600
    return period.about.days


def _counted(number: int, counting: str) -> str:
    if counting == "uren":
        return ngettext("%(num)s hour", "%(num)s hours", number)
    if counting == "werkdagen":
        return ngettext("%(num)s working day", "%(num)s working days", number)
    return ngettext("%(num)s day", "%(num)s days", number)
