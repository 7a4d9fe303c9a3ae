"""Which lesson a camera was looking at, and who was on its roster then. Read only; all times are aware."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    Select,
    Uuid,
    cast,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import LateralFromClause

from adsum_store.models import Camera, Consent, Lesson, School, SectionEnrolment


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


def lesson_at(session: Session, camera_id: UUID, at: datetime) -> Lesson | None:
    """Return the lesson held in the camera's room at `at`."""
    held = lesson_held(Camera.__table__.c.room_id, _instant(at))
    of_camera = select(held.c.id).select_from(Camera).join(held, true()).where(Camera.id == camera_id)
    return session.scalar(select(Lesson).where(Lesson.id.in_(of_camera)))


def roster_at(session: Session, lesson: Lesson, at: datetime) -> Sequence[UUID]:
    """Return the consented students whom the lesson's cameras may name at `at`; ad hoc: the whole school."""
    return session.scalars(_roster(lesson, at).order_by(Consent.student_id)).all()


def _roster(lesson: Lesson, at: datetime) -> Select[UUID]:
    consented = select(Consent.student_id).where(Consent.school_id == lesson.school_id, Consent.active)
    if lesson.section_id is None:
        return consented
    section = literal(lesson.section_id, Uuid)
    return consented.where(enrolled_in(section, Consent.__table__.c.student_id, _instant(at)))


def _instant(at: datetime) -> ColumnElement[datetime]:
    return literal(at, DateTime(timezone=True))
