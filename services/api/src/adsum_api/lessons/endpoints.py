"""Lessons over HTTP, and the original demo's `POST /mark-attendance/`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Response

from adsum_api.access.needs import needs
from adsum_api.access.own import Own, check_own_section
from adsum_api.access.rights import Right
from adsum_api.attendance.signing import check_window, speaks_as
from adsum_api.contract.paging import Paged
from adsum_api.contract.routing import ContractRoute
from adsum_api.deps import Caller, Now, Reach, Work
from adsum_api.lessons import service
from adsum_api.lessons.days import local_day
from adsum_api.lessons.schemas import LessonOut, NewLesson, Threshold, lesson_out
from adsum_api.lessons.telling import tell_room_after
from adsum_store.repositories.lessons import PlacedLesson

router = APIRouter(tags=["lessons"], route_class=ContractRoute)

Minutes = Annotated[float, Query(gt=0, le=720, allow_inf_nan=False)]
ThresholdQuery = Annotated[Threshold | None, Query(description="stricter than the model's floor")]
ThresholdForm = Annotated[Threshold | None, Form(alias="threshold", description="as in the address")]


@router.post(
    "/v1/lessons",
    dependencies=[needs(Right.ATTENDANCE_WRITE, own=Own.BODY)],
    status_code=HTTPStatus.CREATED,
)
def open_lesson(
    wanted: NewLesson, work: Work, caller: Caller, runtime: Reach, now: Now, response: Response
) -> LessonOut:
    """Open a lesson. With a `key` that opened it before, answer 200 with that lesson.

    A teacher opens lessons of the sections that they teach on that day, while they may change its register.
    """
    check_own_section(work, caller, wanted.section_id, wanted.starts_at)
    day = local_day(caller.zone, wanted.starts_at)
    service.check_section_runs(work, caller.school_id, wanted.section_id, day)
    model = runtime.agreement.model_of(work, caller.school_id)
    placed, is_new = service.open_lesson(work, caller.school_id, wanted, model, now)
    check_window(caller.school, placed.lesson, speaks_as(caller, "office"), now)
    tell_room_after(work, runtime, placed.lesson.room_id)
    response.status_code = HTTPStatus.CREATED if is_new else HTTPStatus.OK
    return lesson_out(placed, now)


@router.get("/v1/lessons", dependencies=[needs(Right.ATTENDANCE_READ, own=Own.ROWS)])
def list_lessons(
    work: Work,
    caller: Caller,
    now: Now,
    paged: Paged,
    on: Annotated[date | None, Query(alias="date", description="the school's day; today")] = None,
    room_id: UUID | None = None,
) -> list[LessonOut]:
    """Return the lessons that start on a day of the school's calendar, in order of time."""
    day = on or local_day(caller.zone, now)
    found = service.on_day(work, caller.school_id, day, caller.zone, room_id, paged.wanted)
    return [lesson_out(placed, now) for placed in paged.page(found, _order_of)]


def _order_of(placed: PlacedLesson) -> tuple[object, ...]:
    return placed.lesson.starts_at, placed.room, placed.lesson.id


@router.get("/v1/lessons/{lesson_id}", dependencies=[needs(Right.ATTENDANCE_READ, own=Own.LESSON)])
def get_lesson(lesson_id: UUID, work: Work, caller: Caller, now: Now) -> LessonOut:
    """Return a lesson."""
    return lesson_out(service.find(work, caller.school_id, lesson_id), now)


@router.post("/v1/lessons/{lesson_id}/close", dependencies=[needs(Right.ATTENDANCE_WRITE, own=Own.LESSON)])
def close_lesson(lesson_id: UUID, work: Work, caller: Caller, runtime: Reach, now: Now) -> LessonOut:
    """End a lesson now; its register is finalised a few seconds later."""
    placed = service.end_now(work, caller.school_id, lesson_id, now)
    tell_room_after(work, runtime, placed.lesson.room_id)
    return lesson_out(placed, now)


@dataclass(frozen=True, slots=True)
class RollCall:
    """What the original demo's call asks for: `camera` is the default one when None."""

    minutes: float
    camera: UUID | None
    threshold: float | None


def _roll_call(
    minutes: Minutes = 60,
    camera: UUID | None = None,
    threshold: ThresholdQuery = None,
    threshold_form: ThresholdForm = None,
) -> RollCall:
    return RollCall(minutes, camera, threshold if threshold is not None else threshold_form)


@router.post(
    "/mark-attendance/", dependencies=[needs(Right.ATTENDANCE_WRITE)], status_code=HTTPStatus.CREATED
)
def mark_attendance(
    asked: Annotated[RollCall, Depends(_roll_call)],
    work: Work,
    caller: Caller,
    runtime: Reach,
    now: Now,
    response: Response,
) -> LessonOut:
    """Take the roll now before a camera (the default one), among all students with consent.

    Where an ad-hoc lesson runs already, answer 200 with that one. It ends after `minutes`, or by a POST
    to the answer's `links.close`.
    """
    model = runtime.agreement.model_of(work, caller.school_id)
    service.check_threshold(asked.threshold, model)
    camera = service.camera_for_roll(work, caller.school_id, asked.camera)
    placed, is_new = service.take_roll_now(
        work, caller.school_id, camera, asked.minutes, asked.threshold, model, now
    )
    tell_room_after(work, runtime, camera.room_id)
    response.status_code = HTTPStatus.CREATED if is_new else HTTPStatus.OK
    return lesson_out(placed, now)
