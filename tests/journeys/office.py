"""A region at work: the situations in which the pages are looked at, made over HTTP."""

import time
from dataclasses import dataclass
from functools import cached_property

from playwright.sync_api import BrowserContext

from tests.servers import Server
from tests.visitors import Answers, Visitor
from webapp import demo

COMES_WITHIN_SECONDS = 30
REPORT_FORM = "/melden/signaal.melden"
REPORT: Answers = {
    "onderwerp": "locatie",
    "gemeente": "venlo",
    "wat": "Achter de wasserij slapen elke nacht acht mensen in een schuur.",
    "zekerheid": "zelf_gezien",
    "wanneer": "27-02-2026",
    "bedrijf": "Wasserij De Zwaan",
    "vormen": ["arbeid"],
    "kenmerken": ["lange_dagen", "paspoort_afgenomen"],
    "organisatie": "Gemeente Roermond",
    "wil_terugkoppeling": "true",
}
NO_DANGER: Answers = {
    "levensgevaar": "nee",
    "dader_nabij": "nee",
    "geen_veilige_plek": "nee",
    "minderjarig": "nee",
    "medische_hulp": "nee",
    "onderwerp": "locatie",
    "verblijf": "eigen_regio",
}
ASK: Answers = {
    "spoed_besluit": "normaal",
    "duidelijk": "nee",
    "vraag_aan_melder": "Kunnen de mensen vrij naar buiten?",
}


@dataclass(frozen=True)
class Office:
    """People of the demo region, who do over HTTP what nobody has to see.

    Attributes:
        stuck: the address of a task that nobody took on before its term passed.
    """

    server: Server
    passwords: demo.Passwords
    stuck: str = ""

    def visitor(self, login_name: str) -> Visitor:
        """Somebody of the region, logged in."""
        return Visitor(self.server.address, self.server.installation.session(login_name))

    def log_in(self, context: BrowserContext, login_name: str) -> None:
        """Give a browser the session of somebody of the region."""
        session = self.server.installation.session(login_name)
        context.add_cookies([{"name": "uitweg", "value": session, "url": self.server.address}])

    @cached_property
    def joris(self) -> Visitor:
        """Who reports, in Roermond."""
        return self.visitor("joris")

    @cached_property
    def miriam(self) -> Visitor:
        """Who gets the signals of Venlo."""
        return self.visitor("miriam")

    def report(self, **answers: str) -> str:
        """Report a signal; gives its number."""
        reply = self.joris.fill_in(REPORT_FORM, {**REPORT, **answers})
        assert reply.status == 303, reply.text
        return reply.location.split("/")[2]

    def task_of(self, number: str, visitor: Visitor | None = None) -> str:
        """The address of the open task of a case, once it is there."""
        until = time.monotonic() + COMES_WITHIN_SECONDS
        while time.monotonic() < until:
            page = (visitor or self.miriam).get(f"/zaken/{number}")
            if tasks := page.links("/taken/"):
                return tasks[0]
            time.sleep(0.02)
        raise AssertionError(f"no task of {number} comes")

    @cached_property
    def unclaimed(self) -> str:
        """A task that nobody has."""
        return self.task_of(self.report())

    def taken_on(self) -> str:
        """A new task that is Miriam's."""
        task = self.task_of(self.report())
        self.miriam.press(task, "/oppakken")
        return task

    @cached_property
    def with_advice(self) -> str:
        """A task of Miriam's in which a decision table gives advice."""
        return self.miriam.fill_in(self.taken_on(), NO_DANGER).location

    @cached_property
    def asked(self) -> str:
        """The number of a report about which its reporter is asked something."""
        number = self.report()
        task = self.task_of(number)
        self.miriam.press(task, "/oppakken")
        self.miriam.fill_in(self.miriam.fill_in(task, NO_DANGER).location, ASK)
        return number

    @cached_property
    def question(self) -> str:
        """The address of that question."""
        until = time.monotonic() + COMES_WITHIN_SECONDS
        while time.monotonic() < until:
            if tasks := self.joris.get(f"/meldingen/{self.asked}").links("/taken/"):
                return tasks[0]
            time.sleep(0.02)
        raise AssertionError("the question does not come")

    @cached_property
    def double(self) -> str:
        """A task of Miriam's about a signal that looks like another."""
        self.report(adres="Wasserijstraat 1", plaats="Venlo")
        number = self.report(adres="Wasserijstraat 1", plaats="Venlo")
        task = self.task_of(number)
        self.miriam.press(task, "/oppakken")
        clear: Answers = {"spoed_besluit": "normaal", "duidelijk": "ja"}
        self.miriam.fill_in(self.miriam.fill_in(task, NO_DANGER).location, clear)
        task = self.task_of(number)
        if "/oppakken" in self.miriam.get(task).text:  # else she went straight on to it
            self.miriam.press(task, "/oppakken")
        return task
