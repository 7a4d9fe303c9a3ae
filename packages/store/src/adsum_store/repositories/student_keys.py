"""The key of each student: made with their first picture, and destroyed with their consent or themselves.

A backup that is older than an erasure has the ciphertext and, sealed, the key; what was copied out of the
database, out of its log or off its disk without the row of the key cannot be read any more.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from adsum_store.models import StudentKey
from adsum_store.sealing import Vault, new_secret_key


def vault_of(session: Session, vault: Vault, school_id: UUID, student_id: UUID) -> Vault:
    """Return what seals this student's pictures, with a new key where they have none yet."""
    new = insert(StudentKey).values(
        school_id=school_id, student_id=student_id, wrapped=vault.seal(new_secret_key().encode())
    )
    session.execute(new.on_conflict_do_nothing())
    return opener(session, vault, school_id, student_id)


def opener(session: Session, vault: Vault, school_id: UUID, student_id: UUID) -> Vault:
    """Return what opens this student's pictures: also those sealed before there were keys of students.

    Opening raises `WrongSecretKey` for what was sealed with a key that is destroyed.
    """
    wrapped = session.scalar(
        select(StudentKey.wrapped).where(
            StudentKey.school_id == school_id, StudentKey.student_id == student_id
        )
    )
    return vault if wrapped is None else vault.with_key(wrapped)


def destroy(session: Session, school_id: UUID, student_id: UUID) -> None:
    """Forget the key for good."""
    session.execute(
        delete(StudentKey).where(StudentKey.school_id == school_id, StudentKey.student_id == student_id)
    )
