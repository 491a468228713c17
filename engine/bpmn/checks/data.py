"""What a diagram says about data: types, inputs and outputs, where they may stand.

Processes here work with variables and not with BPMN's data objects, so none of this changes what
runs. A file that contradicts itself is refused all the same: another tool would read it otherwise.
"""

import re
from collections.abc import Iterator

from engine.bpmn.checks.events import is_uri
from engine.bpmn.checks.sheet import Node, Sheet, kind_of, words
from engine.bpmn.reading import (
    ACTIVITIES,
    EVENTS,
    child,
    children,
    local_name,
    text_of,
)
from engine.errors import Problem

_TYPED = ("dataInput", "dataOutput", "dataObject", "dataStore", "property")
_MIME = re.compile(r"[\w.+-]+/[\w.+-]+(;.*)?", re.ASCII)


def collections(sheet: Sheet) -> Iterator[Problem]:
    """Data is a collection when its type is one."""
    for node in sheet.anywhere(*_TYPED):
        item = sheet.target(node, "itemSubjectRef")
        if item is None:
            continue
        if node.get("isCollection", "false") != item.get("isCollection", "false"):
            yield _contradiction(sheet, node, "its type is a collection and it is not, or reversed")


def text_formats(sheet: Sheet) -> Iterator[Problem]:
    """The format of a text is a media type."""
    for node in sheet.anywhere("documentation", "textAnnotation"):
        text_format = node.get("textFormat", "text/plain")
        if not _MIME.fullmatch(text_format):
            yield sheet.problem(
                node,
                "bad_text_format",
                f"{text_format[:40]!r} is no format of a text.",
                "Use text/plain.",
            )


def languages(sheet: Sheet) -> Iterator[Problem]:
    """An expression that names its language is FEEL."""
    for node in sheet.anywhere(
        "conditionExpression",
        "condition",
        "completionCondition",
        "loopCondition",
        "loopCardinality",
        "timeDate",
        "timeCycle",
        "timeDuration",
    ):
        language = node.get("language")
        if language is not None and not _is_feel(language):
            yield sheet.problem(
                node,
                "expression_language",
                f"Expressions in {language[:60]!r} are not evaluated.",
                "Write it in FEEL and remove the language.",
            )


def inputs_and_outputs(sheet: Sheet) -> Iterator[Problem]:
    """Every declared input and output stands in a set, and only declared ones do."""
    for node in sheet.anywhere("ioSpecification"):
        for kind in ("input", "output"):
            yield from _sets(sheet, node, kind)


def operations(sheet: Sheet) -> Iterator[Problem]:
    """A task that names a message or operation has the data for it, once."""
    for node in sheet.nodes("serviceTask", "sendTask", "receiveTask"):
        declared = child(node, "ioSpecification")
        kind = local_name(node)
        if declared is None:
            if kind == "serviceTask" and sheet.target(node, "operationRef") is not None:
                yield _contradiction(sheet, node, "its operation needs data that it does not have")
            continue
        if any(len(list(children(declared, name))) > 1 for name in ("inputSet", "outputSet")):
            yield _contradiction(sheet, node, "it has more than one set of data")
        for data, message in _carried(sheet, node, declared):
            if not _same_type(sheet, data, message):
                yield _contradiction(sheet, data, "its type is not that of the message")


def associations(sheet: Sheet) -> Iterator[Problem]:
    """Data goes from a source to an input, and from an output to a target."""
    for node in sheet.anywhere("dataInputAssociation", "dataOutputAssociation"):
        sources = [text_of(each) or "" for each in children(node, "sourceRef")]
        target = sheet.by_id.get(text_of(child(node, "targetRef")) or "")
        if len(sources) > 1 and child(node, "transformation") is None:
            yield _contradiction(sheet, node, "it has several sources and no transformation")
        inward = local_name(node) == "dataInputAssociation"
        source = sheet.by_id.get(sources[0]) if sources else None
        for end, wrong in ((source, "dataOutput"), (target, "dataInput")):
            if end is not None and local_name(end) == wrong and not _is_own(node, end):
                way = "into" if inward else "out of"
                yield _contradiction(sheet, node, f"a {words(wrong)} cannot lead {way} here")


def events(sheet: Sheet) -> Iterator[Problem]:
    """An event has the data of what it is about, of the same type."""
    for node in sheet.nodes(*EVENTS):
        data = list(children(node, "dataInput", "dataOutput"))
        about = sheet.definitions_of(node)
        if not data:
            for definition in about:
                message = sheet.target(definition, "messageRef")
                needs = message is not None and sheet.target(message, "itemRef") is not None
                if needs and child(definition, "operationRef") is None:
                    yield _contradiction(sheet, node, "its message has data and it does not")
        if len(data) != len(about):
            continue
        for each, definition in zip(data, about, strict=True):
            item = sheet.target(definition, f"{kind_of(definition)}Ref")
            if item is not None and not _same_type(sheet, each, item):
                yield _contradiction(sheet, each, "its type is not that of what the event is about")


def multi_instances(sheet: Sheet) -> Iterator[Problem]:
    """A multi-instance goes through data that is there, and each item is of its type."""
    for node in sheet.nodes(*ACTIVITIES):
        loop = child(node, "multiInstanceLoopCharacteristics")
        if loop is None:
            continue
        for name, kinds in (
            ("loopDataInputRef", ("dataInput", "dataObject", "dataObjectReference", "property")),
            ("loopDataOutputRef", ("dataOutput", "dataObject", "dataObjectReference", "property")),
        ):
            found = sheet.by_id.get(text_of(child(loop, name)) or "")
            if found is None:
                continue
            if local_name(found) not in kinds:
                yield _contradiction(sheet, loop, f"its {name} is no data")
            else:
                yield from _items(sheet, loop, found)


