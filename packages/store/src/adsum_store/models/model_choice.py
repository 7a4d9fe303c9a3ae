"""Model choices: which model names a school's faces, and which one stands beside it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from adsum_store.models.base import Base


class ModelChoice(Base):
    """The one row of a school that ever chose; without it the deployed model (`ADSUM_EMBEDDER`) is active.

    The model on standby has templates of its own beside the active one's, and looks at `share` of the live
    tracks, to be compared. Before a switch it is the candidate, after one (`switched_at`) the one to go back
    to.
    """

    __tablename__ = "model_choices"
    __table_args__ = (
        CheckConstraint("active_id <> standby_id", name="two_models"),
        CheckConstraint("share >= 0 AND share <= 1", name="share_of_one"),
        CheckConstraint("(switched_by IS NULL) = (switched_at IS NULL)", name="switched_by_somebody"),
    )

    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id"), primary_key=True)
    active_id: Mapped[str]
    standby_id: Mapped[str | None]
    share: Mapped[float] = mapped_column(server_default="0")
    switched_by: Mapped[str | None]
    switched_at: Mapped[datetime | None]
