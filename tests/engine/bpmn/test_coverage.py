"""174 diagrams: right where plain SpiffWorkflow is right, and where it is not; or refused."""

import hashlib
import subprocess
import sys
from collections import Counter

import pytest

from engine.bpmn import cache
from engine.bpmn.compile import compile_set
from engine.errors import InvalidInputError, Problem, StepError

from . import coverage_cases as cases
from .driver import Drive

RUN = [name for name in cases.names() if name not in cases.REFUSED]


def drive(name: str, *, keeps_cache: bool = True) -> Drive:
    """A case from its start to the end of its script."""
    driven = Drive(compile_set(cases.read(name))["p"], keeps_cache=keeps_cache)
    driven.start()
    driven.play(cases.PLAYED.get(name) or cases.FAILS[name][0])
    return driven


@pytest.mark.parametrize("name", sorted(cases.PLAYED.keys() - cases.REFUSED.keys()))
def test_a_diagram_runs_as_it_says(name):
    drive(name)


@pytest.mark.parametrize("name", cases.FAILS)
def test_an_instance_that_cannot_go_on_says_where(name):
    _, last, rule = cases.FAILS[name]
    driven = drive(name)

    with pytest.raises(StepError) as raised:
        driven.play(last)

    assert raised.value.problem.rule == rule
    assert raised.value.problem.element_id


@pytest.mark.parametrize("name", cases.REFUSED)
def test_what_does_not_run_is_refused_with_its_element(name):
    element_id, rule = cases.REFUSED[name]

    with pytest.raises(InvalidInputError) as raised:
        compile_set(cases.read(name))

    problems = [each for each in raised.value.problems if isinstance(each, Problem)]
    assert (element_id, rule) in {(each.element_id, each.rule) for each in problems}
    assert all(each.remedy and each.file for each in problems)


def test_every_diagram_has_a_case():
    plain = cases.plain()

    told = cases.PLAYED.keys() | cases.FAILS.keys() | cases.REFUSED.keys()
    verdicts = Counter(
        "refused"
        if name in cases.REFUSED
        else ("agrees" if plain[name] else "right where plain SpiffWorkflow is not")
        for name in cases.names()
    )

    print(dict(verdicts))
    assert set(cases.names()) == told == plain.keys()
    assert len(plain) == 174


def test_a_step_gives_the_same_bytes_from_the_cache_and_without_it():
    for name in RUN:
        kept = drive(name, keeps_cache=True)
        cache.clear()
        decoded = drive(name, keeps_cache=False)

        assert kept.states == decoded.states, name


def test_a_step_gives_the_same_bytes_in_a_fresh_process():
    fresh = subprocess.run(
        [
            sys.executable,
            "-c",
            "from tests.engine.bpmn.test_coverage import digest; print(digest())",
        ],
        capture_output=True,
        text=True,
        check=True,
    )

    assert fresh.stdout.strip() == digest()


def digest() -> str:
    """Of every state of every case."""
    whole = hashlib.sha256()
    for name in RUN:
        for state in drive(name).states:
            whole.update(state)
    return whole.hexdigest()
