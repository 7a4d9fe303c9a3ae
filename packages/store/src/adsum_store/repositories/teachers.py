"""Who teaches a section on a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select

from adsum_store.models import StaffAssignment, StaffMember
from adsum_store.unit_of_work import UnitOfWork


def names(work: UnitOfWork, school_id: UUID, section_id: UUID, day: date) -> Sequence[str]:
    """Return the names of the section's teachers on `day`, the primary one first."""
    query = (
        select(StaffMember.name)
        .join(StaffAssignment, StaffAssignment.staff_id == StaffMember.id)
        .where(
            StaffAssignment.school_id == school_id,
            StaffAssignment.section_id == section_id,
            StaffAssignment.role == "teacher",
            StaffAssignment.starts_on <= day,
            or_(StaffAssignment.ends_on.is_(None), StaffAssignment.ends_on >= day),
        )
        .order_by(StaffAssignment.is_primary.desc(), StaffMember.name)
    )
    return work.session.scalars(query).all()
