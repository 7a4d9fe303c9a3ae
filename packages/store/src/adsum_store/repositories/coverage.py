"""What the cameras of a room reported: when they watched it, and whom they followed. Read only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.sql.selectable import LateralFromClause

from adsum_store.models import Camera, CameraHeartbeat, Lesson, Track
from adsum_store.unit_of_work import UnitOfWork

SEEING: Final = ("watching", "capacity_limited")
"""The states of a camera in which somebody who is there can be seen."""


@dataclass(frozen=True, slots=True)
class CameraState:
    """The last thing that a camera said, and when; None for both when it never spoke."""

    camera_id: UUID
    name: str
    room_id: UUID
    state: str | None
    at: datetime | None


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


def camera_states(work: UnitOfWork, school_id: UUID) -> Sequence[CameraState]:
    """Return what each camera that may speak said last, by name."""
    newest = _newest_heartbeat()
    query = (
        select(Camera.id, Camera.name, Camera.room_id, newest.c.state, newest.c.at)
        .outerjoin(newest, true())
        .where(Camera.school_id == school_id, ~Camera.revoked)
        .order_by(Camera.name)
    )
    return [
        CameraState(camera_id, name, room_id, state, at)
        for camera_id, name, room_id, state, at in work.session.execute(query)
    ]


def camera_owes_news() -> ColumnElement[bool]:
    """Whether, of a `Lesson` in the query around it, a camera of the room was watching when it last spoke
    in the lesson, and has not spoken since its end."""
    newest = _newest_heartbeat(CameraHeartbeat.at >= Lesson.starts_at)
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


def _newest_heartbeat(*of: ColumnElement[bool]) -> LateralFromClause:
    return (
        select(CameraHeartbeat.state, CameraHeartbeat.at)
        .where(CameraHeartbeat.camera_id == Camera.id, *of)
        .order_by(CameraHeartbeat.at.desc())
        .limit(1)
        .correlate(Camera, Lesson)
        .lateral()
    )
