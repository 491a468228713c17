"""The coverage cases: what is done to each diagram and what must be so, and which are refused.

The diagrams were generated to find out what plain SpiffWorkflow 3.2.0 does with BPMN 2.0; what it
did stands in `coverage/plain-spiffworkflow.tsv`. They carry Python, which `read` turns into FEEL.
"""

import re
from collections.abc import Callable
from pathlib import Path

FOLDER = Path(__file__).parent / "coverage"
CATCHES = (
    "message",
    "timerDuration",
    "timerDate",
    "timerCycle",
    "signal",
    "conditional",
    "multiple",
    "parallelMultiple",
)
HAPPENS = {
    "message": "message M",
    "timerDuration": "tick",
    "timerDate": "tick",
    "timerCycle": "tick",
    "signal": "signal S",
    "conditional": "complete setter flag=true",
    "multiple": "signal S",
    "parallelMultiple": "message M; closed A; closed B; closed E; signal S",
}
DECISION = b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d"
 namespace="t"><decision id="dec" name="dec"><decisionTable id="dt" hitPolicy="FIRST">
<input id="i1" label="x"><inputExpression id="e1" typeRef="number"><text>x</text></inputExpression>
</input><output id="o1" name="grade" typeRef="string"/>
<rule id="r1"><inputEntry id="a1"><text>&gt; 5</text></inputEntry>
<outputEntry id="b1"><text>"hi"</text></outputEntry></rule>
<rule id="r2"><inputEntry id="a2"><text>-</text></inputEntry>
<outputEntry id="b2"><text>"lo"</text></outputEntry></rule>
</decisionTable></decision></definitions>"""

# Refused before it runs: the element that the problem names, and the rule.
REFUSED = {
    "event/conditional/start": ("st", "conditional_start"),
    "event/compensation/boundary+throw": ("cb", "compensation"),
    "event/compensation/throw": ("ct", "compensation"),
    "event/compensation/end": ("en", "compensation"),
    "event/compensation/event-subprocess": ("es", "compensation"),
    "event/error/script-raises+boundary": ("sc", "script_not_assignment"),
    "task/call-activity-global-task": ("t", "called_process_missing"),
    "gateway/event-based-parallel-instantiate": ("g", "parallel_event_gateway"),
    "gateway/event-based-parallel-after-start": ("g", "parallel_event_gateway"),
    "gateway/complex": ("j", "complex_gateway"),
    "subprocess/adhoc-parallel-completion": ("ah", "ad_hoc_subprocess"),
    "subprocess/adhoc-no-condition": ("ah", "ad_hoc_subprocess"),
    "subprocess/adhoc-activity-optional": ("ah", "ad_hoc_subprocess"),
    "subprocess/adhoc-keep-remaining": ("ah", "ad_hoc_subprocess"),
    "subprocess/adhoc-sequential": ("ah", "ad_hoc_subprocess"),
    "data/io-specification-task": ("U", "io_specification"),
    "data/association-assignment": ("A", "data_assignment"),
    "collab/not-executable-process": ("p", "not_executable"),
    "misc/potential-owner": ("A", "potential_owner"),
    "misc/start-quantity": ("C", "start_quantity"),
}

# Cannot go on while it runs: the script up to there, then the rule of the StepError.
FAILS = {
    "event/error/end-uncaught": ("", "complete U", "uncaught_error"),
    "event/error/end-uncaught-top": ("", "complete U", "uncaught_error"),
    "gateway/exclusive-no-match-raises": ("", "complete u x=0", "no_flow_taken"),
}


def _events() -> dict[str, str]:
    cases = {"event/none/start": "open A; complete A; ended"}
    for kind in CATCHES:
        happens = HAPPENS[kind]
        before = "closed A; " if kind != "conditional" else ""
        cases[f"event/{kind}/start"] = f"{before}{happens}; open A; complete A; ended"
        cases[f"event/{kind}/catch"] = f"closed A; {happens}; open A"
        cases[f"event/{kind}/boundary-interrupting"] = (
            f"open T; closed B; {happens}; open B; closed T; done be"
        )
        cases[f"event/{kind}/event-subprocess-interrupting"] = (
            f"open T; closed E; {happens}; open E; closed T; complete E; ended; done es"
        )
        again = "tick; open B 2; " if kind == "timerCycle" else ""
        cases[f"event/{kind}/boundary-noninterrupting"] = (
            f"open T; closed B; {happens}; open B; open T; {again}complete T; open N"
        )
        cases[f"event/{kind}/event-subprocess-noninterrupting"] = (
            f"open T; closed E; {happens}; open E; open T; complete E; complete T; ended"
        )
    for place in ("throw", "end"):
        cases[f"event/none/{place}"] = "closed C; complete U; done ev"
        for kind in ("message", "signal", "multiple"):
            cases[f"event/{kind}/{place}"] = "closed C; complete U; done ev; open C"
    return cases


def _repeated() -> dict[str, str]:
    cases: dict[str, str] = {}
    for order in ("sequential", "parallel"):
        one = order == "sequential"
        three = "; ".join(
            f"open U {1 if one else 3 - done}; complete U res={done}" for done in range(3)
        )
        two = "complete U res=0; closed N; complete U res=1; open N; closed U"
        cases |= {
            f"multi-instance/{order}-cardinality": f"{three}; open N; is outs=[0,1,2]",
            f"multi-instance/{order}-collection": f"{three}; open N; is outs=[0,1,2]",
            f"multi-instance/{order}-completion-condition": two,
            f"multi-instance/{order}-completion-by-counter": two,
            f"multi-instance/{order}-subprocess": two,
            f"multi-instance/{order}-call-activity": two,
            f"multi-instance/{order}-boundary-interrupting": (
                "complete U res=0; message M; open B; closed U; closed N"
            ),
        }
    return cases


PLAYED = {
    **_events(),
    **_repeated(),
    "event/message/throw-external": "complete U; sent M; ended",
    "event/signal/throw-external": "complete U; broadcast S; ended",
    "event/terminate/end": "complete A; closed B; ended",
    "event/terminate/end-in-subprocess": "complete A; closed B; open N",
    "event/error/end+boundary-sub": "complete U; open B; closed N",
    "event/error/end+boundary-call": "complete U; open B; closed N",
    "event/error/boundary-catch-all": "complete U; open B; closed N",
    "event/escalation/end+boundary-interrupting-sub": "complete U; open B; closed N",
    "event/escalation/end+boundary-interrupting-call": "complete U; open B; closed N",
    "event/escalation/throw+boundary-noninterrupting": "complete U; open B; open K",
    "event/escalation/throw+boundary-interrupting": "complete U; open B; closed K",
    "event/error/event-subprocess-interrupting": "complete U; open E; closed W",
    "event/escalation/event-subprocess-interrupting": "complete U; open E; closed W",
    "event/escalation/event-subprocess-noninterrupting": "complete U; open E; open W",
    "event/link/throw+catch": "complete U; open A",
    "event/cancel/end+boundary": "complete U; open B; closed N",
    "subprocess/transaction-success": "complete U; open N; closed B",
    "event/timerDuration/variable": "tick; open A",
    "event/timerDuration/plain-iso-text": "tick; open A",
    "event/multiple-start-events": "open A; closed B",
    "event/message/boundary-on-subprocess": "message M; open B; closed U",
    "task/none": "done t; ended",
    "task/user": "complete t; ended",
    "task/manual": "complete t; ended",
    "task/script": "is a=1; ended",
    "task/service-plain": "finish t; ended",
    "task/service-spiff-operator": "finish t r={ok:1}; is r={ok:1}; ended",
    "task/send": "sent M; ended",
    "task/receive": "message M; open A",
    "task/receive-instantiate": "message M; open A",
    "task/business-rule": 'is grade="hi"',
    "task/call-activity": "complete U v=1; open A; sees A v=1",
    "task/multiple-outgoing": "complete t; open A; open B",
    "task/multiple-incoming": "complete A; complete B; open C 2",
    "task/conditional-outgoing-flow": "complete t x=5; open A; closed B",
    "task/conditional-single-flow": "complete t; closed A; ended",
    "task/start-multiple-outgoing": "open A; open B",
    "task/boundary-multiple-outgoing": "message M; open A; open B",
    "task/no-end-event": "complete A; ended",
    "task/no-start-event": "complete A; ended",
    "gateway/exclusive": "complete u x=7; open A; closed B; closed D",
    "gateway/exclusive-default": "complete u x=0; open D; closed A",
    "gateway/inclusive": "complete u x=7; open A; open B; closed D",
    "gateway/inclusive-default": "complete u x=0; open D; closed A",
    "gateway/parallel-join": "complete A; closed N; complete B; open N",
    "gateway/inclusive-join": "complete A; closed N; complete B; open N",
    "gateway/parallel-join-in-loop": (
        "complete A again=true; waits; complete B again=true; " * 4
        + "complete A again=false; waits; complete B again=false; ended"
    ),
    "gateway/inclusive-join-one-path": "complete A; open N",
    "gateway/inclusive-join-in-loop": (
        "complete A again=true; waits; complete B again=true; " * 3
        + "complete A again=false; waits; complete B again=false; ended"
    ),
    "gateway/exclusive-merge": "complete A; open N; complete B; open N 2",
    "gateway/event-based-message": "message M; open A; closed B; closed C",
    "gateway/event-based-timer": "tick; open C; closed B",
    "gateway/event-based-receive-task": "message M2; open B; closed A",
    "gateway/event-based-conditional": "complete setter flag=true; open A",
    "gateway/event-based-instantiate": "message M; open A; closed B",
    "subprocess/embedded": "complete U v=1; sees N v=1",
    "subprocess/nested-3": "complete U v=1; sees N v=1",
    "subprocess/no-start-event": "complete U; open N",
    "subprocess/no-end-event": "complete U; open N",
    "subprocess/event-subprocess-inside-subprocess": (
        "message M; open E; closed U; complete E; open N"
    ),
    "subprocess/event-subprocess-noninterrupting-twice": "message M; message M; open E 2",
    "multi-instance/empty-collection": "open N; is outs=[]",
    "multi-instance/cardinality-existing-output": (
        "complete U res=0; complete U res=1; open N; is outs=[0,1]"
    ),
    "multi-instance/sequential-list-with-None": (
        "complete U res=0; complete U res=1; complete U res=2; open N; is outs=[0,1,2]"
    ),
    "loop/maximum": "complete U; closed N; complete U; open N",
    "loop/condition": "complete U go=true; closed N; complete U go=false; open N",
    "loop/test-before": "open N; undone s2",
    "loop/subprocess": "complete U; closed N; complete U; open N",
    "data/object": "complete A o=5; sees B o=5",
    "data/object-from-parent-1-level": "complete A o=5; is o=5; ended",
    "data/object-from-parent-2-levels": "complete A o=5; is o=5; ended",
    "data/io-specification-call": "sees U a=1; complete U c=3 d=4; unset d; is c=3; ended",
    "data/store-without-class": "complete A ds=1; ended",
    "data/property": "complete A pr=1; ended",
    "collab/lanes": "lane Clerk",
    "collab/nested-lanes": "lane Clerk",
    "collab/lane-inside-subprocess": "lane Clerk",
    "collab/pools-as-two-instances": "complete U; sent M; open A",
    "collab/pools-as-one-collaboration": "complete U; sent M; open A",
    "collab/correlation-key": "complete U order=7; message M2 7; open A",
    "misc/duplicate-call-depth-recursion": "complete U deep=true; complete U deep=false; ended",
}


def names() -> list[str]:
    """Every case, as it is called in the table of plain SpiffWorkflow."""
    return [path.stem.replace("__", "/") for path in sorted(FOLDER.glob("*.bpmn"))]


def plain() -> dict[str, bool]:
    """Whether plain SpiffWorkflow does each case right."""
    lines = (FOLDER / "plain-spiffworkflow.tsv").read_text().splitlines()[1:]
    return {name: verdict == "ok" for name, verdict in (line.split("\t") for line in lines)}


def read(name: str) -> dict[str, bytes]:
    """The files of a case, in FEEL."""
    text = (FOLDER / f"{name.replace('/', '__')}.bpmn").read_text()
    for pattern, replacement in _PYTHON_TO_FEEL:
        text = re.sub(pattern, replacement, text)
    files = {"case.bpmn": text.encode()}
    return {**files, "case.dmn": DECISION} if "calledDecision" in text else files


_PYTHON_TO_FEEL: list[tuple[str, str | Callable[[re.Match[str]], str]]] = [
    # no timer is shorter than a second here
    (r"PT0.05S", "PT5S"),
    (r">True<", ">true<"),
    (r">False<|= False<", lambda found: found[0].replace("False", "false")),
    (r"None, 3", "null, 3"),
    (r"x == 1", "x = 1"),
    (r"res == 1", "res = 1"),
    (
        r"xmlns:spiffworkflow=",
        'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:spiffworkflow=',
    ),
    (
        r"<spiffworkflow:calledDecisionId>dec</spiffworkflow:calledDecisionId>",
        '<zeebe:calledDecision decisionId="dec" resultVariable="grade"/>',
    ),
    # a correlation of the standard, as the subscription that says the same
    (
        r"(?s)<correlationKey .*?</correlationKey>|<correlationProperty .*?</correlationProperty>",
        "",
    ),
    (
        r'(?s)^(?=.*id="ca").*?<message id="m2" name="M2"/>',
        lambda found: found[0].replace(
            '<message id="m2" name="M2"/>',
            '<message id="m2" name="M2"><extensionElements>'
            '<zeebe:subscription correlationKey="order"/></extensionElements></message>',
        ),
    ),
]
