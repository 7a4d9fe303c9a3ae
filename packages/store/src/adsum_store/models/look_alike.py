"""Look-alikes: pairs of students whose own pictures are closer than the margin. Written by the recognizer."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from adsum_store.models.base import Row


class LookAlike(Row):
    """A pair that a calibration found, or, without one, the enrolment of either; `one_id` sorts before
    `other_id`. `extra`: the lead (cosine) that either needs over the other beyond the margin."""

    __tablename__ = "look_alikes"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "one_id"], ["students.school_id", "students.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["school_id", "other_id"], ["students.school_id", "students.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("calibration_id", "one_id", "other_id"),
        Index(
            "uq_look_alikes_enrolled",
            "model_id",
            "one_id",
            "other_id",
            unique=True,
            postgresql_where=text("calibration_id IS NULL"),
        ),
    )

    calibration_id: Mapped[UUID | None] = mapped_column(ForeignKey("calibrations.id", ondelete="CASCADE"))
    model_id: Mapped[str]
    one_id: Mapped[UUID] = mapped_column(index=True)
    other_id: Mapped[UUID] = mapped_column(index=True)
    extra: Mapped[float]
