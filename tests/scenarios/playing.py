"""Plays the scenarios of a process folder on the real engine, with real roles, forms and handlers.

A scenario is written for a process owner; processes/README.md says how. What it took of the diagram
is read back from the history that the engine wrote.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import text

import processes
from engine import calendars, history, incidents, jobs, queries, tasks
from engine.errors import InvalidInputError
from engine.forms import Form, Raw, RawValues
from engine.forms.fields import inputs
from engine.model import SYSTEM
from engine.storage.crypto import Keyring
from engine.storage.database import Database
from engine.storage.unit_of_work import UnitOfWork
from engine.tasks import UserTask
from engine.timers import AMSTERDAM, DUTCH_CALENDAR
from engine.worker import Worker
from tests.builders import MASTER_KEY, ManualClock
from webapp.casework import (
    accounts,
    background,
    cases,
    deployments,
    desk,
    notices,
    regions,
    rosters,
    work,
)
from webapp.casework.access import Grant, Person, person_group

REGION = "noord_en_midden_limburg"
HOUSE = "zvh_noord_limburg"
MUNICIPALITY = "venlo"
OTHER_HOUSE = "zvh_midden_limburg"
OTHER_MUNICIPALITY = "roermond"
PARTNERS = {
    "politie": "Politie",
    "veilig_thuis": "Veilig Thuis",
    "maatschappelijke_opvang": "Maatschappelijke opvang",
}
REPORTER = "melder"
NO_PASSWORD = "no password fits this"  # a hash takes a tenth of a second
OF_MUNICIPALITY = ("aandachtsfunctionaris", "casusregisseur", "handhaver", "teammanager")
OF_HOUSE = ("manager_zvh", "piket", "procesregisseur", "voorzitter_screeningsoverleg")
# On the Monday and Tuesday of Carnival the town halls are closed.
CARNIVAL = (date(2027, 2, 8), date(2027, 2, 9))


def _people_of(municipality: str, house: str) -> dict[str, Grant]:
    """One person for each role of a place; who works elsewhere has the place behind the name."""
    at_municipality, at_house = ("" if house == HOUSE else f"@{at}" for at in (municipality, house))
    return {
        **{f"{role}{at_municipality}": Grant(role, municipality) for role in OF_MUNICIPALITY},
        **{f"{role}{at_house}": Grant(role, house) for role in OF_HOUSE},
        **{
            f"partner_{key}{at_house}": Grant("partner_screeningsoverleg", f"{house}_{key}")
            for key in PARTNERS
        },
    }


# Who there is beside the reporter, by the name that `wie` gives them.
PEOPLE = {
    "zorgcoordinator": Grant("zorgcoordinator", REGION),
    **_people_of(MUNICIPALITY, HOUSE),
    **_people_of(OTHER_MUNICIPALITY, OTHER_HOUSE),
}
NAMES = {grant.group: name for name, grant in PEOPLE.items()}
UNITS = {
    "minuut": "minutes",
    "minuten": "minutes",
    "uur": "hours",
    "dag": "days",
    "dagen": "days",
}
KINDS_OF_STEP = ("melding", "bericht", "taak", "gebeurtenis", "wacht", "aanvulling")
PARTS = frozenset({"titel", "toelichting", "begint", "piket", "stappen"})
EXPECTATIONS = ("open", "gemeld", "advies", "uiterlijk", "zaak")
NO_TERM = "geen"
# What is so of a case before the first step about it.
AT_FIRST: Mapping[str, Any] = {"open": [], "uiterlijk": {}, "zaak": "open"}
LONGEST_HISTORY = 100_000


@dataclass
class Taken:
    """What of the diagrams was taken: sequence flows and elements, by process and id.

    Attributes:
        unsaid: what changed at a step and the scenario does not say, by the number of the step.
    """

    flows: set[tuple[str, str]] = field(default_factory=set)
    elements: set[tuple[str, str]] = field(default_factory=set)
    unsaid: dict[int, dict[str, Any]] = field(default_factory=dict)

    def add(self, other: "Taken") -> None:
        self.flows |= other.flows
        self.elements |= other.elements


def scenarios(path: Path = processes.SHIPPED) -> list[Path]:
    """The scenario files of every process folder."""
    return sorted(path.glob("*/scenarios/*.yaml"))


def name_of(path: Path) -> str:
    """What a scenario is called: its folder and its file."""
    return f"{path.parent.parent.name}-{path.stem}"


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
    assert scenario.keys() <= PARTS, f"een scenario is {', '.join(sorted(PARTS))}"
    clock = ManualClock()
    if "begint" in scenario:
        clock.set(_moment(scenario["begint"]))
    database = Database(f"sqlite:///{database_file}", Keyring(MASTER_KEY), clock)
    try:
        played = Played(database, clock)
        if "piket" in scenario:
            played.put_on_call(scenario["piket"])
        for number, step in enumerate(scenario["stappen"], 1):
            with _named(f"{path.name}, stap {number} ({_title(step)})"):
                played.step(step)
        with _named(f"{path.name}, na de laatste stap"):
            played.end()
        return played.taken()
    finally:
        database.close()


class Played:
    """A region with one person for each role and place, in which a scenario is played.

    Attributes:
        numbers: of the cases, in the order in which they were begun: "zaak 1" is the first.
        about: the number of the case that the step is about.
    """

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.database = database
        self.clock = clock
        self.worker = Worker(database, processes.handlers(), background.ACTS)
        self.numbers: list[str] = []
        self.about = ""
        self.told: Counter[str] = Counter()
        with database.unit_of_work(SYSTEM) as uow:
            self.reporter = accounts.get(uow, accounts.find(uow, REPORTER))
            people = {name: accounts.find(uow, name) for name in (REPORTER, *PEOPLE)}
        self._names = {**NAMES, **{person_group(id_): name for name, id_ in people.items()}}
        self._begun_last = ""
        self._submissions = 0
        self._steps = 0
        self._left: dict[str, Mapping[str, Any]] = {}
        self._unsaid: dict[int, dict[str, Any]] = {}

    def put_on_call(self, name: str) -> None:
        """Have somebody on call at the house from now on, as long as a roster goes."""
        manager, on_call = self._person("manager_zvh"), self._person(name)
        now = self.clock.now()
        with self.database.unit_of_work(manager.actor) as uow:
            rosters.add(uow, manager, HOUSE, on_call.id, now, now + rosters.LONGEST)

    def step(self, step: Mapping[str, Any]) -> None:
        """Do one step, let the worker do what follows, and see whether it went as it says."""
        kinds = [kind for kind in KINDS_OF_STEP if kind in step]
        assert len(kinds) == 1, f"een stap is precies één van {', '.join(KINDS_OF_STEP)}"
        known = {*KINDS_OF_STEP, *EXPECTATIONS, "wie", "vult_in", "over", "sleutel", "waarbij"}
        unknown = step.keys() - known
        assert not unknown, f"onbekend: {', '.join(sorted(unknown))}"
        self._look_for_cases()
        begins = kinds[0] in ("melding", "bericht")
        if not begins:
            self.about = self._number_of(step.get("over"))
        advice = getattr(self, f"_{kinds[0]}")(step)
        self.worker.run_due()
        self._look_for_cases()
        if begins and "over" in step:
            self.about = self._number_of(step["over"])
        self._compare(step, advice or {})

    def end(self) -> None:
        """See that nothing was sent that nobody took: that is an incident only hours later."""
        with self.database.unit_of_work(SYSTEM) as uow:
            waiting = [one for one in self.numbers if queries.is_under_way(uow, one)]
        names = [f"zaak {self.numbers.index(one) + 1}" for one in waiting]
        assert not names, f"nog onderweg is een bericht van {', '.join(names)}"

    def taken(self) -> Taken:
        """What all cases of the scenario took of the diagram."""
        taken = Taken(unsaid=self._unsaid)
        with self.database.unit_of_work(SYSTEM) as uow:
            for number in self.numbers:
                for instance in queries.instances_of_case(uow, number):
                    for event in history.read(uow, instance.id, limit=LONGEST_HISTORY):
                        process_id = event.process_id or instance.process_id
                        taken.flows |= {(process_id, flow) for flow in event.flow_ids}
                        if event.kind == history.EventKind.ELEMENT_COMPLETED and event.element_id:
                            taken.elements.add((process_id, event.element_id))
        return taken

    # --- steps -----------------------------------------------------------------------------------

    def _melding(self, step: Mapping[str, Any]) -> None:
        person = self._person(step.get("wie", REPORTER))
        with self.database.unit_of_work(person.actor) as uow:
            opened = desk.open_starter(uow, person, step["melding"])
            initial = opened.starter.form.initial(opened.variables)
            values = {"gemeente": MUNICIPALITY, **self._filled_in(step)}
            case = work.start_case(
                uow,
                person,
                step["melding"],
                {**_prefilled(opened.starter.form, initial), **values},
                submission=self._submission(),
            )
        self.about = self._begun_last = case.number

    def _bericht(self, step: Mapping[str, Any]) -> None:
        """A message from outside: to the case that `sleutel` names, or it begins one."""
        given = self._filled_in(step)
        place = {} if {"gemeente", "huis"} & given.keys() else {"gemeente": MUNICIPALITY}
        key = self._value(step.get("sleutel"))
        with self.database.unit_of_work(SYSTEM) as uow:
            instance = work.receive_message(uow, step["bericht"], key, {**place, **given})
        self.about = instance.business_key
        if self.about not in self.numbers:
            self._begun_last = self.about

    def _taak(self, step: Mapping[str, Any]) -> dict[str, object]:
        person = self._person(step["wie"])
        task = self._only_task(step["taak"], step["wie"], step.get("waarbij", {}))
        if task.assignee is None and task.candidate != person_group(person.id):
            with self.database.unit_of_work(person.actor) as uow:
                work.claim_task(uow, person, task.id, revision=task.revision)
        with self.database.unit_of_work(person.actor) as uow:
            opened = desk.open_task(uow, person, task.id)
            assert opened.form is not None, "deze taak heeft geen formulier"
            given = self._filled_in(step)
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
        return {advice.field: _plain(advice.value) for advice in opened.advice}

    def _gebeurtenis(self, step: Mapping[str, Any]) -> None:
        """Something that happened and that somebody reports to a case that waits for it."""
        person = self._person(step["wie"])
        with self.database.unit_of_work(person.actor) as uow:
            opened = desk.open_event(uow, person, self.about, step["gebeurtenis"])
            shown = _prefilled(opened.form, opened.values) if opened.form else {}
            work.report_event(
                uow,
                person,
                self.about,
                step["gebeurtenis"],
                {**shown, **self._filled_in(step)},
                submission=self._submission(),
            )

    def _wacht(self, step: Mapping[str, Any]) -> None:
        until = _later(self.clock.now(), step["wacht"])
        while (due := jobs.next_due_at(self.database)) is not None and due <= until:
            self.clock.set(max(due, self.clock.now()))
            assert self.worker.run_due(), "er is werk dat niemand doet"
        self.clock.set(until)

    def _aanvulling(self, step: Mapping[str, Any]) -> None:
        person = self._person(step.get("wie", REPORTER))
        with self.database.unit_of_work(person.actor) as uow:
            work.add_to_report(
                uow, person, self.about, step["aanvulling"], submission=self._submission()
            )

    # --- what the step says of the situation after it --------------------------------------------

    def _compare(self, step: Mapping[str, Any], advice: Mapping[str, object]) -> None:
        with self.database.unit_of_work(SYSTEM) as uow:
            failed = [one for number in self.numbers for one in incidents.of_case(uow, number)]
            open_tasks = queries.open_tasks(uow, self.about)
            notes = [one for number in self.numbers for one in notices.of_case(uow, number)]
            case = cases.get(uow, self.about)
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
        self._look_for_silence(step, found)

    def _look_for_silence(self, step: Mapping[str, Any], found: Mapping[str, Any]) -> None:
        """Keep what changed since the last step about this case and is not said after this one."""
        before = self._left.get(self.about, AT_FIRST)
        self._left[self.about] = found
        self._steps += 1
        said = step.get("uiterlijk", {})
        terms = {
            task: due
            for task, due in found["uiterlijk"].items()
            if due != NO_TERM and due != before["uiterlijk"].get(task) and task not in said
        }
        unsaid = {
            name: found[name]
            for name in ("open", "gemeld", "zaak")
            if name not in step and found[name] != ([] if name == "gemeld" else before[name])
        }
        if terms:
            unsaid["uiterlijk"] = terms
        if unsaid:
            self._unsaid[self._steps] = unsaid

    def _only_task(self, name: str, who: str, where: Mapping[str, object]) -> UserTask:
        """The task of that name, of several the one where the process knows what *where* says."""
        with self.database.unit_of_work(SYSTEM) as uow:
            open_tasks = queries.open_tasks(uow, self.about)
            found = [
                task
                for task in open_tasks
                if task.name == name
                and self._who(task.candidate) == who
                and (not where or where.items() <= tasks.variables(uow, task).items())
            ]
        present = ", ".join(f"{task.name}: {self._who(task.candidate)}" for task in open_tasks)
        assert len(found) == 1, f"{name} is niet open voor {who}; wel: {present or 'niets'}"
        return found[0]

    def _person(self, name: str) -> Person:
        if name == REPORTER:
            return self.reporter
        assert name in PEOPLE, f"er is geen {name}; wel: {', '.join((REPORTER, *PEOPLE))}"
        with self.database.unit_of_work(SYSTEM) as uow:
            return accounts.get(uow, accounts.find(uow, name))

    def _who(self, candidate: str) -> str:
        return self._names.get(candidate, candidate)

    # --- the cases ------------------------------------------------------------------------------

    def _look_for_cases(self) -> None:
        """Number the cases in the order in which they were begun, those of messages too."""
        with self.database.unit_of_work(SYSTEM) as uow:
            # the order in which they were stored: several can begin at the same moment
            found = uow.connection.execute(text("SELECT number FROM case_file ORDER BY rowid"))
            self.numbers = [row.number for row in found]

    def _number_of(self, name: str | None) -> str:
        """Of "zaak 2" the number; of None that of the case that a step began last."""
        if name is None:
            return self._begun_last
        place = int(name.removeprefix("zaak "))
        assert 1 <= place <= len(self.numbers), f"er is geen {name}"
        return self.numbers[place - 1]

    def _filled_in(self, step: Mapping[str, Any]) -> dict[str, Any]:
        return {key: self._value(value) for key, value in step.get("vult_in", {}).items()}

    def _value(self, value: Any) -> Any:
        """The words "zaak 1" stand for the number of that case, in the rows of a list too."""
        if isinstance(value, list):
            return [self._value(each) for each in value]
        if isinstance(value, dict):
            return {key: self._value(each) for key, each in value.items()}
        if isinstance(value, str) and value.startswith("zaak ") and value[5:].isdigit():
            return self._number_of(value)
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
    for day in CARNIVAL:
        calendars.close(uow, day, "Carnaval", calendar=REGION)
    for municipality, house, name in (
        (MUNICIPALITY, HOUSE, "Noord-Limburg"),
        (OTHER_MUNICIPALITY, OTHER_HOUSE, "Midden-Limburg"),
    ):
        regions.add_house(uow, house, f"Zorg- en Veiligheidshuis {name}", region=REGION)
        regions.add_municipality(
            uow, municipality, municipality.title(), house=house, region=REGION
        )
        for key, partner in PARTNERS.items():
            regions.add_partner(uow, f"{house}_{key}", f"{partner} {name}", house=house)
    accounts.create(uow, REPORTER, REPORTER, NO_PASSWORD)
    for name, grant in PEOPLE.items():
        accounts.create(uow, name, name, NO_PASSWORD, frozenset({grant}))


def _plain(value: Any) -> Any:
    """An advised value as YAML writes it: a list, not a tuple."""
    return list(value) if isinstance(value, tuple) else value


def _later(now: datetime, length: str) -> datetime:
    number, unit = length.split()
    if unit in ("werkdag", "werkdagen"):
        return DUTCH_CALENDAR.add_working_days(now, int(number))
    return now + timedelta(**{UNITS[unit]: int(number)})


def _moment(words: str) -> datetime:
    """Of "05-02-2027 17:05", as the clock in the office shows it, the moment."""
    return datetime.strptime(words, "%d-%m-%Y %H:%M").replace(tzinfo=AMSTERDAM).astimezone(UTC)


def _local(moment: datetime | None) -> str:
    return f"{DUTCH_CALENDAR.local(moment):%d-%m-%Y %H:%M}" if moment else NO_TERM


def _expected(name: str, value: Any) -> Any:
    if name == "open":
        return sorted(
            f"{task}: {who}"
            for task, people in (value or {}).items()
            for who in (people if isinstance(people, list) else [people])
        )
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
