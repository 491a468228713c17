"""Two owners of a process that is published, and the browsers they work in."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.model import SYSTEM
from engine.storage.database import Database
from tests.webapp.builders import NO_PASSWORD, Office, folder
from tests.webapp.visitors import Page, Visitor, Web
from webapp.casework import accounts, deployments, drafts, work
from webapp.casework.access import Grant, Person
from webapp.casework.cases import CaseFile
from webapp.casework.workbench import Workbench

VRAAG = Path(__file__).parent / "vraag"
FORM_PATH = "/studio/vraag/bestand/forms/lezen.form"
DIAGRAM_PATH = "/studio/vraag/bestand/vraag.bpmn"


@dataclass(frozen=True)
class Studio:
    """The studio with the folder `vraag` in it.

    Attributes:
        olga, piet: own the processes of the region.
    """

    web: Web
    olga_herself: Person
    piet_himself: Person
    olga: Visitor
    piet: Visitor

    @property
    def office(self) -> Office:
        """The office that the processes are for."""
        return self.web.office

    def open(self) -> Workbench:
        """The folder as it is now."""
        with self.office.database.unit_of_work(self.olga_herself.actor) as uow:
            return drafts.open_folder(uow, self.olga_herself, "vraag")

    def ask(self, submission: str) -> CaseFile:
        """A case of the process begins."""
        answers = {"gemeente": "venlo", "wat": "Mag dit?"}
        return self.office.do(
            self.office.mel, work.start_case, "vraag.stellen", answers, submission=submission
        )

    def edit(
        self,
        visitor: Visitor,
        old: str,
        new: str,
        *,
        path: str = FORM_PATH,
        page: Page | None = None,
    ) -> Page:
        """Somebody changes a text in a file, as it was on a page that they opened before."""
        page = page or visitor.get(path)
        text = page.typed("content")
        assert old in text
        button = "Bewaar in het concept"
        return visitor.press(page, button, content=text.replace(old, new))

    def deploy_elsewhere(self, old: bytes, new: bytes, path: str) -> None:
        """Another version is published by the command line."""
        files = {
            **folder(VRAAG),
            f"vraag/{path}": (VRAAG / path).read_bytes().replace(old, new),
        }
        with self.office.database.unit_of_work(SYSTEM) as uow:
            deployments.deploy(uow, files, topics=())


@pytest.fixture
def studio(web: Web, database: Database) -> Studio:
    """The studio, with nothing changed yet."""
    grants = frozenset({Grant("proceseigenaar", "limburg")})
    with database.unit_of_work(SYSTEM) as uow:
        deployments.deploy(uow, folder(VRAAG), topics=())
        olga = accounts.create(uow, "olga", "Olga Ooms", NO_PASSWORD, grants)
        piet = accounts.create(uow, "piet", "Piet Pol", NO_PASSWORD, grants)
    return Studio(web, olga, piet, web.as_(olga), web.as_(piet))
