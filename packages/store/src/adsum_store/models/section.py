"""Sections (a class of students taught together) and who belongs to them, from when to when."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from adsum_store.models.base import Base, Row


class Section(Row):
    """`late_after_s`: seconds after a lesson's start from which an arrival is late. `room_id`: where it is
    usually taught."""

    __tablename__ = "sections"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "course_id"], ["courses.school_id", "courses.id"]),
        ForeignKeyConstraint(["school_id", "room_id"], ["rooms.school_id", "rooms.id"]),
        UniqueConstraint("school_id", "name"),
        UniqueConstraint("school_id", "id"),
        UniqueConstraint("school_id", "source_id"),
    )

    name: Mapped[str]
    late_after_s: Mapped[int] = mapped_column(server_default="300")
    source_id: Mapped[str | None]
    code: Mapped[str | None]
    course_id: Mapped[UUID | None]
    room_id: Mapped[UUID | None]
    removed_on: Mapped[date | None]
    """The day from which the system that rosters come from no longer had it."""
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class SectionTerm(Base):
    """A section is taught in a term."""

    __tablename__ = "section_terms"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "section_id"], ["sections.school_id", "sections.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["school_id", "term_id"], ["terms.school_id", "terms.id"], ondelete="CASCADE"),
    )

    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id"))
    section_id: Mapped[UUID] = mapped_column(primary_key=True)
    term_id: Mapped[UUID] = mapped_column(primary_key=True)


class SectionPart(Base):
    """A merged section is taught together with its parts: who belongs to a part belongs to the whole."""

    __tablename__ = "section_parts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "whole_id"], ["sections.school_id", "sections.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["school_id", "part_id"], ["sections.school_id", "sections.id"], ondelete="CASCADE"
        ),
        CheckConstraint("whole_id <> part_id", name="two_sections"),
    )

    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id"))
    whole_id: Mapped[UUID] = mapped_column(primary_key=True)
    part_id: Mapped[UUID] = mapped_column(primary_key=True)


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
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    source_id: Mapped[str | None]
    """Its id in the system that rosters come from; one that was ended and taken up again has two rows."""
