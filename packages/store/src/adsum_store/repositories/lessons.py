"""Lessons: opened, found by room and time, and those that are due to be closed or computed again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BindParameter, Row, Select, and_, bindparam, exists, func, or_, select

from adsum_contracts.ids import LessonId, SchoolId
from adsum_store.models import Lesson, Room, Section, Track
from adsum_store.repositories.coverage import camera_owes_news
from adsum_store.repositories.pages import EVERYTHING, PageWanted, narrowed
from adsum_store.unit_of_work import UnitOfWork

LONGEST_TRANSACTION: Final = timedelta(seconds=10)
"""A track is stamped when its transaction begins, and seen by others only when it is committed."""

LessonRef = tuple[SchoolId, LessonId]


@dataclass(frozen=True, slots=True)
class PlacedLesson:
    """A lesson, the name of its room, and that of its section unless it is ad hoc."""

    lesson: Lesson
    room: str
    section: str | None


def get(work: UnitOfWork, school_id: UUID, lesson_id: UUID) -> PlacedLesson | None:
    """Return the lesson of this id, as it is committed now."""
    row = work.session.execute(_one(), {"school": school_id, "lesson": lesson_id}).one_or_none()
    return None if row is None else _of(row)


@cache
def _one() -> Select[Lesson, str, Any]:
    return _placed(bindparam("school")).where(Lesson.id == bindparam("lesson"))


def with_key(work: UnitOfWork, school_id: UUID, key: str) -> PlacedLesson | None:
    """Return the lesson that was opened with this key."""
    row = work.session.execute(_placed(school_id).where(Lesson.key == key)).one_or_none()
    return None if row is None else _of(row)


def add(work: UnitOfWork, lesson: Lesson) -> Lesson:
    """Write a lesson; raise `sqlalchemy.exc.IntegrityError` for a second one with its key."""
    work.session.add(lesson)
    work.session.flush()
    return lesson


def overlapping(
    work: UnitOfWork, school_id: UUID, room_id: UUID, starts_at: datetime, ends_at: datetime
) -> PlacedLesson | None:
    """Return the earliest lesson in the room that is not closed and shares time with this span."""
    query = _placed(school_id).where(
        Lesson.room_id == room_id,
        Lesson.closed_at.is_(None),
        Lesson.cancelled_at.is_(None),
        Lesson.starts_at < ends_at,
        Lesson.ends_at > starts_at,
    )
    row = work.session.execute(query.limit(1)).first()
    return None if row is None else _of(row)


def between(
    work: UnitOfWork, school_id: UUID, start: datetime, end: datetime, room_id: UUID | None = None,
    wanted: PageWanted = EVERYTHING,
) -> Sequence[PlacedLesson]:  # fmt: skip
    """Return the lessons that start in [start, end), in order of time."""
    query = _placed(school_id).where(Lesson.starts_at >= start, Lesson.starts_at < end)
    if room_id is not None:
        query = query.where(Lesson.room_id == room_id)
    page = narrowed(query, wanted, [Lesson.starts_at, Room.name, Lesson.id], Lesson.updated_at.expression)
    return [_of(row) for row in work.session.execute(page)]


def starts(work: UnitOfWork, school_id: UUID, lesson_ids: Sequence[UUID]) -> Mapping[UUID, datetime]:
    """Return when those of the lessons begin that the school has."""
    query = select(Lesson.id, Lesson.starts_at).where(
        Lesson.school_id == school_id, Lesson.id.in_(lesson_ids)
    )
    return dict(iter(work.session.execute(query)))


def hours(
    work: UnitOfWork, school_id: UUID, room_id: UUID, start: datetime, end: datetime
) -> Sequence[tuple[datetime, datetime]]:
    """Return from when to when the lessons in the room last that end after `start` and begin before `end`."""
    query = (
        select(Lesson.starts_at, Lesson.ends_at)
        .where(Lesson.school_id == school_id, Lesson.room_id == room_id)
        .where(Lesson.ends_at > start, Lesson.starts_at < end, Lesson.cancelled_at.is_(None))
    )
    return [(starts_at, ends_at) for starts_at, ends_at in work.session.execute(query)]


def due(work: UnitOfWork, now: datetime, settle: timedelta, wait_at_most: timedelta) -> Sequence[LessonRef]:
    """Return the lessons of every school that may be closed now, the longest over first.

    A lesson settles for `settle` after its end. While a camera of its room that was watching has not yet
    spoken since the end, it waits on, but no longer than `wait_at_most` in all.
    """
    settled = Lesson.closed_at.is_(None) & Lesson.cancelled_at.is_(None) & (Lesson.ends_at <= now - settle)
    complete = (Lesson.ends_at <= now - wait_at_most) | ~camera_owes_news()
    query = select(Lesson.school_id, Lesson.id).where(settled, complete).order_by(Lesson.ends_at)
    return [
        (SchoolId(school_id), LessonId(lesson_id)) for school_id, lesson_id in work.session.execute(query)
    ]


def outdated(work: UnitOfWork, now: datetime) -> Sequence[LessonRef]:
    """Return the lessons of every school that are not closed, and have tracks newer than their register, or
    have begun without one."""
    computed_at = func.coalesce(Lesson.applied_at - LONGEST_TRANSACTION, func.to_timestamp(0))
    newer = exists().where(Track.lesson_id == Lesson.id, Track.updated_at > computed_at)
    begun = Lesson.applied_at.is_(None) & (Lesson.starts_at <= now)
    query = select(Lesson.school_id, Lesson.id)
    query = query.where(Lesson.closed_at.is_(None), Lesson.cancelled_at.is_(None), or_(newer, begun))
    return [
        (SchoolId(school_id), LessonId(lesson_id)) for school_id, lesson_id in work.session.execute(query)
    ]


def _placed(school_id: UUID | BindParameter[Any]) -> Select[Lesson, str, Any]:
    in_room = and_(Room.school_id == Lesson.school_id, Room.id == Lesson.room_id)
    of_section = and_(Section.school_id == Lesson.school_id, Section.id == Lesson.section_id)
    return (
        select(Lesson, Room.name, Section.name)
        .join(Room, in_room)
        .outerjoin(Section, of_section)
        .where(Lesson.school_id == school_id)
        .order_by(Lesson.starts_at, Room.name, Lesson.id)
        .execution_options(populate_existing=True)
    )


def _of(row: Row[Lesson, str, Any]) -> PlacedLesson:
    lesson, room, section = row
    return PlacedLesson(lesson, room, section)
