"""Enrolment crops: kept where the school keeps them, looked at by another model, and forgotten."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from adsum_store.models import EnrolmentCrop, School, Template
from adsum_store.repositories.consent_held import held_consent


@dataclass(frozen=True, slots=True)
class NewCrop:
    """A sealed crop; everything else is its template's own."""

    school_id: UUID
    student_id: UUID
    sealed: bytes
    quality: float
    source: str
    source_key: str
    pose: str | None = None


def are_kept(session: Session, school_id: UUID) -> bool:
    """Whether the school keeps them; whoever switches it off waits until this transaction ends."""
    query = select(School.keep_enrolment_crops).where(School.id == school_id)
    return bool(session.scalar(query.with_for_update(read=True)))


def add(session: Session, crop: NewCrop) -> None:
    """Keep the crop under the student's active consent; without one, or a second time, nothing happens."""
    consent_id = held_consent(session, crop.school_id, crop.student_id)
    if consent_id is None:
        return
    session.execute(
        insert(EnrolmentCrop)
        .values(
            school_id=crop.school_id,
            student_id=crop.student_id,
            consent_id=consent_id,
            consent_active=True,
            sealed=crop.sealed,
            quality=crop.quality,
            source=crop.source,
            source_key=crop.source_key,
            pose=crop.pose,
        )
        .on_conflict_do_nothing()
    )


def students_without(session: Session, school_id: UUID, model_id: str) -> Sequence[UUID]:
    """Return the students who have a crop that this model has made no template of."""
    return session.scalars(
        select(EnrolmentCrop.student_id)
        .where(EnrolmentCrop.school_id == school_id, _unseen_by(model_id))
        .distinct()
        .order_by(EnrolmentCrop.student_id)
    ).all()


def without_template(
    session: Session, school_id: UUID, student_id: UUID, model_id: str
) -> Sequence[EnrolmentCrop]:
    """Return the student's crops that this model has made no template of."""
    return session.scalars(
        select(EnrolmentCrop)
        .where(
            EnrolmentCrop.school_id == school_id,
            EnrolmentCrop.student_id == student_id,
            _unseen_by(model_id),
        )
        .order_by(EnrolmentCrop.source_key)
    ).all()


def still_there(session: Session, crop_ids: Collection[UUID]) -> set[UUID]:
    """Return those that nobody has deleted, nor can before this transaction ends."""
    query = select(EnrolmentCrop.id).where(EnrolmentCrop.id.in_(crop_ids)).order_by(EnrolmentCrop.id)
    return set(session.scalars(query.with_for_update(read=True)))


def drop_of_school(session: Session, school_id: UUID) -> None:
    """Delete all crops of a school."""
    session.execute(delete(EnrolmentCrop).where(EnrolmentCrop.school_id == school_id))


def drop_before(session: Session, before: datetime) -> None:
    """Delete the crops of every school that were kept before this."""
    session.execute(delete(EnrolmentCrop).where(EnrolmentCrop.created_at < before))


def _unseen_by(model_id: str) -> ColumnElement[bool]:
    of_this = exists().where(
        Template.school_id == EnrolmentCrop.school_id,
        Template.student_id == EnrolmentCrop.student_id,
        Template.model_id == model_id,
        Template.source_key == EnrolmentCrop.source_key,
    )
    return ~of_this
