"""Sightings: written once each, read as the evidence of a lesson."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, TypedDict
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from adsum_store.models import Sighting, Track


class CandidateRow(TypedDict):
    """An element of `sightings.candidates`."""

    student_id: str
    score: float


class SightingRow(TypedDict):
    """The columns of a new sighting."""

    school_id: UUID
    camera_id: UUID
    spool_id: UUID
    sequence: int
    lesson_id: UUID | None
    track_id: UUID
    track_started_at: datetime
    captured_at: datetime
    model_id: str
    quality: float
    detector_score: float
    face_px: float
    frame_box: list[float]
    refusal: str | None
    doubt: float | None
    cues: list[str]
    candidates: list[CandidateRow]
    elsewhere: bool | None
    elsewhere_id: UUID | None


Place = tuple[UUID, UUID, int]
"""(camera_id, spool_id, sequence): the name of a sighting for ever."""


def insert_new(session: Session, rows: Sequence[SightingRow]) -> set[Place]:
    """Store those that are not stored yet, and return which; what is stored stays as it is.

    Rows go in the order of their names, so that two writers of the same rows wait instead of deadlocking.
    """
    ordered = sorted(rows, key=lambda row: (row["camera_id"], row["spool_id"], row["sequence"]))
    if not ordered:
        return set()
    place = (Sighting.camera_id, Sighting.spool_id, Sighting.sequence)
    stored = insert(Sighting).values(ordered).on_conflict_do_nothing().returning(*place)
    return {(camera_id, spool_id, sequence) for camera_id, spool_id, sequence in session.execute(stored)}


def lessons_of(session: Session, places: Sequence[Place]) -> set[UUID]:
    """Return the lessons that these sightings, as they are stored, belong to."""
    if not places:
        return set()
    of_places = func.row(Sighting.camera_id, Sighting.spool_id, Sighting.sequence).in_(
        [func.row(*place) for place in places]
    )
    found = session.scalars(
        select(Sighting.lesson_id).where(of_places, Sighting.lesson_id.is_not(None)).distinct()
    )
    return {lesson_id for lesson_id in found if lesson_id is not None}


class Evidence(NamedTuple):
    """The columns of a sighting that a decision is made from: read often, and therefore no entity."""

    track_id: UUID
    camera_id: UUID
    track_started_at: datetime
    captured_at: datetime
    frame_box: list[float]
    doubt: float | None
    candidates: list[CandidateRow]
    elsewhere: bool | None
    elsewhere_id: UUID | None


def of_lesson(session: Session, lesson_id: UUID, model_id: str) -> list[Evidence]:
    """Return all sightings that one model made in the lesson, track by track, each oldest first."""
    columns = [getattr(Sighting, name) for name in Evidence._fields]
    rows = session.execute(
        select(*columns)
        .where(Sighting.lesson_id == lesson_id, Sighting.model_id == model_id)
        .order_by(Sighting.track_id, Sighting.captured_at, Sighting.id)
    )
    return [Evidence(*row) for row in rows]


def undecided_lessons(session: Session, school_id: UUID, model_id: str, since: datetime) -> Sequence[UUID]:
    """Return the school's lessons with a sighting by this model, stored since then, that no decision on its
    track has counted."""
    counted = (
        select(Sighting.lesson_id, Sighting.track_id, func.count().label("sightings"))
        .where(
            Sighting.school_id == school_id,
            Sighting.lesson_id.is_not(None),
            Sighting.model_id == model_id,
            Sighting.created_at >= since,
        )
        .group_by(Sighting.lesson_id, Sighting.track_id)
        .subquery()
    )
    decided = (Track.lesson_id == counted.c.lesson_id) & (Track.id == counted.c.track_id)
    return session.scalars(
        select(counted.c.lesson_id)
        .outerjoin(Track, decided)
        .where(func.coalesce(Track.sightings, 0) < counted.c.sightings)
        .distinct()
    ).all()
