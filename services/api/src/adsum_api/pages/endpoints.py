"""The pages of a teacher: a day's lessons, and a lesson's live register. They work without JavaScript."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from http import HTTPStatus
from importlib.resources import files
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Form, Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from adsum_api.access.needs import everybody, needs
from adsum_api.access.own import Own
from adsum_api.access.rights import Right
from adsum_api.attendance import by_hand, reading
from adsum_api.attendance.schemas import ByHand, NewMark
from adsum_api.deps import Caller, Now, Reach, Work
from adsum_api.errors import NotFound
from adsum_api.lessons import service as lessons
from adsum_api.lessons.days import local_day, neighbours
from adsum_api.lessons.schemas import lesson_out
from adsum_api.lessons.telling import tell_room_after
from adsum_api.pages import views
from adsum_api.pages.corrections import corrections_of, elsewhere_of
from adsum_api.pages.rendering import render
from adsum_api.reports.daily import file_name
from adsum_api.retention.alarms import reasons, states
from adsum_store.models import ConsentText
from adsum_store.repositories import consent_texts, corrections, places
from adsum_store.repositories.coverage import recognised_tracks

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

STATIC: Final = {
    "adsum.css": "text/css; charset=utf-8",
    "adsum.js": "text/javascript; charset=utf-8",
    "favicon.svg": "image/svg+xml",
}
ROLL_MINUTES: Final = 60


@router.get("/", dependencies=[needs(Right.ATTENDANCE_READ, own=Own.ROWS)])
def show_day(
    work: Work, caller: Caller, now: Now, on: Annotated[date | None, Query(alias="date")] = None
) -> HTMLResponse:
    """Show the lessons of a day, today's otherwise, and the cameras."""
    today = local_day(caller.zone, now)
    day = on or today
    found = lessons.on_day(work, caller.school_id, day, caller.zone)
    summaries = reading.summaries_of_day(work, caller.school_id, day, caller.zone)
    cards = [
        views.card(lesson_out(placed, now), summaries.get(placed.lesson.id, {}), caller.zone)
        for placed in found
    ]
    rooms = {room.id: room.name for room in places.rooms(work, caller.school_id)}
    before, after = neighbours(day)
    return render(
        "day.html", school=caller.school.name, day=views.long_day(day), is_today=day == today, cards=cards,
        before=before, after=after, csv=file_name(day),
        cameras=_cameras(work, caller, now), rooms=rooms, alarms=_alarms(work, caller, now),
        may_open=(may_open := Right.ATTENDANCE_WRITE in caller.rights),
        may_take_roll=may_open and caller.taught_by is None,
    )  # fmt: skip


@router.get("/lessons/{lesson_id}", dependencies=[needs(Right.ATTENDANCE_READ, own=Own.LESSON)])
def show_lesson(lesson_id: UUID, work: Work, caller: Caller, now: Now) -> HTMLResponse:
    """Show a lesson's register; the page's script keeps it fresh."""
    register = reading.register_of(work, caller.school_id, lesson_id, now)
    lesson = register.lesson
    return render(
        "lesson.html", school=caller.school.name, lesson=lesson, title=views.title_of(lesson),
        time=views.time_of(lesson, caller.zone), day=views.long_day(local_day(caller.zone, lesson.starts_at)),
        state_word=views.STATES[lesson.state], counts=views.counts_of(register.summary),
        rows=views.rows_of(register, caller.zone, now), by_hand=views.BY_HAND, words=views.WORDS,
        cameras=[camera for camera in _cameras(work, caller, now) if camera.room_id == lesson.room_id],
        expected=len(register.entries), bar_px=views.BAR_PX,
        recognised={track.student_id for track in recognised_tracks(work, caller.school_id, lesson_id)},
        elsewhere=elsewhere_of(reading.known_elsewhere(work, caller.school_id, lesson_id), caller.zone),
        corrections=corrections_of(
            corrections.told_of_lesson(work.session, caller.school_id, lesson_id), caller.zone
        ),
        forms=_forms(work, caller, lesson.section_id),
    )  # fmt: skip


@router.post("/lessons/{lesson_id}/marks", dependencies=[needs(Right.ATTENDANCE_WRITE, own=Own.LESSON)])
def mark(
    lesson_id: UUID,
    student_id: Annotated[UUID, Form()],
    status: Annotated[ByHand, Form()],
    work: Work,
    caller: Caller,
    runtime: Reach,
    now: Now,
) -> RedirectResponse:
    """Mark a student by hand and return to the register."""
    wanted = NewMark(student_id=student_id, status=status)
    by_hand.mark_by_hand(work, caller, lesson_id, wanted, None, runtime.agreement, now)
    return _to(f"/lessons/{lesson_id}#s-{student_id}")


@router.post("/lessons/{lesson_id}/close", dependencies=[needs(Right.ATTENDANCE_WRITE, own=Own.LESSON)])
def close(lesson_id: UUID, work: Work, caller: Caller, runtime: Reach, now: Now) -> RedirectResponse:
    """End a lesson and return to its register."""
    placed = lessons.end_now(work, caller.school_id, lesson_id, now)
    tell_room_after(work, runtime, placed.lesson.room_id)
    return _to(f"/lessons/{lesson_id}")


@router.post("/roll", dependencies=[needs(Right.ATTENDANCE_WRITE)])
def take_roll(work: Work, caller: Caller, runtime: Reach, now: Now) -> RedirectResponse:
    """Take the roll now before the default camera, and show it."""
    camera = lessons.camera_for_roll(work, caller.school_id, None)
    model = runtime.agreement.model_of(work, caller.school_id)
    placed, _ = lessons.take_roll_now(work, caller.school_id, camera, ROLL_MINUTES, None, model, now)
    tell_room_after(work, runtime, camera.room_id)
    return _to(f"/lessons/{placed.lesson.id}")


@router.get("/static/{name}", dependencies=[everybody()])
def static_file(name: str) -> Response:
    """Serve a file of the pages; they hold no data, so nobody is asked for a token."""
    if name not in STATIC:
        raise NotFound("file", name)
    content = files("adsum_api.pages").joinpath("static", name).read_bytes()
    headers = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
    return Response(content, media_type=STATIC[name], headers=headers)


def _cameras(work: Work, caller: Caller, now: Now) -> list[views.CameraView]:
    records = places.cameras(work, caller.school_id)
    return [views.camera_view(record, now) for record in records if not record.camera.revoked]


def _forms(work: Work, caller: Caller, section_id: UUID | None) -> Sequence[ConsentText]:
    """What may be printed for a section: by the office, since a teacher sees no parents."""
    prints = section_id is not None and caller.taught_by is None
    return consent_texts.newest(work, caller.school_id) if prints else ()


def _alarms(work: Work, caller: Caller, now: Now) -> list[str]:
    """What the office should see to: a teacher could do nothing about it."""
    return [] if caller.taught_by is not None else reasons(states(work, now, caller.school))


def _to(address: str) -> RedirectResponse:
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)
