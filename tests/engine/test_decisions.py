"""Decision tables and expressions: hit policies, requirements, and what is refused."""

import time
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from engine import decisions, feel, simulate
from engine.decisions import Outcome
from engine.errors import InvalidInputError, NotFoundError
from engine.feel import FeelError
from tests.diagrams import BEGIN_AND_END, diagram

DMN = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def file_of(*decisions: str, namespace: str = DMN, before: str = "") -> dict[str, bytes]:
    """A set with one DMN file."""
    text = f'<definitions xmlns="{namespace}" id="d" namespace="own">{before}{"".join(decisions)}'
    return {"map/tabel.dmn": f"{text}</definitions>".encode()}


def table(
    *rules: str,
    inputs: str = "leeftijd",
    outputs: str = "uitkomst",
    policy: str = "",
    output_values: str = "",
    default: str = "",
    name: str = "tabel",
    requires: str = "",
) -> str:
    """A decision with a table; a rule is written `<test> | <test> -> <output> | <output>`."""
    values = f"<outputValues><text>{output_values}</text></outputValues>" if output_values else ""
    other = f"<defaultOutputEntry><text>{default}</text></defaultOutputEntry>" if default else ""
    columns = "".join(
        f"<input><inputExpression><text>{tested}</text></inputExpression></input>"
        for tested in inputs.split(" | ")
    ) + "".join(
        f'<output id="{name}_out_{output}" name="{output}">{values}{other}</output>'
        for output in outputs.split(" | ")
    )
    rows = "".join(_row(rule, f"{name}_r{number}") for number, rule in enumerate(rules, 1))
    return (
        f'<decision id="{name}" name="{name}">{requires}'
        f"<decisionTable {policy}>{columns}{rows}</decisionTable></decision>"
    )


def _row(rule: str, name: str) -> str:
    tests, _, outputs = rule.replace("<", "&lt;").partition(" -> ")
    cells = "".join(f"<inputEntry><text>{cell}</text></inputEntry>" for cell in tests.split(" | "))
    cells += "".join(
        f'<outputEntry id="{name}_{number}"><text>{cell}</text></outputEntry>'
        for number, cell in enumerate(outputs.split(" | "))
    )
    return f'<rule id="{name}">{cells}</rule>'


def literal(text: str, name: str = "som", requires: str = "") -> str:
    """A decision with a literal expression."""
    return (
        f'<decision id="{name}" name="{name}">{requires}'
        f"<literalExpression><text>{text}</text></literalExpression></decision>"
    )


def requirement(name: str) -> str:
    """A requirement of another decision."""
    return f'<informationRequirement><requiredDecision href="#{name}"/></informationRequirement>'


def outcome(decision: str, decision_id: str = "tabel", **context) -> Outcome:
    """What a decision comes to."""
    return decisions.load(file_of(decision)).evaluate(decision_id, context)


def rules_of(files: dict[str, bytes]) -> set[tuple[str | None, str]]:
    """Element and rule of every problem."""
    return {(problem.element_id, problem.rule) for problem in decisions.problems(files)}


AGES = ('< 12 -> "kind"', '< 18 -> "jongere"', '- -> "iedereen"')


def test_the_rule_that_hits_gives_the_value_of_a_single_output():
    found = outcome(table('< 18 -> "minderjarig"', '>= 18 -> "volwassen"'), leeftijd=17)

    assert found == Outcome("minderjarig", ("tabel_r1",))


def test_several_outputs_give_a_context_by_name():
    found = outcome(table('< 18 -> "ja" | 2', outputs="uitkomst | dagen"), leeftijd=17)

    assert found.value == {"uitkomst": "ja", "dagen": Decimal(2)}


def test_every_input_of_a_rule_must_fit():
    tested = table('< 18 | true -> "a"', '< 18 | - -> "b"', inputs="leeftijd | spoed")

    assert outcome(tested, leeftijd=17, spoed=False).value == "b"


def test_no_rule_that_hits_is_null():
    assert outcome(table('< 18 -> "ja"'), leeftijd=40) == Outcome(None)


