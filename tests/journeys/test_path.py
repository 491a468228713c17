"""The whole path of one person: from signal to the end of aftercare, past all who help."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.journeys.people import Answers, Outsider, Someone, keep_out
from tests.servers import Server

SEEN = "Een vrouw werkt elke dag in de kas en mag het terrein niet af."
HEARD = "Wij hebben uw signaal besproken. Er komt een vervolg."
GOAL = "Zij woont veilig en hoeft niet terug."
NEEDS = "Rust, een eigen kamer en uitleg in het Pools."
RISK = "Iedereen ziet hetzelfde risico: de werkgever weet waar zij woont."

REPORT: Answers = {
    "Waar gaat uw signaal over?": "Een persoon",
    "In welke gemeente speelt het?": "Venlo",
    "Wat is er gezien of gehoord?": SEEN,
    "Hoe weet u dit?": "De persoon vertelde het mij",
    "Naam of omschrijving": "Ania, spreekt Pools",
    "Wat valt op?": ("Paspoort of identiteitskaart is afgenomen", "De persoon zit opgesloten"),
}
NO_DANGER: Answers = {
    "Is er nu levensgevaar?": "Nee",
    "Is de dader in de buurt": "Nee",
    "Heeft de persoon vannacht géén veilige plek?": "Nee",
    "Is de persoon jonger dan 18 jaar": "Nee",
    "Is er nu medische hulp nodig?": "Nee",
}
AGENDA: Answers = {
    "Wat vraagt u het overleg?": "Wie kent deze persoon?",
    "Aan welke vorm van uitbuiting denkt u?": ("Uitbuiting in werk of diensten",),
    "Wat is de kern van de zorg?": "Haar paspoort is afgenomen en zij mag niet weg.",
}
HIT: Answers = {
    "Is dit bij u bekend?": "Ja",
    "Ziet u een risico voor de veiligheid?": "Ja",
    "Mag u iets delen in het overleg?": "Ja",
    "Op welke grond deelt u dit?": "Onze wettelijke taak",
    "Waar komt het vandaan?": "Politiegegevens (Wpg)",
    "Wat deelt u?": "Twee eerdere meldingen over dezelfde werkgever.",
}
FINDINGS: Answers = {
    "Welke handelingen zijn er gezien?": ("Werven of overhalen",),
    "Welke middelen zijn er gebruikt?": ("Dwang of bedreiging",),
    "Is het doel uitbuiting?": "Ja",
    "Is de persoon jonger dan 18": "Nee",
    "Is zorg of hulp nodig": "Ja",
    "Stemt de persoon in met hulp": "Ja",
    "Is de persoon nu in gevaar?": "Nee",
    "Op welke van deze vragen": ("Zijn er problemen", "Zijn er meer ketens", "Raakt het ook"),
    "Is er genoeg bekend om te besluiten?": "Ja",
}
DECISION: Answers = {
    "Wie trekt dit": "Zorgcoördinator",
    "Wat vraagt het overleg aan de zorgcoördinator?": "Wil zij weg bij deze werkgever?",
    "Wat vraagt het overleg aan de procesregisseur?": "Wie spreekt de werkgever aan?",
    "Hoort de persoon dat dit besproken is?": "Ja",
    "Wat mag de melder horen?": HEARD,
}
ADMISSION: Answers = {
    "Wat geldt in deze casus?": ("1. Problemen", "2. Meer ketens", "3. Het raakt"),
    "Laat u de casus toe?": "Ja",
    "Waarom besluit u dit?": "Zorg en justitie lossen dit niet los van elkaar op.",
    "Wat moet deze casus bereiken?": GOAL,
    "Welke organisatie trekt de casus?": "Lokaal team",
    "Welke ketens zijn nodig?": ("Politie en justitie", "Zorg en behandeling"),
    "Is er een minderjarige betrokken?": "Nee",
    "Is het gevaarlijk als de betrokkene het nu hoort?": "Nee",
    "Schaadt dat een onderzoek": "Nee",
}
TOLD: Answers = {
    "Wanneer is het verteld?": "10-03-2026",
    "Wie vertelde het?": "Nora van het lokale team",
    "Hoe is het verteld?": "In een gesprek",
}
BEFORE_INTAKE: dict[str, Answers] = {
    "Uren en voorrang wegen": {
        "Hoeveel uur hebt u deze week vrij": "8",
        "Hoeveel uur per week vraagt deze cliënt": "4",
        "Woont de cliënt veilig?": "Weet ik niet",
        "Zijn er kinderen bij de cliënt?": "Nee",
        "Houdt nu iemand contact met de cliënt?": "Nee",
    },
    "Plaatsing besluiten": {},
    "Veilige manier kiezen": {"Hoe zoekt u nu contact?": "Bellen"},
    "Cliënt bereiken": {
        "Is er contact met de cliënt zelf?": "Ja",
        "Hoe ging poging 1?": "Zij nam zelf op en was alleen.",
        "Wat hebt u met de cliënt afgesproken?": "Donderdag om tien uur in de bibliotheek.",
    },
}
INTAKE: Answers = {
    "Wat heeft de cliënt nu nodig?": NEEDS,
    "Wat hebt u uitgelegd?": ("Aangifte is een vrije keuze", "Stoppen mag altijd"),
    "Wat wil de cliënt met aangifte": "Wil het niet",
    "Heeft de cliënt opvang nodig?": "Nee",
    "Mag de cliënt in Nederland blijven?": "Ja: Nederlands",
}
AFTER_INTAKE: dict[str, Answers] = {
    "Toestemmingen vragen": {
        "Waarvoor?": "Hulp en zorg",
        "Aan wie geven we gegevens?": "Huisarts",
        "Wat koos de cliënt?": "Ja",
        "Wie gaf de toestemmingen?": "De cliënt zelf",
        "Mag u de cliënt melden bij CoMensha?": "Nee",
    },
    "Veiligheidsplan maken": {
        "Waar is de cliënt bang voor": "De werkgever weet waar zij woont.",
        "Wat doet de cliënt bij gevaar": "Bij gevaar belt zij 112 en daarna haar zus.",
    },
    "Leefgebieden bespreken": {"Veiligheid": "2: lukt niet alleen"},
}
ARRANGEMENTS: Answers = {
    "Inschrijving of briefadres": "Geregeld",
    "Zorgverzekering": "Geregeld",
    "Uitkering of ander inkomen": "Aangevraagd of bezig",
    "School of taalles": "Niet nodig",
    "Advocaat of juridische hulp": "Geregeld",
    "Huisarts": "Geregeld",
}
NOT_REPORTED: Answers = {"Wat hebt u gedaan?": "Niet melden: alleen tellen"}
CARE_PLAN: Answers = {
    "Wat wil de cliënt bereiken": "Een eigen huis en gewoon werk.",
    "Leefgebied": "Wonen en verblijf",
    "Wat gaan we doen?": "Woning zoeken",
    "Wie doet het?": "Gemeente",
    "Is de cliënt het eens met het plan?": "Ja",
    "Wanneer is dit besproken?": "11-03-2026",
}
READY: Answers = {
    "Wat is bereikt, en wat niet?": "Zij werkt en woont zelf.",
    "Is de cliënt acht weken of langer veilig?": "Ja",
    "Is duidelijk waar de cliënt woont?": "Ja",
    "Is het inkomen geregeld?": "Ja",
    "Loopt de zorg die nodig is?": "Ja",
    "Heeft iemand in de gemeente het contact overgenomen?": "Ja",
    "Wil de cliënt zelf naar nazorg?": "Ja",
}
AFTERCARE_PLAN: Answers = {
    "Waarom nazorg": "Zij woont nu zelf en wil rust.",
    "Hoe goed redt de cliënt zich nu?": "3",
    "Waaraan merken we": "Hij belt weer of staat voor de deur.",
    "Wie belt dan wie?": "Zij belt 112 en daarna de zorgcoördinator.",
    "Wil de cliënt dat een lokaal team meehelpt?": "Ja",
    "Welk team, en wie daar?": "Sociaal team Noord",
    "Wat vraagt u van het team?": "Helpen met post en geld.",
    "Wanneer is dit met de cliënt besproken?": "24-04-2026",
}
WELL: Answers = {
    "Hoe gaat het?": "Het gaat goed",
    "Wat is er gezegd of geprobeerd?": "Het gaat goed. Zij heeft werk.",
}
# Two, six, thirteen, twenty-six and fifty-two weeks after aftercare begins.
CONTACTS = ("2026-05-08", "2026-06-05", "2026-07-24", "2026-10-23", "2027-04-23")


def test_a_case_goes_from_signal_to_closed_aftercare(server, at, arrive, outsiders):
    joris, miriam, ingrid = arrive("joris"), arrive("miriam"), arrive("ingrid")
    femke, noor, samira = arrive("femke"), arrive("noor"), arrive("samira")

    signal = joris.report(REPORT)
    _assess(miriam, outsiders("karim", "femke"))
    at("2026-03-09 10:00")  # the agenda closes a working day before the meeting
    _ask_the_police(ingrid, arrive("marloes"), outsiders("gijs", "noor"))
    at("2026-03-10 09:35")
    _decide(ingrid, outsiders("pascal", "samira"))
    _tell_the_reporter(miriam, joris, signal)

    # Safety and care go on beside each other, each in a file of its own.
    safety = _weigh(femke, outsiders("jeroen", "noor"))
    care = _begin_care(noor, server, outsiders("daan", "femke"))
    _plan_safety_from_a_draft(femke, at)
    _plan_care(noor)
    _help_nearby(samira, outsiders("daan", "noor"))

    at("2026-04-24 09:00")  # six weeks after the plan of safety, four after that of care
    _end_safety(femke, samira)
    _go_over_to_aftercare(noor, samira, outsiders("daan", "femke"))
    for day in CONTACTS:
        at(f"{day} 10:00")
        noor.do("Contact met de cliënt", WELL)
    _end_aftercare(noor)

    at("2027-04-28 09:00")  # until twelve months after it began the client may come back
    noor.find(f"/zaken/{care}", "Afgehandeld")
    femke.find(f"/zaken/{safety}", "Afgehandeld")
    for one in outsiders("karim", "daan"):
        one.finds_nothing_at(*(f"{server.address}/zaken/{n}" for n in (signal, safety, care)))


def _assess(miriam: Someone, outsiders: tuple[Outsider, ...]) -> None:
    miriam.take_on("Spoed-check doen")
    keep_out(outsiders, miriam)
    miriam.fill_in(NO_DANGER)
    miriam.send()
    miriam.do("Spoed besluiten", {})
    miriam.take_on("Route kiezen")
    miriam.sees_heading("Advies: Bespreken in het screeningsoverleg")
    miriam.send()
    first_answer = {"Hoe hebt u de melder bereikt?": "Gebeld", "Eerste antwoord": "Dank u wel."}
    miriam.do("Melder antwoorden", first_answer)
    miriam.do("Op de agenda zetten", AGENDA)


def _ask_the_police(ingrid: Someone, marloes: Someone, outsiders: tuple[Outsider, ...]) -> None:
    ingrid.do("Agenda vaststellen", {"Welke partners vraagt u wat zij weten?": ("Politie",)})
    marloes.take_on("Antwoorden")
    expect(marloes.page.get_by_text(SEEN)).to_have_count(0)  # a partner sees the minimum
    keep_out(outsiders, marloes)
    marloes.fill_in(HIT)
    marloes.send()


def _decide(ingrid: Someone, outsiders: tuple[Outsider, ...]) -> None:
    ingrid.take_on("Overleg openen")
    keep_out(outsiders, ingrid)
    ingrid.fill_in({"Zijn er genoeg partners om te besluiten?": "Ja"})
    ingrid.send()
    ingrid.take_on("Duiden")
    keep_out(outsiders, ingrid)
    ingrid.fill_in(FINDINGS)
    ingrid.send()

    ingrid.take_on("Besluiten")
    ingrid.sees_heading("Advies: Sterk vermoeden")
    ingrid.fill_in(DECISION)
    ingrid.send_in_vain()
    expect(ingrid.field("Wat mag de melder horen?")).to_have_value(HEARD)
    ingrid.fill_in({"Wanneer is dit klaar?": "20-03-2026"})
    ingrid.send()

    ingrid.do("Grondslag kiezen", {})
    ingrid.do("Besluitenlijst vaststellen", {"De lijst klopt en is voorgelezen": True})


def _tell_the_reporter(miriam: Someone, joris: Someone, number: str) -> None:
    miriam.do("Terugkoppelen aan melder", {})
    joris.find(f"/meldingen/{number}", HEARD)


def _weigh(femke: Someone, outsiders: tuple[Outsider, ...]) -> str:
    femke.take_on("Wegen en toelaten")
    keep_out(outsiders, femke)
    femke.fill_in(ADMISSION)
    number = femke.case_number
    femke.send()
    femke.do("Informeren of uitstellen", TOLD)
    femke.do("Deelnemers kiezen", {"Welke versie van het convenant geldt?": "2025"})
    return number


def _begin_care(noor: Someone, server: Server, outsiders: tuple[Outsider, ...]) -> str:
    for task, answers in BEFORE_INTAKE.items():
        noor.do(task, answers)
    noor.take_on("Intake voeren")
    keep_out(outsiders, noor)
    number = noor.case_number
    noor.fill_in(INTAKE)

    server.kill()
    assert server.was_killed
    server.start()
    noor.send()

    noor.find(f"/zaken/{number}", NEEDS)
    for task, answers in AFTER_INTAKE.items():
        noor.do(task, answers)
    return number


def _plan_safety_from_a_draft(femke: Someone, at: Callable[[str], None]) -> None:
    femke.do("Verrijken", {"Wat deelt de politie?": "Er loopt een onderzoek."})
    femke.take_on("Casusoverleg houden")
    femke.fill_in(_meeting("10-03-2026"))
    femke.press("Bewaar concept")
    femke.sees("Concept bewaard:")

    at("2026-03-11 09:00")
    femke.take_on("Casusoverleg houden")
    expect(femke.field("Wat is het gezamenlijke beeld")).to_have_value(RISK)
    femke.send()
    femke.do(
        "Plan maken",
        {
            "Wat gaan we doen?": "Elke week langsgaan.",
            "Wie doet het?": "Lokaal team",
            "Wanneer is het klaar?": "20-03-2026",
            "En als dat niet lukt?": "Bel de procesregisseur.",
            "Wie spreekt met de betrokkene?": "Nora van het lokale team",
        },
    )


def _meeting(day: str) -> Answers:
    return {
        "Wanneer was het overleg?": day,
        "Wie waren er?": ("Lokaal team", "Politie"),
        "Wat is het gezamenlijke beeld": RISK,
    }


def _plan_care(noor: Someone) -> None:
    noor.do("Opvang kiezen", {})
    noor.do("Verblijf regelen", {})
    noor.do("Procedures regelen", ARRANGEMENTS)
    noor.do("Melding controleren en versturen", NOT_REPORTED)
    noor.do("Zorgplan vaststellen met cliënt", CARE_PLAN)


def _help_nearby(samira: Someone, outsiders: tuple[Outsider, ...]) -> None:
    samira.take_on("Actie uitvoeren")
    keep_out(outsiders, samira)
    samira.fill_in({"Is het gelukt?": "Ja", "Wat is er gedaan": "Zij doet open en praat."})
    samira.send()


def _end_safety(femke: Someone, samira: Someone) -> None:
    femke.do("Review houden", {**_meeting("24-04-2026"), "Is het doel gehaald?": "Ja"})
    femke.take_on("Besluiten na de review")
    femke.sees_heading("Advies: Nee, we schalen af")
    femke.send()
    reached = {"Is het doel gehaald?": "Ja", "Wat werkte, en wat niet?": "Eén aanspreekpunt."}
    femke.do("Evalueren", reached)
    femke.do(
        "Afsluiten",
        {
            "Waarom sluit u de casus?": "Het doel is gehaald",
            "Wat is bereikt en wat blijft er over?": "Zij woont veilig.",
            "Moet het lokale team iets blijven doen?": "Ja",
            "Wat vraagt u het lokale team?": "Blijf een jaar langsgaan.",
        },
    )
    samira.do(
        "Overdracht aannemen",
        {"Neemt uw team het over?": "Ja", "Wie is het vaste contact?": "Nora"},
    )


def _go_over_to_aftercare(noor: Someone, samira: Someone, outsiders: tuple[Outsider, ...]) -> None:
    noor.do(
        "Voortgang bespreken",
        {
            "Hoe loopt het?": "Het loopt",
            "Wat is besproken?": "Zij heeft een woning.",
            "Is het tijd om nu al te evalueren?": "Ja",
        },
    )
    noor.do("Zorgplan evalueren", READY)
    noor.take_on("Over nazorg besluiten")
    noor.sees_heading("Advies: De zorg gaat over in nazorg")
    noor.send()
    noor.take_on("Nazorgplan maken")
    keep_out(outsiders, noor)
    noor.fill_in(AFTERCARE_PLAN)
    noor.send()
    samira.do(
        "Overdracht aannemen",
        {
            "Neemt uw team het over?": "Ja",
            "Wie is het vaste contact voor de cliënt?": "Nora van het sociaal team",
            "Wanneer was het gesprek": "24-04-2026",
        },
    )


def _end_aftercare(noor: Someone) -> None:
    noor.do(
        "Sluitgesprek voeren",
        {
            "Is er gesproken?": "Ja",
            "Wat is er bereikt": "Zij heeft werk, vrienden en een eigen huis.",
            "Hoe goed redt de cliënt zich nu?": "5",
            "De cliënt weet bij wie er hulp is": True,
        },
    )
    noor.do("Beleving vragen", {"Wil de cliënt vertellen hoe het was?": "Liever niet"})
    noor.do("Nazorg sluiten", {})
