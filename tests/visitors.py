"""Someone at a browser without scripts, over HTTP: reads pages, fills in forms, sends them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from typing import Self
from urllib.parse import urlencode, urlsplit

from lxml import html

Answers = Mapping[str, str | Sequence[str]]
Pairs = tuple[tuple[str, str], ...]

ANSWERS_WITHIN_SECONDS = 30


@dataclass(frozen=True, slots=True)
class SentForm:
    """A form with everything that goes with it, ready to be sent, also a second time."""

    action: str
    pairs: Pairs

    @property
    def submission(self) -> str:
        """Its idempotency key."""
        return dict(self.pairs)["_submission"]

    def filled_in(self, answers: Answers) -> Self:
        """The same form with these answers in place of what stood there."""
        kept = tuple(pair for pair in self.pairs if pair[0] not in answers)
        new = (
            (name, value)
            for name, given in answers.items()
            for value in ([given] if isinstance(given, str) else given)
        )
        return replace(self, pairs=(*kept, *new))


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server answered."""

    status: int
    location: str
    text: str

    def form(self, action_ends_with: str = "") -> SentForm:
        """The form of the page; or the one whose address ends so, for a button."""
        for each in html.fromstring(self.text).forms:
            action = each.action or ""
            is_main = each.get("id") == "form"
            if action.endswith(action_ends_with) if action_ends_with else is_main:
                return SentForm(action, tuple(each.form_values()))
        raise AssertionError(f"no form {action_ends_with} on this page")

    def links(self, starting_with: str) -> list[str]:
        """The addresses on the page that begin so, in order, each once."""
        found = html.fromstring(self.text).xpath("//a/@href")
        return list(dict.fromkeys(str(href) for href in found if href.startswith(starting_with)))


class Visitor:
    """One person with a session.

    Args:
        address: of the server, "http://127.0.0.1:1234".
        session: the token of a session; "" for somebody who is not logged in.
    """

    def __init__(self, address: str, session: str = "") -> None:
        self._host = urlsplit(address).netloc
        self._cookies = {"uitweg": session} if session else {}

    def get(self, path: str) -> Reply:
        """Read a page."""
        return self._ask("GET", path, None)

    def send(self, form: SentForm) -> Reply:
        """Send a form; raises OSError or HTTPException when the server is gone."""
        return self._ask("POST", form.action, urlencode(form.pairs))

    def fill_in(self, path: str, answers: Answers) -> Reply:
        """Open a page, fill in its form and send it."""
        return self.send(self.get(path).form().filled_in(answers))

    def press(self, path: str, button: str) -> Reply:
        """Open a page and press the button that posts to an address that ends so."""
        return self.send(self.get(path).form(button))

    def _ask(self, method: str, path: str, body: str | None) -> Reply:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = HTTPConnection(self._host, timeout=ANSWERS_WITHIN_SECONDS)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        for header in answer.headers.get_all("Set-Cookie", []):
            self._cookies |= {name: morsel.value for name, morsel in SimpleCookie(header).items()}
        return Reply(answer.status, answer.headers.get("Location", ""), text)
