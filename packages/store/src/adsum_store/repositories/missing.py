"""Registers that nobody has signed, of lessons that are over. Read only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, or_, select

from adsum_store.models import Lesson, Room, School, Section, SectionPart, StaffAssignment, StaffMember
from adsum_store.repositories.pages import EVERYTHING, PageWanted, narrowed
from adsum_store.repositories.rosters import school_day
from adsum_store.unit_of_work import UnitOfWork

PRIMARY_FIRST = (StaffAssignment.is_primary.desc(), StaffMember.name)


@dataclass(frozen=True, slots=True)
class Search:
    """Of the lessons that begin in [start, end) and ended before `now`; with `staff_id`, those they teach."""

    start: datetime
    end: datetime
    now: datetime
    staff_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class MissingRegister:
    """A lesson, and who teaches it: the primary teacher first."""

    lesson: Lesson
    room: str
    section: str
    teachers: tuple[str, ...]


def registers(
    work: UnitOfWork, school_id: UUID, search: Search, wanted: PageWanted = EVERYTHING
) -> Sequence[MissingRegister]:
    """Return the lessons by time; a roll call without a section owes nobody a register."""
    day = school_day(Lesson.starts_at.expression)
    teachers = (
        select(func.array_agg(StaffMember.name).aggregate_order_by(*PRIMARY_FIRST))
        .select_from(StaffMember)
        .join(StaffAssignment, StaffAssignment.staff_id == StaffMember.id)
        .where(
            StaffAssignment.section_id == Lesson.section_id,
            StaffAssignment.role == "teacher",
            StaffAssignment.starts_on <= day,
            or_(StaffAssignment.ends_on.is_(None), StaffAssignment.ends_on >= day),
        )
        .correlate(Lesson, School)
        .scalar_subquery()
    )
    query = (
        select(Lesson, Room.name, Section.name, teachers)
        .join(School, School.id == Lesson.school_id)
        .join(Room, and_(Room.school_id == Lesson.school_id, Room.id == Lesson.room_id))
        .join(Section, and_(Section.school_id == Lesson.school_id, Section.id == Lesson.section_id))
        .where(Lesson.school_id == school_id, Lesson.cancelled_at.is_(None), Lesson.finalised_at.is_(None))
        .where(Lesson.starts_at >= search.start, Lesson.starts_at < search.end, Lesson.ends_at <= search.now)
    )
    if search.staff_id is not None:
        assigned = select(StaffAssignment.section_id).where(
            StaffAssignment.staff_id == search.staff_id,
            StaffAssignment.starts_on <= day,
            or_(StaffAssignment.ends_on.is_(None), StaffAssignment.ends_on >= day),
        )
        merged = select(SectionPart.whole_id).where(SectionPart.part_id.in_(assigned))
        query = query.where(or_(Lesson.section_id.in_(assigned), Lesson.section_id.in_(merged)))
    page = narrowed(query, wanted, [Lesson.starts_at, Lesson.id], Lesson.updated_at.expression)
    return [
        MissingRegister(lesson, room, section, tuple(names or ()))
        for lesson, room, section, names in work.session.execute(page)
    ]
