"""A plan into the record, a few thousand rows a statement."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID, uuid4

from adsum_api.errors import Conflict
from adsum_api.rosters.families import FamilyPlan
from adsum_api.rosters.plan import Plan, TablePlan
from adsum_api.rosters.records import STUDENT, Told
from adsum_api.rosters.roster import (
    Course,
    E,
    Guardianship,
    Known,
    Roster,
    Section,
    Span,
    StaffMember,
    Student,
    Term,
)
from adsum_store import models
from adsum_store.models.base import Base
from adsum_store.repositories import families, merging, places, school_tree
from adsum_store.unit_of_work import UnitOfWork

AT_ONCE: Final = 5000
"""Rows of one statement: far below its time limit, and few round trips."""

Columns = dict[str, Any]
Ids = dict[str, UUID]


class SpokenMeanwhile(Conflict):
    """Somebody spoke of a student's face between the comparing and the writing."""

    def __init__(self) -> None:
        super().__init__(
            "a consent was recorded, of a student whose parents change, while the file was compared: import "
            "it again"
        )


def new_rooms(plan: Plan, there: Collection[str]) -> list[str]:
    """Return the names of the rooms that classes name and nobody knows yet."""
    named = {section.room for section in _entries(plan.sections) if section.room}
    return sorted(named - set(there))


def write(work: UnitOfWork, school_id: UUID, plan: Plan, known: Roster, today: date, tell: Told) -> None:
    """Write the plan. Whatever is removed stays in the record with its day, and all marks with it."""
    writing = _Writing(work, school_id, today, tell, _size(plan))
    for name in new_rooms(plan, rooms := _rooms(work, school_id)):
        rooms[name] = places.add_room(work, school_id, name).id
    terms = writing.table(models.Term, plan.terms, known.terms, _term, "removed_on")
    writing.rows(school_tree.change, models.Term, _parents(plan.terms, terms))
    courses = writing.table(models.Course, plan.courses, known.courses, _course, "removed_on")

    def section(entry: Section) -> Columns:
        return _section(entry, courses, rooms)

    sections = writing.table(models.Section, plan.sections, known.sections, section, "removed_on")
    taught = {
        sections[each.source_id]: [terms[term] for term in each.terms] for each in _entries(plan.sections)
    }
    school_tree.put_terms_of_sections(work, school_id, taught)
    students = writing.table(models.Student, plan.students, known.students, _student, "left_on")
    staff = writing.table(models.StaffMember, plan.staff, known.staff, _member, "left_on")
    writing.memberships(models.SectionEnrolment, plan, sections, students)
    writing.memberships(models.StaffAssignment, plan, sections, staff)
    writing.families(plan.families, students)
    merging.refresh(work, school_id)


