"""Calibrations: what a school's own enrolments ask of a model, kept version by version."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from adsum_store.models import Calibration


def in_force(session: Session, school_id: UUID, model_id: str) -> Calibration | None:
    """Return the newest calibration of this school and model."""
    return session.scalar(
        select(Calibration)
        .where(Calibration.school_id == school_id, Calibration.model_id == model_id)
        .order_by(Calibration.version.desc())
        .limit(1)
    )


def add(session: Session, calibration: Calibration) -> int:
    """Store it as the next version, which it returns; a second writer at the same time fails.

    Raises `sqlalchemy.exc.IntegrityError` in that case.
    """
    newest = session.scalar(
        select(func.max(Calibration.version)).where(
            Calibration.school_id == calibration.school_id, Calibration.model_id == calibration.model_id
        )
    )
    calibration.version = (newest or 0) + 1
    session.add(calibration)
    session.flush()
    return calibration.version
