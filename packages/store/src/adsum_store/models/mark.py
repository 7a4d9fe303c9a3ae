"""Marks: the append-only log of what anybody, person or machine, said of a student in a lesson."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, ForeignKeyConstraint, Identity, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from adsum_store.models.base import Base


class Mark(Base):
    """`source`: machine, teacher, office, guardian or import; `planned` is a planned absence, `qr` what a
    student sent. `mark_key` is unique for the student and lesson, so that a repeated request or task appends
    nothing. Rows are never updated or deleted, except with their student."""

    __tablename__ = "marks"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "lesson_id"], ["lessons.school_id", "lessons.id"]),
        ForeignKeyConstraint(
            ["school_id", "student_id"], ["students.school_id", "students.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("lesson_id", "student_id", "mark_key"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    lesson_id: Mapped[UUID]
    student_id: Mapped[UUID] = mapped_column(index=True)
    mark_key: Mapped[str]
    status: Mapped[str]
    minutes_late: Mapped[int | None]
    minutes_early: Mapped[int | None]
    code: Mapped[str | None]
    source: Mapped[str]
    actor: Mapped[str]
    reason: Mapped[str | None]
    first_seen_at: Mapped[datetime | None]
    last_seen_at: Mapped[datetime | None]
    minutes_present: Mapped[float | None]
    evidence: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    marked_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
