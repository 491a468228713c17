"""The service tasks of *signaal behandelen*: receipts, doubles, marks of exploitation, reminders.

They read and write the case of the call's business key. What they answer becomes process state, so
it holds counts, flags and case numbers, never personal data.
"""

from collections.abc import Mapping

from engine.errors import BpmnError
from engine.handlers import Handlers, ServiceCall
from engine.model import Variables
from engine.storage.unit_of_work import UnitOfWork
from webapp.casework import audit, cases, finding, notices, regions
from webapp.casework.access import person_group
from webapp.casework.audit import Act
from webapp.casework.cases import CaseFile
from webapp.casework.labels import LINKED_CASES
from webapp.casework.tables import Stage

HANDLERS: Handlers[UnitOfWork] = Handlers()
LOG = "contact_log"

# The marks of the report form by the group they belong to.
# Source: domeinonderzoek 3.1, the groups of the Zeeland list and the labour list.
GROUPS: Mapping[str, str] = {
    "verwondingen": "uiterlijk",
    "mishandeld": "uiterlijk",
    "angstig": "houding",
    "ingestudeerd": "houding",
    "mag_niet_praten": "gedrag",
    "opgesloten": "gedrag",
    "gehaald_en_gebracht": "contacten",
    "oudere_vriend": "contacten",
    "paspoort_afgenomen": "geld_en_documenten",
    "staat_geld_af": "geld_en_documenten",
    "schuld_bij_werkgever": "geld_en_documenten",
    "onverklaarbaar_geld": "geld_en_documenten",
    "lange_dagen": "werk_en_wonen",
    "onderbetaald": "werk_en_wonen",
    "woont_op_werk": "werk_en_wonen",
    "kent_adres_niet": "werk_en_wonen",
    "prostitutie_minderjarig": "werk_en_wonen",
}
# One of these is enough never to close without the screeningsoverleg. Source: domeinonderzoek 2.1.
STRONG = frozenset(
    {
        "paspoort_afgenomen",
        "mishandeld",
        "opgesloten",
        "staat_geld_af",
        "prostitutie_minderjarig",
    }
)
# What makes that somebody can go and look, by section.
FINDABLE = {
    "person_identity": ("name",),
    "safe_contact": ("phone",),
    "signal_core": ("address", "company", "kvk"),
}
# What partners of the meeting may see, by its path in the section of the meeting, and where it
# stands in the signal: no name and no address.
MINIMUM = {
    "core_birth_year": ("person_identity", "birth_year"),
    "core_age_group": ("person_identity", "age_group"),
    "core_forms": ("signal_core", "forms"),
}


@HANDLERS.register("signaal.bevestig_ontvangst")
def acknowledge(uow: UnitOfWork, call: ServiceCall) -> Variables:
    """Tell the reporter that the signal is in; the number stands with the notice."""
    _tell_reporter(uow, call, "signaal_ontvangen")
    return {}


@HANDLERS.register("signaal.zoek_dubbelen")
def find_doubles(uow: UnitOfWork, call: ServiceCall) -> Variables:
    """Count the cases that look like this one, and name those that it can still be added to."""
    found = [double.case for double in finding.similar(uow, _case(uow, call))]
    return {
        "aantal_dubbelen": len(found),
        "dubbelen": tuple(case.number for case in found if case.is_open),
    }


@HANDLERS.register("signaal.koppel_dubbel")
def link_double(uow: UnitOfWork, call: ServiceCall) -> Variables:
    """Tie the signal to the earlier one, for whoever works on that, and tell the reporter.

    Raises:
        BpmnError: dubbel_gesloten, the earlier one was closed meanwhile: nobody would look.
    """
    number = cases.content(uow, _case(uow, call)).get(LOG, {}).get("double_of")
    earlier = cases.get_if_any(uow, number, lock=True) if isinstance(number, str) else None
    if earlier is None or not earlier.is_open:
        raise BpmnError("dubbel_gesloten")
    known = cases.known(uow, earlier)
    before = known[LOG].values.get(LINKED_CASES) if LOG in known else None
    others = tuple(before) if isinstance(before, (list, tuple)) else ()
    linked: Variables = {LINKED_CASES: (*others, call.business_key)}
    cases.record(uow, earlier, {LOG: linked}, present=known)
    recipient = f"aandachtsfunctionaris@{earlier.municipality}"
    notices.send(uow, recipient, "signaal_gekoppeld", case_number=earlier.number)
    _tell_reporter(uow, call, "signaal_beantwoord")
    about = f"{call.instance_id} {call.element_id}"
    audit.record(uow, Act.FINISH_JOB, case_number=earlier.number, object=about)
    return {}


