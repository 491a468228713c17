"""Someone at a browser of their own, in the words of the work."""

import re
import time
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

LOOKS_FOR_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Someone:
    """One person, their browser window, and how they log in."""

    page: Page
    address: str
    login_name: str
    password: str

    def open(self, path: str) -> None:
        """Go to a page by its address."""
        self.page.goto(f"{self.address}{path}")

    def log_in(self) -> None:
        """Log in from the page that asks for it, and wait until they are in."""
        self.open("/inloggen")
        self.page.get_by_label("Gebruikersnaam").fill(self.login_name)
        self.page.get_by_label("Wachtwoord").fill(self.password)
        self.press("Inloggen")
        expect(self.page.get_by_role("button", name="Uitloggen")).to_be_visible()

    def press(self, button: str) -> None:
        """Press a button."""
        self.page.get_by_role("button", name=button).click()

    def follow(self, link: str) -> None:
        """Follow a link."""
        self.page.get_by_role("link", name=link).first.click()

    def choose(self, question: str, answer: str) -> None:
        """Choose one of the answers to a question."""
        group = self.page.get_by_role("group", name=question)
        group.get_by_role("radio", name=re.compile(f"^{re.escape(answer)}")).check()

    def write(self, question: str, text: str) -> None:
        """Write an answer."""
        self.field(question).fill(text)

    def field(self, question: str) -> Locator:
        """The field of a question."""
        asked = re.compile(f"^{re.escape(question)}")
        written = self.page.get_by_role("textbox", name=asked)
        return written.or_(self.page.get_by_role("combobox", name=asked))

    def take_on(self, task: str) -> None:
        """Find a task in the inbox and take it on; a next step may be theirs already."""
        self.find("/werk", task)
        self.follow(task)
        self.sees_heading(task)
        take_on = self.page.get_by_role("button", name="Pak deze taak op")
        if take_on.count():
            take_on.click()
        expect(self.page.get_by_role("button", name="Verstuur en rond de taak af")).to_be_visible()

    def find(self, path: str, text: str) -> None:
        """Look at a page again until it says so: the server works on by itself."""
        until = time.monotonic() + LOOKS_FOR_SECONDS
        self.open(path)
        while not self.page.get_by_text(text).count():
            assert time.monotonic() < until, f"{text} is not in {self.page.inner_text('main')}"
            time.sleep(0.1)
            self.open(path)

    def sees(self, text: str) -> None:
        """The page says so."""
        expect(self.page.get_by_text(text).first).to_be_visible()

    def sees_heading(self, text: str) -> None:
        """The page has a heading that says so."""
        expect(self.page.get_by_role("heading", name=text).first).to_be_visible()
