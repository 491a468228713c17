"""Runs the process files of betsy through `engine.check` and `engine.simulate` and counts.

    python -m tests.conformance.betsy /path/to/betsy [--failures]

The files' scripts are words; README.md of the suites says what each puts on the trace. Here every
script becomes FEEL, and the trace is read from the ids of the elements that ran.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from lxml import etree

from engine import check, simulate
from engine.errors import InvalidInputError

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
SCRIPTS = {
    "INCREMENT_INTEGER_VARIABLE_AND_LOG": "integerVariable = integerVariable + 1",
    "SET_STRING_DATA": 'data = "String"',
}
MARKERS = {
    "INCREMENT_INTEGER_VARIABLE_AND_LOG": "INCREMENT_correct",
    "CREATE_MARKER_FILE": "MARKER_exists",
    "LOG_DATA": "DATA_correct",
}
ERRORS = {"ERROR_deployment", "ERROR_runtime", "ERROR_thrownErrorEvent", "ERROR"}


def main(arguments: list[str]) -> None:
    """Print how many cases and constraints of a folder come out right."""
    folder = Path(arguments[0])
    shown = "--failures" in arguments
    cases = json.loads((folder / "expected.json").read_text())
    verdicts = Counter(
        _report(name, _case(folder / name, case), shown=shown)
        for name, each in cases.items()
        for case in each
    )
    print(f"betsy, {verdicts.total()} cases:", _words(verdicts, "right", "refused", "wrong"))
    rules = Counter(
        _report(path.name, _constraint(path), shown=shown)
        for path in sorted(folder.glob("constraints/*/*.bpmn"))
    )
    print(f"betsy, {rules.total()} broken rules:", _words(rules, "refused", "passed"))


def _case(path: Path, case: Mapping[str, object]) -> str:
    content, words = translated(path.read_bytes())
    expected = Counter(str(each) for each in _list(case["expect"]))
    refused = [each for each in check({path.name: content}) if each.severity == "error"]
    if refused:
        asked_for = {"ERROR", "ERROR_deployment"} & expected.keys()
        return "right" if asked_for else f"refused: {refused[0].rule} {refused[0].element_id}"
    process_id = _process_of(content, path.stem)
    try:
        trace = simulate(
            {path.name: content},
            process_id,
            variables={
                "test": None if case["input"] is None else str(case["input"]),
                "integerVariable": Decimal(str(case["integerVariable"])),
            },
            until=timedelta(seconds=float(str(case["seconds"])) or 15),
            start_first=["ParallelProcess"] if case["with_parallel_process"] else (),
        )
    except InvalidInputError as error:
        return f"refused: {error.problems[0].rule}"
    found = Counter(marker for name in trace.elements for marker in words.get(name, ()))
    if trace.state == "failed":
        uncaught = trace.error is not None and trace.error.rule == "uncaught_error"
        found["ERROR_thrownErrorEvent" if uncaught else "ERROR_runtime"] += 1
    if "ERROR" in expected and trace.state == "failed":
        return "right"
    return "right" if found == expected else f"wrong: {dict(found)}, not {dict(expected)}"


def _constraint(path: Path) -> str:
    found = check({path.name: path.read_bytes()})
    return "refused" if any(each.severity == "error" for each in found) else "passed"


def translated(content: bytes) -> tuple[bytes, dict[str, list[str]]]:
    """The file with FEEL for its scripts and conditions, and the markers of each element."""
    root = etree.fromstring(content)
    markers: dict[str, list[str]] = {}
    for task in list(root.iter(f"{BPMN}scriptTask")):
        script = task.find(f"{BPMN}script")
        words = re.findall(r"[A-Z_]+[a-z0-9]*", "" if script is None else script.text or "")
        markers[str(task.get("id"))] = [
            MARKERS.get(word, word) for word in words if word in MARKERS or "SCRIPT" in word
        ]
        if "THROW_ERROR" in words:
            _throw_error(root, task)
        elif "WAIT_TEN_SECONDS" in words:
            _wait(task)
        elif script is not None:
            script.text = "; ".join(SCRIPTS[word] for word in words if word in SCRIPTS) or "{}"
    for kind in ("conditionExpression", "condition", "loopCondition", "completionCondition"):
        for node in root.iter(f"{BPMN}{kind}"):
            node.text = _condition(node.text or "")
    return etree.tostring(root), markers


def _condition(text: str) -> str:
    found = re.sub(r'(\w+)\.contains\(("\w+")\)', r"contains(\1, \2)", text.strip())
    return re.sub(r"^!(.*)$", r"not(\1)", found)


def _wait(task: etree._Element) -> None:
    """Make a subprocess of the task that takes its time."""
    wait = _make_subprocess(task, "wait", "intermediateCatchEvent")
    timer = etree.SubElement(wait, f"{BPMN}timerEventDefinition", id="wait_timer")
    etree.SubElement(timer, f"{BPMN}timeDuration").text = "PT10S"
    etree.SubElement(task, f"{BPMN}endEvent", id="wait_over")
    _flow(task, "wait_end", "wait_over")


def _throw_error(root: etree._Element, task: etree._Element) -> None:
    """Make a subprocess of the task that ends in the error."""
    error = etree.Element(f"{BPMN}error", id="thrown_error", errorCode="ERR_CODE")
    root.insert(0, error)
    end = _make_subprocess(task, "thrown", "endEvent")
    etree.SubElement(end, f"{BPMN}errorEventDefinition", errorRef="thrown_error")


def _make_subprocess(task: etree._Element, name: str, kind: str) -> etree._Element:
    """A subprocess of a start event and one that follows it, which is given."""
    for child in list(task):
        if child.tag == f"{BPMN}script":
            task.remove(child)
    task.tag = f"{BPMN}subProcess"
    task.attrib.pop("scriptFormat", None)
    etree.SubElement(task, f"{BPMN}startEvent", id=f"{name}_start")
    following = etree.SubElement(task, f"{BPMN}{kind}", id=f"{name}_end")
    _flow(task, f"{name}_start", f"{name}_end")
    return following


def _flow(scope: etree._Element, source: str, target: str) -> None:
    flow = f"{source}_to_{target}"
    etree.SubElement(scope, f"{BPMN}sequenceFlow", id=flow, sourceRef=source, targetRef=target)


def _process_of(content: bytes, stem: str) -> str:
    ids = [
        str(node.get("id"))
        for node in etree.fromstring(content).iter(f"{BPMN}process")
        if node.get("id") != "ParallelProcess"
    ]
    return stem if stem in ids else ids[0]


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else []


def _report(name: str, verdict: str, *, shown: bool) -> str:
    if shown and verdict not in ("right", "refused"):
        print(f"  {name}: {verdict}")
    return verdict.partition(":")[0]


def _words(counted: Counter[str], *names: str) -> str:
    return ", ".join(f"{counted[name]} {name}" for name in names)


if __name__ == "__main__":
    main(sys.argv[1:])
