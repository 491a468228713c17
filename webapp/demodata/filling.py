"""Fills a demo: its region, its people, and cases that they worked on until now."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from engine import definitions, queries
from engine.model import SYSTEM
from engine.storage.database import Database
from webapp import demo
from webapp.casework import cases, migrate, regions
from webapp.demodata.clocks import SetClock
from webapp.demodata.colleagues import Colleagues
from webapp.demodata.pace import Pace
from webapp.demodata.plans import LONGEST_BEFORE, Planner
from webapp.demodata.playing import Counts, Playing

ROSTER_EVERY = timedelta(weeks=demo.WEEKS_AHEAD - 2)
TELLS_EVERY = timedelta(weeks=12)


@dataclass(frozen=True, slots=True)
class Filled:
    """What came of it.

    Attributes:
        counts: how much was done.
        processes: of each process its name, how many run, and how many have ended.
    """

    counts: Counts
    processes: tuple[tuple[str, int, int], ...]


def begin_of(now: datetime) -> datetime:
    """Where the clock of the database stands at first, for a demo that ends now."""
    return now - LONGEST_BEFORE


def is_filled(database: Database) -> bool:
    """Whether anybody here has reported something already."""
    people = Colleagues.of(database).people
    with database.unit_of_work(SYSTEM, read_only=True) as uow:
        return any(cases.reported_by(uow, person.id, limit=1) for person in people)


def prepare(database: Database, data_dir: Path) -> None:
    """Make the region, its people and their roster, and deploy the processes."""
    migrate(database)
    with database.unit_of_work(demo.DEMO) as uow:
        demo.make_region(uow)
    demo.make_people(database, data_dir)
    demo.make_roster(database)
    demo.deploy_processes(database)


def fill(
    database: Database,
    clock: SetClock,
    now: datetime,
    *,
    number: int,
    seed: int,
    tell: Callable[[Counts], None],
) -> Filled:
    """Play so many cases in a region that was prepared, until *now*.

    Args:
        clock: that of the database, at `begin_of` this moment.
        tell: is handed how far it is, now and then.
    """
    colleagues = Colleagues.of(database)
    with database.unit_of_work(SYSTEM, read_only=True) as uow:
        pace = Pace.between(uow.calendar_of(demo.WHOLE_REGION), clock.now(), now)
        places = {one.key: one.name for one in regions.municipalities(uow)}
    roads = Planner(now, colleagues, pace, places, seed).roads(number)
    playing = Playing(database, clock, colleagues, pace, seed=seed)
    now_and_then = {
        ROSTER_EVERY: lambda: demo.make_roster(database),
        TELLS_EVERY: lambda: tell(playing.counts),
    }
    playing.run(roads, now, now_and_then)
    demo.make_roster(database)
    return Filled(playing.counts, _processes(database))


def _processes(database: Database) -> tuple[tuple[str, int, int], ...]:
    running, ended = Counter[str](), Counter[str]()
    with database.unit_of_work(SYSTEM, read_only=True) as uow:
        for definition_id, run, done in queries.tally(uow):
            name = definitions.get(uow, definition_id).name
            running[name] += run
            ended[name] += done
    return tuple((name, running[name], ended[name]) for name in sorted(running))
