"""The worker: does the jobs that are due, each in a transaction of its own, after the commit.

It is given the acts and the handlers by the layers above when it starts and knows neither, so that
a timer or an answer is authorised, recorded and written exactly as a step of a person is.
"""

import os
import secrets
import socket
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import TypeAlias, TypeVar

import structlog

from engine import beginnings, calls, jobs, messages, submissions
from engine.beginnings import Begin, BeginKind, Beginning
from engine.errors import BpmnError, UitwegError
from engine.handlers import Handler, Handlers, ServiceCall
from engine.instances import ProcessInstance
from engine.jobs import Job
from engine.model import SYSTEM, JobKind, Variables
from engine.storage.database import Database
from engine.storage.unit_of_work import UnitOfWork

AT_ONCE = 10
LONGEST_SLEEP_SECONDS = 1.0  # work that another process left is found by looking
STOPS_WITHIN_SECONDS = 15.0
CHORES_EVERY = timedelta(hours=1)
_GONE = ("job_not_found", "lease_lost")

Act: TypeAlias = Callable[[UnitOfWork, Job], object]
Chore: TypeAlias = Callable[[UnitOfWork], object]
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Acts:
    """What the worker does with a job of each kind, and with one that failed."""

    fire_timer: Act
    finish: Callable[[UnitOfWork, Job, Handler[UnitOfWork]], object]
    deliver_message: Act
    deliver_signal: Act
    fail: Callable[[UnitOfWork, Job, Exception], object]
    begin_call: Act = calls.begin
    finish_call: Act = calls.finish
    cancel_call: Act = calls.cancel


def finish(uow: UnitOfWork, job: Job, handler: Handler[UnitOfWork]) -> object:
    """Carry out a service task: its handler works in the transaction of the step that follows.

    What the handler wrote before it raised a BpmnError stays: that is an outcome, not a failure.
    """
    locked = jobs.lock(uow, job)
    try:
        variables = handler(uow, jobs.call(uow, locked))
    except BpmnError as error:
        return jobs.throw_error(uow, locked, error.error_code)
    return jobs.finish(uow, locked, variables)


def deliver_message(
    uow: UnitOfWork, job: Job, *, begin: Begin = beginnings.begin
) -> ProcessInstance:
    """Bring a message to the one it is for; until someone waits for it, it is tried again.

    Args:
        begin: begins an instance when a process starts with the message.

    Raises:
        NotFoundError: message_not_awaited.
    """
    sent = jobs.take(uow, job)
    return messages.correlate(
        uow,
        sent.name,
        sent.correlation_key,
        sent.variables,
        begin=begin,
        sender_id=sent.sender_id,
        sender_key=sent.sender_key,
    )


def deliver_signal(
    uow: UnitOfWork, job: Job, *, begin: Begin = beginnings.begin
) -> ProcessInstance | int:
    """Bring a signal to its receiver, or first find out who they are: each gets a job.

    Args:
        begin: begins an instance of a process that starts with the signal.

    Returns:
        The instance that received it or that it began, or to how many it was sent on.
    """
    if jobs.look_into(uow, job).is_for_one:
        return jobs.receive_signal(uow, job)
    sent = jobs.take(uow, job)
    if sent.begins is None:
        return messages.broadcast(uow, sent.name, sent.variables, sender_id=sent.sender_id)
    definition = messages.starts_with(uow, sent.begins, sent.name)
    if definition is None:  # a version that was deployed meanwhile starts otherwise
        return 0
    beginning = Beginning(
        BeginKind.SIGNAL,
        definition,
        sent.name,
        None,
        sent.variables,
        sent.sender_id,
        sent.sender_key,
    )
    return begin(uow, beginning)


ENGINE_ACTS = Acts(
    fire_timer=jobs.fire_timer,
    finish=finish,
    deliver_message=deliver_message,
    deliver_signal=deliver_signal,
    fail=jobs.fail,
)


