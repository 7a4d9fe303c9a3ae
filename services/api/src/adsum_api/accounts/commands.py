"""`adsum-api accounts`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from adsum_api.access.rights import Role
from adsum_api.accounts import service
from adsum_api.accounts.passwords import random_password
from adsum_api.accounts.service import NewAccount
from adsum_api.errors import Conflict, Unavailable
from adsum_api.runtime import Runtime, build_runtime
from adsum_api.settings import read_settings
from adsum_store.models import Account, School
from adsum_store.repositories import account_identities, accounts, schools
from adsum_store.unit_of_work import UnitOfWork

app = typer.Typer(no_args_is_help=True, help="People who sign in: who they are, and what their role is.")

Username = Annotated[str, typer.Argument(help="The name to sign in with: an e-mail address, say.")]


@app.command()
def add(
    username: Username,
    role: Annotated[Role, typer.Option(help="admin, office, teacher or auditor.")],
    name: Annotated[str | None, typer.Option(help="What people call them; the user name otherwise.")] = None,
    email: Annotated[str | None, typer.Option(help="Their address, where the user name is none.")] = None,
    without_password: Annotated[
        bool, typer.Option("--no-password", help="They sign in by single sign-on alone.")
    ] = False,
) -> None:
    """Make an account and tell its password, this once; or one for single sign-on, by its address.

    A teacher is the member of staff with this user name or address, as rosters brought them, and has the
    sections that these assign. Example: adsum-api accounts add ada@school.example --role teacher
    """
    password = None if without_password else random_password()
    email = email or (username if "@" in username else None)
    new = NewAccount(username, role, name or username, email, password)
    with _school() as (work, runtime, school):
        if accounts.by_username(work, username) is not None:
            raise Conflict("another account has this name")
        service.add(work, school, runtime.passwords, new)
    _tell(username, password)


@app.command("list")
def list_accounts(as_json: Annotated[bool, typer.Option("--json", help="Print JSON alone.")] = False) -> None:
    """List the accounts. Example: adsum-api accounts list --json."""
    with _school() as (work, _, school):
        bound = account_identities.bound(work, school.id)
        found = [_line(account, account.id in bound) for account in accounts.all_of(work, school.id)]
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    table = Table("User name", "Name", "Role", "Signs in")
    for line in found:
        table.add_row(line["username"], line["name"], line["role"], line["signs_in"])
    Console().print(table)


@app.command()
def disable(username: Username) -> None:
    """Let an account sign in no more, and sign it out at once. Example: adsum-api accounts disable ada."""
    with _school() as (work, runtime, _):
        service.disable(work, service.named(work, username), runtime.clock())
    typer.echo(f"{username} can sign in no more, and is signed out everywhere.")


@app.command()
def enable(username: Username) -> None:
    """Let a disabled account sign in again. Example: adsum-api accounts enable ada."""
    with _school() as (work, _, _):
        service.enable(work, service.named(work, username))
    typer.echo(f"{username} can sign in again.")


@app.command()
def password(username: Username) -> None:
    """Set the password that is typed, or comes on the standard input, and sign the account out everywhere.

    Example: adsum-api accounts password ada
    """
    typed = (
        typer.prompt("Password", hide_input=True, confirmation_prompt=True) if sys.stdin.isatty() else None
    )
    wanted: str = sys.stdin.readline().rstrip("\n") if typed is None else typed
    with _school() as (work, runtime, _):
        service.set_password(work, service.named(work, username), runtime.passwords, wanted)
    typer.echo(f"{username} has a new password, and is signed out everywhere.")


@app.command()
def reset(username: Username) -> None:
    """Give an account a random password, told this once. Example: adsum-api accounts reset admin."""
    wanted = random_password()
    with _school() as (work, runtime, _):
        service.set_password(work, service.named(work, username), runtime.passwords, wanted)
    _tell(username, wanted)


@app.command()
def unlink(username: Username) -> None:
    """Forget whom single sign-on knows an account's owner as; who has its address next may link it anew.

    It is signed out everywhere. Example: adsum-api accounts unlink ada@school.example
    """
    with _school() as (work, _, _):
        service.unlink(work, service.named(work, username))
    typer.echo(f"{username} is linked to nobody at the provider, and is signed out everywhere.")


@contextmanager
def _school() -> Iterator[tuple[UnitOfWork, Runtime, School]]:
    with closing(build_runtime(read_settings())) as runtime, runtime.store.begin() as work:
        school = schools.only(work)
        if school is None:
            raise Unavailable("there is no school yet: run `adsum-api db upgrade`")
        yield work, runtime, school


def _line(account: Account, is_bound: bool) -> dict[str, str]:
    ways = [*(["password"] if account.password else []), *(["single sign-on"] if is_bound else [])]
    signs_in = "disabled" if account.disabled_at else ", ".join(ways) or "not yet"
    return {"username": account.username, "name": account.name, "role": account.role, "signs_in": signs_in}


def _tell(username: str, told: str | None) -> None:
    typer.echo(f"User name: {username}")
    if told is not None:
        typer.echo(f"Password, told this once: {told}")
