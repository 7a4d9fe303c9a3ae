"""Camera heartbeats: proof that the room was seen, and how long each track lasted."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from adsum_store.models.base import Row


class CameraHeartbeat(Row):
    """The camera was in `state` from `since` to `at`.

    `tracks` lists `{track_id, started_at, last_seen_at}`.
    """

    __tablename__ = "camera_heartbeats"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "camera_id"], ["cameras.school_id", "cameras.id"]),
        UniqueConstraint("camera_id", "spool_id", "sequence"),
        Index("ix_camera_heartbeats_time", "camera_id", "at"),
    )

    camera_id: Mapped[UUID]
    spool_id: Mapped[UUID]
    sequence: Mapped[int] = mapped_column(BigInteger)
    since: Mapped[datetime]
    at: Mapped[datetime]
    state: Mapped[str]
    frames: Mapped[int]
    frames_dropped: Mapped[int]
    faces: Mapped[int]
    faces_too_small: Mapped[int]
    spool_depth: Mapped[int]
    tracks: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
