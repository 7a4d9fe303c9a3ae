"""Terms: the parts of a school year."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from adsum_store.models.base import Row


class Term(Row):
    """From `starts_on` to `ends_on`, both days included. `kind` is OneRoster's: schoolYear, semester, term or
    gradingPeriod; `school_year` the year in which its school year ends."""

    __tablename__ = "terms"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "parent_id"], ["terms.school_id", "terms.id"]),
        UniqueConstraint("school_id", "id"),
        UniqueConstraint("school_id", "source_id"),
        CheckConstraint("ends_on >= starts_on", name="ends_after_start"),
    )

    source_id: Mapped[str | None]
    title: Mapped[str]
    kind: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    school_year: Mapped[int | None]
    parent_id: Mapped[UUID | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    removed_on: Mapped[date | None]
    """The day from which the system that rosters come from no longer had it."""
