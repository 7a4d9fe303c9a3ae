"""Guardians: the parents of a student, as the school has registered them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from adsum_store.models.base import Row


class Guardian(Row):
    """Somebody whose consent counts for one student; from `ended_at` on, which a person set, no longer."""

    __tablename__ = "guardians"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "student_id"], ["students.school_id", "students.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("school_id", "student_id", "id"),
        UniqueConstraint("school_id", "student_id", "source_id"),
        CheckConstraint("relation IN ('parent', 'guardian')", name="relation_is_known"),
    )

    student_id: Mapped[UUID]
    name: Mapped[str]
    relation: Mapped[str]
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    source_id: Mapped[str | None] = mapped_column(default=None)
    """The person's id in the school system that named them; None of one who was typed in."""
