"""The consent that a template or a crop is about to rest on."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from adsum_store.models import Consent


def held_consent(session: Session, school_id: UUID, student_id: UUID) -> UUID | None:
    """Return the id of the student's active consent, if there is one.

    Its row is locked FOR KEY SHARE, by us and by the foreign key, until the transaction ends: a withdrawal
    waits for it, or is seen by it.
    """
    return session.scalar(
        select(Consent.id)
        .where(Consent.school_id == school_id, Consent.student_id == student_id, Consent.active)
        .with_for_update(read=True, key_share=True)
    )
