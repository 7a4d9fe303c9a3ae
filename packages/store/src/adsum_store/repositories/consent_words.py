"""What parents and students said of face recognition, and the parents whom a school has registered."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from adsum_store.models import Consent, ConsentWord, Guardian, School
from adsum_store.repositories.pages import EVERYTHING, PageWanted, narrowed
from adsum_store.unit_of_work import UnitOfWork


def say(work: UnitOfWork, word: ConsentWord) -> ConsentWord:
    """Keep a word. Its number is given by the database."""
    work.session.add(word)
    work.session.flush()
    return word


def hold_rule(work: UnitOfWork, school_id: UUID) -> str:
    """Return the school's rule, which nobody changes before this transaction ends."""
    query = select(School.consent_rule).where(School.id == school_id)
    return work.session.execute(query.with_for_update(read=True)).scalar_one()


def of_students(work: UnitOfWork, school_id: UUID, student_ids: Collection[UUID]) -> Sequence[ConsentWord]:
    """Return every word about these students, in the order in which they were said."""
    query = select(ConsentWord).where(
        ConsentWord.school_id == school_id, ConsentWord.student_id.in_(student_ids)
    )
    return work.session.scalars(query.order_by(ConsentWord.said_at, ConsentWord.number)).all()


def register(work: UnitOfWork, guardian: Guardian) -> Guardian:
    """Keep a parent of a student."""
    work.session.add(guardian)
    work.session.flush()
    return guardian


def guardian(work: UnitOfWork, school_id: UUID, student_id: UUID, guardian_id: UUID) -> Guardian | None:
    """Return a registered parent of this student."""
    return work.session.scalar(
        select(Guardian).where(
            Guardian.school_id == school_id,
            Guardian.student_id == student_id,
            Guardian.id == guardian_id,
            Guardian.ended_at.is_(None),
        )
    )


def guardians_of(work: UnitOfWork, school_id: UUID, student_ids: Collection[UUID]) -> Sequence[Guardian]:
    """Return the registered parents of these students, by name."""
    query = select(Guardian).where(
        Guardian.school_id == school_id, Guardian.student_id.in_(student_ids), Guardian.ended_at.is_(None)
    )
    return work.session.scalars(query.order_by(Guardian.name, Guardian.id)).all()


def page_of_guardians(
    work: UnitOfWork, school_id: UUID, student_id: UUID, wanted: PageWanted = EVERYTHING
) -> Sequence[Guardian]:
    """Return a student's registered parents, by name."""
    query = select(Guardian).where(
        Guardian.school_id == school_id, Guardian.student_id == student_id, Guardian.ended_at.is_(None)
    )
    order = [Guardian.name, Guardian.id]
    return work.session.scalars(narrowed(query, wanted, order, Guardian.created_at.expression)).all()


def end_guardian(work: UnitOfWork, guardian: Guardian, at: datetime) -> None:
    """Let a parent's word count no longer."""
    guardian.ended_at = at
    work.session.flush()


def lacking_by(work: UnitOfWork, school_id: UUID, rule: str) -> int:
    """Return how many active consents would not hold by another rule."""
    query = select(func.count()).where(
        Consent.school_id == school_id, Consent.active, func.adsum_consent_lacks(Consent.student_id, rule)
    )
    return work.session.execute(query).scalar_one()
