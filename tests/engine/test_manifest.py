"""The manifest of a process folder."""

import time

import pytest

from engine import manifest, toml
from engine.errors import InvalidInputError, Problem, StepError
from engine.manifest import Begin, CaseEvent, CaseSection, Manifest, RoleRule, StartForm

SIGNAL = """
[process]
id = "signaal_behandelen"
name = "Signaal behandelen"
regime = "A"
domain = "signalering"

[roles.aandachtsfunctionaris]
lane = "Gemeente – aandachtsfunctionaris"
scope = "gemeente"

[roles.signaleerder]
lane = "Signaleerder"
person = "melder"

[start.signaal_melden]
form = "signaal_professional"
roles = ["*"]
title = "Een signaal melden"

[case.sections.signal_core]
title = "Wat is er gezien"
labels = { closed_on = "Gesloten op" }

[case.sections.reporter_identity]
title = "Wie meldt"

[notices]
ontvangen = "We hebben {nummer} ontvangen."

[terms]
decision = "termijnen"

[retention]
period = "P5Y"
basis = "norm"
"""


def load(text: str) -> Manifest:
    return manifest.load(text.encode(), file="signaal/process.toml")


def problems(text: str) -> list[Problem]:
    with pytest.raises(InvalidInputError) as refused:
        load(text)
    return [problem for problem in refused.value.problems if isinstance(problem, Problem)]


def test_a_manifest_says_who_has_the_work_and_how_it_begins() -> None:
    signal = load(SIGNAL)

    assert signal.process_ids == ("signaal_behandelen",)
    assert (signal.regime, signal.domain, signal.terms) == ("A", "signalering", "termijnen")
    assert signal.roles[1] == RoleRule("signaleerder", "Signaleerder", person="melder")
    assert signal.starts == (
        StartForm(
            "signaal_melden",
            "signaal_professional",
            "signaal_behandelen",
            "Een signaal melden",
            ("*",),
        ),
    )
    assert signal.sections == (
        CaseSection("signal_core", "Wat is er gezien", {"closed_on": "Gesloten op"}),
        CaseSection("reporter_identity", "Wie meldt"),
    )
    assert signal.notices == {"ontvangen": "We hebben {nummer} ontvangen."}
    assert signal.retention is not None
    assert signal.retention.period == "P5Y"


CARE = (
    SIGNAL.replace('name = "Signaal behandelen"', 'name = "Zorg"\nnumber_prefix = "Z"')
    + """
[begins."Zorg.Gestart"]
takes = { person_identity = "reporter_identity", "triage_item.question" = "signal_core.question" }

[begins."Nazorg.Terug"]

[events."Client.Stopt"]
title = "De cliënt stopt"
text = "Dat mag altijd, zonder reden."
form = "client_stopt"
roles = ["zorgcoordinator"]
"""
)


def test_a_manifest_says_what_is_taken_over_from_the_case_that_begins_it() -> None:
    care = load(CARE)

    assert care.begin_of("Zorg.Gestart") == Begin(
        "Zorg.Gestart",
        {
            "person_identity": "reporter_identity",
            "triage_item.question": "signal_core.question",
        },
    )
    assert care.begin_of("Nazorg.Terug") == Begin("Nazorg.Terug", {})
    assert care.begin_of("Iets.Anders") is None


def test_the_name_of_a_message_need_not_hold_a_full_stop() -> None:
    assert load(SIGNAL + '[begins."spoed"]\n').begin_of("spoed") == Begin("spoed", {})


def test_a_manifest_says_what_people_report_to_a_running_case() -> None:
    care = load(CARE)

    assert care.event_of("Client.Stopt") == CaseEvent(
        "Client.Stopt",
        "De cliënt stopt",
        "Dat mag altijd, zonder reden.",
        "client_stopt",
        ("zorgcoordinator",),
    )
    assert care.event_of("Zorg.Gestart") is None


