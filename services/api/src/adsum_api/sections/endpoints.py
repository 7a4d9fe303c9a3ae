"""`/v1/sections` and their rosters."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from adsum_api.access.needs import needs
from adsum_api.access.own import Own
from adsum_api.access.rights import Right
from adsum_api.contract.bulk import BulkOut, answered, read
from adsum_api.contract.paging import Paged
from adsum_api.contract.preconditions import EDITS, IfMatch, tell_tag
from adsum_api.contract.routing import ContractRoute
from adsum_api.deps import Caller, Now, Work
from adsum_api.sections import service
from adsum_api.sections.bulk import MembershipRow, MembershipsIn, put_many
from adsum_api.sections.schemas import (
    AssignmentIn,
    AssignmentOut,
    MemberOut,
    MembershipIn,
    MembershipOut,
    SectionChange,
    SectionIn,
    SectionOut,
)
from adsum_store.models import SectionEnrolment

router = APIRouter(prefix="/v1/sections", tags=["sections"], route_class=ContractRoute)


@router.post("", dependencies=[needs(Right.ROSTER_WRITE)], status_code=HTTPStatus.CREATED)
def add_section(work: Work, caller: Caller, section: SectionIn) -> SectionOut:
    """Add a section: students who are taught together."""
    return service.add(work, caller, section)


@router.post("/{section_id}/enrolments/bulk", dependencies=[needs(Right.ROSTER_WRITE)])
def put_members(work: Work, caller: Caller, section_id: UUID, wanted: MembershipsIn) -> BulkOut:
    """Let up to 1,000 students belong to a section. The answer is 200, and tells each one's status and id, or
    problem."""
    return answered(put_many(work, caller, section_id, read(MembershipRow, wanted.enrolments)))


@router.get("", dependencies=[needs(Right.ROSTER_READ, own=Own.ROWS)])
def list_sections(work: Work, caller: Caller, paged: Paged) -> list[SectionOut]:
    """List the sections by name."""
    found = service.page(work, caller, paged.wanted)
    return list(paged.page(found, lambda section: (section.name,)))


@router.get("/{section_id}", dependencies=[needs(Right.ROSTER_READ, own=Own.SECTION)])
def show_section(work: Work, caller: Caller, response: Response, section_id: UUID) -> SectionOut:
    """Show one section."""
    shown = service.show(work, caller, section_id)
    tell_tag(response, shown, SectionChange)
    return shown


@router.patch("/{section_id}", dependencies=[needs(Right.ROSTER_WRITE)], responses=EDITS)
def change_section(
    work: Work, caller: Caller, response: Response, seen: IfMatch, section_id: UUID, change: SectionChange
) -> SectionOut:
    """Change a section; of one that rosters bring, only when an arrival is late, and the usual room."""
    changed = service.change(work, caller, section_id, change, seen)
    tell_tag(response, changed, SectionChange)
    return changed


@router.delete("/{section_id}", dependencies=[needs(Right.ROSTER_WRITE)], status_code=HTTPStatus.NO_CONTENT)
def remove_section(work: Work, caller: Caller, section_id: UUID) -> None:
    """Remove a section that was never taught and that no roster brings; its memberships go with it."""
    service.remove(work, caller, section_id)


@router.put("/{section_id}/staff/{staff_id}", dependencies=[needs(Right.ROSTER_WRITE)])
def assign_staff(
    work: Work, caller: Caller, section_id: UUID, staff_id: UUID, days: AssignmentIn
) -> AssignmentOut:
    """Let a member of staff teach a section from one day to another; the same first day moves the last."""
    return service.assign(work, caller, section_id, staff_id, days)


@router.get("/{section_id}/staff", dependencies=[needs(Right.ROSTER_READ, own=Own.SECTION)])
def show_staff(work: Work, caller: Caller, paged: Paged, section_id: UUID) -> list[AssignmentOut]:
    """Show who was, is and will be assigned to a section, in order of time."""
    found = service.assigned(work, caller, section_id, paged.wanted)
    return list(paged.page(found, lambda each: (each.starts_on, each.id)))


@router.put(
    "/{section_id}/students/{student_id}",
    dependencies=[needs(Right.ROSTER_WRITE)],
    response_model=MembershipOut,
)
def put_member(
    work: Work, caller: Caller, section_id: UUID, student_id: UUID, days: MembershipIn
) -> SectionEnrolment:
    """Let a student belong to a section from one day to another; the same first day again moves the last."""
    return service.put_member(work, caller, section_id, student_id, days)


@router.get("/{section_id}/students", dependencies=[needs(Right.ROSTER_READ, own=Own.SECTION)])
def show_roster(
    work: Work,
    caller: Caller,
    now: Now,
    paged: Paged,
    section_id: UUID,
    on: Annotated[date | None, Query(description="Today at the school, unless given.")] = None,
) -> list[MemberOut]:
    """Show who belongs to a section on a day, by number."""
    day = on or now.astimezone(caller.zone).date()
    found = service.roster(work, caller, section_id, day, paged.wanted)
    return list(paged.page(found, lambda member: (member.number,)))
