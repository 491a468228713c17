"""What somebody sees of starting forms and of a task: what is theirs, and no more."""

import pytest

from engine.errors import FieldProblem, InvalidInputError, NotAllowedError, NotFoundError
from webapp.casework import desk, views, work

ANA = {"persoon_bekend": True, "naam": "Ana Pérez", "geboortejaar": "2003"}


def test_everyone_is_offered_the_forms_of_their_roles(office) -> None:
    offered = {who: office.do(who, desk.starters) for who in (office.mel, office.anna)}

    assert [one.key for one in offered[office.mel]] == ["proef.melden"]
    assert [one.key for one in offered[office.anna]] == ["proef.melden", "proef.intern"]


def test_a_form_of_another_role_cannot_be_opened(office) -> None:
    for key in ("proef.intern", "proef.bestaat_niet"):
        with pytest.raises(NotFoundError, match="not_found"):
            office.do(office.mel, desk.open_starter, key)


def test_a_form_of_a_role_begins_a_case_only_where_the_role_is_held(office) -> None:
    everywhere = office.do(office.anna, desk.open_starter, "proef.melden").variables["gemeenten"]
    own = office.do(office.anna, desk.open_starter, "proef.intern").variables["gemeenten"]

    assert {one["value"] for one in everywhere} > {one["value"] for one in own} == {"venlo"}
    answers = {"gemeente": "roermond", "wat": "Een witte bus."}
    with pytest.raises(InvalidInputError) as refused:
        office.do(office.anna, work.start_case, "proef.intern", answers, submission="elders")
    assert ("gemeente", "option") in {
        (one.field, one.rule) for one in refused.value.problems if isinstance(one, FieldProblem)
    }


def test_a_task_elsewhere_cannot_be_told_from_one_that_is_not_there(office) -> None:
    task = office.open_task(office.report())

    for task_id in (task.id, "bestaat-niet"):
        with pytest.raises(NotFoundError) as seen:
            office.do(office.carla, desk.open_task, task_id)
        with pytest.raises(NotFoundError) as taken:
            office.do(office.carla, work.claim_task, task_id, revision=1)
        assert str(seen.value) == str(taken.value) == "not_found"


@pytest.mark.parametrize("act", ["open", "claim", "case", "report"])
def test_what_is_hidden_takes_as_many_queries_as_what_is_not_there(office, act) -> None:
    case = office.report()
    task = office.open_task(case)
    tries = {
        "open": lambda asked: office.do(office.carla, desk.open_task, asked),
        "claim": lambda asked: office.do(office.carla, work.claim_task, asked, revision=1),
        "case": lambda asked: office.do(office.carla, views.view_case, asked),
        "report": lambda asked: office.do(office.carla, views.view_report, asked),
    }
    hidden, unknown = (task.id, "x") if act in ("open", "claim") else (case.number, "S-222222")

    counts = []
    for asked in (hidden, unknown):
        with office.statements() as sent, pytest.raises(NotFoundError):
            tries[act](asked)
        counts.append(len(sent))

    assert counts[0] == counts[1]


def test_a_manager_sees_a_task_and_cannot_do_it(office) -> None:
    task = office.open_task(office.report(**ANA))

    opened = office.do(office.tom, desk.open_task, task.id)
    with pytest.raises(NotAllowedError, match="not_allowed"):
        office.complete(office.tom, task, route="afronden")

    assert (opened.form, opened.may_claim, opened.may_complete) == (None, False, False)
    assert opened.sections == ()
    assert opened.holder.role == "Aandachtsfunctionaris"
    assert opened.holder.scope == "Venlo"


def test_a_task_shows_its_form_to_who_works_on_it(office) -> None:
    task = office.open_task(office.report(**ANA))

    before = office.do(office.anna, desk.open_task, task.id)
    office.do(office.anna, work.claim_task, task.id, revision=task.revision)
    after = office.do(office.anna, desk.open_task, task.id)

    assert (before.form, before.may_claim) == (None, True)
    assert after.form.id == "beoordelen"
    assert (after.may_claim, after.may_complete, after.may_release) == (False, True, True)
    assert after.values["naam"] == "Ana Pérez"
    assert after.holder.is_mine


def test_a_table_advises_and_says_why(office) -> None:
    task = office.open_task(office.report(**ANA))
    office.do(office.anna, work.claim_task, task.id, revision=task.revision)

    (advice,) = office.do(office.anna, desk.open_task, task.id).advice

    assert (advice.field, advice.value) == ("route", "overleg")
    assert advice.label == "Bespreken in het overleg"
    assert advice.reason == "Er is een persoon bekend."


def test_a_task_shows_what_is_known_in_the_words_of_the_forms(office) -> None:
    task = office.open_task(office.report(**ANA))

    sections = office.do(office.anna, desk.open_task, task.id).sections

    assert [section.title for section in sections] == ["Het signaal", "De persoon"]
    facts = {fact.label: fact.text for section in sections for fact in section.facts}
    assert facts["Wat hebt u gezien?"] == "Een auto voor de deur."
    assert facts["Hoe heet de persoon?"] == "Ana Pérez"


def test_cases_about_the_same_person_are_shown_and_recorded(office) -> None:
    earlier = office.report(submission="eerder", **ANA)
    task = office.open_task(office.report(submission="later", **ANA))
    office.do(office.anna, work.claim_task, task.id, revision=task.revision)

    (similar,) = office.do(office.anna, desk.open_task, task.id).similar

    assert (similar.case.number, similar.fields, similar.may_open) == (
        earlier.number,
        ("person",),
        True,
    )
    assert office.acts(earlier.number) == ["report_signal", "view_similar"]


def test_a_draft_comes_back_as_it_was_typed_and_goes_with_the_task(office) -> None:
    task = office.open_task(office.report())
    office.do(office.anna, work.save_draft, task.id, {"naam": "An", "route": "onzin"})
    office.do(office.anna, work.claim_task, task.id, revision=task.revision)

    opened = office.do(office.anna, desk.open_task, task.id)

    assert opened.values == {"naam": "An", "route": "onzin"}
    assert opened.draft_saved_at == office.clock.now()
