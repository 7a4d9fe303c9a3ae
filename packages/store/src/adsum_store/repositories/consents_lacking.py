"""Students whose faces may not be kept, or soon not any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, func, or_, select

from adsum_store.models import Consent, Student
from adsum_store.repositories.pages import EVERYTHING, PageWanted, narrowed
from adsum_store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class LackingWanted:
    """Those without an active consent, or with one that ends by `until`, or that would not hold by another
    `rule`; without those who had left the school on `day`."""

    day: date
    until: datetime
    rule: str | None = None
    page: PageWanted = EVERYTHING


def find(
    work: UnitOfWork, school_id: UUID, wanted: LackingWanted
) -> Sequence[tuple[Student, Consent | None]]:
    """Return the students, with their active consent if any, by number."""
    active = and_(Consent.school_id == school_id, Consent.student_id == Student.id, Consent.active)
    lacks = [Consent.id.is_(None), Consent.expires_at <= wanted.until]
    if wanted.rule is not None:
        lacks.append(func.adsum_consent_lacks(Student.id, wanted.rule))
    query = (
        select(Student, Consent)
        .outerjoin(Consent, active)
        .where(
            Student.school_id == school_id,
            or_(Student.left_on.is_(None), Student.left_on > wanted.day),
            or_(*lacks),
        )
    )
    page = narrowed(query, wanted.page, [Student.number], Student.updated_at.expression)
    return [(student, consent) for student, consent in work.session.execute(page)]