@HANDLERS.register("signaal.tel_kenmerken")
def weigh_marks(uow: UnitOfWork, call: ServiceCall) -> Variables:
    """Count the groups of marks, and say whether the screeningsoverleg must see the signal.

    Two groups, or one strong mark: never close without it. Source: domeinonderzoek 2.1.
    """
    known = cases.content(uow, _case(uow, call))
    found = known.get("signal_core", {}).get("indicators")
    marks = {str(mark) for mark in found} if isinstance(found, (list, tuple)) else set()
    groups = {GROUPS[mark] for mark in marks if mark in GROUPS}
    return {
        "kenmerk_groepen": len(groups),
        "overleg_verplicht": len(groups) > 1 or not STRONG.isdisjoint(marks),
        "vindbaar": _is_findable(known),
    }


@HANDLERS.register("signaal.stel_minimum_op")
def prepare_minimum(uow: UnitOfWork, call: ServiceCall) -> Variables:
    """Fill in what partners may see of the signal, as far as it is known: nobody types it twice.

    What stands there already stays. Source: domeinonderzoek 3.2, the minimum set.
    """
    case = _case(uow, call)
    known = cases.content(uow, case)
    before = known.get("triage_item", {})
    found = {path: known.get(section, {}).get(name) for path, (section, name) in MINIMUM.items()}
    found["core_municipality"] = regions.municipality(uow, case.municipality).name
    new = {path: value for path, value in found.items() if value and not before.get(path)}
    cases.record(uow, case, {"triage_item": new} if new else {})
    return {}


@HANDLERS.register("signaal.kies_huis")
def choose_house(uow: UnitOfWork, call: ServiceCall) -> Variables:
    """Let another Zorg- en Veiligheidshuis discuss the signal: from now on its case lies there."""
    house = str(call.variables["overleg_huis"])
    cases.assign_house(uow, _case(uow, call), house)
    return {"huis": house}


@HANDLERS.register("signaal.herinner")
def remind(uow: UnitOfWork, call: ServiceCall) -> Variables:
    """Remind whoever has the role that the spoed-check waits."""
    recipient = f"aandachtsfunctionaris@{_case(uow, call).municipality}"
    notices.send(uow, recipient, "spoed_check_herinnering", case_number=call.business_key)
    return {}


@HANDLERS.register("signaal.escaleer")
def escalate(uow: UnitOfWork, call: ServiceCall) -> Variables:
    """Tell the manager that something waits too long."""
    recipient = f"teammanager@{_case(uow, call).municipality}"
    notices.send(uow, recipient, "signaal_niet_opgepakt", case_number=call.business_key)
    return {}


@HANDLERS.register("signaal.meld_voortgang")
def report_progress(uow: UnitOfWork, call: ServiceCall) -> Variables:
    """Tell the reporter that somebody read the signal and chose what to do."""
    cases.progress(uow, _case(uow, call), Stage.IN_PROGRESS)
    _tell_reporter(uow, call, "signaal_opgepakt")
    return {"melder_ingelicht": True}


@HANDLERS.register("signaal.meld_uitkomst")
def report_outcome(uow: UnitOfWork, call: ServiceCall) -> Variables:
    """Tell the reporter that an answer can be read."""
    _tell_reporter(uow, call, "signaal_beantwoord")
    return {}


def _case(uow: UnitOfWork, call: ServiceCall) -> CaseFile:
    return cases.get(uow, call.business_key)


def _tell_reporter(uow: UnitOfWork, call: ServiceCall, kind: str) -> None:
    """A signal that came in by another channel has no reporter with an account to tell."""
    reporter = call.variables.get("melder")
    if isinstance(reporter, str):
        notices.send(uow, person_group(reporter), kind, case_number=call.business_key)


def _is_findable(known: Mapping[str, Variables]) -> bool:
    return any(
        known.get(section, {}).get(path) for section, paths in FINDABLE.items() for path in paths
    )
