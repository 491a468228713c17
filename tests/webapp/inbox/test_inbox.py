"""The inbox, and doing a task."""

from engine.model import SYSTEM
from engine.tasks import UserTask
from tests.builders import ManualClock
from tests.webapp.visitors import Page, Web
from webapp.casework import notices
from webapp.casework.access import person_group

SEND = "Verstuur en rond de taak af"
TAKE_ON = "Pak deze taak op"


def test_a_card_says_what_it_is_whose_since_when_due_when_and_why(
    web: Web, clock: ManualClock
) -> None:
    case = web.office.report()
    clock.advance(hours=3)

    (card,) = _cards(web.as_(web.office.anna).get("/werk"))

    assert "Signaal beoordelen" in card
    assert case.number in card
    assert "Een klein signaal" in card
    assert "Venlo" in card
    assert "3 uur geleden" in card
    assert "nog 45 uur" in card
    assert "4 maart 2026" in card
    assert "U bent aandachtsfunctionaris van Venlo" in card


def test_a_task_of_another_municipality_is_in_nobodys_inbox_there(web: Web) -> None:
    web.office.report()

    assert _cards(web.as_(web.office.carla).get("/werk")) == []


def test_a_task_that_was_taken_on_is_the_readers_and_nobody_elses(web: Web) -> None:
    web.office.report()
    anna, bram = web.as_(web.office.anna), web.as_(web.office.bram)

    task = anna.press(anna.get("/werk"), TAKE_ON)

    assert task.title == "Signaal beoordelen"
    assert "Uw taken Signaal beoordelen" in anna.get("/werk").text
    assert _cards(bram.get("/werk")) == []


def test_a_task_that_was_given_back_waits_for_someone_again(web: Web) -> None:
    web.office.report()
    anna, bram = web.as_(web.office.anna), web.as_(web.office.bram)
    task = anna.press(anna.get("/werk"), TAKE_ON)

    inbox = anna.press(task, "Geef deze taak terug")

    assert inbox.path == "/werk"
    assert len(_cards(bram.get("/werk"))) == 1


def test_the_advice_of_a_table_stands_by_the_form_and_is_filled_in(web: Web) -> None:
    web.office.report(persoon_bekend=True, naam="Vrouw met rode jas")
    anna = web.as_(web.office.anna)

    task = anna.press(anna.get("/werk"), TAKE_ON)

    advice = task.root.find_class("panel--attention")[0].text_content()
    chosen = task.root.xpath("//input[@name='route'][@checked]/following-sibling::span")
    assert "Advies:" in advice
    assert chosen[0].text_content().strip() in advice


def test_who_completes_a_task_goes_on_with_the_next_one_that_is_theirs(web: Web) -> None:
    case = web.office.report()
    anna = web.as_(web.office.anna)
    task = anna.press(anna.get("/werk"), TAKE_ON)

    following = anna.press(task, SEND, route="afronden")
    inbox = anna.press(following, SEND, antwoord="We gaan kijken.")

    assert following.title == "Signaal afronden"
    assert "De volgende stap" in following.text
    assert inbox.path == "/werk"
    assert not web.office.case(case.number).is_open


def test_a_refused_form_keeps_what_was_typed(web: Web) -> None:
    _, task = _reported(web)
    anna = web.as_(web.office.anna)
    anna.post(f"/taken/{task.id}/oppakken", {"_revision": str(task.revision)})
    page = anna.get(f"/taken/{task.id}")

    refused = anna.press(page, SEND, route=[], naam="Vrouw met rode jas")

    assert refused.status == 422
    assert refused.typed("naam") == "Vrouw met rode jas"
    assert "Kies" in refused.text or "Vul dit in" in refused.text


def test_a_draft_is_kept_and_shown_again(web: Web) -> None:
    _, task = _reported(web)
    anna = web.as_(web.office.anna)
    page = anna.press(anna.get("/werk"), TAKE_ON)

    saved = anna.press(page, "Bewaar concept", naam="Vrouw met ro")

    assert saved.path == f"/taken/{task.id}"
    assert "Uw concept is bewaard" in saved.text
    assert saved.typed("naam") == "Vrouw met ro"
    assert "Concept bewaard" in _cards(anna.get("/werk"))[0]


