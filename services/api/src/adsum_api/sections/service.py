"""Sections: who belongs to them on which day."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from adsum_api.deps import Operator
from adsum_api.errors import Conflict, NotFound
from adsum_api.sections.schemas import MemberOut, MembershipIn
from adsum_api.students import service as students
from adsum_store.models import Section, SectionEnrolment
from adsum_store.repositories import merging, sections
from adsum_store.repositories.pages import EVERYTHING, PageWanted
from adsum_store.unit_of_work import UnitOfWork


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
