"""Planned absences: recorded, withdrawn, and found by the lessons that they excuse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, or_, select

from adsum_store.models import Lesson, PlannedAbsence, RegisterEntry, School, SectionEnrolment
from adsum_store.repositories.pages import EVERYTHING, PageWanted, narrowed
from adsum_store.repositories.rosters import on_roster_at, school_day
from adsum_store.unit_of_work import UnitOfWork

STANDS = PlannedAbsence.withdrawn_at.is_(None)


@dataclass(frozen=True, slots=True)
class Search:
    """Which absences: of a student, that touch the days from `first` to `last`; withdrawn ones as well."""

    student_id: UUID | None = None
    first: date | None = None
    last: date | None = None


def add(work: UnitOfWork, absence: PlannedAbsence) -> PlannedAbsence:
    """Store it; raise `IntegrityError` (uq_planned_absences_school_id_dedupe_key)."""
    work.session.add(absence)
    work.session.flush()
    return absence


def with_key(work: UnitOfWork, school_id: UUID, dedupe_key: str) -> PlannedAbsence | None:
    """Return the absence that was read from a file before."""
    return work.session.scalar(
        select(PlannedAbsence).where(
            PlannedAbsence.school_id == school_id, PlannedAbsence.dedupe_key == dedupe_key
        )
    )


def get(work: UnitOfWork, school_id: UUID, absence_id: UUID) -> PlannedAbsence | None:
    """Return an absence of this school, which nobody else can change before this transaction ends."""
    query = select(PlannedAbsence).where(
        PlannedAbsence.school_id == school_id, PlannedAbsence.id == absence_id
    )
    return work.session.scalar(query.with_for_update(key_share=True))


def page(
    work: UnitOfWork, school_id: UUID, search: Search, wanted: PageWanted = EVERYTHING
) -> Sequence[PlannedAbsence]:
    """Return the absences by their first day."""
    query = select(PlannedAbsence).where(PlannedAbsence.school_id == school_id)
    if search.student_id is not None:
        query = query.where(PlannedAbsence.student_id == search.student_id)
    if search.first is not None:
        query = query.where(PlannedAbsence.ends_on >= search.first)
    if search.last is not None:
        query = query.where(PlannedAbsence.starts_on <= search.last)
    order = [PlannedAbsence.starts_on, PlannedAbsence.id]
    return work.session.scalars(narrowed(query, wanted, order, PlannedAbsence.updated_at.expression)).all()


def covering(work: UnitOfWork, lesson: Lesson) -> Mapping[UUID, PlannedAbsence]:
    """Return, by student, the absence that excuses them from the lesson; of several the first recorded."""
    found = work.session.scalars(_covering(), {"lesson_id": lesson.id})
    return {each.student_id: each for each in found}


@cache
def _covering() -> Select[PlannedAbsence]:
    return (
        select(PlannedAbsence)
        .join(Lesson, Lesson.school_id == PlannedAbsence.school_id)
        .join(School, School.id == Lesson.school_id)
        .where(Lesson.id == bindparam("lesson_id"), STANDS, _covers())
        .order_by(PlannedAbsence.created_at.desc(), PlannedAbsence.id.desc())
    )


def lessons_of(work: UnitOfWork, absence: PlannedAbsence, until: datetime) -> Sequence[UUID]:
    """Return the lessons that the absence speaks of, the student being expected or marked in them, as far as
    they begin before `until`, in order of their ids, which is the order in which to lock them."""
    enrolled = exists().where(
        SectionEnrolment.section_id == Lesson.section_id,
        SectionEnrolment.student_id == absence.student_id,
        on_roster_at(school_day(Lesson.starts_at.expression)),
    )
    marked = exists().where(
        RegisterEntry.lesson_id == Lesson.id, RegisterEntry.student_id == absence.student_id
    )
    query = (
        select(Lesson.id)
        .join(PlannedAbsence, PlannedAbsence.school_id == Lesson.school_id)
        .join(School, School.id == Lesson.school_id)
        .where(PlannedAbsence.id == absence.id, Lesson.starts_at < until, Lesson.cancelled_at.is_(None))
        .where(_covers(), or_(enrolled, marked, Lesson.section_id.is_(None)))
        .order_by(Lesson.id)
    )
    return work.session.scalars(query).all()


def _covers() -> ColumnElement[bool]:
    """Whether the `PlannedAbsence` of the statement speaks of its `Lesson`, at its `School`."""
    day = school_day(Lesson.starts_at.expression)
    named = or_(PlannedAbsence.lesson_ids.is_(None), Lesson.id == func.any(PlannedAbsence.lesson_ids))
    return and_(PlannedAbsence.starts_on <= day, PlannedAbsence.ends_on >= day, named)
