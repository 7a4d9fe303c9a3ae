"""The school, in and out."""

from __future__ import annotations

from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from adsum_api.consents.rules import Rule
from adsum_api.texts import Name
from adsum_store.jurisdictions import Place

OF_CONSENTS: Final = frozenset({
    "allow_attested_consent", "keep_enrolment_crops", "jurisdiction", "consent_rule", "dpia_reference",
})  # fmt: skip
"""What decides which consents hold, and which faces are kept by them."""

ErasedMarks = Literal["deleted", "anonymised"]
KnownElsewhere = Literal["off", "without_name", "with_name"]


class SchoolOut(BaseModel):
    """`allow_attested_consent`: whether an operator may vouch for a consent, as the original demo did;
    `keep_enrolment_crops`: whether faces that were enrolled are kept, so that the model can be changed;
    `known_elsewhere`: what a lesson is told of a face that fits nobody on its roster and surely a student of
    the school, which marks nobody: with `off` it is not even looked up;
    `correction_days`: so many days after a lesson its teachers may still change its register, the office
    always; `warn_after_lessons` and `warn_after_days`: so many missed in a row are held as a warning, 0 for
    never;
    `erased_marks`: whether the marks of a student who is erased go too, or stay under nobody's name, where
    the law has the register kept;
    `retention_days`: how many days data of a kind is kept, where not as usual: see `GET /v1/retention`;
    `jurisdiction`: whose law holds: `us-ny-k12` (no faces at all), `us-il` (written release, three years),
    `eu` (no face before there is a `dpia_reference`)."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    timezone: str
    allow_attested_consent: bool
    keep_enrolment_crops: bool
    known_elsewhere: KnownElsewhere
    correction_days: int
    warn_after_lessons: int
    warn_after_days: int
    erased_marks: ErasedMarks
    retention_days: dict[str, int]
    jurisdiction: Place
    consent_rule: Rule
    dpia_reference: str | None


class SchoolChange(BaseModel):
    """What is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    timezone: Name | None = None
    allow_attested_consent: bool | None = None
    keep_enrolment_crops: bool | None = None
    known_elsewhere: KnownElsewhere | None = None
    correction_days: Annotated[int, Field(ge=0, le=400)] | None = None
    warn_after_lessons: Annotated[int, Field(ge=0, le=200)] | None = None
    warn_after_days: Annotated[int, Field(ge=0, le=40)] | None = None
    erased_marks: ErasedMarks | None = None
    retention_days: Annotated[dict[str, int], Field(max_length=20)] | None = None
    jurisdiction: Place | None = None
    consent_rule: Rule | None = None
    dpia_reference: Name | None = None
