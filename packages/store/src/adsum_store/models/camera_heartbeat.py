"""Camera heartbeats: proof that the room was seen, and how long each track lasted."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from adsum_store.models.base import Row


class CameraHeartbeat(Row):
    """The camera was in `state` from `since` to `at`; counters count what happened in between.

    `tracks` lists `{track_id, started_at, last_seen_at}`, `coverage` what faces looked like by place
    (`adsum_contracts.events.PlaceSeen`), `unsent` how many were not sent by reason. An old heartbeat is
    `condensed`: it stands for several that followed each other, without these three.
    """

    __tablename__ = "camera_heartbeats"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "camera_id"], ["cameras.school_id", "cameras.id"]),
        UniqueConstraint("camera_id", "spool_id", "sequence"),
        Index("ix_camera_heartbeats_time", "camera_id", "at"),
        Index("ix_camera_heartbeats_in_full", "at", postgresql_where=text("NOT condensed")),
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
    looks: Mapped[int] = mapped_column(server_default="0")
    fps: Mapped[float] = mapped_column(server_default="0")
    frame_age_s: Mapped[float | None]
    reconnects: Mapped[int] = mapped_column(server_default="0")
    spool_dropped: Mapped[int] = mapped_column(server_default="0")
    crops_sent: Mapped[int] = mapped_column(server_default="0")
    clock_offset_s: Mapped[float | None]
    lesson_coverage: Mapped[float | None]
    unsent: Mapped[dict[str, int]] = mapped_column(JSONB, server_default="{}")
    coverage: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    condensed: Mapped[bool] = mapped_column(server_default="false")
