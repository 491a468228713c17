"""`uitweg user`: who may log in, and with which roles."""

from typing import TYPE_CHECKING

import click

from webapp.cli.opening import config, opened, operator

if TYPE_CHECKING:
    from webapp.casework.access import Grant


@click.group()
def user() -> None:
    """Keep accounts: who may log in, and with which roles."""


@user.command("list")
def list_users() -> None:
    """Show every account with its roles."""
    from webapp.casework import accounts

    with opened(config()) as database, database.unit_of_work(operator(), read_only=True) as uow:
        found = accounts.all_accounts(uow)
    for account in found:
        groups = " ".join(sorted(grant.group for grant in account.grants))
        state = "" if account.is_active else "  (disabled)"
        click.echo(f"{account.login_name}  {account.display_name}{state}  {groups}".rstrip())


@user.command("add")
@click.argument("login_name")
@click.option("--name", "display_name", required=True, help="The name that colleagues see.")
@click.option("--role", "roles", multiple=True, metavar="ROLE@PLACE", help="May be repeated.")
@click.option("--ask", is_flag=True, help="Ask for the password; otherwise one is made.")
def add_user(login_name: str, *, display_name: str, roles: tuple[str, ...], ask: bool) -> None:
    """Make an account for LOGIN_NAME."""
    from webapp.casework import accounts

    grants = frozenset(_grant(role) for role in roles)
    with opened(config()) as database:
        password, made = _new_password(ask=ask)
        password_hash = accounts.hash_password(password)
        with database.unit_of_work(operator()) as uow:
            accounts.create(uow, login_name, display_name, password_hash, grants)
    click.echo(f"{login_name} can log in." + (f" Password: {password}" if made else ""))


@user.command("grant")
@click.argument("login_name")
@click.argument("role", metavar="ROLE@PLACE")
def grant_role(login_name: str, role: str) -> None:
    """Give LOGIN_NAME a role in a place, such as aandachtsfunctionaris@venlo."""
    from webapp.casework import accounts

    with opened(config()) as database, database.unit_of_work(operator()) as uow:
        accounts.give(uow, accounts.find(uow, login_name), _grant(role))
    click.echo(f"{login_name} has {role}.")


@user.command("withdraw")
@click.argument("login_name")
@click.argument("role", metavar="ROLE@PLACE")
def withdraw_role(login_name: str, role: str) -> None:
    """Take a role in a place from LOGIN_NAME, from the next click on."""
    from webapp.casework import accounts

    with opened(config()) as database, database.unit_of_work(operator()) as uow:
        accounts.withdraw(uow, accounts.find(uow, login_name), _grant(role))
    click.echo(f"{login_name} no longer has {role}.")


@user.command("password")
@click.argument("login_name")
@click.option("--ask", is_flag=True, help="Ask for the password; otherwise one is made.")
def change_password(login_name: str, *, ask: bool) -> None:
    """Give LOGIN_NAME another password, and end its sessions."""
    from webapp.casework import accounts

    with opened(config()) as database:
        with database.unit_of_work(operator(), read_only=True) as uow:
            account_id = accounts.find(uow, login_name)
        password, made = _new_password(ask=ask)
        password_hash = accounts.hash_password(password)
        with database.unit_of_work(operator()) as uow:
            accounts.change_password(uow, account_id, password_hash)
    click.echo(f"{login_name} has another password." + (f" It is {password}" if made else ""))


@user.command("disable")
@click.argument("login_name")
def disable_user(login_name: str) -> None:
    """Shut the account of LOGIN_NAME and end its sessions; what it did stays its own."""
    from webapp.casework import accounts

    with opened(config()) as database, database.unit_of_work(operator()) as uow:
        accounts.disable(uow, accounts.find(uow, login_name))
    click.echo(f"{login_name} can no longer log in.")


def _grant(text: str) -> "Grant":
    from webapp.casework.access import Grant

    role, _, place = text.partition("@")
    if not role or not place:
        raise click.BadParameter("write it as role@place, such as handhaver@venlo.")
    return Grant(role, place)


def _new_password(*, ask: bool) -> tuple[str, bool]:
    """A password and whether we made it; it never stands in an argument, where others see it."""
    from webapp.casework import accounts

    if not ask:
        return accounts.new_password(), True
    typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return typed, False
