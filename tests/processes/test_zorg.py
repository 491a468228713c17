"""What *zorgcoördinatie* and *contact leggen* promise: their tables, forms and diagrams."""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cache
from itertools import product

import pytest
from lxml import etree

from engine import check, simulate
from engine.bpmn.compile import Definition, compile_set
from engine.feel import Expression
from engine.forms.fields import inputs
from engine.model import Value, Variables
from engine.simulation import Trace
from tests.processes.folders import Folder

MAIN = "zorgcoordinatie"
FOLDERS = ("zorgcoordinatie", "gedeeld")
CARE = Folder(*FOLDERS)
OWN = (
    "zorgcoordinatie",
    "plaats_bepalen",
    "zorg_regelen",
    "opvang_regelen",
    "comensha_melden",
    "zorg_volgen",
    "crisis_opvangen",
    "contact_leggen",
)
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
ZEEBE = "{http://camunda.org/schema/zeebe/1.0}"
TERM = re.compile(r'termijn\("([a-z_]+)"')
# A moment that a script set before, from a term.
KEPT_MOMENTS = ("=poging.uiterlijk", "=evaluatie_op")
YES_NO = ("ja", "nee")
STAY = ("rechtmatig", "vergunning", "bedenktijd", "asiel", "geen", "onbekend")
COOPERATION = ("nog_niet", "wil_niet", "kan_niet", "werkt_mee", None)


@cache
def definitions() -> dict[str, Definition]:
    return {key: found for key, found in compile_set(CARE.files).items() if key in OWN}


@cache
def diagrams() -> tuple[etree._Element, ...]:
    paths = [path for path in CARE.files if path.endswith(".bpmn")]
    return tuple(etree.fromstring(CARE.files[path]) for path in paths)


def run(process_id: str = MAIN, *, days: int = 400, **given: Variables | list[Variables]) -> Trace:
    """A simulation: `start` are the first variables, every other name is a task and its answers."""
    begin = given.pop("start", {})
    assert isinstance(begin, Mapping)
    place: dict[str, Value] = {"gemeente": "venlo", "huis": "noord", "regio": "limburg"}
    return simulate(
        CARE.files,
        process_id,
        variables={**place, "zaaknummer": "Z-1", **begin},
        answers={task: each if isinstance(each, list) else [each] for task, each in given.items()},
        until=timedelta(days=days),
    )


# --- room -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("urgent", "free", "needed", "outcome"),
    [
        (False, 4, 4, "plaats"),
        (False, 3, 4, "wachtlijst"),
        (False, None, 4, "wachtlijst"),
        (None, 3, 4, "wachtlijst"),
        (True, 0, 8, "plaats"),
    ],
)
def test_who_does_not_fit_the_hours_waits_but_never_in_danger(
    urgent: bool | None, free: int | None, needed: int, outcome: str
) -> None:
    known = {"spoed": urgent, "uren_beschikbaar": free, "uren_nodig": needed}

    assert CARE.advised("caseload_toets", **known) == outcome


def test_who_is_in_danger_cannot_be_put_on_the_waiting_list_by_the_form() -> None:
    assert CARE.offered("plaatsing_besluiten", "plaatsing", spoed=True) == ["plaats"]
    assert CARE.offered("plaatsing_besluiten", "plaatsing", spoed=None) == ["plaats", "wachtlijst"]


def test_who_is_in_danger_is_not_put_on_the_waiting_list_by_the_diagram_either() -> None:
    trace = run(
        "plaats_bepalen", start={"spoed": True}, besluit_plaatsing={"plaatsing": "wachtlijst"}
    )

    assert trace.elements[-1] == "plek_is_er"
    assert "wijs_plek_toe" not in trace.elements


def test_in_danger_contact_begins_before_anybody_counts_hours() -> None:
    urgent = run(start={"spoed": True}, days=0)
    other = run(start={"spoed": False}, days=0)

    assert "weeg_uren" not in urgent.elements
    assert "kies_veilige_manier" in urgent.elements
    assert other.elements.index("weeg_uren") < other.elements.index("kies_veilige_manier")


