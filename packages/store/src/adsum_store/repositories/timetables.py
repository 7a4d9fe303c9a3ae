"""Calendars, and the lessons that are made from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from adsum_store.models import Calendar, Lesson, School
from adsum_store.repositories.pages import EVERYTHING, PageWanted, narrowed
from adsum_store.unit_of_work import UnitOfWork


def all_of(work: UnitOfWork, school_id: UUID, wanted: PageWanted = EVERYTHING) -> Sequence[Calendar]:
    """Return the school's calendars by name."""
    query = select(Calendar).where(Calendar.school_id == school_id)
    query = narrowed(query, wanted, [Calendar.name], Calendar.imported_at.expression)
    return work.session.scalars(query).all()


def put(work: UnitOfWork, calendar: Calendar) -> Calendar:
    """Store the calendar in the place of the one of its name."""
    columns = {
        name: getattr(calendar, name)
        for name in ("holidays", "content", "reading", "weeks_ahead", "imported_at")
    }
    row = insert(Calendar).values(school_id=calendar.school_id, name=calendar.name, **columns)
    row = row.on_conflict_do_update(index_elements=["school_id", "name"], set_=columns)
    query = row.returning(Calendar)
    return work.session.scalars(query, execution_options={"populate_existing": True}).one()


def schools_with_calendars(work: UnitOfWork) -> Sequence[School]:
    """Return the schools that have a calendar."""
    query = select(School).where(School.id.in_(select(Calendar.school_id))).order_by(School.id)
    return work.session.scalars(query).all()


def lessons_of(work: UnitOfWork, calendar_id: UUID, since: datetime) -> Sequence[Lesson]:
    """Return the calendar's lessons that begin at `since` or later, cancelled ones as well."""
    query = select(Lesson).where(Lesson.calendar_id == calendar_id, Lesson.starts_at >= since)
    return work.session.scalars(query.order_by(Lesson.starts_at, Lesson.id)).all()


def taken(
    work: UnitOfWork, school_id: UUID, calendar_id: UUID | None, start: datetime, end: datetime
) -> Sequence[Lesson]:
    """Return the lessons of others than this calendar that take a room within the span."""
    query = select(Lesson).where(
        Lesson.school_id == school_id,
        Lesson.calendar_id.is_distinct_from(calendar_id) | Lesson.calendar_id.is_(None),
        Lesson.cancelled_at.is_(None),
        Lesson.closed_at.is_(None),
        Lesson.starts_at < end,
        Lesson.ends_at > start,
    )
    return work.session.scalars(query).all()


def add_lessons(work: UnitOfWork, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store lessons; one that its event had before, at whatever time, is not made a second time."""
    if rows:
        row = insert(Lesson).on_conflict_do_nothing(
            index_elements=["calendar_id", "event_uid", "recurrence_id"]
        )
        work.session.execute(row, rows)


def move_lessons(work: UnitOfWork, rows: Sequence[Mapping[str, Any]]) -> None:
    """Set columns of lessons, each named by its `id`."""
    if rows:
        work.session.execute(update(Lesson), rows)


def cancel_lessons(work: UnitOfWork, ids: Iterable[UUID], at: datetime) -> None:
    """Let lessons not be held."""
    work.session.execute(update(Lesson).where(Lesson.id.in_(list(ids))).values(cancelled_at=at))
