"""Short ways to the situations that tests begin with."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import Table, func, select

from engine import calls, definitions, instances, jobs, messages, queries, tasks
from engine.definitions import Deployment
from engine.handlers import Handlers
from engine.instances import ProcessInstance
from engine.jobs import Job
from engine.model import Actor, Value, Variables
from engine.storage.database import Database
from engine.storage.unit_of_work import UnitOfWork
from engine.tasks import LockedTask, UserTask
from engine.worker import Worker
from tests import diagrams

MASTER_KEY = bytes(range(32))
ANNA = Actor("anna", frozenset({"aandachtsfunctionaris@venlo"}))
BRAM = Actor("bram", frozenset({"aandachtsfunctionaris@venlo"}))
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CASE = "S-2026-0001"


class ManualClock:
    """A clock that only moves when it is told to."""

    def __init__(self, moment: datetime = MONDAY) -> None:
        self._moment = moment

    def now(self) -> datetime:
        """The moment it was set to."""
        return self._moment

    def advance(self, **length: float) -> None:
        """Set it forward, `clock.advance(days=3)`."""
        self._moment += timedelta(**length)

    def set(self, moment: datetime) -> None:
        """Set it to a moment."""
        self._moment = moment


class Engine:
    """The engine's verbs on one database, each in a unit of work of its own."""

    def __init__(
        self,
        database: Database,
        clock: ManualClock,
        actor: Actor = ANNA,
        handlers: Handlers[UnitOfWork] | None = None,
    ) -> None:
        self.database = database
        self.clock = clock
        self.actor = actor
        self.handlers = handlers if handlers is not None else Handlers()
        self.worker = Worker(database, self.handlers)

    def as_(self, actor: Actor) -> "Engine":
        """The same engine in the name of someone else."""
        return Engine(self.database, self.clock, actor, self.handlers)

    def unit_of_work(self) -> UnitOfWork:
        """A transaction in the name of the actor."""
        return self.database.unit_of_work(self.actor)

    def deploy(self, *files: bytes, folder: str = "proef") -> Deployment:
        """Deploy diagrams as one folder."""
        named = {f"{folder}/{number}.bpmn": content for number, content in enumerate(files)}
        with self.unit_of_work() as uow:
            return definitions.deploy(uow, named)

    def start(
        self, process_id: str = "proef", *, business_key: str = CASE, **variables: Value
    ) -> ProcessInstance:
        """Start an instance of the newest version."""
        with self.unit_of_work() as uow:
            return instances.start(uow, process_id, variables=variables, business_key=business_key)

    def given_open_task(self, diagram: bytes = diagrams.ONE_TASK, **variables: Value) -> UserTask:
        """The first open task of a new instance of a diagram."""
        self.deploy(diagram)
        with self.unit_of_work() as uow:
            instance = instances.start(uow, "proef", variables=variables, business_key=CASE)
        return self.open_tasks(instance)[0]

    def open_tasks(self, instance: ProcessInstance) -> list[UserTask]:
        """The open tasks of an instance."""
        with self.unit_of_work() as uow:
            found = queries.open_tasks(uow, instance.business_key)
        return [task for task in found if task.instance_id == instance.id]

    def task(self, task: UserTask) -> UserTask:
        """A task as it is now."""
        with self.unit_of_work() as uow:
            return tasks.get(uow, task.id)

    def instance(self, instance: ProcessInstance | UserTask) -> ProcessInstance:
        """An instance, or that of a task, as it is now."""
        found = instance.instance_id if isinstance(instance, UserTask) else instance.id
        with self.unit_of_work() as uow:
            return instances.get(uow, found)

    def claim(self, task: UserTask) -> LockedTask:
        """Claim a task."""
        with self.unit_of_work() as uow:
            return tasks.claim(uow, tasks.lock(uow, task.id))

    def complete(
        self, task: UserTask, variables: Variables | None = None, *, revision: int | None = None
    ) -> ProcessInstance:
        """Complete a task."""
        with self.unit_of_work() as uow:
            locked = tasks.lock(uow, task.id, revision=revision)
            return tasks.complete(uow, locked, variables or {})

    def cancel(self, instance: ProcessInstance) -> ProcessInstance:
        """Cancel an instance."""
        with self.unit_of_work() as uow:
            return instances.cancel(uow, instances.lock(uow, instance.id))

    def send(
        self, name: str, correlation_key: str | None, variables: Mapping[str, Value] | None = None
    ) -> ProcessInstance:
        """Bring a message from outside."""
        with self.unit_of_work() as uow:
            return messages.correlate(uow, name, correlation_key, variables or {})

    def called_by(self, instance: ProcessInstance) -> tuple[ProcessInstance, ...]:
        """The instances that an instance waits for."""
        with self.unit_of_work() as uow:
            return calls.open_calls(uow, instance.id)

    def run_due(self) -> int:
        """Let the worker do everything that is due."""
        return self.worker.run_due()

    def claim_jobs(self, owner: str = "een") -> tuple[Job, ...]:
        """Lease what is due, as a worker with this name does."""
        return jobs.claim_due(self.database, owner=owner)

    def count(self, table: Table) -> int:
        """How many rows a table has."""
        with self.unit_of_work() as uow:
            return uow.connection.execute(select(func.count()).select_from(table)).scalar_one()
