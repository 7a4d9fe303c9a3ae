"""`/v1/absences`."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from adsum_api.absences import service
from adsum_api.absences.schemas import AbsenceIn, AbsenceOut
from adsum_api.access.needs import needs
from adsum_api.access.own import Own
from adsum_api.access.rights import Right
from adsum_api.contract.paging import Paged
from adsum_api.contract.preconditions import EDITS, IfMatch, tell_tag
from adsum_api.contract.routing import ContractRoute
from adsum_api.deps import Caller, Now, Reach, Work
from adsum_store.models import PlannedAbsence
from adsum_store.repositories import absences
from adsum_store.repositories.absences import Search

router = APIRouter(prefix="/v1/absences", tags=["absences"], route_class=ContractRoute)


@router.post(
    "",
    dependencies=[needs(Right.ATTENDANCE_WRITE)],
    status_code=HTTPStatus.CREATED,
    summary="Record a planned absence",
)
def record_absence(
    wanted: AbsenceIn, work: Work, caller: Caller, runtime: Reach, now: Now, response: Response
) -> AbsenceOut:
    """Say that a student will miss lessons, or why they did.

    It makes `excused` what would be absent or not observed. Somebody whom a camera sees all the same goes to
    the lesson's review, and a person's own mark always counts for more.
    """
    return _shown(service.record(work, caller, wanted, runtime.agreement, now), response)


@router.get(
    "", dependencies=[needs(Right.ATTENDANCE_READ, own=Own.STUDENTS)], summary="List planned absences"
)
def list_absences(
    work: Work,
    caller: Caller,
    paged: Paged,
    student_id: UUID | None = None,
    first: Annotated[date | None, Query(alias="from", description="those that end then or later")] = None,
    last: Annotated[date | None, Query(alias="to", description="those that begin then or before")] = None,
) -> list[AbsenceOut]:
    """Return the absences by their first day, with those that were withdrawn."""
    found = absences.page(work, caller.school_id, Search(student_id, first, last), paged.wanted)
    page = paged.page(found, lambda each: (each.starts_on, each.id))
    return [AbsenceOut.model_validate(each) for each in page]


@router.get("/{absence_id}", dependencies=[needs(Right.ATTENDANCE_READ)], summary="Show a planned absence")
def show_absence(absence_id: UUID, work: Work, caller: Caller, response: Response) -> AbsenceOut:
    """Return an absence."""
    return _shown(service.find(work, caller, absence_id), response)


@router.delete(
    "/{absence_id}",
    dependencies=[needs(Right.ATTENDANCE_WRITE)],
    responses=EDITS,
    summary="Withdraw a planned absence",
)
def withdraw_absence(
    absence_id: UUID, work: Work, caller: Caller, runtime: Reach, now: Now, seen: IfMatch, response: Response
) -> AbsenceOut:
    """Let an absence excuse nothing any more: what it had excused is what the machine says. It stays in the
    list with who withdrew it."""
    return _shown(service.withdraw(work, caller, absence_id, seen, runtime.agreement, now), response)


def _shown(absence: PlannedAbsence, response: Response) -> AbsenceOut:
    shown = AbsenceOut.model_validate(absence)
    tell_tag(response, shown, AbsenceOut)
    return shown
