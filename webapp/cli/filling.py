"""`uitweg demo-data`: a demo with cases in it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from webapp.cli.opening import Refusal, config, opened, told

if TYPE_CHECKING:
    from webapp.config import Config
    from webapp.demodata.filling import Filled
    from webapp.demodata.playing import Counts


@click.command("demo-data")
@click.option("--cases", default=60, type=click.IntRange(1, 1000), help="How many are reported.")
@click.option("--seed", default=1, help="Another one gives other cases.")
def demo_data(cases: int, seed: int) -> None:
    """Fill the demo with invented cases at every stage, as its people would have worked on them.

    Uitweg must not run meanwhile. Where cases are already, nothing is added.
    """
    from webapp import demo
    from webapp.casework import migrate
    from webapp.demodata import filling
    from webapp.demodata.answering import NoAnswerError
    from webapp.demodata.clocks import SetClock
    from webapp.demodata.content import UnknownFormError
    from webapp.demodata.copies import copied

    settings = demo.settings(config())
    begun = time.monotonic()
    with _alone(settings):
        with opened(settings) as database:
            now = database.clock.now()
            migrate(database)
            if filling.is_filled(database):
                click.echo("  There are cases here already: nothing was added.")
                return
        with copied(settings) as copy, opened(copy, SetClock(filling.begin_of(now))) as database:
            with told("Making the region with its people and processes"):
                filling.prepare(database, settings.data_dir)
            click.echo(f"  Playing {cases} cases until now:")
            assert isinstance(database.clock, SetClock)
            try:
                filled = filling.fill(
                    database, database.clock, now, number=cases, seed=seed, tell=_show_progress
                )
            except (UnknownFormError, NoAnswerError) as error:
                message = (
                    f"A process asks what the demo cannot answer, so nothing was added: {error}"
                )
                raise Refusal(message, "Write its answers in webapp/demodata/answers.") from error
    _show(filled, time.monotonic() - begun)


@contextmanager
def _alone(settings: "Config") -> Iterator[None]:
    """Hold the port: so it does not run now, and nobody starts it meanwhile."""
    from engine.errors import UnavailableError
    from webapp import serving

    try:
        listening = serving.listen(settings)
    except UnavailableError as error:
        if error.code != "port_taken":
            raise
        message = f"Uitweg runs already, or something else listens on port {settings.port}."
        raise Refusal(message, "Stop it first (Ctrl-C), and start it again afterwards.") from error
    with listening:
        yield


def _show_progress(counts: "Counts") -> None:
    click.echo(f"  {counts.at:%d-%m-%Y} {counts.reported:6} reported {counts.done:8,} tasks done")


def _show(filled: "Filled", seconds: float) -> None:
    counts = filled.counts
    _show_progress(counts)
    width = max(len(name) for name, _, _ in filled.processes)
    click.echo(f"\n  {'process'.ljust(width)}  running  ended")
    for name, running, ended in filled.processes:
        click.echo(f"  {name.ljust(width)}  {running:7}  {ended:5}")
    click.echo(f"\n  Done in {seconds:.0f} s. `make run` starts Uitweg with it.")
    for what, times in sorted(counts.refused.items()):
        click.echo(f"  refused {times} x: {what}", err=True)
