"""Registers and marks as they are told, and marks as people make them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from adsum_api.attendance.rules import STATUSES
from adsum_api.lessons.schemas import LessonOut
from adsum_store.models import Correction, Mark
from adsum_store.repositories.elsewhere import Told
from adsum_store.repositories.register import Line

ByHand = Literal["present", "late", "left_early", "absent", "excused", "unmarked"]
"""What a person may say; `unmarked` takes back what people said, so that the machine's word counts again."""


class NewMark(BaseModel):
    """A person's word on a student; it beats the machine's, and the next person's beats it. Either a `status`
    or one of the school's own codes (`/v1/school/status-codes`), which brings its status."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"student_id": "0b6b2c1e-6f0f-4b8e-9a55-6a1f6a3f2d10", "status": "late", "minutes_late": 7},
                {"student_id": "0b6b2c1e-6f0f-4b8e-9a55-6a1f6a3f2d10", "code": "FT"},
            ]
        },
    )

    student_id: UUID
    status: ByHand | None = None
    code: Annotated[str, Field(min_length=1, max_length=16)] | None = None
    minutes_late: Annotated[int, Field(ge=1, le=720)] | None = None
    minutes_early: Annotated[int, Field(ge=1, le=720)] | None = None
    reason: Annotated[str, Field(max_length=500)] | None = None
    actor: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    source: Literal["teacher", "office"] = "teacher"

    @model_validator(mode="after")
    def _says_one_thing(self) -> NewMark:
        if (self.status is None) == (self.code is None):
            raise ValueError("give a status or a code, and not both")
        return self


class NewCorrection(BaseModel):
    """A face of the lesson is not the student whom it was taken for, but, if that can be told, another."""

    model_config = ConfigDict(extra="forbid")

    track_id: UUID
    student_id: UUID
    rather_id: UUID | None = None
    actor: Annotated[str, Field(min_length=1, max_length=100)] | None = None

    @model_validator(mode="after")
    def _is_somebody_else(self) -> NewCorrection:
        if self.rather_id == self.student_id:
            raise ValueError("rather_id is another student than student_id")
        return self


class CorrectionOut(BaseModel):
    """A correction as it is kept; it counts until it is taken back."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    lesson_id: UUID
    track_id: UUID
    student_id: UUID
    rather_id: UUID | None
    actor: str
    created_at: datetime
    taken_back_by: str | None
    taken_back_at: datetime | None

    @classmethod
    def of(cls, correction: Correction) -> CorrectionOut:
        """Return the correction as it is told."""
        return cls.model_validate(correction)


class StudentElsewhere(BaseModel):
    """A student of the school who is not on the roster."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    number: str
    name: str


class FaceElsewhere(BaseModel):
    """A face that fits nobody on the lesson's roster, and surely a student of the school. A hint for a
    person: it marks nobody. `student` is null unless the school's `known_elsewhere` is `with_name`."""

    track_id: UUID
    camera_id: UUID
    started_at: datetime
    last_seen_at: datetime
    student: StudentElsewhere | None

    @classmethod
    def of(cls, told: Told) -> FaceElsewhere:
        """Return the face as it is told."""
        track, student = told.track, told.student
        return cls(
            track_id=track.id, camera_id=track.camera_id, started_at=track.started_at,
            last_seen_at=track.last_seen_at,
            student=None if student is None else StudentElsewhere.model_validate(student),
        )  # fmt: skip


class MarkOut(BaseModel):
    """A row of the log. `evidence`: the ids of its tracks, and `captured_at` of their newest picture."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    lesson_id: UUID
    student_id: UUID
    status: str
    code: str | None
    minutes_late: int | None
    minutes_early: int | None
    source: str
    actor: str
    reason: str | None
    first_seen_at: datetime | None
    last_seen_at: datetime | None
    minutes_present: float | None
    evidence: dict[str, Any]
    marked_at: datetime

    @classmethod
    def of(cls, mark: Mark) -> MarkOut:
        """Return the mark as it is told."""
        return cls.model_validate(mark)


class Entry(BaseModel):
    """A student's line. `reason`: why the mark that counts says so; `may_be_a_picture` where the machine is
    not sure that it saw a person. `marked_at`: when the machine's first `present` or `late` was committed;
    `captured_at`: the newest picture that it knew then."""

    student_id: UUID
    number: str
    name: str
    status: str
    code: str | None
    minutes_late: int | None
    minutes_early: int | None
    first_seen_at: datetime | None
    last_seen_at: datetime | None
    minutes_present: float | None
    source: str | None
    reason: str | None
    marked_at: datetime | None
    captured_at: datetime | None


class EntryOfLesson(Entry):
    """A student's line, and the lesson it stands in."""

    lesson_id: UUID
    starts_at: datetime
    ends_at: datetime


class RegisterOut(BaseModel):
    """A lesson's register; `summary` counts every status that occurs."""

    lesson: LessonOut
    entries: list[Entry]
    summary: dict[str, int]


def entry_of(line: Line) -> Entry:
    """Return a line of the register as it is told."""
    return Entry.model_validate(_fields(line))


def entry_of_lesson(line: Line) -> EntryOfLesson:
    """Return a line as it is told outside its lesson."""
    lesson = line.lesson
    where = {"lesson_id": lesson.id, "starts_at": lesson.starts_at, "ends_at": lesson.ends_at}
    return EntryOfLesson.model_validate(_fields(line) | where)


def summary_of(entries: Sequence[Entry]) -> dict[str, int]:
    """Count the statuses that occur, in the order in which a register lists them."""
    counts = Counter(entry.status for entry in entries)
    return {status: counts[status] for status in STATUSES if counts[status]}


def _fields(line: Line) -> dict[str, Any]:
    entry = line.entry
    return {
        "student_id": line.student_id,
        "number": line.number,
        "name": line.name,
        "status": entry.status if entry else "unmarked",
        "code": entry.code if entry else None,
        "minutes_late": entry.minutes_late if entry else None,
        "minutes_early": entry.minutes_early if entry else None,
        "first_seen_at": entry.first_seen_at if entry else None,
        "last_seen_at": entry.last_seen_at if entry else None,
        "minutes_present": entry.minutes_present if entry else None,
        "source": entry.source if entry else None,
        "reason": line.reason,
        "marked_at": line.marked_at,
        "captured_at": line.captured_at,
    }
