"""What the tests of a process folder ask of it, and the case in which they call its handlers."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cached_property

import processes
from engine import decisions, forms
from engine.bpmn.compile import Definition, compile_set
from engine.decisions import Decisions
from engine.errors import FieldProblem, InvalidInputError
from engine.forms import Field, Form
from engine.forms.answers import options_of
from engine.forms.fields import inputs
from engine.handlers import ServiceCall
from engine.model import Value, Variables
from engine.simulation import EPOCH
from engine.storage.unit_of_work import UnitOfWork
from engine.timers import DUTCH_CALENDAR
from webapp.casework import accounts, cases, notices, regions
from webapp.casework.cases import CaseFile
from webapp.casework.roles import Regime


class Folder:
    """One process folder, with those that it is read together with.

    What it sends messages to is left out: a message begins something in another case, which is no
    part of what the folder promises itself.
    """

    def __init__(self, name: str, *others: str) -> None:
        self.name = name
        self._names = (name, *others)

    @cached_property
    def files(self) -> Mapping[str, bytes]:
        shipped = processes.read(processes.SHIPPED)
        return {path: shipped[path] for path in shipped if path.split("/")[0] in self._names}

    @cached_property
    def tables(self) -> Decisions:
        return decisions.load(self.files)

    @cached_property
    def definitions(self) -> Mapping[str, Definition]:
        """The processes that stand in the folder itself."""
        own = f"{self.name}/"
        found = compile_set(self.files)
        return {key: each for key, each in found.items() if each.file.startswith(own)}

    @cached_property
    def _forms(self) -> dict[str, Form]:
        return {}

    def form(self, form_id: str) -> Form:
        if form_id not in self._forms:
            name = f"/forms/{form_id.replace('_', '-')}.form"
            (path,) = [path for path in self.files if path.endswith(name)]
            self._forms[form_id] = forms.load(self.files[path], file=path)
        return self._forms[form_id]

    def field(self, form_id: str, key: str) -> Field:
        return next(field for field in inputs(self.form(form_id).fields) if field.key == key)

    def offered(self, form_id: str, key: str, **known: Value) -> list[Value]:
        """What can be chosen, with what is known."""
        return [option.value for option in options_of(self.field(form_id, key), known)]

    def advice(self, decision_id: str, **known: Value) -> Mapping[str, Value]:
        """What a table says, which always says why."""
        outcome = self.tables.evaluate(decision_id, known)
        assert outcome.problem is None, outcome.problem
        assert isinstance(outcome.value, Mapping), f"no rule for {known}"
        assert str(outcome.value["waarom"]).endswith(".")
        return outcome.value

    def advised(self, decision_id: str, **known: Value) -> str:
        return str(self.advice(decision_id, **known)["uitkomst"])

    def term(self, name: str, **known: Value) -> Mapping[str, Value]:
        """The row of a term: its length (`duur`), the days that count (`telling`), its source."""
        context: dict[str, Value] = {"naam": name, "spoed": False, "minderjarig": False, **known}
        outcome = self.tables.evaluate("termijnen", context)
        assert isinstance(outcome.value, Mapping), context
        return outcome.value

    def lasts(self, name: str, **known: Value) -> timedelta:
        """How long a term is when it begins on a Monday morning."""
        found = self.term(name, **known)
        return DUTCH_CALENDAR.due(EPOCH, str(found["duur"]), found["telling"]) - EPOCH  # type: ignore[arg-type]

    def refused(self, form_id: str, known: Variables, **typed: Value) -> set[tuple[str, str]]:
        """Which fields the form refuses with these answers, and by which rule."""
        try:
            self.form(form_id).check(typed, known)
        except InvalidInputError as refused:
            problems = [one for one in refused.problems if isinstance(one, FieldProblem)]
            return {(problem.field, problem.rule) for problem in problems}
        return set()

    def asked(self, form_id: str, known: Variables, **typed: Value) -> set[str]:
        """The questions that must be answered still, with these answers, which are good."""
        problems = self.refused(form_id, known, **typed)
        assert {rule for _, rule in problems} <= {"required"}, problems
        return {field for field, _ in problems}


class Desk:
    """A case in Venlo, with the handlers as the worker calls them."""

    def __init__(self, uow: UnitOfWork, regime: Regime) -> None:
        self.uow = uow
        regions.add_region(uow, "limburg", "Limburg")
        regions.add_house(uow, "noord", "Noord-Limburg", region="limburg")
        regions.add_municipality(uow, "venlo", "Venlo", house="noord", region="limburg")
        worker = accounts.create(uow, "zoe", "Zoë", "no password fits this")
        place = regions.municipality(uow, "venlo")
        self.case: CaseFile = cases.create(
            uow, regime=regime, municipality=place, reporter=worker.id
        )

    @property
    def today(self) -> date:
        return DUTCH_CALENDAR.local(self.uow.now).date()

    def do(self, topic: str, **variables: Value) -> Variables:
        call = ServiceCall("job", "instance", self.case.number, "element", topic, variables)
        return processes.handlers()[topic](self.uow, call)

    def write(self, section: str, **values: Value) -> None:
        cases.record(self.uow, self.case, {section: values})

    def read(self, section: str) -> Variables:
        return cases.content(self.uow, self.case)[section]

    def told(self) -> list[tuple[str, str]]:
        return [(one.kind, one.recipient) for one in notices.of_case(self.uow, self.case.number)]