def test_a_script_keeps_a_draft_and_learns_which_questions_apply(web: Web) -> None:
    _, task = _reported(web)
    anna = web.as_(web.office.anna)
    anna.press(anna.get("/werk"), TAKE_ON)

    draft = anna.post(f"/taken/{task.id}/concept", {"naam": "Vr"}, Accept="application/json")
    asked = anna.post(f"/taken/{task.id}/vragen", {"route": "vragen"}).response.get_json()
    unasked = anna.post(f"/taken/{task.id}/vragen", {"route": "afronden"}).response.get_json()

    assert draft.response.get_json() == {"saved": True}
    assert set(asked["visible"]) - set(unasked["visible"])


def test_completing_a_task_that_a_colleague_completed_shows_who_and_when_and_what_was_typed(
    web: Web,
) -> None:
    web.office.report()
    anna, bram = web.as_(web.office.anna), web.as_(web.office.bram)
    form = anna.press(anna.get("/werk"), TAKE_ON)
    anna.press(form, "Geef deze taak terug")
    bram.press(bram.press(bram.get("/werk"), TAKE_ON), SEND, route="afronden")

    page = anna.press(form, SEND, route="overleg", naam="Vrouw met rode jas")

    assert page.status == 409
    assert page.title == "Deze taak is al gedaan"
    assert "Bram Bos heeft ‘Signaal beoordelen’ afgerond op 2 maart 2026 om 10:00." in page.text
    assert "Vrouw met rode jas" in page.text
    assert "Hoe heet de persoon?" in page.text


def test_taking_on_what_a_colleague_took_on_says_so(web: Web) -> None:
    web.office.report()
    anna, bram = web.as_(web.office.anna), web.as_(web.office.bram)
    inbox = bram.get("/werk")
    anna.press(anna.get("/werk"), TAKE_ON)

    page = bram.press(inbox, TAKE_ON)

    assert page.status == 409
    assert "Anna Aarts heeft ‘Signaal beoordelen’ opgepakt" in page.text


def test_a_form_of_an_older_revision_comes_back_to_be_sent_again(web: Web) -> None:
    case, _ = _reported(web)
    anna = web.as_(web.office.anna)
    form = anna.press(anna.get("/werk"), TAKE_ON)
    anna.press(form, "Geef deze taak terug")
    anna.press(anna.get("/werk"), TAKE_ON)

    page = anna.press(form, SEND, route="afronden", naam="Vrouw met rode jas")
    done = anna.press(page, SEND)

    assert page.status == 409
    assert page.typed("naam") == "Vrouw met rode jas"
    assert done.title == "Signaal afronden"
    assert web.office.content(case)["person_identity"]["name"] == "Vrouw met rode jas"


def test_a_form_that_is_sent_twice_has_one_effect_and_the_same_answer(web: Web) -> None:
    case, _ = _reported(web)
    anna = web.as_(web.office.anna)
    form = anna.press(anna.get("/werk"), TAKE_ON)

    first = anna.press(form, SEND, route="afronden")
    second = anna.press(form, SEND, route="afronden")

    assert second.path == first.path
    assert second.status == 200
    assert web.office.acts(case).count("complete_task") == 1


def test_what_was_typed_is_shown_when_a_colleague_took_the_task_on_meanwhile(web: Web) -> None:
    _, task = _reported(web)
    anna, bram = web.as_(web.office.anna), web.as_(web.office.bram)
    form = anna.press(anna.get("/werk"), TAKE_ON)
    anna.press(form, "Geef deze taak terug")
    bram.press(bram.get("/werk"), TAKE_ON)

    for act in ("Bewaar concept", SEND, "Toon de vragen"):
        page = anna.press(form, act, route="overleg", naam="Vrouw met rode jas")

        assert page.status == 409
        assert page.path.startswith(f"/taken/{task.id}")
        assert "Bram Bos heeft ‘Signaal beoordelen’ opgepakt" in page.text
        assert "Hoe heet de persoon? Vrouw met rode jas" in page.text


