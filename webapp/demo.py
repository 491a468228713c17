"""The demo: the region Noord- en Midden-Limburg with invented people, to look round in.

Everything is made once and kept; a second start finds it there. The places are real, the people are
not. Passwords are random for each installation and are printed at every start, so the demo listens
to this machine alone.
"""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from itertools import pairwise
from pathlib import Path

import processes
from engine.errors import InvalidInputError, NotAllowedError, Problem
from engine.model import Actor
from engine.storage.database import Database
from engine.storage.unit_of_work import UnitOfWork
from engine.timers import AMSTERDAM
from webapp.casework import accounts, deployments, places, regions, rosters
from webapp.casework.access import Grant, Person
from webapp.casework.roles import PIKET, ROLES, Level
from webapp.config import LOCAL_HOSTS, Config

DEMO = Actor("demo")
PEOPLE_FILE = "demo-people"
REGION_FILE = Path(__file__).parent / "demo-region.toml"
WHOLE_REGION = "noord_en_midden_limburg"
PARTNER = "partner_screeningsoverleg"
MANAGER = "manager_zvh"
# By turns a week each, from Monday morning; so far ahead that the roster's page has no gap.
CHANGE_OF_DUTY = time(9)
WEEKS_AHEAD = 10


@dataclass(frozen=True, slots=True)
class Someone:
    """One person of the demo, who does not exist."""

    name: str
    role: str
    scope: str

    @property
    def login_name(self) -> str:
        """The first name, in small letters."""
        return self.name.partition(" ")[0].lower()


PEOPLE = (
    Someone("Sanne Vogelzang", "signaleerder", "venlo"),
    Someone("Joris Heuvelmans", "signaleerder", "roermond"),
    Someone("Miriam Zandstra", "aandachtsfunctionaris", "venlo"),
    Someone("Karim Wilgenhof", "aandachtsfunctionaris", "roermond"),
    Someone("Lotte Kasteleijn", "teammanager", "venlo"),
    Someone("Bram Oeverland", "teammanager", "roermond"),
    Someone("Ingrid Molenbeek", "voorzitter_screeningsoverleg", "zvh_noord_limburg"),
    Someone("Pascal Roosendonk", "voorzitter_screeningsoverleg", "zvh_midden_limburg"),
    Someone("Marloes Dijkgraver", PARTNER, "zvh_noord_limburg_politie"),
    Someone("Thijs Appelhof", PARTNER, "zvh_noord_limburg_veilig_thuis"),
    Someone("Nadia Zonnebeek", PARTNER, "zvh_noord_limburg_maatschappelijke_opvang"),
    Someone("Gijs Steenweger", PARTNER, "zvh_midden_limburg_politie"),
    Someone("Ilse Korenbloem", PARTNER, "zvh_midden_limburg_veilig_thuis"),
    Someone("Rachid Bosweide", PARTNER, "zvh_midden_limburg_maatschappelijke_opvang"),
    Someone("Femke Lindehout", "procesregisseur", "zvh_noord_limburg"),
    Someone("Jeroen Kolkhuis", "procesregisseur", "zvh_midden_limburg"),
    Someone("Noor Duinkerken", "zorgcoordinator", WHOLE_REGION),
    Someone("Samira Meerveld", "casusregisseur", "venlo"),
    Someone("Daan Hazelaar", "casusregisseur", "roermond"),
    Someone("Dennis Eikelboom", "handhaver", "venlo"),
    Someone("Tessa Grashof", "handhaver", "roermond"),
    Someone("Astrid Hoogvelder", MANAGER, "zvh_noord_limburg"),
    Someone("Willem Brugstra", MANAGER, "zvh_midden_limburg"),
    Someone("Lars Wolkenveld", PIKET, "zvh_noord_limburg"),
    Someone("Fatima Stroomberg", PIKET, "zvh_noord_limburg"),
    Someone("Sjoerd Klaverdonk", PIKET, "zvh_midden_limburg"),
    Someone("Eva Zilverbeek", PIKET, "zvh_midden_limburg"),
    Someone("Hanna Waterloop", "beleidsmaker", "venlo"),
    Someone("Otto Sterrenberg", "privacy_officer", WHOLE_REGION),
    Someone("Yara Veldkamer", "proceseigenaar", WHOLE_REGION),
    Someone("Ruben Torenvliet", "beheerder", WHOLE_REGION),
)

Passwords = Mapping[str, str]


def settings(config: Config) -> Config:
    """The settings of the demo: those of the installation, but for this machine alone."""
    return replace(config, host="127.0.0.1", is_https=False, trusted_hosts=LOCAL_HOSTS)


