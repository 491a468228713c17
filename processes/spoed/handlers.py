"""The service tasks of *spoed-opvang*: who is on call is told, and every answer is written down.

Where somebody is sheltered stands in the case, in the section of the secret address. What the
process hears of it is that there is a place.
"""

from collections.abc import Mapping

from engine.handlers import Handlers, ServiceCall
from engine.model import Value, Variables
from engine.storage.unit_of_work import UnitOfWork
from engine.timers import AMSTERDAM
from webapp.casework import cases, notices, rosters
from webapp.casework.access import person_group

HANDLERS: Handlers[UnitOfWork] = Handlers()
LOG, REQUESTS = "shelter_log", "requests"

# What the form calls the places that can be asked, as the log names them.
PLACES: Mapping[str, str] = {
    "comensha": "CoMensha",
    "vrouwenopvang": "Vrouwenopvang van de centrumgemeente",
    "mannenopvang": "Mannenopvang van de centrumgemeente",
    "maatschappelijke_opvang": "Maatschappelijke opvang van de centrumgemeente",
    "andere_regio": "Opvang in een andere regio",
    "jeugdhulp": "Gespecialiseerde jeugdhulp",
    "nidos": "Nidos (Beschermde Opvang)",
    "coa": "COA",
    "politie": "Noodbed via de politie",
    "hotel": "Hotel met begeleiding",
}
# The answers of the form in the words of the log, which the care form shows and goes on with.
ANSWERS: Mapping[str, str] = {"ja": "plek", "later": "wachtlijst", "nee": "nee", "geen": "geen"}


@HANDLERS.register("spoed.roep_piket_op")
def call_on_duty(uow: UnitOfWork, call: ServiceCall) -> Variables:
    """Tell who is on call at the house of the case; when nobody is, its manager."""
    case = cases.get(uow, call.business_key)
    on_call = rosters.on_duty(uow, case.house, uow.now)
    kind = f"spoed_{call.variables['aanleiding']}"
    if on_call is None:
        manager = f"manager_zvh@{case.house}"
        notices.send(uow, manager, f"{kind}_zonder_piket", case_number=case.number)
    else:
        notices.send(uow, person_group(on_call), kind, case_number=case.number)
    return {"piket": on_call}


@HANDLERS.register("spoed.leg_antwoord_vast")
def record_answer(uow: UnitOfWork, call: ServiceCall) -> Variables:
    """Add the answer of one place to the log, beside those that came before.

    Source: domeinonderzoek 3.5: the log is the proof of the shortage that the board asks for.
    """
    case = cases.get_if_any(uow, call.business_key, lock=True)
    assert case is not None  # the instance runs in one
    known = cases.known(uow, case)
    before = known[LOG].values.get(REQUESTS) if LOG in known else None
    rows = tuple(before) if isinstance(before, (list, tuple)) else ()
    answer = str(call.variables["plek_antwoord"])
    row: dict[str, Value] = {
        "organisatie": PLACES[str(call.variables["plek"])],
        "gevraagd_op": uow.now.astimezone(AMSTERDAM).date(),
        "antwoord": ANSWERS[answer],
        "reden": call.variables.get("plek_reden") if answer == "nee" else None,
    }
    cases.record(uow, case, {LOG: {REQUESTS: (*rows, row)}}, present=known)
    return {}
