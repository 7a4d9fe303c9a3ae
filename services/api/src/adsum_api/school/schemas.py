"""The school, in and out."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel, ConfigDict

from adsum_api.texts import Name


class SchoolOut(BaseModel):
    """`allow_attested_consent`: whether an operator may vouch for a consent, as the original demo did;
    `keep_enrolment_crops`: whether faces that were enrolled are kept, so that the model can be changed."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    timezone: str
    allow_attested_consent: bool
    keep_enrolment_crops: bool


class SchoolChange(BaseModel):
    """What is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    timezone: Name | None = None
    allow_attested_consent: bool | None = None
    keep_enrolment_crops: bool | None = None
