"""How cameras and registers of all schools stand, in numbers: what whoever runs the machines looks at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import and_, func, select, true

from adsum_store.models import Camera, CameraHeartbeat, Lesson
from adsum_store.unit_of_work import UnitOfWork

RECENT: Final = timedelta(days=1)
"""Of lessons: a register that nobody signs for longer is in the list of missing registers."""


@dataclass(frozen=True, slots=True)
class CameraStanding:
    """A camera by its newest heartbeat: its age, what the source brings, what waits in its spool, and the
    share of the lesson under way that it saw (None while there is none)."""

    camera_id: UUID
    state: str
    age_s: float
    fps: float
    spool_depth: int
    lesson_coverage: float | None


@dataclass(frozen=True, slots=True)
class LessonCounts:
    """Lessons that began within `RECENT`: under way, over and not closed by the machine yet, closed and not
    signed by a person, and signed."""

    running: int
    closing: int
    unsigned: int
    signed: int


def cameras(work: UnitOfWork, now: datetime) -> Sequence[CameraStanding]:
    """Return how each camera stands that ever gave a sign of life and is not revoked."""
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
            newest.c.lesson_coverage,
        )
        .join(newest, true())
        .where(~Camera.revoked)
        .order_by(Camera.id)
    )  # fmt: skip
    return [
        CameraStanding(camera_id, state, max((now - at).total_seconds(), 0.0), fps, depth, coverage)
        for camera_id, state, at, fps, depth, coverage in work.session.execute(query)
    ]


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
