"""What a fresh clone sets itself up from works on every machine."""

import json
import re
import tomllib

from tests.structure.sources import ROOT

LOCKS = ("requirements.lock", "requirements-test.lock", "package-lock.json")
PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)


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


def test_the_front_end_lock_holds_the_versions_that_are_asked_for() -> None:
    asked = json.loads((ROOT / "package.json").read_text())
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]

    for name, version in {**asked["dependencies"], **asked["devDependencies"]}.items():
        assert locked[f"node_modules/{name}"]["version"] == version


def _pins(lock: str) -> dict[str, str]:
    found = PIN.findall((ROOT / lock).read_text())
    return {name.lower().replace("_", "-"): version for name, version in found}


def _asked(requirements: list[str]) -> set[tuple[str, str]]:
    pinned = (one.split("==") for one in requirements if "==" in one)
    return {(name.split("[")[0].lower().replace("_", "-"), version) for name, version in pinned}
