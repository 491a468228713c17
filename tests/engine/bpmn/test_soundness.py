"""Processes built of blocks, at random: whatever happens in them in whatever order, they end."""

from dataclasses import dataclass, field
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.bpmn.compile import compile_set
from engine.bpmn.interpreter import open_tasks
from engine.model import (
    CompleteTask,
    FinishService,
    FireTimer,
    InstanceStatus,
    JobKind,
    ReceiveMessage,
)
from tests.diagrams import diagram, timer

from .driver import Drive

Block = tuple  # a kind, and the blocks inside it

LEAVES = st.sampled_from(["task", "user", "service", "script", "wait", "several", "receive"])
BLOCKS = st.recursive(
    LEAVES.map(lambda kind: (kind,)),
    lambda inner: st.one_of(
        st.tuples(st.just("sequence"), st.lists(inner, min_size=1, max_size=3)),
        st.tuples(
            st.sampled_from(["exclusive", "parallel", "inclusive"]),
            st.lists(inner, min_size=2, max_size=3),
        ),
        st.tuples(st.just("loop"), st.lists(inner, min_size=1, max_size=1)),
        st.tuples(
            st.sampled_from(["subprocess", "guarded", "reminded", "listening", "each"]),
            st.lists(inner, min_size=1, max_size=1),
        ),
    ),
    max_leaves=8,
)


@dataclass
class Drawing:
    """A diagram that grows block by block."""

    elements: list[str] = field(default_factory=list)
    number: int = 0

    def new(self, kind: str) -> str:
        self.number += 1
        return f"{kind}_{self.number}"

    def flow(self, source: str, target: str, condition: str = "", of: str = "") -> str:
        inside = f"<conditionExpression>{condition}</conditionExpression>" if condition else ""
        return (
            f'<sequenceFlow id="{of or self.new("f")}" sourceRef="{source}" targetRef="{target}">'
            f"{inside}</sequenceFlow>"
        )

    def scope(self, block: Block) -> str:
        """The inside of a subprocess."""
        body, first, last = self.draw(block)
        start, end = self.new("begin"), self.new("einde")
        return (
            f'<startEvent id="{start}"/><endEvent id="{end}"/>{body}'
            + self.flow(start, first)
            + self.flow(last, end)
        )

    def draw(self, block: Block) -> tuple[str, str, str]:
        """The XML of a block, its first and its last element."""
        kind, *inside = block
        if not inside:
            return self.leaf(kind)
        if kind == "sequence":
            return self.sequence(inside[0])
        if kind == "loop":
            return self.loop(inside[0][0])
        if kind in ("exclusive", "parallel", "inclusive"):
            return self.choice(kind, inside[0])
        return self.container(kind, inside[0][0])

    def leaf(self, kind: str) -> tuple[str, str, str]:
        name = self.new(kind)
        tag, content = {
            "task": ("task", ""),
            "user": ("userTask", ""),
            "service": ("serviceTask", ""),
            "script": ("scriptTask", "<script>n = if n = null then 1 else n + 1</script>"),
            "wait": ("intermediateCatchEvent", timer("PT1H")),
            "receive": ("intermediateCatchEvent", '<messageEventDefinition messageRef="m"/>'),
            "several": (
                "userTask",
                "<multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality>"
                "</multiInstanceLoopCharacteristics>",
            ),
        }[kind]
        return f'<{tag} id="{name}">{content}</{tag}>', name, name

    def sequence(self, blocks: list[Block]) -> tuple[str, str, str]:
        drawn = [self.draw(each) for each in blocks]
        xml = "".join(body for body, _, _ in drawn)
        for (_, _, last), (_, first, _) in pairwise(drawn):
            xml += self.flow(last, first)
        return xml, drawn[0][1], drawn[-1][2]

    def choice(self, kind: str, blocks: list[Block]) -> tuple[str, str, str]:
        split, join, default = self.new("splits"), self.new("samen"), self.new("f")
        mark = f'default="{default}"' if kind != "parallel" else ""
        xml = f'<{kind}Gateway id="{split}" {mark}/><{kind}Gateway id="{join}"/>'
        for number, each in enumerate(blocks):
            body, first, last = self.draw(each)
            is_default = kind != "parallel" and number == len(blocks) - 1
            condition = "" if kind == "parallel" or is_default else f"keuze{number} = true"
            xml += body + self.flow(split, first, condition, default if is_default else "")
            xml += self.flow(last, join)
        return xml, split, join

    def loop(self, block: Block) -> tuple[str, str, str]:
        body, first, last = self.draw(block)
        back, count, turn, out = (self.new(kind) for kind in ("terug", "tel", "keer", "f"))
        counter = f"teller_{count}"
        script = f"{counter} = if {counter} = null then 1 else {counter} + 1"
        xml = (
            f'<exclusiveGateway id="{back}"/><exclusiveGateway id="{turn}" default="{out}"/>'
            f'<scriptTask id="{count}"><script>{script}</script></scriptTask>{body}'
        )
        after = self.new("na")
        xml += f'<task id="{after}"/>' + self.flow(back, first) + self.flow(last, count)
        xml += self.flow(count, turn) + self.flow(turn, back, f"{counter} = 1")
        return xml + self.flow(turn, after, of=out), back, after

    def container(self, kind: str, block: Block) -> tuple[str, str, str]:
        name, extra, inside = self.new(kind), "", self.scope(block)
        if kind == "listening":
            inside += (
                f'<subProcess id="{self.new("bij")}" triggeredByEvent="true"><startEvent'
                f' id="{self.new("bij_begin")}" isInterrupting="false">{timer("PT2H")}</startEvent>'
                "</subProcess>"
            )
        if kind == "each":
            inside += (
                "<multiInstanceLoopCharacteristics isSequential='true'><loopCardinality>2"
                "</loopCardinality></multiInstanceLoopCharacteristics>"
            )
        last = name
        if kind in ("guarded", "reminded"):
            event, last = self.new("rand"), self.new("erna")
            interrupts = "true" if kind == "guarded" else "false"
            extra = (
                f'<boundaryEvent id="{event}" attachedToRef="{name}" cancelActivity="{interrupts}">'
                f'{timer("PT3H")}</boundaryEvent><exclusiveGateway id="{last}"/>'
            )
            extra += self.flow(name, last)
            if kind == "guarded":
                extra += self.flow(event, last)
            else:
                note = self.new("nota")
                extra += f'<userTask id="{note}"/>' + self.flow(event, note)
        return f'<subProcess id="{name}">{inside}</subProcess>{extra}', name, last


