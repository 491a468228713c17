"""The pages of the piket roster: week by week, its gaps, and the form of a duty."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from engine.model import SYSTEM
from engine.storage.unit_of_work import UnitOfWork
from tests.builders import MONDAY, ManualClock
from tests.webapp.builders import NO_PASSWORD
from tests.webapp.visitors import Page, Web, words
from webapp.casework import accounts, rosters
from webapp.casework.access import Grant, Person

ADD = "Iemand op het rooster zetten"
SAVE = "Opslaan"
WEEKEND = {"starts": "06-03-2026 17:00", "ends": "09-03-2026 09:00"}


class Piket:
    """A house with a manager, in a browser at the desk, and two people for piket."""

    def __init__(self, web: Web) -> None:
        self.web = web
        with web.office.database.unit_of_work(SYSTEM) as uow:
            self.manager = _account(uow, "Mo Manager", "manager_zvh", "noord")
            self.pim = _account(uow, "Pim Piket", "piket", "noord")
            self.pia = _account(uow, "Pia Piket", "piket", "noord")
            self.piet = _account(uow, "Piet Piket", "piket", "midden")
        self.at_desk = web.as_(self.manager)

    def put(self, on_call: Person, starts: datetime, ends: datetime) -> rosters.Duty:
        """Somebody is on the roster already."""
        return self.web.office.do(self.manager, rosters.add, "noord", on_call.id, starts, ends)

    def fill(self, form: Page, on_call: Person, **times: str) -> Page:
        """The manager fills in the form of a duty."""
        return self.at_desk.press(form, SAVE, on_call=on_call.id, **times)


@pytest.fixture
def piket(web: Web) -> Piket:
    return Piket(web)


def test_a_manager_puts_somebody_on_the_roster(piket: Piket) -> None:
    roster = piket.at_desk.get("/piket")
    form = piket.at_desk.get(roster.link(ADD))

    page = piket.fill(form, piket.pim, **WEEKEND)

    assert page.path == "/piket?huis=noord"
    assert "Het rooster is gewijzigd" in page.text
    assert _lines(page, "week-0")[1].startswith(
        "Pim Piket Van vrijdag 6 maart 17:00 tot maandag 9 maart 09:00"
    )


def test_the_roster_shows_this_week_and_the_next_eight(piket: Piket) -> None:
    page = piket.at_desk.get("/piket")

    weeks = [words(one) for one in page.root.xpath("//h2[starts-with(@id, 'week-')]")]
    assert len(weeks) == 9
    assert weeks[0] == "Week 10: 2 maart tot en met 8 maart"
    # the week in which summer time begins is as long as the others
    assert weeks[3:5] == [
        "Week 13: 23 maart tot en met 29 maart",
        "Week 14: 30 maart tot en met 5 april",
    ]


def test_a_gap_says_plainly_from_when_until_when_nobody_is_on_call(piket: Piket) -> None:
    piket.put(piket.pim, MONDAY, datetime(2026, 3, 6, 17))
    piket.put(piket.pia, datetime(2026, 3, 9, 9), datetime(2026, 3, 16, 9))

    page = piket.at_desk.get("/piket")

    assert _lines(page, "week-0")[1].startswith(
        "Niemand op piket van vrijdag 6 maart 17:00 tot maandag 9 maart 09:00."
    )
    assert [one.split(" Wijzigen")[0] for one in _lines(page, "week-1")] == [
        "Pia Piket Van maandag 9 maart 09:00 tot maandag 16 maart 09:00"
    ]
    assert _lines(page, "week-5")[0].startswith("Niemand op piket, deze hele week.")
    assert "2 gaten" in page.text


def test_a_duty_stands_in_the_week_in_which_it_begins_and_where_nothing_else_does(
    piket: Piket,
) -> None:
    piket.put(piket.pim, MONDAY, datetime(2026, 3, 23, 9))
    piket.put(piket.pia, datetime(2026, 3, 23, 9), datetime(2026, 3, 30, 9))

    page = piket.at_desk.get("/piket")

    names = [[one.split()[0] for one in _lines(page, f"week-{number}")] for number in range(5)]
    assert names == [["Pim"], ["Pim"], ["Pim"], ["Pia"], ["Niemand"]]


def test_a_gap_is_filled_from_where_it_stands(piket: Piket) -> None:
    piket.put(piket.pim, MONDAY, datetime(2026, 3, 6, 17))
    piket.put(piket.pia, datetime(2026, 3, 9, 9), datetime(2026, 3, 16, 9))
    roster = piket.at_desk.get("/piket")

    form = piket.at_desk.get(roster.link("Invullen: vanaf vrijdag 6 maart 17:00"))

    assert form.typed("starts") == WEEKEND["starts"]
    assert form.typed("ends") == WEEKEND["ends"]
    page = piket.fill(form, piket.pia)
    assert _lines(page, "week-0")[1].startswith("Pia Piket Van vrijdag 6 maart 17:00")


def test_who_is_on_call_now_stands_first_and_so_does_that_nobody_is(piket: Piket) -> None:
    empty = piket.at_desk.get("/piket")
    piket.put(piket.pim, MONDAY, datetime(2026, 3, 6, 17))

    page = piket.at_desk.get("/piket")

    assert _section(empty, "now").startswith("Nu Er staat nu niemand op piket.")
    assert _section(page, "now").startswith("Nu Nu op piket: Pim Piket, tot vrijdag 6 maart 17:00.")


def test_a_roster_without_gaps_says_so(piket: Piket) -> None:
    for number in range(10):
        begin = datetime(2026, 3, 2, 9) + timedelta(weeks=number)
        piket.put(piket.pim, begin, begin + timedelta(weeks=1))

    page = piket.at_desk.get("/piket")

    assert "In deze weken staat er steeds iemand op piket." in page.text
    assert "Niemand" not in page.text


def test_what_is_planned_after_these_weeks_is_shown_too(piket: Piket) -> None:
    piket.put(piket.pim, datetime(2026, 7, 3, 17), datetime(2026, 7, 6, 9))

    page = piket.at_desk.get("/piket")

    assert "Van vrijdag 3 juli 17:00" in _lines(page, "later")[0]


def test_a_duty_is_given_to_another(piket: Piket) -> None:
    piket.put(piket.pim, datetime(2026, 3, 6, 17), datetime(2026, 3, 9, 9))
    form = piket.at_desk.get(piket.at_desk.get("/piket").link("Wijzigen: Pim Piket"))
    assert (form.typed("on_call"), form.typed("starts")) == (piket.pim.id, WEEKEND["starts"])

    page = piket.fill(form, piket.pia)

    assert "Pim" not in page.text
    assert _lines(page, "week-0")[1].startswith("Pia Piket Van vrijdag 6 maart 17:00")


def test_of_a_duty_that_runs_only_what_is_left_changes(piket: Piket, clock: ManualClock) -> None:
    duty = piket.put(piket.pim, MONDAY, datetime(2026, 3, 9, 9))
    clock.advance(minutes=10)
    form = piket.at_desk.get(f"/piket/diensten/{duty.id}")
    assert "Deze dienst is al begonnen." in form.text

    page = piket.fill(form, piket.pia)

    first, second = _lines(page, "week-0")
    assert first.startswith("Pim Piket Van maandag 2 maart 10:00 tot maandag 2 maart 10:10")
    assert second.startswith("Pia Piket Nu Van maandag 2 maart 10:10")
    assert "Wijzigen" not in first


def test_a_duty_is_taken_off_the_roster(piket: Piket) -> None:
    duty = piket.put(piket.pim, datetime(2026, 3, 6, 17), datetime(2026, 3, 9, 9))
    form = piket.at_desk.get(f"/piket/diensten/{duty.id}")

    page = piket.at_desk.press(form, "Van het rooster halen")

    assert page.path == "/piket?huis=noord"
    assert "Pim" not in page.text


def test_a_duty_that_has_been_leads_back_to_the_roster(piket: Piket, clock: ManualClock) -> None:
    duty = piket.put(piket.pim, MONDAY, datetime(2026, 3, 2, 10, 5))
    form = piket.at_desk.get(f"/piket/diensten/{duty.id}")
    clock.advance(minutes=10)

    assert piket.at_desk.get(f"/piket/diensten/{duty.id}").path == "/piket?huis=noord"
    assert piket.at_desk.press(form, "Van het rooster halen").status == 409
    assert piket.fill(form, piket.pia, ends="03-03-2026 09:00").status == 409


def test_an_overlap_says_who_is_on_call_then_and_keeps_what_was_typed(piket: Piket) -> None:
    piket.put(piket.pim, datetime(2026, 3, 6, 17), datetime(2026, 3, 9, 9))
    form = piket.at_desk.get("/piket/nieuw/noord")

    page = piket.fill(form, piket.pia, starts="07-03-2026 09:00", ends="08-03-2026 09:00")

    assert page.status == 409
    assert (
        "Pim Piket staat al op het rooster, van vrijdag 6 maart 17:00 tot maandag 9 maart 09:00."
        in page.text
    )
    assert page.typed("starts") == "07-03-2026 09:00"
    assert page.typed("on_call") == piket.pia.id


def test_the_same_form_sent_twice_is_one_duty(piket: Piket) -> None:
    form = piket.at_desk.get("/piket/nieuw/noord")

    piket.fill(form, piket.pim, **WEEKEND)
    page = piket.fill(form, piket.pim, **WEEKEND)

    assert page.status == 200
    assert page.text.count("Wijzigen: Pim Piket") == 1


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ({"starts": "", "ends": ""}, "Vul dit in."),
        ({"starts": "morgen", "ends": "09-03-2026 09:00"}, "Schrijf een dag en een tijd"),
        ({"starts": "09-03-2026 09:00", "ends": "06-03-2026 17:00"}, "Kies een tijd na het begin."),
        ({"starts": "01-02-2026 09:00", "ends": "02-02-2026 09:00"}, "Die tijd is al voorbij."),
        ({"starts": "28-03-2026 17:00", "ends": "29-03-2026 02:30"}, "Dat uur bestaat niet"),
        ({"starts": "06-03-2026 17:00", "ends": "06-05-2026 17:00"}, "hoogstens 31 dagen"),
        ({"starts": "06-03-2062 17:00", "ends": "07-03-2062 17:00"}, "binnen een jaar"),
    ],
)
def test_an_answer_that_cannot_be_is_refused_beside_its_field(
    piket: Piket, times: dict[str, str], words: str
) -> None:
    form = piket.at_desk.get("/piket/nieuw/noord")

    page = piket.fill(form, piket.pim, **times)

    assert page.status == 422
    assert words in page.text
    assert page.typed("starts") == times["starts"]
    assert page.root.xpath("//main//a[@href='#field-starts' or @href='#field-ends']")


def test_somebody_without_the_role_cannot_be_chosen_nor_sent(piket: Piket) -> None:
    form = piket.at_desk.get("/piket/nieuw/noord")
    offered = form.root.xpath("//select[@name='on_call']/option/text()")

    sent = piket.at_desk.post("/piket/nieuw/noord", {"on_call": piket.piet.id, **WEEKEND})

    assert offered == ["Maak een keuze", "Pia Piket", "Pim Piket"]
    assert sent.status == 422


def test_who_lost_the_role_is_marked_and_leaves_a_gap(piket: Piket) -> None:
    piket.put(piket.pim, MONDAY, datetime(2026, 3, 9, 9))
    with piket.web.office.database.unit_of_work(SYSTEM) as uow:
        accounts.withdraw(uow, piket.pim.id, Grant("piket", "noord"))

    page = piket.at_desk.get("/piket")

    assert "Er staat nu niemand op piket." in page.text
    assert any("Heeft de rol of het account niet meer" in one for one in _lines(page, "week-0"))


def test_a_house_without_anybody_for_piket_says_what_to_do(piket: Piket) -> None:
    with piket.web.office.database.unit_of_work(SYSTEM) as uow:
        manager = _account(uow, "Mia Manager", "manager_zvh", "midden")
        accounts.withdraw(uow, piket.piet.id, Grant("piket", "midden"))

    page = piket.web.as_(manager).get("/piket")

    assert "Vraag de beheerder" in page.text


def test_people_on_duty_see_their_own_duties_and_not_the_roster(piket: Piket) -> None:
    piket.put(piket.pim, MONDAY, datetime(2026, 3, 6, 17))
    piket.put(piket.pia, datetime(2026, 3, 6, 17), datetime(2026, 3, 9, 9))

    page = piket.web.as_(piket.pia).get("/piket")

    assert "ZVH Noord Van vrijdag 6 maart 17:00 tot maandag 9 maart 09:00" in page.text
    assert "Pim" not in page.text
    assert not page.root.xpath("//main//a | //main//form")
    assert "U staat de komende tijd niet op het rooster." in (
        piket.web.as_(piket.piet).get("/piket").text
    )


def test_piket_stands_in_the_menu_of_those_whom_it_concerns(piket: Piket) -> None:
    for person, is_there in (
        (piket.manager, True),
        (piket.pim, True),
        (piket.web.office.anna, False),
        (piket.web.office.mel, False),
    ):
        menu = piket.web.as_(person).get("/").root.xpath("//nav//a/@href")
        assert ("/piket" in menu) == is_there


def test_who_makes_the_roster_of_two_houses_chooses_one(piket: Piket) -> None:
    with piket.web.office.database.unit_of_work(SYSTEM) as uow:
        accounts.give(uow, piket.manager.id, Grant("manager_zvh", "midden"))

    first = piket.at_desk.get("/piket")
    second = piket.at_desk.get(first.link("ZVH Noord"))

    assert first.root.xpath("//main//p[@class='lead']/text()") == ["ZVH Midden"]
    assert second.root.xpath("//main//p[@class='lead']/text()") == ["ZVH Noord"]


def test_the_roster_of_another_house_cannot_be_told_from_none(piket: Piket) -> None:
    duty = piket.put(piket.pim, datetime(2026, 3, 6, 17), datetime(2026, 3, 9, 9))
    with piket.web.office.database.unit_of_work(SYSTEM) as uow:
        other = _account(uow, "Mia Manager", "manager_zvh", "midden")
    strangers = (other, piket.pim, piket.web.office.anna, piket.web.office.mel)

    for person in strangers:
        visitor = piket.web.as_(person)
        there, nowhere = visitor.get("/piket?huis=noord"), visitor.get("/piket?huis=nergens")
        assert there.status == nowhere.status == 404
        assert there.same_as(nowhere, "nergens", "noord")
        assert visitor.get("/piket/nieuw/noord").status == 404
        assert visitor.get(f"/piket/diensten/{duty.id}").status == 404
        fields = {"on_call": piket.pim.id, **WEEKEND}
        assert visitor.post("/piket/nieuw/noord", fields).status == 404
        assert visitor.post(f"/piket/diensten/{duty.id}", fields).status == 404
        assert visitor.post(f"/piket/diensten/{duty.id}/weghalen", {}).status == 404

    assert (
        piket.web.office.read(
            lambda uow: rosters.on_duty(uow, "noord", datetime(2026, 3, 7, tzinfo=UTC))
        )
        == piket.pim.id
    )


def test_the_page_is_english_too(piket: Piket) -> None:
    piket.put(piket.pim, MONDAY, datetime(2026, 3, 6, 17))
    visitor = piket.at_desk
    visitor.post("/taal", {"language": "en", "next": "/piket"})

    page = visitor.get("/piket")

    assert "Nobody is on call from Friday 6 March 17:00" in page.text
    assert not re.search(r"\b(vrijdag|maart|Niemand)\b", page.text)


def _account(uow: UnitOfWork, name: str, role: str, scope: str) -> Person:
    login_name = name.partition(" ")[0].lower()
    grants = frozenset({Grant(role, scope)})
    return accounts.create(uow, login_name, name, NO_PASSWORD, grants)


def _section(page: Page, heading: str) -> str:
    return words(page.root.xpath(f"//section[@aria-labelledby='{heading}']")[0])


def _lines(page: Page, week: str) -> list[str]:
    return [words(one) for one in page.root.xpath(f"//section[@aria-labelledby='{week}']//li")]
