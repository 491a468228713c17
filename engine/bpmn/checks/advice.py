"""What runs, but will puzzle somebody: warnings about names, topics and messages."""

import re
from collections.abc import Iterator

from engine.bpmn.checks.sheet import Sheet, words
from engine.bpmn.reading import Diagram, Element
from engine.errors import Problem

_SNAKE_CASE = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)


def problems(diagram: Diagram) -> Iterator[Problem]:
    """Warnings about a diagram that can be run."""
    for process in diagram.processes.values():
        if process.is_executable:
            for element in process.elements.values():
                yield from _about(diagram, element)


def ids(diagram: Diagram) -> Iterator[Problem]:
    """Ids that are not written as those of a process folder are."""
    sheet = Sheet(diagram)
    for process in diagram.processes.values():
        for name in (process.id, *process.elements):
            if not _SNAKE_CASE.fullmatch(name) and name in sheet.by_id:
                yield sheet.problem(
                    sheet.by_id[name],
                    "id_not_snake_case",
                    f"The id {name!r} is not written as ids are here.",
                    "Use lower case letters, digits and underscores; FEEL reads a hyphen as minus.",
                    "warning",
                )


def _about(diagram: Diagram, element: Element) -> Iterator[Problem]:
    def warning(rule: str, message: str, remedy: str) -> Problem:
        return Problem(diagram.file, element.id, rule, "warning", message, remedy, element.line)

    if element.kind in ("userTask", "manualTask") and not element.name:
        yield warning(
            "task_without_name",
            f"The {words(element.kind)} has no name, so people read its id in their inbox.",
            "Name it after what is to be done.",
        )
    if element.kind == "serviceTask" and element.topic is None:
        yield warning(
            "task_without_topic",
            "The service task names no topic: nothing is done, and the process goes on.",
            "Name the topic of a handler.",
        )
