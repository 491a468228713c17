"""A small region with people and a small process, for tests of what the application does."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import event

from engine import definitions, incidents, queries
from engine.forms import Raw
from engine.handlers import Handlers, ServiceCall
from engine.model import SYSTEM, Variables
from engine.storage.database import Database
from engine.storage.unit_of_work import UnitOfWork
from engine.tasks import UserTask
from engine.worker import Worker
from tests.builders import ManualClock
from webapp.casework import accounts, audit, cases, notices, regions, work
from webapp.casework.access import Grant, Person
from webapp.casework.background import ACTS
from webapp.casework.cases import CaseFile
from webapp.casework.work import Completed

PROCESS = Path(__file__).parent / "proef"
NO_PASSWORD = "no password fits this"  # a hash takes a tenth of a second

Arguments = ParamSpec("Arguments")
Outcome = TypeVar("Outcome")
Act = Callable[Concatenate[UnitOfWork, Person, Arguments], Outcome]


def folder(path: Path = PROCESS) -> dict[str, bytes]:
    """The files of a process folder as a deployment wants them."""
    found = (file for file in sorted(path.rglob("*")) if file.is_file())
    return {f"{path.name}/{file.relative_to(path)}": file.read_bytes() for file in found}


class Office:
    """Two municipalities with their people, and the process `proef` deployed.

    Attributes:
        mel: reports, and has no role.
        anna, bram: aandachtsfunctionaris of Venlo.
        carla: aandachtsfunctionaris of Roermond.
        tom: teammanager of Venlo.
        vera: chairs the meeting of the house of Venlo.
    """

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.database = database
        self.clock = clock
        handlers: Handlers[UnitOfWork] = Handlers({"proef.herinner": _remind})
        self.worker = Worker(database, handlers, ACTS)
        with database.unit_of_work(SYSTEM) as uow:
            _make_places(uow)
            self.mel = _account(uow, "mel", "Mel Melder")
            self.anna = _account(uow, "anna", "Anna Aarts", "aandachtsfunctionaris", "venlo")
            self.bram = _account(uow, "bram", "Bram Bos", "aandachtsfunctionaris", "venlo")
            self.carla = _account(uow, "carla", "Carla Cox", "aandachtsfunctionaris", "roermond")
            self.tom = _account(uow, "tom", "Tom Timmer", "teammanager", "venlo")
            self.vera = _account(uow, "vera", "Vera Vos", "voorzitter_screeningsoverleg", "noord")
            definitions.deploy(uow, folder(), topics=tuple(handlers))

    def do(
        self,
        person: Person,
        act: "Act[Arguments, Outcome]",
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> Outcome:
        """One act of *person* in a transaction of its own."""
        with self.database.unit_of_work(person.actor) as uow:
            return act(uow, person, *args, **kwargs)

    def read(self, query: Callable[[UnitOfWork], Outcome]) -> Outcome:
        """Something read in a transaction of its own."""
        with self.database.unit_of_work(SYSTEM, read_only=True) as uow:
            return query(uow)

    def report(
        self, person: Person | None = None, *, submission: str = "melding-1", **answers: Raw
    ) -> CaseFile:
        """A signal is reported, by Mel in Venlo unless said otherwise."""
        values: dict[str, Raw] = {"gemeente": "venlo", "wat": "Een auto voor de deur.", **answers}
        return self.do(
            person or self.mel, work.start_case, "proef.melden", values, submission=submission
        )

    def open_task(self, case: CaseFile) -> UserTask:
        """The one open task of a case."""
        (task,) = self.read(lambda uow: queries.open_tasks(uow, case.number))
        return task

    def complete(
        self, person: Person, task: UserTask, *, submission: str = "", **answers: Raw
    ) -> Completed:
        """*person* completes a task, with the revision that is shown now."""
        return self.do(
            person,
            work.complete_task,
            task.id,
            answers,
            revision=task.revision,
            submission=submission or f"klaar-{task.id}",
        )

    def report_and_fail(self) -> CaseFile:
        """A case of which the reminder failed as often as the worker tries."""

        def fail(uow: UnitOfWork, call: ServiceCall) -> Variables:
            raise RuntimeError("no way")

        case = self.report()
        worker = Worker(self.database, Handlers({"proef.herinner": fail}), ACTS)
        for _ in range(20):
            self.clock.advance(days=1)
            worker.run_due()
            if self.read(lambda uow: incidents.of_case(uow, case.number)):
                return case
        raise AssertionError("the job never failed for good")

    def case(self, number: str) -> CaseFile:
        """A case as it is now."""
        return self.read(lambda uow: cases.get(uow, number))

    def content(self, number: str) -> dict[str, Variables]:
        """All that is known in a case."""
        return self.read(lambda uow: cases.content(uow, cases.get(uow, number)))

    def acts(self, number: str) -> list[str]:
        """What the audit of a case says was done, in order."""
        return [record.action for record in self.read(lambda uow: audit.read(uow, number))]

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """Every statement sent to the database meanwhile, but for those of SQLite itself."""
        sent: list[str] = []

        def note(_connection, _cursor, statement, *_rest):
            if not statement.startswith(("BEGIN", "PRAGMA")):
                sent.append(statement)

        event.listen(self.database.engine, "before_cursor_execute", note)
        yield sent
        event.remove(self.database.engine, "before_cursor_execute", note)


def _make_places(uow: UnitOfWork) -> None:
    regions.add_region(uow, "limburg", "Noord- en Midden-Limburg")
    for house, town in (("noord", "venlo"), ("midden", "roermond")):
        regions.add_house(uow, house, f"ZVH {house.title()}", region="limburg")
        regions.add_municipality(uow, town, town.title(), house=house, region="limburg")


def _account(
    uow: UnitOfWork, login_name: str, name: str, role: str = "", scope: str = ""
) -> Person:
    grants = frozenset({Grant(role, scope)}) if role else frozenset()
    return accounts.create(uow, login_name, name, NO_PASSWORD, grants)


def _remind(uow: UnitOfWork, call: ServiceCall) -> Variables:
    case = cases.get(uow, call.business_key)
    recipient = f"aandachtsfunctionaris@{case.municipality}"
    notices.send(uow, recipient, "herinnering", case_number=case.number)
    return {}
