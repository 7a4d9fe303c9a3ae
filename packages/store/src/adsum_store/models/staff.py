"""Staff, and which sections they are assigned to, from when to when."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from adsum_store.models.base import Row


class StaffMember(Row):
    """Somebody who works at the school; `username` and `email` are what an account is found by."""

    __tablename__ = "staff"
    __table_args__ = (UniqueConstraint("school_id", "id"), UniqueConstraint("school_id", "source_id"))

    source_id: Mapped[str | None]
    name: Mapped[str]
    username: Mapped[str | None]
    email: Mapped[str | None]
    left_on: Mapped[date | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class StaffAssignment(Row):
    """A section's teacher, proctor or administrator from `starts_on` to `ends_on`, both days included."""

    __tablename__ = "staff_assignments"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "section_id"], ["sections.school_id", "sections.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["school_id", "staff_id"], ["staff.school_id", "staff.id"], ondelete="CASCADE"),
        UniqueConstraint("section_id", "staff_id", "role", "starts_on"),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="ends_after_start"),
    )

    section_id: Mapped[UUID]
    staff_id: Mapped[UUID] = mapped_column(index=True)
    role: Mapped[str]
    is_primary: Mapped[bool] = mapped_column(server_default="false")
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    source_id: Mapped[str | None]
