"""A signal from report to feedback, as the people of two municipalities live through it."""

import re

from playwright.sync_api import expect

from tests.journeys.axe import judge
from tests.journeys.people import Someone
from tests.servers import Server

SEEN = "Achter de wasserij slapen elke nacht acht mensen in een schuur."
QUESTION = "Kunnen de mensen vrij naar buiten?"
REASON = "Handhaving was er vorige week al. Eerst samen bespreken."
FEEDBACK = "Dank u wel. Wij hebben met de mensen gesproken en helpen hen verder."


def test_a_signal_goes_from_report_to_feedback(server, arrive):
    joris, miriam = arrive("joris"), arrive("miriam")

    number = _report_after_a_refusal(joris)
    _check_for_danger_from_a_draft(miriam)
    _ask_the_reporter(miriam)
    _find_the_question(joris, number)

    server.installation.clock.advance(days=9)  # the reporter does not answer, and all log out
    _depart_from_the_advice(miriam, server)
    _contact_the_reporter(miriam)
    _decide_in_the_meeting(arrive("ingrid"))
    _answer_the_reporter(miriam)

    _read_the_answer(joris, number)
    _find_nothing(arrive("karim"), number)


def _report_after_a_refusal(joris: Someone) -> str:
    joris.follow("Een signaal melden")
    joris.choose("Waar gaat uw signaal over?", "Een plek of adres")
    joris.write("Wat is er gezien of gehoord?", SEEN)
    joris.write("Adres", "Wasserijstraat 1")
    joris.press("Verstuur de melding")

    summary = joris.page.get_by_role("alert")
    expect(summary).to_be_focused()
    summary.get_by_role("link", name="In welke gemeente speelt het?").click()
    expect(joris.field("In welke gemeente speelt het?")).to_be_focused()
    expect(joris.field("Wat is er gezien of gehoord?")).to_have_value(SEEN)
    expect(joris.field("Adres")).to_have_value("Wasserijstraat 1")

    joris.field("In welke gemeente speelt het?").select_option("Venlo")
    joris.choose("Hoe weet u dit?", "Ik heb het zelf gezien")
    joris.press("Verstuur de melding")
    joris.sees_heading("We hebben uw melding ontvangen")
    return joris.page.locator(".receipt__number").inner_text()


def _check_for_danger_from_a_draft(miriam: Someone) -> None:
    miriam.take_on("Spoed-check doen")
    expect(miriam.page.get_by_text(SEEN)).to_be_visible()
    miriam.choose("Is er nu levensgevaar?", "Nee")
    miriam.press("Bewaar concept")
    miriam.sees("Concept bewaard:")

    miriam.open("/werk")
    miriam.follow("Spoed-check doen")
    danger = miriam.page.get_by_role("group", name="Is er nu levensgevaar?")
    expect(danger.get_by_label("Nee", exact=True)).to_be_checked()
    for question in (
        "Is de dader in de buurt",
        "Heeft de persoon vannacht géén veilige plek?",
        "Is de persoon jonger dan 18 jaar",
        "Is er nu medische hulp nodig?",
    ):
        miriam.choose(question, "Nee")
    miriam.press("Verstuur en rond de taak af")


def _ask_the_reporter(miriam: Someone) -> None:
    miriam.sees_heading("Spoed besluiten")  # it is hers at once: she just goes on
    miriam.choose("Weet u genoeg om verder te gaan?", "Nee")
    miriam.write("Vraag aan de melder", QUESTION)
    miriam.press("Verstuur en rond de taak af")
    miriam.sees("Klaar.")


def _find_the_question(joris: Someone, number: str) -> None:
    joris.find(f"/meldingen/{number}", "Er is een vraag voor u")
    joris.follow("Beantwoord de vraag")
    joris.sees(QUESTION)


def _depart_from_the_advice(miriam: Someone, server: Server) -> None:
    miriam.log_in()
    miriam.take_on("Route kiezen")
    miriam.sees_heading("Advies: Screeningsoverleg, en handhaving laten kijken")
    miriam.choose("Welke route kiest u?", "Bespreken in het screeningsoverleg")
    miriam.write("Waarom kiest u een andere route dan het advies?", REASON)

    server.kill()
    server.start()
    miriam.press("Verstuur en rond de taak af")
    miriam.sees("Klaar.")


def _contact_the_reporter(miriam: Someone) -> None:
    miriam.take_on("Melder antwoorden")
    miriam.choose("Hoe hebt u de melder bereikt?", "Gebeld")
    miriam.write("Eerste antwoord aan de melder", "Wij bespreken uw signaal deze week.")
    miriam.press("Verstuur en rond de taak af")
    miriam.sees("Klaar.")


def _decide_in_the_meeting(ingrid: Someone) -> None:
    ingrid.take_on("Signaal bespreken")
    ingrid.choose("Wat besluit het overleg?", "Geen mensenhandel, wel een ander probleem")
    ingrid.write("Waarom besluit het overleg dit?", "De mensen hebben werk en een contract.")
    ingrid.write("Wie pakt wat op", "Het sociaal team zoekt vóór vrijdag een woning.")
    ingrid.press("Verstuur en rond de taak af")
    ingrid.sees("Klaar.")


def _answer_the_reporter(miriam: Someone) -> None:
    miriam.take_on("Terugkoppelen aan melder")
    miriam.write("Antwoord aan de melder", FEEDBACK)
    miriam.press("Verstuur en rond de taak af")
    miriam.sees("Klaar.")


def _read_the_answer(joris: Someone, number: str) -> None:
    joris.log_in()
    joris.find(f"/meldingen/{number}", FEEDBACK)
    judge(joris.page)
    expect(joris.page.get_by_text(REASON)).to_have_count(0)


def _find_nothing(karim: Someone, number: str) -> None:
    """A colleague of another municipality gets the page that an unknown number gets."""
    pages = []
    for address in (f"/zaken/{number}", "/zaken/S-222222"):
        karim.open(address)
        karim.sees_heading("We kunnen dit niet vinden")
        pages.append(re.sub(r"S-\w{6}", "", karim.page.inner_text("body")))
    assert pages[0] == pages[1]
