"""Marks: the log, read in order of writing and appended to by whoever holds the lock on the lesson."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from adsum_store.models import Mark
from adsum_store.repositories.pages import EVERYTHING, PageWanted, narrowed
from adsum_store.unit_of_work import UnitOfWork


def log(
    work: UnitOfWork, school_id: UUID, lesson_id: UUID, student_id: UUID | None = None,
    wanted: PageWanted = EVERYTHING,
) -> Sequence[Mark]:  # fmt: skip
    """Return what was said in a lesson, of one student or of all, in order of writing."""
    query = select(Mark).where(Mark.school_id == school_id, Mark.lesson_id == lesson_id)
    if student_id is not None:
        query = query.where(Mark.student_id == student_id)
    return work.session.scalars(narrowed(query, wanted, [Mark.id], Mark.marked_at.expression)).all()


def with_key(work: UnitOfWork, lesson_id: UUID, student_id: UUID, mark_key: str) -> Mark | None:
    """Return the mark that a repeated request has already written."""
    return work.session.scalar(
        select(Mark).where(
            Mark.lesson_id == lesson_id, Mark.student_id == student_id, Mark.mark_key == mark_key
        )
    )


def of_key(work: UnitOfWork, lesson_id: UUID, key: str) -> Sequence[Mark]:
    """Return the marks of a lesson that a request with this key, whoever spoke, has already written."""
    query = select(Mark).where(
        Mark.lesson_id == lesson_id, Mark.mark_key.endswith(f":{key}", autoescape=True)
    )
    return work.session.scalars(query).all()


def append(work: UnitOfWork, marks: Sequence[Mark]) -> None:
    """Write new marks in this order, stamped by the database's clock; raise
    `sqlalchemy.exc.IntegrityError` for a key that is taken."""
    work.session.add_all(marks)
    work.session.flush()
