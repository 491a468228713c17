"""`kill -9` of the real server, at any moment: nothing that was acknowledged is lost or doubled."""

import random
import time
from contextlib import closing

import pytest

from tests.faults import checker, clients
from tests.faults.clients import Client
from tests.installations import Installation
from tests.servers import Server

SEEDS = range(30)
RESTS_WITHIN_SECONDS = 30


@pytest.mark.parametrize("seed", SEEDS)
def test_a_killed_server_loses_nothing_and_does_nothing_twice(
    installation: Installation, seed: int
) -> None:
    chance = random.Random(seed)
    clients.make_people(installation)
    with closing(Server(installation)) as server:
        client = Client(server, chance)

        server.start(dies=_somewhere(seed, chance.randint(1, 60), chance))
        client.work(60)
        _assert_whole(server, client)

        server.start()
        client.send_again()
        clients.kill_within(server, chance.uniform(0, 0.5), lambda: client.work(60))
        _assert_whole(server, client)

        due = _due_timers(installation)
        installation.clock.advance(days=3)
        server.start(dies=_somewhere(seed + 1, chance.randint(1, 12), chance))
        _rest(server)
        _assert_whole(server, client)

        installation.clock.advance(minutes=2)  # so that the leases of the dead worker have ended
        server.start()
        _rest(server)
        _assert_whole(server, client)
        _assert_each_fired_once(installation, due)


def _somewhere(seed: int, number: int, chance: random.Random) -> str:
    """Before, during or after the commit of that number since the start."""
    microseconds = chance.randint(0, 1500)
    places = (
        f"before_commit:{number}",
        f"during_commit:{number}:{microseconds}",
        f"after_commit:{number}",
    )
    return places[seed % 3]


def _rest(server: Server) -> None:
    """Let the server do all that is due, unless it dies of it."""
    until = time.monotonic() + RESTS_WITHIN_SECONDS
    with server.installation.opened() as database:
        while server.is_up and not checker.is_at_rest(database):
            assert time.monotonic() < until, "the worker does not get to its work"
            time.sleep(0.01)


def _assert_whole(server: Server, client: Client) -> None:
    """Kill the server if it still lives, and compare what it left with what it answered."""
    server.kill()
    assert server.was_killed
    with server.installation.opened() as database:
        checker.wait_until_alone(database)
        assert checker.breaches(database, client.log) == []


def _due_timers(installation: Installation) -> checker.Timers:
    with installation.opened() as database:
        return checker.timers(database)


def _assert_each_fired_once(installation: Installation, timers: checker.Timers) -> None:
    with installation.opened() as database:
        fired = checker.firings(database)
    for timer, due_at in timers.items():
        moments = fired.get(timer, [])
        assert len(moments) == (due_at <= installation.clock.now()), timer
        assert all(moment >= due_at for moment in moments), timer
