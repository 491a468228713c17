"""The roster of a house, week by week, and the form of a duty; everybody's own duties."""

from collections.abc import Callable, Sequence
from datetime import datetime

from flask import Blueprint, Response, flash, make_response, render_template, request, url_for
from flask_babel import gettext

from engine.errors import ConflictError, FieldProblem, InvalidInputError, NotFoundError, Problem
from engine.storage.unit_of_work import UnitOfWork
from webapp.casework import accounts, regions, rosters
from webapp.casework.access import Person
from webapp.casework.roles import PIKET, Level
from webapp.casework.rosters import Duty
from webapp.forms import Typed, posted
from webapp.request import current_person, see_other, unit_of_work
from webapp.roster import wording
from webapp.roster.wording import Found, Names, Opened

blueprint = Blueprint("roster", __name__)


@blueprint.get("/piket")
def show() -> str:
    """Who is on call and when nobody is, for who makes the roster; one's own duties."""
    person = current_person()
    with unit_of_work(read_only=True) as uow:
        managed, own = rosters.managed(uow, person), rosters.of_person(uow, person)
        has_own = person.has_role(PIKET) or bool(own)
        key = request.args.get("huis") or next(iter(managed), "")
        if key not in managed and (key or not has_own):
            raise NotFoundError("not_found")
        names = Names(regions.scope_names(uow, Level.HOUSE), managed)
        found = _found(uow, key, managed[key]) if key else None
        page = wording.page(found, own, names, has_own=has_own, now=uow.now)
    return render_template("roster/roster.html", page=page)


@blueprint.get("/piket/nieuw/<house>")
def show_new(house: str) -> str:
    """The form of a new duty; that of a gap has its times in it."""
    given = {"starts": request.args.get("van"), "ends": request.args.get("tot")}
    return _form(_new(house), Typed({key: text for key, text in given.items() if text}))


@blueprint.post("/piket/nieuw/<house>")
def add(house: str) -> str | Response:
    """Put somebody on the roster; or give the form back with what is wrong."""

    def plan(uow: UnitOfWork, on_call: str, *times: datetime) -> Duty:
        return rosters.add(uow, current_person(), house, on_call, *times)

    return _plan(_new(house), plan)


@blueprint.get("/piket/diensten/<duty_id>")
def show_change(duty_id: str) -> str | Response:
    """The form of a duty that is there; what has been is not changed."""
    with unit_of_work(read_only=True) as uow:
        duty = rosters.get(uow, current_person(), duty_id)
        if duty.ends <= uow.now:
            return see_other(url_for("roster.show", huis=duty.house))
    return _form(_of(duty_id), wording.as_typed(duty))


@blueprint.post("/piket/diensten/<duty_id>")
def change(duty_id: str) -> str | Response:
    """Put another duty in its place; or give the form back with what is wrong."""

    def plan(uow: UnitOfWork, on_call: str, *times: datetime) -> Duty:
        return rosters.change(uow, current_person(), duty_id, on_call, *times)

    return _plan(_of(duty_id), plan)


@blueprint.post("/piket/diensten/<duty_id>/weghalen")
def remove(duty_id: str) -> Response:
    """Take a duty off the roster, or what is left of it."""
    person = current_person()
    with unit_of_work() as uow:
        house = rosters.get(uow, person, duty_id).house
        rosters.remove(uow, person, duty_id)
    flash(gettext("The duty is off the roster. Look below whether there is a gap now."))
    return see_other(url_for("roster.show", huis=house))


Opener = Callable[[UnitOfWork, Person], Opened]


def _new(house: str) -> Opener:
    """The form of a new duty at a house."""

    def opener(uow: UnitOfWork, person: Person) -> Opened:
        return _opened(uow, person, house, None)

    return opener


def _of(duty_id: str) -> Opener:
    """The form of a duty that is there."""

    def opener(uow: UnitOfWork, person: Person) -> Opened:
        duty = rosters.get(uow, person, duty_id)
        return _opened(uow, person, duty.house, duty)

    return opener


def _opened(uow: UnitOfWork, person: Person, key: str, duty: Duty | None) -> Opened:
    managed = rosters.managed(uow, person)
    if key not in managed:
        raise NotFoundError("not_found")
    return Opened(key, managed[key], rosters.candidates(uow, key), duty)


def _plan(opener: Opener, plan: Callable[..., Duty]) -> str | Response:
    """Do what the form asks, and go back to the roster."""
    with unit_of_work(read_only=True) as uow:
        opened = opener(uow, current_person())
    form = wording.form(opened.candidates)
    typed = posted(form)
    if typed.again:
        return _form(opener, typed)
    try:
        values = form.check(typed.values, {}).process_values
        with unit_of_work() as uow:
            plan(uow, values["on_call"], values["starts"], values["ends"])
    except InvalidInputError as error:
        return make_response(_form(opener, typed, error.problems), 422)
    except ConflictError as error:
        if error.code != "duty_overlaps":
            raise
        return make_response(_form(opener, typed, conflict=error), 409)
    flash(gettext("The roster is changed."))
    return see_other(url_for("roster.show", huis=opened.key))


def _form(
    opener: Opener,
    typed: Typed,
    problems: Sequence[Problem | FieldProblem] = (),
    conflict: ConflictError | None = None,
) -> str:
    with unit_of_work(read_only=True) as uow:
        opened = opener(uow, current_person())
        note = ""
        if conflict is not None:
            other = str(conflict.values["person"])
            note = wording.overlap(conflict, accounts.names(uow, {other})[other])
        page = wording.duty_page(opened, typed, uow.now, problems, note=note)
    return render_template("roster/duty.html", page=page)


def _found(uow: UnitOfWork, key: str, name: str) -> Found:
    begin = wording.first_monday(uow.now)
    duties = rosters.of_place(uow, key, begin, uow.now + 2 * rosters.FARTHEST)
    names = accounts.names(uow, {duty.person for duty in duties})
    return Found(key, name, duties, names, rosters.candidates(uow, key))
