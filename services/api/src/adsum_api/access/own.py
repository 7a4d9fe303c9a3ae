"""What is a teacher's own: their sections, with the lessons and students of these."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from fastapi import Request

from adsum_api.deps import Operator
from adsum_api.errors import Invalid, NotFound
from adsum_api.lessons.days import local_day
from adsum_store.models import Section
from adsum_store.repositories import sections, students, taught
from adsum_store.repositories.taught import Teacher
from adsum_store.unit_of_work import UnitOfWork


class SectionUnnamed(Invalid):
    """A teacher speaks of everybody at the school."""

    def __init__(self) -> None:
        super().__init__("name the section: a teacher opens lessons of their own sections")


class Own(StrEnum):
    """How a route keeps to a teacher's sections. What is not theirs is not there for them (404)."""

    LESSON = "lesson"
    """`lesson_id`, in the path or the query, is a lesson of a section they teach on its day."""
    SECTION = "section"
    """`section_id`, likewise, is a section that they teach today."""
    STUDENT = "student"
    """`student_id`, likewise, belongs today to a section that they teach today."""
    SHARED = "shared"
    """Nothing here is about students: whoever teaches may have it all."""
    BODY = "body"
    """The endpoint calls `check_own_section` with what the body names."""
    ROWS = "rows"
    """The endpoint, which only reads, finds of sections, lessons and students theirs alone."""
    STUDENTS = "students"
    """The endpoint, which only reads, finds of students and their absences those of today's rosters alone."""


def check_own(work: UnitOfWork, caller: Operator, own: Own, request: Request, now: datetime) -> None:
    """Raise `NotFound` unless what the request names is the caller's own, or narrow what it finds to that."""
    if own in {Own.SHARED, Own.BODY} or caller.taught_by is None:
        return
    teacher = _teacher(caller, caller.taught_by, now)
    narrowing = _NARROWING.get(own)
    if narrowing is not None:
        narrowing(work, teacher)
        return
    name = f"{own}_id"
    given = str(request.path_params.get(name) or request.query_params.get(name) or "")
    if not _is_own(work, teacher, own, given):
        raise NotFound(own, given)


_NARROWING: Final = {Own.ROWS: taught.narrow, Own.STUDENTS: taught.narrow_to_students}


def own_sections(work: UnitOfWork, caller: Operator, now: datetime) -> Sequence[Section]:
    """Return the sections of which the caller opens lessons today: a teacher's own, else all."""
    if caller.taught_by is None:
        return sections.all_of(work, caller.school_id)
    return taught.sections(work, _teacher(caller, caller.taught_by, now))


def own_students(
    work: UnitOfWork, caller: Operator, student_ids: Collection[UUID], now: datetime
) -> frozenset[UUID]:
    """Return those of the school's students who are the caller's own today: a teacher's, else all."""
    if caller.taught_by is None:
        return students.known(work, caller.school_id, student_ids)
    return taught.students(work, _teacher(caller, caller.taught_by, now), student_ids)


def check_own_section(work: UnitOfWork, caller: Operator, section_id: UUID | None, on: datetime) -> None:
    """Raise `NotFound` unless a teacher teaches the section on the school's day of `on`, or `SectionUnnamed`.

    For what names its section in the body, which `needs` does not read.
    """
    if caller.taught_by is None:
        return
    if section_id is None:
        raise SectionUnnamed
    if not taught.has_section(work, _teacher(caller, caller.taught_by, on), section_id):
        raise NotFound("section", section_id)


def _teacher(caller: Operator, staff_id: UUID, on: datetime) -> Teacher:
    return Teacher(caller.school_id, staff_id, local_day(caller.zone, on), caller.school.timezone)


def _is_own(work: UnitOfWork, teacher: Teacher, own: Own, given: str) -> bool:
    try:
        wanted = UUID(given)
    except ValueError:
        return False
    has = {Own.LESSON: taught.has_lesson, Own.SECTION: taught.has_section, Own.STUDENT: taught.has_student}
    return has[own](work, teacher, wanted)
