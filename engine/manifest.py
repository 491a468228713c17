"""The manifest of a process folder, `process.toml`: roles, start forms, case sections, notices.

What a diagram cannot say stands here: which role has the work of a lane and within which scope, who
may start the process with which form, and which sections of the case file it fills.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from engine.errors import InvalidInputError, Problem, StepError
from engine.model import Variables

REGIMES = ("A", "B", "C", "D")
DOMAINS = ("preventie", "signalering", "handhaving", "veiligheid_en_zorg")
EVERYONE = "*"
# A manifest is a page or two; what is far larger costs long to read and to judge.
MAX_BYTES = 64 * 1024
LONGEST_LINE = 1_000
MOST_PROBLEMS = 100


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
    """A section of the case file that the process fills."""

    key: str
    title: str


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
    reader = _Reader(file, _parse(content, file), content.decode("utf-8", "replace"))
    manifest = _manifest(reader)
    if reader.problems:
        raise InvalidInputError(reader.problems, "invalid_manifest")
    return manifest


_KEY = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
_SCOPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*", re.ASCII)
_TABLES = frozenset({"process", "roles", "start", "case", "notices", "terms", "retention"})
_Table = Mapping[str, object]


class _Reader:
    """A TOML document that is read strictly; what is wrong is collected in `problems`."""

    def __init__(self, file: str, document: _Table, text: str) -> None:
        self.document = document
        self.problems: list[Problem] = []
        self.file = file
        self._lines = text.splitlines()

    def report(self, path: str, rule: str, message: str, remedy: str) -> None:
        if len(self.problems) >= MOST_PROBLEMS:
            return
        self.problems.append(
            Problem(self.file, path or None, rule, "error", message, remedy, self._line_of(path))
        )

    def table(self, parent: _Table, key: str, path: str, allowed: frozenset[str] | None) -> _Table:
        """The sub-table *key*, empty when it is not there; *allowed* None takes every key."""
        table = parent.get(key, {})
        if not isinstance(table, dict):
            self.report(path, "wrong_type", f"{path} is not a table.", f"Write it as [{path}].")
            return {}
        for name in table:
            if allowed is not None and name not in allowed:
                known = ", ".join(sorted(allowed))
                self.report(
                    f"{path}.{name}" if path else name,
                    "unknown_key",
                    f"{name!r} is not known here.",
                    f"Remove it, or use one of: {known}.",
                )
        return table

    def entries(
        self, parent: _Table, key: str, path: str, allowed: frozenset[str]
    ) -> Iterator[tuple[str, str, _Table]]:
        """Each named sub-table, as key, path and table."""
        group = self.table(parent, key, path, None)
        for name in group:
            here = f"{path}.{name}"
            if not _KEY.fullmatch(name):
                self.report(
                    here,
                    "bad_key",
                    f"{name!r} cannot be a key.",
                    "Use lower case letters, digits and underscores, a letter first.",
                )
            yield name, here, self.table(group, name, here, allowed)

    def text(self, table: _Table, key: str, path: str, *, required: bool = False) -> str | None:
        value = table.get(key)
        if value is None:
            if required:
                self.report(path, "missing_key", f"{path} has no {key!r}.", f'Add {key} = "...".')
            return None
        if not isinstance(value, str) or not value.strip():
            self.report(
                f"{path}.{key}",
                "wrong_type",
                f"{path}.{key} is not a text.",
                f'Write it as {key} = "...".',
            )
            return None
        return value.strip()

    def texts(self, table: _Table, key: str, path: str) -> tuple[str, ...]:
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.report(
                f"{path}.{key}",
                "wrong_type",
                f"{path}.{key} is not a list of texts.",
                f'Write it as {key} = ["..."].',
            )
            return ()
        return tuple(value)

    def one_of(self, table: _Table, key: str, path: str, known: tuple[str, ...]) -> str | None:
        value = self.text(table, key, path, required=True)
        if value is not None and value not in known:
            self.report(
                f"{path}.{key}",
                "unknown_value",
                f"{value!r} is not a {key}.",
                f"Use one of: {', '.join(known)}.",
            )
        return value

    def _line_of(self, path: str) -> int | None:
        """The line of the table or key at *path*, found by how it is usually written."""
        table, _, key = path.rpartition(".")
        within = not table
        for number, line in enumerate(self._lines, 1):
            stripped = line.strip()
            if stripped.startswith(f"[{path}]"):
                return number
            if stripped.startswith("["):
                within = stripped.startswith(f"[{table}]")
            elif within and re.match(rf"{re.escape(key)}\s*=", stripped):
                return number
        return None


def _parse(content: bytes, file: str) -> _Table:
    longest = max(map(len, content.splitlines()), default=0)
    if len(content) > MAX_BYTES or longest > LONGEST_LINE:
        message = f"The file is over {MAX_BYTES} bytes, or a line of it over {LONGEST_LINE}."
        problem = Problem(file, None, "file_too_large", "error", message, "Make it shorter.")
        raise InvalidInputError([problem], "invalid_manifest")
    try:
        return tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError:
        problem = Problem(
            file, None, "not_utf8", "error", "The file is not UTF-8.", "Save it as UTF-8."
        )
    except (ValueError, RecursionError) as error:  # or a number, or a list, without end
        line = re.search(r"at line (\d+)", str(error))
        problem = Problem(
            file,
            None,
            "not_toml",
            "error",
            f"The file is not TOML: {error}.",
            "Mend the line named; a key that stands twice is one cause.",
            int(line[1]) if line else None,
        )
    raise InvalidInputError([problem], "invalid_manifest")


def _manifest(reader: _Reader) -> Manifest:
    document = reader.table({"": reader.document}, "", "", _TABLES)
    process = reader.table(
        document, "process", "process", frozenset({"id", "ids", "name", "regime", "domain"})
    )
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
            CaseSection(key, reader.text(table, "title", path, required=True) or "")
            for key, path, table in reader.entries(
                case, "sections", "case.sections", frozenset({"title"})
            )
        ),
        notices={kind: reader.text(notices, kind, "notices") or "" for kind in notices},
        terms=reader.text(terms, "decision", "terms", required=bool(terms)),
        retention=_retention(reader, document),
    )


def _process_ids(reader: _Reader, process: _Table) -> tuple[str, ...]:
    one = reader.text(process, "id", "process")
    ids = ((one,) if one else ()) + reader.texts(process, "ids", "process")
    for process_id in ids:
        if not _KEY.fullmatch(process_id):
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


def _roles(reader: _Reader, document: _Table) -> tuple[RoleRule, ...]:
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


def _starts(reader: _Reader, document: _Table, ids: tuple[str, ...]) -> tuple[StartForm, ...]:
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


def _retention(reader: _Reader, document: _Table) -> Retention | None:
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
