"""Tracks: the decision on each face of a lesson, replaced whenever there is more to decide from."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final, Literal, TypedDict, get_args
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from adsum_store.models import Student, Track
from adsum_store.repositories.corrections import standing_on_track


class TrackRow(TypedDict):
    """The columns of a decided track."""

    id: UUID
    lesson_id: UUID
    school_id: UUID
    camera_id: UUID
    started_at: datetime
    since: datetime | None
    last_seen_at: datetime
    captured_at: datetime
    decision: str
    student_id: UUID | None
    score: float | None
    margin: float | None
    reason: str | None
    elsewhere_id: UUID | None
    review: str | None
    sightings: int


Changing = Literal[
    "started_at",
    "since",
    "last_seen_at",
    "captured_at",
    "decision",
    "student_id",
    "score",
    "margin",
    "reason",
    "elsewhere_id",
    "review",
    "sightings",
]
CHANGING: Final[tuple[Changing, ...]] = get_args(Changing)


def replace_all(session: Session, rows: Sequence[TrackRow]) -> None:
    """Write the decisions on one lesson; a row that says the same already is not touched, nor sent.

    The caller holds the lock on the lesson.
    """
    if not rows:
        return
    stored = _stored(session, rows[0]["lesson_id"])
    changed = [row for row in rows if stored.get(row["id"]) != _said(row)]
    if not changed:
        return
    new = insert(Track).values(changed)
    values = {name: new.excluded[name] for name in CHANGING}
    session.execute(
        new.on_conflict_do_update(
            index_elements=[Track.lesson_id, Track.id], set_=values | {"updated_at": func.now()}
        )
    )


def _stored(session: Session, lesson_id: UUID) -> dict[UUID, tuple[object, ...]]:
    columns = [getattr(Track, name) for name in CHANGING]
    rows = session.execute(select(Track.id, *columns).where(Track.lesson_id == lesson_id))
    return {track_id: tuple(said) for track_id, *said in rows}


def _said(row: TrackRow) -> tuple[object, ...]:
    return tuple(row[name] for name in CHANGING)


def heed_corrections(session: Session, lesson_id: UUID) -> None:
    """Take off the names that a person said are wrong, and give back those of whom it is not said any more,
    of tracks that cannot be decided again: their sightings are forgotten, or another model's."""
    denied, of_lesson = standing_on_track(), Track.lesson_id == lesson_id
    named, nameless = Track.decision == "recognised", Track.reason == "said_not_to_be"
    taken_off = {"decision": "ambiguous", "reason": "said_not_to_be", "since": None}
    given_back = {"decision": "recognised", "reason": None}
    for heeded in (
        update(Track).where(of_lesson, named, denied).values(taken_off),
        update(Track).where(of_lesson, nameless, ~denied).values(given_back),
    ):
        session.execute(heeded, execution_options={"synchronize_session": False})


def lessons_of(session: Session, track_ids: Collection[UUID]) -> set[UUID]:
    """Return the lessons in which these tracks have been decided."""
    return set(session.scalars(select(Track.lesson_id).where(Track.id.in_(track_ids)).distinct()))


def names_of_lesson(session: Session, lesson_id: UUID) -> dict[UUID, tuple[UUID, str]]:
    """Return the student and the student's name of each track of the lesson that has one."""
    rows = session.execute(
        select(Track.id, Student.id, Student.name)
        .join(Student, Student.id == Track.student_id)
        .where(Track.lesson_id == lesson_id, Track.decision == "recognised")
    )
    return {track_id: (student_id, name) for track_id, student_id, name in rows}
