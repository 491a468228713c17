"""What `engine.check` says about a whole set: forms, tables and manifests beside the diagrams."""

import json
import subprocess
import sys

import pytest

from engine import check
from tests.diagrams import BEGIN_AND_END, diagram

MANIFEST = """
[process]
id = "proef"
name = "Proef"
regime = "A"
domain = "signalering"

[roles.teammanager]
lane = "Teammanager"
scope = "gemeente"

[start.melden]
form = "melding"
roles = ["*"]
title = "Melden"

[case.sections.signal_core]
title = "Wat is er gezien"

[terms]
decision = "termijnen"
"""
LANE = (
    '<laneSet id="banen"><lane id="baan" name="Teammanager"><flowNodeRef>taak</flowNodeRef>'
    "</lane></laneSet>"
)
TASK = (
    '<userTask id="taak" name="Taak"><extensionElements><zeebe:formDefinition formId="melding"/>'
    "</extensionElements></userTask>"
)
TERMS = (
    b'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" namespace="n">'
    b'<decision id="termijnen" name="termijnen"><literalExpression><text>1</text>'
    b"</literalExpression></decision></definitions>"
)


def form(form_id: str = "melding", target: str = "case:signal_core.what", **more: str) -> bytes:
    field = {
        "type": "textfield",
        "id": "veld",
        "key": "wat",
        "label": "Wat",
        "properties": {"target": target, "class": more.pop("privacy", "P")},
        **more,
    }
    return json.dumps({"id": form_id, "schemaVersion": 19, "components": [field]}).encode()


def folder(**changes: bytes | None) -> dict[str, bytes]:
    """A sound process folder, with other files in the place of its own; None leaves one out."""
    files = {
        "process.toml": MANIFEST.encode(),
        "proef.bpmn": diagram(LANE + BEGIN_AND_END + TASK, "begin taak einde"),
        "forms/melding.form": form(),
        "decisions/termijnen.dmn": TERMS,
    }
    names = {"manifest": "process.toml", "bpmn": "proef.bpmn", "form": "forms/melding.form"}
    names["dmn"] = "decisions/termijnen.dmn"
    for key, content in changes.items():
        files.pop(names[key])
        if content is not None:
            files[names[key]] = content
    return {f"proef/{name}": content for name, content in files.items()}


def found(files: dict[str, bytes]) -> set[tuple[str, str | None]]:
    """Rule and element of everything that is found."""
    return {(each.rule, each.element_id) for each in check(files)}


def test_a_sound_folder_has_no_findings() -> None:
    assert check(folder()) == []


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"form": None}, ("form_missing", "taak")),
        ({"form": None}, ("form_missing", "start.melden")),
        ({"dmn": None}, ("decision_missing", "terms")),
        ({"form": form(target="process:wat")}, ("personal_data_in_process", "veld")),
        ({"form": form(target="case:weg.wat")}, ("unknown_section", "veld")),
        (
            {"manifest": MANIFEST.replace('id = "proef"', 'id = "ander"').encode()},
            ("process_missing", "process"),
        ),
        (
            {"manifest": MANIFEST.replace("Teammanager", "Manager").encode()},
            ("lane_without_role", "taak"),
        ),
        (
            {"manifest": MANIFEST.replace("Teammanager", "Manager").encode()},
            ("role_without_lane", "roles.teammanager"),
        ),
        (
            {
                "manifest": MANIFEST.replace(
                    "[start.melden]", '[start.melden]\nmessage="x"'
                ).encode()
            },
            ("start_event_missing", "start.melden"),
        ),
        ({"manifest": b"[process"}, ("not_toml", None)),
        ({"bpmn": b"<definitions"}, ("not_well_formed", None)),
        ({"bpmn": b"<!DOCTYPE x><a/>"}, ("document_type", None)),
        ({"dmn": TERMS.replace(b"<text>1", b"<text>1 +")}, ("feel_syntax", "termijnen")),
        ({"dmn": TERMS.replace(b"<text>1", b"<text>weg(1)")}, ("unknown_function", "termijnen")),
        (
            {"bpmn": diagram(BEGIN_AND_END + TASK, "begin taak einde")},
            ("lane_without_role", "taak"),
        ),
    ],
)
def test_what_belongs_together_is_looked_at_together(changes, finding) -> None:
    assert finding in found(folder(**changes))


