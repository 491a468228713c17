"""Everything works in a browser that runs no scripts; they only save a page load."""

QUESTION = "Kunnen de mensen vrij naar buiten?"
ASK_AGAIN = "Toon de vragen die bij mijn antwoorden horen"


def test_a_signal_is_reported_and_checked_without_scripts(arrive):
    joris = arrive("joris", scripts=False)
    joris.follow("Een signaal melden")
    joris.choose("Waar gaat uw signaal over?", "Een persoon")
    joris.press(ASK_AGAIN)
    joris.write("Naam of omschrijving", "Een jonge man met een rode jas")
    joris.field("In welke gemeente speelt het?").select_option("Venlo")
    joris.write(
        "Wat is er gezien of gehoord?", "Hij werkt elke nacht en wordt gehaald en gebracht."
    )
    joris.choose("Hoe weet u dit?", "Ik heb het zelf gezien")
    number = joris.send_report()

    miriam = arrive("miriam", scripts=False)
    miriam.take_on("Spoed-check doen")
    for question in miriam.page.get_by_role("group").filter(has_text="Nee").all():
        question.get_by_label("Nee", exact=True).check()
    miriam.press("Bewaar concept")
    miriam.press("Verstuur en rond de taak af")

    miriam.sees_heading("Spoed besluiten")
    miriam.choose("Weet u genoeg om verder te gaan?", "Nee")
    miriam.press(ASK_AGAIN)
    miriam.write("Vraag aan de melder", QUESTION)
    miriam.press("Verstuur en rond de taak af")

    joris.find(f"/meldingen/{number}", "Er is een vraag voor u")
    joris.follow("Beantwoord de vraag")
    joris.sees(QUESTION)
    joris.write("Antwoord op onze vraag", "Nee, de deur zit op slot.")
    joris.press("Verstuur uw antwoord")
    joris.sees("Wij hebben uw antwoord ontvangen.")
