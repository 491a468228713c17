"""The service tasks of *procesregie*: keep what was said, ready the actions, tell who waits.

Reports and refusals go to the case; the process keeps counts, dates and flags only.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal

from engine.handlers import Handlers, ServiceCall
from engine.model import Value, Variables
from engine.storage.unit_of_work import UnitOfWork
from engine.timers import DUTCH_CALENDAR
from webapp.casework import cases, notices
from webapp.casework.cases import CaseFile

HANDLERS: Handlers[UnitOfWork] = Handlers()
CASE = "zvh_case"
PLAN = "zvh_plan"

LOCAL_TEAM = "lokaal_team"
ENDED = frozenset({"klaar", "vervallen"})
# The form of an action has this many places: a path of the case file cannot be counted up.
MOST_LOCAL_ACTIONS = 8
END_OF_DAY = time(17, 0)
LEVELS = ("geen", "niveau_1", "niveau_2", "niveau_3")


@HANDLERS.register("procesregie.bewaar_verslag")
def keep_minutes(uow: UnitOfWork, call: ServiceCall) -> Variables:
    """Add the meeting to the list of the case, and clear the form for the next one.

    Every meeting fills in the same fields; without this the next one would replace them.
    """
    case = _case(uow, call)
    known = cases.known(uow, case)
    present = known[CASE].values if CASE in known else {}
    meeting: dict[str, Value] = {
        "op": present.get("meeting_on"),
        "aanwezig": present.get("meeting_present"),
        "verslag": present.get("meeting_note"),
    }
    kept: Variables = {
        "meetings": (*_rows(present, "meetings"), meeting),
        "meeting_on": None,
        "meeting_present": None,
        "meeting_note": None,
    }
    cases.record(uow, case, {CASE: kept}, present=known)
    return {}


@HANDLERS.register("procesregie.zet_acties_klaar")
def ready_actions(uow: UnitOfWork, call: ServiceCall) -> Variables:
    """Give each action of the local team that is not done a number, and a place in the case.

    The text of an action stays in the case, where only its own team reads it. What goes beyond the
    places of the form stands together in the last one, to be done by the first of their dates.
    """
    case = _case(uow, call)
    known = cases.known(uow, case)
    plan = known[PLAN].values if PLAN in known else {}
    own = [
        row
        for row in _rows(plan, "actions")
        if row.get("eigenaar") == LOCAL_TEAM and row.get("stand") not in ENDED
    ]
    last = MOST_LOCAL_ACTIONS - 1
    shares = [[row] for row in own[:last]] + ([own[last:]] if own[last:] else [])
    texts: dict[str, Value] = {}
    for number in range(1, MOST_LOCAL_ACTIONS + 1):
        share = shares[number - 1] if number <= len(shares) else []
        texts[f"local_action_{number}"] = "\n".join(map(_wording, share)) or None
        texts[f"local_note_{number}"] = None
    cases.record(uow, case, {PLAN: texts}, present=known)
    return {
        "acties_lokaal": tuple(
            {"nummer": Decimal(number), "uiterlijk": min(_due(row, uow.now) for row in share)}
            for number, share in enumerate(shares, 1)
        )
    }


@HANDLERS.register("procesregie.leg_actie_vast")
def keep_action(uow: UnitOfWork, call: ServiceCall) -> Variables:
    """Keep what the local team reported of an action; the director hears when it cannot be done."""
    case = _case(uow, call)
    known = cases.known(uow, case)
    plan = known[PLAN].values if PLAN in known else {}
    number = _number(call)
    outcome = call.variables.get("actie_uitkomst")
    reported: dict[str, Value] = {
        "op": _day(uow.now),
        "actie": plan.get(f"local_action_{number}"),
        "uitkomst": outcome,
        "verslag": plan.get(f"local_note_{number}"),
    }
    kept: Variables = {"local_progress": (*_rows(plan, "local_progress"), reported)}
    cases.record(uow, case, {PLAN: kept}, present=known)
    if outcome == "niet_gelukt":
        _tell(uow, f"procesregisseur@{case.house}", "actie_niet_gelukt", case)
    return {}


@HANDLERS.register("procesregie.herinner_actie")
def remind_of_action(uow: UnitOfWork, call: ServiceCall) -> Variables:
    """Tell the local team that the day agreed for an action has passed."""
    case = _case(uow, call)
    _tell(uow, f"casusregisseur@{case.municipality}", "actie_te_laat", case)
    return {}


@HANDLERS.register("procesregie.tel_opschalingen")
def highest_level(uow: UnitOfWork, call: ServiceCall) -> Variables:
    """How high the case was taken before: 0 for never, to 3 for the mayor.

    It is read from the case, for three parts of the process escalate and none sees the others.
    """
    present = cases.content(uow, _case(uow, call)).get(CASE, {})
    levels = [str(row.get("niveau")) for row in _rows(present, "escalations")]
    reached = [LEVELS.index(level) for level in levels if level in LEVELS]
    return {"niveau_geweest": Decimal(max(reached, default=0))}


@HANDLERS.register("procesregie.leg_opschaling_vast")
def keep_escalation(uow: UnitOfWork, call: ServiceCall) -> Variables:
    """Add what came of an escalation to the list of the case, and tell the process director."""
    case = _case(uow, call)
    known = cases.known(uow, case)
    present = known[CASE].values if CASE in known else {}
    escalation: dict[str, Value] = {
        "op": _day(uow.now),
        "niveau": call.variables.get("niveau"),
        "uitkomst": call.variables.get("knoop"),
        "vraag": present.get("dilemma"),
        "verslag": present.get("escalation_note"),
    }
    kept: Variables = {
        "escalations": (*_rows(present, "escalations"), escalation),
        "escalation_note": None,
    }
    cases.record(uow, case, {CASE: kept}, present=known)
    if call.variables.get("knoop") != "hoger":
        _tell(uow, f"procesregisseur@{case.house}", "knoop_doorgehakt", case)
    return {}


@HANDLERS.register("procesregie.meld_einddatum")
def report_end_of_retention(uow: UnitOfWork, call: ServiceCall) -> Variables:
    """Tell the process director that the data are not kept longer: the case must be done."""
    case = _case(uow, call)
    _tell(uow, f"procesregisseur@{case.house}", "bewaartermijn_loopt_af", case)
    return {}


def _case(uow: UnitOfWork, call: ServiceCall) -> CaseFile:
    return cases.get(uow, call.business_key)


def _tell(uow: UnitOfWork, recipient: str, kind: str, case: CaseFile) -> None:
    notices.send(uow, recipient, kind, case_number=case.number)


def _rows(values: Mapping[str, Value], path: str) -> Sequence[Mapping[str, Value]]:
    found = values.get(path)
    rows = found if isinstance(found, list | tuple) else ()
    return [row for row in rows if isinstance(row, Mapping)]


def _wording(row: Mapping[str, Value]) -> str:
    fallback = row.get("terugval")
    return f"{row.get('wat')} Lukt het niet: {fallback}" if fallback else str(row.get("wat"))


def _due(row: Mapping[str, Value], now: datetime) -> datetime:
    """The end of the working day that was agreed; a plan without a date cannot wait."""
    day = row.get("uiterlijk")
    if not isinstance(day, date) or isinstance(day, datetime):
        return now
    return datetime.combine(day, END_OF_DAY, tzinfo=DUTCH_CALENDAR.local(now).tzinfo)


def _number(call: ServiceCall) -> int:
    action = call.variables.get("actie")
    assert isinstance(action, Mapping), "a service task of one action"
    return int(str(action["nummer"]))


def _day(moment: datetime) -> date:
    return DUTCH_CALENDAR.local(moment).date()