REPORTED = diagram(
    LANE
    + BEGIN_AND_END
    + TASK
    + '<boundaryEvent id="rand" attachedToRef="taak"><messageEventDefinition messageRef="stopt"/>'
    + '</boundaryEvent><startEvent id="gevraagd"><messageEventDefinition messageRef="vraag"/>'
    + '</startEvent><startEvent id="gehoord"><signalEventDefinition signalRef="alarm"/>'
    + "</startEvent>",
    "begin taak einde",
    "gevraagd taak",
    "gehoord taak",
    "rand einde",
    above='<message id="vraag" name="Zorg.Gestart"/><signal id="alarm" name="Spoed.Nodig"/>'
    + '<message id="stopt" name="Client.Stopt"><extensionElements>'
    + '<zeebe:subscription correlationKey="=zaaknummer"/></extensionElements></message>',
)
WHOLE = """
[begins."Zorg.Gestart"]
takes = { person_identity = "signal_core" }
[begins."Spoed.Nodig"]
[events."Client.Stopt"]
title = "De cliënt stopt"
form = "melding"
roles = ["teammanager"]
"""


def test_what_begins_a_process_and_is_reported_to_it_may_be_in_the_diagram() -> None:
    assert check(folder(bpmn=REPORTED, manifest=(MANIFEST + WHOLE).encode())) == []


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("Zorg.Gestart", "Client.Stopt", ("start_event_missing", "begins.Client.Stopt")),
        ("Spoed.Nodig", "Spoed.Weg", ("start_event_missing", "begins.Spoed.Weg")),
        ('"signal_core" }', '"weg" }', ("unknown_section", "begins.Zorg.Gestart")),
        ('events."Client.Stopt"', 'events."X.Y"', ("message_not_caught", "events.X.Y")),
        # that begins a case: it cannot be reported to one that runs
        (
            'events."Client.Stopt"',
            'events."Zorg.Gestart"',
            ("message_not_caught", "events.Zorg.Gestart"),
        ),
        ('form = "melding"', 'form = "weg"', ("form_missing", "events.Client.Stopt")),
    ],
)
def test_what_begins_and_is_reported_is_looked_at_with_the_diagram(old, new, finding) -> None:
    manifest = (MANIFEST + WHOLE.replace(old, new, 1)).encode()

    assert finding in found(folder(bpmn=REPORTED, manifest=manifest))


def test_what_is_reported_may_be_caught_by_a_process_that_is_called() -> None:
    caller = diagram(
        BEGIN_AND_END + '<callActivity id="roep" name="Roep" calledElement="proef"/>',
        "begin roep einde",
        process_id="tweede",
    )
    files = folder(bpmn=caller, manifest=None)
    manifest = MANIFEST.replace('id = "proef"', 'id = "tweede"') + WHOLE.partition("[events")[0]
    manifest = manifest.replace('[begins."Zorg.Gestart"]', "").replace('[begins."Spoed.Nodig"]', "")
    manifest = manifest.partition("takes")[0] + "[events" + WHOLE.partition("[events")[2]
    files["proef/process.toml"] = manifest.encode()
    files["gedeeld/proef.bpmn"] = REPORTED

    assert ("message_not_caught", "events.Client.Stopt") not in found(files)


def test_a_business_rule_task_needs_its_decision() -> None:
    task = (
        '<businessRuleTask id="regel" name="Regel"><extensionElements><zeebe:calledDecision '
        'decisionId="weg" resultVariable="x"/></extensionElements></businessRuleTask>'
    )

    assert found({"proef.bpmn": diagram(BEGIN_AND_END + task, "begin regel einde")}) == {
        ("decision_missing", "regel")
    }


