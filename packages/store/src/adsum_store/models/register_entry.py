"""Register entries: the effective mark of each student in each lesson, a projection of `marks`."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, ForeignKeyConstraint, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from adsum_store.models.base import Row


class RegisterEntry(Row):
    """One row for a student and lesson; can be dropped and rebuilt from the log at any time."""

    __tablename__ = "register_entries"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "lesson_id"], ["lessons.school_id", "lessons.id"]),
        ForeignKeyConstraint(
            ["school_id", "student_id"], ["students.school_id", "students.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("lesson_id", "student_id"),
    )

    lesson_id: Mapped[UUID]
    student_id: Mapped[UUID] = mapped_column(index=True)
    mark_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("marks.id", ondelete="CASCADE"))
    status: Mapped[str]
    minutes_late: Mapped[int | None]
    minutes_early: Mapped[int | None]
    code: Mapped[str | None]
    source: Mapped[str]
    first_seen_at: Mapped[datetime | None]
    last_seen_at: Mapped[datetime | None]
    minutes_present: Mapped[float | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
