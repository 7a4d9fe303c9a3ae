"""How each lesson of a day stands, in one query: what a list of lessons shows. Read only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, CompoundSelect, String, and_, cast, func, null, select, union_all

from adsum_store.models import Consent, Lesson, RegisterEntry, School, SectionEnrolment
from adsum_store.repositories.rosters import on_roster_at, school_day
from adsum_store.unit_of_work import UnitOfWork


def of_lessons(
    work: UnitOfWork, school_id: UUID, start: datetime, end: datetime
) -> Mapping[UUID, dict[str | None, int]]:
    """Return, for each lesson that begins in [start, end), how many of those expected or marked have each
    status, None where nothing is said of them yet."""
    of_day = and_(Lesson.school_id == school_id, Lesson.starts_at >= start, Lesson.starts_at < end)
    said = _expected_or_marked(of_day).subquery("said")
    status = func.max(said.c.status).label("status")  # of the one row that has any
    each = select(said.c.lesson_id, status).group_by(said.c.lesson_id, said.c.student_id).subquery("each")
    query = select(each.c.lesson_id, each.c.status, func.count()).group_by(each.c.lesson_id, each.c.status)
    found: dict[UUID, dict[str | None, int]] = {}
    for lesson_id, status, count in work.session.execute(query):
        found.setdefault(lesson_id, {})[status] = count
    return found


def _expected_or_marked(of_day: ColumnElement[bool]) -> CompoundSelect[UUID, UUID, str | None]:
    """Ask for lesson, student and status: the same three parts as of a register (`register.lines`)."""
    unsaid = cast(null(), String).label("status")
    enrolled = (
        select(Lesson.id.label("lesson_id"), SectionEnrolment.student_id.label("student_id"), unsaid)
        .join(School, School.id == Lesson.school_id)
        .join(SectionEnrolment, SectionEnrolment.section_id == Lesson.section_id)
        .where(of_day, on_roster_at(school_day(Lesson.starts_at.expression)))
    )
    marked = (
        select(Lesson.id, RegisterEntry.student_id, RegisterEntry.status)
        .join(RegisterEntry, RegisterEntry.lesson_id == Lesson.id)
        .where(of_day)
    )
    consented = (
        select(Lesson.id, Consent.student_id, unsaid)
        .join(Consent, Consent.school_id == Lesson.school_id)
        .where(of_day, Lesson.section_id.is_(None), Lesson.closed_at.is_(None), Consent.active)
    )
    return union_all(enrolled, marked, consented)
