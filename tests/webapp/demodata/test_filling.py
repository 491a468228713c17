"""A demo is filled by playing the real processes until now."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from bench.servers import free_port
from engine.model import SYSTEM
from engine.storage.tables import history_event, process_instance, user_task
from tests.builders import MASTER_KEY
from tests.webapp.demodata.conftest import CASES, NOW, Demo
from webapp.casework import audit, regions, rosters
from webapp.casework.roles import Level
from webapp.casework.tables import case_file, notice
from webapp.cli import main
from webapp.config import Config
from webapp.demodata import filling
from webapp.demodata.copies import copied

STAGES = {
    "Signaal behandelen",
    "Screeningsoverleg",
    "Procesregie",
    "Zorgcoördinatie",
    "Nazorg",
    "Spoed-opvang",
}


def test_every_case_is_reported_and_nothing_is_refused(demo: Demo) -> None:
    assert demo.filled.counts.reported == CASES
    assert not demo.filled.counts.refused


def test_a_few_cases_show_every_stage_running_and_closed(demo: Demo) -> None:
    names = {name for name, _, _ in demo.filled.processes}

    assert names >= STAGES
    assert any(ended for name, _, ended in demo.filled.processes if name == "Signaal behandelen")
    assert any(running for name, running, _ in demo.filled.processes if name == "Zorgcoördinatie")


def test_nothing_has_happened_in_the_future(demo: Demo) -> None:
    moments = (
        history_event.c.at,
        process_instance.c.started_at,
        user_task.c.opened_at,
        user_task.c.completed_at,
        case_file.c.opened_at,
        notice.c.at,
    )

    with demo.database.unit_of_work(SYSTEM, read_only=True) as uow:
        latest = {
            str(column): uow.connection.execute(select(func.max(column))).scalar_one()
            for column in moments
        }

    assert all(latest.values())
    assert {name: at for name, at in latest.items() if at > NOW} == {}
    assert max(latest.values()) > NOW - timedelta(days=2)


def test_somebody_is_on_call_now_and_in_the_weeks_to_come(demo: Demo) -> None:
    with demo.database.unit_of_work(SYSTEM, read_only=True) as uow:
        for house in regions.scope_names(uow, Level.HOUSE):
            for weeks in range(9):
                assert rosters.on_duty(uow, house, NOW + timedelta(weeks=weeks)), (house, weeks)


def test_what_was_played_is_audited_in_unbroken_chains(demo: Demo) -> None:
    with demo.database.unit_of_work(SYSTEM, read_only=True) as uow:
        breaches = {chain: audit.verify(uow, chain) for chain in audit.chains(uow)}

    assert len(breaches) > CASES
    assert {chain: found for chain, found in breaches.items() if found} == {}


def test_it_is_told_how_far_it_is(demo: Demo) -> None:
    assert demo.told >= 5


def test_a_second_time_nothing_is_added(demo: Demo, tmp_path: Path) -> None:
    assert filling.is_filled(demo.database)

    result = CliRunner().invoke(main, ["demo-data"], env=_environment(demo.folder))

    assert result.exit_code == 0, result.output
    assert "nothing was added" in result.output


def test_the_command_fills_an_empty_installation(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["demo-data", "--cases", "1"], env=_environment(tmp_path))

    assert result.exit_code == 0, result.output
    assert "Playing 1 cases until now" in result.output
    assert "refused" not in result.output


def test_what_is_broken_off_leaves_nothing(tmp_path: Path) -> None:
    first = tmp_path / "uitweg.db"
    config = Config(f"sqlite:///{first}", tmp_path, MASTER_KEY, secret_key="proef")
    _write(first, "before")

    with pytest.raises(KeyboardInterrupt):
        _break_off(config)

    assert _tables(first) == {"before"}
    assert [path.name for path in tmp_path.iterdir()] == ["uitweg.db"]


def _break_off(config: Config) -> None:
    with copied(config) as copy:
        _write(Path(copy.database_url.removeprefix("sqlite:///")), "half")
        raise KeyboardInterrupt


def _environment(folder: Path) -> dict[str, str]:
    return {
        "UITWEG_DATA": str(folder),
        "UITWEG_MASTER_KEY": MASTER_KEY.hex(),
        "DATABASE_URL": "",
        "UITWEG_PORT": str(free_port()),
    }


def _write(path: Path, table: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"CREATE TABLE {table} (id)")


def _tables(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
