"""Absence warnings: who missed lesson after lesson, held until a person releases or dismisses it."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from adsum_store.models.base import Row


class AbsenceWarning(Row):
    """`count` lessons or days (`kind`) without a sign of the student, from `first_on` to `last_on`.

    `state`: held, released or dismissed. Nothing of a held one leaves the school; one that is held no longer
    grows, and the streak that it tells of is not told a second time."""

    __tablename__ = "absence_warnings"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "student_id"], ["students.school_id", "students.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("student_id", "kind", "first_on"),
        CheckConstraint("kind IN ('lessons', 'days')", name="kind_is_known"),
        Index("ix_absence_warnings_first_on", "school_id", "first_on", "id"),
        Index(
            "ix_absence_warnings_held", "school_id", "first_on", "id", postgresql_where=text("state = 'held'")
        ),
        Index("ix_absence_warnings_changed", "school_id", "updated_at"),
        CheckConstraint("state IN ('held', 'released', 'dismissed')", name="state_is_known"),
    )

    student_id: Mapped[UUID]
    kind: Mapped[str]
    count: Mapped[int]
    first_on: Mapped[date]
    last_on: Mapped[date]
    state: Mapped[str] = mapped_column(server_default="held")
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    note: Mapped[str | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
