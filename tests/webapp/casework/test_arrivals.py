"""What begins goes on in the case of its regime, or opens one that takes over what it may."""

import pytest

from engine import incidents, instances, queries, tasks
from engine.errors import InvalidInputError, NotFoundError
from webapp.casework import audit, cases, finding
from webapp.casework.roles import Regime
from webapp.casework.tables import Stage


def test_a_message_from_outside_begins_a_case_where_it_says(chain) -> None:
    case = chain.receive("Melding.Binnen", gemeente="roermond")

    assert (case.municipality, case.house, case.region) == ("roermond", "midden", "limburg")
    assert (case.regime, case.reporter, case.stage) == (Regime.SIGNAL, "", Stage.RECEIVED)
    assert case.number.startswith("S-")
    (task,) = chain.tasks(case)
    assert task.candidate == "aandachtsfunctionaris@roermond"
    assert chain.acts(case.number) == ["begin_case", "receive_message"]


def test_what_begins_knows_its_case_and_where_it_lies(chain) -> None:
    case = chain.signal()

    known = _variables(chain, case)

    assert known["zaaknummer"] == case.number
    assert (known["gemeente"], known["huis"], known["regio"]) == ("venlo", "noord", "limburg")
    assert known["herkomst"] is None


def test_a_message_that_says_no_place_begins_nothing(chain) -> None:
    with pytest.raises(InvalidInputError):
        chain.receive("Melding.Binnen")


@pytest.mark.parametrize("place", [{"gemeente": "atlantis"}, {"huis": "atlantis"}])
def test_a_place_that_nobody_knows_begins_nothing(chain, place) -> None:
    with pytest.raises(NotFoundError):
        chain.receive("Melding.Binnen", **place)


def test_another_regime_gets_a_case_of_its_own_on_the_same_road(chain) -> None:
    signal = chain.signal()
    chain.confirm(chain.anna, signal, "Doorsturen")

    care = chain.begun_from(signal)

    assert (care.regime, care.number[:2], care.path) == (Regime.CARE, "Z-", signal.path)
    assert (care.municipality, care.house, care.region) == ("venlo", "noord", "limburg")
    assert care.key_id != signal.key_id
    assert _variables(chain, care)["herkomst"] == signal.number


def test_only_what_the_manifest_takes_is_handed_over(chain) -> None:
    signal = chain.signal()
    chain.confirm(chain.anna, signal, "Doorsturen")

    care = chain.begun_from(signal)

    assert chain.content(care.number) == {
        "person_identity": {"name": "Ana Pérez", "birth_year": "2003"},
        "care_intake": {"question": "Zij is bang."},
    }


def test_what_is_handed_over_stays_readable_without_the_key_it_came_under(chain) -> None:
    signal = chain.signal()
    chain.confirm(chain.anna, signal, "Doorsturen")
    care = chain.begun_from(signal)

    with chain.database.unit_of_work(chain.zoe.actor) as uow:
        uow.keyring.destroy(uow, signal.key_id)

    assert chain.content(care.number)["person_identity"]["name"] == "Ana Pérez"


def test_a_person_who_was_handed_over_is_found_as_a_double_in_the_new_regime(chain) -> None:
    first, second = chain.signal(), chain.signal()
    for signal in (first, second):
        chain.confirm(chain.anna, signal, "Doorsturen")

    care = chain.begun_from(second)
    (double,) = chain.read(lambda uow: finding.similar(uow, care))

    assert double.case.number == chain.begun_from(first).number


def test_a_hand_over_stands_in_both_chains_with_its_ground_and_without_content(chain) -> None:
    signal = chain.signal()
    chain.confirm(chain.anna, signal, "Doorsturen")
    care = chain.begun_from(signal)

    (given,) = _records(chain, signal, "hand_over")
    (taken,) = _records(chain, care, "take_over")

    assert given.reason == taken.reason == "toestemming"
    assert "person_identity" in given.object
    assert "person_identity" in taken.object
    for case in (signal, care):
        written = str(chain.read(lambda uow, case=case: audit.read(uow, case.number)))
        assert "Ana" not in written
        assert "bang" not in written
        assert not chain.read(lambda uow, case=case: audit.verify(uow, case.number))


def test_nothing_is_handed_over_without_a_ground(chain) -> None:
    signal = chain.receive("Melding.Binnen", gemeente="venlo", grond=None)
    chain.confirm(chain.anna, signal, "Doorsturen")
    for _ in range(10):
        chain.clock.advance(hours=2)
        chain.worker.run_due()

    (stuck,) = chain.read(lambda uow: incidents.of_case(uow, signal.number))

    assert stuck.code == "ground_missing"
    assert len(chain.read(lambda uow: cases.of_path(uow, signal.path))) == 1


def test_the_same_regime_goes_on_in_the_same_case(chain) -> None:
    signal = chain.signal()
    chain.confirm(chain.anna, signal, "Doorsturen")
    care = chain.begun_from(signal)
    chain.confirm(chain.zoe, care, "Intake")

    assert [task.name for task in chain.tasks(care)] == ["Contact"]
    assert len(chain.read(lambda uow: cases.of_path(uow, signal.path))) == 2
    assert chain.case(care.number).is_open