def test_an_input_that_is_missing_is_null_and_fits_only_null():
    tested = table('< 18 -> "ja"', 'null -> "onbekend"')

    assert outcome(tested).value == "onbekend"


def test_the_default_output_stands_in_when_no_rule_hits():
    assert outcome(table('< 18 -> "ja"', default='"nee"'), leeftijd=40).value == "nee"


def test_several_hits_of_a_unique_table_are_null_with_the_rules_named():
    found = outcome(table(*AGES), leeftijd=11)

    assert found.value is None
    assert found.rule_ids == ("tabel_r1", "tabel_r2", "tabel_r3")
    assert found.problem is not None
    assert (found.problem.rule, found.problem.element_id) == ("several_rules_hit", "tabel")


def test_a_first_table_takes_the_first_hit():
    found = outcome(table(*AGES, policy='hitPolicy="FIRST"'), leeftijd=15)

    assert found == Outcome("jongere", ("tabel_r2",))


def test_an_any_table_takes_hits_that_agree():
    agree = ('< 18 -> "ja"', '< 20 -> "ja"')

    assert outcome(table(*agree, policy='hitPolicy="ANY"'), leeftijd=15).value == "ja"


def test_hits_of_an_any_table_that_differ_are_null_with_the_rules_named():
    found = outcome(table(*AGES, policy='hitPolicy="ANY"'), leeftijd=15)

    assert found.value is None
    assert found.problem is not None
    assert found.problem.rule == "different_outputs_hit"


def test_a_priority_table_takes_the_output_that_is_listed_first():
    ranked = table(
        *AGES, policy='hitPolicy="PRIORITY"', output_values='"iedereen", "jongere", "kind"'
    )

    assert outcome(ranked, leeftijd=11) == Outcome("iedereen", ("tabel_r3",))


def test_an_output_order_table_gives_all_hits_from_high_to_low():
    ranked = table(
        *AGES, policy='hitPolicy="OUTPUT ORDER"', output_values='"jongere", "iedereen", "kind"'
    )

    assert outcome(ranked, leeftijd=11).value == ("jongere", "iedereen", "kind")


def test_priority_may_stand_in_the_type_of_the_output():
    typed = table(*AGES, policy='hitPolicy="PRIORITY" typeRef="rang"')
    allowed = '<allowedValues><text>"kind", "jongere"</text></allowedValues>'
    files = file_of(typed, before=f'<itemDefinition name="rang">{allowed}</itemDefinition>')

    found = decisions.load(files).evaluate("tabel", {"leeftijd": 11})

    assert found.value == "kind"


@pytest.mark.parametrize("policy", ["RULE ORDER", "COLLECT"])
def test_rule_order_and_collect_give_all_hits_as_the_table_has_them(policy):
    found = outcome(table(*AGES, policy=f'hitPolicy="{policy}"'), leeftijd=15)

    assert found == Outcome(("jongere", "iedereen"), ("tabel_r2", "tabel_r3"))


@pytest.mark.parametrize(
    ("aggregation", "value"), [("SUM", 60), ("MIN", 10), ("MAX", 30), ("COUNT", 3)]
)
def test_a_collect_table_can_be_aggregated(aggregation, value):
    rules = ("- -> 10", "- -> 30", "- -> 20")
    policy = f'hitPolicy="COLLECT" aggregation="{aggregation}"'

    assert outcome(table(*rules, policy=policy), leeftijd=1).value == Decimal(value)


def test_an_aggregated_table_without_hit_counts_none_and_sums_to_null():
    count, total = (f'hitPolicy="COLLECT" aggregation="{each}"' for each in ("COUNT", "SUM"))

    assert outcome(table("1 -> 10", policy=count), leeftijd=2).value == Decimal(0)
    assert outcome(table("1 -> 10", policy=total), leeftijd=2).value is None


def test_a_decision_evaluates_what_it_requires_first():
    files = file_of(
        literal("basis * 2", "dubbel", requirement("basis")),
        literal("dubbel + basis", "samen", requirement("dubbel") + requirement("basis")),
        literal("begin + 1", "basis"),
    )

    assert decisions.load(files).evaluate("samen", {"begin": 4}).value == Decimal(15)


