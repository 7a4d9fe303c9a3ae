"""How cameras and registers of all schools stand, in numbers: what whoever runs the machines looks at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import and_, exists, func, select, true

from adsum_store.models import Camera, CameraHeartbeat, Lesson
from adsum_store.unit_of_work import UnitOfWork

RECENT: Final = timedelta(days=1)
"""Of lessons: a register that nobody signs for longer is in the list of missing registers."""


@dataclass(frozen=True, slots=True)
class CameraStanding:
    """A camera by its newest heartbeat: its age, what the source brings, what waits in its spool, and the
    share of the lesson under way that it saw (None while there is none). `clock_offset_s`: the ingress
    server's clock minus its own."""

    camera_id: UUID
    state: str
    age_s: float
    fps: float
    spool_depth: int
    lesson_coverage: float | None
    clock_offset_s: float | None


@dataclass(frozen=True, slots=True)
class LessonCounts:
    """Lessons that began within `RECENT`: under way, over and not closed by the machine yet, closed and not
    signed by a person, and signed."""

    running: int
    closing: int
    unsigned: int
    signed: int


def cameras(work: UnitOfWork, now: datetime, school_id: UUID | None = None) -> Sequence[CameraStanding]:
    """Return how each camera, of one school or of all, stands that ever gave a sign of life and is not
    revoked."""
    newest = (
        select(CameraHeartbeat)
        .where(CameraHeartbeat.camera_id == Camera.id)
        .order_by(CameraHeartbeat.at.desc())
        .limit(1)
        .lateral("newest")
    )
    query = (
        select(
            Camera.id, newest.c.state, newest.c.at, newest.c.fps, newest.c.spool_depth,
            newest.c.lesson_coverage, newest.c.clock_offset_s,
        )
        .join(newest, true())
        .where(~Camera.revoked, true() if school_id is None else Camera.school_id == school_id)
        .order_by(Camera.id)
    )  # fmt: skip
    return [
        CameraStanding(camera_id, state, max((now - at).total_seconds(), 0.0), fps, depth, coverage, offset)
        for camera_id, state, at, fps, depth, coverage, offset in work.session.execute(query)
    ]


def unheard(work: UnitOfWork, school_id: UUID) -> int:
    """Count the school's cameras that never gave a sign of life and are not revoked."""
    heard = exists().where(CameraHeartbeat.camera_id == Camera.id)
    query = (
        select(func.count()).select_from(Camera).where(Camera.school_id == school_id, ~Camera.revoked, ~heard)
    )
    return work.session.scalar(query) or 0


def lessons(work: UnitOfWork, now: datetime) -> LessonCounts:
    """Count the lessons of every school that began within `RECENT`; a cancelled one is none."""
    over, closed = Lesson.ends_at <= now, Lesson.closed_at.is_not(None)
    signed = Lesson.finalised_at.is_not(None)
    counts = (
        func.count().filter(~over),
        func.count().filter(and_(over, ~closed)),
        func.count().filter(and_(closed, ~signed, Lesson.section_id.is_not(None))),
        func.count().filter(signed),
    )
    query = select(*counts).where(
        Lesson.starts_at > now - RECENT, Lesson.starts_at <= now, Lesson.cancelled_at.is_(None)
    )
    return LessonCounts(*work.session.execute(query).one())