def test_a_manifest_names_the_part_of_the_road_and_the_numbers_of_its_cases() -> None:
    triage = load(SIGNAL.replace('regime = "A"', 'regime = "A"\nphase = "Triage"'))

    assert (triage.phase, triage.number_prefix) == ("Triage", None)
    assert load(CARE).number_prefix == "Z"


@pytest.mark.parametrize(
    ("old", "new", "rule", "element_id"),
    [
        ('number_prefix = "Z"', 'number_prefix = "z-"', "bad_prefix", "process.number_prefix"),
        (
            '[begins."Zorg.Gestart"]',
            "[begins.Zorg.Gestart]",
            "name_without_quotes",
            'begins."Zorg"',
        ),
        (
            '[events."Client.Stopt"]',
            "[events.Client.Stopt]",
            "name_without_quotes",
            'events."Client"',
        ),
        ("takes = {", "neemt = {", "unknown_key", 'begins."Zorg.Gestart".neemt'),
        (
            '"triage_item.question"',
            "triage_item.question",
            "name_without_quotes",
            'begins."Zorg.Gestart".takes',
        ),
        (
            '"signal_core.question"',
            '"signal_core"',
            "places_differ",
            'begins."Zorg.Gestart".takes',
        ),
        (
            'person_identity = "reporter_identity"',
            'person_identity = "Reporter"',
            "bad_place",
            'begins."Zorg.Gestart".takes',
        ),
        (
            'person_identity = "reporter_identity"',
            "person_identity = 3",
            "bad_place",
            'begins."Zorg.Gestart".takes',
        ),
        ('title = "De cliënt stopt"', "", "missing_key", 'events."Client.Stopt"'),
        ('roles = ["zorgcoordinator"]', "", "event_for_nobody", 'events."Client.Stopt"'),
        ('form = "client_stopt"', "form = 3", "wrong_type", 'events."Client.Stopt".form'),
    ],
)
def test_a_mistake_in_what_begins_or_is_reported_is_named(
    old: str, new: str, rule: str, element_id: str
) -> None:
    found = problems(CARE.replace(old, new, 1))

    assert (rule, element_id) in {(problem.rule, problem.element_id) for problem in found}
    assert all(problem.remedy for problem in found)


def test_a_shared_folder_has_a_name_and_no_process() -> None:
    shared = load('[process]\nname = "Gedeeld"\n')

    assert (shared.process_ids, shared.regime) == ((), None)


def test_a_task_is_for_a_role_within_a_scope_or_for_one_person() -> None:
    signal = load(SIGNAL)
    variables = {"gemeente": "venlo", "melder": "a-7"}

    assert signal.candidate("Gemeente – aandachtsfunctionaris", variables) == (
        "aandachtsfunctionaris@venlo"
    )
    assert signal.candidate("Signaleerder", variables) == "person:a-7"


@pytest.mark.parametrize(
    ("lane", "variables", "rule"),
    [
        ("Onbekend", {"gemeente": "venlo"}, "lane_without_role"),
        (None, {"gemeente": "venlo"}, "lane_without_role"),
        ("Gemeente – aandachtsfunctionaris", {}, "lane_without_scope"),
        ("Gemeente – aandachtsfunctionaris", {"gemeente": None}, "lane_without_scope"),
        ("Gemeente – aandachtsfunctionaris", {"gemeente": "venlo@x"}, "lane_without_scope"),
    ],
)
def test_a_task_without_an_owner_stops_the_step(
    lane: str | None, variables: dict[str, str | None], rule: str
) -> None:
    with pytest.raises(StepError, match=rule):
        load(SIGNAL).candidate(lane, variables)


