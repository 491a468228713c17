"""Reporting a signal, and what its reporter sees of it."""

import pytest

from tests.webapp.visitors import Page, Web

FORM = "/melden/proef.melden"
SEND = "Verstuur de melding"


def test_the_start_page_offers_what_the_person_may_do(web: Web) -> None:
    reporter = web.as_(web.office.mel).get("/")
    staff = web.as_(web.office.anna).get("/")

    assert _tiles(reporter) == ["Een signaal melden", "Mijn meldingen"]
    assert _tiles(staff) == [
        "Een signaal melden",
        "Een signaal invoeren",
        "Mijn werk",
        "Mijn meldingen",
    ]


def test_what_stands_with_a_form_to_begin_with_comes_from_its_process(web: Web) -> None:
    page = web.as_(web.office.anna).get("/melden")

    texts = [text.text_content() for text in page.root.find_class("tile__text")]

    assert texts == ["Een vermoeden is genoeg."]


def test_a_report_is_answered_with_its_number(web: Web) -> None:
    visitor = web.as_(web.office.mel)

    page = visitor.press(visitor.get(FORM), SEND, gemeente="venlo", wat="Een witte bus.")

    number = page.root.find_class("receipt__number")[0].text_content()
    assert page.path == f"/meldingen/{number}/ontvangen"
    assert web.office.content(number)["signal_core"]["what"] == "Een witte bus."
    assert "Een witte bus." not in page.body


def test_a_refused_form_keeps_everything_and_leads_to_what_is_wrong(web: Web) -> None:
    visitor = web.as_(web.office.mel)

    page = visitor.press(
        visitor.get(FORM),
        SEND,
        wat="Een witte bus.\r\nMet gordijnen.",
        bedrijf="",
        persoon_bekend="true",
        naam="Vrouw met rode jas",
        geboortejaar="heel lang geleden",
    )

    assert page.status == 422
    assert page.typed("wat") == "Een witte bus.\nMet gordijnen."
    assert page.typed("naam") == "Vrouw met rode jas"
    assert page.typed("geboortejaar") == "heel lang geleden"
    for address in page.root.xpath("//*[@id='errors']//a/@href"):
        (target,) = page.root.xpath(f"//*[@id='{address[1:]}']")
        assert target.get("aria-invalid") == "true"
        assert page.root.xpath(f"//*[@id='{target.get('aria-describedby').split()[-1]}']")
    assert page.root.xpath("//title")[0].text.startswith("Fout:")


def test_a_form_that_was_refused_can_be_mended_and_sent(web: Web) -> None:
    visitor = web.as_(web.office.mel)
    refused = visitor.press(visitor.get(FORM), SEND, wat="Een witte bus.")

    page = visitor.press(refused, SEND, gemeente="venlo")

    assert page.path.endswith("/ontvangen")


def test_a_report_that_is_sent_twice_is_one_case(web: Web) -> None:
    visitor = web.as_(web.office.mel)
    form = visitor.get(FORM)

    first = visitor.press(form, SEND, gemeente="venlo", wat="Een witte bus.")
    second = visitor.press(form, SEND, gemeente="venlo", wat="Een witte bus.")

    assert first.path == second.path
    assert len(_cards(visitor.get("/meldingen"))) == 1


def test_a_report_that_was_changed_after_it_was_sent_is_not_taken_for_the_same(web: Web) -> None:
    visitor = web.as_(web.office.mel)
    form = visitor.get(FORM)
    first = visitor.press(form, SEND, gemeente="venlo", wat="Een witte bus.")

    changed = visitor.press(form, SEND, gemeente="venlo", wat="Een rode bus.")
    sent_again = visitor.press(changed, SEND)

    assert changed.status == 409
    assert "niet verstuurd" in changed.text
    assert changed.typed("wat") == "Een rode bus."
    assert sent_again.path.endswith("/ontvangen")
    assert sent_again.path != first.path


def test_w07_what_the_form_does_not_ask_is_refused(web: Web) -> None:
    visitor = web.as_(web.office.mel)
    fields = {"gemeente": "venlo", "wat": "Een witte bus.", "reporter": "anna", "regime": "D"}

    page = visitor.post(FORM, fields)

    assert page.status == 422
    assert "niet vragen" in page.root.find_class("error-summary")[0].text_content()
    assert visitor.get("/meldingen").root.find_class("task-card") == []


