"""The list of somebody's own cases, and looking for one of them."""

from flask import Blueprint, Response, render_template, request, url_for

from webapp import paging
from webapp.caselist import pages
from webapp.casework import caselist
from webapp.request import current_person, see_other, unit_of_work

blueprint = Blueprint("caselist", __name__)


@blueprint.get("/zaken")
def show() -> str:
    """The cases that run, what is due first before the rest; or those that were closed."""
    person, after = current_person(), paging.place(request.args.get("na"))
    closed = request.args.get(pages.SHOW) == pages.CLOSED
    with unit_of_work() as uow:
        found = caselist.look(uow, person, closed=closed, after=after)
        page = pages.of_list(found, closed=closed, is_first=after is None, now=uow.now)
    return render_template("caselist/cases.html", page=page)


# It changes nothing, but a name that somebody types has no place in an address.
@blueprint.post("/zaken")
def search() -> str | Response:
    """What somebody looks for; a number that is right opens its case."""
    person, typed = current_person(), request.form.get(pages.SOUGHT, "").strip()
    if not typed:
        return see_other(url_for("caselist.show"))
    with unit_of_work() as uow:
        found = caselist.search(uow, person, typed)
        page = pages.of_search(found, typed, now=uow.now)
    if found.by == "number" and found.lines and found.lines[0].may_open:
        return see_other(url_for("casefile.case", number=found.lines[0].case.number))
    return render_template("caselist/cases.html", page=page)
