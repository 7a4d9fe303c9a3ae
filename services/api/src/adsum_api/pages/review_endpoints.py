"""The page of a lesson's review, and signing its register. They work without JavaScript."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Form, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from adsum_api.access.needs import needs
from adsum_api.access.own import Own
from adsum_api.access.rights import Right
from adsum_api.attendance import reviewing, signing
from adsum_api.attendance.review_endpoints import review_out
from adsum_api.attendance.review_schemas import ConfirmIn, Decided, Decision
from adsum_api.attendance.signing import Signature, speaks_as
from adsum_api.deps import Caller, Now, Reach, Work
from adsum_api.errors import DomainError, status_of
from adsum_api.lessons import service as lessons
from adsum_api.lessons.days import local_day
from adsum_api.lessons.schemas import lesson_out
from adsum_api.pages import views
from adsum_api.pages.rendering import render
from adsum_api.pages.review import CHOICES, faces_of, questions_of

router = APIRouter(
    prefix="/lessons/{lesson_id}", include_in_schema=False, default_response_class=HTMLResponse
)

READS: Final = [needs(Right.ATTENDANCE_READ, own=Own.LESSON)]
WRITES: Final = [needs(Right.ATTENDANCE_READ, Right.ATTENDANCE_WRITE, own=Own.LESSON)]
"""What is refused is answered with the page."""


@router.get("/review", dependencies=READS)
def show_review(
    lesson_id: UUID, work: Work, caller: Caller, runtime: Reach, now: Now,
    done: Annotated[UUID | None, Query()] = None,
) -> HTMLResponse:  # fmt: skip
    """Show whom a person has to look at; `done` is a confirmation that can be taken back."""
    return _page(lesson_id, work, caller, runtime, now, done=done)


@router.post("/review/confirm", dependencies=WRITES)
def confirm(
    lesson_id: UUID, work: Work, caller: Caller, runtime: Reach, now: Now,
    version: Annotated[str | None, Form(max_length=64)] = None,
    student_id: Annotated[UUID | None, Form()] = None,
    status: Annotated[Decided | None, Form()] = None,
) -> Response:  # fmt: skip
    """Confirm one student, or all for whom something is suggested, and show who is left."""
    students = None if student_id is None else [Decision(student_id=student_id, status=status)]
    wanted = ConfirmIn(students=students, version=None if student_id else version)
    try:
        with work.session.begin_nested():
            batch = reviewing.confirm(work, caller, lesson_id, wanted, runtime.agreement, now)
    except DomainError as error:
        return _page(lesson_id, work, caller, runtime, now, wrong=error)
    return _to(f"/lessons/{lesson_id}/review?done={batch.id}")


@router.post("/review/{confirmation_id}/undo", dependencies=WRITES)
def undo(
    lesson_id: UUID, confirmation_id: UUID, work: Work, caller: Caller, runtime: Reach, now: Now
) -> Response:
    """Take a confirmation back and show the review again."""
    signature = Signature(caller.name, speaks_as(caller, "teacher"))
    reviewing.undo(work, caller.school, lesson_id, confirmation_id, signature, runtime.agreement, now)
    return _to(f"/lessons/{lesson_id}/review")


@router.post("/finalise", dependencies=WRITES)
def finalise(lesson_id: UUID, work: Work, caller: Caller, runtime: Reach, now: Now) -> Response:
    """Sign the register and show it, or what is still to be looked at."""
    signature = Signature(caller.name, speaks_as(caller, "teacher"))
    try:
        with work.session.begin_nested():
            signing.finalise(work, caller.school, lesson_id, signature, runtime.agreement, now)
    except DomainError as error:
        return _page(lesson_id, work, caller, runtime, now, wrong=error)
    return _to(f"/lessons/{lesson_id}")


@router.post("/reopen", dependencies=WRITES)
def reopen(
    lesson_id: UUID, work: Work, caller: Caller, runtime: Reach, now: Now,
    reason: Annotated[str, Form(min_length=1, max_length=500)],
) -> Response:  # fmt: skip
    """Open the register again and show it."""
    signature = Signature(caller.name, speaks_as(caller, "teacher"), reason)
    signing.reopen(work, caller.school, lesson_id, signature, runtime.agreement, now)
    return _to(f"/lessons/{lesson_id}")


def _page(
    lesson_id: UUID, work: Work, caller: Caller, runtime: Reach, now: Now,
    *, done: UUID | None = None, wrong: DomainError | None = None,
) -> HTMLResponse:  # fmt: skip
    placed = lessons.find(work, caller.school_id, lesson_id)
    lesson = lesson_out(placed, now)
    review = review_out(reviewing.review_of(work, caller.school, lesson_id, runtime.agreement, now), lesson)
    page = render(
        "review.html", school=caller.school.name, lesson=lesson, title=views.title_of(lesson),
        time=views.time_of(lesson, caller.zone), day=views.long_day(local_day(caller.zone, lesson.starts_at)),
        version=review.version, waiting=review.waiting, questions=questions_of(review, caller.zone),
        faces=faces_of(review.faces, caller.zone), choices=CHOICES, words=views.WORDS,
        done=done, wrong="" if wrong is None else str(wrong),
    )  # fmt: skip
    page.status_code = HTTPStatus.OK if wrong is None else status_of(wrong)
    return page


def _to(address: str) -> RedirectResponse:
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)