@dataclass(slots=True)
class _Writing:
    work: UnitOfWork
    school_id: UUID
    today: date
    tell: Told
    size: int
    done: int = field(default=0)

    def table(
        self, model: type[Base], plan: TablePlan[E], known: Mapping[str, Known[E]],
        columns: Callable[[E], Columns], gone: str,
    ) -> Ids:  # fmt: skip
        """Write one table; return the id of every entry, known or new, by source id."""
        ids = {source_id: each.id for source_id, each in known.items()}
        ids |= {entry.source_id: row_id for row_id, entry in plan.changed}
        ids |= {entry.source_id: uuid4() for entry in plan.added}
        here = {"school_id": self.school_id}
        self.rows(
            school_tree.add, model, [{"id": ids[e.source_id], **here, **columns(e)} for e in plan.added]
        )
        self.rows(
            school_tree.change,
            model,
            [{"id": row_id, **columns(e), gone: None} for row_id, e in plan.changed],
        )
        self.rows(school_tree.change, model, [{"id": each.id, gone: self.today} for each in plan.removed])
        return ids

    def memberships(
        self, model: type[models.SectionEnrolment | models.StaffAssignment], plan: Plan, sections: Ids,
        people: Ids,
    ) -> None:  # fmt: skip
        """Write the enrolments of students, or the assignments of staff."""
        students = model is models.SectionEnrolment
        here = plan.memberships

        def ours(spans: Iterable[Span]) -> Iterator[Span]:
            return (span for span in spans if (span.pair[2] == STUDENT) is students)

        def columns(span: Span) -> Columns:
            section, person, role = span.pair
            whose = {"student_id": people[person]} if students else {"staff_id": people[person], "role": role}
            return {"school_id": self.school_id, "section_id": sections[section], **whose, **_days(span)}

        school_tree.withdraw(self.work, model, [span.id for span in ours(here.withdrawn) if span.id])
        moved = (*ours(here.ended), *ours(here.changed))
        self.rows(school_tree.change, model, [{"id": span.id, **_days(span)} for span in moved])
        self.rows(school_tree.add, model, [{"id": uuid4(), **columns(span)} for span in ours(here.added)])

    def families(self, plan: FamilyPlan, students: Ids) -> None:
        """Write the parents; raise `SpokenMeanwhile` where they can no longer be written as planned."""
        gaining = [students[each.student] for each in plan.added]
        losing = [students[each.student] for each in plan.removed]
        families.hold(self.work, self.school_id, [*gaining, *losing])
        if families.held(self.work, self.school_id, gaining) or families.heard(
            self.work, self.school_id, losing
        ):
            raise SpokenMeanwhile
        families.forget(self.work, [each.id for each in plan.removed])
        changed = [{"id": row_id, **_guardian(each)} for row_id, each in plan.changed]
        self.rows(school_tree.change, models.Guardian, changed)
        here = {"school_id": self.school_id}
        added = [
            {"id": uuid4(), **here, "student_id": students[each.student], **_guardian(each)}
            for each in plan.added
        ]
        self.rows(school_tree.add, models.Guardian, added)

    def rows(
        self, put: Callable[[UnitOfWork, type[Base], Sequence[Columns]], None], model: type[Base],
        rows: Sequence[Columns],
    ) -> None:  # fmt: skip
        """Write rows, telling how far it has come."""
        for start in range(0, len(rows), AT_ONCE):
            some = rows[start : start + AT_ONCE]
            put(self.work, model, some)
            self.done += len(some)
            self.tell(f"Writing {model.__tablename__}", self.done, self.size)


def _rooms(work: UnitOfWork, school_id: UUID) -> Ids:
    return {name: room_id for room_id, name in school_tree.room_names(work, school_id).items()}


def _size(plan: Plan) -> int:
    tables = (plan.terms, plan.courses, plan.sections, plan.students, plan.staff)
    spans, parents = plan.memberships, plan.families
    return sum(len(each.added) + len(each.changed) + len(each.removed) for each in tables) + sum(
        map(len, (spans.added, spans.changed, spans.ended, parents.added, parents.changed))
    )


def _entries(plan: TablePlan[E]) -> list[E]:
    return [*plan.added, *(entry for _, entry in plan.changed)]


def _parents(plan: TablePlan[Term], ids: Ids) -> list[Columns]:
    return [{"id": ids[term.source_id], "parent_id": ids.get(term.parent or "")} for term in _entries(plan)]


def _term(term: Term) -> Columns:
    return {
        "source_id": term.source_id,
        "title": term.title,
        "kind": term.kind,
        "starts_on": term.starts_on,
        "ends_on": term.ends_on,
        "school_year": term.school_year,
    }


def _course(course: Course) -> Columns:
    return {"source_id": course.source_id, "title": course.title, "code": course.code}


def _section(section: Section, courses: Ids, rooms: Ids) -> Columns:
    return {
        "source_id": section.source_id,
        "name": section.name,
        "code": section.code,
        "course_id": courses[section.course] if section.course else None,
        "room_id": rooms[section.room] if section.room else None,
    }


def _student(student: Student) -> Columns:
    return {"source_id": student.source_id, "number": student.number, "name": student.name}


def _member(member: StaffMember) -> Columns:
    return {
        "source_id": member.source_id,
        "name": member.name,
        "username": member.username,
        "email": member.email,
    }


def _guardian(guardian: Guardianship) -> Columns:
    return {"source_id": guardian.guardian, "name": guardian.name, "relation": guardian.relation}


def _days(span: Span) -> Columns:
    days = {"source_id": span.source_id, "starts_on": span.starts_on, "ends_on": span.ends_on}
    return days if span.pair[2] == STUDENT else {**days, "is_primary": span.is_primary}
