"""Courses: what is taught, whichever section learns it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from adsum_store.models.base import Row


class Course(Row):
    """A subject as the school offers it; `code` is the school's own."""

    __tablename__ = "courses"
    __table_args__ = (UniqueConstraint("school_id", "id"), UniqueConstraint("school_id", "source_id"))

    source_id: Mapped[str | None]
    title: Mapped[str]
    code: Mapped[str | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    removed_on: Mapped[date | None]
    """The day from which the system that rosters come from no longer had it."""
