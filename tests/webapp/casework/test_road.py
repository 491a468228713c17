"""The road on the page of a case: all its parts, and no more of another case than one may know."""

from dataclasses import replace
from datetime import timedelta

import pytest

from engine.errors import NotFoundError
from tests.webapp.chain import Chain
from webapp.casework import views
from webapp.casework.access import Grant, Person
from webapp.casework.cases import CaseFile
from webapp.casework.road import Road, RoadStatus


def test_the_road_tells_the_parts_in_the_order_in_which_they_began(chain: Chain) -> None:
    _, care = _care(chain)
    chain.clock.advance(days=1)
    chain.confirm(chain.zoe, care, "Intake")

    road = _road(chain, chain.zoe, care)

    assert [part.phase for part in road.trunk] == ["Melding", "Zorg", "Nazorg"]
    assert road.branches == ()
    _, first, after = road.trunk
    assert (first.status, first.ended) == (RoadStatus.DONE, first.since + timedelta(days=1))
    assert (after.status, after.ended, after.case_number) == (RoadStatus.BUSY, None, care.number)
    assert [process.name for process in after.processes] == ["Proef"]


def test_a_case_is_at_the_part_that_is_still_gone(chain: Chain) -> None:
    _, care = _care(chain)
    chain.confirm(chain.zoe, care, "Intake")

    road = _road(chain, chain.zoe, care)

    assert [part.phase for part in road.trunk if part.is_here] == ["Nazorg"]


def test_a_case_that_is_closed_is_nowhere(chain: Chain) -> None:
    _, care = _care(chain)
    chain.confirm(chain.zoe, care, "Intake")
    chain.confirm(chain.zoe, care, "Contact")

    road = _road(chain, chain.zoe, care)

    assert not any(part.is_here for part in road.trunk)
    assert {part.status for part in road.trunk if part.is_this_case} == {RoadStatus.DONE}


def test_of_a_case_of_others_the_name_and_the_day_are_told_and_nothing_else(chain: Chain) -> None:
    signal, care = _care(chain)

    seen = chain.do(chain.anna, views.view_case, signal.number)

    own, other = seen.road.trunk
    assert own.case_number == signal.number
    assert (other.phase, other.since) == ("Zorg", care.opened_at.date())
    assert (other.case_number, other.status, other.ended, other.processes) == ("", None, None, ())
    assert care.number not in repr(seen)


def test_how_far_a_case_of_others_is_cannot_be_told_from_the_road(chain: Chain) -> None:
    signal, care = _care(chain)
    before = _road(chain, chain.anna, signal)

    chain.confirm(chain.zoe, care, "Intake")

    assert _road(chain, chain.anna, signal) == before


def test_who_comes_back_begins_a_part_again(chain: Chain) -> None:
    _, care = _care(chain)
    for task in ("Intake", "Contact"):
        chain.clock.advance(days=1)
        chain.confirm(chain.zoe, care, task)
    chain.clock.advance(days=1)
    chain.receive("Zorg.Nodig", care.number)

    road = _road(chain, chain.zoe, care)

    assert [part.phase for part in road.trunk] == ["Melding", "Zorg", "Nazorg", "Zorg"]
    assert [part.is_here for part in road.trunk] == [False, False, False, True]


def test_what_goes_on_in_two_cases_is_told_beside_each_other(chain: Chain) -> None:
    signal, _ = _care(chain)
    chain.receive("Regie.Nodig", signal.number)

    road = _road(chain, chain.anna, signal)

    assert [part.phase for part in road.trunk] == ["Melding"]
    assert [[part.phase for part in branch] for branch in road.branches] == [["Regie"], ["Zorg"]]


def test_who_may_open_a_case_of_the_road_gets_its_number_and_the_look_is_recorded(
    chain: Chain,
) -> None:
    signal, care = _care(chain)
    both = replace(chain.zoe, grants=chain.zoe.grants | {Grant("aandachtsfunctionaris", "venlo")})

    road = _road(chain, both, care)

    assert [part.case_number for part in road.trunk] == [signal.number, care.number]
    assert chain.acts(signal.number)[-1] == "view_road"


def test_the_page_of_a_meeting_names_what_it_discusses(chain: Chain) -> None:
    signal = chain.signal()
    meeting = chain.receive("Overleg.Nodig", "noord", huis="noord", zaak=signal.number)
    chain.confirm(chain.vera, signal, "Beslissen")

    seen = chain.do(chain.vera, views.view_case, meeting.number)

    assert (seen.municipality, seen.house) == ("", "ZVH Noord")
    assert [part.phase for part in seen.road.trunk] == ["Overleg"]
    assert [item.number for item in seen.items] == [signal.number]


def test_every_instance_of_a_case_has_its_diagram(chain: Chain) -> None:
    _, care = _care(chain)
    chain.clock.advance(days=1)
    chain.confirm(chain.zoe, care, "Intake")

    first = chain.do(chain.zoe, views.view_diagram, care.number)
    other = next(one for one in first.choices if not one.is_shown)
    second = chain.do(chain.zoe, views.view_diagram, care.number, instance_id=other.instance_id)

    assert first.process_id == "nazorg", "what still runs is shown first"
    assert [step.element_id for step in first.active] == ["contact"]
    assert [one.process_id for one in first.choices] == ["zorg", "nazorg"]
    assert second.process_id == "zorg"
    assert b'id="intake"' in second.bpmn


def test_an_instance_of_another_case_has_no_diagram_here(chain: Chain) -> None:
    signal, care = _care(chain)
    elsewhere = chain.do(chain.anna, views.view_diagram, signal.number).instance_id

    with pytest.raises(NotFoundError, match="not_found"):
        chain.do(chain.zoe, views.view_diagram, care.number, instance_id=elsewhere)
    with pytest.raises(NotFoundError, match="not_found"):
        chain.do(chain.zoe, views.view_diagram, care.number, process_id="melding")


def _road(chain: Chain, person: Person, case: CaseFile) -> Road:
    return chain.do(person, views.view_case, case.number).road


def _care(chain: Chain) -> tuple[CaseFile, CaseFile]:
    """A signal, and the case in care that it led to."""
    signal = chain.signal()
    chain.confirm(chain.anna, signal, "Doorsturen")
    return signal, chain.begun_from(signal)
