"""Sections (a class of students taught together) and who belongs to them, from when to when."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from adsum_store.models.base import Row


class Section(Row):
    """`late_after_s`: seconds after a lesson's start from which an arrival is late."""

    __tablename__ = "sections"
    __table_args__ = (UniqueConstraint("school_id", "name"), UniqueConstraint("school_id", "id"))

    name: Mapped[str]
    late_after_s: Mapped[int] = mapped_column(server_default="300")


class SectionEnrolment(Row):
    """A student is on the roster from `starts_on` to `ends_on`, both days included, in the school's zone."""

    __tablename__ = "section_enrolments"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "section_id"], ["sections.school_id", "sections.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["school_id", "student_id"], ["students.school_id", "students.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("section_id", "student_id", "starts_on"),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="ends_after_start"),
    )

    section_id: Mapped[UUID]
    student_id: Mapped[UUID] = mapped_column(index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
