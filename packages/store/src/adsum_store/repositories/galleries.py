"""Every template of a school with its student's number, for whoever takes them elsewhere. Read only."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from adsum_store.models import Student, Template
from adsum_store.models.template import DIMENSIONS
from adsum_store.unit_of_work import UnitOfWork


def vectors(work: UnitOfWork, school_id: UUID, model_id: str) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Yield (number, unit vector of 512 numbers), a student's vectors together, in the order of numbers."""
    query = (
        select(Student.number, Template.embedding)
        .join(Template, Template.student_id == Student.id)
        .where(Template.school_id == school_id, Template.model_id == model_id)
        .order_by(Student.number, Template.created_at, Template.id)
    )
    for number, embedding in work.session.execute(query, execution_options={"yield_per": 500}):
        yield number, np.asarray(embedding, dtype=np.float32)


def of_student(work: UnitOfWork, school_id: UUID, student_id: UUID, model_id: str) -> NDArray[np.float32]:
    """Return this student's unit vectors by one model, of shape (templates, 512)."""
    query = select(Template.embedding).where(
        Template.school_id == school_id, Template.student_id == student_id, Template.model_id == model_id
    )
    rows = [np.asarray(row, dtype=np.float32) for row in work.session.scalars(query)]
    return np.stack(rows) if rows else np.empty((0, DIMENSIONS), dtype=np.float32)
