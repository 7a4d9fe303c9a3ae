"""Signings of registers, in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from adsum_api.attendance.signing import Signature, speaks_as
from adsum_api.attendance.window import Speaker
from adsum_api.deps import Operator
from adsum_api.texts import Name

Reason = Annotated[str, Field(min_length=1, max_length=500)]


class FinaliseIn(BaseModel):
    """Who signs; the caller, unless `actor` says otherwise."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"actor": "Ms Keller", "source": "teacher"}]}
    )

    actor: Name | None = None
    source: Speaker = "teacher"
    reason: Reason | None = None

    def signature(self, caller: Operator) -> Signature:
        """Return it as it is kept: whoever is a teacher speaks as one."""
        return Signature(caller.actor(self.actor), speaks_as(caller, self.source), self.reason)


class ReopenIn(FinaliseIn):
    """Who opens it again, and why."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"actor": "Mr Frei", "source": "office", "reason": "Ada was with the school doctor"}]
        },
    )

    reason: Reason


class SigningOut(BaseModel):
    """One act on a register."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    lesson_id: UUID
    act: Literal["finalised", "reopened"]
    actor: str
    source: str
    reason: str | None
    signed_at: datetime
