"""Which lesson a camera was looking at, and who was on its roster then. Read only; all times are aware."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    cast,
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
        .order_by(Lesson.starts_at.desc(), Lesson.id)
        .limit(1)
        .lateral("lesson")
    )


def enrolled_in(
    section_id: ColumnElement[UUID], student_id: ColumnElement[UUID], at: ColumnElement[datetime]
) -> ColumnElement[bool]:
    """Whether the student was on the section's roster on that day, in the school's own time zone."""
    day = cast(func.timezone(School.timezone, at), Date)
    on_roster = (
        select(1)
        .select_from(SectionEnrolment)
        .join(School, School.id == SectionEnrolment.school_id)
        .where(
            SectionEnrolment.section_id == section_id,
            SectionEnrolment.student_id == student_id,
            SectionEnrolment.starts_on <= day,
            or_(SectionEnrolment.ends_on.is_(None), SectionEnrolment.ends_on >= day),
        )
        .correlate_except(SectionEnrolment, School)
    )
    return on_roster.exists()


def schools_named(session: Session, name: str | None) -> Sequence[School]:
    """Return the school of this name, or every school where no name is given."""
    query = select(School).order_by(School.name)
    return session.scalars(query if name is None else query.where(School.name == name)).all()