@pytest.mark.parametrize(
    ("old", "new", "rule", "element_id"),
    [
        ('regime = "A"', 'regime = "E"', "unknown_value", "process.regime"),
        ('regime = "A"', "", "missing_key", "process"),
        ('domain = "signalering"', 'domein = "x"', "unknown_key", "process.domein"),
        ('name = "Signaal behandelen"', "name = 3", "wrong_type", "process.name"),
        ('id = "signaal_behandelen"', 'id = "signaal-behandelen"', "bad_key", "process.id"),
        ('lane = "Signaleerder"', "", "missing_key", "roles.signaleerder"),
        ('person = "melder"', "", "scope_or_person", "roles.signaleerder"),
        (
            'person = "melder"',
            'person = "melder"\nscope = "gemeente"',
            "scope_or_person",
            "roles.signaleerder",
        ),
        (
            'lane = "Signaleerder"',
            'lane = "Gemeente – aandachtsfunctionaris"',
            "lane_twice",
            "roles.signaleerder",
        ),
        ('roles = ["*"]', "", "start_for_nobody", "start.signaal_melden"),
        ('roles = ["*"]', 'roles = "*"', "wrong_type", "start.signaal_melden.roles"),
        (
            'form = "signaal_professional"',
            'form = "f"\nprocess = "x"',
            "start_without_process",
            "start.signaal_melden",
        ),
        (
            'id = "signaal_behandelen"',
            'ids = ["a", "b"]',
            "start_without_process",
            "start.signaal_melden",
        ),
        (
            'title = "Wie meldt"',
            "titel = 1",
            "unknown_key",
            "case.sections.reporter_identity.titel",
        ),
        ("ontvangen = ", "ontvangen = 3 #", "wrong_type", "notices.ontvangen"),
        ("[terms]", "[termijnen]", "unknown_key", "termijnen"),
        ('period = "P5Y"', 'period = "5 jaar"', "bad_duration", "retention.period"),
        ('period = "P5Y"', "", "decision_or_period", "retention"),
        ("[roles.signaleerder]", "[roles.Signaleerder]", "bad_key", "roles.Signaleerder"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_remedy(
    old: str, new: str, rule: str, element_id: str
) -> None:
    assert SIGNAL.count(old) >= 1

    found = problems(SIGNAL.replace(old, new, 1))

    assert (rule, element_id) in {(problem.rule, problem.element_id) for problem in found}
    assert all(problem.remedy and problem.file == "signaal/process.toml" for problem in found)


def test_all_mistakes_are_told_at_once_with_their_lines() -> None:
    text = SIGNAL.replace('regime = "A"', 'regime = "E"').replace('person = "melder"', "")

    assert [(problem.rule, problem.line) for problem in problems(text)] == [
        ("unknown_value", 5),
        ("scope_or_person", 12),
    ]


@pytest.mark.parametrize(
    ("content", "rule"),
    [(b"[process", "not_toml"), (b"a = 1\na = 2", "not_toml"), (b"\xff\xfe", "not_utf8")],
)
def test_what_is_no_toml_is_refused(content: bytes, rule: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        manifest.load(content, file="process.toml")

    assert [problem.rule for problem in refused.value.problems] == [rule]


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"a" + b".a" * 20_000 + b" = 1", "file_too_large"),
        (b"a = 1\n" * 100_000, "file_too_large"),
        (b"a = " + b"[\n" * 5_000 + b"]\n" * 5_000, "not_toml"),
    ],
    ids=["dots", "keys", "lists"],
)
def test_d03_what_is_far_too_much_for_a_manifest_is_refused_at_once(
    content: bytes, rule: str
) -> None:
    begun = time.process_time()

    with pytest.raises(InvalidInputError) as refused:
        manifest.load(content, file="process.toml")

    assert [problem.rule for problem in refused.value.problems] == [rule]
    assert time.process_time() - begun < 1


def test_d03_a_manifest_with_ever_so_many_mistakes_tells_some_of_them_at_once() -> None:
    begun = time.process_time()

    found = problems(SIGNAL + "\n".join(f"vreemd_{number} = 1" for number in range(2_000)))

    assert len(found) == toml.MOST_PROBLEMS
    assert time.process_time() - begun < 1
