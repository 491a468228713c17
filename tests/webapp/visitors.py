"""A browser without a screen: opens pages, fills in their forms and follows where they lead."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import lxml.html
from flask import Flask
from lxml.html import FormElement, HtmlElement
from werkzeug.test import TestResponse

from engine.storage.database import Database
from tests.builders import MASTER_KEY
from tests.webapp.builders import Office
from webapp.app import create_app
from webapp.casework import accounts
from webapp.casework.access import Person
from webapp.config import Config

_TOKEN = re.compile(r"I[jm][\w-]{50,60}\.[\w-]{6}\.[\w-]{27}")


def make_app(database: Database, *, is_https: bool = False) -> Flask:
    """The application on an open database."""
    config = Config(
        database_url="",
        data_dir=Path("var"),  # nothing is written beside the database
        master_key=MASTER_KEY,
        secret_key="secret of the tests",
        is_https=is_https,
    )
    return create_app(config, database)


@dataclass(frozen=True)
class Page:
    """What came back.

    Attributes:
        path: where the visitor ended, with the query.
    """

    path: str
    response: TestResponse

    @property
    def status(self) -> int:
        """The status of the answer."""
        return self.response.status_code

    @property
    def body(self) -> str:
        """The page as it was sent."""
        return self.response.get_data(as_text=True)

    @property
    def root(self) -> HtmlElement:
        """The page as a tree."""
        return lxml.html.fromstring(self.body)

    @property
    def text(self) -> str:
        """What a reader sees, with single spaces."""
        return words(self.root.xpath("//body")[0])

    @property
    def title(self) -> str:
        """The first heading."""
        return words(self.root.xpath("//h1")[0])

    def same_as(self, other: "Page", its_id: str, my_id: str) -> bool:
        """Whether both are the same but for the id that was asked for.

        The token of forms differs in every page; it is as long in all of them.
        """
        bodies = (self.body, other.body.replace(its_id, my_id))
        mine, theirs = (_TOKEN.sub("token", body) for body in bodies)
        return mine == theirs and len(self.body) == len(other.body)

    def link(self, text: str) -> str:
        """Where the link with these words leads."""
        found = [link for link in self.root.xpath("//a[@href]") if text in words(link)]
        assert found, f"no link {text!r} on {self.path}"
        return str(found[0].get("href"))

    def forms(self) -> list[FormElement]:
        """The forms of the page itself, without those of its frame."""
        return list(self.root.xpath("//main//form"))

    def form(self, button: str) -> FormElement:
        """The form with this button."""
        forms: list[FormElement] = self.root.xpath("//form")
        found = [form for form in forms if _button(form, button) is not None]
        assert found, f"no button {button!r} on {self.path}: {self.text[:300]}"
        return found[0]

    def typed(self, name: str) -> str:
        """What stands in a field."""
        field = self.root.xpath(f"//main//*[@name='{name}']")[0]
        value = field.get("value") if field.tag == "input" else field.value
        # the line end that a textarea begins with is not part of what it holds
        return (value or "").removeprefix("\n" if field.tag == "textarea" else "")


class Visitor:
    """One browser of one person, or of a stranger."""

    def __init__(self, app: Flask, token: str | None = None) -> None:
        self.client = app.test_client()
        if token is not None:
            self.client.set_cookie("uitweg", token)

    def get(self, path: str, **headers: str) -> Page:
        """Open a page and follow where it leads."""
        return self._followed(path, self.client.get(path, headers=_named(headers)))

    def press(self, page: Page, button: str, **answers: str | list[str]) -> Page:
        """Fill in the form of a button, press it and follow where that leads."""
        form = page.form(button)
        pressed = _button(form, button)
        assert pressed is not None
        values = filled_in(form, answers)
        name = pressed.get("name")
        if name:
            values.append((name, pressed.get("value", "")))
        action = pressed.get("formaction") or form.get("action") or page.path
        return self._followed(action, self.client.post(action, data=_listed(values)))

    def post(self, path: str, fields: dict[str, str], **headers: str) -> Page:
        """Send fields as they are, without following, with the token that forms carry."""
        data = {"csrf_token": self.csrf_token(), **fields}
        return Page(path, self.client.post(path, data=data, headers=_named(headers)))

    def csrf_token(self) -> str:
        """The token that the forms of this browser carry."""
        page = self.client.get("/inloggen", follow_redirects=True)
        root = lxml.html.fromstring(page.get_data(as_text=True))
        return root.xpath("//input[@name='csrf_token']")[0].get("value")

    def _followed(self, path: str, response: TestResponse) -> Page:
        for _ in range(5):
            if response.status_code not in {302, 303}:
                return Page(path, response)
            path = response.headers["Location"]
            assert not urlsplit(path).netloc, path
            response = self.client.get(path)
        raise AssertionError("a redirect without end")


class Web:
    """The application over an office, and a browser for whoever needs one."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.app = make_app(office.database)

    def as_(self, person: Person) -> Visitor:
        """A browser in which *person* is logged in."""
        with self.office.database.unit_of_work(person.actor) as uow:
            token = accounts.new_session(uow, person.id)
        return Visitor(self.app, token)

    def stranger(self) -> Visitor:
        """A browser in which nobody is logged in."""
        return Visitor(self.app)


def filled_in(form: FormElement, answers: dict[str, str | list[str]]) -> list[tuple[str, str]]:
    """What a browser sends: what stood in the form, with the answers in their place."""
    names = {field.get("name") for field in form.xpath(".//*[@name]")}
    unknown = set(answers) - names
    assert not unknown, f"no field {unknown}"
    kept = [(name, value) for name, value in form.form_values() if name not in answers]
    for name, answer in answers.items():
        texts = answer if isinstance(answer, list) else [answer]
        kept.extend((name, text) for text in texts)
    return kept


def words(element: HtmlElement) -> str:
    """What an element says, with single spaces."""
    return " ".join(element.text_content().split())


def _button(form: FormElement, text: str) -> HtmlElement | None:
    for button in form.iter("button"):
        if words(button).startswith(text):
            return button
    return None


def _listed(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    listed: dict[str, list[str]] = {}
    for name, value in pairs:
        listed.setdefault(name, []).append(value)
    return listed


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
