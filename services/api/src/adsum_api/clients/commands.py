"""`adsum-api clients`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from adsum_api.access.rights import Right
from adsum_api.clients import service
from adsum_api.clients.schemas import ClientIn, NewClient, NewSecret
from adsum_api.errors import Invalid, NotFound, Unavailable
from adsum_api.runtime import Runtime, build_runtime
from adsum_api.settings import read_settings
from adsum_store.models import Client, School
from adsum_store.repositories import clients, schools
from adsum_store.unit_of_work import UnitOfWork

app = typer.Typer(no_args_is_help=True, help="Programs that call the API, each with scopes of its own.")

Name = Annotated[str, typer.Argument(help="What the client is called.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON alone.")]


@app.command()
def add(
    name: Name,
    scope: Annotated[list[Right], typer.Option(help="What it may do; give it once for each.")],
    as_json: AsJson = False,
) -> None:
    """Add a client and tell its id and secret, the secret this once.

    Example: adsum-api clients add timetable --scope roster:read --scope attendance:read
    """
    with _school() as (work, runtime, school):
        made = service.add(work, school.id, _wanted(name, scope), runtime.clock())
    _tell(made, made.id, as_json)


@app.command("list")
def list_clients(as_json: AsJson = False) -> None:
    """List the clients. Example: adsum-api clients list --json."""
    with _school() as (work, _, school):
        found = clients.all_of(work, school.id)
        secrets = {client.id: len(clients.secrets_of(work, client)) for client in found}
    lines = [
        {"client_id": str(client.id), "name": client.name, "scopes": client.scopes,
         "secrets": secrets[client.id], "revoked": client.revoked_at is not None}
        for client in found
    ]  # fmt: skip
    if as_json:
        typer.echo(json.dumps(lines, ensure_ascii=False))
        return
    table = Table("Name", "Id", "Scopes", "Secrets")
    for client in found:
        valid = "revoked" if client.revoked_at else str(secrets[client.id])
        table.add_row(client.name, str(client.id), " ".join(client.scopes), valid)
    Console().print(table)


@app.command()
def rotate(name: Name, as_json: AsJson = False) -> None:
    """Give a client a new secret; the newest one before it stays valid until the next time.

    Example: adsum-api clients rotate timetable
    """
    with _school() as (work, runtime, school):
        client = _named(work, school, name)
        for old in clients.secrets_of(work, client)[: 1 - service.MOST_SECRETS]:
            clients.drop_secret(work, client, old.id)
        made = service.add_secret(work, school.id, client.id, runtime.clock())
    _tell(made, client.id, as_json)


@app.command()
def revoke(name: Name) -> None:
    """Let a client call no more, from this moment. Example: adsum-api clients revoke timetable."""
    with _school() as (work, runtime, school):
        service.revoke(work, school.id, _named(work, school, name).id, runtime.clock())
    typer.echo(f"{name} calls no more.")


@contextmanager
def _school() -> Iterator[tuple[UnitOfWork, Runtime, School]]:
    with closing(build_runtime(read_settings())) as runtime, runtime.store.begin() as work:
        school = schools.only(work)
        if school is None:
            raise Unavailable("there is no school yet: run `adsum-api db upgrade`")
        yield work, runtime, school


def _wanted(name: str, scopes: list[Right]) -> ClientIn:
    try:
        return ClientIn(name=name, scopes=scopes)
    except ValidationError as error:
        raise Invalid(error.errors()[0]["msg"]) from None


def _named(work: UnitOfWork, school: School, name: str) -> Client:
    client = clients.named(work, school.id, name)
    if client is None:
        raise NotFound("client", name)
    return client


def _tell(made: NewClient | NewSecret, client_id: object, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"client_id": str(client_id), "client_secret": made.client_secret}))
        return
    typer.echo(f"Client id: {client_id}")
    typer.echo(f"Secret, told this once: {made.client_secret}")
