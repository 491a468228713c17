"""`kill -9` of `uitweg run` as an operator starts it, on the clock of the machine."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from tests.builders import MASTER_KEY
from tests.faults import clients
from tests.installations import Installation
from tests.servers import hold_a_port
from tests.visitors import Visitor
from webapp import demo
from webapp.casework import accounts
from webapp.config import Config

UITWEG = Path(sys.executable).parent / "uitweg"
ANSWERS_WITHIN_SECONDS = 60


@pytest.fixture
def environment(filled_sqlite: Installation, tmp_path: Path) -> Mapping[str, str]:
    """The settings of an installation with people and processes."""
    installation = filled_sqlite.copy_to(tmp_path)
    clients.make_people(installation)
    return {
        "UITWEG_DATA": str(tmp_path),
        "DATABASE_URL": installation.url,
        "UITWEG_MASTER_KEY": MASTER_KEY.hex(),
    }


def test_the_command_goes_on_after_a_kill_with_what_it_acknowledged(environment):
    with hold_a_port() as held:
        settings = {**environment, "UITWEG_PORT": str(held.getsockname()[1])}
        joris = Visitor(f"http://127.0.0.1:{settings['UITWEG_PORT']}", _session(settings))
        first = _started(settings, joris)
        location = joris.fill_in(clients.REPORT_FORM, clients.REPORT).location

        first.kill()
        first.wait()
        second = _started(settings, joris)
        receipt = joris.get(location)
        second.terminate()

    assert receipt.status == 200
    assert second.wait() == 0


def _session(environment: Mapping[str, str]) -> str:
    """A session on the clock of the machine."""
    database = Config.from_environment(environment).open_database()
    with database.unit_of_work(demo.DEMO) as uow:
        token = accounts.new_session(uow, accounts.find(uow, clients.REPORTER))
    database.close()
    return token


def _started(environment: Mapping[str, str], visitor: Visitor) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen(
        [UITWEG, "run"], env={**os.environ, **environment}, stdout=subprocess.DEVNULL
    )
    until = time.monotonic() + ANSWERS_WITHIN_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError):
            if visitor.get("/gezond").status == 200:
                return process
        time.sleep(0.05)
    process.kill()
    raise AssertionError("the command shows no page")
