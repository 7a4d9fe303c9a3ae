"""Sections, and who belongs to them from when to when."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert

from adsum_store.models import Section, SectionEnrolment, Student
from adsum_store.repositories.pages import EVERYTHING, PageWanted, narrowed
from adsum_store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Member:
    """A student of a section, and the days of their enrolment, both included."""

    id: UUID
    student: Student
    starts_on: date
    ends_on: date | None


def all_of(work: UnitOfWork, school_id: UUID, wanted: PageWanted = EVERYTHING) -> Sequence[Section]:
    """Return the school's sections by name."""
    query = select(Section).where(Section.school_id == school_id)
    return work.session.scalars(narrowed(query, wanted, [Section.name], Section.updated_at.expression)).all()


def get(work: UnitOfWork, school_id: UUID, section_id: UUID) -> Section | None:
    """Return the section of this school."""
    return work.session.scalar(
        select(Section).where(Section.school_id == school_id, Section.id == section_id)
    )


def with_name(work: UnitOfWork, school_id: UUID, name: str) -> Section | None:
    """Return the section of this school that is called so."""
    return work.session.scalar(select(Section).where(Section.school_id == school_id, Section.name == name))


def put_member(work: UnitOfWork, enrolment: SectionEnrolment) -> SectionEnrolment:
    """Store the enrolment; one that starts on the same day only gets its last day changed.

    Raises `IntegrityError` (ck_section_enrolments_ends_after_start).
    """
    row = insert(SectionEnrolment).values(
        school_id=enrolment.school_id,
        section_id=enrolment.section_id,
        student_id=enrolment.student_id,
        starts_on=enrolment.starts_on,
        ends_on=enrolment.ends_on,
    )
    row = row.on_conflict_do_update(
        index_elements=["section_id", "student_id", "starts_on"], set_={"ends_on": enrolment.ends_on}
    )
    query = row.returning(SectionEnrolment)
    return work.session.scalars(query, execution_options={"populate_existing": True}).one()


def put_members(work: UnitOfWork, enrolments: Sequence[SectionEnrolment]) -> dict[tuple[UUID, date], UUID]:
    """Do as `put_member` with each of these; return their ids by student and first day."""
    if not enrolments:
        return {}
    names = ("school_id", "section_id", "student_id", "starts_on", "ends_on")
    rows = [{"id": uuid4()} | {name: getattr(each, name) for name in names} for each in enrolments]
    new = insert(SectionEnrolment).values(rows)
    statement = new.on_conflict_do_update(
        index_elements=["section_id", "student_id", "starts_on"], set_={"ends_on": new.excluded.ends_on}
    )
    columns = SectionEnrolment.student_id, SectionEnrolment.starts_on, SectionEnrolment.id
    stored = work.session.execute(statement.returning(*columns))
    return {(student_id, starts_on): row_id for student_id, starts_on, row_id in stored}


def enrolments_of(
    work: UnitOfWork, section_id: UUID, student_ids: Collection[UUID]
) -> Sequence[SectionEnrolment]:
    """Return every enrolment of these students in the section."""
    query = select(SectionEnrolment).where(
        SectionEnrolment.section_id == section_id, SectionEnrolment.student_id.in_(student_ids)
    )
    return work.session.scalars(query).all()


def overlapping(work: UnitOfWork, enrolment: SectionEnrolment) -> SectionEnrolment | None:
    """Return another enrolment of this student that shares a day with `enrolment` in the same section."""
    other = SectionEnrolment
    days = [or_(other.ends_on.is_(None), other.ends_on >= enrolment.starts_on)]
    if enrolment.ends_on is not None:
        days.append(other.starts_on <= enrolment.ends_on)
    return work.session.scalar(
        select(other)
        .where(
            other.section_id == enrolment.section_id,
            other.student_id == enrolment.student_id,
            other.starts_on != enrolment.starts_on,
            *days,
        )
        .limit(1)
    )


def members_on(
    work: UnitOfWork, school_id: UUID, section_id: UUID, day: date, wanted: PageWanted = EVERYTHING
) -> Sequence[Member]:
    """Return who belongs to the section on `day`, in the order of their numbers."""
    query = (
        select(SectionEnrolment.id, Student, SectionEnrolment.starts_on, SectionEnrolment.ends_on)
        .join(SectionEnrolment, SectionEnrolment.student_id == Student.id)
        .where(
            SectionEnrolment.school_id == school_id,
            SectionEnrolment.section_id == section_id,
            SectionEnrolment.starts_on <= day,
            or_(SectionEnrolment.ends_on.is_(None), SectionEnrolment.ends_on >= day),
        )
    )
    changed_at = func.greatest(SectionEnrolment.updated_at, Student.updated_at)
    page = narrowed(query, wanted, [Student.number], changed_at)
    return [Member(*row) for row in work.session.execute(page)]
