"""A lesson's review, in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from adsum_api.attendance.review import Kind, Suggestion
from adsum_api.attendance.schemas import MarkOut
from adsum_api.attendance.signing_schemas import FinaliseIn
from adsum_api.lessons.schemas import LessonOut

Decided = Literal["present", "late", "left_early", "absent", "excused"]


class Decision(BaseModel):
    """One student; without a `status`, what the review suggests."""

    model_config = ConfigDict(extra="forbid")

    student_id: UUID
    status: Decided | None = None
    minutes_late: Annotated[int, Field(ge=1, le=720)] | None = None

    @model_validator(mode="after")
    def _minutes_go_with_late(self) -> Decision:
        if self.minutes_late is not None and self.status != "late":
            raise ValueError("minutes_late goes with the status `late` alone")
        return self


class ConfirmIn(FinaliseIn):
    """Whom a person confirms: without `students`, everybody for whom something is suggested. With the
    `version` that was read, it is refused when the review has changed since."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"version": "5b0e1c7b6a1f4d0f9e2a7c31"},
                {
                    "students": [
                        {"student_id": "0b6b2c1e-6f0f-4b8e-9a55-6a1f6a3f2d10"},
                        {"student_id": "9f1d8a52-3c7e-4f55-b1c4-1f2f0f6c9d7a", "status": "excused"},
                    ]
                },
            ]
        },
    )

    students: Annotated[list[Decision], Field(min_length=1, max_length=500)] | None = None
    version: Annotated[str, Field(max_length=64)] | None = None


class ReviewItemOut(BaseModel):
    """A student to look at. `suggested`: what confirming says, null where a person has to choose, because the
    camera could not see whether they were there. `tracks`: the faces that the machine's word rests on."""

    student_id: UUID
    number: str
    name: str
    kind: Kind
    status: str
    suggested: Suggestion | None
    minutes_late: int | None
    first_seen_at: datetime | None
    last_seen_at: datetime | None
    tracks: list[UUID]


class UnnamedFace(BaseModel):
    """A face that fits nobody surely enough: perhaps one of those who are missing."""

    track_id: UUID
    camera_id: UUID
    camera: str
    started_at: datetime
    last_seen_at: datetime
    decision: Literal["unknown", "ambiguous"]
    reason: str | None


class ReviewOut(BaseModel):
    """Whom a person has to look at, and nobody else. `waiting` students have no word at all yet: as long as
    there are any, the register cannot be finalised. `faces` are told while somebody is missing."""

    lesson: LessonOut
    version: str
    waiting: int
    items: list[ReviewItemOut]
    faces: list[UnnamedFace]


class ConfirmedOut(BaseModel):
    """What was marked; `id` takes it back as one."""

    id: UUID
    marks: list[MarkOut]
