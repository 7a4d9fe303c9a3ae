"""Kept answers: what a POST was answered, so that the same POST sent again is answered so, and done once."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from adsum_store.models.base import Row


class KeptAnswer(Row):
    """The answer to the request that `caller` sent with `key`, sealed: it may hold names, or a camera's key.

    `fingerprint`: SHA-256 of the request. One that is about a student is erased with the student.
    """

    __tablename__ = "kept_answers"
    __table_args__ = (
        UniqueConstraint("school_id", "caller", "key"),
        ForeignKeyConstraint(
            ["school_id", "student_id"], ["students.school_id", "students.id"], ondelete="CASCADE"
        ),
        Index("ix_kept_answers_created_at", "created_at"),
    )

    caller: Mapped[str]
    key: Mapped[str]
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    student_id: Mapped[UUID | None] = mapped_column(index=True)
