"""Lessons: the unit of attendance."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from adsum_store.models.base import Row


class Lesson(Row):
    """Held in `room_id` from `starts_at` to `ends_at` (half open, UTC).

    Without a section it is ad hoc: its roster is every consented student of the school.
    `threshold` is a stricter one asked for by whoever opened it; `closed_at` is set once, when the
    lesson is over and its register was computed a last time; `applied_at` is when it was last computed at
    all. `finalised_at` and `finalised_by`: a person signed its register, and nobody has opened it again.
    `key` makes opening it idempotent. One that a calendar asked for is known by `event_uid` and
    `recurrence_id`; `cancelled_at` is set where it is not held after all, and it takes no room then.
    """

    __tablename__ = "lessons"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "section_id"], ["sections.school_id", "sections.id"]),
        ForeignKeyConstraint(["school_id", "room_id"], ["rooms.school_id", "rooms.id"]),
        ForeignKeyConstraint(["school_id", "calendar_id"], ["calendars.school_id", "calendars.id"]),
        UniqueConstraint("school_id", "key"),
        UniqueConstraint("calendar_id", "event_uid", "recurrence_id"),
        UniqueConstraint("school_id", "id"),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        Index("ix_lessons_time", "school_id", "starts_at"),
        Index("ix_lessons_room_time", "school_id", "room_id", "starts_at"),
    )

    section_id: Mapped[UUID | None]
    room_id: Mapped[UUID]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    late_after_s: Mapped[int]
    threshold: Mapped[float | None]
    closed_at: Mapped[datetime | None]
    applied_at: Mapped[datetime | None]
    finalised_at: Mapped[datetime | None]
    finalised_by: Mapped[str | None]
    cancelled_at: Mapped[datetime | None]
    calendar_id: Mapped[UUID | None]
    event_uid: Mapped[str | None]
    recurrence_id: Mapped[str | None]
    key: Mapped[str]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