@pytest.mark.parametrize(
    ("known", "outcome"),
    [
        ({}, "laag"),
        ({"minderjarig": True}, "hoog"),
        ({"woont_veilig": "nee"}, "hoog"),
        ({"woont_veilig": "onbekend", "iemand_bij_client": "nee"}, "hoog"),
        ({"woont_veilig": "onbekend"}, "midden"),
        ({"kinderen_erbij": "ja"}, "midden"),
        ({"iemand_bij_client": "nee"}, "midden"),
    ],
)
def test_the_waiting_list_has_an_order(known: dict[str, Value], outcome: str) -> None:
    calm: dict[str, Value] = {"woont_veilig": "ja", "kinderen_erbij": "nee"}
    calm |= {"iemand_bij_client": "ja", "minderjarig": False}

    assert CARE.advised("prioriteit_wachtlijst", **{**calm, **known}) == outcome


# --- contact ----------------------------------------------------------------------------------


def test_a_way_that_is_not_safe_cannot_be_chosen() -> None:
    first: Variables = {"poging": {"nummer": 1, "vorige": None}}

    refused = CARE.refused(
        "veilige_manier", first, onveilige_manieren=("telefoon",), kanaal="telefoon"
    )

    assert refused == {("kanaal", "option")}
    assert not CARE.refused(
        "veilige_manier", first, onveilige_manieren=("telefoon",), kanaal="bezoek"
    )


def test_the_next_attempt_goes_by_another_way() -> None:
    second: Variables = {"poging": {"nummer": 2, "vorige": "telefoon"}}

    assert CARE.refused("veilige_manier", second, kanaal="telefoon") == {("kanaal", "option")}
    assert not CARE.refused("veilige_manier", second, kanaal="brief")


def test_when_nothing_is_safe_nobody_is_called_and_it_is_said_why() -> None:
    known: Variables = {"poging": {"nummer": 1, "vorige": None}}
    every = ("telefoon", "bericht", "mail", "brief", "bezoek", "via_ander")

    assert CARE.offered("veilige_manier", "kanaal", onveilige_manieren=every) == ["geen"]
    assert CARE.refused("veilige_manier", known, onveilige_manieren=every, kanaal="geen") == {
        ("geen_manier", "required")
    }


def attempts(*outcomes: str) -> Trace:
    return run(
        start={"spoed": True},
        days=10,
        zoek_de_client=[{"contact_uitkomst": outcome} for outcome in outcomes],
        vind_persoon={"onvindbaar_uitkomst": "niet_gevonden"},
    )


def test_three_attempts_are_made_before_somebody_is_untraceable() -> None:
    third = attempts("geen", "ander", "contact")
    none = attempts("geen", "ander", "niet_vrij", "contact")

    assert "voer_intake" in third.elements
    assert none.elements.count("zoek_de_client") == 3
    assert none.elements[-1] == "onvindbaar"


@pytest.mark.parametrize(("urgent", "length"), [(True, "PT2H"), (False, "P1D"), (None, "P1D")])
def test_the_first_attempt_is_made_within_two_hours_or_a_working_day(
    urgent: bool | None, length: str
) -> None:
    assert CARE.term("contact_poging", spoed=urgent)["duur"] == length


def test_a_minor_who_cannot_be_found_is_looked_for_at_once() -> None:
    assert CARE.term("onvindbaar_vervolg", minderjarig=True)["duur"] == "PT4H"
    assert CARE.term("onvindbaar_vervolg", minderjarig=False)["duur"] == "P14D"


# --- shelter and stay -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("known", "outcome"),
    [
        # domeinonderzoek 2.4, in its order
        ({"opvang_nodig": "nee", "minderjarig": True}, "geen"),
        ({"minderjarig": True, "bijzonder": ("alleen_buitenland",)}, "beschermde_opvang"),
        ({"minderjarig": True}, "jeugdhulp"),
        ({"verblijf_soort": "asiel"}, "coa"),
        ({"bijzonder": ("groep",)}, "groep"),
        ({"bijzonder": ("meer_zorg",)}, "omm"),
        ({"verblijf_soort": "bedenktijd"}, "cosm"),
        ({"bijzonder": ("twijfel",)}, "plek_72_uur"),
        ({}, "centrumgemeente"),
        ({"verblijf_soort": "vergunning"}, "centrumgemeente"),
        ({"verblijf_soort": "geen"}, "bedenktijd_eerst"),
        ({"verblijf_soort": "onbekend"}, "juridisch_eerst"),
        ({"verblijf_soort": None, "bijzonder": None}, "juridisch_eerst"),
    ],
)
def test_the_kind_of_shelter_follows_from_what_is_known(
    known: dict[str, Value], outcome: str
) -> None:
    adult: dict[str, Value] = {"opvang_nodig": "ja", "minderjarig": False, "bijzonder": ()}
    adult |= {"verblijf_soort": "rechtmatig"}

    assert CARE.advised("opvang_route", **{**adult, **known}) == outcome


