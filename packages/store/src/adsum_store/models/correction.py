"""Corrections: a person's word that a track is not who it was taken for. Written by the api."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from adsum_store.models.base import Row


class Correction(Row):
    """The track is not `student_id`, whom `model_id` had named with the lead `lead` (cosine); but, if the
    person could tell, `rather_id`: the two are a negative pair, which needs a larger lead from now on.

    One that was taken back stays, with who did it and when, and counts no more."""

    __tablename__ = "corrections"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "lesson_id"], ["lessons.school_id", "lessons.id"]),
        ForeignKeyConstraint(
            ["school_id", "student_id"], ["students.school_id", "students.id"], ondelete="CASCADE"
        ),
        # Whom it was rather may be erased: that it was not `student_id` stays said.
        ForeignKeyConstraint(["rather_id"], ["students.id"], ondelete="SET NULL"),
        Index(
            "uq_corrections_one_standing",
            "lesson_id",
            "track_id",
            "student_id",
            unique=True,
            postgresql_where=text("taken_back_at IS NULL"),
        ),
    )

    lesson_id: Mapped[UUID]
    track_id: Mapped[UUID]
    student_id: Mapped[UUID] = mapped_column(index=True)
    rather_id: Mapped[UUID | None] = mapped_column(index=True)
    model_id: Mapped[str]
    lead: Mapped[float]
    actor: Mapped[str]
    taken_back_by: Mapped[str | None]
    taken_back_at: Mapped[datetime | None]
