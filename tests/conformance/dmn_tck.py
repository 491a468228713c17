"""Runs the cases of the DMN TCK through `engine.decisions` and counts what comes out.

    python -m tests.conformance.dmn_tck /path/to/dmn-tck [--failures]

A model is evaluated decision by decision, so one that holds something we refuse still counts for
the rest of its cases.
"""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

from lxml import etree

from engine import feel
from engine.decisions import Decision, Decisions
from engine.decisions.reading import NOTHING, read
from engine.feel import FeelError, plain
from engine.model import Value

TCK = "{http://www.omg.org/spec/DMN/20160719/testcase}"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
NOW = datetime.fromisoformat("2026-04-27T12:00:00+00:00")
FUNCTIONS = {"now": lambda: NOW, "today": NOW.date}


def main(arguments: list[str]) -> None:
    """Print how many cases of a folder pass, fail and are refused."""
    folder = Path(arguments[0])
    shown = "--failures" in arguments
    total: Counter[str] = Counter()
    for tests in sorted(folder.glob("*/*/*.xml")):
        counted = Counter(run_file(tests, shown=shown))
        total += counted
        print(f"{tests.parent.parent.name}/{tests.stem:60}", _words(counted))
    print(f"{sum(total.values())} values:", _words(total))


def run_file(tests: Path, *, shown: bool = False) -> Iterator[str]:
    """The verdict on each value that one file of test cases expects."""
    root = etree.parse(tests).getroot()
    model = tests.parent / str(root.findtext(f"{TCK}modelName")).strip()
    decisions, _ = read({model.name: model.read_bytes()})
    by_name = {decision.name: decision for decision in decisions.values()}
    for case in root.iter(f"{TCK}testCase"):
        context = {str(node.get("name")): _value(node) for node in case.iter(f"{TCK}inputNode")}
        for wanted in case.iter(f"{TCK}resultNode"):
            decision = by_name.get(str(wanted.get("name")))
            verdict = _verdict(decision, decisions, context, wanted)
            if shown and verdict.startswith("failed"):
                print(f"  {model.stem} case {case.get('id')} {wanted.get('name')}: {verdict}")
            yield verdict.partition(":")[0]


def _verdict(
    decision: Decision | None,
    decisions: Mapping[str, Decision],
    context: Mapping[str, Value],
    wanted: etree._Element,
) -> str:
    if decision is None or wanted.get("type") == "decisionService":
        return "refused"
    parts = [decision, *(decisions[below] for below in decision.order)]
    is_error = wanted.get("errorResult") == "true"
    if any(part.logic is NOTHING for part in parts):
        return "passed" if is_error else "refused"
    expected = _value(wanted.find(f"{TCK}expected"))
    try:
        found = Decisions(decisions).evaluate(decision.id, context, functions=FUNCTIONS).value
    except FeelError as error:
        if is_error or expected is None:
            return "passed"
        return "refused" if error.code == "unknown_function" else f"failed: {error.message}"
    if _same(found, expected) or (is_error and found is None):
        return "passed"
    return f"failed: {plain(found)!r}, not {expected!r}"


def _value(node: etree._Element | None) -> Value:
    if node is None or node.get(f"{XSI}nil") == "true":
        return None
    inner = node.find(f"{TCK}list")
    if inner is not None:
        if inner.get(f"{XSI}nil") == "true":
            return None
        return tuple(_value(item) for item in inner.findall(f"{TCK}item"))
    components = node.findall(f"{TCK}component")
    if components:
        return {str(each.get("name")): _value(each) for each in components}
    value = node.find(f"{TCK}value")
    return None if value is None else _scalar(value)


def _scalar(value: etree._Element) -> Value:
    if value.get(f"{XSI}nil") == "true":
        return None
    kind = (value.get(f"{XSI}type") or "xsd:string").partition(":")[2]
    text = value.text or ""
    if kind in ("decimal", "double", "integer", "int", "float", "long"):
        return Decimal(text.strip())
    if kind == "boolean":
        return text.strip() in ("true", "1")
    if kind in ("date", "time", "dateTime", "duration"):
        name = {"dateTime": "date and time"}.get(kind, kind)
        return feel.parse(f"{name}(text)").evaluate({"text": text.strip()})
    return text


def _same(found: object, expected: object) -> bool:
    if isinstance(found, Decimal) and isinstance(expected, Decimal):
        return abs(found - expected) <= Decimal("1e-8") * max(Decimal(1), abs(expected))
    if isinstance(found, (tuple, list)) and isinstance(expected, (tuple, list)):
        return len(found) == len(expected) and all(map(_same, found, expected))
    if isinstance(found, Mapping) and isinstance(expected, Mapping):
        return found.keys() == expected.keys() and all(
            _same(found[name], expected[name]) for name in found
        )
    temporal = isinstance(found, (date, time, timedelta))
    return found == expected and (temporal or type(found) is type(expected))


def _words(counted: Counter[str]) -> str:
    return ", ".join(f"{counted[verdict]} {verdict}" for verdict in ("passed", "failed", "refused"))


if __name__ == "__main__":
    main(sys.argv[1:])
