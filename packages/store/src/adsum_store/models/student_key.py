"""Student keys: what one student's pictures are sealed with. Without it, what is left of them is noise."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from adsum_store.models.base import Row


class StudentKey(Row):
    """A Fernet key, sealed (wrapped) with the installation's; gone with its student, or their consent."""

    __tablename__ = "student_keys"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "student_id"], ["students.school_id", "students.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("school_id", "student_id"),
    )

    student_id: Mapped[UUID]
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
