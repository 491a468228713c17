"""The command `uitweg`: run an installation, deploy and check processes, keep accounts.

What costs time to import is imported inside the command that needs it. A refusal is one plain line
with its remedy and exit code 1; a command that was typed wrong exits with 2.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from webapp.cli.filling import demo_data
from webapp.cli.opening import (
    Uitweg,
    config,
    opened,
    operator,
    refuse_without_tables,
    show_problems,
    told,
)
from webapp.cli.trying import check, files_of, simulate
from webapp.cli.users import user

if TYPE_CHECKING:
    from webapp.config import Config


@click.group(cls=Uitweg, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="uitweg")
def main() -> None:
    """Uitweg: casework on a BPMN engine. Settings come from the environment (docs/settings.md)."""


@main.command()
def run() -> None:
    """Start the application with its worker."""
    from webapp import serving

    settings = config()
    with serving.listen(settings) as listening, opened(settings) as database:
        refuse_without_tables(database)
        serving.serve(settings, database, listening, lambda: click.echo(_where(settings)))


@main.command()
def demo() -> None:
    """Make a demo region with its people, and start the application for this machine alone."""
    from webapp import demo as demo_region
    from webapp import serving
    from webapp.casework import migrate

    settings = demo_region.settings(config())
    with serving.listen(settings) as listening, opened(settings) as database:
        with told("Updating the database"):
            migrate(database)
        with told("Making the region Noord- en Midden-Limburg with its people"):
            with database.unit_of_work(demo_region.DEMO) as uow:
                demo_region.make_region(uow)
            passwords = demo_region.make_people(database, settings.data_dir)
            demo_region.make_roster(database)
        with told("Deploying the processes"):
            demo_region.deploy_processes(database)
        click.echo()
        for line in demo_region.table_of_people(database, passwords):
            click.echo(f"  {line}")
        click.echo(f"\n  Everything is kept in {settings.data_dir}")
        serving.serve(settings, database, listening, lambda: click.echo(_where(settings)))


@main.command()
def migrate() -> None:
    """Make the tables of the database, or bring them to this version."""
    from webapp.casework import migrate as migrate_tables

    settings = config()
    with opened(settings) as database, told("Updating the database"):
        migrate_tables(database)


@main.command()
@click.argument("path", type=click.Path(exists=True, file_okay=False, path_type=Path))
def deploy(path: Path) -> None:
    """Make the process folder PATH, or each folder in it, the version that new cases run.

    The folder `gedeeld` beside it goes first. Of a folder with an error nothing is deployed.
    """
    import processes
    from webapp.casework import deployments

    files, refused = files_of(path), False
    with opened(config()) as database:
        topics = processes.handlers()
        for outcome in deployments.deploy_all(database, operator(), files, topics=topics):
            made = outcome.deployment
            if made is None:
                refused = True
                click.echo(f"{outcome.folder}: refused, nothing of it is deployed", err=True)
                show_problems(outcome.problems)
            else:
                news = "deployed" if made.is_new else "unchanged"
                click.echo(f"{outcome.folder}: version {made.version}, {news}")
    if refused:
        raise click.exceptions.Exit(1)


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def region(file: Path) -> None:
    """Make the region, houses, municipalities and closing days that FILE lists.

    Loading it again adds what is new and takes nothing away.
    """
    from webapp.casework import places

    read = places.read(file.read_bytes(), file=str(file))
    with opened(config()) as database, database.unit_of_work(operator()) as uow:
        places.load(uow, read)
    count = sum(len(house.municipalities) for house in read.houses)
    click.echo(f"{read.name}: {len(read.houses)} houses, {count} municipalities")


@main.group("audit")
def audit_group() -> None:
    """The record of who did what."""


@audit_group.command("verify")
def verify_audit() -> None:
    """Check every chain of the record; exits with 1 when one was tampered with."""
    from webapp.casework import audit

    breaches: list[audit.Breach] = []
    with opened(config()) as database:
        with database.unit_of_work(operator(), read_only=True) as uow:
            names = audit.chains(uow)
        for name in names:
            with database.unit_of_work(operator(), read_only=True) as uow:
                breaches += audit.verify(uow, name)
    for breach in breaches:
        click.echo(f"{breach.chain}, record {breach.seq}: {breach.what}", err=True)
    click.echo(f"{len(names)} chains, {len(breaches)} breaches")
    if breaches:
        raise click.exceptions.Exit(1)


main.add_command(check)
main.add_command(demo_data)
main.add_command(simulate)
main.add_command(user)


def _where(settings: "Config") -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"\n  Uitweg runs on http://{host}:{settings.port}   (Ctrl-C ends it)\n"
