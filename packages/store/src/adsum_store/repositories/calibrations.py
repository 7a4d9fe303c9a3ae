"""Calibrations: what a school's own enrolments ask of a model, kept version by version."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from adsum_store.models import Calibration
from adsum_store.repositories import look_alikes
from adsum_store.repositories.look_alikes import Pair


def in_force(session: Session, school_id: UUID, model_id: str) -> Calibration | None:
    """Return the newest calibration of this school and model that somebody accepted."""
    return session.scalar(
        select(Calibration)
        .where(
            Calibration.school_id == school_id,
            Calibration.model_id == model_id,
            Calibration.accepted_by.is_not(None),
        )
        .order_by(Calibration.version.desc())
        .limit(1)
    )


def of_version(session: Session, school_id: UUID, model_id: str, version: int) -> Calibration | None:
    """Return one version, accepted or not."""
    return session.scalar(
        select(Calibration).where(
            Calibration.school_id == school_id,
            Calibration.model_id == model_id,
            Calibration.version == version,
        )
    )


def add(session: Session, calibration: Calibration, pairs: Iterable[Pair] = ()) -> int:
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
    look_alikes.add(session, calibration.school_id, calibration.model_id, pairs, calibration.id)
    return calibration.version


def accept(calibration: Calibration, by: str, at: datetime) -> None:
    """Put it in force, unless it was accepted before: who did so first stays."""
    if calibration.accepted_by is None:
        calibration.accepted_by, calibration.accepted_at = by, at
