"""What `make bench` fails on is kept by every test run as well."""

from bench import verbs
from bench.figures import Figure, lines
from engine import definitions
from engine.storage.database import Database


def test_completing_a_task_asks_the_engine_eight_statements_and_one_commit_at_most(
    database: Database,
) -> None:
    with database.unit_of_work(verbs.SOMEONE) as uow:
        definitions.deploy(uow, {"rondje/rondje.bpmn": verbs.PROCESS.read_bytes()})

    statements, commits = verbs.counted(database, "here")

    assert statements.value <= 8
    assert commits.value == 1


def test_a_count_that_is_passed_does_not_hold() -> None:
    assert not Figure("here", "statements", 9, "statements", aim=8).holds
    assert not Figure("here", "requests", 0.4, "x", aim=0.5, at_least=True).holds
    assert not Figure("here", "commits", 0, "commits", aim=1, exactly=True).holds
    assert Figure("here", "statements", 8, "statements", aim=8).holds


def test_the_table_has_a_column_for_each_database_and_marks_what_missed_its_aim() -> None:
    table = list(lines([Figure("one", "cost", 3, "ms", aim=2), Figure("two", "cost", 1, "ms")]))

    assert table[0].split() == ["|", "measure", "|", "one", "|", "two", "|", "aim", "|"]
    assert "**3 ms**" in table[2]
    assert "| 1 ms" in table[2]
