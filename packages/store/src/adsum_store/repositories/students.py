"""Students, as a school's lists show them: with their consent, and how many templates they have."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from adsum_store.models import Consent, Student, Template
from adsum_store.repositories.pages import EVERYTHING, PageWanted, narrowed
from adsum_store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class StudentRecord:
    """A student, their active consent if any, and how many pictures of them are templates."""

    student: Student
    consent: Consent | None
    templates: int


@dataclass(frozen=True, slots=True)
class Search:
    """Which students: `q` is part of a name or the beginning of a number."""

    q: str = ""
    page: PageWanted = EVERYTHING


def add(work: UnitOfWork, school_id: UUID, number: str, name: str) -> Student:
    """Store a new student; raise `IntegrityError` (uq_students_school_id_number) when the number is taken."""
    student = Student(school_id=school_id, number=number, name=name)
    work.session.add(student)
    work.session.flush()
    return student


def locked(work: UnitOfWork, school_id: UUID, student_id: UUID) -> Student | None:
    """Return the student, whom nobody else can change before this transaction ends; rows that only refer to
    them can be written meanwhile."""
    query = select(Student).where(Student.school_id == school_id, Student.id == student_id)
    return work.session.scalar(
        query.with_for_update(key_share=True), execution_options={"populate_existing": True}
    )


def add_many(work: UnitOfWork, school_id: UUID, new: Sequence[tuple[str, str]]) -> dict[str, UUID]:
    """Store students by number and name; return the ids, by number, of those whose number was free."""
    if not new:
        return {}
    rows = [{"id": uuid4(), "school_id": school_id, "number": number, "name": name} for number, name in new]
    statement = insert(Student).values(rows).on_conflict_do_nothing(index_elements=["school_id", "number"])
    stored = work.session.execute(statement.returning(Student.number, Student.id))
    return {row.number: row.id for row in stored}


def known(work: UnitOfWork, school_id: UUID, student_ids: Collection[UUID]) -> frozenset[UUID]:
    """Return those of the ids that are students of this school."""
    query = select(Student.id).where(Student.school_id == school_id, Student.id.in_(student_ids))
    return frozenset(work.session.scalars(query))


def put(work: UnitOfWork, school_id: UUID, number: str, name: str) -> Student:
    """Return the student with this number, made or renamed; the row is locked until the transaction ends."""
    row = insert(Student).values(school_id=school_id, number=number, name=name)
    row = row.on_conflict_do_update(
        index_elements=["school_id", "number"], set_={"name": name, "updated_at": func.now()}
    )
    query = row.returning(Student)
    return work.session.scalars(query, execution_options={"populate_existing": True}).one()


def get(work: UnitOfWork, school_id: UUID, student_id: UUID) -> Student | None:
    """Return the student of this school."""
    return work.session.scalar(
        select(Student).where(Student.school_id == school_id, Student.id == student_id)
    )


def anywhere(work: UnitOfWork, student_id: UUID) -> Student | None:
    """Return a student by id, of whatever school: for who shows what we signed for them."""
    return work.session.get(Student, student_id)


def names(work: UnitOfWork, school_id: UUID) -> list[tuple[str, str]]:
    """Return the number and name of every student, in the order of numbers."""
    query = select(Student.number, Student.name).where(Student.school_id == school_id)
    return [(number, name) for number, name in work.session.execute(query.order_by(Student.number))]


def refuses(work: UnitOfWork, school_id: UUID, student_id: UUID) -> bool:
    """Whether the student does not want to be recognised."""
    query = select(Student.refuses_since).where(Student.school_id == school_id, Student.id == student_id)
    return work.session.scalar(query.with_for_update(key_share=True)) is not None


def numbers(work: UnitOfWork, school_id: UUID) -> dict[UUID, str]:
    """Return every student's number."""
    rows = work.session.execute(select(Student.id, Student.number).where(Student.school_id == school_id))
    return {row.id: row.number for row in rows}


def by_number(work: UnitOfWork, school_id: UUID, number: str) -> Student | None:
    """Return the student with this number."""
    return work.session.scalar(
        select(Student).where(Student.school_id == school_id, Student.number == number)
    )


def record(work: UnitOfWork, school_id: UUID, student_id: UUID) -> StudentRecord | None:
    """Return the student of this school with consent and number of templates."""
    row = work.session.execute(_records(school_id).where(Student.id == student_id)).one_or_none()
    return None if row is None else StudentRecord(*row)


def search(work: UnitOfWork, school_id: UUID, wanted: Search) -> Sequence[StudentRecord]:
    """Return students in the order of their numbers."""
    query = _records(school_id).where(
        or_(
            Student.name.icontains(wanted.q, autoescape=True),
            Student.number.istartswith(wanted.q, autoescape=True),
        ),
    )
    page = narrowed(query, wanted.page, [Student.number], Student.updated_at.expression)
    return [StudentRecord(*row) for row in work.session.execute(page)]


def _records(school_id: UUID) -> Select[Student, Consent | None, int]:
    templates = (
        select(func.count(Template.source_key.distinct()))
        .where(Template.school_id == school_id, Template.student_id == Student.id)
        .scalar_subquery()
    )
    active = and_(Consent.school_id == school_id, Consent.student_id == Student.id, Consent.active)
    return (
        select(Student, Consent, templates).outerjoin(Consent, active).where(Student.school_id == school_id)
    )
