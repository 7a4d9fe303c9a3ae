"""Planned absences: what somebody told the school, before or afterwards, of a student's missing lessons."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, Uuid, func
from sqlalchemy.orm import Mapped, mapped_column

from adsum_store.models.base import Row


class PlannedAbsence(Row):
    """From `starts_on` to `ends_on`, both days included, in the school's zone; with `lesson_ids` of these
    days' lessons only those. `kind`: family, medical, education or other; `told_by`: who told the school.

    One that was withdrawn stays, with who did it and when, and excuses nothing any more. `dedupe_key` makes
    reading it from a file a second time harmless."""

    __tablename__ = "planned_absences"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "student_id"], ["students.school_id", "students.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("school_id", "dedupe_key"),
        CheckConstraint("ends_on >= starts_on", name="ends_after_start"),
        Index("ix_planned_absences_changed", "school_id", "updated_at"),
        Index("ix_planned_absences_days", "school_id", "starts_on", "ends_on"),
    )

    student_id: Mapped[UUID] = mapped_column(index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    lesson_ids: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid))
    kind: Mapped[str]
    reason: Mapped[str | None]
    told_by: Mapped[str]
    document: Mapped[str | None]
    recorded_by: Mapped[str]
    dedupe_key: Mapped[str | None]
    withdrawn_by: Mapped[str | None]
    withdrawn_at: Mapped[datetime | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
