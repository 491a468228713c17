"""Plays the roads of a demo: the clock goes from one thing to the next, until now.

What colleagues find to do they find in their inbox, as a page would show it. What a road's story
leaves open is done at a natural pace; a little of the last weeks is left lying.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import processes
from engine import jobs, queries, tasks
from engine.errors import UitwegError
from engine.model import SYSTEM
from engine.storage.database import Database
from engine.tasks import UserTask
from engine.worker import Worker
from webapp.casework import background, cases, notices
from webapp.casework.access import Person
from webapp.demodata import content
from webapp.demodata.acting import Acting
from webapp.demodata.clocks import SetClock
from webapp.demodata.colleagues import Colleagues
from webapp.demodata.content import Happening
from webapp.demodata.pace import AT_ONCE, Pace
from webapp.demodata.plans import Road

TIDIES_EVERY = timedelta(days=7)
NOTICES_KEPT = timedelta(days=4)
# Of what is found in the last weeks, so many in a hundred are left lying.
LEFT_IN_HUNDRED = 2
LEFT_SINCE = timedelta(days=25)
# Who does a task later takes it on as soon as they have seen it.
TAKEN_ON_WITHIN = timedelta(days=1)
TRIES = 5
# What happened meanwhile to what somebody wanted to do: a timer or a colleague was first.
OVERTAKEN = frozenset(
    {"not_found", "task_completed", "task_cancelled", "task_claimed", "task_changed"}
)
NOT_YET = frozenset({"not_found", "event_not_awaited", "addition_not_awaited"})

Act = Callable[[], None]


@dataclass(slots=True)
class Counts:
    """How far it is: numbers, and nothing of anybody.

    Attributes:
        at: the moment that is played.
        reported: how many cases were.
        done: how many tasks.
        left: how many tasks are left lying.
        refused: what could not be done, by form and code.
    """

    at: datetime
    reported: int = 0
    done: int = 0
    left: int = 0
    refused: Counter[str] = field(default_factory=Counter)


@dataclass(order=True, slots=True)
class _Planned:
    """Something that somebody will do; what was planned first goes first."""

    at: datetime
    order: int
    act: Act = field(compare=False)


class Playing:
    """A region in the past, in which people work until now.

    Args:
        clock: that of the database; it only goes forward.
        seed: with the number of a road it decides everything that is drawn.

    Attributes:
        counts: how far it is.
    """

    def __init__(
        self, database: Database, clock: SetClock, colleagues: Colleagues, pace: Pace, *, seed: int
    ) -> None:
        self.counts = Counts(clock.now())
        self._database = database
        self._clock = clock
        self._colleagues = colleagues
        self._pace = pace
        self._acting = Acting(database, seed=seed)
        self._worker = Worker(database, processes.handlers(), background.ACTS)
        self._agenda: list[_Planned] = []
        self._planned = 0
        self._found: set[str] = set()
        self._roads: dict[str, Road] = {}
        self._road_of: dict[str, Road | None] = {}
        self._happened: Counter[str] = Counter()
        self._ends_at = clock.now()

    def run(
        self, roads: Collection[Road], ends_at: datetime, now_and_then: Mapping[timedelta, Act]
    ) -> None:
        """Play until *ends_at*.

        Args:
            now_and_then: what is done besides, by how often.

        Raises:
            UnknownFormError: a process asks something that nobody here can answer.
            NoAnswerError: a form takes nothing of what was tried.
        """
        self._ends_at = ends_at
        for road in roads:
            self._plan(road.begins_at, partial(self._report, road))
        for length, act in {TIDIES_EVERY: self._tidy, **now_and_then}.items():
            self._repeat(length, act)
        while (moment := self._next_moment()) <= ends_at:
            self._clock.put(moment)
            self.counts.at = self._clock.now()
            while self._agenda and self._agenda[0].at <= self.counts.at:
                heapq.heappop(self._agenda).act()
            self._worker.run_due()
            self._look_for_work()
        self._clock.put(ends_at)
        self.counts.at = ends_at

    def _next_moment(self) -> datetime:
        """When something happens next: somebody does something, or a job is due."""
        due = jobs.next_due_at(self._database)
        planned = self._agenda[0].at if self._agenda else None
        moments = [moment for moment in (due, planned) if moment is not None]
        return min(moments, default=datetime.max.replace(tzinfo=self._ends_at.tzinfo))

    def _plan(self, at: datetime, act: Act) -> None:
        self._planned += 1
        heapq.heappush(self._agenda, _Planned(at, self._planned, act))

    def _repeat(self, length: timedelta, act: Act) -> None:
        def again() -> None:
            act()
            self._repeat(length, act)

        self._plan(self._clock.now() + length, again)

    # --- what is reported ------------------------------------------------------------------------

    def _report(self, road: Road) -> None:
        try:
            number = self._acting.report(road)
        except UitwegError as error:
            self._refused(road.story.starter, error)
            return
        self.counts.reported += 1
        with self._database.unit_of_work(SYSTEM, read_only=True) as uow:
            self._roads[cases.get(uow, number).path] = road
        self._road_of[number] = road
        self._go_on_from(road, road.story.starter, number, road.reporter)

    def _road(self, number: str) -> Road | None:
        """The road that a case lies on; None for a meeting."""
        if number not in self._road_of:
            with self._database.unit_of_work(SYSTEM, read_only=True) as uow:
                path = cases.get(uow, number).path
            self._road_of[number] = self._roads.get(path)
        return self._road_of[number]

    # --- tasks -----------------------------------------------------------------------------------

    def _look_for_work(self) -> None:
        """Find what is new in anybody's inbox, and see when they do it."""
        groups = self._colleagues.groups
        with self._database.unit_of_work(SYSTEM, read_only=True) as uow:
            waiting = queries.inbox(uow, groups, limit=queries.LONGEST_LIST)
        for task in waiting:
            if task.id not in self._found:
                self._take_up(task)

    def _take_up(self, task: UserTask, person: Person | None = None) -> None:
        """Plan when a task is done.

        Args:
            person: who has just done the one before it, and so goes on.
        """
        self._found.add(task.id)
        road, now = self._road(task.business_key), self._clock.now()
        rng = self._acting.draws(f"{road.number if road else now} {task.element_id} {now}")
        chosen = person or self._colleagues.for_task(rng, task)
        if chosen is None:
            return
        is_left = road is not None and self._is_left(rng.randrange(100), task, road)
        at = self._pace.done_at(rng, task, now)
        said = content.answers_of("", task.form_key) if task.form_key else {}
        if said.get(content.WHEN) == content.AT_DUE and task.due_at is not None:
            at = max(now, task.due_at)
        elif person is not None and not is_left and rng.randrange(2):
            at = self._pace.soon(rng, now)
        act = self._leave if is_left else self._do
        self._plan(at, partial(act, chosen, task.id, road))
        if not is_left and at - now > TAKEN_ON_WITHIN:
            taken_on_at = self._pace.part_of(now, now + TAKEN_ON_WITHIN, rng.random())
            self._plan(taken_on_at or at, partial(self._claim, chosen, task.id))

    def _is_left(self, drawn: int, task: UserTask, road: Road) -> bool:
        """Whether nobody finishes it any more: a little of what is recent and not urgent."""
        if task.form_key in road.story.stands_still_at:
            return True
        is_recent = task.opened_at > self._ends_at - LEFT_SINCE
        is_urgent = task.due_at is not None and task.due_at - task.opened_at <= AT_ONCE
        return is_recent and not is_urgent and drawn < LEFT_IN_HUNDRED

    def _claim(self, person: Person, task_id: str) -> None:
        """Take a task on that is done another day."""
        task = self._still_open(task_id)
        if task is None:
            return
        try:
            self._acting.claim(person, task)
        except UitwegError as error:
            self._refused(task.form_key or task.element_id, error)

    def _leave(self, person: Person, task_id: str, road: Road | None) -> None:
        """Take it on and type half of it, or do not even begin."""
        task = self._still_open(task_id)
        if task is None:
            return
        self.counts.left += 1
        if self._acting.draws(f"{task.element_id} {self._clock.now()}").randrange(2):
            try:
                self._acting.begin(person, task, road)
            except UitwegError as error:
                self._refused(task.form_key or task.element_id, error)

    def _do(self, person: Person, task_id: str, road: Road | None) -> None:
        task = self._still_open(task_id)
        if task is None:
            return
        try:
            done = self._acting.complete(person, task, road)
            self.counts.done += 1
            self._worker.run_due()
            next_id = self._acting.go_on(person, done)
        except UitwegError as error:
            self._refused(task.form_key or task.element_id, error)
            return
        if next_id is not None:
            with self._database.unit_of_work(SYSTEM, read_only=True) as uow:
                following = tasks.get(uow, next_id)
            self._take_up(following, person)
        if road is not None:
            self._go_on_from(road, task.form_key or "", task.business_key, person)

    def _still_open(self, task_id: str) -> UserTask | None:
        with self._database.unit_of_work(SYSTEM, read_only=True) as uow:
            task = tasks.get(uow, task_id)
        return task if task.is_open else None

    # --- what else happens -----------------------------------------------------------------------

    def _go_on_from(self, road: Road, form_key: str, number: str, person: Person) -> None:
        """Plan what the story lets happen after a form was filled in."""
        for happening in road.story.happenings:
            mark = f"{road.number} {happening.after} {happening.message}"
            if happening.after == form_key and not self._happened[mark]:
                self._happened[mark] += 1
                who = person if happening.message else road.reporter
                self._plan_telling(happening, who, number, road, days=happening.days)

    def _plan_telling(
        self,
        happening: Happening,
        person: Person,
        number: str,
        road: Road,
        *,
        days: int,
        tries: int = 0,
    ) -> None:
        def tell() -> None:
            try:
                self._acting.tell(person, number, happening, road)
            except UitwegError as error:
                if error.code in NOT_YET and tries < TRIES:
                    self._plan_telling(happening, person, number, road, days=3, tries=tries + 1)
                else:
                    self._refused(happening.message or "aanvulling", error)

        rng = self._acting.draws(f"{road.number} {happening.message} {tries}")
        day = (self._clock.now() + timedelta(days=days)).date()
        at = self._pace.within(rng, day)
        self._plan(max(at, self._clock.now()), tell)

    def _tidy(self) -> None:
        """Everybody puts away what they were told some days ago."""
        for person in self._colleagues.people:
            with self._database.unit_of_work(person.actor) as uow:
                until = uow.now - NOTICES_KEPT
                while old := [one for one in notices.unseen(uow, person) if one.at < until]:
                    for one in old:
                        notices.put_away(uow, person, one.id)

    def _refused(self, what: str, error: UitwegError) -> None:
        if error.code not in OVERTAKEN:
            self.counts.refused[f"{what}: {error.code}"] += 1
