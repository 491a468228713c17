"""The command `uitweg`, as somebody types it."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from engine.storage.crypto import Keyring
from engine.storage.database import Database
from tests.builders import MASTER_KEY
from tests.structure.sources import ROOT
from webapp.casework import accounts
from webapp.cli import main

Uitweg = Callable[..., Result]

DIAGRAM = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
             xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
             id="proef_definities" targetNamespace="https://uitweg.example/proef">
  <process id="proef" name="Proef" isExecutable="true">
    <startEvent id="begin" name="Begonnen"/>
    <sequenceFlow id="naar_taak" sourceRef="begin" targetRef="taak"/>
    <userTask id="taak" name="Iets doen"/>
    <sequenceFlow id="naar_einde" sourceRef="taak" targetRef="einde"/>
    <endEvent id="einde" name="Klaar"/>
  </process>
</definitions>
"""
BROKEN = DIAGRAM.replace('targetRef="einde"', 'targetRef="nergens"')


@pytest.fixture
def uitweg(tmp_path: Path, sqlite_template: Path) -> Uitweg:
    """The command on an empty installation with tables."""
    data = tmp_path / "data"
    data.mkdir()
    shutil.copy(sqlite_template, data / "uitweg.db")
    environment = {
        "UITWEG_DATA": str(data),
        "UITWEG_MASTER_KEY": MASTER_KEY.hex(),
        "DATABASE_URL": "",
        "UITWEG_PORT": "",
    }

    def run(*arguments: str, **changes: str) -> Result:
        return CliRunner().invoke(main, list(arguments), env={**environment, **changes})

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of process folders: one that is right, and one that is broken."""
    for name, diagram in (("goed", DIAGRAM), ("stuk", BROKEN)):
        place = tmp_path / "eigen" / name
        place.mkdir(parents=True)
        text = diagram.replace('id="proef"', f'id="{name}"')
        (place / f"{name}.bpmn").write_text(text, encoding="utf-8")
    return tmp_path / "eigen"


def test_the_command_line_starts_without_what_it_may_not_need() -> None:
    heavy = ("sqlalchemy", "flask", "SpiffWorkflow", "lxml", "cryptography")
    program = f"import sys, webapp.cli; print([m for m in {heavy} if m in sys.modules])"

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True, cwd=ROOT
    )

    assert done.stdout.strip() == "[]"


def test_the_shipped_processes_have_no_finding(uitweg: Uitweg) -> None:
    result = uitweg("check", str(ROOT / "processes"), "--json")

    assert json.loads(result.stdout) == []
    assert result.exit_code == 0


def test_a_finding_names_file_element_rule_and_remedy(uitweg: Uitweg, folder: Path) -> None:
    result = uitweg("check", str(folder), "--json")

    assert result.exit_code == 1
    finding = json.loads(result.stdout)[0]
    assert finding["file"] == "stuk/stuk.bpmn"
    assert finding["element_id"] == "naar_einde"
    assert finding["severity"] == "error"
    assert finding.keys() == {
        "file", "element_id", "rule", "severity", "message", "remedy", "line",
    }  # fmt: skip


def test_checking_needs_no_settings_and_leaves_nothing_behind(
    uitweg: Uitweg, folder: Path, tmp_path: Path
) -> None:
    nowhere = str(tmp_path / "nowhere")

    result = uitweg("check", str(folder / "goed"), UITWEG_DATA=nowhere, UITWEG_PORT="wrong")

    assert result.exit_code == 0
    assert not Path(nowhere).exists()


def test_a_folder_without_processes_is_no_success(uitweg: Uitweg, tmp_path: Path) -> None:
    result = uitweg("check", str(tmp_path))

    assert result.exit_code == 1
    assert "no process folder" in result.stderr


def test_one_file_can_be_checked_by_itself(uitweg: Uitweg, folder: Path) -> None:
    result = uitweg("check", str(folder / "stuk" / "stuk.bpmn"))

    assert result.exit_code == 1
    assert "naar_einde" in result.stdout
    assert "Remedy: " in result.stdout


def test_a_simulation_shows_the_elements_in_order(uitweg: Uitweg, folder: Path) -> None:
    arguments = ["--process", "goed", "--variables", '{"bedrag": 1.10}', "--until", "P1D", "--json"]

    result = uitweg("simulate", str(folder / "goed"), *arguments)

    assert result.exit_code == 0
    trace = json.loads(result.stdout)
    assert trace["elements"] == ["begin", "taak", "einde"]
    assert trace["state"] == "completed"
    assert trace["variables"]["bedrag"] == 1.10
    assert trace["error"] is None


@pytest.mark.parametrize(
    "arguments",
    [
        ["--until", "soon"],
        ["--until", "P1D", "--variables", "{"],
        ["--until", "P1D", "--variables", "[]"],
        ["--until", "P1D", "--answers", '{"taak": 1}'],
    ],
)
def test_a_simulation_that_was_typed_wrong_says_how(
    uitweg: Uitweg, folder: Path, arguments: list[str]
) -> None:
    result = uitweg("simulate", str(folder / "goed"), "--process", "goed", *arguments)

    assert result.exit_code == 2
    assert arguments[-2] in result.stderr


def test_nothing_of_a_broken_folder_is_deployed(uitweg: Uitweg, folder: Path) -> None:
    result = uitweg("deploy", str(folder))

    assert result.exit_code == 1
    assert "goed: version 1, deployed" in result.stdout
    assert "stuk: refused" in result.stderr
    assert "naar_einde" in result.stderr
    assert uitweg("deploy", str(folder / "goed")).stdout == "goed: version 1, unchanged\n"


def test_a_made_password_is_printed_once_and_opens_the_account(
    uitweg: Uitweg, tmp_path: Path
) -> None:
    uitweg("region", str(ROOT / "webapp" / "demo-region.toml"))

    added = uitweg("user", "add", "Jan", "--name", "Jan Proef", "--role", "handhaver@venlo")

    password = added.stdout.split()[-1]
    database = Database(f"sqlite:///{tmp_path / 'data' / 'uitweg.db'}", Keyring(MASTER_KEY))
    assert accounts.log_in(database, "jan", password)
    database.close()
    assert uitweg("user", "list").stdout == "jan  Jan Proef  handhaver@venlo\n"


def test_roles_are_given_and_withdrawn(uitweg: Uitweg) -> None:
    uitweg("region", str(ROOT / "webapp" / "demo-region.toml"))
    uitweg("user", "add", "jan", "--name", "Jan Proef")

    uitweg("user", "grant", "jan", "teammanager@venlo")
    given = uitweg("user", "list").stdout
    uitweg("user", "withdraw", "jan", "teammanager@venlo")

    assert "teammanager@venlo" in given
    assert "teammanager@venlo" not in uitweg("user", "list").stdout


def test_a_role_is_given_for_one_partner_of_a_house(uitweg: Uitweg) -> None:
    uitweg("region", str(ROOT / "webapp" / "demo-region.toml"))
    uitweg("user", "add", "jan", "--name", "Jan Proef")
    role = "partner_screeningsoverleg@zvh_noord_limburg_politie"

    given = uitweg("user", "grant", "jan", role)
    house = uitweg("user", "grant", "jan", "partner_screeningsoverleg@zvh_noord_limburg")

    assert given.exit_code == 0
    assert uitweg("user", "list").stdout == f"jan  Jan Proef  {role}\n"
    assert house.exit_code == 1
    assert "zvh_midden_limburg_politie" in house.stderr


def test_a_disabled_account_shows_as_such(uitweg: Uitweg) -> None:
    uitweg("user", "add", "jan", "--name", "Jan Proef")

    uitweg("user", "disable", "jan")

    assert "disabled" in uitweg("user", "list").stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("user", "grant", "nobody", "handhaver@venlo"),
        ("user", "add", "jan", "--name", "Jan Proef", "--role", "koning@venlo"),
        ("region", str(ROOT / "Makefile")),
    ],
)
def test_a_refusal_has_a_remedy_and_no_traceback(
    uitweg: Uitweg, arguments: tuple[str, ...]
) -> None:
    result = uitweg(*arguments)

    assert result.exit_code == 1
    assert "Remedy: " in result.stderr
    assert isinstance(result.exception, SystemExit)


@pytest.mark.parametrize("command", ["migrate", "run"])
def test_a_database_that_cannot_be_reached_is_said_plainly(uitweg: Uitweg, command: str) -> None:
    away = "postgresql://nobody:secret@127.0.0.1:1/nothing"

    result = uitweg(command, DATABASE_URL=away, UITWEG_PORT="1" if command != "run" else "65431")

    assert result.exit_code == 1
    assert "uitweg migrate" in result.stderr or "DATABASE_URL" in result.stderr
    assert "secret" not in result.output


def test_a_database_without_tables_says_what_to_do_first(uitweg: Uitweg, tmp_path: Path) -> None:
    result = uitweg("run", DATABASE_URL=f"sqlite:///{tmp_path / 'empty.db'}", UITWEG_PORT="65432")

    assert result.exit_code == 1
    assert "uitweg migrate" in result.stderr


def test_an_untouched_record_verifies(uitweg: Uitweg) -> None:
    uitweg("user", "add", "jan", "--name", "Jan Proef")

    result = uitweg("audit", "verify")

    assert result.stdout == "1 chains, 0 breaches\n"
    assert result.exit_code == 0
