"""`POST /v1/imports/ics` and `/v1/calendars`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, File, Query, UploadFile

from adsum_api.access.needs import needs
from adsum_api.access.own import Own
from adsum_api.access.rights import Right
from adsum_api.contract.paging import Paged
from adsum_api.contract.routing import ContractRoute
from adsum_api.deps import Caller, Now, Reach, Work
from adsum_api.lessons.telling import tell_room_after
from adsum_api.problems import documented
from adsum_api.timetable.calendars import MAX_BYTES
from adsum_api.timetable.schemas import CalendarOut, CalendarReport, CalendarWish
from adsum_api.timetable.service import import_calendar
from adsum_store.models import Calendar
from adsum_store.repositories import timetables

router = APIRouter(prefix="/v1", tags=["imports"], route_class=ContractRoute)

Upload = Annotated[UploadFile, File(description="An iCalendar file (RFC 5545), at most 8 MB.")]


@router.post(
    "/imports/ics",
    dependencies=[needs(Right.ROSTER_WRITE)],
    responses=documented(422, "bad-calendar", "this is no iCalendar file: Invalid content line"),
)
def import_ics(
    work: Work,
    caller: Caller,
    runtime: Reach,
    now: Now,
    file: Upload,
    wish: Annotated[CalendarWish, Query()],
) -> CalendarReport:
    """Make lessons from an iCalendar file, now and as the weeks go on.

    The same file again changes nothing; another one of the same name moves and cancels the lessons that have
    not begun. Events that make no lesson are in `refused`. To let it add rooms takes `school:write` too.
    """
    if wish.add_rooms:
        caller.require(Right.SCHOOL_WRITE)
    wanted = wish.file(file.file.read(MAX_BYTES + 1))
    report, rooms = import_calendar(work, caller, wanted, now, dry_run=wish.dry_run)
    for room_id in rooms:
        tell_room_after(work, runtime, room_id)
    return report


@router.get(
    "/calendars", dependencies=[needs(Right.ROSTER_READ, own=Own.SHARED)], response_model=list[CalendarOut]
)
def list_calendars(work: Work, caller: Caller, paged: Paged) -> Sequence[Calendar]:
    """List the calendars that lessons are made from, by name."""
    found = timetables.all_of(work, caller.school_id, paged.wanted)
    return paged.page(found, lambda calendar: (calendar.name,))
