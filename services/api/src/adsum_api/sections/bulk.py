"""Many memberships of one section in one request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from adsum_api.contract.bulk import Items, Outcome, accepted, without_repeats
from adsum_api.deps import Operator
from adsum_api.errors import CONSTRAINTS, DomainError
from adsum_api.sections.service import DaysOverlap, SectionMerged, get
from adsum_api.students.service import StudentNotFound
from adsum_store.models import SectionEnrolment
from adsum_store.repositories import merging, sections, students
from adsum_store.unit_of_work import UnitOfWork


class MembershipRow(BaseModel):
    """A student belongs to the section from one day to another, both included."""

    model_config = ConfigDict(extra="forbid")

    student_id: UUID
    starts_on: date
    ends_on: date | None = None


class MembershipsIn(BaseModel):
    """Memberships of one section; the same first day again moves the last."""

    model_config = ConfigDict(extra="forbid")

    enrolments: Items[MembershipRow]


@dataclass(slots=True)
class Roster:
    """Who is in the section when, as far as this request speaks of them; grows with what is accepted."""

    known: frozenset[UUID]
    there: list[SectionEnrolment]

    def refusal(self, wanted: SectionEnrolment) -> DomainError | None:
        """Return why this membership cannot be, None where it can."""
        if wanted.student_id not in self.known:
            return StudentNotFound(wanted.student_id)
        if wanted.ends_on is not None and wanted.ends_on < wanted.starts_on:
            return CONSTRAINTS["ck_section_enrolments_ends_after_start"]
        other = next((each for each in self.there if _overlap(each, wanted)), None)
        return None if other is None else DaysOverlap(other)


def put_many(
    work: UnitOfWork, caller: Operator, section_id: UUID, items: Sequence[MembershipRow | DomainError]
) -> list[Outcome]:
    """Store the memberships that can be, in one statement; return each one's outcome.

    Raises `SectionNotFound` or `SectionMerged`.
    """
    get(work, caller, section_id)
    if section_id in merging.parts(work, caller.school_id):
        raise SectionMerged
    work.lock("section", section_id)
    items = without_repeats(items, lambda item: (item.student_id, item.starts_on))
    student_ids = {item.student_id for item in accepted(items)}
    known = students.known(work, caller.school_id, student_ids)
    roster = Roster(known, list(sections.enrolments_of(work, section_id, student_ids)))
    planned = [_planned(caller, section_id, item, roster) for item in items]
    ids = sections.put_members(work, [each for each in planned if isinstance(each, SectionEnrolment)])
    merging.refresh(work, caller.school_id)
    return [
        (HTTPStatus.OK, ids[each.student_id, each.starts_on]) if isinstance(each, SectionEnrolment) else each
        for each in planned
    ]


def _planned(
    caller: Operator, section_id: UUID, item: MembershipRow | DomainError, roster: Roster
) -> SectionEnrolment | DomainError:
    if isinstance(item, DomainError):
        return item
    wanted = SectionEnrolment(school_id=caller.school_id, section_id=section_id, **item.model_dump())
    refusal = roster.refusal(wanted)
    if refusal is None:
        roster.there = [each for each in roster.there if not _same(each, wanted)] + [wanted]
    return refusal or wanted


def _same(one: SectionEnrolment, other: SectionEnrolment) -> bool:
    return (one.student_id, one.starts_on) == (other.student_id, other.starts_on)


def _overlap(one: SectionEnrolment, other: SectionEnrolment) -> bool:
    if one.student_id != other.student_id or one.starts_on == other.starts_on:
        return False
    return one.starts_on <= (other.ends_on or date.max) and other.starts_on <= (one.ends_on or date.max)
