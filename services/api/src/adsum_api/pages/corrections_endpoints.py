"""The pages on which a person says that a face was not who it was taken for, or takes that back."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from adsum_api.access.needs import needs
from adsum_api.access.own import Own
from adsum_api.access.rights import Right
from adsum_api.attendance import corrections, reading
from adsum_api.attendance.schemas import NewCorrection
from adsum_api.attendance.spoken_of import spoken_of
from adsum_api.deps import Caller, Now, Reach, Work
from adsum_api.errors import DomainError, Invalid, NotFound, status_of
from adsum_api.lessons import service as lessons
from adsum_api.pages import views
from adsum_api.pages.corrections import faces_of
from adsum_api.pages.rendering import render
from adsum_store.repositories import corrections as stored
from adsum_store.repositories import students

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get(
    "/lessons/{lesson_id}/students/{student_id}/faces",
    dependencies=[needs(Right.ATTENDANCE_READ, own=Own.LESSON)],
)
def show_faces(lesson_id: UUID, student_id: UUID, work: Work, caller: Caller, now: Now) -> HTMLResponse:
    """Show which faces of a lesson were taken for a student, and ask which were not."""
    return _page(lesson_id, student_id, work, caller, now)


@router.post(
    "/lessons/{lesson_id}/students/{student_id}/faces",
    dependencies=[needs(Right.ATTENDANCE_READ, Right.ATTENDANCE_WRITE, own=Own.LESSON)],
    response_class=RedirectResponse,
)
def say_not_them(
    lesson_id: UUID,
    student_id: UUID,
    work: Work,
    caller: Caller,
    runtime: Reach,
    now: Now,
    track_id: Annotated[list[UUID] | None, Form()] = None,
    rather_id: Annotated[UUID | None, Form()] = None,
) -> Response:
    """Correct the chosen faces, all or none, and return to the register; or show what is wrong."""
    try:
        with work.session.begin_nested():
            for wanted in _wanted(student_id, track_id or [], rather_id):
                corrections.correct(
                    work, runtime.tasks, caller, lesson_id, wanted, runtime.agreement, now
                )  # fmt: skip
    except DomainError as error:
        return _page(lesson_id, student_id, work, caller, now, error)
    return RedirectResponse(f"/lessons/{lesson_id}#corrections", HTTPStatus.SEE_OTHER)


@router.post(
    "/lessons/{lesson_id}/corrections/{correction_id}/take-back",
    dependencies=[needs(Right.ATTENDANCE_WRITE, own=Own.LESSON)],
)
def take_back(
    lesson_id: UUID, correction_id: UUID, work: Work, caller: Caller, runtime: Reach, now: Now
) -> RedirectResponse:
    """Let a correction count no more and return to the register."""
    told = corrections.CorrectionOf(caller.school_id, lesson_id, correction_id)
    corrections.take_back(work, runtime.tasks, caller, told, None, now)
    return RedirectResponse(f"/lessons/{lesson_id}#corrections", HTTPStatus.SEE_OTHER)


def _wanted(student_id: UUID, track_ids: Sequence[UUID], rather_id: UUID | None) -> list[NewCorrection]:
    if not track_ids:
        raise Invalid("choose at least one face")
    if rather_id == student_id:
        raise Invalid("it cannot be the same student rather")
    return [
        NewCorrection(track_id=track_id, student_id=student_id, rather_id=rather_id) for track_id in track_ids
    ]


def _page(
    lesson_id: UUID, student_id: UUID, work: Work, caller: Caller, now: Now, wrong: DomainError | None = None
) -> HTMLResponse:
    register = reading.register_of(work, caller.school_id, lesson_id, now)
    lesson = lessons.find(work, caller.school_id, lesson_id).lesson
    student = students.get(work, caller.school_id, student_id)
    if student is None or student.id not in spoken_of(work, caller, lesson, [student.id], now):
        raise NotFound("student", student_id)
    tracks = stored.taken_for(work.session, caller.school_id, lesson_id, student_id)
    page = render(
        "faces.html", school=caller.school.name, lesson=register.lesson, student=student,
        title=views.title_of(register.lesson), time=views.time_of(register.lesson, caller.zone),
        faces=faces_of(tracks, caller.zone), wrong="" if wrong is None else str(wrong),
        others=[entry for entry in register.entries if entry.student_id != student_id],
    )  # fmt: skip
    page.status_code = HTTPStatus.OK if wrong is None else status_of(wrong)
    return page
