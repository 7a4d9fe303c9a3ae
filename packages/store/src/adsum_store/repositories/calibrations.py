"""Calibrations: what a school's own enrolments ask of a model, kept version by version."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from adsum_store.models import Calibration, LookAlike

Pair = tuple[UUID, UUID, float]
"""Two students, and the extra lead (cosine) that either needs over the other."""


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


def add(session: Session, calibration: Calibration, look_alikes: Iterable[Pair] = ()) -> int:
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
    session.add_all(_look_alike(calibration, *pair) for pair in look_alikes)
    session.flush()
    return calibration.version


def accept(calibration: Calibration, by: str, at: datetime) -> None:
    """Put it in force, unless it was accepted before: who did so first stays."""
    if calibration.accepted_by is None:
        calibration.accepted_by, calibration.accepted_at = by, at


def look_alikes(session: Session, calibration_id: UUID) -> Sequence[Pair]:
    """Return the pairs that a calibration found."""
    rows = session.execute(
        select(LookAlike.one_id, LookAlike.other_id, LookAlike.extra).where(
            LookAlike.calibration_id == calibration_id
        )
    )
    return [(one_id, other_id, extra) for one_id, other_id, extra in rows]


def _look_alike(calibration: Calibration, one: UUID, other: UUID, extra: float) -> LookAlike:
    first, second = sorted((one, other))
    return LookAlike(
        school_id=calibration.school_id,
        calibration_id=calibration.id,
        one_id=first,
        other_id=second,
        extra=extra,
    )
