"""Nobody reaches a file that is not theirs: not by its page, its parts, its tasks or any list.

One person's road lies in three files, of a signal, of procesregie and of care, and every role asks
every address for every file. Who may open which is written out by hand.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from engine.model import SYSTEM
from engine.storage.unit_of_work import UnitOfWork
from tests.webapp.builders import NO_PASSWORD
from tests.webapp.chain import Chain
from tests.webapp.visitors import Page, Visitor, Web
from webapp.casework import accounts, cases, notices
from webapp.casework.access import Grant, Person
from webapp.casework.cases import CaseFile
from webapp.casework.roles import ROLES, Level

PLACES = {Level.MUNICIPALITY: "venlo", Level.HOUSE: "noord", Level.REGION: "limburg"}
ELSEWHERE = {Level.MUNICIPALITY: "roermond", Level.HOUSE: "midden"}
# Which file each role may open, in the place of the road, without having done anything in it. What
# else they may do, they may do because a task waits for them there.
MAY_OPEN = {
    "aandachtsfunctionaris": {"A"},
    "teammanager": {"A"},
    "procesregisseur": {"B"},
    "zorgcoordinator": {"C"},
    "manager_zvh": {"B", "C"},
}
SECRETS = {
    "A": "Zij werd op de Keulsepoort gezien",
    "B": "Het gezin is verdeeld",
    "C": "Zij wil naar haar zus in Assen",
}
PAGES = (
    "/zaken/{number}",
    "/zaken/{number}/diagram",
    "/zaken/{number}/diagram?proces={process}",
    "/zaken/{number}/diagram/{instance}",
    "/zaken/{number}/diagram/{instance}/gegevens",
    "/zaken/{number}/gebeurtenis/Client.Stopt",
    "/meldingen/{number}",
    "/meldingen/{number}/ontvangen",
    "/taken/{task}",
    "/werk?na={task}",
    "/vastgelopen/taken/{task}/geven",
)
POSTS = (
    "/zaken/{number}/gebeurtenis/Client.Stopt",
    "/zaken/{number}/gebeurtenis/Client.Stopt/vragen",
    "/meldingen/{number}/aanvullen",
    "/taken/{task}",
    "/taken/{task}/oppakken",
    "/taken/{task}/teruggeven",
    "/taken/{task}/concept",
    "/taken/{task}/vragen",
    "/vastgelopen/taken/{task}/herinneren",
    "/vastgelopen/taken/{task}/terugleggen",
    "/vastgelopen/taken/{task}/geven",
)
LISTS = ("/", "/werk", "/meldingen", "/vastgelopen")
IDS = ("number", "instance", "task")
TOKEN = re.compile(r'name="csrf_token" value="[^"]*"')


@dataclass(frozen=True)
class File:
    """One file of the road, with what its addresses are made of."""

    regime: str
    case: CaseFile
    task: str
    process: str

    @property
    def parts(self) -> dict[str, str]:
        """What an address names."""
        assert self.case.instance_id is not None
        return {
            "number": self.case.number,
            "instance": self.case.instance_id,
            "task": self.task,
            "process": self.process,
        }


@dataclass
class Road:
    """A signal in Venlo with procesregie and care beside each other, and somebody of every role.

    Attributes:
        files: by regime.
        people: by role, all in the place of the road.
    """

    chain: Chain
    web: Web
    files: dict[str, File] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)

    def who_may_not_open(self, regime: str) -> Iterator[Visitor]:
        """Browsers of everybody else."""
        for role, person in self.people.items():
            if regime not in MAY_OPEN.get(role.partition("@")[0], ()) or "@" in role:
                yield self.web.as_(person)


@pytest.fixture
def road(chain: Chain) -> Road:
    found = Road(chain, Web(chain))
    signal = chain.signal()
    chain.receive("Regie.Nodig", signal.number)
    chain.receive("Zorg.Nodig", signal.number, grondslag="toestemming")
    processes = {"A": "melding", "B": "regie", "C": "zorg"}
    sections = {"A": "signal_core", "B": "zvh_case", "C": "care_plan"}
    with chain.database.unit_of_work(SYSTEM) as uow:
        for case in cases.of_path(uow, signal.path):
            regime = case.regime.value
            cases.record(uow, case, {sections[regime]: {"summary": SECRETS[regime]}})
            (task,) = chain.tasks(case) if regime != "A" else chain.tasks(signal)
            found.files[regime] = File(regime, case, task.id, processes[regime])
        found.people = dict(_people(uow))
    return found


@pytest.fixture
def chain(office) -> Chain:
    return Chain(office)


@pytest.mark.parametrize("regime", ["A", "B", "C"])
def test_no_address_of_a_file_tells_it_from_one_that_is_not_there(road: Road, regime: str) -> None:
    parts = road.files[regime].parts
    acts = road.chain.acts(parts["number"])
    for visitor in road.who_may_not_open(regime):
        for address in PAGES:
            mine, unknown = _both(visitor, address, parts)

            assert mine.status == unknown.status == 404, address
            assert _same(mine, unknown, parts), address
        for address in POSTS:
            assert visitor.post(address.format(**parts), {}).status == 404, address

    assert road.chain.acts(parts["number"]) == acts


@pytest.mark.parametrize("regime", ["A", "B", "C"])
def test_no_list_shows_a_file_to_who_may_not_open_it(road: Road, regime: str) -> None:
    for visitor in road.who_may_not_open(regime):
        for address in LISTS:
            body = visitor.get(address).body

            assert road.files[regime].case.number not in body
            assert road.files[regime].task not in body


@pytest.mark.parametrize(("role", "regimes"), MAY_OPEN.items())
def test_the_page_of_a_file_holds_nothing_of_another(
    road: Road, role: str, regimes: set[str]
) -> None:
    visitor = road.web.as_(road.people[role])
    for regime in regimes:
        page = visitor.get(f"/zaken/{road.files[regime].case.number}")
        shut = set(road.files) - regimes

        assert page.status == 200
        for other in shut:
            assert road.files[other].case.number not in page.body
            assert road.files[other].parts["instance"] not in page.body
            assert road.files[other].task not in page.body
        for other, secret in SECRETS.items():
            if other != regime:
                assert secret not in page.body


def test_managers_read_no_content_in_any_file(road: Road) -> None:
    for role in ("teammanager", "manager_zvh"):
        visitor = road.web.as_(road.people[role])
        for regime in MAY_OPEN[role]:
            parts = road.files[regime].parts
            for address in ("/zaken/{number}", "/taken/{task}", "/zaken/{number}/diagram"):
                body = visitor.get(address.format(**parts)).body
                assert not [secret for secret in SECRETS.values() if secret in body]
                assert "Ana Pérez" not in body


def test_the_diagram_of_another_file_is_not_shown_by_way_of_ones_own(road: Road) -> None:
    visitor = road.web.as_(road.people["zorgcoordinator"])
    own = road.files["C"].case.number
    for other in ("A", "B"):
        parts = road.files[other].parts

        assert visitor.get(f"/zaken/{own}/diagram/{parts['instance']}").status == 404
        assert visitor.get(f"/zaken/{own}/diagram/{parts['instance']}/gegevens").status == 404
        assert visitor.get(f"/zaken/{own}/diagram?proces={parts['process']}").status == 404


def test_a_role_that_was_taken_away_shuts_everything_at_once(road: Road) -> None:
    chain, parts = road.chain, road.files["C"].parts
    visitor = road.web.as_(chain.zoe)
    visitor.press(visitor.get(f"/taken/{parts['task']}"), "Pak deze taak op")
    assert parts["number"] in visitor.get("/werk").body
    with chain.database.unit_of_work(SYSTEM) as uow:
        accounts.withdraw(uow, chain.zoe.id, Grant("zorgcoordinator", "limburg"))

    for address in PAGES:
        assert visitor.get(address.format(**parts)).status == 404, address
    for address in LISTS:
        assert parts["number"] not in visitor.get(address).body, address


def test_a_notice_of_a_file_reaches_its_recipients_alone(road: Road) -> None:
    with road.chain.database.unit_of_work(SYSTEM) as uow:
        number = road.files["C"].case.number
        notices.send(uow, "zorgcoordinator@limburg", "nieuws", case_number=number)

    for role, person in road.people.items():
        shown = number in road.web.as_(person).get("/").body
        assert shown == (role == "zorgcoordinator"), role


def _people(uow: UnitOfWork) -> Iterator[tuple[str, Person]]:
    """Somebody of each role where the road lies, and of each again somewhere else."""
    for role in ROLES.values():
        for name, places in ((role.key, PLACES), (f"{role.key}@elders", ELSEWHERE)):
            if role.level in places:
                grants = frozenset({Grant(role.key, places[role.level])})
                login_name = f"{role.key}-{places[role.level]}"
                yield name, accounts.create(uow, login_name, "Iemand", NO_PASSWORD, grants)


def _both(visitor: Visitor, address: str, parts: dict[str, str]) -> tuple[Page, Page]:
    """What somebody gets for a file, and for one that is not there."""
    unknown = {**parts, **{key: _masked(parts[key]) for key in IDS}}
    return visitor.get(address.format(**parts)), visitor.get(address.format(**unknown))


def _same(mine: Page, unknown: Page, parts: dict[str, str]) -> bool:
    """Whether both are the same but for what was asked for, and the token of the forms."""
    body = mine.body
    for key in IDS:
        body = body.replace(parts[key], _masked(parts[key]))
    return TOKEN.sub("", body) == TOKEN.sub("", unknown.body)


def _masked(text: str) -> str:
    return re.sub(r"[a-zA-Z0-9]", "x", text)
