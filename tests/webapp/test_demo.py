"""The demo: invented people in a real region, made once."""

import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bench.servers import free_port
from engine.errors import NotAllowedError
from engine.storage.database import Database
from engine.timers import general_holidays
from tests.builders import MONDAY, ManualClock
from webapp import demo
from webapp.casework import accounts, places, regions, rosters
from webapp.casework.roles import ROLES, Level


def test_every_role_has_somebody() -> None:
    assert {someone.role for someone in demo.PEOPLE} == set(ROLES)


def test_two_municipalities_can_be_compared() -> None:
    for role in ("signaleerder", "aandachtsfunctionaris", "casusregisseur"):
        assert _scopes(role) == {"venlo", "roermond"}


def test_both_houses_can_hold_their_meeting(database: Database) -> None:
    with database.unit_of_work(demo.DEMO) as uow:
        demo.make_region(uow)
        houses = set(regions.scope_names(uow, Level.HOUSE))
        partners = {each.key for house in houses for each in regions.partners(uow, house)}

    assert len(partners) == 6
    assert _scopes("partner_screeningsoverleg") == partners
    for role in ("voorzitter_screeningsoverleg", "procesregisseur", "manager_zvh", "piket"):
        assert _scopes(role) == houses, role


def test_nobody_shares_a_user_name() -> None:
    assert len({someone.login_name for someone in demo.PEOPLE}) == len(demo.PEOPLE)


def test_the_region_has_two_houses_and_fifteen_municipalities(database: Database) -> None:
    with database.unit_of_work(demo.DEMO) as uow:
        demo.make_region(uow)
        demo.make_region(uow)

        found = regions.municipalities(uow)

    assert len(found) == 15
    assert {each.house for each in found} == {"zvh_noord_limburg", "zvh_midden_limburg"}


def test_town_halls_are_closed_on_the_monday_and_tuesday_of_carnival() -> None:
    region = places.read(demo.REGION_FILE.read_bytes(), file="demo")

    days = region.closing_days["Carnaval"]

    for monday, tuesday in zip(days[::2], days[1::2], strict=True):
        easter_monday, whit_monday = monday + timedelta(days=49), monday + timedelta(days=98)
        assert {easter_monday, whit_monday} <= general_holidays(monday.year)
        assert tuesday == monday + timedelta(days=1)


def test_people_are_made_once_and_keep_their_passwords(database: Database, tmp_path: Path) -> None:
    with database.unit_of_work(demo.DEMO) as uow:
        demo.make_region(uow)

    first = demo.make_people(database, tmp_path)
    second = demo.make_people(database, tmp_path)

    assert first == second
    assert accounts.log_in(database, "miriam", first["miriam"])
    assert (tmp_path / demo.PEOPLE_FILE).stat().st_mode & 0o777 == 0o600


def test_at_every_hour_somebody_is_on_call_at_both_houses(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    clock.set(datetime(2026, 3, 1, 23, 30, tzinfo=UTC))  # Monday already, by the clock of the house
    _made(database, tmp_path)

    demo.make_roster(database)

    for house in _scopes("piket"):
        with database.unit_of_work(demo.DEMO) as uow:
            names = {rosters.on_duty(uow, house, at) for at in _hours(uow.now, weeks=10)}
        assert len(names) == 2, house
        assert None not in names


def test_the_roster_goes_on_from_its_end_and_keeps_what_was_changed(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    _made(database, tmp_path)
    demo.make_roster(database)
    house = "zvh_noord_limburg"
    with database.unit_of_work(demo.DEMO) as uow:
        manager = accounts.get(uow, accounts.find(uow, "astrid"))
        taken = rosters.of_place(uow, house, uow.now, uow.now + timedelta(weeks=5))[3]
        rosters.remove(uow, manager, taken.id)

    demo.make_roster(database)
    clock.advance(weeks=4)
    demo.make_roster(database)
    demo.make_roster(database)

    with database.unit_of_work(demo.DEMO) as uow:
        planned = rosters.of_place(uow, house, MONDAY, uow.now + timedelta(weeks=30))
        gaps = rosters.gaps(planned, MONDAY, planned[-1].ends)
        assert [(gap.starts, gap.ends) for gap in gaps] == [(taken.starts, taken.ends)]
        assert planned[-1].ends > uow.now + timedelta(weeks=9)


def test_a_roster_that_ended_begins_again_at_once(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    _made(database, tmp_path)
    demo.make_roster(database)
    clock.advance(weeks=40)

    demo.make_roster(database)

    with database.unit_of_work(demo.DEMO) as uow:
        assert rosters.on_duty(uow, "zvh_midden_limburg", uow.now)


def test_a_real_installation_is_left_alone(database: Database, tmp_path: Path) -> None:
    with database.unit_of_work(demo.DEMO) as uow:
        accounts.create(uow, "jan", "Jan Proef", "no hash")

    with pytest.raises(NotAllowedError, match="not_a_demo"):
        demo.make_people(database, tmp_path)


def test_a_second_start_keeps_everything_and_ends_cleanly(tmp_path: Path) -> None:
    with _running(tmp_path) as first:
        pass
    with _running(tmp_path) as second:
        pass

    assert [line for line in first if "miriam" in line] == [
        line for line in second if "miriam" in line
    ]


def _made(database: Database, data_dir: Path) -> None:
    with database.unit_of_work(demo.DEMO) as uow:
        demo.make_region(uow)
    demo.make_people(database, data_dir)


def _hours(begin: datetime, *, weeks: int) -> list[datetime]:
    return [begin + timedelta(hours=number) for number in range(weeks * 7 * 24)]


def _scopes(role: str) -> set[str]:
    return {someone.scope for someone in demo.PEOPLE if someone.role == role}


@contextmanager
def _running(data: Path) -> Iterator[list[str]]:
    """What `uitweg demo` prints until it answers; it is asked to stop afterwards."""
    port = free_port()
    environment = {**os.environ, "UITWEG_DATA": str(data), "UITWEG_PORT": str(port)}
    environment.pop("DATABASE_URL", None)
    command = [str(Path(sys.executable).parent / "uitweg"), "demo"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if "Uitweg runs on" in line:
            break
    try:
        page = urllib.request.urlopen(f"http://127.0.0.1:{port}/inloggen", timeout=20)
        assert page.status == 200
        yield lines
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
        process.stdout.close()
