"""Calibrations: the threshold and margin that a school's own enrolments ask of a model."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped

from adsum_store.models.base import Row


class Calibration(Row):
    """A proposal, in force from when a person accepts it: the accepted one of a (school, model) with the
    highest `version` is. Older ones, and those that nobody accepted, stay as a record."""

    __tablename__ = "calibrations"
    __table_args__ = (
        UniqueConstraint("school_id", "model_id", "version"),
        CheckConstraint("(accepted_by IS NULL) = (accepted_at IS NULL)", name="accepted_by_somebody"),
    )

    model_id: Mapped[str]
    version: Mapped[int]
    threshold: Mapped[float]
    strong_threshold: Mapped[float]
    margin: Mapped[float]
    clear_margin: Mapped[float]
    """A lead over the best other student that makes up for a score below the threshold."""
    roster: Mapped[int]
    """Students that a lesson looks for, as the proposal reckoned."""
    false_marks: Mapped[float]
    """Wrong marks in a lesson that were asked to be the most."""
    students: Mapped[int]
    genuine_pairs: Mapped[int]
    impostor_pairs: Mapped[int]
    accepted_by: Mapped[str | None]
    accepted_at: Mapped[datetime | None]
