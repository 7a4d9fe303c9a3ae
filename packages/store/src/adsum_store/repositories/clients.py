"""Clients of OAuth 2, their secrets and their access tokens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select

from adsum_store.models import AccessToken, Client, ClientSecret, School
from adsum_store.repositories.pages import EVERYTHING, PageWanted, narrowed
from adsum_store.unit_of_work import UnitOfWork


def add(work: UnitOfWork, school_id: UUID, name: str, scopes: Sequence[str]) -> Client:
    """Store a client; raise `IntegrityError` (uq_clients_school_id_name)."""
    client = Client(school_id=school_id, name=name, scopes=list(scopes))
    work.session.add(client)
    work.session.flush()
    return client


def get(work: UnitOfWork, school_id: UUID, client_id: UUID) -> Client | None:
    """Return the client, locked until the transaction ends."""
    return work.session.scalar(
        select(Client).where(Client.school_id == school_id, Client.id == client_id).with_for_update()
    )


def named(work: UnitOfWork, school_id: UUID, name: str) -> Client | None:
    """Return the client of this name."""
    return work.session.scalar(select(Client).where(Client.school_id == school_id, Client.name == name))


def all_of(work: UnitOfWork, school_id: UUID, wanted: PageWanted = EVERYTHING) -> Sequence[Client]:
    """Return a page of the clients by name, revoked ones too."""
    query = select(Client).where(Client.school_id == school_id)
    return work.session.scalars(narrowed(query, wanted, [Client.name], Client.updated_at.expression)).all()


def secrets_of(work: UnitOfWork, client: Client) -> Sequence[ClientSecret]:
    """Return the client's valid secrets, oldest first."""
    return work.session.scalars(
        select(ClientSecret)
        .where(ClientSecret.client_id == client.id)
        .order_by(ClientSecret.created_at, ClientSecret.id)
    ).all()


def add_secret(work: UnitOfWork, client: Client, secret_hash: bytes, now: datetime) -> ClientSecret:
    """Store a secret."""
    secret = ClientSecret(
        school_id=client.school_id, client_id=client.id, secret_hash=secret_hash, created_at=now
    )
    work.session.add(secret)
    work.session.flush()
    return secret


def drop_secret(work: UnitOfWork, client: Client, secret_id: UUID) -> bool:
    """Delete the secret; return whether it was there."""
    of_client = delete(ClientSecret).where(ClientSecret.client_id == client.id, ClientSecret.id == secret_id)
    return work.session.execute(of_client.returning(ClientSecret.id)).first() is not None


def drop_tokens(work: UnitOfWork, client: Client) -> None:
    """Let no access token of the client count any longer."""
    work.session.execute(delete(AccessToken).where(AccessToken.client_id == client.id))


def with_secret(work: UnitOfWork, client_id: UUID, secret_hash: bytes) -> Client | None:
    """Return the client that has this secret and was not revoked."""
    return work.session.scalar(
        select(Client)
        .join(ClientSecret, ClientSecret.client_id == Client.id)
        .where(Client.id == client_id, ClientSecret.secret_hash == secret_hash, Client.revoked_at.is_(None))
    )


def add_token(
    work: UnitOfWork, client: Client, token_hash: bytes, scopes: Sequence[str], expires_at: datetime
) -> None:
    """Store an access token."""
    work.session.add(
        AccessToken(
            school_id=client.school_id,
            client_id=client.id,
            token_hash=token_hash,
            scopes=list(scopes),
            expires_at=expires_at,
        )
    )
    work.session.flush()


def of_token(work: UnitOfWork, token_hash: bytes, now: datetime) -> tuple[Client, AccessToken, School] | None:
    """Return which client calls with this access token, the token, and the client's school."""
    query = (
        select(Client, AccessToken, School)
        .join(AccessToken, AccessToken.client_id == Client.id)
        .join(School, School.id == Client.school_id)
        .where(
            AccessToken.token_hash == token_hash, AccessToken.expires_at > now, Client.revoked_at.is_(None)
        )
    )
    found = work.session.execute(query).one_or_none()
    return None if found is None else (found[0], found[1], found[2])


def drop_expired_tokens(work: UnitOfWork, now: datetime) -> None:
    """Delete the access tokens of every school that have ended."""
    work.session.execute(delete(AccessToken).where(AccessToken.expires_at <= now))
