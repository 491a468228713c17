"""Everything that is wrong with a set of process files, before anybody deploys it.

`check` reads diagrams, tables, forms and manifests together and reports every finding at once, with
the element and the line. What it passes compiles; what cannot run is refused by name.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping

from engine import decisions, forms
from engine import manifest as manifests
from engine.bpmn import checks
from engine.bpmn import compile as compiler
from engine.bpmn.checks import advice
from engine.bpmn.checks.sheet import Sheet
from engine.bpmn.expressions import FUNCTIONS
from engine.bpmn.reading import Diagram, Element, Process, read
from engine.errors import InvalidInputError, Problem, Severity
from engine.manifest import Manifest, StartForm

Files = Mapping[str, bytes]

MANIFEST = "process.toml"
SHARED_FOLDER = "gedeeld"
DEFAULT_TERMS = compiler.DEFAULT_TERMS
_TERM = re.compile(r"\btermijn\s*\(")


def check(files: Files) -> list[Problem]:
    """Every problem of a set of files, by file and line.

    Args:
        files: the content by path, `<folder>/<name>` or a plain name: `*.bpmn`, `*.dmn`, `*.form`
            and `process.toml`. Without a manifest its rules do not apply.
    """
    whole = _Set(files)
    found = [
        *compiler.problems(files),
        *decisions.problems(files, functions=FUNCTIONS),
        *checks.problems(whole.diagrams),
        *whole.problems(),
    ]
    once = {(each.file, each.element_id, each.rule): each for each in reversed(found)}
    return sorted(once.values(), key=lambda each: (each.file, each.line or 0, each.rule))


class _Set:
    """A set of files that was read as far as it could be."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.diagrams = list(_diagrams(files))
        self.decision_ids = decisions.ids(files)
        self.form_ids = dict(_form_ids(files))
        self.unreadable: list[Problem] = []
        self.manifests = self._manifests()

    def problems(self) -> Iterator[Problem]:
        """What concerns forms and manifests, and what is only advice."""
        yield from self.unreadable
        yield from self._forms()
        for diagram in self.diagrams:
            yield from advice.problems(diagram)
            yield from self._forms_of_tasks(diagram)
            yield from self._terms_of(diagram)
            if self.manifests:
                yield from advice.ids(diagram)
                yield from self._lanes(diagram)
        for manifest in self.manifests.values():
            yield from self._manifest(manifest)

    def _manifests(self) -> dict[str, Manifest]:
        """The manifests by folder."""
        found = {}
        for path, content in self.files.items():
            if path.rpartition("/")[2] != MANIFEST:
                continue
            try:
                found[_folder(path)] = manifests.load(content, file=path)
            except InvalidInputError as error:
                self.unreadable += [each for each in error.problems if isinstance(each, Problem)]
        return found

    def _manifest_of(self, path: str) -> Manifest | None:
        """The manifest of the folder that a file stands in, however deep."""
        folder = _folder(path)
        while folder and folder not in self.manifests:
            folder = _folder(folder)
        return self.manifests.get(folder)

    # --- forms ---

    def _forms(self) -> Iterator[Problem]:
        seen: dict[str, list[str]] = {}
        for path, content in self.files.items():
            if not path.endswith(".form"):
                continue
            yield from forms.problems(content, file=path, sections=self._sections(path))
            form_id = self.form_ids.get(path)
            if form_id is None:
                continue
            others = [each for each in seen.get(form_id, ()) if _run_together(path, each)]
            seen.setdefault(form_id, []).append(path)
            if others:
                yield _problem(
                    path,
                    form_id,
                    "duplicate_id",
                    f"The form {form_id!r} is also in {others[0]}.",
                    "Give one of them another id.",
                )

    def _sections(self, path: str) -> Collection[str] | None:
        """The sections a form may write to; None where no manifest says so."""
        manifest = self._manifest_of(path)
        if manifest is None or not manifest.process_ids:
            return None
        return [section.key for section in manifest.sections]

    def _forms_of_tasks(self, diagram: Diagram) -> Iterator[Problem]:
        for element in _elements(diagram):
            if element.form_key is not None and element.form_key not in self.form_ids.values():
                yield _about(
                    diagram,
                    element,
                    "form_missing",
                    f"The form {element.form_key!r} is not there.",
                    "Name the id of a form of this folder or of gedeeld/.",
                )

    # --- terms ---

    def _terms_of(self, diagram: Diagram) -> Iterator[Problem]:
        """Who asks for a norm time needs the table that holds it."""
        manifest = self._manifest_of(diagram.file)
        terms = (manifest.terms if manifest else None) or DEFAULT_TERMS
        if terms in self.decision_ids:
            return
        sheet = Sheet(diagram)
        for node in diagram.root.iter("{*}*"):
            texts = [node.text or "", *(str(value) for value in node.attrib.values())]
            if any(_TERM.search(text) for text in texts):
                yield sheet.problem(
                    node,
                    "terms_missing",
                    f"The decision {terms!r} with the norm times is not there.",
                    "Deploy it in gedeeld/, or name another one in [terms].",
                )

    # --- manifests ---

    def _lanes(self, diagram: Diagram) -> Iterator[Problem]:
        """Somebody has the work of every lane.

        A shared folder by itself may leave that to who calls its processes.
        """
        known = [rule.lane for each in self.manifests.values() for rule in each.roles]
        if not known or not any(each.process_ids for each in self.manifests.values()):
            return
        for element in _elements(diagram):
            if element.kind not in ("userTask", "manualTask") or element.lane in known:
                continue
            lane = f"the lane {element.lane!r}" if element.lane else "a task outside the lanes"
            yield _about(
                diagram,
                element,
                "lane_without_role",
                f"No role is named for {lane}, so nobody sees this task.",
                'Add a [roles.<key>] with the lane and a "scope" or "person" to process.toml.',
            )

    def _manifest(self, manifest: Manifest) -> Iterator[Problem]:
        own = self._processes(manifest)
        for process_id in manifest.process_ids:
            if process_id not in own:
                yield _problem(
                    manifest.file,
                    "process",
                    "process_missing",
                    f"No diagram of the folder holds a process {process_id!r} that can be run.",
                    "Name the ids of the processes that are there.",
                )
        for process_id in own:
            if manifest.process_ids and process_id not in manifest.process_ids:
                yield _problem(
                    manifest.file,
                    "process",
                    "process_not_named",
                    f"The process {process_id!r} of the folder is not named in the manifest.",
                    "Add it to the ids of [process].",
                    "warning",
                )
        for start in manifest.starts:
            yield from self._start(manifest, start, own)
        yield from self._begins(manifest, own.values())
        yield from self._events(manifest, self._with_called(own).values())
        yield from self._lanes_of_roles(manifest, own.values())
        yield from self._decisions_of(manifest)

    def _processes(self, manifest: Manifest) -> dict[str, Process]:
        folder = _folder(manifest.file)
        return {
            process.id: process
            for diagram in self.diagrams
            if not folder or diagram.file.startswith(f"{folder}/")
            for process in diagram.processes.values()
            if process.is_executable
        }

    def _start(
        self, manifest: Manifest, start: StartForm, processes: Mapping[str, Process]
    ) -> Iterator[Problem]:
        key = f"start.{start.key}"
        if start.form not in self.form_ids.values():
            yield _problem(
                manifest.file,
                key,
                "form_missing",
                f"The form {start.form!r} is not there.",
                "Name the id of a form of this folder.",
            )
        process = processes.get(start.process_id)
        if process is None:
            return
        if start.message not in _starts(process):
            what = f"for the message {start.message!r}" if start.message else "of the plain kind"
            yield _problem(
                manifest.file,
                key,
                "start_event_missing",
                f"The process {process.id!r} has no start event {what}.",
                "Draw it, or name the message of a start event that is there.",
            )

    def _with_called(self, processes: Mapping[str, Process]) -> dict[str, Process]:
        """Processes with those that they call, however deep."""
        every = {
            name: process
            for diagram in self.diagrams
            for name, process in diagram.processes.items()
            if process.is_executable
        }
        found, waiting = dict(processes), list(processes.values())
        while waiting:
            for element in waiting.pop().elements.values():
                called = element.called_process
                if called in every and called not in found:
                    found[called] = every[called]
                    waiting.append(every[called])
        return found

    def _begins(self, manifest: Manifest, processes: Collection[Process]) -> Iterator[Problem]:
        starts = {name for process in processes for name in _starts(process) | _signals(process)}
        sections = {section.key for section in manifest.sections}
        for begin in manifest.begins:
            key = f"begins.{begin.message}"
            if begin.message not in starts:
                yield _problem(
                    manifest.file,
                    key,
                    "start_event_missing",
                    f"No process of the folder begins with {begin.message!r}.",
                    "Draw a start event for this message or signal, or name one that is there.",
                )
            missing = sorted({name.partition(".")[0] for name in begin.takes.values()} - sections)
            if missing:
                yield _problem(
                    manifest.file,
                    key,
                    "unknown_section",
                    f"The section {missing[0]!r} that is filled is no section of the case.",
                    "Add it to [case.sections], or take it to one that is there.",
                )

    def _events(self, manifest: Manifest, processes: Collection[Process]) -> Iterator[Problem]:
        caught = {
            element.message
            for process in processes
            for element in process.elements.values()
            if _catches(element)
        }
        for event in manifest.events:
            key = f"events.{event.message}"
            if event.message not in caught:
                yield _problem(
                    manifest.file,
                    key,
                    "message_not_caught",
                    f"No diagram of the folder waits for the message {event.message!r}.",
                    "Draw an event that catches it, or name a message that is caught.",
                )
            if event.form is not None and event.form not in self.form_ids.values():
                yield _problem(
                    manifest.file,
                    key,
                    "form_missing",
                    f"The form {event.form!r} is not there.",
                    "Name the id of a form of this folder or of gedeeld/.",
                )

    def _lanes_of_roles(
        self, manifest: Manifest, processes: Collection[Process]
    ) -> Iterator[Problem]:
        drawn = {lane for process in processes for lane in _lanes_drawn(process)}
        for rule in manifest.roles:
            if drawn and rule.lane not in drawn:
                yield _problem(
                    manifest.file,
                    f"roles.{rule.role}",
                    "role_without_lane",
                    f"No diagram of the folder has a lane {rule.lane!r}.",
                    "Write the name of the lane exactly as it is drawn.",
                    "warning",
                )

    def _decisions_of(self, manifest: Manifest) -> Iterator[Problem]:
        retention = manifest.retention.decision if manifest.retention else None
        for key, decision_id in (("terms", manifest.terms), ("retention", retention)):
            if decision_id is not None and decision_id not in self.decision_ids:
                yield _problem(
                    manifest.file,
                    key,
                    "decision_missing",
                    f"The decision {decision_id!r} is not there.",
                    "Name a decision of this folder or of gedeeld/.",
                )


