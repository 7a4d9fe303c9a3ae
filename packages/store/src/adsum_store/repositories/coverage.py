"""What the cameras of a room reported: when they watched it, and whom they followed. Read only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, select, true

from adsum_store.models import Camera, CameraHeartbeat, Lesson, Track
from adsum_store.unit_of_work import UnitOfWork

SEEING: Final = ("watching", "capacity_limited")
"""The states of a camera in which somebody who is there can be seen."""


def watched(
    work: UnitOfWork, school_id: UUID, room_id: UUID, start: datetime, end: datetime
) -> Sequence[tuple[datetime, datetime]]:
    """Return the spans in which a camera of the room saw it, as far as they touch [start, end]."""
    query = (
        select(CameraHeartbeat.since, CameraHeartbeat.at)
        .join(Camera, Camera.id == CameraHeartbeat.camera_id)
        .where(
            Camera.school_id == school_id,
            Camera.room_id == room_id,
            CameraHeartbeat.state.in_(SEEING),
            CameraHeartbeat.at >= start,
            CameraHeartbeat.since <= end,
            CameraHeartbeat.since <= CameraHeartbeat.at,
        )
    )
    return [(since, at) for since, at in work.session.execute(query)]


def recognised_tracks(work: UnitOfWork, school_id: UUID, lesson_id: UUID) -> Sequence[Track]:
    """Return the lesson's tracks that have a name, as they are committed now."""
    query = select(Track).where(
        Track.school_id == school_id,
        Track.lesson_id == lesson_id,
        Track.decision == "recognised",
        Track.student_id.is_not(None),
    )
    return work.session.scalars(query.execution_options(populate_existing=True)).all()


def camera_owes_news() -> ColumnElement[bool]:
    """Whether, of a `Lesson` in the query around it, a camera of the room was watching when it last spoke
    in the lesson, and has not spoken since its end."""
    newest = (
        select(CameraHeartbeat.state, CameraHeartbeat.at)
        .where(CameraHeartbeat.camera_id == Camera.id, CameraHeartbeat.at >= Lesson.starts_at)
        .order_by(CameraHeartbeat.at.desc())
        .limit(1)
        .correlate(Camera, Lesson)
        .lateral()
    )
    return (
        select(newest.c.at)
        .select_from(Camera)
        .join(newest, true())
        .where(
            Camera.school_id == Lesson.school_id,
            Camera.room_id == Lesson.room_id,
            ~Camera.revoked,
            newest.c.state.in_(SEEING),
            newest.c.at < Lesson.ends_at,
        )
        .correlate(Lesson)
        .exists()
    )
