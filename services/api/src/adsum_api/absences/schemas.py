"""Planned absences, in and out."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from adsum_api.texts import Name

Kind = Literal["family", "medical", "education", "other"]
Text = Annotated[str, Field(max_length=500)]
MOST_LESSONS = 100


class AbsenceIn(BaseModel):
    """A student will not come, or did not: on the days from `starts_on` to `ends_on`, both included, or in
    the lessons `lesson_ids`. `told_by`: who told the school; `document`: its proof, such as a note's number.
    A medical reason needs no diagnosis: leave `reason` out."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "student_id": "0b6b2c1e-6f0f-4b8e-9a55-6a1f6a3f2d10",
                    "starts_on": "2026-02-11",
                    "ends_on": "2026-02-13",
                    "kind": "family",
                    "reason": "a wedding",
                    "told_by": "mother, by telephone",
                }
            ]
        },
    )

    student_id: UUID
    starts_on: date | None = None
    ends_on: date | None = None
    lesson_ids: Annotated[list[UUID], Field(min_length=1, max_length=MOST_LESSONS)] | None = None
    kind: Kind
    reason: Text | None = None
    told_by: Name
    document: Text | None = None

    @model_validator(mode="after")
    def _says_when(self) -> AbsenceIn:
        if self.lesson_ids is not None and (self.starts_on is not None or self.ends_on is not None):
            raise ValueError("give lesson_ids, or starts_on and ends_on, not both")
        if self.lesson_ids is None and (self.starts_on is None or self.ends_on is None):
            raise ValueError("give starts_on and ends_on, or lesson_ids")
        if self.starts_on is not None and self.ends_on is not None and self.ends_on < self.starts_on:
            raise ValueError("ends_on lies before starts_on")
        return self


class AbsenceOut(BaseModel):
    """A planned absence as it is kept; it excuses until it is withdrawn."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    student_id: UUID
    starts_on: date
    ends_on: date
    lesson_ids: list[UUID] | None
    kind: Kind
    reason: str | None
    told_by: str
    document: str | None
    recorded_by: str
    created_at: datetime
    withdrawn_by: str | None
    withdrawn_at: datetime | None
