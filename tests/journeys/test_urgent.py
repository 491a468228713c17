"""A night without a bed: the Friday before Carnival, when the town halls close until Wednesday."""

from playwright.sync_api import expect

from tests.journeys.people import Answers, Outsider, Someone, keep_out

ADDRESS = "Geheimstraat 1, Roermond"
DEAL = "De wethouder van de centrumgemeente belt de opvang zelf."
HANDED_OVER = "Zij zit bij de melder in de keuken en durft de straat niet op."
NO_BED = "is nog geen plek. U hebt piket."

DUTY: Answers = {
    "Wie staat er op piket?": "Fatima Stroomberg",
    "Vanaf": "05-02-2027 17:00",
    "Tot": "10-02-2027 09:00",
}
REPORT: Answers = {
    "Waar gaat uw signaal over?": "Een persoon",
    "In welke gemeente speelt het?": "Venlo",
    "Wat is er gezien of gehoord?": "Zij is weggelopen uit de kas.",
    "Hoe weet u dit?": "De persoon vertelde het mij",
    "Naam of omschrijving": "Ania, spreekt Pools",
    "Telefoonnummer van de persoon": "06 12345678",
    "Is het veilig om de persoon te bellen?": "Ja",
    "Wat valt op?": ("Paspoort of identiteitskaart is afgenomen",),
}
NO_SAFE_PLACE: Answers = {
    "Is er nu levensgevaar?": "Nee",
    "Is de dader in de buurt": "Weet ik niet",
    "Heeft de persoon vannacht géén veilige plek?": "Ja",
    "Is de persoon jonger dan 18 jaar": "Nee",
    "Is er nu medische hulp nodig?": "Nee",
}
HAND_OVER: Answers = {
    "Wat moet de zorgcoördinator nu weten?": HANDED_OVER,
    "Waarom mag u dit delen?": "De persoon wil deze hulp",
}
POLICE: Answers = {
    "Hebt u de politie gesproken?": "Ja, de politie in de regio",
    "Met wie hebt u gesproken": "Team mensenhandel, 0900-8844",
    "Wat doet de politie nu?": "Zij rijden langs de kas.",
}
FULL: Answers = {"Wat is het antwoord?": "Nee", "Waarom niet?": "Vol"}
A_BED: Answers = {
    "Wat is het antwoord?": "Ja, er is plek",
    "Hoe heet de opvang?": "De Singel",
    "Adres van de opvang": ADDRESS,
}
GO_ON: Answers = {
    "Wie hebt u gesproken?": ("Burgemeester", "Centrumgemeente"),
    "Wat besluit u?": "Zoeken gaat verder",
    "Wat is afgesproken, en met wie?": DEAL,
}
UNDER_A_ROOF: dict[str, Answers] = {
    "Vervoer regelen": {
        "Wie brengt de cliënt?": "Politie",
        "Heeft de cliënt een veilige telefoon?": "Ja",
        "Wanneer vertrekt de cliënt": "Om acht uur, in een gewone auto.",
    },
    "Plaatsing bevestigen": {
        "Is de cliënt er?": "Ja, de cliënt is aangekomen",
        "Wanneer kwam de cliënt aan?": "05-02-2027",
    },
    "Cliënt informeren": {
        "Hebt u een tolk gebruikt?": "Ja, een vrouw",
        "Wat hebt u uitgelegd?": ("Aangifte is een vrije keuze", "Stoppen mag altijd"),
    },
}
FILE: Answers = {
    "Geboortejaar": "1999",
    "Wat vraagt de cliënt?": "Rust, en haar paspoort terug.",
    "Hoe is de spoed verlopen?": "Na twee uur bellen was er een bed, via de centrumgemeente.",
}
LOOKING_BACK: Answers = {
    "Heeft de cliënt nu een veilige plek?": "Ja",
    "Hoe gaat het met de cliënt?": "Zij slaapt goed en wil blijven.",
    "Wat kan de volgende keer beter?": "Een afspraak over bedden met carnaval.",
}


