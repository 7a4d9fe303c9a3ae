"""Look-alikes: which students' own pictures are too close, found by a calibration or at enrolment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from pgvector.sqlalchemy import VECTOR
from sqlalchemy import ColumnElement, Float, delete, func, literal, or_, select
from sqlalchemy.orm import Session

from adsum_store.models import Calibration, LookAlike, Template
from adsum_store.models.template import DIMENSIONS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Pair = tuple[UUID, UUID, float]
"""Two students, and the extra lead (cosine) that either needs over the other."""


@dataclass(frozen=True, slots=True)
class Gallery:
    """Whose templates, by which model."""

    school_id: UUID
    student_id: UUID
    model_id: str


def add(
    session: Session, school_id: UUID, model_id: str, pairs: Iterable[Pair], calibration_id: UUID | None
) -> None:
    """Store what a calibration found, or, without one, an enrolment."""
    rows = [
        LookAlike(
            school_id=school_id, calibration_id=calibration_id, model_id=model_id, one_id=one, other_id=other,
            extra=extra,
        )
        for (one, other), extra in (((min(pair), max(pair)), extra) for *pair, extra in pairs)
    ]  # fmt: skip
    session.add_all(rows)
    session.flush()


def replace_enrolled(session: Session, gallery: Gallery, pairs: Iterable[Pair]) -> None:
    """Store what the newest enrolment of a student found, in the place of what the earlier ones did.

    The caller holds the school's lock on enrolment.
    """
    session.execute(
        delete(LookAlike).where(
            LookAlike.school_id == gallery.school_id,
            LookAlike.calibration_id.is_(None),
            LookAlike.model_id == gallery.model_id,
            _is_of(gallery.student_id),
        )
    )
    add(session, gallery.school_id, gallery.model_id, pairs, None)


def forget(session: Session, student_id: UUID) -> None:
    """Delete whom a student was found to look like, by any model: it was read off templates that are gone."""
    session.execute(delete(LookAlike).where(_is_of(student_id)))


def of_calibration(session: Session, calibration_id: UUID) -> Sequence[Pair]:
    """Return the pairs that a calibration found."""
    return _pairs(session, LookAlike.calibration_id == calibration_id)


def enrolled_since(
    session: Session, school_id: UUID, model_id: str, calibration: Calibration | None
) -> Sequence[Pair]:
    """Return the pairs that enrolments found; those before the calibration it has looked at again itself."""
    newer = [] if calibration is None else [LookAlike.created_at > calibration.created_at]
    return _pairs(
        session,
        LookAlike.school_id == school_id,
        LookAlike.calibration_id.is_(None),
        LookAlike.model_id == model_id,
        *newer,
    )


def nearest_students(
    session: Session, gallery: Gallery, probe: NDArray[np.float32], limit: int
) -> Sequence[UUID]:
    """Return the other students of the school whose best template is nearest to `probe`, nearest first.

    Exact, in one scan and without an index: see `templates`.
    """
    vector = literal(probe, VECTOR(DIMENSIONS))
    distance = func.min(Template.embedding.op("<=>", return_type=Float())(vector) + 0)
    return session.scalars(
        select(Template.student_id)
        .where(
            Template.school_id == gallery.school_id,
            Template.student_id != gallery.student_id,
            Template.model_id == gallery.model_id,
            Template.consent_active,
        )
        .group_by(Template.student_id)
        .order_by(distance, Template.student_id)
        .limit(limit)
    ).all()


def _is_of(student_id: UUID) -> ColumnElement[bool]:
    return or_(LookAlike.one_id == student_id, LookAlike.other_id == student_id)


def _pairs(session: Session, *which: ColumnElement[bool]) -> Sequence[Pair]:
    rows = session.execute(select(LookAlike.one_id, LookAlike.other_id, LookAlike.extra).where(*which))
    return [(one, other, extra) for one, other, extra in rows]
