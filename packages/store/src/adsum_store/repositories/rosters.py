"""Which lesson a camera was looking at, and who was on its roster then. Read only; all times are aware."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    and_,
    cast,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import LateralFromClause

from adsum_store.models import Lesson, School, SectionEnrolment


def lesson_held(room_id: ColumnElement[UUID], at: ColumnElement[datetime]) -> LateralFromClause:
    """Return a lateral row: the lesson held in the room at that instant; of several, the latest to start.

    A lesson opened ad hoc during a timetabled one is thus the one that counts, until it ends.
    """
    return (
        select(Lesson)
        .where(Lesson.room_id == room_id, Lesson.starts_at <= at, Lesson.ends_at > at)
        .where(Lesson.cancelled_at.is_(None))
        .order_by(Lesson.starts_at.desc(), Lesson.id)
        .limit(1)
        .lateral("lesson")
    )


def school_day(at: ColumnElement[datetime]) -> ColumnElement[date]:
    """Return that instant's day, in the time zone of the `School` of the statement."""
    return cast(func.timezone(School.timezone, at), Date)


def on_roster_at(day: ColumnElement[date]) -> ColumnElement[bool]:
    """Whether a `SectionEnrolment` of the statement holds on that day."""
    return and_(
        SectionEnrolment.starts_on <= day,
        or_(SectionEnrolment.ends_on.is_(None), SectionEnrolment.ends_on >= day),
    )


def is_lesson_on(session: Session, school_id: UUID, at: datetime) -> bool:
    """Whether any lesson of the school is held at that instant."""
    on = exists().where(Lesson.school_id == school_id, Lesson.starts_at <= at, Lesson.ends_at > at)
    return bool(session.scalar(select(on)))


def schools_named(session: Session, name: str | None) -> Sequence[School]:
    """Return the school of this name, or every school where no name is given."""
    query = select(School).order_by(School.name)
    return session.scalars(query if name is None else query.where(School.name == name)).all()
