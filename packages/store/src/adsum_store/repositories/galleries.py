"""Every template of a school with its student's number, for whoever takes them elsewhere. Read only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from sqlalchemy import select

from adsum_store.models import Student, Template
from adsum_store.unit_of_work import UnitOfWork


def vectors(work: UnitOfWork, school_id: UUID, model_id: str) -> Iterator[tuple[str, Sequence[float]]]:
    """Return (number, unit vector of 512 numbers), a student's vectors together, in the order of numbers."""
    query = (
        select(Student.number, Template.embedding)
        .join(Template, Template.student_id == Student.id)
        .where(Template.school_id == school_id, Template.model_id == model_id)
        .order_by(Student.number, Template.created_at, Template.id)
    )
    rows = work.session.execute(query, execution_options={"yield_per": 500})
    return ((number, embedding) for number, embedding in rows)


def of_student(
    work: UnitOfWork, school_id: UUID, student_id: UUID, model_id: str
) -> Sequence[Sequence[float]]:
    """Return this student's unit vectors of 512 numbers by one model."""
    query = select(Template.embedding).where(
        Template.school_id == school_id, Template.student_id == student_id, Template.model_id == model_id
    )
    return work.session.scalars(query).all()