def states(sheet: Sheet) -> Iterator[Problem]:
    """A data object in a state is called after the object and the state."""
    for node in sheet.anywhere("dataObjectReference"):
        state, of = child(node, "dataState"), sheet.target(node, "dataObjectRef")
        if state is None or of is None or not node.get("name"):
            continue
        expected = f"{of.get('name')} [{state.get('name')}]"
        if node.get("name") != expected:
            yield _contradiction(sheet, node, f"with its state it is called {expected[:80]!r}")


def properties(sheet: Sheet) -> Iterator[Problem]:
    """A property belongs to a process, an activity or an event."""
    for node in sheet.anywhere("property"):
        parent = node.getparent()
        if parent is None or local_name(parent) not in ("process", *ACTIVITIES, *EVENTS):
            yield _contradiction(sheet, node, "it belongs to no process, activity or event")


def resources(sheet: Sheet) -> Iterator[Problem]:
    """Who does a task is said in one way."""
    for node in sheet.anywhere("performer", "humanPerformer", "potentialOwner", "resourceRole"):
        ways = {local_name(each) for each in node}
        by_resource = {"resourceRef", "resourceParameterBinding"} & ways
        if by_resource and "resourceAssignmentExpression" in ways:
            yield _contradiction(sheet, node, "it names a resource and an expression for it")


def participants(sheet: Sheet) -> Iterator[Problem]:
    """At most as many take part as the diagram allows."""
    for node in sheet.anywhere("participantMultiplicity"):
        least, most = (_number(node.get(name), standard) for name, standard in _MULTIPLICITY)
        if most < least or most < 1:
            yield _contradiction(sheet, node, "its maximum is less than its minimum")


def interfaces(sheet: Sheet) -> Iterator[Problem]:
    """A process or global task that supports an interface says how it takes its data."""
    for node in sheet.root:
        if child(node, "supportedInterfaceRef") is not None and child(node, "ioBinding") is None:
            yield _contradiction(sheet, node, "it supports an interface without an ioBinding")


def _is_feel(language: str) -> bool:
    return language.lower() == "feel" or (is_uri(language) and "feel" in language.lower())


_MULTIPLICITY = (("minimum", 0), ("maximum", 1))


def _number(text: str | None, standard: int) -> int:
    return int(text) if text is not None and text.lstrip("-").isdigit() else standard


def _sets(sheet: Sheet, node: Node, kind: str) -> Iterator[Problem]:
    name = kind.capitalize()
    declared = {str(each.get("id")) for each in children(node, f"data{name}")}
    in_sets: set[str] = set()
    for group in children(node, f"{kind}Set"):
        named = [text_of(each) or "" for each in children(group, f"data{name}Refs")]
        late = {text_of(each) or "" for each in children(group, f"whileExecuting{name}Refs")}
        late |= {text_of(each) or "" for each in children(group, f"optional{name}Refs")}
        in_sets.update(named)
        if not late <= set(named):
            yield _contradiction(sheet, group, f"a late {kind} is not among its {kind}s")
    for missing in sorted(declared ^ in_sets):
        yield _contradiction(sheet, node, f"the {kind} {missing!r} stands in no set, or only there")


def _carried(sheet: Sheet, task: Node, declared: Node) -> Iterator[tuple[Node, Node]]:
    """The data of a task with the message that brings or takes it."""
    operation = sheet.target(task, "operationRef")
    for kind, ref in (("dataInput", "inMessageRef"), ("dataOutput", "outMessageRef")):
        message = sheet.target(task, "messageRef")
        if message is None and operation is not None:
            message = sheet.by_id.get(text_of(child(operation, ref)) or "")
        if message is not None:
            yield from ((data, message) for data in children(declared, kind))


def _same_type(sheet: Sheet, data: Node, item: Node) -> bool:
    mine = sheet.target(data, "itemSubjectRef")
    theirs = sheet.target(item, "itemRef")
    if theirs is None:
        theirs = sheet.target(item, "structureRef")
    if theirs is None:
        return True
    if mine is None:
        return False
    return mine is theirs or (
        mine.get("structureRef") is not None
        and mine.get("structureRef") == theirs.get("structureRef")
    )


def _items(sheet: Sheet, loop: Node, data: Node) -> Iterator[Problem]:
    whole = sheet.target(data, "itemSubjectRef")
    for each in children(loop, "inputDataItem", "outputDataItem"):
        item = sheet.target(each, "itemSubjectRef")
        if whole is None or item is None:
            continue
        differs = item.get("structureRef") != whole.get("structureRef")
        if differs or item.get("isCollection") == "true":
            yield _contradiction(sheet, each, "its type is not that of one item of the data")


def _is_own(association: Node, data: Node) -> bool:
    """Whether data is declared by the activity or event that holds the association."""
    holder = association.getparent()
    while data is not None and data is not holder:
        parent = data.getparent()
        if parent is None or local_name(parent) in ("process", ""):
            return False
        data = parent
    return True


def _contradiction(sheet: Sheet, node: Node, reason: str) -> Problem:
    return sheet.problem(
        node,
        "data_contradiction",
        f"What is said about this {words(local_name(node))} cannot be: {reason}.",
        "Correct it; processes here work with variables, so it can also be removed.",
    )


RULES = (
    collections,
    text_formats,
    languages,
    inputs_and_outputs,
    operations,
    associations,
    events,
    multi_instances,
    states,
    properties,
    resources,
    participants,
    interfaces,
)
