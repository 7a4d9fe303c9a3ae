"""Schools."""

from __future__ import annotations

from sqlalchemy import select, text

from adsum_store.models import School
from adsum_store.unit_of_work import UnitOfWork


def lock(work: UnitOfWork, school: School) -> None:
    """Read the school again, and keep others from changing it before this transaction ends; rows that only
    refer to it can be written meanwhile."""
    work.session.refresh(school, with_for_update={"key_share": True})


def only(work: UnitOfWork) -> School | None:
    """Return the installation's school (the oldest, should there be several), or None before the first."""
    return work.session.scalar(select(School).order_by(School.created_at, School.id).limit(1))


def add_first(work: UnitOfWork, name: str, timezone: str) -> School:
    """Make the first school; two at once make one."""
    work.session.execute(text("LOCK TABLE schools IN EXCLUSIVE MODE"))
    if (there := only(work)) is not None:
        return there
    school = School(name=name, timezone=timezone)
    work.session.add(school)
    work.session.flush()
    return school
