"""`/v1/registers/missing`, and the page that chases them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from adsum_api.access.needs import needs
from adsum_api.access.own import Own
from adsum_api.access.rights import Right
from adsum_api.attendance.reading import days_of
from adsum_api.contract.paging import Paged
from adsum_api.contract.routing import ContractRoute
from adsum_api.deps import Caller, Now, Operator, Work
from adsum_api.lessons.days import day_in, days_before, local_day
from adsum_api.pages import views
from adsum_api.pages.rendering import render
from adsum_store.repositories import missing
from adsum_store.repositories.missing import MissingRegister, Search

router = APIRouter(prefix="/v1/registers", tags=["attendance"], route_class=ContractRoute)
pages = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

READS: Final = [needs(Right.ATTENDANCE_READ, own=Own.ROWS)]
USUAL_DAYS: Final = 7


class MissingRegisterOut(BaseModel):
    """A lesson that is over and that nobody has signed; `teachers`: the primary one first."""

    lesson_id: UUID
    section: str
    room: str
    starts_at: datetime
    ends_at: datetime
    teachers: list[str]
    page: str


@router.get("/missing", dependencies=READS, summary="Registers that nobody has finalised")
def list_missing_registers(
    work: Work,
    caller: Caller,
    now: Now,
    paged: Paged,
    first: Annotated[date | None, Query(alias="from", description="first day; a week before `to`")] = None,
    last: Annotated[date | None, Query(alias="to", description="last day, included; today")] = None,
    staff_id: Annotated[UUID | None, Query(description="only what this teacher owes")] = None,
) -> list[MissingRegisterOut]:
    """Return the lessons of sections that are over and not finalised, by time. A teacher sees their own."""
    search = _search(caller, now, first, last, caller.taught_by or staff_id)
    found = missing.registers(work, caller.school_id, search, paged.wanted)
    page = paged.page(found, lambda each: (each.lesson.starts_at, each.lesson.id))
    return [_out(each) for each in page]


@pages.get("/registers", dependencies=READS)
def show_missing_registers(work: Work, caller: Caller, now: Now) -> HTMLResponse:
    """Show the registers of the last week that nobody has signed, day by day."""
    search = _search(caller, now, None, None, caller.taught_by)
    days: dict[str, list[tuple[MissingRegisterOut, str]]] = {}
    for each in missing.registers(work, caller.school_id, search):
        day = views.long_day(local_day(caller.zone, each.lesson.starts_at))
        time = views.clock(each.lesson.starts_at, caller.zone, seconds=False)
        days.setdefault(day, []).append((_out(each), time))
    return render("registers.html", school=caller.school.name, days=days)


def _search(
    caller: Operator, now: datetime, first: date | None, last: date | None, staff_id: UUID | None
) -> Search:
    today = local_day(caller.zone, now)
    days = days_of(first or days_before(last or today, USUAL_DAYS), last, today)
    start, end = day_in(caller.zone, days.first)[0], day_in(caller.zone, days.last)[1]
    return Search(start, end, now, staff_id)


def _out(found: MissingRegister) -> MissingRegisterOut:
    lesson = found.lesson
    return MissingRegisterOut(
        lesson_id=lesson.id, section=found.section, room=found.room, starts_at=lesson.starts_at,
        ends_at=lesson.ends_at, teachers=list(found.teachers), page=f"/lessons/{lesson.id}/review",
    )  # fmt: skip
