"""Camera heartbeats: that the room was seen, and from when to when each track was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from sqlalchemy import DateTime, Uuid, column, func, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from adsum_store.models import CameraHeartbeat


class HeartbeatRow(TypedDict):
    """The columns of a new heartbeat."""

    school_id: UUID
    camera_id: UUID
    spool_id: UUID
    sequence: int
    since: datetime
    at: datetime
    state: str
    frames: int
    frames_dropped: int
    faces: int
    faces_too_small: int
    spool_depth: int
    tracks: list[dict[str, str]]
    looks: int
    fps: float
    frame_age_s: float | None
    reconnects: int
    spool_dropped: int
    crops_sent: int
    clock_offset_s: float | None
    lesson_coverage: float | None
    unsent: dict[str, int]
    coverage: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when a camera says that it followed a track."""

    started_at: datetime
    last_seen_at: datetime


def insert_new(session: Session, row: HeartbeatRow) -> None:
    """Store the heartbeat, once."""
    session.execute(insert(CameraHeartbeat).values(row).on_conflict_do_nothing())


def spans(session: Session, camera_ids: Sequence[UUID], since: datetime, until: datetime) -> dict[UUID, Span]:
    """Return, by track id, what the cameras' heartbeats of that time say about their tracks."""
    alive = (
        func.jsonb_to_recordset(CameraHeartbeat.tracks)
        .table_valued(
            column("track_id", Uuid),
            column("started_at", DateTime(timezone=True)),
            column("last_seen_at", DateTime(timezone=True)),
        )
        .render_derived("alive", with_types=True)
    )
    rows = session.execute(
        select(alive.c.track_id, func.min(alive.c.started_at), func.max(alive.c.last_seen_at))
        .select_from(CameraHeartbeat)
        .join(alive, true())
        .where(
            CameraHeartbeat.camera_id.in_(camera_ids),
            CameraHeartbeat.at >= since,
            CameraHeartbeat.since <= until,
        )
        .group_by(alive.c.track_id)
    )
    return {track_id: Span(started_at, last_seen_at) for track_id, started_at, last_seen_at in rows}