def drawn(block: Block) -> bytes:
    return diagram(Drawing().scope(block), above='<message id="m" name="m"/>')


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(block=BLOCKS, data=st.data())
def test_a_process_of_blocks_ends_and_is_the_same_without_the_cache(block, data):
    definition = compile_set({"proef.bpmn": drawn(block)})["proef"]
    kept, decoded = Drive(definition), Drive(definition, keeps_cache=False)
    for each in (kept, decoded):
        each.start()

    for _ in range(400):
        if kept.status != InstanceStatus.ACTIVE:
            break
        _one_act(kept, decoded, data)
        assert kept.states == decoded.states
        assert set(open_tasks(definition, kept.state)) == kept.tasks.keys()

    assert kept.status == InstanceStatus.COMPLETED
    assert not (kept.tasks.keys() | kept.jobs.keys() | kept.subscriptions.keys())


def _one_act(kept: Drive, decoded: Drive, data: st.DataObject) -> None:
    waiting = [*kept.tasks, *kept.jobs, *kept.subscriptions]
    key = data.draw(st.sampled_from(waiting))
    variables = data.draw(
        st.dictionaries(st.sampled_from(["keuze0", "keuze1"]), st.booleans(), max_size=2)
    )
    for driven in (kept, decoded):
        if key in driven.tasks:
            driven.step(CompleteTask(key, variables))
        elif key in driven.subscriptions:
            driven.step(ReceiveMessage(key, variables))
        elif driven.jobs[key].kind == JobKind.TIMER:
            driven.now = max(driven.now, driven.jobs[key].due_at)
            driven.step(FireTimer(key))
        else:
            driven.step(FinishService(key, variables))
