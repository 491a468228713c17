"""The manifest of a process folder, `process.toml`: roles, start forms, case sections, notices.

What a diagram cannot say stands here: which role has the work of a lane and within which scope, who
may start the process with which form, which sections of the case file it fills, what it takes over
from the case that begins it, and what people report to it while it runs.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from engine.errors import InvalidInputError, Problem, StepError
from engine.model import Variables
from engine.toml import Reader, Table, is_key

REGIMES = ("A", "B", "C", "D")
DOMAINS = ("preventie", "signalering", "handhaving", "veiligheid_en_zorg")
EVERYONE = "*"


@dataclass(frozen=True, slots=True)
class RoleRule:
    """Who has the work of a lane: a role within a scope, or one person.

    Attributes:
        role: key of the role.
        lane: name of the lane in the diagram.
        scope: process variable that holds the scope, None when the lane is one person's.
        person: process variable that holds an account id, None when the lane is a role's.
    """

    role: str
    lane: str
    scope: str | None = None
    person: str | None = None


@dataclass(frozen=True, slots=True)
class StartForm:
    """A form that begins a process.

    Attributes:
        roles: keys of the roles that may open it; `EVERYONE` for all who are logged in.
        message: the message start event to begin at, None for the plain one.
        text: what to know before one begins, "" for nothing.
    """

    key: str
    form: str
    process_id: str
    title: str
    roles: tuple[str, ...]
    message: str | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class CaseSection:
    """A section of the case file that the process fills.

    Attributes:
        labels: what is written in it and asked by no form, by path, as people read it.
    """

    key: str
    title: str
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Begin:
    """What a case takes over from the one whose message or signal begins it.

    Attributes:
        message: name of the message or signal.
        takes: section of the case it comes from, to section of this one; both whole, or both with
            the path of one answer behind a full stop.
    """

    message: str
    takes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """Something that people report to a case while it runs.

    Attributes:
        message: the message that it is for the process.
        text: what to know before one reports it, "" for nothing.
        form: id of the form with what is told of it; None when the fact is enough.
        roles: keys of the roles that may report it.
    """

    message: str
    title: str
    text: str = ""
    form: str | None = None
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Retention:
    """How long a file is kept after it was closed.

    Attributes:
        decision: id of the decision table that says so, None when *period* does.
        period: ISO 8601 duration.
        basis: the law or agreement it rests on.
    """

    decision: str | None = None
    period: str | None = None
    basis: str | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """What `process.toml` says.

    Attributes:
        file: path of the manifest inside its set of files.
        name: name of the process or of the shared folder, in Dutch.
        process_ids: the processes of the folder; none for a folder that only shares.
        regime: A signal, B Zorg- en Veiligheidshuis, C care, D enforcement; None for a shared
            folder.
        terms: id of the decision table with the norm times, None without terms.
        sections: in the order in which they are shown.
        notices: what each kind of notice of its handlers says, `{nummer}` for the case.
        number_prefix: what the numbers of cases that it begins start with; None for the usual one
            of the regime.
        phase: the part of the road that it is, as people call it.
    """

    file: str
    name: str
    process_ids: tuple[str, ...] = ()
    regime: str | None = None
    domain: str | None = None
    roles: tuple[RoleRule, ...] = ()
    starts: tuple[StartForm, ...] = ()
    sections: tuple[CaseSection, ...] = ()
    notices: Mapping[str, str] = field(default_factory=dict)
    terms: str | None = None
    retention: Retention | None = None
    number_prefix: str | None = None
    phase: str | None = None
    begins: tuple[Begin, ...] = ()
    events: tuple[CaseEvent, ...] = ()

    def begin_of(self, message: str) -> Begin | None:
        """What is taken over when this message or signal begins a case, None for nothing."""
        return next((begin for begin in self.begins if begin.message == message), None)

    def event_of(self, message: str) -> CaseEvent | None:
        """What people report as this message, None when they do not."""
        return next((event for event in self.events if event.message == message), None)

    def rule_of(self, lane: str | None) -> RoleRule | None:
        """The rule of a lane, None when no role is named for it."""
        return next((rule for rule in self.roles if rule.lane == lane), None)

    def candidate(self, lane: str | None, variables: Variables) -> str:
        """Who may take a task of this lane: "role@scope", or "person:<account id>".

        Raises:
            StepError: no role is named for the lane, or the variable it needs is empty.
        """
        rule = self.rule_of(lane)
        if rule is None:
            raise StepError(self._lane_without_role(lane))
        name = rule.scope or rule.person or ""
        value = variables.get(name)
        if not isinstance(value, str) or not _SCOPE.fullmatch(value):
            raise StepError(self._no_scope(rule, name))
        return f"person:{value}" if rule.person else f"{rule.role}@{value}"

    def _lane_without_role(self, lane: str | None) -> Problem:
        return Problem(
            self.file,
            None,
            "lane_without_role",
            "error",
            f"No role is named for the lane {lane!r}.",
            'Add a [roles.<key>] with this lane and a "scope" or "person".',
        )

    def _no_scope(self, rule: RoleRule, name: str) -> Problem:
        return Problem(
            self.file,
            f"roles.{rule.role}",
            "lane_without_scope",
            "error",
            f"The process variable {name!r} does not hold who has the lane {rule.lane!r}.",
            "Let the process set it to a key or account id before a task of this lane opens.",
        )


def load(content: bytes, *, file: str) -> Manifest:
    """Read a manifest.

    Args:
        content: the TOML text, UTF-8.
        file: its path inside the set of files, for the findings.

    Raises:
        InvalidInputError: with every Problem found.
    """
    reader = Reader.of(content, file)
    manifest = _manifest(reader)
    if reader.problems:
        raise InvalidInputError(reader.problems, "invalid_manifest")
    return manifest


_SCOPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*", re.ASCII)
# A section of the case file, or one answer in it.
_PLACE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*", re.ASCII)
_PREFIX = re.compile(r"[A-Z]{1,2}", re.ASCII)
_TABLES = frozenset(
    {"process", "roles", "start", "begins", "events", "case", "notices", "terms", "retention"}
)
_PROCESS = frozenset({"id", "ids", "name", "regime", "domain", "number_prefix", "phase"})


def _manifest(reader: Reader) -> Manifest:
    document = reader.table({"": reader.document}, "", "", _TABLES)
    process = reader.table(document, "process", "process", _PROCESS)
    ids = _process_ids(reader, process)
    case = reader.table(document, "case", "case", frozenset({"sections"}))
    notices = reader.table(document, "notices", "notices", None)
    terms = reader.table(document, "terms", "terms", frozenset({"decision"}))
    return Manifest(
        file=reader.file,
        name=reader.text(process, "name", "process", required=True) or "",
        process_ids=ids,
        regime=reader.one_of(process, "regime", "process", REGIMES) if ids else None,
        domain=reader.one_of(process, "domain", "process", DOMAINS) if ids else None,
        roles=_roles(reader, document),
        starts=_starts(reader, document, ids),
        sections=tuple(
            _section(reader, key, path, table)
            for key, path, table in reader.entries(
                case, "sections", "case.sections", frozenset({"title", "labels"})
            )
        ),
        notices={kind: reader.text(notices, kind, "notices") or "" for kind in notices},
        terms=reader.text(terms, "decision", "terms", required=bool(terms)),
        retention=_retention(reader, document),
        number_prefix=_number_prefix(reader, process),
        phase=reader.text(process, "phase", "process"),
        begins=_begins(reader, document),
        events=_events(reader, document),
    )


def _process_ids(reader: Reader, process: Table) -> tuple[str, ...]:
    one = reader.text(process, "id", "process")
    ids = ((one,) if one else ()) + reader.texts(process, "ids", "process")
    for process_id in ids:
        if not is_key(process_id):
            reader.report(
                "process.ids" if "ids" in process else "process.id",
                "bad_key",
                f"{process_id!r} cannot be a process id.",
                "Use lower case letters, digits and underscores, a letter first.",
            )
    if len(set(ids)) < len(ids):
        reader.report(
            "process.ids", "process_twice", "A process is named twice.", "Name each process once."
        )
    return ids


def _section(reader: Reader, key: str, path: str, table: Table) -> CaseSection:
    labels = reader.table(table, "labels", f"{path}.labels", None)
    return CaseSection(
        key,
        reader.text(table, "title", path, required=True) or "",
        {name: reader.text(labels, name, f"{path}.labels") or "" for name in labels},
    )


def _number_prefix(reader: Reader, process: Table) -> str | None:
    prefix = reader.text(process, "number_prefix", "process")
    if prefix is not None and not _PREFIX.fullmatch(prefix):
        reader.report(
            "process.number_prefix",
            "bad_prefix",
            f"{prefix!r} cannot begin the number of a case.",
            "Write one or two capitals, such as O.",
        )
    return prefix


def _begins(reader: Reader, document: Table) -> tuple[Begin, ...]:
    begins = []
    for message, path, table in reader.messages(document, "begins", frozenset({"takes"})):
        takes = reader.table(table, "takes", f"{path}.takes", None)
        begins.append(Begin(message, dict(_taken(reader, takes, f"{path}.takes"))))
    return tuple(begins)


def _taken(reader: Reader, takes: Table, path: str) -> Iterator[tuple[str, str]]:
    for source, target in takes.items():
        if isinstance(target, dict):  # a key with a full stop in it and no quotes
            reader.report(
                path,
                "name_without_quotes",
                f"{source!r} in {path} is not a text.",
                'Put a source with a path in quotes: "section.answer" = "section.answer".',
            )
        elif (
            not isinstance(target, str)
            or not _PLACE.fullmatch(source)
            or not _PLACE.fullmatch(target)
        ):
            reader.report(
                path,
                "bad_place",
                f"{source!r} in {path} is not taken from one place to another.",
                'Write section = "section", or "section.answer" = "section.answer".',
            )
        elif ("." in source) != ("." in target):
            reader.report(
                path,
                "places_differ",
                f"{source!r} and {target!r} are not both a section, or both an answer in one.",
                "Take a whole section to a whole section, and one answer to one answer.",
            )
        else:
            yield source, target


def _events(reader: Reader, document: Table) -> tuple[CaseEvent, ...]:
    events = []
    allowed = frozenset({"title", "text", "form", "roles"})
    for message, path, table in reader.messages(document, "events", allowed):
        roles = reader.texts(table, "roles", path)
        if not roles:
            reader.report(
                path,
                "event_for_nobody",
                f"{path} names no role that may report it.",
                'Add roles = ["<role>"].',
            )
        events.append(
            CaseEvent(
                message=message,
                title=reader.text(table, "title", path, required=True) or "",
                text=reader.text(table, "text", path) or "",
                form=reader.text(table, "form", path),
                roles=roles,
            )
        )
    return tuple(events)


def _roles(reader: Reader, document: Table) -> tuple[RoleRule, ...]:
    rules: list[RoleRule] = []
    allowed = frozenset({"lane", "scope", "person"})
    for role, path, table in reader.entries(document, "roles", "roles", allowed):
        lane = reader.text(table, "lane", path, required=True)
        scope = reader.text(table, "scope", path)
        person = reader.text(table, "person", path)
        if ("scope" in table) == ("person" in table):
            reader.report(
                path,
                "scope_or_person",
                f"{path} must have either a scope or a person.",
                'Add scope = "<variable>", or person = "<variable with an account id>".',
            )
        if any(rule.lane == lane for rule in rules):
            reader.report(
                path,
                "lane_twice",
                f"The lane {lane!r} has two roles.",
                "Name one role for each lane; draw two lanes when two roles share the work.",
            )
        rules.append(RoleRule(role, lane or "", scope, person))
    return tuple(rules)


def _starts(reader: Reader, document: Table, ids: tuple[str, ...]) -> tuple[StartForm, ...]:
    starts = []
    allowed = frozenset({"form", "process", "roles", "title", "message", "text"})
    for key, path, table in reader.entries(document, "start", "start", allowed):
        process_id = reader.text(table, "process", path) or (ids[0] if len(ids) == 1 else None)
        if process_id not in ids:
            reader.report(
                path,
                "start_without_process",
                f"{path} does not say which process of this folder it starts.",
                'Add process = "<id>", one of the ids in [process].',
            )
        may = reader.texts(table, "roles", path)
        if not may:
            reader.report(
                path,
                "start_for_nobody",
                f"{path} names no role that may open it.",
                'Add roles = ["<role>"], or roles = ["*"] for everyone who is logged in.',
            )
        starts.append(
            StartForm(
                key=key,
                form=reader.text(table, "form", path, required=True) or "",
                process_id=process_id or "",
                title=reader.text(table, "title", path, required=True) or "",
                roles=may,
                message=reader.text(table, "message", path),
                text=reader.text(table, "text", path) or "",
            )
        )
    return tuple(starts)


def _retention(reader: Reader, document: Table) -> Retention | None:
    if "retention" not in document:
        return None
    allowed = frozenset({"decision", "period", "basis"})
    table = reader.table(document, "retention", "retention", allowed)
    decision = reader.text(table, "decision", "retention")
    period = reader.text(table, "period", "retention")
    if (decision is None) == (period is None):
        reader.report(
            "retention",
            "decision_or_period",
            "retention must have either a decision or a period.",
            'Add decision = "<decision id>", or period = "P5Y".',
        )
    if period is not None and not re.fullmatch(r"P\d{1,3}[YMWD]", period, re.ASCII):
        reader.report(
            "retention.period",
            "bad_duration",
            f"{period!r} is not a length of time.",
            "Write years, months, weeks or days, such as P5Y or P3M.",
        )
    return Retention(decision, period, reader.text(table, "basis", "retention"))
