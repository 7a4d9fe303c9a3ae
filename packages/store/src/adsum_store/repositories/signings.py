"""Signings of registers: the log of who finalised them, and opened them again."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from adsum_store.models import RegisterSigning
from adsum_store.repositories.pages import EVERYTHING, PageWanted, narrowed
from adsum_store.unit_of_work import UnitOfWork


def append(work: UnitOfWork, signing: RegisterSigning) -> RegisterSigning:
    """Write a signing; the caller holds the lock on the lesson."""
    work.session.add(signing)
    work.session.flush()
    return signing


def of_lesson(
    work: UnitOfWork, school_id: UUID, lesson_id: UUID, wanted: PageWanted = EVERYTHING
) -> Sequence[RegisterSigning]:
    """Return the signings of a lesson in order of time."""
    query = select(RegisterSigning).where(
        RegisterSigning.school_id == school_id, RegisterSigning.lesson_id == lesson_id
    )
    page = narrowed(query, wanted, [RegisterSigning.id], RegisterSigning.signed_at.expression)
    return work.session.scalars(page).all()
