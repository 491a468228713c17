"""What every command stands on: the settings, the database, and refusals in plain words."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from engine.errors import Problem, UitwegError
    from engine.model import Actor
    from engine.storage.database import Clock, Database
    from webapp.config import Config

# What the reader can do about a refusal, by its code.
_REMEDIES = {
    "account_not_found": (
        "There is no account with that log-in name.",
        "`uitweg user list` shows all.",
    ),
    "address_unknown": (
        "This machine has no address of that name.",
        "Mend UITWEG_HOST; 127.0.0.1 is this machine alone.",
    ),
    "database_away": (
        "The database went away.",
        "Check that it runs and that DATABASE_URL is right, then try again: nothing was changed.",
    ),
    "database_busy": (
        "The database is busy or cannot be reached.",
        "Check that it runs and that DATABASE_URL is right, then try again: nothing was changed.",
    ),
    "login_name_taken": (
        "There is an account with that log-in name.",
        "Choose another name, or use `uitweg user grant` for a role it should have.",
    ),
    "not_a_demo": (
        "This database has accounts, but no demo was made here: the demo leaves it alone.",
        "Start with `uitweg run`, or name an empty folder in UITWEG_DATA for the demo.",
    ),
    "port_taken": (
        "Something else listens on that port, or you may not.",
        "If Uitweg runs already, just open it; else choose another port: UITWEG_PORT=8001.",
    ),
    "process_not_found": ("There is no such process.", "Name one of the ids in the diagrams."),
}


class Refusal(click.ClickException):
    """Something that Uitweg refuses, told on one line, with the remedy on the next."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(f"{message}\n  Remedy: {remedy}")


class Uitweg(click.Group):
    """The group of all commands; what they refuse is told without a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command that was asked for."""
        from engine.errors import UitwegError

        try:
            return super().invoke(ctx)
        except UitwegError as error:
            raise _refusal_of(error) from error


def config() -> "Config":
    """The settings that the environment gives."""
    from webapp.config import Config

    return Config.from_environment(os.environ)


@contextmanager
def opened(settings: "Config", clock: "Clock | None" = None) -> Iterator["Database"]:
    """The database of the installation, closed afterwards.

    Args:
        clock: by default that of the machine.
    """
    from sqlalchemy.exc import SQLAlchemyError

    os.umask(0o077)  # a database in a file is for nobody else on this machine
    try:
        database = settings.open_database(clock)
    except (ValueError, SQLAlchemyError) as error:
        raise Refusal("DATABASE_URL names no database.", "Mend it: docs/settings.md.") from error
    try:
        yield database
    except SQLAlchemyError as error:
        # The text of the database is not shown: it can hold what somebody filled in.
        kind = type(error).__name__
        remedy = "Check that it can be reached, and run `uitweg migrate` to update its tables."
        raise Refusal(f"The database does not do what it is asked ({kind}).", remedy) from error
    finally:
        database.close()


def refuse_without_tables(database: "Database") -> None:
    """Say what to do first when `uitweg migrate` never ran on this database."""
    from sqlalchemy.exc import SQLAlchemyError

    from webapp.casework import regions

    try:
        with database.unit_of_work(operator(), read_only=True) as uow:
            regions.municipalities(uow)
    except SQLAlchemyError as error:
        remedy = "Run `uitweg migrate`, then `uitweg deploy processes`; or try `uitweg demo`."
        raise Refusal("The database has no tables of this version.", remedy) from error


def operator() -> "Actor":
    """Whoever has the command line of the machine."""
    from engine.model import Actor

    return Actor("operator")


@contextmanager
def told(what: str) -> Iterator[None]:
    """Say what is done before it is done."""
    click.echo(f"  {what} ...", nl=False)
    try:
        yield
    except BaseException:
        click.echo(" failed")
        raise
    click.echo(" done")


def show_problems(problems: "Sequence[Problem]", *, err: bool = True) -> None:
    """Print findings: where, which rule, what is wrong, and what to do about it."""
    for problem in problems:
        line = f":{problem.line}" if problem.line else ""
        element = f" {problem.element_id}" if problem.element_id else ""
        where = f"{problem.file}{line}{element}: ".lstrip(" :")
        click.echo(f"{where}{problem.severity} [{problem.rule}] {problem.message}", err=err)
        click.echo(f"    Remedy: {problem.remedy}", err=err)


def _refusal_of(error: "UitwegError") -> click.ClickException:
    from engine.errors import InvalidInputError, Problem

    if isinstance(error, InvalidInputError):
        problems = [found for found in error.problems if isinstance(found, Problem)]
        if len(problems) == 1 and not problems[0].file:
            return Refusal(problems[0].message, problems[0].remedy)
        show_problems(problems)
        return Refusal(f"Refused: {error.code}.", "Mend what is listed above.")
    message, remedy = _REMEDIES.get(
        error.code, (f"Refused: {error}.", "docs/operations.md says what to do when.")
    )
    return Refusal(message, remedy)
