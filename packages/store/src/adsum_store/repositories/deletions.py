"""Deletions: what is gone, in order of time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select

from adsum_store.models import Deletion
from adsum_store.repositories.pages import PageWanted, narrowed
from adsum_store.unit_of_work import UnitOfWork


def of_school(work: UnitOfWork, school_id: UUID, wanted: PageWanted) -> Sequence[Deletion]:
    """Return what was deleted, in order of time."""
    query = select(Deletion).where(Deletion.school_id == school_id)
    order = [Deletion.deleted_at, Deletion.id]
    return work.session.scalars(narrowed(query, wanted, order, Deletion.deleted_at.expression)).all()


def drop_before(work: UnitOfWork, at: datetime) -> None:
    """Forget the deletions of every school before `at`."""
    work.session.execute(delete(Deletion).where(Deletion.deleted_at < at))
