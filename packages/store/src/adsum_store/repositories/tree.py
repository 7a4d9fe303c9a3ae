"""Rows of the school's tree, one by one: terms, courses, buildings, rooms, sections and staff."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from adsum_store.models import (
    Building,
    Course,
    Room,
    Section,
    SectionTerm,
    StaffAssignment,
    StaffMember,
    Term,
)
from adsum_store.repositories.pages import OrderBy, PageWanted, narrowed
from adsum_store.unit_of_work import UnitOfWork

T = TypeVar("T", Building, Course, Room, Section, StaffMember, Term)


def add(work: UnitOfWork, row: T) -> T:
    """Store a row; raise `IntegrityError` where it breaks a rule."""
    work.session.add(row)
    work.session.flush()
    return row


def get(work: UnitOfWork, model: type[T], school_id: UUID, row_id: UUID) -> T | None:
    """Return the school's row of this id."""
    return work.session.scalar(select(model).where(model.school_id == school_id, model.id == row_id))


def locked(work: UnitOfWork, model: type[T], school_id: UUID, row_id: UUID) -> T | None:
    """Return the school's row of this id as it is now, which nobody else changes in this transaction."""
    query = select(model).where(model.school_id == school_id, model.id == row_id).with_for_update()
    return work.session.scalar(query, execution_options={"populate_existing": True})


def page(
    work: UnitOfWork, model: type[T], school_id: UUID, order: OrderBy, wanted: PageWanted
) -> Sequence[T]:
    """Return the school's rows in this order."""
    query = select(model).where(model.school_id == school_id)
    return work.session.scalars(narrowed(query, wanted, order, model.updated_at.expression)).all()


def remove(work: UnitOfWork, row: T) -> None:
    """Delete a row; raise `IntegrityError` where others speak of it."""
    work.session.delete(row)
    work.session.flush()


def terms_of(work: UnitOfWork, section_ids: Collection[UUID]) -> Mapping[UUID, list[UUID]]:
    """Return the terms in which each of the sections is taught, the earliest first."""
    query = (
        select(SectionTerm.section_id, SectionTerm.term_id)
        .join(Term, Term.id == SectionTerm.term_id)
        .where(SectionTerm.section_id.in_(section_ids))
        .order_by(Term.starts_on, Term.id)
    )
    found: dict[UUID, list[UUID]] = {section_id: [] for section_id in section_ids}
    for section_id, term_id in work.session.execute(query):
        found[section_id].append(term_id)
    return found


def put_assignment(work: UnitOfWork, assignment: StaffAssignment) -> StaffAssignment:
    """Store the assignment; one of the same role and first day only gets its last day and rank changed.

    Raises `IntegrityError`.
    """
    key = ("section_id", "staff_id", "role", "starts_on")
    values = {name: getattr(assignment, name) for name in ("school_id", *key, "is_primary", "ends_on")}
    row = insert(StaffAssignment).values(**values)
    changed = {"ends_on": assignment.ends_on, "is_primary": assignment.is_primary}
    query = row.on_conflict_do_update(index_elements=key, set_=changed).returning(StaffAssignment)
    return work.session.scalars(query, execution_options={"populate_existing": True}).one()


def assignments(
    work: UnitOfWork, school_id: UUID, section_id: UUID, wanted: PageWanted
) -> Sequence[tuple[StaffAssignment, StaffMember]]:
    """Return who was, is and will be assigned to the section, in order of time."""
    query = (
        select(StaffAssignment, StaffMember)
        .join(StaffMember, StaffMember.id == StaffAssignment.staff_id)
        .where(StaffAssignment.school_id == school_id, StaffAssignment.section_id == section_id)
    )
    order = [StaffAssignment.starts_on, StaffAssignment.id]
    rows = work.session.execute(narrowed(query, wanted, order, StaffAssignment.updated_at.expression))
    return [(assignment, member) for assignment, member in rows]
