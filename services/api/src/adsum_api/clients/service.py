"""Clients of OAuth 2: made, given secrets, revoked, and given access tokens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from adsum_api.access.rights import Right
from adsum_api.access.secrets import hash_of, new_secret
from adsum_api.clients.schemas import ClientIn, ClientOut, NewClient, NewSecret
from adsum_api.errors import Conflict, NotFound
from adsum_store.models import Client
from adsum_store.repositories import clients
from adsum_store.unit_of_work import UnitOfWork

MOST_SECRETS: Final = 2
"""The one in use, and the one that takes its place."""
TOKEN_LIFE: Final = timedelta(minutes=15)


class TooManySecrets(Conflict):
    """A client has as many secrets as it can have."""

    def __init__(self) -> None:
        super().__init__("this client has two secrets: delete the one that is no longer used")


class LastSecret(Conflict):
    """Without a secret a client is none."""

    def __init__(self) -> None:
        super().__init__("this is the client's only secret: add another one first, or revoke the client")


def add(work: UnitOfWork, school_id: UUID, wanted: ClientIn, now: datetime) -> NewClient:
    """Store a client with its first secret, which this answer alone has in the clear."""
    client = clients.add(work, school_id, wanted.name, wanted.scopes)
    made = _add_secret(work, client, now)
    return NewClient(
        **ClientOut.of(client).model_dump(), secret_id=made.secret_id, client_secret=made.client_secret
    )


def add_secret(work: UnitOfWork, school_id: UUID, client_id: UUID, now: datetime) -> NewSecret:
    """Give the client a second secret; raise `NotFound` or `TooManySecrets`."""
    client = get(work, school_id, client_id)
    if len(clients.secrets_of(work, client)) >= MOST_SECRETS:
        raise TooManySecrets
    return _add_secret(work, client, now)


def drop_secret(work: UnitOfWork, school_id: UUID, client_id: UUID, secret_id: UUID) -> None:
    """Let a secret open nothing any more, nor the tokens that were had so far; raise `NotFound` or
    `LastSecret`."""
    client = get(work, school_id, client_id)
    there = [secret.id for secret in clients.secrets_of(work, client)]
    if secret_id not in there:
        raise NotFound("secret", secret_id)
    if there == [secret_id]:
        raise LastSecret
    clients.drop_secret(work, client, secret_id)
    clients.drop_tokens(work, client)


def revoke(work: UnitOfWork, school_id: UUID, client_id: UUID, now: datetime) -> Client:
    """Let a client call no more, from this moment; raise `NotFound`."""
    client = get(work, school_id, client_id)
    client.revoked_at = client.revoked_at or now
    clients.drop_tokens(work, client)
    return client


def get(work: UnitOfWork, school_id: UUID, client_id: UUID) -> Client:
    """Return the client, locked until the transaction ends; raise `NotFound`."""
    client = clients.get(work, school_id, client_id)
    if client is None:
        raise NotFound("client", client_id)
    return client


def give_token(work: UnitOfWork, client: Client, scopes: Sequence[str], now: datetime) -> str:
    """Return a new access token for some of the client's scopes."""
    token = new_secret()
    clients.add_token(work, client, hash_of(token), scopes, now + TOKEN_LIFE)
    return token


def scopes_of(client: Client, asked: str) -> list[str] | None:
    """Return the scopes that a token gets: those asked for, else all; None where one is not the client's."""
    granted = [scope for scope in client.scopes if scope in list(Right)]
    wanted = sorted(set(asked.split())) or granted
    return wanted if set(wanted) <= set(granted) else None


def _add_secret(work: UnitOfWork, client: Client, now: datetime) -> NewSecret:
    secret = new_secret()
    kept = clients.add_secret(work, client, hash_of(secret), now)
    return NewSecret(client_id=client.id, secret_id=kept.id, client_secret=secret)
