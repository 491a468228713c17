"""Processes that call themselves, by way of others or not."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from engine.bpmn.reading import Diagram, Process
from engine.errors import Problem


def cycles(diagrams: Sequence[Diagram]) -> Iterator[Problem]:
    """No process calls itself, however many others stand between."""
    processes = {
        name: process for diagram in diagrams for name, process in diagram.processes.items()
    }
    called = {name: _called_by(process) for name, process in processes.items()}
    for diagram in diagrams:
        for process in diagram.processes.values():
            for element in process.elements.values():
                start = element.called_process
                if start is not None and _reaches(start, process.id, called):
                    yield Problem(
                        diagram.file,
                        element.id,
                        "call_cycle",
                        "error",
                        f"The process {process.id!r} calls itself by way of {start!r}.",
                        "Draw the repetition as a loop inside one process.",
                        element.line,
                    )


def _called_by(process: Process) -> set[str]:
    return {each.called_process for each in process.elements.values() if each.called_process}


def _reaches(start: str, goal: str, called: Mapping[str, Collection[str]]) -> bool:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name == goal:
            return True
        if name not in seen:
            seen.add(name)
            waiting += called.get(name, ())
    return False
