"""The roster as the record has it."""

from __future__ import annotations

from uuid import UUID

from adsum_api.rosters.roster import (
    Course,
    Families,
    Known,
    KnownGuardian,
    Roster,
    Section,
    Span,
    StaffMember,
    Student,
    Term,
)
from adsum_store import models
from adsum_store.repositories import families, school_tree
from adsum_store.unit_of_work import UnitOfWork


def known_roster(work: UnitOfWork, school_id: UUID) -> Roster:
    """Return everything that a school system gave, and by name or number what was typed in."""
    sections = school_tree.all_of(work, models.Section, school_id)
    students = school_tree.all_of(work, models.Student, school_id)
    return Roster(
        terms=_terms(work, school_id),
        courses={
            row.source_id: Known(
                row.id, Course(row.source_id, row.title, row.code), row.removed_on is not None
            )
            for row in school_tree.all_of(work, models.Course, school_id)
            if row.source_id
        },
        sections=_sections(work, school_id),
        students={
            row.source_id: Known(
                row.id, Student(row.source_id, row.number, row.name), row.left_on is not None
            )
            for row in students
            if row.source_id
        },
        staff={
            row.source_id: Known(
                row.id, StaffMember(row.source_id, row.name, row.username, row.email), row.left_on is not None
            )
            for row in school_tree.all_of(work, models.StaffMember, school_id)
            if row.source_id
        },
        spans=_spans(work, school_id),
        typed_sections={row.name: row.id for row in sections if row.source_id is None},
        typed_students={row.number: row.id for row in students if row.source_id is None},
        families=_families(work, school_id),
    )


def _families(work: UnitOfWork, school_id: UUID) -> Families:
    return Families(
        guardians=tuple(
            KnownGuardian(row.id, row.guardian, row.student, row.name, row.relation, row.ended)
            for row in families.parents(work, school_id)
        ),
        heard=families.heard(work, school_id),
        held=families.held(work, school_id),
    )


def _terms(work: UnitOfWork, school_id: UUID) -> dict[str, Known[Term]]:
    rows = school_tree.all_of(work, models.Term, school_id)
    ids = {row.id: row.source_id for row in rows}
    found = {}
    for row in rows:
        if row.source_id:
            parent = ids[row.parent_id] if row.parent_id else None
            term = Term(
                row.source_id, row.title, row.kind, row.starts_on, row.ends_on, row.school_year, parent
            )
            found[row.source_id] = Known(row.id, term, row.removed_on is not None)
    return found


def _sections(work: UnitOfWork, school_id: UUID) -> dict[str, Known[Section]]:
    courses = {row.id: row.source_id for row in school_tree.all_of(work, models.Course, school_id)}
    terms = {row.id: row.source_id for row in school_tree.all_of(work, models.Term, school_id)}
    rooms = school_tree.room_names(work, school_id)
    taught = school_tree.terms_of_sections(work, school_id)
    found = {}
    for row in school_tree.all_of(work, models.Section, school_id):
        if row.source_id:
            section = Section(
                source_id=row.source_id,
                name=row.name,
                code=row.code,
                course=courses[row.course_id] if row.course_id else None,
                terms=frozenset(term for each in taught.get(row.id, ()) if (term := terms[each])),
                room=rooms[row.room_id] if row.room_id else None,
            )
            found[row.source_id] = Known(row.id, section, row.removed_on is not None)
    return found


def _spans(work: UnitOfWork, school_id: UUID) -> tuple[Span, ...]:
    return tuple(
        Span(
            id=row.id,
            source_id=row.source_id,
            pair=(row.section, row.person, row.role),
            is_primary=row.is_primary,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
        )
        for row in school_tree.memberships(work, school_id)
    )
