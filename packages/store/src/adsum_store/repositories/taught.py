"""What a member of staff teaches: sections they are assigned to, alone or merged into others."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, cast, event, exists, func, literal, or_, select
from sqlalchemy.orm import ORMExecuteState, with_loader_criteria

from adsum_store.models import (
    Lesson,
    PlannedAbsence,
    Section,
    SectionEnrolment,
    SectionPart,
    StaffAssignment,
    Student,
)
from adsum_store.repositories.rosters import on_roster_at
from adsum_store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Teacher:
    """A member of staff on the school's `day`, in its IANA `zone`."""

    school_id: UUID
    staff_id: UUID
    day: date
    zone: str

    def sections_on(self, day: ColumnElement[date] | date) -> Select[UUID]:
        """Select the ids of the sections taught on `day`; who teaches a part teaches the merged one."""
        return self._sections(
            StaffAssignment.starts_on <= day,
            or_(StaffAssignment.ends_on.is_(None), StaffAssignment.ends_on >= day),
        )

    def teaches_lesson(self) -> ColumnElement[bool]:
        """Whether a `Lesson` of the statement is of a section taught on its day."""
        day = cast(func.timezone(self.zone, Lesson.starts_at), Date)
        return Lesson.section_id.in_(self.sections_on(day))

    def teaches_student(self, student_id: ColumnElement[UUID] | UUID) -> ColumnElement[bool]:
        """Whether the student belongs today to a section taught today."""
        return exists().where(
            SectionEnrolment.student_id == student_id,
            SectionEnrolment.section_id.in_(self.sections_on(self.day)),
            on_roster_at(literal(self.day)),
        )

    def taught_student(self, student_id: ColumnElement[UUID]) -> ColumnElement[bool]:
        """Whether the student belongs, or ever belonged, to a section taught today."""
        return exists().where(
            SectionEnrolment.student_id == student_id,
            SectionEnrolment.section_id.in_(self.sections_on(self.day)),
        )

    def ever_taught_section(self) -> ColumnElement[bool]:
        """Whether a `Section` of the statement is or was theirs."""
        return Section.id.in_(self._sections())

    def _sections(self, *holds: ColumnElement[bool]) -> Select[UUID]:
        assigned = select(StaffAssignment.section_id).where(
            StaffAssignment.school_id == self.school_id, StaffAssignment.staff_id == self.staff_id, *holds
        )
        merged = select(SectionPart.whole_id).where(SectionPart.part_id.in_(assigned))
        return select(assigned.union(merged).subquery().c[0])


def has_lesson(work: UnitOfWork, teacher: Teacher, lesson_id: UUID) -> bool:
    """Whether the lesson is of a section that they teach on its day."""
    query = select(Lesson.id).where(Lesson.id == lesson_id, Lesson.school_id == teacher.school_id)
    return work.session.scalar(query.where(teacher.teaches_lesson())) is not None


def has_section(work: UnitOfWork, teacher: Teacher, section_id: UUID) -> bool:
    """Whether they teach the section today."""
    taught = teacher.sections_on(teacher.day).subquery()
    return work.session.scalar(select(taught).where(taught.c[0] == section_id)) is not None


def sections(work: UnitOfWork, teacher: Teacher) -> Sequence[Section]:
    """Return the sections that they teach on the teacher's day, by name."""
    query = select(Section).where(Section.school_id == teacher.school_id)
    query = query.where(Section.id.in_(teacher.sections_on(teacher.day))).order_by(Section.name)
    return work.session.scalars(query).all()


def has_student(work: UnitOfWork, teacher: Teacher, student_id: UUID) -> bool:
    """Whether they teach, today, a section that the student belongs to."""
    return bool(work.session.scalar(select(teacher.teaches_student(student_id))))


def students(work: UnitOfWork, teacher: Teacher, student_ids: Collection[UUID]) -> frozenset[UUID]:
    """Return those of the students whom they teach today."""
    query = select(Student.id).where(Student.school_id == teacher.school_id, Student.id.in_(student_ids))
    return frozenset(work.session.scalars(query.where(teacher.teaches_student(Student.id.expression))))


def narrow(work: UnitOfWork, teacher: Teacher) -> None:
    """Let every later SELECT of this transaction find, of sections, lessons and the students in their
    registers, theirs alone.

    For a transaction that only reads: a register that is computed again needs everybody.
    """
    _narrow(work, {
        Section: teacher.ever_taught_section(),
        Lesson: teacher.teaches_lesson(),
        Student: teacher.taught_student(Student.id.expression),
    })  # fmt: skip


def narrow_to_students(work: UnitOfWork, teacher: Teacher) -> None:
    """Let every later SELECT find, of students and what is planned for these, those alone whom they teach
    today: who left their section is another's."""
    _narrow(work, {
        Student: teacher.teaches_student(Student.id.expression),
        PlannedAbsence: teacher.teaches_student(PlannedAbsence.student_id.expression),
    })  # fmt: skip


def _narrow(work: UnitOfWork, wanted: Mapping[type[Any], ColumnElement[bool]]) -> None:
    own: list[Any] = [with_loader_criteria(kind, are, include_aliases=True) for kind, are in wanted.items()]

    @event.listens_for(work.session, "do_orm_execute")
    def _own_alone(asked: ORMExecuteState) -> None:
        if asked.is_select:
            asked.statement = asked.statement.options(*own)
