"""From DMN files to decisions, with a finding for everything that cannot be evaluated.

What runs: decision tables, literal expressions, and decisions that require decisions of the same
file. All else of DMN (contexts, knowledge models, services, imports) is refused by name.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from lxml import etree

from engine import feel, xml
from engine.decisions.markup import (
    NAMESPACES,
    allowed_values,
    child,
    children,
    local_name,
    names_in,
    namespace,
    text_of,
    type_of,
)
from engine.decisions.model import Decision, HitPolicy, Input, Logic, Output, Rule, Table
from engine.errors import InvalidInputError, Problem, Severity
from engine.model import Value

_NOT_RUN = frozenset({"businessKnowledgeModel", "decisionService", "import"})
_BOXED = ("context", "invocation", "list", "relation", "functionDefinition", "conditional")
_LOOPS = ("for", "every", "some", "filter")
_LOGIC = ("decisionTable", "literalExpression", *_BOXED, *_LOOPS)
_AGGREGATIONS = ("SUM", "MIN", "MAX", "COUNT")
NOTHING = feel.parse("null")


def read(
    files: Mapping[str, bytes], functions: Collection[str] | None = None
) -> tuple[dict[str, Decision], list[Problem]]:
    """The decisions of every `*.dmn` file by id, and everything that is wrong with the files.

    Args:
        functions: functions that are lent beside FEEL's own; None does not look.
    """
    decisions: dict[str, Decision] = {}
    problems: list[Problem] = []
    for file, content in sorted(files.items()):
        if not file.endswith(".dmn"):
            continue
        reader = _File(file, functions)
        for decision in reader.read(content):
            if decision.id in decisions:
                reader.report_twice(decision, decisions[decision.id].file)
            decisions.setdefault(decision.id, decision)
        problems += reader.problems
    return decisions, problems


@dataclass
class _File:
    """One file being read; what is wrong is collected in `problems`."""

    file: str
    functions: Collection[str] | None
    problems: list[Problem] = field(default_factory=list)
    names: frozenset[str] = frozenset()
    allowed: dict[str, str] = field(default_factory=dict)

    def read(self, content: bytes) -> list[Decision]:
        try:
            root = xml.parse(content, file=self.file)
        except InvalidInputError as error:
            self.problems += [each for each in error.problems if isinstance(each, Problem)]
            return []
        if local_name(root) != "definitions" or namespace(root) not in NAMESPACES:
            self._report(
                root, "not_dmn", "The file is no DMN 1.2 to 1.5.", "Save it as DMN 1.3 or later."
            )
            return []
        self._check_ids(root)
        self.names = frozenset(names_in(root))
        self.allowed = dict(allowed_values(root))
        for element in children(root, *_NOT_RUN):
            self._refuse(element)
        inputs = {str(each.get("id")) for each in children(root, "inputData")}
        decisions = [self._decision(each, root, inputs) for each in children(root, "decision")]
        return self._ordered({each.id: each for each in decisions})

    def report_twice(self, decision: Decision, other: str) -> None:
        self.problems.append(
            Problem(
                self.file,
                decision.id,
                "duplicate_id",
                "error",
                f"The decision {decision.id!r} is also in {other}.",
                "Give one of them another id.",
                decision.line,
            )
        )

    # --- the file as a whole ---

    def _check_ids(self, root: etree._Element) -> None:
        seen: set[str] = set()
        for element in root.iter(etree.Element):
            element_id = element.get("id")
            if element_id is None or namespace(element) not in NAMESPACES:
                continue
            if element_id in seen:
                self._report(
                    element,
                    "duplicate_id",
                    f"The id {element_id!r} stands in the file twice.",
                    "Give one of them another id.",
                )
            seen.add(element_id)

    def _ordered(self, decisions: dict[str, Decision]) -> list[Decision]:
        """The decisions, each knowing what is to be evaluated before it."""
        ordered = []
        for decision in decisions.values():
            order = _below(decision.id, decisions)
            if order is None:
                self._add(
                    decision.id,
                    decision.line,
                    "requirement_cycle",
                    f"The decision {decision.id!r} requires itself.",
                    "Remove one of the requirements that make the circle.",
                )
            ordered.append(replace(decision, order=order or ()))
        return ordered

    # --- a decision ---

    def _decision(
        self, element: etree._Element, root: etree._Element, inputs: set[str]
    ) -> Decision:
        name = element.get("name") or element.get("id") or ""
        decision_id = element.get("id") or name
        if not decision_id:
            self._report(element, "missing_id", "A decision has no id.", "Add an id.")
        variable = child(element, "variable")
        return Decision(
            id=decision_id,
            name=name,
            file=self.file,
            variable=(variable.get("name") if variable is not None else None) or name,
            logic=self._logic(element, type_of(element, variable)),
            requires=tuple(self._requires(element, root, inputs)),
            line=element.sourceline,
        )

    def _requires(
        self, element: etree._Element, root: etree._Element, inputs: set[str]
    ) -> Iterator[str]:
        known = {str(each.get("id")) for each in children(root, "decision")}
        own = root.get("namespace") or ""
        for requirement in children(element, "informationRequirement"):
            for required in children(requirement, "requiredDecision", "requiredInput"):
                href = required.get("href") or ""
                target = href.removeprefix(own).removeprefix("#")
                if target in known:
                    yield target
                elif target not in inputs:
                    self._report(
                        element,
                        "missing_requirement",
                        f"The decision requires {href!r}, which is not in this file.",
                        "Draw it in this file, or remove the requirement.",
                    )
        for requirement in children(element, "knowledgeRequirement"):
            self._refuse(requirement, element)

    def _logic(self, element: etree._Element, type_name: str) -> Logic:
        logic = child(element, *_LOGIC)
        if logic is None:
            self._report(
                element,
                "decision_without_logic",
                "The decision has no table and no expression.",
                "Add a decision table or a literal expression.",
            )
        elif local_name(logic) == "decisionTable":
            return self._table(logic, element, type_name)
        elif local_name(logic) == "literalExpression":
            return self._expression(logic, element)
        else:
            self._refuse(logic, element)
        return NOTHING

    # --- a table ---

    def _table(self, table: etree._Element, decision: etree._Element, type_name: str) -> Table:
        policy = self._hit_policy(table, decision)
        inputs = [self._input(each, decision) for each in children(table, "input")]
        columns = children(table, "output")
        outputs = [
            self._output(each, decision, table.get("typeRef") or type_name) for each in columns
        ]
        if not outputs:
            self._report(decision, "table_without_output", "The table has no output.", "Add one.")
        rules = [
            self._rule(each, number, decision, len(inputs), len(outputs))
            for number, each in enumerate(children(table, "rule"), 1)
        ]
        made = Table(
            policy,
            tuple(inputs),
            tuple(outputs),
            tuple(rules),
            self._aggregation(table, decision, len(outputs)),
            tuple(each.get("name") or "" for each in children(table, "annotation")),
        )
        self._check_outputs(made, columns, decision)
        return made

    def _hit_policy(self, table: etree._Element, decision: etree._Element) -> HitPolicy:
        text = table.get("hitPolicy", "UNIQUE")
        try:
            return HitPolicy(text)
        except ValueError:
            self._report(
                decision,
                "unknown_hit_policy",
                f"There is no hit policy {text!r}.",
                f"Use one of: {', '.join(HitPolicy)}.",
            )
            return HitPolicy.UNIQUE

    def _aggregation(
        self, table: etree._Element, decision: etree._Element, outputs: int
    ) -> str | None:
        text = table.get("aggregation")
        if text is None:
            return None
        if text not in _AGGREGATIONS or table.get("hitPolicy") != HitPolicy.COLLECT or outputs > 1:
            self._report(
                decision,
                "bad_aggregation",
                f"The table cannot be collected by {text!r}.",
                "Use SUM, MIN, MAX or COUNT, with hit policy COLLECT and one output.",
            )
            return None
        return text

    def _input(self, column: etree._Element, decision: etree._Element) -> Input:
        expression = child(column, "inputExpression")
        label = column.get("label") or ""
        if expression is None or not text_of(expression):
            self._report(
                column,
                "input_without_expression",
                f"The input column {label!r} does not say what it tests.",
                "Write the name of a variable or an expression.",
                decision,
            )
            return Input(column.get("id") or "", label, NOTHING)
        return Input(column.get("id") or "", label, self._expression(expression, column, decision))

    def _output(self, column: etree._Element, decision: etree._Element, table_type: str) -> Output:
        default = child(column, "defaultOutputEntry")
        own = child(column, "outputValues")
        type_name = column.get("typeRef") or table_type
        values = text_of(own) if own is not None else self.allowed.get(type_name, "")
        return Output(
            id=column.get("id") or "",
            name=column.get("name") or "",
            label=column.get("label") or "",
            default=self._entry(default, column, decision) if default is not None else None,
            order=_listed(values),
        )

    def _check_outputs(
        self, table: Table, columns: list[etree._Element], decision: etree._Element
    ) -> None:
        names = [output.name for output in table.outputs]
        if len(names) > 1 and (not all(names) or len(set(names)) < len(names)):
            self._report(
                decision,
                "output_without_name",
                "Of several outputs each needs a name of its own.",
                "Name every output column.",
            )
        ranked = table.hit_policy in (HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER)
        if ranked and not any(output.order for output in table.outputs):
            self._report(
                columns[0] if columns else decision,
                "priority_without_values",
                f"A table with hit policy {table.hit_policy} must list its output values.",
                "List the values of the output, the most important one first.",
                decision,
            )

    def _rule(
        self, row: etree._Element, number: int, decision: etree._Element, inputs: int, outputs: int
    ) -> Rule:
        rule_id = row.get("id") or f"{decision.get('id')}_rule_{number}"
        tests = children(row, "inputEntry")
        entries = children(row, "outputEntry")
        if len(tests) != inputs or len(entries) != outputs:
            self._report(
                row,
                "rule_incomplete",
                f"Rule {number} does not have a cell for every column.",
                "Open the table in the editor and save it again.",
                decision,
            )
        description = child(row, "description")
        return Rule(
            id=rule_id,
            tests=tuple(self._tests(each, row, decision) for each in tests),
            outputs=tuple(self._entry(each, row, decision) for each in entries),
            annotations=tuple(text_of(each) for each in children(row, "annotationEntry")),
            description=(description.text or "").strip() if description is not None else "",
        )

    # --- expressions ---

    def _tests(
        self, cell: etree._Element, row: etree._Element, decision: etree._Element
    ) -> feel.UnaryTests:
        self._check_language(cell, row, decision)
        try:
            tests = feel.parse_unary_tests(text_of(cell), names=self.names)
        except feel.FeelError as error:
            self._report_expression(error, cell, row, decision)
            return feel.parse_unary_tests("-")
        self._check_calls(tests.calls, cell, row, decision)
        return tests

    def _entry(
        self, cell: etree._Element, owner: etree._Element, decision: etree._Element
    ) -> feel.Expression:
        """The value of an output cell; an empty one is null."""
        if text_of(cell) in ("", "-"):
            return NOTHING
        return self._expression(cell, owner, decision)

    def _expression(
        self,
        element: etree._Element,
        owner: etree._Element,
        decision: etree._Element | None = None,
    ) -> feel.Expression:
        self._check_language(element, owner, decision)
        if (imported := child(element, "importedValues")) is not None:
            self._refuse(imported, owner)
            return NOTHING
        try:
            expression = feel.parse(text_of(element), names=self.names)
        except feel.FeelError as error:
            self._report_expression(error, element, owner, decision)
            return NOTHING
        self._check_calls(expression.calls, element, owner, decision)
        return expression

    def _check_language(
        self,
        element: etree._Element,
        owner: etree._Element,
        decision: etree._Element | None = None,
    ) -> None:
        language = element.get("expressionLanguage") or "feel"
        if "feel" not in language.lower():
            self._report(
                element if element.get("id") else owner,
                "expression_language",
                f"Expressions in {language[:60]!r} are not evaluated.",
                "Write it in FEEL.",
                decision,
            )

    def _check_calls(
        self,
        calls: Mapping[str, int],
        element: etree._Element,
        owner: etree._Element,
        decision: etree._Element | None,
    ) -> None:
        for name, position in calls.items():
            if self.functions is not None and name not in self.functions:
                error = feel.unknown_function(name, position)
                self._report_expression(error, element, owner, decision)

    # --- findings ---

    def _report_expression(
        self,
        error: feel.FeelError,
        element: etree._Element,
        owner: etree._Element,
        decision: etree._Element | None,
    ) -> None:
        named = next(
            (e.get("id") for e in (element, owner, decision) if e is not None and e.get("id")), None
        )
        self.problems.append(error.problem(self.file, named, element.sourceline))

    def _refuse(self, element: etree._Element, owner: etree._Element | None = None) -> None:
        name = local_name(element)
        self._report(
            element,
            "unsupported_element",
            f"A decision cannot be evaluated with a {name} yet.",
            "Use a decision table or a literal expression.",
            owner,
        )

    def _report(
        self,
        element: etree._Element,
        rule: str,
        message: str,
        remedy: str,
        owner: etree._Element | None = None,
    ) -> None:
        element_id = element.get("id") or (owner.get("id") if owner is not None else None)
        self._add(element_id, element.sourceline, rule, message, remedy)

    def _add(
        self,
        element_id: str | None,
        line: int | None,
        rule: str,
        message: str,
        remedy: str,
        severity: Severity = "error",
    ) -> None:
        self.problems.append(Problem(self.file, element_id, rule, severity, message, remedy, line))


def _below(decision_id: str, decisions: Mapping[str, Decision]) -> tuple[str, ...] | None:
    """Every decision that one requires, each after those it requires; None for a circle."""
    order: dict[str, None] = {}
    path = {decision_id: None}
    waiting = [list(decisions[decision_id].requires)]
    while path:
        if not waiting[-1]:
            waiting.pop()
            order[path.popitem()[0]] = None
            continue
        following = waiting[-1].pop(0)
        if following in path:
            return None
        if following not in order:
            path[following] = None
            waiting.append(list(decisions[following].requires))
    return tuple(order)[:-1]


def _listed(text: str) -> tuple[Value, ...]:
    """The values in a list of allowed values; none when it is no list of values."""
    try:
        feel.parse_unary_tests(text)
        found = feel.parse(f"[{text}]").evaluate({})
    except feel.FeelError:
        return ()
    return found if isinstance(found, tuple) and None not in found else ()
