"""The register: who belongs in it, and the mark that counts for each; a projection of `marks`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Date,
    Row,
    Select,
    Uuid,
    and_,
    bindparam,
    cast,
    exists,
    func,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.orm import aliased

from adsum_store.models import (
    Consent,
    Lesson,
    Mark,
    RegisterEntry,
    School,
    SectionEnrolment,
    Student,
    Template,
)
from adsum_store.repositories.pages import EVERYTHING, PageWanted, narrowed
from adsum_store.repositories.row_set import as_parameter, row_set, table_of
from adsum_store.unit_of_work import UnitOfWork

LESSON_ID: Final = bindparam("lesson_id", type_=Uuid)


@dataclass(frozen=True, slots=True)
class Member:
    """A student on a lesson's roster; `recognisable`: had a template of the model when it began."""

    student_id: UUID
    recognisable: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A student of a lesson, and the mark that counts for them with its reason, None until there is one.

    `marked_at` and `captured_at`: when the machine first said that they came, and the newest picture
    that it knew then.
    """

    lesson: Lesson
    student_id: UUID
    number: str
    name: str
    entry: RegisterEntry | None
    reason: str | None
    marked_at: datetime | None
    captured_at: datetime | None


def roster(work: UnitOfWork, lesson: Lesson, model_id: str) -> Sequence[Member]:
    """Return who is expected in the lesson, or has a mark in it."""
    wanted = {"lesson_id": lesson.id, "model_id": model_id}
    rows = work.session.execute(_roster(lesson.section_id is not None), wanted)
    return [Member(student_id, recognisable) for student_id, recognisable in rows]


def lines(work: UnitOfWork, lesson: Lesson) -> Sequence[Line]:
    """Return a line for everybody expected or marked in the lesson, in the order of their numbers."""
    rows = work.session.execute(_lines_of(lesson.section_id is not None), {"lesson_id": lesson.id})
    return [_line(row) for row in rows]


def marked_lines(
    work: UnitOfWork, school_id: UUID, start: datetime, end: datetime, student_id: UUID | None = None,
    wanted: PageWanted = EVERYTHING,
) -> Sequence[Line]:  # fmt: skip
    """Return the marked lines of the lessons that start in [start, end), by time and number."""
    query = _lines().where(
        Lesson.school_id == school_id,
        Lesson.starts_at >= start,
        Lesson.starts_at < end,
        RegisterEntry.id.is_not(None),
    )
    if student_id is not None:
        query = query.where(Student.id == student_id)
    order = [Lesson.starts_at, Lesson.id, func.length(Student.number), Student.number]
    page = narrowed(query, wanted, order, RegisterEntry.updated_at.expression)
    return [_line(row) for row in work.session.execute(page)]


def entries(work: UnitOfWork, lesson_id: UUID) -> Sequence[RegisterEntry]:
    """Return what counts now for everybody who has a mark in the lesson."""
    return work.session.scalars(_entries(), {"lesson_id": lesson_id}).all()


def put(work: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    """Write what counts now for these students of one lesson; the caller holds the lock on it."""
    if rows:
        work.session.execute(_putting(tuple(rows[0])), as_parameter(rows))


@cache
def _putting(names: tuple[str, ...]) -> Insert:
    table = table_of(RegisterEntry)
    given = row_set(table, names)
    new = insert(table).from_select(names, select(given))
    kept = {"id", "school_id", "lesson_id", "student_id"}
    values = {name: new.excluded[name] for name in names if name not in kept}
    return new.on_conflict_do_update(
        index_elements=["lesson_id", "student_id"], set_=values | {"updated_at": func.now()}
    )


# SQLAlchemy takes longer to build these statements than PostgreSQL to answer them: each is built once.


@cache
def _entries() -> Select[RegisterEntry]:
    query = select(RegisterEntry).where(RegisterEntry.lesson_id == bindparam("lesson_id"))
    return query.execution_options(populate_existing=True)


@cache
def _roster(of_section: bool) -> Select[UUID, bool]:
    has_template = exists().where(
        Template.school_id == Student.school_id,
        Template.student_id == Student.id,
        Template.model_id == bindparam("model_id"),
        Template.created_at <= Lesson.starts_at,
    )
    expected = _students(of_section).subquery("expected")
    once = select(expected.c.student_id).distinct().subquery("once")
    return (
        select(Student.id, has_template)
        .join(once, once.c.student_id == Student.id)
        .join(Lesson, and_(Lesson.school_id == Student.school_id, Lesson.id == LESSON_ID))
        .order_by(Student.id)
    )


@cache
def _lines_of(of_section: bool) -> Select[*tuple[Any, ...]]:
    return _lines().where(Lesson.id == LESSON_ID, Student.id.in_(_students(of_section)))


def _students(of_section: bool) -> CompoundSelect[UUID]:
    """Ask for everybody expected in the lesson or marked in it: the members of its section on that day in
    the school's zone, with or without consent; ad hoc, until it closes, everybody with consent.

    Each part is found by an index of its own: a condition on all students would have to try every one.
    """
    day = cast(func.timezone(School.timezone, Lesson.starts_at), Date)
    enrolled = (
        select(SectionEnrolment.student_id)
        .join(Lesson, Lesson.section_id == SectionEnrolment.section_id)
        .join(School, School.id == Lesson.school_id)
        .where(
            Lesson.id == LESSON_ID,
            SectionEnrolment.starts_on <= day,
            or_(SectionEnrolment.ends_on.is_(None), SectionEnrolment.ends_on >= day),
        )
    )
    marked = select(RegisterEntry.student_id).where(RegisterEntry.lesson_id == LESSON_ID)
    if of_section:
        return union_all(enrolled, marked)
    consented = (
        select(Consent.student_id)
        .join(Lesson, Lesson.school_id == Consent.school_id)
        .where(Lesson.id == LESSON_ID, Lesson.closed_at.is_(None), Consent.active)
    )
    return union_all(consented, marked)


def _entry_of() -> ColumnElement[bool]:
    return and_(RegisterEntry.lesson_id == Lesson.id, RegisterEntry.student_id == Student.id)


@cache
def _lines() -> Select[*tuple[Any, ...]]:
    came = (
        select(Mark.marked_at, Mark.evidence["captured_at"].astext.label("captured_at"))
        .where(
            Mark.lesson_id == Lesson.id,
            Mark.student_id == Student.id,
            Mark.source == "machine",
            Mark.status.in_(("present", "late")),
        )
        .order_by(Mark.id)
        .limit(1)
        .correlate(Lesson, Student)
        .lateral()
    )
    counts = aliased(Mark)
    return (
        select(
            Lesson,
            Student.id,
            Student.number,
            Student.name,
            RegisterEntry,
            counts.reason,
            came.c.marked_at,
            came.c.captured_at,
        )
        .join(Student, Student.school_id == Lesson.school_id)
        .outerjoin(RegisterEntry, _entry_of())
        .outerjoin(counts, counts.id == RegisterEntry.mark_id)
        .outerjoin(came, came.c.marked_at.is_not(None))
        .order_by(Lesson.starts_at, Lesson.id, func.length(Student.number), Student.number)
        .execution_options(populate_existing=True)
    )


def _line(row: Row[*tuple[Any, ...]]) -> Line:
    lesson, student_id, number, name, entry, reason, marked_at, captured_at = row
    captured = datetime.fromisoformat(captured_at) if captured_at else None
    return Line(lesson, student_id, number, name, entry, reason, marked_at, captured)
