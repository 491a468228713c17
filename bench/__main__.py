"""Measure Uitweg on this machine: `python -m bench`, which `make bench` calls.

Prints a table and writes var/bench.json. Exits with 1 when something that must hold does not.
"""

import argparse
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import orjson

from bench import conditions, pages, region, starting, verbs
from bench.databases import MASTER_KEY, SHAPES, empty
from bench.figures import Figure, lines
from bench.floor import prepare
from engine.storage.crypto import Keyring
from engine.storage.database import Database
from webapp.casework import migrate

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "var" / "bench.json"
KEPT = ROOT / "var" / "bench"


def main() -> int:
    """Measure, print, write, and judge."""
    options = _options()
    folder = Path(tempfile.mkdtemp(prefix="uitweg-bench-"))
    started = time.monotonic()
    figures: list[Figure] = []
    try:
        for figure in _measured(options, folder):
            figures.append(figure)
            _say(figure)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"\n{_machine()}, {time.monotonic() - started:.0f} s\n")
    print("\n".join(lines(figures)), end="\n\n")
    _write(figures)
    missed = [figure for figure in figures if not figure.holds]
    for figure in missed:
        word = "FAILED" if figure.must_hold else "missed its aim"
        print(f"{figure.shape} {figure.name}: {word}".strip(), file=sys.stderr)
    return 1 if any(figure.must_hold for figure in missed) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--on", choices=SHAPES, action="append", help="this database only")
    parser.add_argument("--requests", type=int, default=240, help="of each kind over HTTP")
    parser.add_argument("--rounds", type=int, default=300, help="of each act in the process")
    parser.add_argument("--loop", type=int, default=5000, help="rounds of one instance")
    parser.add_argument("--open-tasks", type=int, default=100_000, help="in the long inbox")
    parser.add_argument(
        "--tasks",
        type=int,
        default=0,
        help="also one person's inbox page beside so many tasks that the engine made, and 1,000",
    )
    parser.add_argument("--kept", type=Path, default=KEPT, help="folder that keeps those tasks")
    parser.add_argument(
        "--only-region", action="store_true", help="the demo data and --tasks alone"
    )
    options = parser.parse_args()
    if options.tasks and options.tasks <= region.FEW:
        parser.error(f"--tasks: more than {region.FEW:,}, which they are measured beside")
    return options


def _measured(options: argparse.Namespace, folder: Path) -> Iterator[Figure]:
    if region.SHAPE in (options.on or SHAPES):
        yield from region.pages(folder / "demo", requests=options.requests)
        if options.tasks:
            yield from region.long_inbox(
                folder / "tasks", options.kept, rounds=options.rounds, many=options.tasks
            )
    if options.only_region:
        return
    for shape in options.on or SHAPES:
        with empty(shape, folder) as url:
            database = Database(url, Keyring(MASTER_KEY))
            try:
                migrate(database)
                prepare(database)
                work = folder / shape
                work.mkdir()
                yield from pages.measure(database, url, shape, work, requests=options.requests)
                yield from verbs.measure(database, shape, rounds=options.rounds, loop=options.loop)
                yield from verbs.inbox(
                    database, shape, rounds=options.rounds, few=1000, many=options.open_tasks
                )
            finally:
                database.close()
    yield from conditions.measure(rounds=options.rounds)
    yield from starting.measure(folder)


def _say(figure: Figure) -> None:
    print(f"  {figure.shape:<11}{figure.name}: {figure.value:.3g} {figure.unit}", flush=True)


def _machine() -> str:
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}"


def _write(figures: list[Figure]) -> None:
    RESULTS.parent.mkdir(exist_ok=True)
    content = {"machine": _machine(), "figures": [asdict(figure) for figure in figures]}
    RESULTS.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2))


if __name__ == "__main__":
    sys.exit(main())