def test_a_task_that_is_done_shows_by_whom(web: Web) -> None:
    _, task = _reported(web)
    anna = web.as_(web.office.anna)
    anna.press(anna.press(anna.get("/werk"), TAKE_ON), SEND, route="afronden")

    page = anna.get(f"/taken/{task.id}")

    assert page.title == "Deze taak is al gedaan"
    assert "U heeft ‘Signaal beoordelen’ afgerond" in page.text


def test_who_only_sees_the_task_gets_no_form_and_no_button(web: Web) -> None:
    _, task = _reported(web)

    page = web.as_(web.office.tom).get(f"/taken/{task.id}")

    assert page.status == 200
    assert "Wacht op: Aandachtsfunctionaris, Venlo" in page.text
    assert "U ziet deze taak omdat u de zaak mag zien." in page.text
    assert page.forms() == []


def test_acting_on_a_task_that_is_seen_but_not_theirs_is_forbidden(web: Web) -> None:
    _, task = _reported(web)

    page = web.as_(web.office.tom).post(f"/taken/{task.id}/oppakken", {"_revision": "1"})

    assert page.status == 403
    assert page.title == "Dit kunt u niet doen"


def test_a_notice_stands_in_the_inbox_until_it_is_put_away(web: Web, clock: ManualClock) -> None:
    case = web.office.report()
    clock.advance(days=1, minutes=1)
    web.office.worker.run_due()
    anna, bram = web.as_(web.office.anna), web.as_(web.office.bram)
    inbox = anna.get("/werk")
    assert f"De spoedcheck van {case.number} wacht nog." in inbox.text

    after = anna.press(inbox, "Niet meer tonen")

    assert after.path == "/werk"
    assert "wacht nog." not in after.text
    assert "wacht nog." not in bram.get("/werk").text


def test_a_notice_leads_to_the_report_of_its_reporter_and_to_the_case_for_others(web: Web) -> None:
    office = web.office
    case = office.report()
    with office.database.unit_of_work(office.mel.actor) as uow:
        for person in (office.mel, office.anna):
            notices.send(uow, person_group(person.id), "nieuws", case_number=case.number)

    assert web.as_(office.mel).get("/").root.xpath(f"//a[@href='/meldingen/{case.number}']")
    assert web.as_(office.anna).get("/").root.xpath(f"//a[@href='/zaken/{case.number}']")


def test_the_inbox_goes_on_from_page_to_page(web: Web) -> None:
    for number in range(52):
        web.office.report(submission=f"melding-{number}")
    anna = web.as_(web.office.anna)

    first = anna.get("/werk")
    second = anna.get(first.link("Toon de volgende taken"))

    assert len(_cards(first)) == 50
    assert len(_cards(second)) == 2
    assert not set(_numbers(first)) & set(_numbers(second))
    assert second.link("Terug naar de eerste taken") == "/werk"


def test_somebody_without_work_has_no_inbox_in_the_menu(web: Web) -> None:
    assert "Mijn werk" not in web.as_(web.office.mel).get("/").text
    assert "Mijn werk" in web.as_(web.office.anna).get("/").text


def _reported(web: Web) -> tuple[str, UserTask]:
    """The number of a new case and its task."""
    case = web.office.report()
    return case.number, web.office.open_task(case)


def _cards(page: Page) -> list[str]:
    return [" ".join(card.text_content().split()) for card in page.root.find_class("task-card")]


def _numbers(page: Page) -> list[str]:
    return [one.text_content() for one in page.root.find_class("task-card__case")]


def test_the_inbox_shows_ten_notices_and_says_that_there_are_more(web: Web) -> None:
    with web.office.database.unit_of_work(SYSTEM) as uow:
        for _ in range(11):
            notices.send(uow, "aandachtsfunctionaris@venlo", "herinnering")
    anna = web.as_(web.office.anna)

    full = anna.get("/werk")
    fewer = anna.press(full, "Niet meer tonen")

    assert (
        len(full.root.find_class("notice-card")) == len(fewer.root.find_class("notice-card")) == 10
    )
    assert "Er is ouder nieuws" in full.text
    assert "Er is ouder nieuws" not in fewer.text