def test_what_comes_from_the_signal_later_joins_the_case_that_the_road_has_by_then(chain) -> None:
    signal = chain.signal()
    chain.confirm(chain.anna, signal, "Doorsturen")
    care = chain.begun_from(signal)

    chain.confirm(chain.zoe, care, "Intake")
    joined = chain.receive("Zorg.Nodig", signal.number, grondslag="toestemming")

    assert joined.number == care.number
    assert {task.name for task in chain.tasks(care)} == {"Contact", "Intake"}
    assert len(chain.read(lambda uow: cases.of_path(uow, signal.path))) == 2


@pytest.mark.parametrize("sender", ["signal", "care"])
def test_what_runs_in_a_case_is_not_begun_there_again(chain, sender) -> None:
    signal = chain.signal()
    chain.confirm(chain.anna, signal, "Doorsturen")
    care = chain.begun_from(signal)
    number = {"signal": signal, "care": care}[sender].number

    joined = chain.receive("Zorg.Nodig", number, grondslag="toestemming")

    assert joined.number == care.number
    assert [task.name for task in chain.tasks(care)] == ["Intake"]
    assert chain.acts(care.number).count("receive_message") == 1


def test_what_is_known_by_then_is_not_written_over(chain) -> None:
    signal = chain.signal()
    chain.confirm(chain.anna, signal, "Doorsturen")
    care = chain.begun_from(signal)
    _write(chain, care, {"person_identity": {"name": "Ana Maria Pérez"}})
    _write(chain, signal, {"person_identity": {"name": "A. P.", "language": "Spaans"}})

    chain.receive("Zorg.Nodig", signal.number, grondslag="gevaar")

    assert chain.content(care.number)["person_identity"] == {
        "name": "Ana Maria Pérez",
        "birth_year": "2003",
        "language": "Spaans",
    }
    assert [each.reason for each in _records(chain, care, "take_over")] == ["toestemming", "gevaar"]


def test_a_case_that_was_closed_is_taken_up_again(chain) -> None:
    care = chain.receive("Zorg.Nodig", gemeente="venlo")
    chain.confirm(chain.zoe, care, "Intake")
    chain.confirm(chain.zoe, care, "Contact")
    assert not chain.case(care.number).is_open

    again = chain.receive("Zorg.Nodig", care.number)

    assert (again.number, again.is_open, again.closed_at) == (care.number, True, None)
    assert [task.name for task in chain.tasks(care)] == ["Intake"]
    assert "reopen_case" in chain.acts(care.number)


def test_a_meeting_lies_in_a_house_and_has_a_number_of_its_own_kind(chain) -> None:
    signal = chain.signal()

    meeting = chain.receive("Overleg.Nodig", "noord", huis="noord", zaak=signal.number)

    assert (meeting.number[:2], meeting.municipality, meeting.house) == ("O-", "", "noord")
    assert meeting.path != signal.path
    assert _variables(chain, signal, "punt")["zaaknummer"] == signal.number
    assert _variables(chain, signal, "punt")["herkomst"] == meeting.number


def test_what_is_called_runs_in_the_case_it_is_about(chain) -> None:
    signal = chain.signal()
    meeting = chain.receive("Overleg.Nodig", "noord", huis="noord", zaak=signal.number)

    assert {task.name for task in chain.tasks(signal)} == {"Doorsturen", "Beslissen"}
    chain.confirm(chain.vera, signal, "Beslissen")

    (report,) = chain.tasks(meeting)
    assert (report.name, report.candidate) == ("Verslag", "voorzitter_screeningsoverleg@noord")
    assert "begin_call" in chain.acts(signal.number)
    assert "finish_call" in chain.acts(meeting.number)


def test_a_call_in_a_case_that_is_not_there_stops_for_a_person(chain) -> None:
    meeting = chain.receive("Overleg.Nodig", "noord", huis="noord", zaak="S-222222")
    for _ in range(10):
        chain.clock.advance(hours=2)
        chain.worker.run_due()

    (stuck,) = chain.read(lambda uow: incidents.of_case(uow, meeting.number))

    assert stuck.code == "not_found"


def _variables(chain, case, process_id=None):
    """What an instance of the case knows, read where its first task waits."""

    def read(uow):
        runs = queries.runs(uow, [case.number])
        run = next(each for each in runs if process_id in (None, each.process_id))
        (task,) = queries.open_tasks_of(uow, [run.id])
        assert instances.get(uow, run.id).key_id == case.key_id
        return tasks.variables(uow, task)

    return chain.read(read)


def _write(chain, case, values):
    with chain.database.unit_of_work(chain.zoe.actor) as uow:
        cases.record(uow, case, values)


def _records(chain, case, act):
    written = chain.read(lambda uow: audit.read(uow, case.number))
    return [record for record in written if record.action == act]
