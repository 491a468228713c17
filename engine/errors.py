"""What can go wrong, as one small family: a stable code, and the values a translated text needs.

No message, value or problem ever carries personal data: ids only.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """A finding about a definition: where it is, what is wrong, and what to do about it.

    Attributes:
        file: path of the file inside the set that was checked.
        element_id: id of the BPMN or DMN element, the form field or the manifest key; None when
            the whole file is meant.
        rule: stable snake_case name of the rule, to translate or to filter on.
        severity: an error refuses the deployment, a warning does not.
        message: what is wrong, in English, for a reader who does not know the rule.
        remedy: what to change so that the finding goes away.
        line: line in the file, counted from 1, where it is known.
    """

    file: str
    element_id: str | None
    rule: str
    severity: Severity
    message: str
    remedy: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One answer of a form that cannot be taken; the web layer words it in the reader's language.

    Attributes:
        field: key of the field in the form, with the index of a row for lists ("children.0.age").
        rule: stable name of the rule that was broken ("required", "max_length", ...).
        values: what the text needs, such as the limit; never what was typed.
    """

    field: str
    rule: str
    values: dict[str, str | int] = dataclasses.field(default_factory=dict)


class UitwegError(Exception):
    """Base of everything this engine refuses on purpose.

    Args:
        code: stable snake_case name of the reason.
        values: ids and moments that a text needs; no personal data.
    """

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values

    def __str__(self) -> str:
        details = ", ".join(f"{name}={value}" for name, value in self.values.items())
        return f"{self.code} ({details})" if details else self.code


class InvalidInputError(UitwegError):
    """The input cannot be taken; every problem is listed at once."""

    def __init__(
        self, problems: Sequence[Problem | FieldProblem], code: str = "invalid_input"
    ) -> None:
        super().__init__(code, problems=len(problems))
        self.problems = tuple(problems)


class NotFoundError(UitwegError):
    """There is no such thing, or none that this actor may know of."""


class NotAllowedError(UitwegError):
    """The actor sees it, but it is not theirs to do."""


class ConflictError(UitwegError):
    """It changed since it was read; the values say who did what and when."""


class LimitError(UitwegError):
    """Too much or too often."""


class UnavailableError(UitwegError):
    """Something we depend on is away; trying again is safe."""


class StepError(UitwegError):
    """A process instance cannot take its next step: the definition or its data do not allow it.

    Nothing of the step has happened. The problem names the element, for the incident that a
    manager sees.

    Args:
        element_ids: the elements that had completed within the step when it could not go on, for
            a test run to show.
    """

    def __init__(self, problem: Problem, element_ids: Sequence[str] = ()) -> None:
        super().__init__(problem.rule, element_id=problem.element_id)
        self.problem = problem
        self.element_ids = tuple(element_ids)


class BpmnError(Exception):
    """Raised by a service-task handler: a business outcome that a boundary event catches.

    Source: BPMN 2.0.2 (OMG formal/2013-12-09), 10.5.6 Handling Events.
    """

    def __init__(self, error_code: str) -> None:
        super().__init__(error_code)
        self.error_code = error_code
