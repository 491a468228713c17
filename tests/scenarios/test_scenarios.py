"""Every scenario goes as it says, and together they take the whole diagram."""

import shutil
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import select

import processes
from engine import queries
from engine.bpmn.compile import Definition, compile_set
from engine.model import SYSTEM
from engine.storage.crypto import Keyring
from engine.storage.database import Database
from engine.storage.unit_of_work import UnitOfWork
from tests.builders import MASTER_KEY, ManualClock
from tests.conftest import COVERAGE
from tests.diagrams import diagram, message
from tests.scenarios import playing
from tests.scenarios.playing import Taken
from webapp.casework import cases, deployments, labels
from webapp.casework.tables import case_file

Play = Callable[[Path], Taken]


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where each scenario leaves its database, by its name."""
    return tmp_path_factory.mktemp("scenarios")


@pytest.fixture(scope="module")
def play(prepared: Path, databases: Path) -> Iterator[Play]:
    """Plays a scenario in a database of its own; one that was played before is not played again."""

    @cache
    def played(path: Path) -> Taken:
        file = databases / f"{playing.name_of(path)}.db"
        return playing.play(path, Path(shutil.copy(prepared, file)))

    yield played
    played.cache_clear()


@pytest.mark.parametrize("path", playing.scenarios(), ids=playing.name_of)
def test_a_scenario_goes_as_it_says(path: Path, play: Play) -> None:
    taken = play(path)

    assert taken.flows


@pytest.mark.parametrize("path", playing.scenarios(), ids=playing.name_of)
def test_a_scenario_says_who_has_the_work_until_when_and_who_was_told(
    path: Path, play: Play
) -> None:
    """What changes at a step is said there: the open tasks, their terms, the notices, the end."""
    assert play(path).unsaid == {}


@pytest.mark.parametrize("path", playing.scenarios(), ids=playing.name_of)
def test_what_a_scenario_leaves_in_its_cases_has_words(
    path: Path, play: Play, databases: Path
) -> None:
    """A case page shows no keys: each fact has a label, of a form or of the manifest."""
    play(path)
    database = Database(f"sqlite:///{databases / playing.name_of(path)}.db", Keyring(MASTER_KEY))

    with database.unit_of_work(SYSTEM, read_only=True) as uow:
        numbers = uow.connection.execute(select(case_file.c.number)).scalars().all()
        keys = [key for number in numbers for key in keys_shown(uow, number)]
    database.close()

    assert keys == []


@pytest.mark.parametrize("folder", processes.folders(processes.SHIPPED))
def test_the_scenarios_of_a_folder_take_all_of_its_diagrams(
    folder: str, play: Play, record_property: Callable[[str, object], None]
) -> None:
    definitions = definitions_of(folder)
    taken = Taken()
    for path in sorted((processes.SHIPPED / folder / "scenarios").glob("*.yaml")):
        taken.add(play(path))

    missed = {name: untaken(definition, taken) for name, definition in definitions.items()}

    for definition in definitions.values():
        record_property(COVERAGE, covered(definition, taken))
    assert not any(missed.values()), missed


def test_what_changes_without_a_word_is_named(play: Play, tmp_path: Path) -> None:
    said = "gemeld: [signaal_ontvangen aan melder]"
    path = written(tmp_path, [f"{BEGUN}, {said}", "wacht: 1 minuut", "wacht: 1 minuut"])

    unsaid = play(path).unsaid

    assert unsaid == {
        1: {
            "open": ["Spoed-check doen: aandachtsfunctionaris"],
            "uiterlijk": {"Spoed-check doen": "02-03-2026 18:00"},
        }
    }


def test_what_no_scenario_takes_is_named() -> None:
    definition = definitions_of("signaal")["signaal_behandelen"]
    every = {(definition.process_id, flow) for flow in own_flows(definition)}
    taken = Taken(flows=every - {("signaal_behandelen", "gemeld_naar_binnen")}, elements=set())

    missed = untaken(definition, taken)

    assert "gemeld_naar_binnen" in missed
    assert "niet_opgepakt" in missed
    assert len(missed) == 1 + len(boundary_events(definition))


def test_a_process_that_another_folder_calls_is_for_its_own_folder() -> None:
    called = definitions_of("gedeeld")["contact_leggen"]
    caller = definitions_of("zorgcoordinatie")["zorgcoordinatie"]

    assert not own_flows(called) & own_flows(caller)
    assert "te_lang_gezocht" in boundary_events(called) - boundary_events(caller)


# Begins when it is asked to, and sends a message that nothing waits for.
ASKS_NOBODY = diagram(
    '<startEvent id="gevraagd"><messageEventDefinition messageRef="verzoek"/></startEvent>'
    '<intermediateThrowEvent id="vraag"><messageEventDefinition messageRef="antwoord"/>'
    '</intermediateThrowEvent><endEvent id="einde"/>',
    "gevraagd vraag einde",
    above='<message id="verzoek" name="verzoek"/>' + message("antwoord", "=zaaknummer"),
)
ASKS_NOBODY_TOML = b"""
[process]
id = "proef"
name = "Proef"
regime = "A"
domain = "signalering"
"""
SEEN = "onderwerp: locatie, wat: Hier slapen twaalf mensen., zekerheid: zelf_gezien"
BEGUN = f"melding: signaal.melden, vult_in: {{{SEEN}}}"
CHECKED = "levensgevaar: nee, dader_nabij: nee, geen_veilige_plek: nee, minderjarig: nee"
CHECK = f"taak: Spoed-check doen, vult_in: {{{CHECKED}, medische_hulp: nee}}"


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([f"{BEGUN}, open: {{}}"], "Spoed-check doen: aandachtsfunctionaris"),
        ([f"{BEGUN}, gemeld: []"], "signaal_ontvangen aan melder"),
        ([f"{BEGUN}, zaak: gesloten"], "zaak: open"),
        ([f"{BEGUN}, uiterlijk: {{Spoed-check doen: geen}}"], "uiterlijk: {'Spoed-check doen': '0"),
        ([f"{BEGUN}, over: zaak 2"], "er is geen zaak 2"),
        ([f"{BEGUN}, waar: hier"], "onbekend: waar"),
        ([BEGUN, "taak: Wachten, wie: teammanager"], "Wachten is niet open voor teammanager"),
        ([BEGUN, f"{CHECK}, wie: aandachtsfunctionaris@roermond"], "is niet open voor"),
        ([BEGUN, f"{CHECK}, wie: burgemeester"], "er is geen burgemeester"),
        ([BEGUN, f"{CHECK.replace('}', ', x: y}')}, wie: aandachtsfunctionaris"], "unknown_field"),
        ([BEGUN, "gebeurtenis: Client.Stopt, wie: zorgcoordinator"], "not_found"),
        ([BEGUN, "bericht: Bestaat.Niet"], "message_not_awaited"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_scenario_that_goes_otherwise_says_at_which_step(
    steps: list[str], said: str, play: Play, tmp_path: Path
) -> None:
    path = written(tmp_path, steps)

    with pytest.raises(AssertionError) as refused:
        play(path)

    assert f"anders.yaml, stap {len(steps)} (" in str(refused.value)
    assert said in str(refused.value)


def test_cases_are_named_in_the_order_in_which_they_were_begun(play: Play, tmp_path: Path) -> None:
    cares = "bericht: Zorg.Gestart, vult_in: {spoed: true, minderjarig: false, grondslag: wmo}"
    path = written(
        tmp_path,
        [
            BEGUN,
            f"{cares}, sleutel: zaak 1, open: {{Veilige manier kiezen: zorgcoordinator}}",
            "wacht: 1 minuut, over: zaak 1, open: {Spoed-check doen: aandachtsfunctionaris}",
            BEGUN,
            "wacht: 1 minuut, over: zaak 2, open: {Veilige manier kiezen: zorgcoordinator}",
            "wacht: 1 minuut, open: {Spoed-check doen: aandachtsfunctionaris}",
        ],
    )

    taken = play(path)

    assert {process_id for process_id, _ in taken.flows} > {"signaal_behandelen", "contact_leggen"}


def test_a_message_that_nobody_took_is_named_at_the_end(prepared: Path, tmp_path: Path) -> None:
    database_file = Path(shutil.copy(prepared, tmp_path / "proef.db"))
    files = {"proef/proef.bpmn": ASKS_NOBODY, "proef/process.toml": ASKS_NOBODY_TOML}
    database = Database(f"sqlite:///{database_file}", Keyring(MASTER_KEY), ManualClock())
    (outcome,) = deployments.deploy_all(database, SYSTEM, files, topics=())
    database.close()
    path = written(tmp_path, ["bericht: verzoek, open: {}, zaak: open"])

    with pytest.raises(AssertionError) as refused:
        playing.play(path, database_file)

    assert not outcome.problems
    assert str(refused.value).startswith("anders.yaml, na de laatste stap")
    assert "nog onderweg is een bericht van zaak 1" in str(refused.value)


def written(folder: Path, steps: Iterable[str]) -> Path:
    """A scenario with these steps."""
    path = folder / "scenarios" / "anders.yaml"
    path.parent.mkdir()
    path.write_text("\n".join(["stappen:", *(f"  - {{{step}}}" for step in steps)]))
    return path


def keys_shown(uow: UnitOfWork, number: str) -> list[str]:
    """The facts of a case that its page would show by their key, for want of a label."""
    case = cases.get(uow, number)
    road = [mate.number for mate in cases.of_path(uow, case.path)]
    words = labels.of_definitions(uow, [run.definition_id for run in queries.runs(uow, road)])
    return [
        f"{number}: {section.key}.{fact.path}"
        for section in words.sections(cases.known(uow, case).values())
        for fact in section.facts
        if fact.label == fact.path
    ]


def definitions_of(folder: str) -> dict[str, Definition]:
    """The processes that stand in a folder itself."""
    found = compile_set(processes.read(processes.SHIPPED))
    return {
        name: definition
        for name, definition in found.items()
        if definition.file.startswith(f"{folder}/")
    }


def boundary_events(definition: Definition) -> set[str]:
    own = definition.by_process[definition.process_id]
    return {one.id for one in own.values() if one.kind == "boundaryEvent"}


def own_flows(definition: Definition) -> set[str]:
    """Its sequence flows without those of the processes that it calls."""
    own = definition.by_process[definition.process_id]
    return {flow.id for flow in definition.flows.values() if flow.source in own}


def untaken(definition: Definition, taken: Taken) -> list[str]:
    """Sequence flows and boundary events that no scenario took."""
    flows, events = left(definition, taken)
    return sorted(flows | events)


def left(definition: Definition, taken: Taken) -> tuple[set[str], set[str]]:
    process_id = definition.process_id
    return (
        {each for each in own_flows(definition) if (process_id, each) not in taken.flows},
        {each for each in boundary_events(definition) if (process_id, each) not in taken.elements},
    )


def covered(definition: Definition, taken: Taken) -> str:
    flows, events = own_flows(definition), boundary_events(definition)
    flows_left, events_left = left(definition, taken)
    return (
        f"{definition.process_id}: "
        f"{len(flows) - len(flows_left)} of {len(flows)} sequence flows, "
        f"{len(events) - len(events_left)} of {len(events)} boundary events"
    )
