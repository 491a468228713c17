"""A case is over when all of its instances ended and nothing that it sent is under way."""

from engine import queries
from tests.webapp.chain import Chain
from webapp.casework import work
from webapp.casework.tables import Stage


def test_a_case_stays_open_while_its_message_is_under_way(chain: Chain) -> None:
    signal = chain.signal()
    (task,) = chain.tasks(signal)
    chain.do(chain.anna, work.claim_task, task.id, revision=task.revision)
    (task,) = chain.tasks(signal)

    chain.complete(chain.anna, task)

    assert not chain.read(lambda uow: queries.is_running(uow, signal.number))
    assert chain.case(signal.number).is_open


def test_the_sender_is_closed_when_its_last_message_arrived(chain: Chain) -> None:
    signal = chain.signal()
    chain.confirm(chain.anna, signal, "Doorsturen")

    closed = chain.case(signal.number)

    assert (closed.is_open, closed.stage, closed.closed_at) == (
        False,
        Stage.CLOSED,
        chain.clock.now(),
    )
    assert chain.case(chain.begun_from(signal).number).is_open


def test_a_case_in_which_another_instance_runs_stays_open(chain: Chain) -> None:
    care = chain.receive("Zorg.Nodig", gemeente="venlo")
    chain.receive("Nazorg.Nodig", care.number)

    chain.confirm(chain.zoe, care, "Contact")

    assert chain.case(care.number).is_open


def test_a_case_that_was_only_called_follows_what_is_left_in_it(chain: Chain) -> None:
    signal = chain.signal()
    meeting = chain.receive("Overleg.Nodig", "noord", huis="noord", zaak=signal.number)
    chain.confirm(chain.anna, signal, "Doorsturen")
    assert chain.case(signal.number).is_open

    chain.confirm(chain.vera, signal, "Beslissen")

    assert not chain.case(signal.number).is_open
    assert chain.case(meeting.number).is_open
    chain.confirm(chain.vera, meeting, "Verslag")
    assert not chain.case(meeting.number).is_open
