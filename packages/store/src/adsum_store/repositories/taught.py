"""What a member of staff teaches: sections they are assigned to, alone or merged into others."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, literal, or_, select

from adsum_store.models import Lesson, School, SectionEnrolment, SectionPart, StaffAssignment
from adsum_store.repositories.rosters import on_roster_at, school_day
from adsum_store.unit_of_work import UnitOfWork


def sections_on(school_id: UUID, staff_id: UUID, day: ColumnElement[date] | date) -> Select[UUID]:
    """Select the ids of the sections taught on `day`; who teaches a part of a merged one teaches it too."""
    assigned = select(StaffAssignment.section_id).where(
        StaffAssignment.school_id == school_id,
        StaffAssignment.staff_id == staff_id,
        StaffAssignment.starts_on <= day,
        or_(StaffAssignment.ends_on.is_(None), StaffAssignment.ends_on >= day),
    )
    merged = select(SectionPart.whole_id).where(SectionPart.part_id.in_(assigned))
    return select(assigned.union(merged).subquery().c[0])


def is_lesson_taught(school_id: UUID, staff_id: UUID) -> ColumnElement[bool]:
    """Whether a `Lesson` of the statement, which has `School` in it, is of a section taught on its day."""
    return Lesson.section_id.in_(sections_on(school_id, staff_id, school_day(Lesson.starts_at.expression)))


def is_student_taught(
    school_id: UUID, staff_id: UUID, student_id: ColumnElement[UUID] | UUID, day: date
) -> ColumnElement[bool]:
    """Whether the student belongs to a section taught on `day`."""
    return exists().where(
        SectionEnrolment.student_id == student_id,
        SectionEnrolment.section_id.in_(sections_on(school_id, staff_id, day)),
        on_roster_at(literal(day)),
    )


def has_lesson(work: UnitOfWork, school_id: UUID, staff_id: UUID, lesson_id: UUID) -> bool:
    """Whether the lesson is of a section that they teach on its day."""
    query = (
        select(Lesson.id)
        .join(School, School.id == Lesson.school_id)
        .where(Lesson.id == lesson_id, Lesson.school_id == school_id, is_lesson_taught(school_id, staff_id))
    )
    return work.session.scalar(query) is not None


def has_section(work: UnitOfWork, school_id: UUID, staff_id: UUID, section_id: UUID, day: date) -> bool:
    """Whether they teach the section on `day`."""
    taught = sections_on(school_id, staff_id, day).subquery()
    return work.session.scalar(select(taught).where(taught.c[0] == section_id)) is not None


def has_student(work: UnitOfWork, school_id: UUID, staff_id: UUID, student_id: UUID, day: date) -> bool:
    """Whether they teach, on `day`, a section that the student belongs to."""
    return bool(work.session.scalar(select(is_student_taught(school_id, staff_id, student_id, day))))
