"""Tracks: who a face followed by a camera is, decided from all its committed sightings."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from adsum_store.models.base import Row


class Track(Row):
    """`id` is the camera's track id; a track that outlasts a lesson has a row in each. `decision`:
    `recognised`, `ambiguous` or `unknown`; `reason` says why a face has no name, `review` why a name must
    be looked at by a person before it counts. `captured_at` is the latest
    sighting that the decision knew of."""

    __tablename__ = "tracks"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "camera_id"], ["cameras.school_id", "cameras.id"]),
        ForeignKeyConstraint(["school_id", "lesson_id"], ["lessons.school_id", "lessons.id"]),
        ForeignKeyConstraint(
            ["school_id", "student_id"], ["students.school_id", "students.id"], ondelete="CASCADE"
        ),
        Index("ix_tracks_lesson", "lesson_id", "student_id"),
        Index("ix_tracks_elsewhere", "elsewhere_id", postgresql_where=text("elsewhere_id IS NOT NULL")),
    )

    camera_id: Mapped[UUID]
    lesson_id: Mapped[UUID] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    since: Mapped[datetime | None]
    """Of a track with a name: since when its owner has been there, in unnamed tracks that led to it."""
    last_seen_at: Mapped[datetime]
    captured_at: Mapped[datetime]
    decision: Mapped[str]
    student_id: Mapped[UUID | None]
    score: Mapped[float | None]
    margin: Mapped[float | None]
    reason: Mapped[str | None]
    elsewhere_id: Mapped[UUID | None] = mapped_column(ForeignKey("students.id", ondelete="SET NULL"))
    """Of a face that is `known_elsewhere`: who, where the school lets it be told. It marks nobody."""
    review: Mapped[str | None]
    sightings: Mapped[int]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
