"""Plays the scenarios of a process folder on the real engine, with real roles, forms and handlers.

A scenario is written for a process owner; processes/README.md says how. What it took of the diagram
is read back from the history that the engine wrote.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

import processes
from engine import history, incidents, jobs, messages, queries
from engine.errors import InvalidInputError
from engine.forms import Form, Raw, RawValues
from engine.forms.fields import inputs
from engine.model import SYSTEM
from engine.storage.crypto import Keyring
from engine.storage.database import Database
from engine.storage.unit_of_work import UnitOfWork
from engine.tasks import UserTask
from engine.timers import DUTCH_CALENDAR
from engine.worker import Worker
from tests.builders import MASTER_KEY, ManualClock
from webapp.casework import accounts, cases, deployments, desk, notices, regions, work
from webapp.casework.access import Grant, person_group
from webapp.casework.cases import CaseFile
from webapp.casework.roles import Regime

REGION = "noord_en_midden_limburg"
HOUSE = "zvh_noord_limburg"
MUNICIPALITY = "venlo"
REPORTER = "melder"
NO_PASSWORD = "no password fits this"  # a hash takes a tenth of a second
SCOPES = {
    "aandachtsfunctionaris": MUNICIPALITY,
    "teammanager": MUNICIPALITY,
    "voorzitter_screeningsoverleg": HOUSE,
    "zorgcoordinator": REGION,
    "handhaver": MUNICIPALITY,
}
UNITS = {"minuten": "minutes", "uur": "hours", "dag": "days", "dagen": "days"}
KINDS_OF_STEP = ("melding", "bericht", "taak", "wacht", "aanvulling")
EXPECTATIONS = ("open", "gemeld", "advies", "uiterlijk", "zaak")


@dataclass
class Taken:
    """What of a diagram was taken: sequence flows and boundary events, by id."""

    flows: set[str] = field(default_factory=set)
    elements: set[str] = field(default_factory=set)

    def add(self, other: "Taken") -> None:
        self.flows |= other.flows
        self.elements |= other.elements


def scenarios(path: Path = processes.SHIPPED) -> list[Path]:
    """The scenario files of every process folder."""
    return sorted(path.glob("*/scenarios/*.yaml"))


def prepare(database_file: Path) -> None:
    """Make the region, its people and the shipped processes in a migrated SQLite file."""
    database = Database(f"sqlite:///{database_file}", Keyring(MASTER_KEY), ManualClock())
    try:
        with database.unit_of_work(SYSTEM) as uow:
            _make_people(uow)
        files, topics = processes.read(processes.SHIPPED), processes.handlers()
        for outcome in deployments.deploy_all(database, SYSTEM, files, topics=topics):
            assert not outcome.problems, outcome.problems
    finally:
        database.close()


def play(path: Path, database_file: Path) -> Taken:
    """Play one scenario in a file that was prepared.

    Raises:
        AssertionError: it went otherwise than the scenario says; the message begins with the step.
    """
    scenario = yaml.safe_load(path.read_text(encoding="utf-8"))
    clock = ManualClock()
    database = Database(f"sqlite:///{database_file}", Keyring(MASTER_KEY), clock)
    try:
        played = Played(database, clock)
        for number, step in enumerate(scenario["stappen"], 1):
            with _named(f"{path.name}, stap {number} ({_title(step)})"):
                played.step(step)
        return played.taken()
    finally:
        database.close()


class Played:
    """A region with one person for each role, in which a scenario is played step by step."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.database = database
        self.clock = clock
        self.worker = Worker(database, processes.handlers(), work.ACTS)
        self.cases: list[CaseFile] = []
        self.about = -1
        self.told: Counter[str] = Counter()
        with database.unit_of_work(SYSTEM) as uow:
            self.people = {
                name: accounts.get(uow, accounts.find(uow, name)) for name in (REPORTER, *SCOPES)
            }
        self._submissions = 0

    @property
    def case(self) -> CaseFile:
        """The case that the step is about: the one it names, else the one that was begun last."""
        return self.cases[self.about]

    def step(self, step: Mapping[str, Any]) -> None:
        """Do one step, let the worker do what follows, and see whether it went as it says."""
        kinds = [kind for kind in KINDS_OF_STEP if kind in step]
        assert len(kinds) == 1, f"een stap is precies één van {', '.join(KINDS_OF_STEP)}"
        unknown = step.keys() - {*KINDS_OF_STEP, *EXPECTATIONS, "wie", "vult_in", "over"}
        assert not unknown, f"onbekend: {', '.join(sorted(unknown))}"
        self.about = _index(step["over"]) if "over" in step else -1
        advice = getattr(self, f"_{kinds[0]}")(step)
        self.worker.run_due()
        self._compare(step, advice or {})

    def taken(self) -> Taken:
        """What all cases of the scenario took of the diagram."""
        taken = Taken()
        with self.database.unit_of_work(SYSTEM) as uow:
            for case in self.cases:
                for instance in queries.instances_of_case(uow, case.number):
                    for event in history.read(uow, instance.id, limit=5000):
                        taken.flows |= set(event.flow_ids)
                        if event.kind == history.EventKind.ELEMENT_COMPLETED and event.element_id:
                            taken.elements.add(event.element_id)
        return taken

    # --- steps -----------------------------------------------------------------------------------

    def _melding(self, step: Mapping[str, Any]) -> None:
        person = self.people[step.get("wie", REPORTER)]
        with self.database.unit_of_work(person.actor) as uow:
            opened = desk.open_starter(uow, person, step["melding"])
            initial = opened.starter.form.initial(opened.variables)
            values = {"gemeente": MUNICIPALITY, **step.get("vult_in", {})}
            case = work.start_case(
                uow,
                person,
                step["melding"],
                {**_prefilled(opened.starter.form, initial), **values},
                submission=self._submission(),
            )
        self.cases.append(case)

    def _bericht(self, step: Mapping[str, Any]) -> None:
        """A message from outside; one that begins a process brings a case that is there already."""
        place = {"gemeente": MUNICIPALITY, "huis": HOUSE, "regio": REGION}
        with self.database.unit_of_work(SYSTEM) as uow:
            municipality = regions.municipality(uow, MUNICIPALITY)
            reporter = self.people["zorgcoordinator"].id
            case = cases.create(
                uow, regime=Regime.SIGNAL, municipality=municipality, reporter=reporter
            )
            known = {"melding_nummer": case.number, **place, **step.get("vult_in", {})}
            instance = messages.correlate(uow, step["bericht"], case.number, known)
            self.cases.append(cases.belongs_to(uow, case, instance.id))

    def _taak(self, step: Mapping[str, Any]) -> dict[str, object]:
        person = self.people[step["wie"]]
        task = self._only_task(step["taak"], step["wie"])
        if task.assignee is None and task.candidate != person_group(person.id):
            with self.database.unit_of_work(person.actor) as uow:
                work.claim_task(uow, person, task.id, revision=task.revision)
        with self.database.unit_of_work(person.actor) as uow:
            opened = desk.open_task(uow, person, task.id)
            assert opened.form is not None, "deze taak heeft geen formulier"
            given = {key: self._value(value) for key, value in step.get("vult_in", {}).items()}
            work.complete_task(
                uow,
                person,
                task.id,
                {**_prefilled(opened.form, opened.values), **given},
                revision=opened.task.revision,
                submission=self._submission(),
            )
        for advice in opened.advice:
            assert advice.reason, f"het advies over {advice.field} zegt niet waarom"
        return {advice.field: advice.value for advice in opened.advice}

    def _wacht(self, step: Mapping[str, Any]) -> None:
        until = _later(self.clock.now(), step["wacht"])
        while (due := jobs.next_due_at(self.database)) is not None and due <= until:
            self.clock.set(max(due, self.clock.now()))
            assert self.worker.run_due(), "er is werk dat niemand doet"
        self.clock.set(until)

    def _aanvulling(self, step: Mapping[str, Any]) -> None:
        person = self.people[step.get("wie", REPORTER)]
        with self.database.unit_of_work(person.actor) as uow:
            work.add_to_report(
                uow, person, self.case.number, step["aanvulling"], submission=self._submission()
            )

    # --- what the step says of the situation after it --------------------------------------------

    def _compare(self, step: Mapping[str, Any], advice: Mapping[str, object]) -> None:
        with self.database.unit_of_work(SYSTEM) as uow:
            failed = [one for case in self.cases for one in incidents.of_case(uow, case.number)]
            open_tasks = queries.open_tasks(uow, self.case.number)
            notes = [one for case in self.cases for one in notices.of_case(uow, case.number)]
            case = cases.get(uow, self.case.number)
        assert not failed, failed
        wordless = {one.kind for one in notes if not one.text}
        assert not wordless, f"zet onder [notices] in process.toml wat er staat bij {wordless}"
        sent = Counter(f"{one.kind} aan {self._who(one.recipient)}" for one in notes)
        new = sorted((sent - self.told).elements())
        self.told = sent
        found = {
            "open": sorted(f"{task.name}: {self._who(task.candidate)}" for task in open_tasks),
            "gemeld": new,
            "advies": dict(advice),
            "uiterlijk": {task.name: _local(task.due_at) for task in open_tasks},
            "zaak": "open" if case.is_open else "gesloten",
        }
        for name in EXPECTATIONS:
            if name in step:
                expected = _expected(name, step[name])
                actual = _part(found[name], expected) if name == "uiterlijk" else found[name]
                assert actual == expected, f"{name}: {actual}, en niet {expected}"

    def _only_task(self, name: str, who: str) -> UserTask:
        with self.database.unit_of_work(SYSTEM) as uow:
            open_tasks = queries.open_tasks(uow, self.case.number)
        found = [
            task for task in open_tasks if task.name == name and self._who(task.candidate) == who
        ]
        present = ", ".join(f"{task.name}: {self._who(task.candidate)}" for task in open_tasks)
        assert len(found) == 1, f"{name} is niet open voor {who}; wel: {present or 'niets'}"
        return found[0]

    def _who(self, candidate: str) -> str:
        reporter = person_group(self.people[REPORTER].id)
        return REPORTER if candidate == reporter else candidate.partition("@")[0]

    def _value(self, value: Any) -> Any:
        """The words "zaak 1" stand for the number of the case that the scenario began first."""
        if isinstance(value, str) and value.startswith("zaak "):
            return self.cases[_index(value)].number
        return value

    def _submission(self) -> str:
        self._submissions += 1
        return f"scenario-{self._submissions}"


