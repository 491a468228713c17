"""From a set of files to what the interpreter runs."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from engine import decisions
from engine.bpmn.expressions import Reader
from engine.bpmn.parsing import ScopeSpec, parse
from engine.bpmn.reading import Diagram, Element, Flow, Process, read
from engine.bpmn.refusals import breakage, refusals
from engine.bpmn.surroundings import Surroundings
from engine.decisions import Decisions
from engine.errors import InvalidInputError, Problem
from engine.manifest import load as load_manifest

__all__ = ["Definition", "Element", "Flow", "compile_set", "problems"]

DEFAULT_TERMS = "termijnen"
Files = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Program:
    """The compiled processes of a set; shared by all instances and frozen."""

    processes: Mapping[str, ScopeSpec]


@dataclass(frozen=True, slots=True)
class Definition:
    """A process that can be run, with the processes and decisions it calls.

    Attributes:
        file: the diagram it stands in.
        start_messages, start_signals: names of the messages and signals that begin it.
        elements: its elements by id, and those of the processes it calls as far as their ids are
            not its own.
        flows: its sequence flows, in the same way.
        terms: id of the decision with the norm times.
        fingerprint: of everything it was compiled from.
    """

    process_id: str
    name: str
    file: str
    start_messages: tuple[str, ...]
    elements: Mapping[str, Element]
    flows: Mapping[str, Flow]
    terms: str = DEFAULT_TERMS
    fingerprint: str = ""
    start_signals: tuple[str, ...] = ()
    program: Program = field(default_factory=lambda: Program({}), repr=False, compare=False)
    decisions: Decisions = field(default_factory=lambda: Decisions({}), repr=False, compare=False)
    by_process: Mapping[str, Mapping[str, Element]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def element(self, process_id: str, element_id: str) -> Element | None:
        """An element of the process, or of one that it calls."""
        return self.by_process.get(process_id, {}).get(element_id)


def compile_set(files: Files) -> Mapping[str, Definition]:
    """Compile every executable process of a set of files.

    Args:
        files: content by path; `*.bpmn`, `*.dmn` and `process.toml` count, the rest is passed over.

    Returns:
        The processes by id.

    Raises:
        InvalidInputError: with every Problem found.
    """
    compiler = _Compiler(files)
    if any(each.severity == "error" for each in compiler.problems):
        raise InvalidInputError(compiler.problems, "invalid_diagram")
    return compiler.definitions()


def problems(files: Files) -> list[Problem]:
    """Everything that keeps the diagrams of a set from being compiled."""
    return _Compiler(files).problems


class _Compiler:
    def __init__(self, files: Files) -> None:
        self.files = files
        self.problems: list[Problem] = []
        self.diagrams: dict[str, Diagram] = {}
        self.specs: dict[str, ScopeSpec] = {}
        self.decisions = self._decisions()
        for path in sorted(files):
            if path.lower().endswith(".bpmn"):
                self._read(path)
        called = {
            process.id: process
            for diagram in self.diagrams.values()
            for process in diagram.processes.values()
        }
        for diagram in self.diagrams.values():
            around = Surroundings(diagram, called, self.decisions.ids)
            broken = breakage(around)
            self.problems += broken
            if not broken:
                self.problems += refusals(around)
                self._parse(diagram)

    def definitions(self) -> dict[str, Definition]:
        """What was compiled."""
        program = Program(self.specs)
        fingerprint = _fingerprint(self.files)
        elements = {
            process.id: process.elements
            for diagram in self.diagrams.values()
            for process in diagram.processes.values()
        }
        found = {}
        for diagram in self.diagrams.values():
            for process in diagram.processes.values():
                if not process.is_executable:
                    continue
                related = [process, *self._called_by(process.id)]
                found[process.id] = Definition(
                    process_id=process.id,
                    name=process.name,
                    file=diagram.file,
                    start_messages=tuple(self.specs[process.id].start_nodes),
                    start_signals=tuple(self.specs[process.id].signal_nodes),
                    elements={
                        each.id: each
                        for other in reversed(related)
                        for each in other.elements.values()
                    },
                    flows={
                        each.id: each
                        for other in reversed(related)
                        for each in other.flows.values()
                    },
                    terms=self._terms(diagram.file),
                    fingerprint=fingerprint,
                    program=program,
                    decisions=self.decisions,
                    by_process=elements,
                )
        return found

    def _called_by(self, process_id: str) -> list[Process]:
        """The processes that one calls, however deep, itself not among them."""
        every = {
            process.id: process
            for diagram in self.diagrams.values()
            for process in diagram.processes.values()
        }
        found: dict[str, Process] = {}
        open_ = [process_id]
        while open_:
            for element in every[open_.pop()].elements.values():
                called = element.called_process
                if called in every and called not in found and called != process_id:
                    found[called] = every[called]
                    open_.append(called)
        return list(found.values())

    def _read(self, path: str) -> None:
        try:
            self.diagrams[path] = read(self.files[path], file=path)
        except InvalidInputError as error:
            self.problems += [each for each in error.problems if isinstance(each, Problem)]

    def _parse(self, diagram: Diagram) -> None:
        reader = Reader(diagram.file)
        self.specs.update(parse(diagram, reader))
        self.problems += reader.problems

    def _decisions(self) -> Decisions:
        try:
            return decisions.load(self.files)
        except InvalidInputError as error:
            self.problems += [
                each
                for each in error.problems
                if isinstance(each, Problem) and each.severity == "error"
            ]
            return Decisions({})

    def _terms(self, file: str) -> str:
        """The decision with the norm times that the manifest beside a diagram names."""
        folder = file.rpartition("/")[0]
        path = f"{folder}/process.toml" if folder else "process.toml"
        if path not in self.files:
            return DEFAULT_TERMS
        try:
            return load_manifest(self.files[path], file=path).terms or DEFAULT_TERMS
        except InvalidInputError:
            return DEFAULT_TERMS


def _fingerprint(files: Files) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for path, content in sorted(files.items()):
        digest.update(f"{len(path)}:{path}:{len(content)}:".encode())
        digest.update(content)
    return digest.hexdigest()
