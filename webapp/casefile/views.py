"""One case: its page, and its diagram on a page of its own."""

from flask import Blueprint, Response, jsonify, render_template

from webapp.casefile import pages
from webapp.casework import views
from webapp.casework.views import DiagramView
from webapp.request import current_person, unit_of_work

blueprint = Blueprint("casefile", __name__)


@blueprint.get("/zaken/<number>")
def case(number: str) -> str:
    """Where a case is, what happened and what is known."""
    person = current_person()
    with unit_of_work() as uow:
        page = pages.case(views.view_case(uow, person, number), uow.now)
    return render_template("casefile/case.html", page=page)


@blueprint.get("/zaken/<number>/diagram")
def diagram(number: str) -> str:
    """The diagram of a case with where it is."""
    page = pages.diagram(_diagram(number))
    return render_template("casefile/diagram.html", page=page)


@blueprint.get("/zaken/<number>/diagram/gegevens")
def diagram_data(number: str) -> Response:
    """The same for the viewer."""
    return jsonify(pages.diagram_data(_diagram(number)))


def _diagram(number: str) -> DiagramView:
    person = current_person()
    with unit_of_work() as uow:
        return views.view_diagram(uow, person, number)
