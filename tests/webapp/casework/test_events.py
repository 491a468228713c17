"""What people report to a running case: only what it waits for, once, by who may."""

from dataclasses import replace

import pytest

from engine import tasks
from engine.errors import ConflictError, InvalidInputError, NotFoundError
from tests.webapp.chain import Chain
from webapp.casework import desk, views, work
from webapp.casework.access import Grant
from webapp.casework.cases import CaseFile

STOP = "Client.Stopt"


def test_an_event_is_offered_to_its_role_while_it_is_awaited(chain: Chain) -> None:
    care = _at_work(chain)

    seen = chain.do(chain.zoe, views.view_case, care.number)

    assert [(event.message, event.title) for event in seen.events] == [(STOP, "De client stopt")]
    chain.confirm(chain.zoe, care, "Intake")
    assert chain.do(chain.zoe, views.view_case, care.number).events == ()


def test_what_is_told_goes_to_the_case_and_what_happened_to_the_process(chain: Chain) -> None:
    care = _at_work(chain)

    _report(chain, care, wat="Zij wil niet meer.", spoed=True)

    assert chain.content(care.number)["care_plan"] == {"stop_what": "Zij wil niet meer."}
    (task,) = chain.tasks(care)
    assert task.name == "Afronden"
    known = chain.read(lambda uow: tasks.variables(uow, task))
    assert known["spoed"] is True
    assert "Zij wil niet meer." not in str(known)
    assert "report_event" in chain.acts(care.number)


def test_an_event_sent_twice_is_reported_once(chain: Chain) -> None:
    care = _at_work(chain)

    _report(chain, care, wat="Zij stopt.")
    _report(chain, care, wat="Zij stopt.")

    assert chain.acts(care.number).count("report_event") == 1


def test_an_event_with_errors_changes_nothing(chain: Chain) -> None:
    care = _at_work(chain)

    with pytest.raises(InvalidInputError):
        _report(chain, care, wat="")

    assert [task.name for task in chain.tasks(care)] == ["Intake"]
    assert "report_event" not in chain.acts(care.number)


def test_other_words_in_the_same_form_are_not_taken_for_the_first(chain: Chain) -> None:
    care = _at_work(chain)
    _report(chain, care, wat="Zij stopt.")

    with pytest.raises(ConflictError, match="submission_differs"):
        _report(chain, care, wat="Zij stopt toch niet.")


@pytest.mark.parametrize("message", ["Zorg.Nodig", "Client.Verhuist"])
def test_what_is_not_awaited_or_not_listed_is_not_found(chain: Chain, message: str) -> None:
    care = _at_work(chain)

    with pytest.raises(NotFoundError):
        chain.do(chain.zoe, desk.open_event, care.number, message)


def test_who_may_not_see_the_case_learns_nothing_of_its_events(chain: Chain) -> None:
    care = _at_work(chain)
    stranger = replace(chain.wim, grants=frozenset({Grant("zorgcoordinator", "elders")}))

    for person in (chain.anna, stranger):
        with pytest.raises(NotFoundError, match="not_found"):
            chain.do(person, desk.open_event, care.number, STOP)


def _at_work(chain: Chain) -> CaseFile:
    """A care case in which Zoë has taken the first task on."""
    care = chain.receive("Zorg.Nodig", gemeente="venlo")
    (task,) = chain.tasks(care)
    chain.do(chain.zoe, work.claim_task, task.id, revision=task.revision)
    return care


def _report(chain: Chain, care: CaseFile, **values: str | bool) -> None:
    with chain.database.unit_of_work(chain.zoe.actor) as uow:
        work.report_event(uow, chain.zoe, care.number, STOP, values, submission="stopt")
    chain.worker.run_due()