def _prefilled(form: Form, values: RawValues) -> dict[str, Raw]:
    """What a page posts when nobody touches it: read-only fields post nothing."""
    keys = {one.key for one in inputs(form.fields)}
    return {key: value for key, value in values.items() if key in keys}


def _make_people(uow: UnitOfWork) -> None:
    regions.add_region(uow, REGION, "Noord- en Midden-Limburg")
    regions.add_house(uow, HOUSE, "Zorg- en Veiligheidshuis Noord-Limburg", region=REGION)
    regions.add_municipality(uow, MUNICIPALITY, "Venlo", house=HOUSE, region=REGION)
    accounts.create(uow, REPORTER, "Melder", NO_PASSWORD)
    for role, scope in SCOPES.items():
        accounts.create(uow, role, role, NO_PASSWORD, frozenset({Grant(role, scope)}))


def _index(name: str) -> int:
    """The place of "zaak 1" among the cases of the scenario."""
    return int(name.removeprefix("zaak ")) - 1


def _later(now: datetime, length: str) -> datetime:
    number, unit = length.split()
    if unit in ("werkdag", "werkdagen"):
        return DUTCH_CALENDAR.add_working_days(now, int(number))
    return now + timedelta(**{UNITS[unit]: int(number)})


def _local(moment: datetime | None) -> str:
    return f"{DUTCH_CALENDAR.local(moment):%d-%m-%Y %H:%M}" if moment else "geen"


def _expected(name: str, value: Any) -> Any:
    if name == "open":
        return sorted(f"{task}: {who}" for task, who in (value or {}).items())
    return sorted(value or []) if name == "gemeld" else value


def _part(found: Any, expected: Mapping[str, str]) -> dict[str, str]:
    return {name: found.get(name, "niet open") for name in expected}


def _title(step: Mapping[str, Any]) -> str:
    return next((f"{kind}: {step[kind]}" for kind in KINDS_OF_STEP if kind in step), "leeg")


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Put the name of the step before whatever goes wrong in it."""
    try:
        yield
    except InvalidInputError as error:
        raise AssertionError(f"{name}: {list(error.problems)}") from error
    except Exception as error:
        raise AssertionError(f"{name}: {type(error).__name__}: {error}") from error
