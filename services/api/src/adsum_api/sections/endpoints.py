"""`/v1/sections` and their rosters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from adsum_api.contract.paging import Paged
from adsum_api.contract.routing import ContractRoute
from adsum_api.deps import Caller, Now, Work
from adsum_api.sections import service
from adsum_api.sections.schemas import MemberOut, MembershipIn, MembershipOut, SectionIn, SectionOut
from adsum_store.models import Section, SectionEnrolment
from adsum_store.repositories import sections

router = APIRouter(prefix="/v1/sections", tags=["sections"], route_class=ContractRoute)


@router.post("", status_code=HTTPStatus.CREATED, response_model=SectionOut)
def add_section(work: Work, caller: Caller, section: SectionIn) -> Section:
    """Add a section: students who are taught together."""
    return sections.add(work, caller.school_id, section.name, section.late_after_s)


@router.get("", response_model=list[SectionOut])
def list_sections(work: Work, caller: Caller, paged: Paged) -> Sequence[Section]:
    """List the sections by name."""
    found = sections.all_of(work, caller.school_id, paged.wanted)
    return paged.page(found, lambda section: (section.name,))


@router.put("/{section_id}/students/{student_id}", response_model=MembershipOut)
def put_member(
    work: Work, caller: Caller, section_id: UUID, student_id: UUID, days: MembershipIn
) -> SectionEnrolment:
    """Let a student belong to a section from one day to another; the same first day again moves the last."""
    return service.put_member(work, caller, section_id, student_id, days)


@router.get("/{section_id}/students")
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