def test_a_question_that_an_answer_calls_up_is_shown_without_sending(web: Web) -> None:
    visitor = web.as_(web.office.mel)
    form = visitor.get(FORM)
    assert _is_hidden(form, "naam")

    page = visitor.press(form, "Toon de vragen", persoon_bekend="true", wat="Een witte bus.")

    assert page.status == 200
    assert not _is_hidden(page, "naam")
    assert page.typed("wat") == "Een witte bus."
    assert _cards(visitor.get("/meldingen")) == []


def test_a_script_learns_which_questions_apply(web: Web) -> None:
    visitor = web.as_(web.office.mel)

    without = visitor.post(f"{FORM}/vragen", {"wat": "x"}).response.get_json()["visible"]
    with_person = visitor.post(f"{FORM}/vragen", {"persoon_bekend": "true"}).response.get_json()

    assert set(with_person["visible"]) > set(without)


def test_a_form_for_others_is_not_there(web: Web) -> None:
    reporter, staff = web.as_(web.office.mel), web.as_(web.office.anna)

    assert reporter.get("/melden/proef.intern").status == 404
    assert staff.get("/melden/proef.intern").status == 200


def test_who_may_open_one_form_gets_it_at_once_and_who_may_open_more_chooses(web: Web) -> None:
    reporter, staff = web.as_(web.office.mel), web.as_(web.office.anna)

    assert reporter.get("/melden").path == FORM
    assert _tiles(staff.get("/melden")) == ["Een signaal melden", "Een signaal invoeren"]


def test_a_reporter_sees_how_far_it_is_and_nothing_of_what_it_says(web: Web) -> None:
    case = web.office.report(wat="Een witte bus.")
    visitor = web.as_(web.office.mel)

    page = visitor.get(f"/meldingen/{case.number}")

    assert case.number in page.title
    assert "Ontvangen" in page.text
    assert "witte bus" not in page.body


def test_a_question_to_the_reporter_is_answered_from_the_report(web: Web) -> None:
    case = _asked(web)
    visitor = web.as_(web.office.mel)

    question = visitor.get(visitor.get("/meldingen").link("Beantwoord de vraag"))
    done = visitor.press(question, "Verstuur uw antwoord", aanvulling="Hij was blauw.")

    assert "Welke kleur had de bus?" in question.text
    assert done.path == f"/meldingen/{case}"
    assert "Dank u wel" in done.text
    assert web.office.content(case)["signal_core"]["addition"] == "Hij was blauw."


def test_the_answer_to_the_reporter_stands_with_the_report(web: Web) -> None:
    case = web.office.report()
    task = web.office.open_task(case)
    web.office.complete(web.office.anna, task, route="afronden")
    web.office.complete(
        web.office.anna, web.office.open_task(case), submission="2", antwoord="Wij gaan kijken."
    )

    page = web.as_(web.office.mel).get(f"/meldingen/{case.number}")

    assert "Wij gaan kijken." in page.text
    assert "Afgehandeld" in page.text


def test_a_reporter_adds_something_of_their_own_accord(web: Web) -> None:
    case = web.office.report()
    visitor = web.as_(web.office.mel)
    page = visitor.get(f"/meldingen/{case.number}")

    added = visitor.press(page, "Voeg toe", text="De bus kwam terug.")

    assert "Dank u wel" in added.text
    assert "De bus kwam terug." in str(web.office.content(case.number))


def test_an_addition_without_words_is_refused_in_its_place(web: Web) -> None:
    case = web.office.report()
    visitor = web.as_(web.office.mel)

    page = visitor.press(visitor.get(f"/meldingen/{case.number}"), "Voeg toe", text=" ")

    assert page.status == 422
    assert page.root.get_element_by_id("addition-text").get("aria-invalid") == "true"


@pytest.mark.parametrize("path", ["/meldingen/{}", "/meldingen/{}/ontvangen"])
def test_a_report_of_somebody_else_is_not_there(web: Web, path: str) -> None:
    case = web.office.report()

    assert web.as_(web.office.carla).get(path.format(case.number)).status == 404


def _asked(web: Web) -> str:
    """A report about which its reporter was asked something."""
    case = web.office.report()
    task = web.office.open_task(case)
    web.office.complete(web.office.anna, task, route="vragen", vraag="Welke kleur had de bus?")
    return case.number


def _tiles(page: Page) -> list[str]:
    return [tile.text_content() for tile in page.root.find_class("tile__link")]


def _cards(page: Page) -> list[str]:
    return [card.text_content() for card in page.root.find_class("task-card")]


def _is_hidden(page: Page, name: str) -> bool:
    field = page.root.xpath(f"//*[@name='{name}']/ancestor-or-self::*[@data-field]")[-1]
    return field.get("hidden") is not None
