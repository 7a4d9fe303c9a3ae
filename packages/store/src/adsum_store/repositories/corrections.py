"""Corrections: whom people said that a track is not. One that was taken back is kept, and counts no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session, aliased

from adsum_store.models import Camera, Correction, Student, Track
from adsum_store.repositories.pages import EVERYTHING, PageWanted, narrowed

STANDS: Final = Correction.taken_back_at.is_(None)


def add(session: Session, correction: Correction) -> None:
    """Store it; raise `sqlalchemy.exc.IntegrityError` where the same is said of the track already."""
    session.add(correction)
    session.flush()


def said(session: Session, lesson_id: UUID, track_id: UUID, student_id: UUID) -> Correction | None:
    """Return the correction that says this already."""
    return session.scalar(
        select(Correction).where(
            Correction.lesson_id == lesson_id,
            Correction.track_id == track_id,
            Correction.student_id == student_id,
            STANDS,
        )
    )


def get(session: Session, school_id: UUID, lesson_id: UUID, correction_id: UUID) -> Correction | None:
    """Return a correction of this lesson of this school."""
    return session.scalar(
        select(Correction).where(
            Correction.school_id == school_id,
            Correction.lesson_id == lesson_id,
            Correction.id == correction_id,
        )
    )


def track(session: Session, school_id: UUID, lesson_id: UUID, track_id: UUID) -> Track | None:
    """Return the decision on a track in a lesson of this school."""
    return session.scalar(
        select(Track).where(Track.school_id == school_id, Track.lesson_id == lesson_id, Track.id == track_id)
    )


def of_lesson(
    session: Session, school_id: UUID, lesson_id: UUID, wanted: PageWanted = EVERYTHING
) -> Sequence[Correction]:
    """Return the corrections of a lesson, oldest first, with those that were taken back."""
    query = select(Correction).where(Correction.school_id == school_id, Correction.lesson_id == lesson_id)
    changed_at = func.greatest(Correction.created_at, Correction.taken_back_at)
    order = [Correction.created_at, Correction.id]
    return session.scalars(narrowed(query, wanted, order, changed_at)).all()


@dataclass(frozen=True, slots=True)
class Told:
    """A correction for people: the names of both students, and the face as far as it is still known."""

    correction: Correction
    name: str
    rather: str | None
    track: Track | None
    camera: str | None


def told_of_lesson(session: Session, school_id: UUID, lesson_id: UUID) -> Sequence[Told]:
    """Return the corrections of a lesson as people read them, oldest first."""
    rather = aliased(Student)
    of_track = (Track.lesson_id == Correction.lesson_id) & (Track.id == Correction.track_id)
    rows = session.execute(
        select(Correction, Student.name, rather.name, Track, Camera.name)
        .join(Student, Student.id == Correction.student_id)
        .outerjoin(rather, rather.id == Correction.rather_id)
        .outerjoin(Track, of_track)
        .outerjoin(Camera, Camera.id == Track.camera_id)
        .where(Correction.school_id == school_id, Correction.lesson_id == lesson_id)
        .order_by(Correction.created_at, Correction.id)
    )
    return [Told(*row) for row in rows]


def taken_for(
    session: Session, school_id: UUID, lesson_id: UUID, student_id: UUID
) -> Sequence[tuple[Track, str]]:
    """Return the faces of a lesson that have this student's name, each with its camera's name, by time."""
    rows = session.execute(
        select(Track, Camera.name)
        .join(Camera, Camera.id == Track.camera_id)
        .where(
            Track.school_id == school_id,
            Track.lesson_id == lesson_id,
            Track.student_id == student_id,
            Track.decision == "recognised",
        )
        .order_by(Track.started_at, Track.id)
    )
    return [(track, camera) for track, camera in rows]


def not_these(session: Session, lesson_id: UUID) -> Mapping[UUID, frozenset[UUID]]:
    """Return, by track, whom people said that it is not."""
    rows = session.execute(
        select(Correction.track_id, func.array_agg(Correction.student_id))
        .where(Correction.lesson_id == lesson_id, STANDS)
        .group_by(Correction.track_id)
    )
    return {track_id: frozenset(students) for track_id, students in rows}


def unheeded_lessons(session: Session, since: datetime) -> Sequence[UUID]:
    """Return the lessons with a correction, said since then, whose track has the denied name still, or taken
    back since then, whose track is without it still."""
    of_track = (
        (Track.lesson_id == Correction.lesson_id)
        & (Track.id == Correction.track_id)
        & (Track.student_id == Correction.student_id)
    )
    named_still = STANDS & (Correction.created_at >= since) & (Track.decision == "recognised")
    denied_still = (
        (Correction.taken_back_at >= since) & (Track.reason == "said_not_to_be") & ~standing_on_track()
    )
    return session.scalars(
        select(Correction.lesson_id).join(Track, of_track).where(named_still | denied_still).distinct()
    ).all()


def standing_on_track() -> ColumnElement[bool]:
    """Whether, of a `Track` in the query around it, somebody says that it is not its `student_id`."""
    said_now = aliased(Correction)
    return (
        exists()
        .where(
            said_now.lesson_id == Track.lesson_id,
            said_now.track_id == Track.id,
            said_now.student_id == Track.student_id,
            said_now.taken_back_at.is_(None),
        )
        .correlate(Track)
    )


def negative_pairs(session: Session, school_id: UUID, model_id: str) -> Sequence[tuple[UUID, UUID, float]]:
    """Return the pairs that people found taken for each other, with the largest lead it was done with."""
    rows = session.execute(
        select(Correction.student_id, Correction.rather_id, func.max(Correction.lead))
        .where(
            Correction.school_id == school_id,
            Correction.model_id == model_id,
            Correction.rather_id.is_not(None),
            STANDS,
        )
        .group_by(Correction.student_id, Correction.rather_id)
    )
    return [(student, rather, lead) for student, rather, lead in rows if rather is not None]
