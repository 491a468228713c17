"""A signal in which triage finds no exploitation, as the people of two municipalities live it."""

import re

from playwright.sync_api import expect

from tests.journeys.axe import judge
from tests.journeys.people import Answers, Someone
from tests.servers import Server

SEEN = "Achter de wasserij slapen elke nacht acht mensen in een schuur."
QUESTION = "Kunnen de mensen vrij naar buiten?"
REASON = "Handhaving was er vorige week al. Eerst samen bespreken."
FEEDBACK = "Dank u wel. Het overleg zag geen uitbuiting. De gemeente praat met de eigenaar."

NO_DANGER: Answers = {
    "Is de dader in de buurt": "Nee",
    "Heeft de persoon vannacht géén veilige plek?": "Nee",
    "Is de persoon jonger dan 18 jaar": "Nee",
    "Is er nu medische hulp nodig?": "Nee",
}
ASK: Answers = {
    "Weet u genoeg om verder te gaan?": "Nee",
    "Vraag aan de melder": QUESTION,
}
OTHER_ROUTE: Answers = {
    "Welke route kiest u?": "Bespreken in het screeningsoverleg",
    "Waarom kiest u een andere route dan het advies?": REASON,
}
FIRST_ANSWER: Answers = {
    "Hoe hebt u de melder bereikt?": "Gebeld",
    "Eerste antwoord aan de melder": "Wij bespreken uw signaal deze week.",
}
AGENDA: Answers = {
    "Kan het wachten tot het overleg?": "Nee, er is een spoedoverleg nodig",
    "Wat vraagt u het overleg?": "Wie kent deze plek?",
    "Aan welke vorm van uitbuiting denkt u?": ("Uitbuiting in werk of diensten",),
    "Wat is de kern van de zorg?": "Acht mensen slapen in een schuur.",
}
NOTHING_FOUND: Answers = {
    "Is het doel uitbuiting?": "Nee",
    "Is de persoon jonger dan 18": "Nee",
    "Is zorg of hulp nodig": "Nee",
    "Stemt de persoon in met hulp": "Nee",
    "Is de persoon nu in gevaar?": "Nee",
    "Is er genoeg bekend om te besluiten?": "Ja",
}


def test_a_signal_that_is_none_ends_at_triage_with_feedback(server, at, arrive):
    joris, miriam = arrive("joris"), arrive("miriam")

    number = _report_after_a_refusal(joris)
    _check_for_danger_from_a_draft(miriam)
    miriam.do("Spoed besluiten", ASK)
    _find_the_question(joris, number)

    at("2026-03-11 09:00")  # the reporter does not answer
    _depart_from_the_advice(miriam, server)
    miriam.do("Melder antwoorden", FIRST_ANSWER)
    miriam.do("Op de agenda zetten", AGENDA)
    _find_no_signal_in_it(arrive("ingrid"))
    miriam.do("Terugkoppelen aan melder", {"Antwoord aan de melder": FEEDBACK})

    _read_the_answer(joris, number)
    _see_it_end(miriam, number)
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
    return joris.send_report()


def _check_for_danger_from_a_draft(miriam: Someone) -> None:
    miriam.take_on("Spoed-check doen")
    expect(miriam.page.get_by_text(SEEN)).to_be_visible()
    miriam.choose("Is er nu levensgevaar?", "Nee")
    miriam.press("Bewaar concept")
    miriam.sees("Concept bewaard:")

    miriam.open("/werk")
    miriam.take_on("Spoed-check doen")
    danger = miriam.page.get_by_role("group", name="Is er nu levensgevaar?")
    expect(danger.get_by_label("Nee", exact=True)).to_be_checked()
    miriam.fill_in(NO_DANGER)
    miriam.send()


def _find_the_question(joris: Someone, number: str) -> None:
    joris.find(f"/meldingen/{number}", "Er is een vraag voor u")
    joris.follow("Beantwoord de vraag")
    joris.sees(QUESTION)


def _depart_from_the_advice(miriam: Someone, server: Server) -> None:
    miriam.take_on("Route kiezen")
    miriam.sees_heading("Advies: Screeningsoverleg, en handhaving laten kijken")
    miriam.fill_in(OTHER_ROUTE)

    server.kill()
    server.start()
    miriam.send()


def _find_no_signal_in_it(ingrid: Someone) -> None:
    ingrid.do("Agenda vaststellen", {"Welke partners vraagt u": ()})  # they are in the room
    ingrid.do("Overleg openen", {"Zijn er genoeg partners om te besluiten?": "Ja"})
    ingrid.do("Duiden", NOTHING_FOUND)
    ingrid.take_on("Besluiten")
    ingrid.sees_heading("Advies: Geen signaal van uitbuiting")
    decision = ingrid.page.get_by_role("group", name="Wat besluit het overleg?")
    expect(decision.get_by_label("Geen signaal van uitbuiting")).to_be_checked()
    ingrid.send()
    ingrid.do("Besluitenlijst vaststellen", {"De lijst klopt en is voorgelezen": True})


def _read_the_answer(joris: Someone, number: str) -> None:
    joris.find(f"/meldingen/{number}", FEEDBACK)
    joris.sees("We hebben uw melding afgehandeld.")
    judge(joris.page)
    expect(joris.page.get_by_text(REASON)).to_have_count(0)


def _see_it_end(miriam: Someone, number: str) -> None:
    miriam.find(f"/zaken/{number}", "Deze zaak is afgehandeld.")
    road = miriam.page.get_by_role("region", name="De weg tot nu toe")
    expect(road).to_contain_text("Triage")
    expect(road).not_to_contain_text(re.compile("Procesregie|Zorg"))  # nobody else was called in


def _find_nothing(karim: Someone, number: str) -> None:
    """A colleague of another municipality gets the page that an unknown number gets."""
    pages = []
    for address in (f"/zaken/{number}", "/zaken/S-222222"):
        karim.open(address)
        karim.sees_heading("We kunnen dit niet vinden")
        pages.append(re.sub(r"S-\w{6}", "", karim.page.inner_text("body")))
    assert pages[0] == pages[1]
