"""The page that opens a lesson now: one that no timetable has. It works without JavaScript."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from adsum_api.access.needs import needs
from adsum_api.access.own import Own, check_own_section, own_sections
from adsum_api.access.rights import Right
from adsum_api.deps import Caller, Now, Operator, Reach, Work
from adsum_api.errors import DomainError, NotFound, status_of
from adsum_api.lessons import service as lessons
from adsum_api.lessons.days import local_day
from adsum_api.lessons.schemas import NewLesson
from adsum_api.lessons.service import RoomTaken
from adsum_api.lessons.telling import tell_room_after
from adsum_api.pages.rendering import render
from adsum_store.models import Lesson, Section
from adsum_store.repositories import places
from adsum_store.unit_of_work import UnitOfWork

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

MINUTES: Final = 45
EVERYBODY: Final = "everybody"
"""What stands for no section: every student with consent."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the form shows as chosen: a section's id or `EVERYBODY`, a room, and minutes."""

    section: UUID | str | None
    room_id: UUID | None
    minutes: int = MINUTES


@router.get("/open", dependencies=[needs(Right.ATTENDANCE_WRITE, own=Own.BODY)])
def ask(work: Work, caller: Caller, now: Now, section: UUID | None = None) -> HTMLResponse:
    """Ask whose lesson it is, and where."""
    default = places.default_camera(work, caller.school_id)
    return _form(work, caller, now, Chosen(section, None if default is None else default.room_id))


@router.post("/open", dependencies=[needs(Right.ATTENDANCE_WRITE, own=Own.BODY)])
def open_lesson(
    section: Annotated[UUID | Literal["everybody"], Form()],
    room_id: Annotated[UUID, Form()],
    work: Work,
    caller: Caller,
    runtime: Reach,
    now: Now,
    minutes: Annotated[int, Form(ge=1, le=720)] = MINUTES,
) -> Response:
    """Open the lesson and show its register, or the form again with what is wrong.

    Who sends the form twice is shown the lesson that the first opened.
    """
    section_id = section if isinstance(section, UUID) else None
    ends_at = now + timedelta(minutes=minutes)
    wanted = NewLesson(section_id=section_id, room_id=room_id, starts_at=now, ends_at=ends_at)
    try:
        check_own_section(work, caller, section_id, now)
        lessons.check_section_runs(work, caller.school_id, section_id, local_day(caller.zone, now))
        model = runtime.agreement.model_of(work, caller.school_id)
        placed, _ = lessons.open_lesson(work, caller.school_id, wanted, model, now)
    except RoomTaken as taken:
        if _is_same(taken.other.lesson, wanted):
            return _to(taken.other.lesson)
        return _form(work, caller, now, Chosen(section, room_id, minutes), taken)
    except DomainError as error:
        return _form(work, caller, now, Chosen(section, room_id, minutes), error)
    tell_room_after(work, runtime, room_id)
    return _to(placed.lesson)


def _is_same(there: Lesson, wanted: NewLesson) -> bool:
    return there.section_id == wanted.section_id and there.starts_at <= wanted.starts_at


def _to(lesson: Lesson) -> RedirectResponse:
    return RedirectResponse(f"/lessons/{lesson.id}", HTTPStatus.SEE_OTHER)


def _said(error: DomainError, zone: ZoneInfo) -> str:
    """Say what is wrong as a teacher reads it: by the clock on their wall, and by no id."""
    if isinstance(error, NotFound):
        return f"that {error.noun} is not there, or not yours today: choose another"
    if not isinstance(error, RoomTaken):
        return str(error)
    other = error.other
    hours = (f"{at.astimezone(zone):%H:%M}" for at in (other.lesson.starts_at, other.lesson.ends_at))
    return f"{other.room} is taken by {other.section or 'a roll call'} from {' to '.join(hours)}"


def _form(
    work: UnitOfWork, caller: Operator, now: datetime, chosen: Chosen, error: DomainError | None = None
) -> HTMLResponse:
    page = render(
        "open.html", school=caller.school.name, chosen=chosen,
        wrong="" if error is None else _said(error, caller.zone),
        everybody=None if caller.taught_by else EVERYBODY,
        sections=_running(work, caller, now), rooms=places.rooms(work, caller.school_id),
    )  # fmt: skip
    page.status_code = HTTPStatus.OK if error is None else status_of(error)
    return page


def _running(work: UnitOfWork, caller: Operator, now: datetime) -> Sequence[Section]:
    """Return the sections that may be chosen: rosters still have them."""
    day = local_day(caller.zone, now)
    found = own_sections(work, caller, now)
    return [each for each in found if each.removed_on is None or each.removed_on > day]
