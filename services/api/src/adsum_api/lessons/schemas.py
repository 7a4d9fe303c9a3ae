"""Lessons as they are asked for and told."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from adsum_store.models import Lesson
from adsum_store.repositories.lessons import PlacedLesson

State = Literal["scheduled", "running", "closing", "closed", "cancelled"]
Seconds = Annotated[int, Field(ge=0, le=6 * 3600)]
Threshold = Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]


class NewLesson(BaseModel):
    """A lesson of a section, or, without one, of every student with consent.

    `late_after_s`: the section's, where it is not given. `threshold`: a cosine similarity stricter than
    the model's floor. The same `key` opens the same lesson once.
    """

    model_config = ConfigDict(extra="forbid")

    section_id: UUID | None = None
    room_id: UUID
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    late_after_s: Seconds | None = None
    threshold: Threshold | None = None
    key: Annotated[str, Field(min_length=1, max_length=200)] | None = None


class Links(BaseModel):
    """Where to go from a lesson; `close` is a POST that ends it now."""

    register_: Annotated[str, Field(serialization_alias="register")]
    events: str
    close: str
    page: str


class LessonOut(BaseModel):
    """A lesson. `closing`: its time is over, and its register is about to be finalised; `cancelled`: its
    calendar no longer has it, or it falls on a holiday. `closed_at`: when the machine judged who never came;
    `finalised_at`: when a person signed the register."""

    id: UUID
    section_id: UUID | None
    section: str | None
    room_id: UUID
    room: str
    starts_at: datetime
    ends_at: datetime
    late_after_s: int
    threshold: float | None
    key: str
    state: State
    closed_at: datetime | None
    finalised_at: datetime | None
    finalised_by: str | None
    links: Links


def state_of(lesson: Lesson, now: datetime) -> State:
    """Return where a lesson stands at `now`."""
    if lesson.cancelled_at is not None:
        return "cancelled"
    if lesson.closed_at is not None:
        return "closed"
    if now < lesson.starts_at:
        return "scheduled"
    return "running" if now < lesson.ends_at else "closing"


def lesson_out(placed: PlacedLesson, now: datetime) -> LessonOut:
    """Return the lesson as it is told at `now`."""
    lesson = placed.lesson
    here = f"/v1/lessons/{lesson.id}"
    return LessonOut(
        id=lesson.id,
        section_id=lesson.section_id,
        section=placed.section,
        room_id=lesson.room_id,
        room=placed.room,
        starts_at=lesson.starts_at,
        ends_at=lesson.ends_at,
        late_after_s=lesson.late_after_s,
        threshold=lesson.threshold,
        key=lesson.key,
        state=state_of(lesson, now),
        closed_at=lesson.closed_at,
        finalised_at=lesson.finalised_at,
        finalised_by=lesson.finalised_by,
        links=Links(
            register_=f"{here}/register",
            events=f"{here}/events",
            close=f"{here}/close",
            page=f"/lessons/{lesson.id}",
        ),
    )