def test_who_is_on_call_gets_a_bed_found_before_carnival(at, arrive, outsiders):
    at("2027-02-05 16:50")
    _plan_carnival(arrive("astrid"))
    sanne, miriam, noor = arrive("sanne"), arrive("miriam"), arrive("noor")

    at("2027-02-05 17:05")
    signal = sanne.report(REPORT)
    _see_the_urgency(miriam, signal)
    care = _look_for_a_bed_in_vain(noor, outsiders("miriam", "daan", "fatima"))

    at("2027-02-05 19:00")
    fatima, lars = arrive("fatima"), arrive("lars")
    _hear_nothing(fatima)
    at("2027-02-05 19:06")  # two hours later there is none
    _decide_on_call(fatima, care, outsiders("sjoerd", "miriam"))
    _hear_nothing(lars)  # has the same role, but not this weekend
    _find_a_bed(noor, care)
    _keep_the_address_secret(fatima, care)

    at("2027-02-10 09:00")  # Ash Wednesday: the first working day
    _complete_the_file(noor, care)
    noor.find(f"/zaken/{care}", "Veilige manier kiezen")  # care goes on in the same case


def _plan_carnival(astrid: Someone) -> None:
    astrid.open("/piket")
    astrid.follow("Iemand op het rooster zetten")
    astrid.fill_in(DUTY)
    astrid.press("Opslaan")
    astrid.find("/piket", "Fatima Stroomberg")


def _see_the_urgency(miriam: Someone, signal: str) -> None:
    miriam.do("Spoed-check doen", NO_SAFE_PLACE)
    miriam.take_on("Spoed besluiten")
    miriam.sees_heading("Advies: Spoed: direct een veilige plek zoeken")
    miriam.fill_in(HAND_OVER)
    miriam.send()
    miriam.find(f"/zaken/{signal}", "Route kiezen")  # the signal goes on to the meeting


def _look_for_a_bed_in_vain(noor: Someone, outsiders: tuple[Outsider, ...]) -> str:
    noor.take_on("Veiligheid checken")
    expect(noor.field("Wat is er aan de hand")).to_have_value(HANDED_OVER)
    keep_out(outsiders, noor)
    noor.fill_in(
        {"Welke taal spreekt de cliënt?": "Pools", "Mag de cliënt in Nederland": "Ja: Ned"}
    )
    care = noor.case_number
    noor.send()
    noor.do("Politie bellen", POLICE)
    noor.take_on("Opvang kiezen")
    noor.sees_heading("Advies: Opvang van de centrumgemeente")
    noor.send()
    asked = ("Vrouwenopvang", "Maatschappelijke opvang", "CoMensha")
    noor.do("Plekken kiezen om te vragen", {"Welke plekken vraagt u nu?": asked})
    for _ in asked:
        noor.do("Plek vragen", FULL)
    return care


def _hear_nothing(somebody: Someone) -> None:
    somebody.open("/werk")
    expect(somebody.page.get_by_text(NO_BED)).to_have_count(0)


def _decide_on_call(fatima: Someone, care: str, outsiders: tuple[Outsider, ...]) -> None:
    fatima.find("/werk", f"{care} {NO_BED}")
    fatima.take_on("Beslissen hoe het verder moet")
    keep_out(outsiders, fatima)
    fatima.fill_in(GO_ON)
    fatima.send()


def _find_a_bed(noor: Someone, care: str) -> None:
    asked = ("Vrouwenopvang", "Opvang in een andere regio")
    noor.do("Plekken kiezen om te vragen", {"Welke plekken vraagt u nu?": asked})
    noor.do("Plek vragen", A_BED)
    noor.find(f"/zaken/{care}", "Vervoer regelen")
    expect(noor.page.get_by_role("link", name="Plek vragen")).to_have_count(0)  # the first yes wins
    for task, answers in UNDER_A_ROOF.items():
        noor.do(task, answers)
    noor.open("/werk")
    noor.sees("10 februari 2027 om 19:06")  # a working day later; Monday and Tuesday are none


def _keep_the_address_secret(fatima: Someone, care: str) -> None:
    """Nobody on the way is told where she is; who was on call sees no more of the case at all."""
    fatima.open("/werk")
    expect(fatima.page.get_by_text(ADDRESS)).to_have_count(0)
    fatima.open(f"/zaken/{care}")
    fatima.sees_heading("We kunnen dit niet vinden")


def _complete_the_file(noor: Someone, care: str) -> None:
    noor.find(f"/zaken/{care}", "Dossier aanvullen")
    expect(noor.page.get_by_text(ADDRESS)).to_have_count(0)
    noor.do("Dossier aanvullen", FILE)
    noor.do("Na 72 uur evalueren", LOOKING_BACK)
