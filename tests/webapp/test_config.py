"""The settings: what an empty environment gives, and what cannot be read."""

from pathlib import Path

import pytest

from engine.errors import InvalidInputError, Problem
from engine.model import SYSTEM
from webapp.config import Config

KEY = "0123456789abcdef" * 4


def test_nothing_is_needed_to_begin(tmp_path: Path) -> None:
    config = Config.from_environment({"UITWEG_DATA": str(tmp_path / "var")})

    assert config.database_url == f"sqlite:///{tmp_path / 'var' / 'uitweg.db'}"
    assert (config.host, config.port, config.is_https) == ("127.0.0.1", 8000, False)
    assert "localhost" in config.trusted_hosts


def test_the_master_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    first = Config.from_environment({"UITWEG_DATA": str(tmp_path)})
    second = Config.from_environment({"UITWEG_DATA": str(tmp_path)})

    assert first.master_key == second.master_key
    assert (tmp_path / "master.key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["master.key"]


def test_a_master_key_that_is_given_leaves_no_file(tmp_path: Path) -> None:
    config = Config.from_environment({"UITWEG_DATA": str(tmp_path), "UITWEG_MASTER_KEY": KEY})

    assert config.master_key == bytes.fromhex(KEY)
    assert list(tmp_path.iterdir()) == []


def test_the_secret_key_follows_from_the_master_key_and_is_another(tmp_path: Path) -> None:
    one, other = (
        Config.from_environment({"UITWEG_DATA": str(tmp_path), "UITWEG_MASTER_KEY": key})
        for key in (KEY, KEY[::-1])
    )

    assert one.secret_key != other.secret_key
    assert one.secret_key not in KEY


def test_no_secret_shows_when_the_settings_are_printed(tmp_path: Path) -> None:
    config = Config.from_environment({"UITWEG_DATA": str(tmp_path), "UITWEG_MASTER_KEY": KEY})

    assert KEY not in repr(config)
    assert config.secret_key not in repr(config)
    assert repr(config.master_key) not in repr(config)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("UITWEG_PORT", "tachtig"),
        ("UITWEG_PORT", "0"),
        ("UITWEG_PORT", "65536"),
        ("UITWEG_THREADS", "-1"),
        ("UITWEG_HTTPS", "misschien"),
        ("UITWEG_MASTER_KEY", "kort"),
    ],
)
def test_a_setting_that_cannot_be_read_is_refused_by_name(
    tmp_path: Path, name: str, text: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        Config.from_environment({"UITWEG_DATA": str(tmp_path), name: text})

    (problem,) = refused.value.problems
    assert isinstance(problem, Problem)
    assert problem.element_id == name
    assert problem.remedy


def test_hosts_are_given_with_commas(tmp_path: Path) -> None:
    hosts = {"UITWEG_TRUSTED_HOSTS": "uitweg.example, intern.example,"}

    config = Config.from_environment({"UITWEG_DATA": str(tmp_path), **hosts})

    assert config.trusted_hosts == ("uitweg.example", "intern.example")


def test_opening_the_database_makes_its_folder_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "nieuw"
    config = Config.from_environment({"UITWEG_DATA": str(folder), "UITWEG_MASTER_KEY": KEY})

    with config.open_database().unit_of_work(SYSTEM) as uow:
        assert uow.connection.exec_driver_sql("SELECT 1").scalar_one() == 1

    assert folder.stat().st_mode & 0o777 == 0o700
