"""Absence warnings: what they are computed from, held, and decided on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Date, cast, delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from adsum_store.models import AbsenceWarning, Lesson, RegisterEntry, School, Student
from adsum_store.repositories.pages import EVERYTHING, PageWanted, narrowed
from adsum_store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Judged:
    """What a student is in a lesson that is over, and its day in the school's zone."""

    student_id: UUID
    day: date
    status: str


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning, and whom it is about."""

    warning: AbsenceWarning
    number: str
    name: str


def judged(work: UnitOfWork, school: School, since: datetime, absent_since: datetime) -> Iterator[Judged]:
    """Yield, student by student and by time, the closed lessons since then of those students who were absent
    from one since `absent_since`; students who have left the school are left out."""
    lately = (
        select(RegisterEntry.student_id)
        .join(Lesson, Lesson.id == RegisterEntry.lesson_id)
        .where(Lesson.school_id == school.id, Lesson.starts_at >= absent_since)
        .where(Lesson.closed_at.is_not(None), RegisterEntry.status == "absent")
    )
    query = (
        select(
            RegisterEntry.student_id,
            cast(func.timezone(school.timezone, Lesson.starts_at), Date),
            RegisterEntry.status,
        )
        .join(Lesson, Lesson.id == RegisterEntry.lesson_id)
        .join(Student, Student.id == RegisterEntry.student_id)
        .where(Lesson.school_id == school.id, Lesson.starts_at >= since, Lesson.closed_at.is_not(None))
        .where(Lesson.cancelled_at.is_(None), Student.left_on.is_(None))
        .where(RegisterEntry.student_id.in_(lately))
        .order_by(RegisterEntry.student_id, Lesson.starts_at, Lesson.id)
    )
    return (Judged(*row) for row in work.session.execute(query, execution_options={"yield_per": 1000}))


def hold(work: UnitOfWork, school_id: UUID, rows: Sequence[dict[str, Any]]) -> None:
    """Let exactly these be held: those of streaks that are over or were corrected away are dropped, and what
    a person has decided on stays decided."""
    there = [(row["student_id"], row["kind"], row["first_on"]) for row in rows]
    key = tuple_(AbsenceWarning.student_id, AbsenceWarning.kind, AbsenceWarning.first_on)
    work.session.execute(
        delete(AbsenceWarning).where(
            AbsenceWarning.school_id == school_id, AbsenceWarning.state == "held", key.not_in(there)
        )
    )
    if not rows:
        return
    new = insert(AbsenceWarning).values([{"school_id": school_id, **row} for row in rows])
    work.session.execute(
        new.on_conflict_do_update(
            index_elements=["student_id", "kind", "first_on"],
            set_={"count": new.excluded.count, "last_on": new.excluded.last_on, "updated_at": func.now()},
            where=(AbsenceWarning.state == "held") & (AbsenceWarning.count != new.excluded.count),
        )
    )


def page(
    work: UnitOfWork, school_id: UUID, state: str | None, wanted: PageWanted = EVERYTHING
) -> Sequence[Warned]:
    """Return the warnings by their first day."""
    query = (
        select(AbsenceWarning, Student.number, Student.name)
        .join(Student, Student.id == AbsenceWarning.student_id)
        .where(AbsenceWarning.school_id == school_id)
    )
    if state is not None:
        query = query.where(AbsenceWarning.state == state)
    order = [AbsenceWarning.first_on, AbsenceWarning.id]
    found = work.session.execute(narrowed(query, wanted, order, AbsenceWarning.updated_at.expression))
    return [Warned(*row) for row in found]


def locked(work: UnitOfWork, school_id: UUID, warning_id: UUID) -> Warned | None:
    """Return a warning that nobody else can decide on before this transaction ends."""
    query = (
        select(AbsenceWarning, Student.number, Student.name)
        .join(Student, Student.id == AbsenceWarning.student_id)
        .where(AbsenceWarning.school_id == school_id, AbsenceWarning.id == warning_id)
        .with_for_update(of=AbsenceWarning)
    )
    row = work.session.execute(query).one_or_none()
    return None if row is None else Warned(*row)


def schools_all(work: UnitOfWork) -> Sequence[School]:
    """Return every school."""
    return work.session.scalars(select(School).order_by(School.id)).all()
