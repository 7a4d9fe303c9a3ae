"""Model comparisons: how often two models said the same of live crops. Counts alone: nobody is in them."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from adsum_store.models.base import Base


class ModelComparison(Base):
    """So many `crops` of a school had this `outcome`: `same`, `different`, `only_active`, `only_standby` or
    `neither` was named; the scores are each model's best, in hundredths, -100 where it found nobody."""

    __tablename__ = "model_comparisons"

    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id"), primary_key=True)
    active_id: Mapped[str] = mapped_column(primary_key=True)
    standby_id: Mapped[str] = mapped_column(primary_key=True)
    outcome: Mapped[str] = mapped_column(primary_key=True)
    active_score: Mapped[int] = mapped_column(primary_key=True)
    standby_score: Mapped[int] = mapped_column(primary_key=True)
    crops: Mapped[int] = mapped_column(BigInteger)
