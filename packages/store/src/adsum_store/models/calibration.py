"""Calibrations: the threshold and margin that a school's own enrolments ask of a model."""

from __future__ import annotations

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from adsum_store.models.base import Row


class Calibration(Row):
    """The newest `version` of a (school, model) is in force; older ones stay as a record."""

    __tablename__ = "calibrations"
    __table_args__ = (UniqueConstraint("school_id", "model_id", "version"),)

    model_id: Mapped[str]
    version: Mapped[int]
    threshold: Mapped[float]
    strong_threshold: Mapped[float]
    margin: Mapped[float]
    clear_margin: Mapped[float]
    """A lead over the best other student that makes up for a score below the threshold."""
    students: Mapped[int]
    genuine_pairs: Mapped[int]
    impostor_pairs: Mapped[int]
    accepted_by: Mapped[str]
