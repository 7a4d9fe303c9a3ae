"""What parents say, in, and whether there is consent, out."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from adsum_api.consents.rules import Reason, Rule, Says
from adsum_api.students.schemas import Method, Moment, Receipt
from adsum_api.texts import Name

GuardianRelation = Literal["parent", "guardian"]


class GuardianConsentIn(BaseModel):
    """`text_id`: which words they agreed to; `given_at`: when, now where it is left out."""

    model_config = ConfigDict(extra="forbid")

    method: Method = "paper"
    given_at: Moment | None = None
    expires_at: Moment | None = None
    text_id: UUID | None = None


class GuardianIn(BaseModel):
    """A parent of a student, with their consent, or their refusal, if it came along."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    relation: GuardianRelation = "parent"
    consent: GuardianConsentIn | None = None
    refuses: bool = False

    @model_validator(mode="after")
    def _says_one_thing(self) -> GuardianIn:
        if self.refuses and self.consent is not None:
            raise ValueError("a parent consents or refuses, not both")
        return self


class GuardianOut(BaseModel):
    """A registered parent."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    relation: str


class WordOut(BaseModel):
    """Somebody's last word; `says` is none where a registered parent has said nothing yet."""

    by: Literal["parent", "student", "unregistered"]
    guardian_id: UUID | None = None
    name: str
    says: Says | None = None
    said_at: datetime | None = None
    ends_at: datetime | None = None
    method: str | None = None
    text_id: UUID | None = None


class StandingOut(BaseModel):
    """Whether a face of this student may be kept, and what everybody said.

    `reason`: why not. `receipt`: what was deleted, where this very request ended the consent.
    """

    student_id: UUID
    holds: bool
    until: datetime | None = Field(
        description="when it ends if nobody says anything; none: never, or it lacks"
    )
    reason: Reason | None
    rule: Rule
    words: list[WordOut]
    receipt: Receipt | None = None
