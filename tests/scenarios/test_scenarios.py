"""Every scenario goes as it says, and together they take the whole diagram."""

import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

import processes
from engine.bpmn.compile import Definition, compile_set
from tests.scenarios import playing
from tests.scenarios.playing import Taken

Play = Callable[[Path], Taken]


@pytest.fixture(scope="module")
def play(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    """Plays a scenario in a database of its own; one that was played before is not played again."""
    folder = tmp_path_factory.mktemp("scenarios")
    prepared = Path(shutil.copy(sqlite_template, folder / "prepared.db"))
    playing.prepare(prepared)

    @cache
    def played(path: Path) -> Taken:
        file = folder / f"{path.parent.parent.name}-{path.stem}.db"
        return playing.play(path, Path(shutil.copy(prepared, file)))

    yield played
    played.cache_clear()


@pytest.mark.parametrize("path", playing.scenarios(), ids=lambda path: path.stem)
def test_a_scenario_goes_as_it_says(path: Path, play: Play) -> None:
    taken = play(path)

    assert taken.flows


@pytest.mark.parametrize("folder", processes.folders(processes.SHIPPED))
def test_the_scenarios_of_a_folder_take_all_of_its_diagrams(
    folder: str, play: Play, capsys: pytest.CaptureFixture[str]
) -> None:
    definitions = definitions_of(folder)
    taken = Taken()
    for path in sorted((processes.SHIPPED / folder / "scenarios").glob("*.yaml")):
        taken.add(play(path))

    left = {name: untaken(definition, taken) for name, definition in definitions.items()}

    with capsys.disabled():
        for definition in definitions.values():
            print(f"\n{covered(definition, taken)}", end="")
    assert not any(left.values()), left


def test_what_no_scenario_takes_is_named() -> None:
    (definition,) = definitions_of("signaal").values()
    taken = Taken(flows=set(definition.flows) - {"gemeld_naar_binnen"}, elements=set())

    left = untaken(definition, taken)

    assert "gemeld_naar_binnen" in left
    assert "niet_opgepakt" in left
    assert len(left) == 1 + len(boundary_events(definition))


def definitions_of(folder: str) -> dict[str, Definition]:
    """The processes that stand in a folder itself."""
    found = compile_set(processes.read(processes.SHIPPED))
    return {
        name: definition
        for name, definition in found.items()
        if definition.file.startswith(f"{folder}/")
    }


def boundary_events(definition: Definition) -> set[str]:
    return {one.id for one in definition.elements.values() if one.kind == "boundaryEvent"}


def untaken(definition: Definition, taken: Taken) -> list[str]:
    """Sequence flows and boundary events that no scenario took."""
    flows = set(definition.flows) - taken.flows
    return sorted(flows | (boundary_events(definition) - taken.elements))


def covered(definition: Definition, taken: Taken) -> str:
    flows, events = set(definition.flows), boundary_events(definition)
    return (
        f"{definition.process_id}: {len(flows & taken.flows)} of {len(flows)} sequence flows, "
        f"{len(events & taken.elements)} of {len(events)} boundary events"
    )
