"""The service tasks of the *screeningsoverleg*: when it is, who is asked, what they answered.

A meeting is a case of its own without personal data. What partners know is written to the case of
the signal that it is about; the process holds numbers, dates, keys and flags.
"""

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from engine.handlers import Handlers, ServiceCall
from engine.model import Value, Variables
from engine.storage.unit_of_work import UnitOfWork
from engine.timers import Calendar
from webapp.casework import cases, notices, regions

HANDLERS: Handlers[UnitOfWork] = Handlers()
ITEM = "triage_item"
PARTNERS = "partners"
# The form hit_no_hit has one field for each partner that can be asked at the same time: they answer
# together in one case, and would overwrite each other in one field.
MOST_PARTNERS = 12
_WEEKS_AHEAD = 8


@HANDLERS.register("triage.plan_overleg")
def plan_meeting(uow: UnitOfWork, call: ServiceCall) -> Variables:
    """When the house meets next, and when its agenda closes: both as moments.

    The meeting is the first whose agenda is still open. On a day that the town halls are closed it
    is held on the next working day [assumed].
    """
    weekday, at = _number(call.variables["weekdag"]), _time(call.variables["tijd"])
    before = _number(call.variables["sluit_werkdagen"])
    calendar = uow.calendar_of(str(call.variables["regio"]))
    opens, closes = next_meeting(uow.now, calendar, weekday=weekday, at=at, closes_before=before)
    return {"overleg_op": opens, "agenda_sluit": closes}


@HANDLERS.register("triage.partners")
def list_partners(uow: UnitOfWork, call: ServiceCall) -> Variables:
    """The partners of the house, as the choices of a form."""
    found = regions.partners(uow, str(call.variables["huis"]))[:MOST_PARTNERS]
    return {PARTNERS: tuple({"value": one.key, "label": one.name} for one in found)}


@HANDLERS.register("triage.bewaar_antwoorden")
def keep_answers(uow: UnitOfWork, call: ServiceCall) -> Variables:
    """Put what the partners answered beside each other in the case of the signal.

    A partner that was asked before and is asked again is kept once, with the newest answer. Then
    the fields they typed in are cleared.
    """
    case = cases.get(uow, call.business_key)
    names = {one.key: one.name for one in regions.partners(uow, case.house)}
    before = cases.content(uow, case).get(ITEM, {})
    answers = _rows(call.variables.get("antwoorden"))
    rows = tuple(_row(answer, names, before) for answer in answers)
    asked = {row["partner"] for row in rows}
    earlier = tuple(row for row in _rows(before.get(PARTNERS)) if row.get("partner") not in asked)
    cleared: dict[str, Value] = {_field(answer): None for answer in answers}
    cases.record(uow, case, {ITEM: {**cleared, PARTNERS: (*earlier, *rows)}})
    return {}


@HANDLERS.register("triage.waarschuw_terugkoppeling")
def warn_of_open_feedback(uow: UnitOfWork, call: ServiceCall) -> Variables:
    """Tell who chairs and who manages that a reporter still waits for an answer."""
    house = cases.get(uow, call.business_key).house
    for role in ("voorzitter_screeningsoverleg", "manager_zvh"):
        notices.send(uow, f"{role}@{house}", "terugkoppeling_open", case_number=call.business_key)
    return {}


def next_meeting(
    now: datetime, calendar: Calendar, *, weekday: int, at: time, closes_before: int
) -> tuple[datetime, datetime]:
    """The first weekly meeting whose agenda is still open, and when that closes.

    Args:
        weekday: 1 for Monday.
        closes_before: how many working days before the meeting its agenda closes.
    """
    local = calendar.local(now)
    first = local.date() + timedelta(days=(weekday - local.isoweekday()) % 7)
    for week in range(_WEEKS_AHEAD):
        day = first + timedelta(weeks=week)
        while not calendar.is_working_day(day):
            day += timedelta(days=1)
        closing = day
        for _ in range(closes_before):
            closing -= timedelta(days=1)
            while not calendar.is_working_day(closing):
                closing -= timedelta(days=1)
        opens, closes = (calendar.moment(datetime.combine(each, at)) for each in (day, closing))
        if closes > now:
            return opens, closes
    raise ValueError("no_meeting_in_sight")


def _row(
    answer: Mapping[str, Value], names: Mapping[str, str], item: Variables
) -> dict[str, Value]:
    partner = str(answer.get("partner"))
    return {
        "partner": names.get(partner, partner),
        "bekend": answer.get("bekend"),
        "veiligheid": answer.get("veiligheid"),
        "informatie": item.get(_field(answer)),
        "grond": answer.get("grond"),
        "bron": answer.get("bron"),
    }


def _field(answer: Mapping[str, Value]) -> str:
    """Where the partner typed what it shares."""
    return f"partner_info_{_number(answer.get('nummer'))}"


def _rows(found: Value) -> tuple[Mapping[str, Value], ...]:
    listed = found if isinstance(found, (list, tuple)) else ()
    return tuple(each for each in listed if isinstance(each, Mapping))


def _number(value: Value) -> int:
    return int(str(value))


def _time(value: Value) -> time:
    return time.fromisoformat(str(value))