def test_a_required_outcome_goes_before_a_variable_of_the_same_name():
    files = file_of(literal("basis", "boven", requirement("basis")), literal("1", "basis"))

    assert decisions.load(files).evaluate("boven", {"basis": 9}).value == Decimal(1)


def test_a_decision_is_read_under_the_name_of_its_variable():
    named = literal("3", "getal").replace("<literal", '<variable name="Het getal"/><literal', 1)
    files = file_of(named, literal("Het getal + 1", "boven", requirement("getal")))

    assert decisions.load(files).evaluate("boven", {}).value == Decimal(4)


def test_all_expressions_of_a_decision_share_one_budget():
    heavy = "count(for i in 1..150 return i)"
    files = file_of(literal(heavy, "a"), literal(heavy, "b", requirement("a")))
    loaded = decisions.load(files)

    loaded.evaluate("a", {}, budget=feel.Budget(steps=600))

    with pytest.raises(FeelError, match="too_many_steps"):
        loaded.evaluate("b", {}, budget=feel.Budget(steps=600))


def test_functions_are_lent_to_every_cell():
    files = file_of(table("nu() -> 1", inputs="moment"))
    now = datetime.fromisoformat("2026-04-27T12:00:00+00:00")

    found = decisions.load(files).evaluate("tabel", {"moment": now}, functions={"nu": lambda: now})

    assert found.value == Decimal(1)


def test_an_error_in_a_cell_names_the_decision():
    with pytest.raises(FeelError) as caught:
        outcome(table("onbekend(?) -> 1"), leeftijd=1)

    assert caught.value.values["decision_id"] == "tabel"


def test_a_decision_that_is_not_there_is_not_found():
    with pytest.raises(NotFoundError, match="decision_not_found"):
        decisions.load({}).evaluate("weg", {})


def test_annotations_and_remarks_stay_with_their_rule():
    noted = table("1 -> 2").replace("<rule", '<annotation name="bron"/><rule', 1)
    noted = noted.replace(
        "</rule>",
        "<description>let op</description><annotationEntry><text>art. 3</text></annotationEntry>"
        "</rule>",
    )

    logic = decisions.load(file_of(noted)).get("tabel").logic

    assert isinstance(logic, decisions.Table)
    assert logic.annotations == ("bron",)
    assert (logic.rules[0].annotations, logic.rules[0].description) == (("art. 3",), "let op")


@pytest.mark.parametrize("version", ["20180521", "20191111", "20211108", "20230324"])
def test_dmn_of_every_version_since_1_2_is_read(version):
    scheme = "http" if version == "20180521" else "https"
    namespace = f"{scheme}://www.omg.org/spec/DMN/{version}/MODEL/"

    assert decisions.load(file_of(table("1 -> 2"), namespace=namespace)).ids == {"tabel"}


def test_an_older_dmn_is_refused():
    old = file_of(table("1 -> 2"), namespace="http://www.omg.org/spec/DMN/20151101/dmn.xsd")

    assert rules_of(old) == {("d", "not_dmn")}


def test_a_document_type_is_refused():
    files = {"t.dmn": b'<!DOCTYPE x [<!ENTITY e "e">]>' + file_of()["map/tabel.dmn"]}

    with pytest.raises(InvalidInputError) as caught:
        decisions.load(files)

    assert [problem.rule for problem in caught.value.problems] == ["document_type"]


def test_every_cell_that_is_no_feel_is_named_with_its_place():
    files = file_of(table("1 + -> 2", "3 -> 4 4"))

    found = decisions.problems(files)

    assert [(p.element_id, p.rule, p.line) for p in found] == [
        ("tabel_r1", "feel_syntax", 1),
        ("tabel_r2_0", "feel_syntax", 1),
    ]
    assert "character 4" in found[0].message