@pytest.mark.parametrize(
    ("stay", "cooperation", "outcome"),
    [
        ("rechtmatig", "werkt_mee", "niets_nodig"),
        ("asiel", "nog_niet", "asieladvocaat"),
        ("vergunning", "werkt_mee", "verlengen_volgen"),
        ("geen", "nog_niet", "bedenktijd_aanbieden"),
        ("geen", "wil_niet", "bedenktijd_aanbieden"),
        ("bedenktijd", "nog_niet", "bedenktijd_loopt"),
        ("bedenktijd", "werkt_mee", "vergunning_aanvragen"),
        ("geen", "kan_niet", "vergunning_zonder_aangifte"),
        ("onbekend", "nog_niet", "juridisch_advies"),
        (None, None, "juridisch_advies"),
    ],
)
def test_the_residence_route_follows_from_the_stay_and_cooperation(
    stay: str | None, cooperation: str | None, outcome: str
) -> None:
    known = {"verblijf_soort": stay, "medewerking": cooperation, "dublin": False}

    assert CARE.advised("verblijf_route", **known) == outcome


def test_under_dublin_reflection_is_thirty_days() -> None:
    known: dict[str, Value] = {"verblijf_soort": "geen", "medewerking": "nog_niet", "dublin": True}

    outcome = CARE.tables.evaluate("verblijf_route", known).value

    assert isinstance(outcome, Mapping)
    assert outcome["uitkomst"] == "bedenktijd_dublin"
    assert "dertig dagen" in str(outcome["waarom"])


def test_one_residence_rule_and_no_more_fits_everything_that_can_be_known() -> None:
    routes = {option.value for option in CARE.field("verblijf_regelen", "verblijf_keuze").options}

    for stay, cooperation, dublin in product((*STAY, None), COOPERATION, (True, False, None)):
        known: dict[str, Value] = {"verblijf_soort": stay, "medewerking": cooperation}
        assert CARE.advised("verblijf_route", **known, dublin=dublin) in routes


# --- help does not wait for a report to the police --------------------------------------------


def test_no_diagram_asks_what_the_client_wants_with_the_police() -> None:
    """Domeinonderzoek 4.19: no condition, timer or mapping may depend on it."""
    for diagram in diagrams():
        texts = [
            text for node in diagram.iter() for text in (node.text or "", *node.attrib.values())
        ]
        assert [
            text for text in texts if re.search(r"medewerking|aangifte|verblijf_keuze", text)
        ] == []


@pytest.mark.parametrize("cooperation", COOPERATION)
def test_care_goes_the_same_way_whatever_the_client_wants_with_the_police(
    cooperation: str | None,
) -> None:
    def road(answer: str | None) -> list[str]:
        start: Variables = {"spoed": True, "medewerking": answer, "verblijf_soort": "geen"}
        contact: Variables = {"contact_uitkomst": "contact"}
        trace = run(start=start, days=60, zoek_de_client=contact)
        assert trace.error is None
        return sorted(trace.elements)

    assert road(cooperation) == road("werkt_mee")
    assert "stel_zorgplan_vast" in road(cooperation)


# --- consent and CoMensha ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("known", "outcome"),
    [
        # domeinonderzoek 8.2, the example row by row
        ({"comensha_melder": "politie"}, "niet_nodig"),
        ({"comensha_melder": "kmar", "comensha_doelen": ("opvang",)}, "client"),
        ({}, "client_schriftelijk"),
        ({"jonger_dan_16": True}, "ouder_schriftelijk"),
        ({"jonger_dan_16": True, "ouder_betrokken": True}, "voogd_schriftelijk"),
        ({"toestemming_comensha": "geweigerd"}, "alleen_tellen"),
        ({"toestemming_comensha": "geweigerd", "comensha_doelen": None}, "alleen_tellen"),
    ],
)
def test_who_must_consent_follows_from_reporter_age_and_purpose(
    known: dict[str, Value], outcome: str
) -> None:
    usual: dict[str, Value] = {"comensha_melder": None, "comensha_doelen": ("registratie",)}
    usual |= {"toestemming_comensha": "schriftelijk", "jonger_dan_16": False}

    assert CARE.advised("comensha_toestemming", **{**usual, **known}) == outcome


