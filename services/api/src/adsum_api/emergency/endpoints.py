"""`/v1/emergency`, and the page that is printed in a fire drill."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, StreamingResponse

from adsum_api.access.needs import needs
from adsum_api.access.rights import Right
from adsum_api.contract.routing import ContractRoute
from adsum_api.deps import Caller, Now, Work
from adsum_api.emergency import service
from adsum_api.pages import views
from adsum_api.pages.rendering import render
from adsum_api.reports.report_endpoints import ANSWERS, WantedFormat, as_file

router = APIRouter(prefix="/v1", tags=["emergency"], route_class=ContractRoute)
pages = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

READS: Final = [needs(Right.ATTENDANCE_READ)]


@router.get(
    "/emergency",
    dependencies=READS,
    response_class=StreamingResponse,
    responses=ANSWERS,
    summary="Where everybody was last seen today",
)
def get_emergency_list(work: Work, caller: Caller, now: Now, file_format: WantedFormat) -> StreamingResponse:
    """Return each student with the room and time at which a camera or a person last saw them today, room by
    room; who was not seen stands last. As JSON, CSV, XLSX or PDF."""
    found = service.seen_today(work, caller.school, now)
    report = service.report_of(found, caller.school, now)
    return as_file(report, file_format, f"emergency-{now.astimezone(caller.zone):%Y-%m-%d-%H%M}")


@pages.get("/emergency", dependencies=READS)
def show_emergency_list(work: Work, caller: Caller, now: Now) -> HTMLResponse:
    """Show the list room by room, as it is printed."""
    found = service.seen_today(work, caller.school, now)
    rooms: dict[str, list[tuple[str, str, str]]] = {}
    for each in found:
        time = views.clock(each.seen_at, caller.zone, seconds=False) if each.seen_at else ""
        rooms.setdefault(each.room or "", []).append((each.number, each.name, time))
    return render(
        "emergency.html", school=caller.school.name, rooms=rooms, seen=sum(bool(each.room) for each in found),
        expected=len(found), at=views.clock(now, caller.zone, seconds=True),
        day=views.long_day(now.astimezone(caller.zone).date()),
    )  # fmt: skip
