"""Sightings: one row for each crop that a camera sent, with its best candidates. No picture, no vector."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from adsum_store.models.base import Row


class Sighting(Row):
    """`candidates`: `[{student_id, score}]`, best first, one per student; empty when `refusal` is set or
    when no lesson was held in the room. `doubt`, 0 to 1, and `cues`: why the face may be a picture, as far
    as its camera could say. Unique on (camera, spool, sequence): a replay is no second row."""

    __tablename__ = "sightings"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "camera_id"], ["cameras.school_id", "cameras.id"]),
        ForeignKeyConstraint(["school_id", "lesson_id"], ["lessons.school_id", "lessons.id"]),
        UniqueConstraint("camera_id", "spool_id", "sequence"),
        Index("ix_sightings_track", "track_id", "captured_at"),
        Index("ix_sightings_lesson", "lesson_id"),
        Index("ix_sightings_time", "captured_at"),
        Index("ix_sightings_elsewhere", "elsewhere_id", postgresql_where=text("elsewhere_id IS NOT NULL")),
    )

    camera_id: Mapped[UUID]
    spool_id: Mapped[UUID]
    sequence: Mapped[int] = mapped_column(BigInteger)
    lesson_id: Mapped[UUID | None]
    track_id: Mapped[UUID]
    track_started_at: Mapped[datetime]
    captured_at: Mapped[datetime]
    model_id: Mapped[str]
    quality: Mapped[float]
    detector_score: Mapped[float]
    face_px: Mapped[float]
    frame_box: Mapped[list[float]] = mapped_column(JSONB)
    """x, y, width and height of the face in the frame, pixels: where in the room it was."""
    refusal: Mapped[str | None]
    doubt: Mapped[float | None]
    cues: Mapped[list[str]] = mapped_column(JSONB, server_default="[]")
    candidates: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    elsewhere: Mapped[bool | None]
    """Of the newest crops of a track that are like nobody on the roster: whether they are surely somebody of
    the school; None where nobody looked it up."""
    elsewhere_id: Mapped[UUID | None] = mapped_column(ForeignKey("students.id", ondelete="SET NULL"))
    """Who, where the school lets it be told."""
