"""The pages of cameras: which are online, and what each sees of its room."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from adsum_api.access.needs import needs
from adsum_api.access.own import Own
from adsum_api.access.rights import Right
from adsum_api.cameras import service
from adsum_api.deps import Caller, Now, Work
from adsum_api.pages import cameras as views
from adsum_api.pages.rendering import render
from adsum_store.repositories import places

router = APIRouter(prefix="/cameras", include_in_schema=False, default_response_class=HTMLResponse)

Hours = Annotated[Literal["1", "24"], Query()]


@router.get("", dependencies=[needs(Right.SCHOOL_READ, own=Own.SHARED)])
def show_cameras(work: Work, caller: Caller, now: Now) -> HTMLResponse:
    """Show how every camera is."""
    rooms = {room.id: room.name for room in places.rooms(work, caller.school_id)}
    cards = [
        views.card_of(health, rooms[health.room_id], caller.zone)
        for health in service.healths(work, caller, now)
    ]
    return render(
        "cameras.html", school=caller.school.name, cards=cards, online=sum(card.online for card in cards)
    )


@router.get("/{camera_id}", dependencies=[needs(Right.SCHOOL_READ, own=Own.SHARED)])
def show_camera(camera_id: UUID, work: Work, caller: Caller, now: Now, hours: Hours = "24") -> HTMLResponse:
    """Show what one camera sees of its room, and what would help."""
    health = service.health(work, caller, camera_id, now)
    start = now - timedelta(hours=int(hours))
    coverage = service.coverage(work, caller, camera_id, start, now, now)
    rooms = {room.id: room.name for room in places.rooms(work, caller.school_id)}
    return render(
        "camera.html", school=caller.school.name, coverage=coverage, cells=views.cells_of(coverage),
        card=views.card_of(health, rooms[health.room_id], caller.zone), figures=views.figures_of(health),
        unsent=views.unsent_of(coverage), legend=views.LEGEND, ranges=views.RANGES, hours=int(hours),
        cell=views.CELL_PX,
    )  # fmt: skip
