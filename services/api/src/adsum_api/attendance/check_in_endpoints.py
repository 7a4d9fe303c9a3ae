"""Check-in by the code on the board: for programs below `/v1`, and as pages for the board and for devices."""

from __future__ import annotations

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Final
from uuid import UUID

import segno
from fastapi import APIRouter, Cookie, Form, Query, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, Field

from adsum_api.access.needs import everybody, needs
from adsum_api.access.own import Own
from adsum_api.access.rights import Right
from adsum_api.attendance.check_in import PURPOSE, LinkNotGood, check_in
from adsum_api.attendance.rotating import DeviceLink, code_at, link_in, signed_link
from adsum_api.attendance.schemas import MarkOut
from adsum_api.contract.routing import ContractRoute
from adsum_api.deps import Caller, Now, Reach, Work
from adsum_api.errors import DomainError, NotFound, status_of
from adsum_api.lessons import service as lessons
from adsum_api.lessons.schemas import lesson_out
from adsum_api.pages import views
from adsum_api.pages.rendering import render
from adsum_api.runtime import Runtime
from adsum_store.repositories import students

router = APIRouter(prefix="/v1", tags=["attendance"], route_class=ContractRoute)
pages = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

COOKIE: Final = "adsum_check_in"
WRITES: Final = [needs(Right.ATTENDANCE_WRITE, own=Own.LESSON)]
Code = Annotated[str, Field(min_length=1, max_length=32)]
Link = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9_=-]+$")]


class LinkIn(BaseModel):
    """For how long the device may speak for the student."""

    model_config = ConfigDict(extra="forbid")

    hours: Annotated[int, Field(ge=1, le=24 * 14)] = 12


class LinkOut(BaseModel):
    """`page`: what the student opens once on their own device; `link` is what programs send."""

    student_id: UUID
    link: str
    page: str
    expires_at: datetime


class CodeOut(BaseModel):
    """The code on the board now; `page` is what its picture leads to."""

    lesson_id: UUID
    code: str
    shown_until: datetime
    page: str


class CheckIn(BaseModel):
    """The code that the student read, and the link of their device."""

    model_config = ConfigDict(extra="forbid")

    code: Code
    link: Link


@router.post(
    "/students/{student_id}/check-in-links",
    dependencies=[needs(Right.ATTENDANCE_WRITE, own=Own.STUDENT)],
    status_code=HTTPStatus.CREATED,
    summary="Let a device speak for a student",
)
def make_link(
    student_id: UUID, wanted: LinkIn, work: Work, caller: Caller, runtime: Reach, now: Now
) -> LinkOut:
    """Make a link by which a student's own device checks in, until it is over. It opens nothing else."""
    if students.get(work, caller.school_id, student_id) is None:
        raise NotFound("student", student_id)
    expires_at = (now + timedelta(hours=wanted.hours)).replace(microsecond=0)
    link = signed_link(_key(runtime), DeviceLink(student_id, expires_at))
    return LinkOut(
        student_id=student_id, link=link, page=f"/check-in/device?link={link}", expires_at=expires_at
    )


@router.get("/lessons/{lesson_id}/check-in-code", dependencies=WRITES, summary="The code on the board now")
def get_code(lesson_id: UUID, work: Work, caller: Caller, runtime: Reach, now: Now) -> CodeOut:
    """Return the lesson's code; it changes every 30 seconds, and is good for 30 more."""
    lessons.find(work, caller.school_id, lesson_id)
    return _code_out(runtime, lesson_id, now)


@router.post(
    "/lessons/{lesson_id}/check-in",
    dependencies=WRITES,
    summary="Check a student in by the code on the board",
)
def check_in_by_code(
    lesson_id: UUID, wanted: CheckIn, work: Work, caller: Caller, runtime: Reach, now: Now
) -> MarkOut:
    """Mark the device's student present or late, once a lesson. A camera's sighting, and every person's word,
    counts for more; somebody who was not to come goes to review."""
    lessons.find(work, caller.school_id, lesson_id)
    link = _link(runtime, wanted.link, now)
    mark, _ = check_in(
        work, _key(runtime), caller.school_id, lesson_id, link.student_id, wanted.code, runtime.agreement, now
    )
    return MarkOut.of(mark)


