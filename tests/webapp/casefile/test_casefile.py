"""The page of a case, and its diagram."""

from tests.builders import ManualClock
from tests.webapp.visitors import Web


def test_a_case_says_whose_it_is_what_is_next_by_when_and_by_whom(web: Web) -> None:
    case = web.office.report()

    page = web.as_(web.office.anna).get(f"/zaken/{case.number}")

    assert page.title == case.number
    assert "Een klein signaal · Venlo" in page.text
    assert (
        "Nu aan de beurt: Signaal beoordelen. Wacht op: Aandachtsfunctionaris, Venlo."
        " Klaar vóór 4 maart 2026 om 10:00." in page.text
    )


def test_a_case_tells_what_happened_in_sentences(web: Web) -> None:
    case = web.office.report()
    task = web.office.open_task(case)
    web.office.complete(web.office.anna, task, route="overleg")

    page = web.as_(web.office.anna).get(f"/zaken/{case.number}")

    told = [one.text_content().strip() for one in page.root.find_class("timeline__entry")]
    assert any("Anna Aarts heeft gedaan: Signaal beoordelen." in entry for entry in told)
    assert any("Mel Melder" in entry for entry in told)
    assert "2 maart 2026 om 10:00" in told[0]


def test_a_case_shows_each_section_with_the_words_of_its_form(web: Web) -> None:
    case = web.office.report(wat="Een witte bus.", persoon_bekend=True, naam="Vrouw met rode jas")

    page = web.as_(web.office.anna).get(f"/zaken/{case.number}")

    assert "Wat hebt u gezien? Een witte bus." in page.text
    assert "Hoe heet de persoon? Vrouw met rode jas" in page.text


def test_a_manager_sees_how_a_case_goes_and_nothing_of_what_it_says(web: Web) -> None:
    case = web.office.report(wat="Een witte bus.", persoon_bekend=True, naam="Vrouw met rode jas")

    page = web.as_(web.office.tom).get(f"/zaken/{case.number}")

    assert page.status == 200
    assert "Signaal beoordelen" in page.text
    assert "witte bus" not in page.body
    assert "rode jas" not in page.body


def test_a_case_is_not_there_for_another_municipality(web: Web) -> None:
    case = web.office.report()
    carla = web.as_(web.office.carla)

    for path in ("", "/diagram", "/diagram/gegevens"):
        assert carla.get(f"/zaken/{case.number}{path}").status == 404


def test_every_view_of_a_case_is_recorded_once(web: Web) -> None:
    case = web.office.report()
    before = web.office.acts(case.number)

    web.as_(web.office.anna).get(f"/zaken/{case.number}")

    assert web.office.acts(case.number) == [*before, "view_case"]


def test_a_closed_case_says_so(web: Web, clock: ManualClock) -> None:
    case = web.office.report()
    web.office.complete(web.office.anna, web.office.open_task(case), route="afronden")
    clock.advance(hours=1)
    web.office.complete(
        web.office.anna, web.office.open_task(case), submission="2", antwoord="Wij gaan kijken."
    )

    page = web.as_(web.office.anna).get(f"/zaken/{case.number}")

    assert "Deze zaak is afgehandeld." in page.text
    assert "Afgehandeld" in page.text


def test_the_diagram_says_in_words_where_the_case_is(web: Web) -> None:
    case = web.office.report()
    anna = web.as_(web.office.anna)

    page = anna.get(anna.get(f"/zaken/{case.number}").link("Bekijk de stappen"))
    drawn = anna.get(
        page.root.find_class("diagram")[0].get("data-diagram-url") or ""
    ).response.get_json()

    assert "Signaal beoordelen" in page.text
    assert drawn["active"] == [{"id": "beoordelen", "label": "nu"}]
    assert "advies" in drawn["done"]
    assert drawn["xml"].startswith("<?xml")
