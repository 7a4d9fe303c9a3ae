"""Where each student was last seen on a day, in one query. Read only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Subquery, case, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from adsum_store.models import Lesson, Mark, RegisterEntry, Room, Section, Student
from adsum_store.unit_of_work import UnitOfWork

CAME: Final = ("present", "late", "left_early", "pending_review")


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """A student of the school and, where they were seen, when and in which room and lesson. `source`: whose
    word it is, `machine` for a camera's. `status`: of the newest of the day's lessons with a word on them."""

    student_id: UUID
    number: str
    name: str
    seen_at: datetime | None
    room: str | None
    section: str | None
    source: str | None
    status: str | None


def of_day(work: UnitOfWork, school_id: UUID, start: datetime, end: datetime) -> Sequence[Whereabouts]:
    """Return every student who has not left the school, by number, from lessons that begin in [start, end).

    A camera's sighting counts with its time, a person's word or a check-in with when it was said.
    """
    entries = _newest(school_id, start, end)
    query = (
        select(
            Student.id, Student.number, Student.name, entries.c.seen_at,
            case((entries.c.seen_at.is_not(None), entries.c.room)),
            case((entries.c.seen_at.is_not(None), entries.c.section)),
            case((entries.c.seen_at.is_not(None), entries.c.source)),
            entries.c.status,
        )
        .outerjoin(entries, entries.c.student_id == Student.id)
        .where(Student.school_id == school_id, Student.left_on.is_(None))
        .order_by(func.length(Student.number), Student.number)
    )  # fmt: skip
    return [Whereabouts(*row) for row in work.session.execute(query)]


def _newest(school_id: UUID, start: datetime, end: datetime) -> Subquery:
    """Each student's entry with the newest sighting, or, without any, that of the latest lesson."""
    seen_at = case(
        (RegisterEntry.status.in_(CAME), func.greatest(RegisterEntry.last_seen_at, _said_at())), else_=None
    )
    return (
        select(
            RegisterEntry.student_id,
            RegisterEntry.status,
            RegisterEntry.source,
            seen_at.label("seen_at"),
            Lesson.starts_at,
            Room.name.label("room"),
            Section.name.label("section"),
        )
        .join(Lesson, Lesson.id == RegisterEntry.lesson_id)
        .join(Mark, Mark.id == RegisterEntry.mark_id)
        .join(Room, Room.id == Lesson.room_id)
        .outerjoin(Section, Section.id == Lesson.section_id)
        .where(Lesson.school_id == school_id, Lesson.starts_at >= start, Lesson.starts_at < end)
        .where(Lesson.cancelled_at.is_(None))
        .ext(distinct_on(RegisterEntry.student_id))
        .order_by(RegisterEntry.student_id, seen_at.desc().nulls_last(), Lesson.starts_at.desc())
        .subquery("newest")
    )


def _said_at() -> ColumnElement[Any]:
    """When somebody said that the student is there; a machine's mark says it of its sighting."""
    return case((RegisterEntry.source.not_in(("machine", "import", "planned")), Mark.marked_at), else_=None)
