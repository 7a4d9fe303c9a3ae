"""Join tokens and what a camera's credentials are doing, in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class JoinTokenIn(BaseModel):
    """For which cameras a box is to be let in, and how long it may take to come."""

    model_config = ConfigDict(extra="forbid")

    camera_ids: Annotated[list[UUID], Field(min_length=1, max_length=50)]
    minutes: Annotated[int, Field(ge=1, le=24 * 60)] = 15


class JoinTokenOut(BaseModel):
    """A token that one box may use once. `command` is what to type on it; the token is told this one time."""

    id: UUID
    camera_ids: list[UUID]
    token: str
    expires_at: datetime
    command: str


class JoinIn(BaseModel):
    """What a box shows when it comes for the first time."""

    model_config = ConfigDict(extra="forbid")

    token: Annotated[str, Field(min_length=1, max_length=200)]


class RenewalIn(BaseModel):
    """`grace_hours`: how long the box may take. Then its credentials of now end whether it came or not."""

    model_config = ConfigDict(extra="forbid")

    grace_hours: Annotated[int, Field(ge=1, le=24 * 30)] = 24 * 7


class CredentialsOut(BaseModel):
    """How a camera's box is let in. No secret is in it.

    `moving`: it was offered new credentials and has not used them; those of before end at `ends_at`, or as
    soon as it uses the new ones.
    """

    camera_id: UUID
    state: Literal["in_force", "moving", "shut_out"]
    joined_at: datetime
    ends_at: datetime | None