def test_a_norm_time_needs_the_table_that_holds_it() -> None:
    timer = '<timerEventDefinition id="t"><timeDate>=termijn("x")</timeDate></timerEventDefinition>'
    body = f'<intermediateCatchEvent id="wacht">{timer}</intermediateCatchEvent>'
    files = {"proef/proef.bpmn": diagram(BEGIN_AND_END + body, "begin wacht einde")}

    assert found(files) == {("terms_missing", "t")}
    assert found({**files, "gedeeld/termijnen.dmn": TERMS}) == set()


def test_ids_of_a_process_folder_are_snake_case() -> None:
    body = LANE + BEGIN_AND_END + TASK + '<task id="Activity_1"/>'

    warnings = found(folder(bpmn=diagram(body, "begin taak Activity_1 einde")))

    assert warnings == {("id_not_snake_case", "Activity_1")}


def test_two_forms_with_one_id_are_refused() -> None:
    assert ("duplicate_id", "melding") in found({**folder(), "proef/forms/b.form": form()})


def test_two_folders_may_each_have_a_form_with_one_id_unless_one_is_shared() -> None:
    assert ("duplicate_id", "melding") not in found({**folder(), "ander/forms/b.form": form()})
    assert ("duplicate_id", "melding") in found({**folder(), "gedeeld/b.form": form()})


def test_a_process_that_the_manifest_does_not_name_is_warned_of() -> None:
    other = diagram(BEGIN_AND_END, "begin einde", process_id="tweede")

    assert ("process_not_named", "process") in found({**folder(), "proef/tweede.bpmn": other})


def test_without_manifest_its_rules_do_not_apply() -> None:
    files = folder(manifest=None)

    assert check(files) == []


def test_a_shared_folder_may_hold_what_the_others_ask_for() -> None:
    files = folder(dmn=None, form=None)
    files["gedeeld/termijnen.dmn"] = TERMS
    files["gedeeld/melding.form"] = form()

    assert check(files) == []


def test_findings_stand_in_the_order_of_files_and_lines() -> None:
    wrong = diagram(
        BEGIN_AND_END + '<callActivity id="een"/>\n<callActivity id="twee"/>',
        "begin een twee einde",
    )

    places = [(each.file, each.line or 0) for each in check({"b.bpmn": wrong, "a.bpmn": wrong})]

    assert places == sorted(places)
    assert {file for file, _ in places} == {"a.bpmn", "b.bpmn"}


def test_every_finding_is_listed_once() -> None:
    listed = check({"proef.bpmn": diagram(BEGIN_AND_END + '<task id="a"/>', "begin einde")})

    assert [(p.rule, p.element_id) for p in listed] == [("dead_end", "a"), ("unreachable", "a")]


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00", b"{}", b"<a/>", b"<a>" * 40 + b"</a>" * 40]
)
@pytest.mark.parametrize("name", ["a.bpmn", "a.dmn", "a.form", "process.toml"])
def test_rubbish_is_a_finding_and_never_a_crash(name, content) -> None:
    assert [each for each in check({name: content}) if each.severity == "error"] or (
        name == "process.toml" and not content
    )


def test_checking_needs_no_database_and_no_web() -> None:
    code = (
        "import sys, engine\n"
        "assert 'engine.findings' not in sys.modules\n"
        "engine.check({}); engine.simulate; engine.decisions; engine.Trace; engine.EPOCH\n"
        "assert not {'sqlalchemy', 'flask', 'structlog'} & set(sys.modules)\n"
    )

    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_engine_has_no_other_public_names() -> None:
    import engine

    assert set(engine.__all__) == {"EPOCH", "Problem", "Trace", "check", "decisions", "simulate"}
    with pytest.raises(AttributeError):
        _ = engine.nothing
