"""What is said of clients."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from adsum_api.access.rights import SCOPES, Right
from adsum_api.texts import Name
from adsum_store.models import Client, ClientSecret


def _grantable(scopes: list[Right]) -> list[Right]:
    refused = sorted(set(scopes) - SCOPES)
    if refused:
        raise ValueError(f"no client may have {', '.join(refused)}: people make accounts and clients")
    return sorted(set(scopes))


Scopes = Annotated[list[Right], Field(min_length=1, max_length=len(Right)), AfterValidator(_grantable)]


class ClientIn(BaseModel):
    """A new client, and all that it may ever ask for."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"name": "Timetable", "scopes": ["attendance:read", "roster:read"]}},
    )

    name: Name
    scopes: Scopes


class SecretOut(BaseModel):
    """A secret that is valid; what it is, nobody knows any more."""

    id: UUID
    created_at: datetime

    @classmethod
    def of(cls, secret: ClientSecret) -> SecretOut:
        """Tell of a stored secret."""
        return cls(id=secret.id, created_at=secret.created_at)


class ClientOut(BaseModel):
    """A client; one that was `revoked_at` a time calls no more. Its `id` is its `client_id`."""

    id: UUID
    name: str
    scopes: list[str]
    created_at: datetime
    revoked_at: datetime | None

    @classmethod
    def of(cls, client: Client) -> ClientOut:
        """Tell of a stored client."""
        return cls(
            id=client.id,
            name=client.name,
            scopes=client.scopes,
            created_at=client.created_at,
            revoked_at=client.revoked_at,
        )


class NewSecret(BaseModel):
    """A secret, told this once."""

    client_id: UUID
    secret_id: UUID
    client_secret: str


class NewClient(ClientOut):
    """A client with its first secret, told this once."""

    secret_id: UUID
    client_secret: str
