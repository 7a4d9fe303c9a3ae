"""The consent that a template or a crop is about to rest on."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from adsum_store.models import Consent, School, Student

FORBIDDEN: Final = "us-ny-k12"
"""Where nobody's face may be enrolled, as the trigger on templates has it too."""


def held_consent(session: Session, school_id: UUID, student_id: UUID) -> UUID | None:
    """Return the id of the student's active consent, if there is one.

    Its row is locked FOR KEY SHARE, by us and by the foreign key, until the transaction ends: a withdrawal
    waits for it, or is seen by it.
    """
    return session.scalar(
        select(Consent.id)
        .join(School, School.id == Consent.school_id)
        .join(Student, Student.id == Consent.student_id)
        .where(
            Consent.school_id == school_id,
            Consent.student_id == student_id,
            Consent.active,
            or_(Consent.expires_at.is_(None), Consent.expires_at > func.now()),
            School.jurisdiction != FORBIDDEN,
            Student.refuses_since.is_(None),
        )
        .with_for_update(read=True, key_share=True, of=Consent)
    )
