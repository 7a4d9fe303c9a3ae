"""Of whom a caller may speak in a lesson, and hear who they are."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from adsum_api.access.own import own_students
from adsum_api.deps import Operator
from adsum_api.errors import NotFound
from adsum_store.models import Lesson
from adsum_store.repositories import elsewhere, register
from adsum_store.unit_of_work import UnitOfWork


def spoken_of(
    work: UnitOfWork, caller: Operator, lesson: Lesson, student_ids: Collection[UUID], now: datetime
) -> frozenset[UUID]:
    """Return those of the students of whom the caller may speak: of any of the school, and a teacher of their
    own, of who is in the register, and of whom the lesson was told by name to be known elsewhere."""
    found = own_students(work, caller, student_ids, now)
    if caller.taught_by is None or found.issuperset(student_ids):
        return found
    there = {line.student_id for line in register.lines(work, lesson)}
    told = elsewhere.told_of_lesson(work.session, lesson.school_id, lesson.id)
    named = {each.student.id for each in told if each.student is not None}
    return found | (frozenset(student_ids) & (there | named))


def check_spoken_of(
    work: UnitOfWork, caller: Operator, lesson: Lesson, student_id: UUID, now: datetime
) -> None:
    """Raise `NotFound` for a student who is not there for the caller."""
    if student_id not in spoken_of(work, caller, lesson, [student_id], now):
        raise NotFound("student", student_id)
