"""Clients of OAuth 2: programs that call the API, with their secrets and access tokens."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, LargeBinary, Text, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from adsum_store.models.base import Row


class Client(Row):
    """A program, and the `scopes` that it may ask for."""

    __tablename__ = "clients"
    __table_args__ = (UniqueConstraint("school_id", "id"), UniqueConstraint("school_id", "name"))

    name: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    revoked_at: Mapped[datetime | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ClientSecret(Row):
    """A secret of a client; while one takes another's place both are valid. Hash as `AccessToken`'s."""

    __tablename__ = "client_secrets"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "client_id"], ["clients.school_id", "clients.id"], ondelete="CASCADE"
        ),
    )

    client_id: Mapped[UUID] = mapped_column(index=True)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary)


class AccessToken(Row):
    """What a client calls with, for some minutes. `token_hash`: SHA-256 of its 256 random bits."""

    __tablename__ = "access_tokens"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "client_id"], ["clients.school_id", "clients.id"], ondelete="CASCADE"
        ),
    )

    client_id: Mapped[UUID] = mapped_column(index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    expires_at: Mapped[datetime] = mapped_column(index=True)
