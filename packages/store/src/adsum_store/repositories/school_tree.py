"""A school's terms, courses, sections, people and memberships, all at once: for whoever compares them.

Rows are written by the thousand, so these functions take and give plain columns where there are many.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select, delete, insert, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from adsum_store.models import (
    Course,
    District,
    Room,
    School,
    Section,
    SectionEnrolment,
    SectionTerm,
    StaffAssignment,
    StaffMember,
    Student,
    Term,
)
from adsum_store.models.base import Base
from adsum_store.unit_of_work import UnitOfWork

Columns = Mapping[str, Any]
T = TypeVar("T", Term, Course, Section, Student, StaffMember)


@dataclass(frozen=True, slots=True)
class Membership:
    """A student's enrolment (`role` "student") or a staff member's assignment; people and sections by the
    ids that the school system gave them."""

    id: UUID
    source_id: str | None
    section: str
    person: str
    role: str
    is_primary: bool
    starts_on: date
    ends_on: date | None


def all_of(work: UnitOfWork, model: type[T], school_id: UUID) -> Sequence[T]:
    """Return every row of the school."""
    return work.session.scalars(select(model).where(model.school_id == school_id)).all()


def room_names(work: UnitOfWork, school_id: UUID) -> dict[UUID, str]:
    """Return every room's name."""
    rows = work.session.execute(select(Room.id, Room.name).where(Room.school_id == school_id))
    return {row.id: row.name for row in rows}


def terms_of_sections(work: UnitOfWork, school_id: UUID) -> Mapping[UUID, set[UUID]]:
    """Return the terms of each section that has any."""
    query = select(SectionTerm.section_id, SectionTerm.term_id).where(SectionTerm.school_id == school_id)
    found: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for section_id, term_id in work.session.execute(query):
        found[section_id].add(term_id)
    return found


def memberships(work: UnitOfWork, school_id: UUID) -> list[Membership]:
    """Return who belongs to which section, where both came from a school system."""
    enrolled = (
        select(
            SectionEnrolment.id, SectionEnrolment.source_id, Section.source_id, Student.source_id,
            literal("student"), literal(value=False), SectionEnrolment.starts_on, SectionEnrolment.ends_on,
        )
        .join(Section, Section.id == SectionEnrolment.section_id)
        .join(Student, Student.id == SectionEnrolment.student_id)
        .where(SectionEnrolment.school_id == school_id, Student.source_id.is_not(None))
        .where(Section.source_id.is_not(None))
    )  # fmt: skip
    assigned = (
        select(
            StaffAssignment.id, StaffAssignment.source_id, Section.source_id, StaffMember.source_id,
            StaffAssignment.role, StaffAssignment.is_primary, StaffAssignment.starts_on,
            StaffAssignment.ends_on,
        )
        .join(Section, Section.id == StaffAssignment.section_id)
        .join(StaffMember, StaffMember.id == StaffAssignment.staff_id)
        .where(StaffAssignment.school_id == school_id, StaffMember.source_id.is_not(None))
        .where(Section.source_id.is_not(None))
    )  # fmt: skip
    both: tuple[Select[*tuple[Any, ...]], ...] = (enrolled, assigned)
    return [Membership(*row) for query in both for row in work.session.execute(query)]


def add(work: UnitOfWork, model: type[Base], rows: Sequence[Columns]) -> None:
    """Store new rows; raise `IntegrityError` where one breaks a rule."""
    if rows:
        work.session.execute(insert(model), rows)


def change(work: UnitOfWork, model: type[Base], rows: Sequence[Columns]) -> None:
    """Set columns of rows that are there, each named by its `id`; raise `IntegrityError` as `add` does."""
    if rows:
        work.session.execute(update(model), rows)


def withdraw(work: UnitOfWork, model: type[SectionEnrolment | StaffAssignment], ids: Iterable[UUID]) -> None:
    """Delete memberships that have not begun."""
    work.session.execute(delete(model).where(model.id.in_(list(ids))))


def put_terms_of_sections(work: UnitOfWork, school_id: UUID, terms: Mapping[UUID, Iterable[UUID]]) -> None:
    """Let each of these sections be taught in these terms, and in no other."""
    work.session.execute(delete(SectionTerm).where(SectionTerm.section_id.in_(list(terms))))
    add(
        work,
        SectionTerm,
        [
            {"school_id": school_id, "section_id": section_id, "term_id": term_id}
            for section_id, its_terms in terms.items()
            for term_id in its_terms
        ],
    )


def put_school(work: UnitOfWork, school: School, source_id: str, district: tuple[str, str] | None) -> None:
    """Remember the school's id in its school system, and its district's id and name there.

    Raises `IntegrityError` (uq_schools_source_id) where another school has that id.
    """
    school.source_id = source_id
    if district is not None:
        row = upsert(District).values(source_id=district[0], name=district[1])
        row = row.on_conflict_do_update(index_elements=["source_id"], set_={"name": district[1]})
        school.district_id = work.session.scalars(row.returning(District.id)).one()
    work.session.flush()
