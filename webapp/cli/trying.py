"""`uitweg check` and `uitweg simulate`: they need no database and no settings."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from webapp.cli.opening import Refusal, show_problems

if TYPE_CHECKING:
    from engine.errors import Problem
    from engine.model import Value
    from engine.simulation import Trace

PATH = click.Path(exists=True, path_type=Path)

# The name is that of engine.definitions; importing it would bring the whole storage along.
SHARED_FOLDER = "gedeeld"


@click.command()
@click.argument("path", type=PATH)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def check(path: Path, *, as_json: bool) -> None:
    """Look for mistakes in the process folder PATH, each folder in it, or one file.

    Needs no database and no settings. Exits with 1 when there is an error.
    """
    problems = _problems_in(files_of(path))
    errors = sum(problem.severity == "error" for problem in problems)
    if as_json:
        import orjson

        click.echo(orjson.dumps(problems, option=orjson.OPT_INDENT_2).decode())
    else:
        show_problems(problems, err=False)
        click.echo(
            _counted(errors, "error") + ", " + _counted(len(problems) - errors, "warning"), err=True
        )
    if errors:
        raise click.exceptions.Exit(1)


@click.command()
@click.argument("path", type=PATH)
@click.option("--process", "process_id", required=True, help="Id of the process to start.")
@click.option("--variables", default="{}", help="Variables it starts with, a JSON object.")
@click.option("--until", required=True, help="How long the virtual clock runs: PT15S, P30D.")
@click.option("--answers", default="{}", help="What each user task gets: {element: [{...}, ...]}.")
@click.option("--start-first", multiple=True, help="Id of a process to start before; repeatable.")
@click.option("--json", "as_json", is_flag=True, help="Print the trace as JSON.")
def simulate(
    path: Path,
    *,
    process_id: str,
    variables: str,
    until: str,
    answers: str,
    start_first: tuple[str, ...],
    as_json: bool,
) -> None:
    """Run a process of PATH in memory on a virtual clock, and show which elements it completed.

    Needs no database and no settings. Exits with 1 when the process fails.
    """
    import engine
    from engine.timers import DUTCH_CALENDAR, TimerError, parse_period

    try:
        span = DUTCH_CALENDAR.add(engine.EPOCH, parse_period(until)) - engine.EPOCH
    except TimerError as error:
        raise click.BadParameter(
            "write it as PT15S, PT24H or P30D.", param_hint="--until"
        ) from error
    trace = engine.simulate(
        files_of(path),
        process_id,
        variables=_json_object(variables, "--variables"),
        until=span,
        start_first=start_first,
        answers=_answers(answers),
    )
    click.echo(_trace_as_json(trace) if as_json else _trace_as_text(trace))
    if trace.state == "failed":
        raise click.exceptions.Exit(1)


def files_of(path: Path) -> Mapping[str, bytes]:
    """The files of a path, with what the folders beside a single process folder share."""
    import processes

    if path.is_file():
        return {path.name: path.read_bytes()}
    path = path.resolve()
    files = processes.read(path)
    if not files:
        remedy = (
            "Name a folder with a process.toml or a diagram in it, or the folder above such ones."
        )
        raise Refusal(f"There is no process folder in {path}.", remedy)
    shared = path.parent / SHARED_FOLDER
    is_one = processes.folders(path) == [path.name]
    if is_one and path != shared and shared.is_dir():
        files = {**processes.read(shared), **files}
    return files


def _problems_in(files: Mapping[str, bytes]) -> "list[Problem]":
    """What is wrong in each folder, seen with what it shares; each finding once."""
    import engine

    folders: dict[str, dict[str, bytes]] = {}
    for path, content in files.items():
        folders.setdefault(path.partition("/")[0] if "/" in path else "", {})[path] = content
    shared = folders.pop(SHARED_FOLDER, {})
    sets = [{**shared, **own} for own in folders.values()] or [shared]
    return list(dict.fromkeys(problem for each in sets for problem in engine.check(each)))


def _json_object(text: str, option: str) -> "Mapping[str, Value]":
    """A JSON object as process variables; numbers are decimal, so that 0.1 stays 0.1."""
    import json
    from decimal import Decimal

    try:
        loaded = json.loads(text, parse_float=Decimal, parse_int=Decimal, parse_constant=_no_number)
    except ValueError as error:
        raise click.BadParameter(f"that is not JSON: {error}.", param_hint=option) from error
    if not isinstance(loaded, dict):
        raise click.BadParameter('give a JSON object, such as {"spoed": true}.', param_hint=option)
    return loaded


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _answers(text: str) -> "Mapping[str, Sequence[Mapping[str, Value]]]":
    answers = _json_object(text, "--answers")
    return {element: _rounds(element, entries) for element, entries in answers.items()}


def _rounds(element: str, entries: "Value") -> "list[Mapping[str, Value]]":
    rounds = entries if isinstance(entries, list) else [entries]
    objects = [each for each in rounds if isinstance(each, Mapping)]
    if len(objects) < len(rounds):
        message = f'{element} takes objects: {{"{element}": [{{...}}]}}.'
        raise click.BadParameter(message, param_hint="--answers")
    return objects


def _trace_as_json(trace: "Trace") -> str:
    import orjson

    content = {
        "elements": list(trace.elements),
        "state": trace.state,
        "variables": trace.variables,
        "error": trace.error,
    }
    option = orjson.OPT_INDENT_2 | orjson.OPT_PASSTHROUGH_DATETIME
    return orjson.dumps(content, default=_json_value, option=option).decode()


def _trace_as_text(trace: "Trace") -> str:
    import orjson

    lines = [*trace.elements, "", f"state: {trace.state}"]
    for name, value in sorted(trace.variables.items()):
        text = orjson.dumps(value, default=_json_value, option=orjson.OPT_PASSTHROUGH_DATETIME)
        lines.append(f"  {name} = {text.decode()}")
    if trace.error is not None:
        lines.append(f"error: {trace.error.message} Remedy: {trace.error.remedy}")
    return "\n".join(lines)


def _json_value(value: object) -> object:
    """A value that JSON has no word for: decimals as numbers, dates as FEEL's text."""
    from datetime import date, time, timedelta
    from decimal import Decimal

    import orjson

    from engine.feel.functions.conversion import number_text
    from engine.feel.temporal import temporal_text
    from engine.model import YearMonthDuration

    if isinstance(value, Decimal):
        return orjson.Fragment(number_text(value))
    if isinstance(value, date | time | timedelta | YearMonthDuration):
        return temporal_text(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(type(value).__name__)


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
