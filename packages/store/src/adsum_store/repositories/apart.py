"""Which students are held further apart than others, and by how much."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.orm import Session

from adsum_store.repositories import calibrations, corrections, look_alikes


def pairs(session: Session, school_id: UUID, model_id: str) -> Mapping[frozenset[UUID], float]:
    """Return the extra lead (cosine) of each pair: the look-alikes of the calibration in force
    and of enrolments since, and whom people found taken for each other. What was a lead when it was wrong is
    none any more."""
    calibration = calibrations.in_force(session, school_id, model_id)
    found = [*look_alikes.enrolled_since(session, school_id, model_id, calibration)]
    if calibration is not None:
        found += look_alikes.of_calibration(session, calibration.id)
    found += corrections.negative_pairs(session, school_id, model_id)
    extras: dict[frozenset[UUID], float] = {}
    for one, other, extra in found:
        pair = frozenset((one, other))
        extras[pair] = max(extra, extras.get(pair, 0.0))
    return extras
