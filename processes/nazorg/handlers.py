"""The service tasks of *nazorg*: keep each contact, date the close, and tell who works along.

What a contact was like goes to the case; the process keeps counts and dates only.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from engine.handlers import Handlers, ServiceCall
from engine.model import Value, Variables
from engine.storage.unit_of_work import UnitOfWork
from engine.timers import DUTCH_CALENDAR
from webapp.casework import cases, notices
from webapp.casework.cases import CaseFile

HANDLERS: Handlers[UnitOfWork] = Handlers()
SECTION = "aftercare_plan"


@HANDLERS.register("nazorg.leg_contact_vast")
def keep_contact(uow: UnitOfWork, call: ServiceCall) -> Variables:
    """Add the contact to the list of the case, and clear its note for the next one.

    The same form is filled in at every moment; without this the next note would replace it.
    """
    case = _case(uow, call)
    known = cases.known(uow, case)
    present = known[SECTION].values if SECTION in known else {}
    before = present.get("contacts")
    contact: dict[str, Value] = {
        "gepland": _planned(call.variables),
        "gedaan": _day(uow.now),
        "uitkomst": call.variables.get("contact_resultaat"),
        "verslag": present.get("contact_note"),
    }
    earlier = tuple(before) if isinstance(before, list | tuple) else ()
    kept: Variables = {"contacts": (*earlier, contact), "contact_note": None}
    cases.record(uow, case, {SECTION: kept}, present=known)
    return {}


@HANDLERS.register("nazorg.leg_afsluiting_vast")
def date_the_close(uow: UnitOfWork, call: ServiceCall) -> Variables:
    """Write when the aftercare closed; the local team hears that its part is done.

    The case itself may stay open for who is allowed back, so the day is written down.
    """
    case = _case(uow, call)
    closed_on = _day(uow.now)
    cases.record(uow, case, {SECTION: {"closed_on": closed_on}})
    _tell_local_team(uow, case, call.variables, "nazorg_afgesloten")
    return {"nazorg_gesloten_op": closed_on}


@HANDLERS.register("nazorg.meld_terugval")
def report_return(uow: UnitOfWork, call: ServiceCall) -> Variables:
    """Tell the local team that care begins again."""
    _tell_local_team(uow, _case(uow, call), call.variables, "nazorg_terug_in_zorg")
    return {}


@HANDLERS.register("nazorg.meld_te_laat")
def report_late_contact(uow: UnitOfWork, call: ServiceCall) -> Variables:
    """Tell the manager that nobody has sought the contact that was due."""
    recipient = f"manager_zvh@{_case(uow, call).house}"
    notices.send(uow, recipient, "nazorg_contact_te_laat", case_number=call.business_key)
    return {}


def _case(uow: UnitOfWork, call: ServiceCall) -> CaseFile:
    return cases.get(uow, call.business_key)


def _tell_local_team(uow: UnitOfWork, case: CaseFile, known: Variables, kind: str) -> None:
    """Only a team that said yes knows of the case."""
    if known.get("overdracht_uitkomst") == "aangenomen":
        recipient = f"casusregisseur@{case.municipality}"
        notices.send(uow, recipient, kind, case_number=case.number)


def _planned(known: Mapping[str, Value]) -> date | None:
    moments, number = known.get("momenten"), known.get("contactmoment")
    if not isinstance(moments, Sequence) or isinstance(moments, str) or number is None:
        return None
    moment = moments[int(str(number)) - 1]
    return _day(moment) if isinstance(moment, datetime) else None


def _day(moment: datetime) -> date:
    return DUTCH_CALENDAR.local(moment).date()
