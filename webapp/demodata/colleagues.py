"""The people of the demo at work: who there is for a task, and where they work."""

from collections.abc import Iterable
from random import Random

from engine.model import SYSTEM
from engine.storage.database import Database
from engine.tasks import UserTask
from webapp.casework import accounts
from webapp.casework.access import Person


class Colleagues:
    """Everybody who has an account, with the roles that they have."""

    def __init__(self, people: Iterable[Person]) -> None:
        self.people = tuple(people)
        self._by_group: dict[str, list[Person]] = {}
        for person in self.people:
            for group in person.groups:
                self._by_group.setdefault(group, []).append(person)

    @classmethod
    def of(cls, database: Database) -> "Colleagues":
        """Those of an installation."""
        with database.unit_of_work(SYSTEM, read_only=True) as uow:
            known = accounts.all_accounts(uow)
            return cls(accounts.get(uow, one.id) for one in known if one.is_active)

    @property
    def groups(self) -> tuple[str, ...]:
        """Every group that somebody stands in."""
        return tuple(sorted(self._by_group))

    def for_task(self, rng: Random, task: UserTask) -> Person | None:
        """Who does an open task: whoever took it on, or one of those who may; None for nobody."""
        if task.assignee is not None:
            return next((one for one in self.people if one.id == task.assignee), None)
        may = self._by_group.get(task.candidate, [])
        return rng.choice(may) if may else None

    def with_role(self, role: str) -> dict[str, list[Person]]:
        """By scope, who has a role there."""
        found: dict[str, list[Person]] = {}
        for person in self.people:
            for grant in person.grants:
                if grant.role == role:
                    found.setdefault(grant.scope, []).append(person)
        return dict(sorted(found.items()))