class Worker:
    """Does what is due: once, when asked, or by itself in a thread.

    Args:
        handlers: by topic of the service tasks.
        acts: what is done with each kind of job; by default the verbs of the engine alone.
        owner: its name, unique among all that run. The only worker of an SQLite file has a name
            that stays, so that after a crash it takes up at once what it had begun.
        lease_seconds: how long a job is kept from other workers when this one dies.
        chores: what is done now and then, each in a transaction of its own.
    """

    def __init__(
        self,
        database: Database,
        handlers: Handlers[UnitOfWork],
        acts: Acts = ENGINE_ACTS,
        *,
        owner: str | None = None,
        lease_seconds: float = 60,
        chores: Sequence[Chore] = (submissions.forget_old,),
    ) -> None:
        self.owner = owner or ("embedded" if database.is_sqlite else _own_name())
        self._database = database
        self._handlers = handlers
        self._acts = acts
        self._lease_seconds = lease_seconds
        self._chores = chores
        self._chores_due_at: datetime | None = None
        self._log = structlog.get_logger("uitweg.worker").bind(worker=self.owner)
        self._wake = Event()
        self._stopping = Event()
        self._thread: Thread | None = None
        database.on_new_work(self._wake.set)

    def run_due(self) -> int:
        """Do everything that is due now, and what comes of it; gives how many jobs were taken."""
        taken = 0
        while not self._stopping.is_set():
            leased = jobs.claim_due(
                self._database,
                limit=AT_ONCE,
                lease_seconds=self._lease_seconds,
                owner=self.owner,
            )
            if not leased:
                break
            for job in leased:
                if not self._stopping.is_set():
                    self._do(job)
                    taken += 1
        return taken

    def start(self) -> None:
        """Work in a thread from now on, whenever there is something to do."""
        if self._thread is None:
            self._thread = Thread(
                target=self._work, args=(self._stopping,), name="uitweg-worker", daemon=True
            )
            self._thread.start()

    def stop(self) -> None:
        """Finish the job at hand, let others have the rest, and end the thread."""
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(STOPS_WITHIN_SECONDS)
            self._thread = None
        self._stopping = Event()

    def _work(self, stopping: Event) -> None:
        self._guarded(self._take_up)
        while not stopping.is_set():
            self._wake.clear()
            pause = self._guarded(self._round)
            self._wake.wait(LONGEST_SLEEP_SECONDS if pause is None else pause)
        self._guarded(self._give_back)

    def _round(self) -> float:
        """Everything that is due, and then how many seconds there is nothing to do."""
        self.run_due()
        self._do_chores()
        due = jobs.next_due_at(self._database)
        if due is None:
            return LONGEST_SLEEP_SECONDS
        seconds = (due - self._database.clock.now()).total_seconds()
        return min(max(seconds, 0.0), LONGEST_SLEEP_SECONDS)

    def _take_up(self) -> None:
        """What an earlier worker of this name had begun is free again."""
        jobs.give_back(self._database, self.owner, was_tried=True)

    def _give_back(self) -> None:
        jobs.give_back(self._database, self.owner, was_tried=False)

    def _do(self, job: Job) -> None:
        try:
            with self._database.unit_of_work(SYSTEM) as uow:
                self._act(uow, job)
        except Exception as error:  # noqa: BLE001 - the outer edge: every failure is tried again
            self._failed(job, error)

    def _act(self, uow: UnitOfWork, job: Job) -> None:
        if job.attempts > jobs.TRIES:  # each try ended its worker before that could say so
            raise UitwegError("worker_lost", job_id=job.id)
        match job.kind:
            case JobKind.TIMER:
                self._acts.fire_timer(uow, job)
            case JobKind.SERVICE:
                self._acts.finish(uow, job, self._handler_of(job))
            case JobKind.MESSAGE:
                self._acts.deliver_message(uow, job)
            case JobKind.SIGNAL:
                self._acts.deliver_signal(uow, job)
            case JobKind.CALL:
                self._acts.begin_call(uow, job)
            case JobKind.RETURN:
                self._acts.finish_call(uow, job)
            case JobKind.CANCEL_CALL:
                self._acts.cancel_call(uow, job)

    def _handler_of(self, job: Job) -> Handler[UnitOfWork]:
        if job.topic is None:
            return _nothing_to_do
        handler = self._handlers.get(job.topic)
        if handler is None:
            raise UitwegError("topic_without_handler", topic=job.topic)
        return handler

    def _failed(self, job: Job, error: Exception) -> None:
        if _is_gone(job, error):
            return
        waits = jobs.waits_for_receiver(job, error, self._database.clock.now())
        self._report("message_waits" if waits else "job_failed", error, job)
        try:
            with self._database.unit_of_work(SYSTEM) as uow:
                self._acts.fail(uow, job, error)
        except Exception as second:  # noqa: BLE001 - then its lease ends, and it is tried again
            if not _is_gone(job, second):
                self._report("job_failure_not_stored", second, job)

    def _do_chores(self) -> None:
        now = self._database.clock.now()
        if self._chores_due_at is not None and now < self._chores_due_at:
            return
        self._chores_due_at = now + CHORES_EVERY
        for chore in self._chores:
            with self._database.unit_of_work(SYSTEM) as uow:
                chore(uow)

    def _guarded(self, act: Callable[[], Result]) -> Result | None:
        """Run *act*; whatever goes wrong, the worker goes on."""
        try:
            return act()
        except Exception as error:  # noqa: BLE001 - the outer edge: a worker never ends by itself
            self._report("worker_failed", error)
            return None

    def _report(self, event: str, error: Exception, job: Job | None = None) -> None:
        """Log what failed and where; never the text of an exception, which may quote data."""
        about = {} if job is None else _facts(job)
        code = error.code if isinstance(error, UitwegError) else type(error).__name__
        self._log.warning(event, error=code, where=_where(error), **about)


def _nothing_to_do(_uow: UnitOfWork, _call: ServiceCall) -> Variables:
    """What a service task without topic asks for."""
    return {}


def _is_gone(job: Job, error: Exception) -> bool:
    """Whether the job was done, cancelled or taken by another worker meanwhile."""
    return (
        isinstance(error, UitwegError)
        and error.code in _GONE
        and error.values.get("job_id") == job.id
    )


def _facts(job: Job) -> dict[str, str | int | None]:
    return {
        "job_id": job.id,
        "kind": job.kind.value,
        "element_id": job.element_id,
        "topic": job.topic,
        "attempts": job.attempts,
    }


def _where(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    return " < ".join(
        f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in reversed(frames)
    )


def _own_name() -> str:
    return f"{socket.gethostname()[:40]}-{os.getpid()}-{secrets.token_hex(4)}"