@pages.get("/lessons/{lesson_id}/board", dependencies=WRITES)
def show_board(
    lesson_id: UUID, request: Request, work: Work, caller: Caller, runtime: Reach, now: Now
) -> HTMLResponse:
    """Show the code as a picture, large; the page renews itself."""
    lesson = lesson_out(lessons.find(work, caller.school_id, lesson_id), now)
    told = _code_out(runtime, lesson_id, now)
    address = str(request.base_url).rstrip("/") + told.page
    picture = segno.make(address, error="m").svg_inline(omitsize=True, svgclass="qr", lineclass=None)
    return render(
        "board.html", school=caller.school.name, lesson=lesson, title=views.title_of(lesson),
        time=views.time_of(lesson, caller.zone), code=told.code, picture=Markup(picture),  # noqa: S704 - segno's
    )  # fmt: skip


@pages.get("/check-in/device", dependencies=[everybody()])
def set_up_device(link: Link, runtime: Reach, now: Now, request: Request) -> Response:
    """Let this device speak for the link's student until it is over."""
    try:
        known = _link(runtime, link, now)
    except LinkNotGood as error:
        return _answer("This link does not work", str(error), error)
    answer = _answer("This device is set up", "Scan the code on the board when a lesson begins.")
    answer.set_cookie(
        COOKIE, link, expires=known.expires_at, httponly=True, samesite="strict",
        secure=request.url.scheme == "https",
    )  # fmt: skip
    return answer


@pages.get("/check-in", dependencies=[everybody()])
def ask(lesson: Annotated[UUID, Query()], code: Annotated[str, Query(max_length=32)]) -> HTMLResponse:
    """Ask for one touch: an address that is merely opened changes nothing."""
    return render("check_in.html", school="", lesson=lesson, code=code, told="", more="")


@pages.post("/check-in", dependencies=[everybody()])
def check_in_here(
    lesson: Annotated[UUID, Form()],
    code: Annotated[str, Form(max_length=32)],
    work: Work,
    runtime: Reach,
    now: Now,
    adsum_check_in: Annotated[str, Cookie(max_length=100)] = "",
) -> HTMLResponse:
    """Check the device's student in, and say so."""
    try:
        link = _link(runtime, adsum_check_in, now)
        student = students.anywhere(work, link.student_id)
        if student is None:
            raise LinkNotGood
        check_in(work, _key(runtime), student.school_id, lesson, student.id, code, runtime.agreement, now)
    except DomainError as error:
        return _answer("That did not work", str(error), error)
    return _answer("You are checked in", "Your teacher sees that you came by the code.")


def _answer(told: str, more: str, wrong: DomainError | None = None) -> HTMLResponse:
    page = render("check_in.html", school="", lesson=None, code="", told=told, more=more)
    page.status_code = HTTPStatus.OK if wrong is None else status_of(wrong)
    return page


def _key(runtime: Runtime) -> bytes:
    return runtime.vault.key_for(PURPOSE)


def _link(runtime: Runtime, text: str, now: datetime) -> DeviceLink:
    link = link_in(_key(runtime), text, now)
    if link is None:
        raise LinkNotGood
    return link


def _code_out(runtime: Runtime, lesson_id: UUID, now: datetime) -> CodeOut:
    shown = code_at(_key(runtime), lesson_id, now)
    return CodeOut(
        lesson_id=lesson_id, code=shown.code, shown_until=shown.shown_until,
        page=f"/check-in?lesson={lesson_id}&code={shown.code}",
    )  # fmt: skip
