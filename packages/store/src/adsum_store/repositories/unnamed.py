"""Faces of a lesson that fit nobody surely enough. Read only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select

from adsum_store.models import Camera, Track
from adsum_store.unit_of_work import UnitOfWork

MOST: Final = 50


@dataclass(frozen=True, slots=True)
class Face:
    """A track without a name, and why it has none."""

    track_id: UUID
    camera_id: UUID
    camera: str
    started_at: datetime
    last_seen_at: datetime
    decision: str
    reason: str | None


def of_lesson(work: UnitOfWork, school_id: UUID, lesson_id: UUID) -> Sequence[Face]:
    """Return the lesson's faces without a name that were followed longest, at most `MOST`; those that are
    known elsewhere in the school are told apart."""
    query = (
        select(
            Track.id, Track.camera_id, Camera.name, Track.started_at, Track.last_seen_at, Track.decision,
            Track.reason,
        )
        .join(Camera, Camera.id == Track.camera_id)
        .where(
            Track.school_id == school_id,
            Track.lesson_id == lesson_id,
            Track.decision != "recognised",
            Track.reason.is_distinct_from("known_elsewhere"),
        )
        .order_by((Track.last_seen_at - Track.started_at).desc(), Track.id)
        .limit(MOST)
    )  # fmt: skip
    return [Face(*row) for row in work.session.execute(query)]
