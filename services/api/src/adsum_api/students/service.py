"""Students: made, found, renamed, erased."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from adsum_api.access.rights import Right
from adsum_api.contract.preconditions import Seen
from adsum_api.deps import Operator
from adsum_api.errors import NotFound
from adsum_api.students import consents
from adsum_api.students.schemas import ConsentIn, ConsentOut, StudentChange, StudentIn, StudentOut
from adsum_store.models import Student
from adsum_store.repositories import students
from adsum_store.repositories.students import Search
from adsum_store.unit_of_work import UnitOfWork


class StudentNotFound(NotFound):
    """No student of this school has this id."""

    def __init__(self, student_id: UUID) -> None:
        super().__init__("student", student_id)


def add(work: UnitOfWork, caller: Operator, new: StudentIn, now: datetime) -> StudentOut:
    """Store a student, and their consent if it came with them."""
    student = students.add(work, caller.school_id, new.number, new.name)
    if new.consent is not None:
        caller.require(Right.CONSENT_WRITE)
        consents.give(work, caller, student.id, new.consent, now)
    return show(work, caller, student.id)


def search(work: UnitOfWork, caller: Operator, wanted: Search) -> list[StudentOut]:
    """Return students in the order of their numbers."""
    return [StudentOut.of(record) for record in students.search(work, caller.school_id, wanted)]


def show(work: UnitOfWork, caller: Operator, student_id: UUID) -> StudentOut:
    """Return one student; raise `StudentNotFound`."""
    record = students.record(work, caller.school_id, student_id)
    if record is None:
        raise StudentNotFound(student_id)
    return StudentOut.of(record)


def get(work: UnitOfWork, caller: Operator, student_id: UUID) -> Student:
    """Return the stored student; raise `StudentNotFound`."""
    student = students.get(work, caller.school_id, student_id)
    if student is None:
        raise StudentNotFound(student_id)
    return student


def rename(
    work: UnitOfWork, caller: Operator, student_id: UUID, change: StudentChange, seen: Seen
) -> StudentOut:
    """Correct a name; raise `StudentNotFound` or `ChangedMeanwhile`."""
    student = students.locked(work, caller.school_id, student_id)
    if student is None:
        raise StudentNotFound(student_id)
    seen.check(show(work, caller, student_id), StudentChange)
    student.name = change.name
    work.session.flush()
    return show(work, caller, student_id)


def consent(
    work: UnitOfWork, caller: Operator, student_id: UUID, given: ConsentIn, now: datetime
) -> ConsentOut:
    """Record a consent of this student; raise `StudentNotFound`, or what `consents.give` raises."""
    student = get(work, caller, student_id)
    return ConsentOut.model_validate(consents.give(work, caller, student.id, given, now))
