"""Someone at a browser of their own, in the words of the work."""

import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, Response, expect

from tests.servers import Server

LOOKS_FOR_SECONDS = 30
SEND = "Verstuur en rond de taak af"
UNKNOWN = "We kunnen dit niet vinden"

# What somebody answers: one choice or a text; what is ticked, and nothing else; a box that is.
Answer = str | tuple[str, ...] | bool
Answers = Mapping[str, Answer]


@dataclass(frozen=True, slots=True)
class Someone:
    """One person, their browser window, and how they log in."""

    page: Page
    address: str
    login_name: str
    password: str

    def open(self, path: str) -> None:
        """Go to a page by its address; log in when they were logged out meanwhile."""
        self.page.goto(f"{self.address}{path}")
        if self.page.get_by_label("Wachtwoord").count():
            self._fill_in_the_log_in()
            self.page.goto(f"{self.address}{path}")

    def log_in(self) -> None:
        """Log in from the page that asks for it, and wait until they are in."""
        self.page.goto(f"{self.address}/inloggen")
        self._fill_in_the_log_in()

    def leave(self) -> None:
        """Close the page that is open, with what was typed on it; the browser stays."""
        self.page.goto("about:blank")

    def press(self, button: str) -> None:
        """Press a button."""
        self.page.get_by_role("button", name=button).click()

    def follow(self, link: str) -> None:
        """Follow a link."""
        self.page.get_by_role("link", name=link).first.click()

    def choose(self, question: str, answer: str) -> None:
        """Choose one of the answers to a question."""
        group = self.page.get_by_role("group", name=_begins(question))
        group.get_by_role("radio", name=_begins(answer)).check()

    def tick(self, question: str, *answers: str) -> None:
        """Tick these of the answers to a question, and no other."""
        group = self.page.get_by_role("group", name=_begins(question))
        for box in group.get_by_role("checkbox").all():
            box.uncheck()
        for answer in answers:
            group.get_by_role("checkbox", name=_begins(answer)).check()

    def write(self, question: str, text: str) -> None:
        """Write an answer."""
        self.field(question).fill(text)

    def field(self, question: str) -> Locator:
        """The field of a question."""
        written = self.page.get_by_role("textbox", name=_begins(question))
        return written.or_(self.page.get_by_role("combobox", name=_begins(question)))

    def fill_in(self, answers: Answers) -> None:
        """Answer the questions of a form, in this order; a question may call up the next ones."""
        for question, answer in answers.items():
            group = self.page.get_by_role("group", name=_begins(question))
            box = self.page.get_by_role("checkbox", name=_begins(question))
            asked = self.field(question).or_(group).or_(box).first
            asked.wait_for()
            if isinstance(answer, tuple):
                self.tick(question, *answer)
            elif isinstance(answer, bool):
                box.set_checked(answer)
            elif group.count():
                self.choose(question, answer)
            elif asked.evaluate("element => element.tagName") == "SELECT":
                asked.select_option(answer)
            else:
                asked.fill(answer)

    def report(self, answers: Answers) -> str:
        """Report a signal; gives its number."""
        self.open("/")
        self.follow("Een signaal melden")
        self.fill_in(answers)
        return self.send_report()

    def send_report(self) -> str:
        """Send the form of a report, which is accepted; gives the number it gets."""
        self.press("Verstuur de melding")
        self.sees_heading("We hebben uw melding ontvangen")
        return self.page.locator(".receipt__number").inner_text()

    def take_on(self, task: str) -> None:
        """Find a task in the inbox and take it on; a next step may be theirs and open already."""
        if self._has_open(task):
            return
        link = self.page.get_by_role("link", name=task, exact=True)
        self._look_again("/werk", link, task)
        link.first.click()
        self.sees_heading(task)
        take_on = self.page.get_by_role("button", name="Pak deze taak op")
        if take_on.count():
            take_on.click()
        expect(self.page.get_by_role("button", name=SEND)).to_be_visible()

    def send(self) -> None:
        """Send the form of a task, which is accepted."""
        answer = self._sent()
        assert answer.status == 200, self.page.inner_text("main")

    def send_in_vain(self) -> None:
        """Send the form of a task, which is refused and shown again."""
        assert self._sent().status == 422
        expect(self.page.get_by_role("alert")).to_be_focused()

    def do(self, task: str, answers: Answers) -> None:
        """Take on a task, fill in its form and send it."""
        self.take_on(task)
        self.fill_in(answers)
        self.send()

    @property
    def case_number(self) -> str:
        """The number of the case of the task that is open."""
        return self.page.locator("main .number").first.inner_text()

    def find(self, path: str, text: str) -> None:
        """Look at a page again until it says so: the server works on by itself."""
        self._look_again(path, self.page.get_by_text(text), text)

    def sees(self, text: str) -> None:
        """The page says so."""
        expect(self.page.get_by_text(text).first).to_be_visible()

    def sees_heading(self, text: str) -> None:
        """The page has a heading that says so."""
        expect(self.page.get_by_role("heading", name=text).first).to_be_visible()

    def _fill_in_the_log_in(self) -> None:
        self.page.get_by_label("Gebruikersnaam").fill(self.login_name)
        self.page.get_by_label("Wachtwoord").fill(self.password)
        self.press("Inloggen")
        expect(self.page.get_by_role("button", name="Uitloggen")).to_be_visible()

    def _has_open(self, task: str) -> bool:
        heading = self.page.get_by_role("heading", name=task, exact=True, level=1)
        return bool(heading.count() and self.page.get_by_role("button", name=SEND).count())

    def _sent(self) -> Response:
        with self.page.expect_navigation() as navigation:
            self.press(SEND)
        return navigation.value

    def _look_again(self, path: str, wanted: Locator, name: str) -> None:
        until = time.monotonic() + LOOKS_FOR_SECONDS
        self.open(path)
        while not wanted.count():
            assert time.monotonic() < until, f"{name} is not in {self.page.inner_text('main')}"
            time.sleep(0.1)
            self.open(path)


@dataclass(frozen=True, slots=True)
class Outsider:
    """Somebody of the region whose work a case is not, and who asks for its addresses."""

    page: Page
    server: Server
    login_name: str

    def finds_nothing_at(self, *addresses: str) -> None:
        """Each address gives the page that an address gives where nothing is."""
        session = self.server.installation.session(self.login_name)  # of now: the clock goes on
        self.page.context.add_cookies(
            [{"name": "uitweg", "value": session, "url": self.server.address}]
        )
        for address in addresses:
            answer = self.page.goto(address)
            assert answer is not None, f"{address} is opened already"
            assert answer.status == 404, f"{self.login_name} at {address}"
            expect(self.page.get_by_role("heading", name=UNKNOWN)).to_be_visible()


def keep_out(outsiders: Iterable[Outsider], insider: Someone) -> None:
    """Somebody has a task open; others ask for its address and for those of its case."""
    case = f"{insider.address}/zaken/{insider.case_number}"
    for one in outsiders:
        one.finds_nothing_at(insider.page.url, case, f"{case}/diagram")


def _begins(text: str) -> re.Pattern[str]:
    return re.compile(f"^{re.escape(text)}")