@pytest.mark.parametrize(
    ("consent", "needed", "withdrawn", "may_send"),
    [
        ("schriftelijk", "client_schriftelijk", "nee", True),
        ("schriftelijk", "client_schriftelijk", "ja", False),
        ("mondeling", "client_schriftelijk", "nee", False),
        ("mondeling", "client", "nee", True),
        ("nog_niet", "client_schriftelijk", "nee", False),
        ("geweigerd", "alleen_tellen", "nee", False),
        (None, "client_schriftelijk", "nee", False),
    ],
)
def test_nothing_is_sent_to_comensha_without_the_consent_that_is_needed(
    consent: str | None, needed: str, withdrawn: str, may_send: bool
) -> None:
    known: dict[str, Value] = {"comensha_toestemming_advies": {"uitkomst": needed}}
    known |= {"toestemming_comensha": consent, "ingetrokken": withdrawn}

    assert (
        "verzonden" in CARE.offered("comensha_melding", "comensha_uitkomst", **known)
    ) is may_send


def test_departing_from_the_advice_does_not_open_the_way_to_send() -> None:
    known: Variables = {"comensha_toestemming_advies": {"uitkomst": "client_schriftelijk"}}
    known = {**known, "dossiertype_advies": {"uitkomst": "registratie"}}
    typed: Variables = {
        "toestemming_van": "niet_nodig",
        "toestemming_reden": "Het is dringend.",
        "toestemming_comensha": "nog_niet",
        "ingetrokken": "nee",
        "dossiertype": "registratie",
    }

    assert ("comensha_uitkomst", "option") in CARE.refused(
        "comensha_melding", known, **typed, comensha_uitkomst="verzonden"
    )
    assert not CARE.refused("comensha_melding", known, **typed, comensha_uitkomst="tellen")


@pytest.mark.parametrize(
    ("purposes", "outcome"),
    [
        (("registratie",), "registratie"),
        (("registratie", "advies"), "registratie_advies"),
        (("advies", "opvang"), "registratie_opvang"),
        (None, "registratie"),
    ],
)
def test_the_type_of_file_follows_from_what_the_client_agreed_to(
    purposes: tuple[str, ...] | None, outcome: str
) -> None:
    assert CARE.advised("comensha_dossiertype", comensha_doelen=purposes) == outcome


def test_who_is_younger_than_16_does_not_consent_alone_and_a_suspected_parent_never() -> None:
    def may(**known: Value) -> str:
        return " ".join(str(one) for one in CARE.offered("toestemming", "gegeven_door", **known))

    assert may(jonger_dan_16=False) == "De cliënt zelf"
    assert "Ouder" in may(jonger_dan_16=True, ouder_betrokken=False)
    assert "cliënt" not in may(jonger_dan_16=True, ouder_betrokken=False)
    assert "Ouder" not in may(jonger_dan_16=True, ouder_betrokken=True)


def test_comensha_does_not_hold_up_the_care_plan() -> None:
    main = definitions()[MAIN]

    (after,) = main.elements["meld_comensha"].outgoing

    assert main.flows[after].target == "comensha_klaar"


# --- aftercare --------------------------------------------------------------------------------

READY = (
    "veilig_stabiel",
    "wonen_bekend",
    "inkomen_bekend",
    "zorg_loopt",
    "lokaal_aanvaard",
    "client_stemt_in",
)


def test_one_no_keeps_the_care_going_and_says_which() -> None:
    yes: dict[str, Value] = dict.fromkeys(READY, "ja")
    reasons = set()
    for question, reply in product(READY, ("nee", None)):
        outcome = CARE.tables.evaluate("nazorg_gereed", {**yes, question: reply}).value
        assert isinstance(outcome, Mapping)
        assert outcome["uitkomst"] == "blijven", question
        reasons.add(outcome["waarom"])

    assert CARE.advised("nazorg_gereed", **yes) == "nazorg"
    assert len(reasons) == len(READY)


def test_progress_is_asked_every_four_weeks_and_evaluation_after_thirteen() -> None:
    trace = run("zorg_volgen", days=120, besluit_nazorg={"nazorg_keuze": "nazorg"})

    assert trace.state == "completed"
    assert trace.elements.count("bespreek_voortgang") == 3
    assert trace.elements.count("evalueer") == 1


def test_a_relapse_begins_with_safety_and_skips_the_intake() -> None:
    trace = run(start={"heropend": True, "spoed": True}, days=1)

    assert "maak_veiligheidsplan" in trace.elements
    assert not {"weeg_uren", "leg_contact", "voer_intake"} & set(trace.elements)


# --- how it is drawn --------------------------------------------------------------------------


