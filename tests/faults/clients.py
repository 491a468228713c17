"""Two people at work, and their own log of what the server acknowledged."""

import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from http.client import HTTPException
from threading import Thread

from tests.installations import Installation
from tests.servers import Server
from tests.visitors import Reply, SentForm, Visitor
from webapp import demo
from webapp.casework import accounts
from webapp.casework.access import Grant

REPORTER, OFFICER = "joris", "miriam"
REPORT_FORM = "/melden/signaal.melden"

REPORT = {
    "onderwerp": "locatie",
    "gemeente": "venlo",
    "wat": "Veel mensen in een klein huis.",
    "zekerheid": "vermoeden",
}

# What is filled in, wherever it is asked: every signal goes to the screeningsoverleg.
ANSWERS = {
    "levensgevaar": "nee",
    "dader_nabij": "nee",
    "geen_veilige_plek": "nee",
    "minderjarig": "nee",
    "medische_hulp": "nee",
    "onderwerp": "locatie",
    "verblijf": "eigen_regio",
    "spoed_besluit": "normaal",
    "duidelijk": "ja",
    "dubbel": "nee",
    "bruikbaar": "ja",
    "bruikbaar_reden": "Er is een plek om te gaan kijken.",
    "manier": "bericht",
    "eerste_antwoord": "Dank u. Wij kijken ernaar.",
    "route": "overleg",
    "route_reden": "Eerst samen bespreken.",
    "vraag_aan_overleg": "Wie kent deze plek?",
    "kern_vormen": "arbeid",
    "kern": "Veel mensen in een klein huis.",
}


class Kind(StrEnum):
    """What somebody did."""

    REPORT = "report"
    CLAIM = "claim"
    COMPLETE = "complete"


@dataclass(frozen=True, slots=True)
class Call:
    """One line of the log.

    Attributes:
        about: the text that a report is known by, or the id of the task.
        reply: None when the connection broke before there was one.
    """

    kind: Kind
    about: str
    form: SentForm
    reply: Reply | None = None

    @property
    def is_acknowledged(self) -> bool:
        """Whether the server said that it is done."""
        return self.reply is not None and self.reply.status == 303

    @property
    def location(self) -> str:
        """Where the answer sent the client, "" without one."""
        return self.reply.location if self.reply else ""


class Client:
    """Reports signals and does the tasks that come of them, in an order that chance decides."""

    def __init__(self, server: Server, chance: random.Random) -> None:
        self.log: list[Call] = []
        self._server = server
        self._chance = chance
        self.log_in()

    def log_in(self) -> None:
        """Begin new sessions, as after a night."""
        address, session = self._server.address, self._server.installation.session
        self._reporter = Visitor(address, session(REPORTER))
        self._officer = Visitor(address, session(OFFICER))

    def work(self, steps: int) -> None:
        """Take some steps; ends earlier when the server is gone."""
        try:
            for _ in range(steps):
                self._step()
        except (OSError, HTTPException):
            assert self._server.was_killed

    def send_again(self) -> None:
        """Send the call that got no answer once more, as whoever presses the button again does."""
        for number, call in enumerate(self.log):
            if call.reply is None:
                self.log[number] = self._sent(call)

    def _step(self) -> None:
        work = self._officer.get("/werk").links("/taken/")
        if not work or self._chance.random() < 0.3:
            self._report()
        else:
            self._do(self._chance.choice(work))

    def _report(self) -> None:
        text = f"Voorval {len(self.log)}: veel mensen in een klein huis."
        form = self._reporter.get(REPORT_FORM).form().filled_in({**REPORT, "wat": text})
        self._send(Call(Kind.REPORT, text, form))

    def _do(self, path: str) -> None:
        page = self._officer.get(path)
        task_id = path.removeprefix("/taken/")
        if "/oppakken" in page.text:
            self._send(Call(Kind.CLAIM, task_id, page.form("/oppakken")))
            page = self._officer.get(path)
        asked = set(re.findall(r'name="(\w+)"', page.text)) & ANSWERS.keys()
        answers = {name: ANSWERS[name] for name in sorted(asked)}
        self._send(Call(Kind.COMPLETE, task_id, page.form().filled_in(answers)))

    def _send(self, call: Call) -> None:
        """Write down what is asked before it is sent, and the answer when there is one."""
        self.log.append(call)
        self.log[-1] = self._sent(call)
        assert self.log[-1].is_acknowledged, self.log[-1].reply

    def _sent(self, call: Call) -> Call:
        visitor = self._reporter if call.kind is Kind.REPORT else self._officer
        return replace(call, reply=visitor.send(call.form))


def make_people(installation: Installation) -> None:
    """The accounts of those who work here; they have sessions and no passwords."""
    with installation.opened() as database, database.unit_of_work(demo.DEMO) as uow:
        for someone in demo.PEOPLE:
            if someone.login_name in {REPORTER, OFFICER}:
                grants = frozenset({Grant(someone.role, someone.scope)})
                accounts.create(uow, someone.login_name, someone.name, "-", grants)


def kill_within(server: Server, seconds: float, work: Callable[[], None]) -> None:
    """Work until the server is killed at a moment that has nothing to do with what it does."""

    def kill() -> None:
        time.sleep(seconds)
        server.strike()

    killer = Thread(target=kill)
    killer.start()
    work()
    killer.join()