def test_a_circle_of_requirements_is_refused():
    files = file_of(
        literal("b", "a", requirement("b")),
        literal("c", "b", requirement("c")),
        literal("b", "c", requirement("b")),
    )

    assert {rule for _, rule in rules_of(files)} == {"requirement_cycle"}


def test_d03_as_many_decisions_as_a_file_can_hold_are_judged_in_time():
    count = 900
    circle = (literal("1", f"d{n}", requirement(f"d{(n + 1) % count}")) for n in range(count))
    files = file_of(*circle)
    begun = time.process_time()

    assert {rule for _, rule in rules_of(files)} == {"requirement_cycle"}
    assert time.process_time() - begun < 3


def test_a_requirement_that_is_not_there_is_refused():
    assert rules_of(file_of(literal("1", "a", requirement("weg")))) == {
        ("a", "missing_requirement")
    }


def test_two_decisions_with_one_id_are_refused_also_in_two_files():
    one = file_of(literal("1", "a"))["map/tabel.dmn"]

    found = decisions.problems({"a.dmn": one, "b.dmn": one})

    assert [(p.file, p.element_id, p.rule) for p in found] == [("b.dmn", "a", "duplicate_id")]


@pytest.mark.parametrize(
    ("element", "refused"),
    [
        ('<decision id="a" name="a"><context id="c"/></decision>', "c"),
        ('<decision id="a" name="a"><invocation/></decision>', "a"),
        ('<businessKnowledgeModel id="k" name="k"/>', "k"),
        ('<decisionService id="s" name="s"/>', "s"),
        ('<import id="i" name="i" namespace="x" importType="y"/>', "i"),
    ],
)
def test_what_cannot_be_evaluated_yet_is_refused_by_name(element, refused):
    assert rules_of(file_of(element)) == {(refused, "unsupported_element")}


@pytest.mark.parametrize(
    ("decision", "found"),
    [
        ('<decision id="a" name="a"/>', ("a", "decision_without_logic")),
        (table("1 -> 2", policy='hitPolicy="LAST"'), ("tabel", "unknown_hit_policy")),
        (table("1 -> 2", policy='aggregation="SUM"'), ("tabel", "bad_aggregation")),
        (
            table("1 -> 2", policy='hitPolicy="PRIORITY"'),
            ("tabel_out_uitkomst", "priority_without_values"),
        ),
        (table("1 | 2 -> 3"), ("tabel_r1", "rule_incomplete")),
        (table("1 -> 2 | 3", outputs="a | a"), ("tabel", "output_without_name")),
        (table("1 -> 2", inputs=""), ("tabel", "input_without_expression")),
        (
            literal("1").replace("Expression>", 'Expression expressionLanguage="juel">', 1),
            ("som", "expression_language"),
        ),
    ],
)
def test_a_table_that_cannot_decide_is_refused(decision, found):
    assert found in rules_of(file_of(decision))


def test_a_test_of_a_list_column_may_be_longer_than_one_value():
    tested = table('contains(?, "nood"), "brand" -> true', inputs="woord")

    assert outcome(tested, woord="noodgeval").value is True
    assert outcome(tested, woord="brand").value is True


def test_an_empty_output_cell_is_null():
    assert outcome(table("1 -> "), leeftijd=1) == Outcome(None, ("tabel_r1",))


def test_cells_of_twenty_thousand_characters_are_refused():
    files = file_of(table(f"{'?' * 20_000} -> 1"))

    assert rules_of(files) == {("tabel_r1", "feel_too_long")}


def test_a_table_that_cannot_decide_stops_the_process() -> None:
    task = (
        '<businessRuleTask id="regel" name="Regel"><extensionElements><zeebe:calledDecision '
        'decisionId="tabel" resultVariable="uitkomst"/></extensionElements></businessRuleTask>'
    )
    files = file_of(table(*AGES))
    files["proef.bpmn"] = diagram(BEGIN_AND_END + task, "begin regel einde")

    trace = simulate(files, "proef", variables={"leeftijd": 11}, until=timedelta(hours=1))

    assert trace.state == "failed"
    assert trace.error is not None
    assert (trace.error.element_id, trace.error.rule) == ("regel", "several_rules_hit")