def _diagrams(files: Files) -> Iterator[Diagram]:
    """The diagrams that can be read; `compile.problems` says why others cannot."""
    for path, content in sorted(files.items()):
        if path.lower().endswith(".bpmn"):
            try:
                yield read(content, file=path)
            except InvalidInputError:
                continue


def _form_ids(files: Files) -> Iterator[tuple[str, str]]:
    for path, content in files.items():
        if not path.endswith(".form"):
            continue
        try:
            document = json.loads(content)
        except (ValueError, RecursionError):
            continue
        if isinstance(document, dict) and isinstance(document.get("id"), str):
            yield path, document["id"]


def _elements(diagram: Diagram) -> Iterator[Element]:
    for process in diagram.processes.values():
        if process.is_executable:
            yield from process.elements.values()


def _starts(process: Process) -> set[str | None]:
    """The messages that begin a process; None for a plain start."""
    begins = [
        each
        for each in process.elements.values()
        if each.kind == "startEvent" and each.parent is None
    ]
    if not begins:
        return {None}
    return {each.message if each.event == "message" else None for each in begins}


def _signals(process: Process) -> set[str | None]:
    """The signals that begin a process."""
    return {
        each.signal
        for each in process.elements.values()
        if each.kind == "startEvent" and each.parent is None and each.signal is not None
    }


def _catches(element: Element) -> bool:
    """Whether an element waits for its message while the process runs."""
    if element.kind == "startEvent":
        return element.parent is not None
    return element.kind in ("receiveTask", "intermediateCatchEvent", "boundaryEvent")


def _lanes_drawn(process: Process) -> set[str]:
    return {element.lane for element in process.elements.values() if element.lane}


def _run_together(path: str, other: str) -> bool:
    """Whether two files can be in one deployment: of one folder, or one of them shared."""
    folders = {path.partition("/")[0], other.partition("/")[0]}
    return len(folders) == 1 or SHARED_FOLDER in folders


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _problem(
    file: str, key: str, rule: str, message: str, remedy: str, severity: Severity = "error"
) -> Problem:
    return Problem(file, key, rule, severity, message, remedy)


def _about(diagram: Diagram, element: Element, rule: str, message: str, remedy: str) -> Problem:
    return Problem(diagram.file, element.id, rule, "error", message, remedy, element.line)
