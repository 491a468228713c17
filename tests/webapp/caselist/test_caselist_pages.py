"""The page with somebody's own cases: the lists, and looking for a name or a number."""

import pytest

from tests.webapp.visitors import Page, Visitor, Web

SEARCH = "Zoeken"


@pytest.fixture
def anna(web: Web) -> Visitor:
    return web.as_(web.office.anna)


def test_a_case_says_what_is_next_by_whom_and_by_when(web: Web, anna: Visitor) -> None:
    case = web.office.report()

    page = anna.get("/zaken")

    (card,) = page.root.find_class("task-card")
    text = " ".join(card.text_content().split())
    assert text.startswith(f"{case.number} Een klein signaal · Venlo Signaal beoordelen.")
    assert "Klaar vóór: 4 maart 2026 om 10:00" in text


def test_a_list_shows_no_name(web: Web, anna: Visitor) -> None:
    web.office.report(persoon_bekend=True, naam="Vrouw met rode jas")

    assert "rode jas" not in anna.get("/zaken").body


def test_a_name_is_found_and_stays_out_of_the_address(web: Web, anna: Visitor) -> None:
    case = web.office.report(persoon_bekend=True, naam="Vrouw met rode jas")

    page = _seek(anna, "rode")

    assert f"{case.number} Vrouw met rode jas" in page.text
    assert page.path == "/zaken"
    assert page.typed("zoek") == "rode"


def test_a_number_that_is_right_opens_the_case(web: Web, anna: Visitor) -> None:
    case = web.office.report()

    assert _seek(anna, case.number.lower()).path == f"/zaken/{case.number}"


def test_a_number_of_another_municipality_is_answered_as_one_that_nobody_has(web: Web) -> None:
    case, carla = web.office.report(), web.as_(web.office.carla)
    nobodys = case.number[:-1] + ("2" if case.number[-1] != "2" else "3")

    theirs, none = _seek(carla, case.number), _seek(carla, nobodys)

    assert not theirs.root.find_class("task-card")
    assert theirs.same_as(none, nobodys, case.number)


def test_what_was_typed_is_shown_as_text(anna: Visitor) -> None:
    page = _seek(anna, '"><script>alert(1)</script>')

    assert "<script>alert(1)" not in page.body
    assert page.typed("zoek") == '"><script>alert(1)</script>'


def test_nothing_typed_shows_the_list(web: Web, anna: Visitor) -> None:
    case = web.office.report()

    page = _seek(anna, "   ")

    assert page.path == "/zaken"
    assert case.number in page.text


def test_a_search_without_the_token_of_the_form_is_refused(web: Web, anna: Visitor) -> None:
    case = web.office.report(persoon_bekend=True, naam="Vrouw met rode jas")

    answer = anna.client.post("/zaken", data={"zoek": "rode"})

    assert answer.status_code == 400
    assert case.number not in answer.get_data(as_text=True)


def test_a_place_in_the_list_that_somebody_made_up_shows_its_beginning(
    web: Web, anna: Visitor
) -> None:
    case = web.office.report()

    assert case.number in anna.get("/zaken?na=verzonnen").text


def test_whoever_has_no_cases_of_their_own_finds_no_page(web: Web) -> None:
    for person in (web.office.mel, web.office.tom):
        visitor = web.as_(person)
        assert visitor.get("/zaken").status == 404
        assert visitor.post("/zaken", {"zoek": "rode"}).status == 404


def _seek(visitor: Visitor, text: str) -> Page:
    return visitor.press(visitor.get("/zaken"), SEARCH, zoek=text)