def tasks_of_people() -> Iterator[etree._Element]:
    for diagram in diagrams():
        yield from diagram.iter(f"{BPMN}userTask")


def test_every_task_of_a_person_has_a_form_a_term_and_a_sentence() -> None:
    found = list(tasks_of_people())

    assert len(found) > 25
    for task in found:
        assert task.find(f".//{ZEEBE}formDefinition") is not None, task.get("id")
        assert task.find(f".//{ZEEBE}taskSchedule") is not None, task.get("id")
        sentence = task.findtext(f"{BPMN}documentation") or ""
        assert sentence.endswith("."), task.get("id")


def moments() -> list[str]:
    """The text of every timer and every term of a task."""
    tags = [f"{BPMN}{kind}" for kind in ("timeDate", "timeDuration", "timeCycle")]
    timers = [str(each.text) for diagram in diagrams() for each in diagram.iter(*tags)]
    terms = [each for diagram in diagrams() for each in diagram.iter(f"{ZEEBE}taskSchedule")]
    return timers + [str(each.get("dueDate")) for each in terms]


def test_no_length_of_time_is_written_in_a_diagram() -> None:
    for text in moments():
        assert TERM.search(text) or text in KEPT_MOMENTS, text
        assert not re.search(r"P\d|PT\d", text), text


def test_every_term_of_the_diagrams_is_in_the_table() -> None:
    whole = b" ".join(content for path, content in CARE.files.items() if path.endswith(".bpmn"))
    names = set(TERM.findall(whole.decode().replace("&quot;", '"')))

    assert len(names) > 25
    for name, urgent, minor in product(sorted(names), (True, False), (True, False)):
        assert CARE.term(name, spoed=urgent, minderjarig=minor)["bron"], name


def decisions_of_people() -> Iterator[tuple[str, str]]:
    """Every variable that holds the advice of a table, with the task that comes after it."""
    for definition in definitions().values():
        for element in definition.elements.values():
            if element.kind != "businessRuleTask" or element.process_id != definition.process_id:
                continue
            after = element
            while after.kind == "businessRuleTask":
                after = definition.elements[definition.flows[after.outgoing[0]].target]
            yield element.result_variable or "", after.form_key or ""


def test_every_table_but_that_of_the_terms_is_asked() -> None:
    own = [path for path in CARE.files if path.startswith("zorgcoordinatie/decisions/")]
    shared = ["gedeeld/decisions/opvang-route.dmn"]

    assert len(set(decisions_of_people())) == len([*own, *shared])


@pytest.mark.parametrize(("variable", "form_id"), sorted(set(decisions_of_people())))
def test_a_person_confirms_every_advice_or_departs_from_it_with_a_reason(
    variable: str, form_id: str
) -> None:
    shown = inputs(CARE.form(form_id).fields)

    (choice,) = [
        field
        for field in shown
        if isinstance(field.default, Expression) and variable in field.default.names
    ]
    assert choice.required
    (reason,) = [
        field for field in shown if field.hide and {variable, choice.key} <= set(field.hide.names)
    ]
    assert reason.required
    assert reason.hide is not None
    followed = {choice.key: "x", variable: {"uitkomst": "x"}}
    assert reason.hide.evaluate(followed) is True
    assert reason.hide.evaluate({**followed, choice.key: "y"}) is False


@pytest.mark.parametrize(
    ("decision_id", "form_id", "key"),
    [
        ("opvang_route", "opvang_kiezen", "opvang_keuze"),
        ("verblijf_route", "verblijf_regelen", "verblijf_keuze"),
        ("comensha_toestemming", "comensha_melding", "toestemming_van"),
        ("comensha_dossiertype", "comensha_melding", "dossiertype"),
        ("prioriteit_wachtlijst", "plaatsing_besluiten", "voorrang"),
        ("nazorg_gereed", "nazorg_besluiten", "nazorg_keuze"),
    ],
)
def test_whatever_a_table_advises_can_be_chosen(decision_id: str, form_id: str, key: str) -> None:
    name = f"/{decision_id.replace('_', '-')}.dmn"
    (whole,) = [content for path, content in CARE.files.items() if path.endswith(name)]
    rules = etree.fromstring(whole).iter("{*}rule")
    outcomes = {str(rule.findtext("{*}outputEntry/{*}text")).strip('"') for rule in rules}

    assert outcomes <= {option.value for option in CARE.field(form_id, key).options}


def test_the_two_folders_have_no_finding() -> None:
    assert [found for found in check(CARE.files) if found.file.split("/")[0] in FOLDERS] == []
