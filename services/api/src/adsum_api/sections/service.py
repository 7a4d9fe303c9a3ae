"""Sections: who belongs to them on which day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from adsum_api.contract.preconditions import Seen
from adsum_api.deps import Operator
from adsum_api.errors import Conflict, NotFound
from adsum_api.sections.schemas import (
    AssignmentIn,
    AssignmentOut,
    MemberOut,
    MembershipIn,
    SectionChange,
    SectionIn,
    SectionOut,
)
from adsum_api.students import service as students
from adsum_api.tree.editing import FromTheSchoolSystem, StillUsed
from adsum_store.models import Section, SectionEnrolment, StaffAssignment, StaffMember
from adsum_store.repositories import merging, school_tree, sections, tree
from adsum_store.repositories.pages import EVERYTHING, PageWanted
from adsum_store.unit_of_work import UnitOfWork

OURS: Final = frozenset({"late_after_s", "room_id"})
"""What no roster sets of a section."""


class SectionNotFound(NotFound):
    """No section of this school has this id."""

    def __init__(self, section_id: UUID) -> None:
        super().__init__("section", section_id)


class SectionMerged(Conflict):
    """A merged section has no members of its own."""

    def __init__(self) -> None:
        super().__init__("this section is several taught together: let the student belong to one of those")


class DaysOverlap(Conflict):
    """The student is in the section on some of these days already."""

    def __init__(self, other: SectionEnrolment) -> None:
        until = other.ends_on or "further notice"
        super().__init__(
            f"the student is in this section from {other.starts_on} until {until} already: send that first "
            f"day again with another ends_on to change it"
        )


def get(work: UnitOfWork, caller: Operator, section_id: UUID) -> Section:
    """Return the section; raise `SectionNotFound`."""
    section = sections.get(work, caller.school_id, section_id)
    if section is None:
        raise SectionNotFound(section_id)
    return section


def add(work: UnitOfWork, caller: Operator, new: SectionIn) -> SectionOut:
    """Store a section."""
    facts = new.model_dump(exclude={"term_ids"})
    section = tree.add(work, Section(school_id=caller.school_id, **facts))
    return _with_terms(work, section, new.term_ids)


def page(work: UnitOfWork, caller: Operator, wanted: PageWanted) -> list[SectionOut]:
    """Return the school's sections by name."""
    found = sections.all_of(work, caller.school_id, wanted)
    terms = tree.terms_of(work, [section.id for section in found])
    return [SectionOut.of(section, terms[section.id]) for section in found]


def show(work: UnitOfWork, caller: Operator, section_id: UUID) -> SectionOut:
    """Return one section; raise `SectionNotFound`."""
    section = get(work, caller, section_id)
    return SectionOut.of(section, tree.terms_of(work, [section_id])[section_id])


def change(
    work: UnitOfWork, caller: Operator, section_id: UUID, wanted: SectionChange, seen: Seen
) -> SectionOut:
    """Apply what is set; raise `SectionNotFound`, `ChangedMeanwhile` or `FromTheSchoolSystem`."""
    section = tree.locked(work, Section, caller.school_id, section_id)
    if section is None:
        raise SectionNotFound(section_id)
    seen.check(show(work, caller, section_id), SectionChange)
    changes = wanted.changes()
    if section.source_id is not None and not OURS.issuperset(changes):
        raise FromTheSchoolSystem("section")
    term_ids = changes.pop("term_ids", None)
    for name, value in changes.items():
        setattr(section, name, value)
    work.session.flush()
    return show(work, caller, section_id) if term_ids is None else _with_terms(work, section, term_ids)


def remove(work: UnitOfWork, caller: Operator, section_id: UUID) -> None:
    """Delete a section; raise `SectionNotFound`, `FromTheSchoolSystem` or `StillUsed`."""
    section = get(work, caller, section_id)
    if section.source_id is not None:
        raise FromTheSchoolSystem("section")
    try:
        tree.remove(work, section)
    except IntegrityError as error:
        raise StillUsed("section") from error


def assign(
    work: UnitOfWork, caller: Operator, section_id: UUID, staff_id: UUID, days: AssignmentIn
) -> AssignmentOut:
    """Let a member of staff have a role in the section; raise `SectionNotFound` or `NotFound`."""
    get(work, caller, section_id)
    member = tree.get(work, StaffMember, caller.school_id, staff_id)
    if member is None:
        raise NotFound("member of staff", staff_id)
    wanted = StaffAssignment(
        school_id=caller.school_id, section_id=section_id, staff_id=staff_id, **days.model_dump()
    )
    return AssignmentOut.of(tree.put_assignment(work, wanted), member)


def assigned(work: UnitOfWork, caller: Operator, section_id: UUID, wanted: PageWanted) -> list[AssignmentOut]:
    """Return who was, is and will be assigned, in order of time; raise `SectionNotFound`."""
    get(work, caller, section_id)
    found = tree.assignments(work, caller.school_id, section_id, wanted)
    return [AssignmentOut.of(assignment, member) for assignment, member in found]


def _with_terms(work: UnitOfWork, section: Section, term_ids: Sequence[UUID]) -> SectionOut:
    school_tree.put_terms_of_sections(work, section.school_id, {section.id: set(term_ids)})
    return SectionOut.of(section, tree.terms_of(work, [section.id])[section.id])


def put_member(
    work: UnitOfWork, caller: Operator, section_id: UUID, student_id: UUID, days: MembershipIn
) -> SectionEnrolment:
    """Let the student belong to the section on these days.

    Raises `SectionNotFound`, `SectionMerged`, `StudentNotFound` or `DaysOverlap`.
    """
    get(work, caller, section_id)
    if section_id in merging.parts(work, caller.school_id):
        raise SectionMerged
    students.get(work, caller, student_id)
    work.lock("section", section_id)
    enrolment = SectionEnrolment(
        school_id=caller.school_id, section_id=section_id, student_id=student_id, **days.model_dump()
    )
    other = sections.overlapping(work, enrolment)
    if other is not None:
        raise DaysOverlap(other)
    stored = sections.put_member(work, enrolment)
    merging.refresh(work, caller.school_id)
    return stored


def roster(
    work: UnitOfWork, caller: Operator, section_id: UUID, day: date, wanted: PageWanted = EVERYTHING
) -> list[MemberOut]:
    """Return who belongs to the section on `day`, by number; raise `SectionNotFound`."""
    get(work, caller, section_id)
    return [
        MemberOut.of(each) for each in sections.members_on(work, caller.school_id, section_id, day, wanted)
    ]
