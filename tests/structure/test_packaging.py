"""What a fresh clone sets itself up from works on every machine."""

import json
import re
import tomllib
from importlib.metadata import packages_distributions

from tests.structure.sources import ROOT, modules

LOCKS = ("requirements.lock", "requirements-test.lock", "package-lock.json")
PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)

# SQLAlchemy loads it, by the address of the database.
NOT_IMPORTED = {"psycopg"}


def test_no_lock_names_a_registry_or_a_machine() -> None:
    marks = re.compile(r"--index-url|--find-links|--extra-index|file:|\"resolved\"| @ http|/home/")

    assert not [name for name in LOCKS if marks.search((ROOT / name).read_text())]


def test_every_package_in_a_lock_has_hashes() -> None:
    for name in ("requirements.lock", "requirements-test.lock"):
        blocks = re.split(r"\n(?=\S)", (ROOT / name).read_text().strip())

        assert not [block.split()[0] for block in blocks if "--hash=sha256:" not in block]


def test_the_locks_hold_the_versions_that_are_asked_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    run, test = (_pins(name) for name in ("requirements.lock", "requirements-test.lock"))

    assert _asked(project["dependencies"] + extras["build"]) <= set(run.items())
    assert _asked(extras["test"]) <= set(test.items())
    assert run.items() <= test.items()


def test_every_package_that_running_asks_for_is_imported() -> None:
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    imported = {name.split(".")[0] for module in modules() for name in module.imports()}
    packages = packages_distributions()

    used = {_name(one) for name in imported for one in packages.get(name, ())}

    assert {_name(one) for one in asked} - used == NOT_IMPORTED


def test_the_front_end_lock_holds_the_versions_that_are_asked_for() -> None:
    asked = json.loads((ROOT / "package.json").read_text())
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]

    for name, version in {**asked["dependencies"], **asked["devDependencies"]}.items():
        assert locked[f"node_modules/{name}"]["version"] == version


def _pins(lock: str) -> dict[str, str]:
    found = PIN.findall((ROOT / lock).read_text())
    return {_name(name): version for name, version in found}


def _asked(requirements: list[str]) -> set[tuple[str, str]]:
    pinned = (one.split("==") for one in requirements if "==" in one)
    return {(_name(name), version) for name, version in pinned}


def _name(requirement: str) -> str:
    """The name of a package as registries compare it, without extras and version."""
    return re.split(r"[\[<>=]", requirement)[0].lower().replace("_", "-")