def make_region(uow: UnitOfWork) -> None:
    """Make the places and closing days that are not there yet."""
    places.load(uow, places.read(REGION_FILE.read_bytes(), file=REGION_FILE.name))


def make_people(database: Database, data_dir: Path) -> Passwords:
    """Make the people that are not there yet; gives the password of each, by log-in name.

    Raises:
        NotAllowedError: not_a_demo, the database has accounts and the passwords of a demo are gone.
    """
    path = data_dir / PEOPLE_FILE
    with database.unit_of_work(DEMO, read_only=True) as uow:
        present = {account.login_name for account in accounts.all_accounts(uow)}
    if present and not path.exists():
        raise NotAllowedError("not_a_demo", file=str(path))
    passwords = _kept_passwords(path)
    new = [someone for someone in PEOPLE if someone.login_name not in present]
    if new:
        with ThreadPoolExecutor(accounts.HASHES_AT_ONCE) as threads:
            hashes = threads.map(
                accounts.hash_password, [passwords[someone.login_name] for someone in new]
            )
        with database.unit_of_work(DEMO) as uow:
            for someone, password_hash in zip(new, hashes, strict=True):
                grants = frozenset({Grant(someone.role, someone.scope)})
                accounts.create(uow, someone.login_name, someone.name, password_hash, grants)
    return passwords


def make_roster(database: Database) -> None:
    """Go on with the piket roster of each house for the coming weeks, from where it ends.

    What somebody changed in it meanwhile stays, gaps as well.
    """
    with database.unit_of_work(DEMO) as uow:
        for house in regions.scope_names(uow, Level.HOUSE):
            on_call = tuple(rosters.candidates(uow, house))
            if on_call:
                _go_on_with_roster(uow, house, on_call)


def _go_on_with_roster(uow: UnitOfWork, house: str, on_call: Sequence[str]) -> None:
    manager = Person(DEMO.id, DEMO.id, frozenset({Grant(MANAGER, house)}))
    today = uow.now.astimezone(AMSTERDAM).date()
    monday = today - timedelta(days=today.weekday())
    mondays = [monday + timedelta(weeks=number) for number in range(-1, WEEKS_AHEAD + 1)]
    changes = [datetime.combine(day, CHANGE_OF_DUTY) for day in mondays]
    planned = rosters.of_place(uow, house, uow.now, uow.now + rosters.FARTHEST)
    reached = max((one.ends for one in planned), default=uow.now)
    for begins, is_over in pairwise(uow.calendar.moment(change) for change in changes):
        if is_over > reached:
            turn = begins.toordinal() // 7 % len(on_call)
            rosters.add(uow, manager, house, on_call[turn], max(begins, reached), is_over)


def deploy_processes(database: Database) -> tuple[str, ...]:
    """Deploy the shipped processes; gives the folders that are new or changed.

    Raises:
        InvalidInputError: a folder cannot be deployed.
    """
    files = processes.read(processes.SHIPPED)
    changed, problems = [], list[Problem]()
    for outcome in deployments.deploy_all(database, DEMO, files, topics=processes.handlers()):
        problems += outcome.problems
        if outcome.deployment is not None and outcome.deployment.is_new:
            changed.append(outcome.folder)
    if problems:
        raise InvalidInputError(problems, "invalid_definition")
    return tuple(changed)


def table_of_people(database: Database, passwords: Passwords) -> list[str]:
    """Who one can log in as, as lines with columns."""
    with database.unit_of_work(DEMO, read_only=True) as uow:
        names = regions.scope_names(uow)
    rows = [("name", "role", "place", "user name", "password")]
    rows += [
        (
            someone.name,
            _short(ROLES[someone.role].title),
            _short(names[someone.scope]),
            someone.login_name,
            passwords[someone.login_name],
        )
        for someone in PEOPLE
    ]
    return _aligned(rows)


def _short(text: str) -> str:
    return text.replace("Zorg- en Veiligheidshuis", "ZVH")


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _kept_passwords(path: Path) -> dict[str, str]:
    """The passwords of the demo, made where they are missing and kept before they are used."""
    kept: dict[str, str] = {}
    if path.exists():
        lines = path.read_text(encoding="utf-8").splitlines()
        kept = dict(line.split(maxsplit=1) for line in lines if len(line.split()) == 2)
    missing = [each.login_name for each in PEOPLE if each.login_name not in kept]
    if missing:
        kept |= {login_name: accounts.new_password() for login_name in missing}
        _write_secretly(path, "".join(f"{name} {password}\n" for name, password in kept.items()))
    return kept


def _write_secretly(path: Path, text: str) -> None:
    """Write a file that only this user can read, whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
