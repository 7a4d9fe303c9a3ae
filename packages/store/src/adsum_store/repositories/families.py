"""The parents of all students of a school at once: for whoever compares them with a school system's."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, exists, select

from adsum_store.models import Consent, ConsentWord, Guardian, School, Student
from adsum_store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Parent:
    """A registered parent; `student` by the id that the school system gave them, `guardian` too, if any."""

    id: UUID
    guardian: str | None
    student: str
    name: str
    relation: str
    ended: bool


def parents(work: UnitOfWork, school_id: UUID) -> list[Parent]:
    """Return the parents of the students whom a school system named, those who were removed as well."""
    query = (
        select(
            Guardian.id, Guardian.source_id, Student.source_id, Guardian.name, Guardian.relation,
            Guardian.ended_at.is_not(None),
        )
        .join(Student, Student.id == Guardian.student_id)
        .where(Guardian.school_id == school_id, Student.source_id.is_not(None))
    )  # fmt: skip
    return [
        Parent(row_id, guardian, student or "", name, relation, ended)
        for row_id, guardian, student, name, relation, ended in work.session.execute(query)
    ]


def heard(work: UnitOfWork, school_id: UUID, only: Collection[UUID] | None = None) -> frozenset[str]:
    """Return the students, by their source ids, of whose face somebody has spoken; of these ids alone."""
    spoken = exists().where(ConsentWord.school_id == school_id, ConsentWord.student_id == Student.id)
    query = select(Student.source_id).where(Student.school_id == school_id, spoken)
    if only is not None:
        query = query.where(Student.id.in_(only))
    return frozenset(each for each in work.session.scalars(query) if each)


def held(work: UnitOfWork, school_id: UUID, only: Collection[UUID] | None = None) -> frozenset[str]:
    """Return the students, by their source ids, whose consent would end with one more parent: those with
    consent, where the school asks every parent."""
    query = (
        select(Student.source_id)
        .join(Consent, Consent.student_id == Student.id)
        .join(School, School.id == Student.school_id)
        .where(Student.school_id == school_id, Consent.active, School.consent_rule == "every_parent")
    )
    if only is not None:
        query = query.where(Student.id.in_(only))
    return frozenset(each for each in work.session.scalars(query) if each)


def hold(work: UnitOfWork, school_id: UUID, students: Collection[UUID]) -> None:
    """Let nobody speak of these students' faces before this transaction ends, as a consent's lock does."""
    query = select(Student.id).where(Student.school_id == school_id, Student.id.in_(students))
    work.session.execute(query.order_by(Student.id).with_for_update(key_share=True)).all()


def forget(work: UnitOfWork, ids: Iterable[UUID]) -> None:
    """Delete parents who were never heard."""
    work.session.execute(delete(Guardian).where(Guardian.id.in_(list(ids))))
