"""Corrections: whom people said that a track is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from adsum_store.models import Correction, Track


def add(session: Session, correction: Correction) -> None:
    """Store it; raise `sqlalchemy.exc.IntegrityError` where the same was said of the track before."""
    session.add(correction)
    session.flush()


def said(session: Session, lesson_id: UUID, track_id: UUID, student_id: UUID) -> Correction | None:
    """Return the correction that says this already."""
    return session.scalar(
        select(Correction).where(
            Correction.lesson_id == lesson_id,
            Correction.track_id == track_id,
            Correction.student_id == student_id,
        )
    )


def track(session: Session, school_id: UUID, lesson_id: UUID, track_id: UUID) -> Track | None:
    """Return the decision on a track in a lesson of this school."""
    return session.scalar(
        select(Track).where(Track.school_id == school_id, Track.lesson_id == lesson_id, Track.id == track_id)
    )


def of_lesson(session: Session, school_id: UUID, lesson_id: UUID) -> Sequence[Correction]:
    """Return the corrections of a lesson, oldest first."""
    return session.scalars(
        select(Correction)
        .where(Correction.school_id == school_id, Correction.lesson_id == lesson_id)
        .order_by(Correction.created_at, Correction.id)
    ).all()


def not_these(session: Session, lesson_id: UUID) -> Mapping[UUID, frozenset[UUID]]:
    """Return, by track, whom people said that it is not."""
    rows = session.execute(
        select(Correction.track_id, func.array_agg(Correction.student_id))
        .where(Correction.lesson_id == lesson_id)
        .group_by(Correction.track_id)
    )
    return {track_id: frozenset(students) for track_id, students in rows}


def unheeded_lessons(session: Session, since: datetime) -> Sequence[UUID]:
    """Return the lessons with a correction, said since then, whose track has the denied name still."""
    named_still = (
        (Track.lesson_id == Correction.lesson_id)
        & (Track.id == Correction.track_id)
        & (Track.student_id == Correction.student_id)
        & (Track.decision == "recognised")
    )
    return session.scalars(
        select(Correction.lesson_id).join(Track, named_still).where(Correction.created_at >= since).distinct()
    ).all()


def negative_pairs(session: Session, school_id: UUID, model_id: str) -> Sequence[tuple[UUID, UUID, float]]:
    """Return the pairs that people found taken for each other, with the largest lead it was done with."""
    rows = session.execute(
        select(Correction.student_id, Correction.rather_id, func.max(Correction.lead))
        .where(
            Correction.school_id == school_id,
            Correction.model_id == model_id,
            Correction.rather_id.is_not(None),
        )
        .group_by(Correction.student_id, Correction.rather_id)
    )
    return [(student, rather, lead) for student, rather, lead in rows if rather is not None]
