"""The texts of a diagram as FEEL, read once: conditions, scripts, mappings and timers.

Whatever SpiffWorkflow would give to Python's `eval` or `exec` is one of these.
"""

import re
from dataclasses import dataclass

from lxml import etree

from engine import feel
from engine.bpmn.reading import ZEEBE, child, extension, text_of
from engine.errors import Problem
from engine.feel import Expression, FeelError
from engine.timers import Timer, TimerError, parse_timer

# What processes may call beside FEEL's own functions.
FUNCTIONS = frozenset({"termijn", "werkdagen", "nu"})

_ASSIGNMENT = re.compile(r"\s*([^\W\d]\w*)\s*=(?!=)\s*(.+)", re.DOTALL)
_NAME = re.compile(r"[^\W\d]\w*")
_CLOSING = {")": "(", "]": "[", "}": "{"}


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a variable becomes."""

    target: str
    source: Expression


@dataclass(frozen=True, slots=True)
class Script:
    """What a script task does: its assignments in order, or the entries of one context.

    Attributes:
        context: an expression whose entries become variables; None when there are assignments.
    """

    assignments: tuple[Assignment, ...] = ()
    context: Expression | None = None


@dataclass(frozen=True, slots=True)
class Mappings:
    """The input and output mappings of an element."""

    inputs: tuple[Assignment, ...] = ()
    outputs: tuple[Assignment, ...] = ()


# A timer that is written out, or an expression that says what it is.
TimerText = Timer | Expression


class Reader:
    """Reads the expressions of one file and keeps what is wrong with them.

    Args:
        file: path of the file, for the problems.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def report(
        self, rule: str, element_id: str | None, message: str, remedy: str, line: int | None = None
    ) -> None:
        """Keep an error."""
        self.problems.append(Problem(self.file, element_id, rule, "error", message, remedy, line))

    def expression(
        self, text: str | None, element_id: str | None, line: int | None = None
    ) -> Expression | None:
        """A FEEL expression, with or without a leading "="; None without text or when wrong."""
        if text is None or not text.strip():
            return None
        try:
            found = feel.parse(text.strip().removeprefix("=").strip())
        except FeelError as error:
            self.problems.append(error.problem(self.file, element_id, line))
            return None
        unknown = sorted(set(found.calls) - FUNCTIONS)
        if unknown:
            self.report(
                "unknown_function",
                element_id,
                f"There is no function {unknown[0]}.",
                "Use a function of FEEL, or one that processes may call; see docs/feel.md.",
                line,
            )
        return found

    def expression_in(self, node: etree._Element | None, element_id: str) -> Expression | None:
        """The expression that an XML element holds as its text."""
        return self.expression(
            text_of(node), element_id, node.sourceline if node is not None else None
        )

    def condition_of(self, flow: etree._Element) -> Expression | None:
        """The condition of a sequence flow."""
        return self.expression_in(child(flow, "conditionExpression"), str(flow.get("id")))

    def timer(self, node: etree._Element, element_id: str) -> TimerText | None:
        """The time of a timer event definition: ISO 8601 text, or FEEL that gives it."""
        for kind in ("timeDuration", "timeDate", "timeCycle"):
            found = child(node, kind)
            text = text_of(found)
            if text is not None:
                return self._timer(text, element_id, node.sourceline)
        self.report(
            "timer_without_time",
            element_id,
            "The timer does not say when.",
            "Give it a duration, a date or a cycle.",
            node.sourceline,
        )
        return None

    def script(self, node: etree._Element) -> Script:
        """What a script task does."""
        element_id = str(node.get("id"))
        zeebe = extension(node, "script")
        if zeebe is not None:
            source = self.expression(zeebe.get("expression"), element_id, zeebe.sourceline)
            target = zeebe.get("resultVariable")
            if source is not None and target:
                return Script((Assignment(target, source),))
        text = text_of(child(node, "script"))
        if text is None:
            if zeebe is None or not zeebe.get("resultVariable"):
                self._no_script(node)
            return Script()
        if text.removeprefix("=").lstrip().startswith("{"):
            return Script(context=self.expression(text, element_id, node.sourceline))
        return Script(self._assignments(text, node))

    def mappings(self, node: etree._Element) -> Mappings:
        """The `zeebe:ioMapping` of an element."""
        found = extension(node, "ioMapping")
        if found is None:
            return Mappings()
        element_id = str(node.get("id"))
        return Mappings(
            self._mapped(found, "input", element_id), self._mapped(found, "output", element_id)
        )

    def _timer(self, text: str, element_id: str, line: int | None) -> TimerText | None:
        if not text.startswith("="):
            try:
                return parse_timer(text)
            except TimerError as error:
                if re.fullmatch(r"[Rr]\d*/\S*|[+-]?[Pp](?=[\dT])\S*|\d{4}-\d\d\S*", text):
                    self.report(
                        "bad_timer",
                        element_id,
                        f"The time of the timer cannot be counted with ({error.code}).",
                        "Write it as ISO 8601, such as PT24H, R3/P7D or 2026-05-01T09:00:00.",
                        line,
                    )
                    return None
        return self.expression(text, element_id, line)

    def _assignments(self, text: str, node: etree._Element) -> tuple[Assignment, ...]:
        found = []
        for statement in statements(text):
            match = _ASSIGNMENT.fullmatch(statement)
            if match is None:
                self.report(
                    "script_not_assignment",
                    str(node.get("id")),
                    "The script is neither a context nor a list of assignments.",
                    "Write {a: 1, b: a + 1}, or one assignment a line: name = expression.",
                    node.sourceline,
                )
                return ()
            source = self.expression(match[2], str(node.get("id")), node.sourceline)
            if source is not None:
                found.append(Assignment(match[1], source))
        return tuple(found)

    def _mapped(
        self, mapping: etree._Element, kind: str, element_id: str
    ) -> tuple[Assignment, ...]:
        found = []
        for each in mapping.iterfind(f"{{{ZEEBE}}}{kind}"):
            source = self.expression(each.get("source"), element_id, each.sourceline)
            target = (each.get("target") or "").strip()
            if not _NAME.fullmatch(target):
                self.report(
                    "mapping_target",
                    element_id,
                    f"The target of the {kind} mapping is no name of a variable.",
                    "Name one variable, in letters, digits and underscores.",
                    each.sourceline,
                )
            elif source is not None:
                found.append(Assignment(target, source))
        return tuple(found)

    def _no_script(self, node: etree._Element) -> None:
        self.report(
            "script_missing",
            str(node.get("id")),
            "The script task has no script.",
            "Write its assignments, or make it a task of another kind.",
            node.sourceline,
        )


def statements(text: str) -> list[str]:
    """The statements of a script, divided by ";" or a new line outside brackets and texts."""
    found, current, depth, in_text, escaped = [], "", 0, False, False
    for character in text + "\n":
        if in_text:
            in_text = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif character == '"':
            in_text = True
        elif character in _CLOSING.values():
            depth += 1
        elif character in _CLOSING:
            depth -= 1
        elif character in ";\n" and depth <= 0:
            found.append(current)
            current = ""
            continue
        current += character
    found.append(current)
    return [each for each in map(str.strip, found) if each and not each.startswith("//")]
