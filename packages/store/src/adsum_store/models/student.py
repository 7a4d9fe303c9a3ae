"""Students: a number that the school gave, and a name."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from adsum_store.models.base import Row


class Student(Row):
    """`number` is the school's own enrolment number (the demo's `enrollment`), unique in the school.

    `left_on`: the day from which the system that rosters come from no longer had them; what was recorded of
    them stays until it is erased or its time is over.
    """

    __tablename__ = "students"
    __table_args__ = (
        UniqueConstraint("school_id", "number"),
        UniqueConstraint("school_id", "id"),
        UniqueConstraint("school_id", "source_id"),
        Index("ix_students_changed", "school_id", "updated_at"),
    )

    number: Mapped[str]
    name: Mapped[str]
    source_id: Mapped[str | None]
    left_on: Mapped[date | None]
    refuses_since: Mapped[datetime | None]
    """Since when the student does not want to be recognised, whoever has consented."""
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
