"""What the cameras of a room reported: when they watched it, and whom they followed. Read only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, select, true

from adsum_store.models import Camera, CameraHeartbeat, Lesson, Track
from adsum_store.unit_of_work import UnitOfWork

SEEING: Final = ("watching", "capacity_limited")
"""The states of a camera in which somebody who is there can be seen."""


def watched(
    work: UnitOfWork, school_id: UUID, room_id: UUID, start: datetime, end: datetime
) -> Sequence[tuple[datetime, datetime]]:
    """Return the spans in which a camera of the room saw it, as far as they touch [start, end]."""
    wanted = {"school_id": school_id, "room_id": room_id, "start": start, "end": end}
    return [(since, at) for since, at in work.session.execute(_watched(), wanted)]


def recognised_tracks(work: UnitOfWork, school_id: UUID, lesson_id: UUID) -> Sequence[Track]:
    """Return the lesson's tracks that have a name, as they are committed now."""
    return work.session.scalars(_recognised(), {"school_id": school_id, "lesson_id": lesson_id}).all()


# A lesson that is taken in asks these: each is built once, since building takes longer than the answer.


@cache
def _watched() -> Select[datetime, datetime]:
    return (
        select(CameraHeartbeat.since, CameraHeartbeat.at)
        .join(Camera, Camera.id == CameraHeartbeat.camera_id)
        .where(
            Camera.school_id == bindparam("school_id"),
            Camera.room_id == bindparam("room_id"),
            CameraHeartbeat.state.in_(SEEING),
            CameraHeartbeat.at >= bindparam("start"),
            CameraHeartbeat.since <= bindparam("end"),
            CameraHeartbeat.since <= CameraHeartbeat.at,
        )
    )


@cache
def _recognised() -> Select[Track]:
    query = select(Track).where(
        Track.school_id == bindparam("school_id"),
        Track.lesson_id == bindparam("lesson_id"),
        Track.decision == "recognised",
        Track.student_id.is_not(None),
    )
    return query.execution_options(populate_existing=True)


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
