"""Register entries of many lessons, row by row or counted: what reports are made of. Each is one query."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, and_, cast, func, select

from adsum_store.models import Lesson, Mark, RegisterEntry, Room, Section, Student
from adsum_store.unit_of_work import UnitOfWork

AT_ONCE: Final = 1000
"""Rows that are fetched together: what a report of any length needs in memory."""

Grouping = Literal["student", "section", "lesson", "day", "week"]


@dataclass(frozen=True, slots=True)
class Entries:
    """Which entries: of the lessons that start in [start, end), days being those of `timezone`."""

    school_id: UUID
    timezone: str
    start: datetime
    end: datetime
    lesson_id: UUID | None = None
    section_id: UUID | None = None
    student_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Attended:
    """A student in a lesson; `section` is None where it was ad hoc."""

    starts_at: datetime
    ends_at: datetime
    section: str | None
    room: str
    number: str
    name: str
    status: str
    code: str | None
    minutes_late: int | None
    minutes_early: int | None
    first_seen_at: datetime | None
    last_seen_at: datetime | None
    minutes_present: float | None
    source: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many entries of a group say what. `group`: a student's number and name; a section's name or None;
    a lesson's start, section and room; a day; a week's Monday. `coded`: of these entries, those with a status
    code of their own, by status and code."""

    group: tuple[str | datetime | date | None, ...]
    entries: int
    statuses: dict[str, int]
    minutes_late: int
    coded: dict[tuple[str, str], int] = field(default_factory=dict)


def stream(work: UnitOfWork, wanted: Entries) -> Iterator[Attended]:
    """Yield the entries by time, section, room and number; read them before the transaction ends."""
    query = (
        select(
            Lesson.starts_at, Lesson.ends_at, Section.name, Room.name, Student.number, Student.name,
            RegisterEntry.status, RegisterEntry.code, RegisterEntry.minutes_late, RegisterEntry.minutes_early,
            RegisterEntry.first_seen_at, RegisterEntry.last_seen_at, RegisterEntry.minutes_present,
            RegisterEntry.source, Mark.reason,
        )
    )  # fmt: skip
    query = _of(query, wanted).join(Mark, Mark.id == RegisterEntry.mark_id)
    ordered = query.order_by(
        Lesson.starts_at, Section.name, Room.name, Lesson.id, func.length(Student.number), Student.number
    )
    rows = work.session.execute(ordered, execution_options={"yield_per": AT_ONCE})
    return (Attended(*row) for row in rows)


def tallies(work: UnitOfWork, wanted: Entries, by: Grouping) -> Sequence[Tally]:
    """Return the counts of each group, in the order of what the groups are called."""
    group, order = _group(by, wanted.timezone)
    counted = (
        select(
            *group,
            RegisterEntry.status,
            RegisterEntry.code,
            func.count().label("entries"),
            func.coalesce(func.sum(RegisterEntry.minutes_late), 0).label("minutes_late"),
        )
        .group_by(*order, *group, RegisterEntry.status, RegisterEntry.code)
        .order_by(*order, *group, RegisterEntry.status, RegisterEntry.code)
    )
    found: dict[tuple[Any, ...], Tally] = {}
    for *key, status, code, entries, minutes in work.session.execute(_of(counted, wanted)):
        before = found.get(tuple(key)) or Tally(tuple(key), 0, {}, 0)
        said = before.statuses | {status: before.statuses.get(status, 0) + entries}
        coded = before.coded | ({} if code is None else {(status, code): entries})
        minutes_late = before.minutes_late + minutes
        found[tuple(key)] = Tally(before.group, before.entries + entries, said, minutes_late, coded)
    return tuple(found.values())


def _of(query: Select[*tuple[Any, ...]], wanted: Entries) -> Select[*tuple[Any, ...]]:
    """Join what the query speaks of, and keep the entries that are wanted."""
    chosen = [
        column == value
        for column, value in (
            (Lesson.id, wanted.lesson_id),
            (Lesson.section_id, wanted.section_id),
            (RegisterEntry.student_id, wanted.student_id),
        )
        if value is not None
    ]
    return (
        query.select_from(Lesson)
        .join(RegisterEntry, RegisterEntry.lesson_id == Lesson.id)
        .join(Student, Student.id == RegisterEntry.student_id)
        .join(Room, and_(Room.school_id == Lesson.school_id, Room.id == Lesson.room_id))
        .outerjoin(Section, and_(Section.school_id == Lesson.school_id, Section.id == Lesson.section_id))
        .where(Lesson.school_id == wanted.school_id, *chosen)
        .where(Lesson.starts_at >= wanted.start, Lesson.starts_at < wanted.end)
        .where(Lesson.cancelled_at.is_(None))
    )


def _group(
    by: Grouping, timezone: str
) -> tuple[tuple[ColumnElement[Any], ...], tuple[ColumnElement[Any], ...]]:
    """Return what names a group, and what orders the groups, or parts two that are named alike."""
    local = func.timezone(timezone, Lesson.starts_at)
    number: ColumnElement[Any] = Student.number.expression
    match by:
        case "student":
            return (number, Student.name.expression), (func.length(number), number)
        case "section":
            return (Section.name.expression,), ()
        case "lesson":
            place = (Lesson.starts_at.expression, Section.name.expression, Room.name.expression)
            return place, (Lesson.starts_at.expression, Lesson.id.expression)
        case "day":
            return (cast(local, Date),), ()
        case "week":
            return (cast(func.date_trunc("week", local), Date),), ()
