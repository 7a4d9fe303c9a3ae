"""Marks: the log, read in order of writing and appended to by whoever holds the lock on the lesson."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.sql.dml import ReturningInsert

from adsum_store.models import Mark
from adsum_store.repositories.pages import EVERYTHING, PageWanted, narrowed
from adsum_store.repositories.row_set import as_parameter, row_set, table_of
from adsum_store.unit_of_work import UnitOfWork


def log(
    work: UnitOfWork, school_id: UUID, lesson_id: UUID, student_id: UUID | None = None,
    wanted: PageWanted = EVERYTHING,
) -> Sequence[Mark]:  # fmt: skip
    """Return what was said in a lesson, of one student or of all, in order of writing."""
    query = select(Mark).where(Mark.school_id == school_id, Mark.lesson_id == lesson_id)
    if student_id is not None:
        query = query.where(Mark.student_id == student_id)
    return work.session.scalars(narrowed(query, wanted, [Mark.id], Mark.marked_at.expression)).all()


def with_key(work: UnitOfWork, lesson_id: UUID, student_id: UUID, mark_key: str) -> Mark | None:
    """Return the mark that a repeated request has already written."""
    return work.session.scalar(
        select(Mark).where(
            Mark.lesson_id == lesson_id, Mark.student_id == student_id, Mark.mark_key == mark_key
        )
    )


def of_key(work: UnitOfWork, lesson_id: UUID, key: str) -> Sequence[Mark]:
    """Return the marks of a lesson that a request with this key, whoever spoke, has already written."""
    query = select(Mark).where(
        Mark.lesson_id == lesson_id, Mark.mark_key.endswith(f":{key}", autoescape=True)
    )
    return work.session.scalars(query).all()


def append(work: UnitOfWork, marks: Sequence[Mark]) -> None:
    """Write new marks in this order, and give them their ids and the time by the database's clock; raise
    `sqlalchemy.exc.IntegrityError` for a key that is taken."""
    if not marks:
        return
    for mark in marks:
        mark.evidence = mark.evidence or {}
    rows = [{name: getattr(mark, name) for name in SAID} | {"id": place} for place, mark in enumerate(marks)]
    written = work.session.execute(_appending(), as_parameter(rows))
    by_key = {(row.student_id, row.mark_key): row for row in written}
    for mark in marks:
        row = by_key[mark.student_id, mark.mark_key]
        mark.id, mark.marked_at = row.id, row.marked_at


SAID: Final = (
    "school_id", "lesson_id", "student_id", "mark_key", "status", "minutes_late", "minutes_early", "code",
    "source", "actor", "reason", "first_seen_at", "last_seen_at", "minutes_present", "evidence",
)  # fmt: skip


@cache
def _appending() -> ReturningInsert[Any]:
    """Write the rows in the order of their `id`, which is their place."""
    table = table_of(Mark)
    given = row_set(table, ("id", *SAID))
    new = insert(table).from_select(SAID, select(*(given.c[name] for name in SAID)).order_by(given.c.id))
    return new.returning(table.c.id, table.c.student_id, table.c.mark_key, table.c.marked_at)
