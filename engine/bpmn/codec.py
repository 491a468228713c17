"""The state of an instance as bytes and back.

Flat rows of the tokens that live, the variables of their scopes, and one number. What someone has
typed is opaque: only tags of ours mean anything, and a context with such a key is wrapped.
"""

from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

import orjson

from engine.bpmn.tokens import WAITING, Instance, Running, Scope, SubInstance, Token
from engine.errors import ConflictError
from engine.feel import FeelError
from engine.model import InstanceStatus, Value
from engine.values import CONTENT, KIND, Json, tagged, untagged

if TYPE_CHECKING:
    from engine.bpmn.compile import Definition

CODEC_VERSION = 1

_MOST = 2**53
_OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS


def encode(instance: Instance) -> bytes:
    """The state of an instance that waits or has ended; the same instance gives the same bytes.

    Raises:
        FeelError: no_value, a variable cannot be stored.
    """
    scopes: dict[int, tuple[int, Scope]] = {}
    rows: list[object] = []
    workflows = [
        [
            workflow.host.id if isinstance(workflow, SubInstance) else 0,
            _place(workflow.scope, scopes, rows),
            [_row(token, scopes, rows) for token in workflow.tasks.values()],
        ]
        for workflow in instance.workflows()
    ]
    whole = [
        CODEC_VERSION,
        instance.definition.process_id,
        instance.number,
        instance.status.value,
        rows,
        workflows,
    ]
    try:
        return orjson.dumps(whole, default=_tagged, option=_OPTIONS)
    except orjson.JSONEncodeError:  # half a character: no text that can be written
        raise FeelError("no_value", "A variable holds what cannot be stored.") from None


def decode(state: bytes, definition: "Definition") -> Instance:
    """The instance whose state this is.

    Raises:
        ConflictError: state_of_another, the state is of another version or process, or of a
            diagram with other elements.
    """
    version, process_id, number, status, scope_rows, workflow_rows = orjson.loads(state)
    if version != CODEC_VERSION or process_id != definition.process_id:
        raise ConflictError("state_of_another", version=version, process_id=process_id)
    scopes: list[Scope] = []
    for own, outer, keeps, changed in scope_rows:
        scopes.append(
            Scope(
                {name: _value(value) for name, value in own.items()},
                scopes[outer] if outer is not None else None,
                keeps=keeps,
                changed=changed,
            )
        )
    instance = Instance(definition, scopes[workflow_rows[0][1]], number)
    instance.status = InstanceStatus(status)
    instance.completed = instance.status != InstanceStatus.ACTIVE
    for host, scope, token_rows in workflow_rows:
        workflow: Running = instance
        if host:
            workflow = _inside(instance, host, scopes[scope])
        for row in token_rows:
            _token(row, workflow, scopes)
    return instance


def _place(scope: Scope, scopes: dict[int, tuple[int, Scope]], rows: list[object]) -> int:
    """The number of a scope; the one around it has a lower one."""
    known = scopes.get(id(scope))
    if known is not None:
        return known[0]
    outer = _place(scope.outer, scopes, rows) if scope.outer is not None else None
    rows.append(
        [
            scope.own,
            outer,
            scope.keeps,
            list(scope.changed) if scope.changed is not None else None,
        ]
    )
    scopes[id(scope)] = (len(rows) - 1, scope)
    return len(rows) - 1


def _row(token: Token, scopes: dict[int, tuple[int, Scope]], rows: list[object]) -> list[object]:
    row: list[object] = [
        token.id,
        token.task_spec.name,
        token._state,
        _place(token.scope, scopes, rows),
    ]
    rest: list[object] = [
        token.flow if token._state == WAITING and token.node.keeps_flow else 0,
        token.host or 0,
        token.race or 0,
        token._parent or 0,
        token.internal_data or 0,
    ]
    while rest and rest[-1] == 0:
        rest.pop()
    return row + rest


def _inside(instance: Instance, host: int, scope: Scope) -> SubInstance:
    token = instance.find(host)
    assert token is not None
    inner = SubInstance(token.node.inside(token), token, scope)
    instance.subprocesses[host] = inner
    return inner


def _token(row: list[Json], workflow: Running, scopes: list[Scope]) -> None:
    number, name, state, scope = cast("tuple[int, str, int, int]", tuple(row[:4]))
    rest = [*row[4:], *[None] * (9 - len(row))]
    flow, host, race, parent = cast("tuple[str, int, int, int]", tuple(rest[:4]))
    notes = cast("dict[str, Json] | None", rest[4])
    node = workflow.spec.task_specs.get(name)
    if node is None:
        raise ConflictError("state_of_another", element_id=name)
    token = Token(
        workflow,
        node,
        number,
        scopes[scope],
        state=state,
        flow=flow or None,
        host=host or None,
        race=race or None,
        parent=parent or None,
        notes={key: _value(value) for key, value in notes.items()} if notes else None,
    )
    if token._parent is not None:
        workflow.tasks[token._parent]._children.append(token.id)


def _tagged(value: object) -> object:
    """What JSON has no word for: numbers, times, and contexts, whose values are looked at again."""
    if isinstance(value, MappingProxyType):
        plain = dict(value)
        return {KIND: "context", CONTENT: plain} if KIND in plain else plain
    if isinstance(value, Decimal) and _is_plain(value):
        return int(value)
    return tagged(value)


def _is_plain(value: Decimal) -> bool:
    """Whether a number is a whole one that JSON keeps every digit of."""
    sign, digits, exponent = value.as_tuple()
    return exponent == 0 and -_MOST < value < _MOST and not (sign and digits == (0,))


def _value(plain: Json) -> Value:
    if isinstance(plain, bool) or plain is None or isinstance(plain, str):
        return plain
    if isinstance(plain, int):
        return Decimal(plain)
    if isinstance(plain, list):
        return tuple([_value(entry) for entry in plain])
    content = plain.get(CONTENT)
    if KIND not in plain:
        return MappingProxyType({key: _value(entry) for key, entry in plain.items()})
    if plain[KIND] == "context" and isinstance(content, dict):
        return MappingProxyType({key: _value(entry) for key, entry in content.items()})
    return untagged(plain)
