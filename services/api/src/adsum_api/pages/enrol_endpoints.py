"""The pages of enrolment at a camera: choose who, then follow what the camera asks for."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Form, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from adsum_api.access.needs import needs
from adsum_api.access.rights import Right
from adsum_api.deps import Caller, Now, Reach, Work
from adsum_api.enrolment import capture, jobs
from adsum_api.enrolment.schemas import CaptureIn
from adsum_api.errors import DomainError, NotFound, status_of
from adsum_api.pages.enrol import instruction_of
from adsum_api.pages.rendering import render
from adsum_api.students import service as students
from adsum_store.repositories import consent_texts, places
from adsum_store.repositories import students as stored

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

NEEDED: Final = [needs(Right.BIOMETRICS_ENROL, Right.ROSTER_READ)]
"""The pages name students: all of them, to choose from."""

SAMPLES: Final = 15
"""Three of each pose: templates of one pose alone miss a head that is turned."""


@router.get("/enrol", dependencies=NEEDED)
def choose(work: Work, caller: Caller) -> HTMLResponse:
    """Ask who is to be enrolled, and at which camera."""
    return _form(work, caller)


@router.post("/enrol", dependencies=NEEDED)
def begin(
    number: Annotated[str, Form(min_length=1, max_length=64)],
    camera_id: Annotated[UUID, Form()],
    work: Work,
    caller: Caller,
    runtime: Reach,
    now: Now,
    guided: Annotated[bool, Form()] = False,
) -> Response:
    """Have the camera begin and show what it asks for, or the form again with what is wrong."""
    student = stored.by_number(work, caller.school_id, number.strip())
    if student is None:
        return _form(work, caller, NotFound("student with number", number.strip()))
    wanted = CaptureIn(camera_id=camera_id, count=SAMPLES, guided=guided)
    try:
        job = capture.start_of_student(work, caller, runtime.vault, runtime.commands, student.id, wanted, now)
    except DomainError as error:
        return _form(work, caller, error)
    return RedirectResponse(f"/enrolments/{job.id}", HTTPStatus.SEE_OTHER)


@router.get("/enrolments/{job_id}", dependencies=NEEDED)
def follow(job_id: UUID, work: Work, caller: Caller) -> HTMLResponse:
    """Show what the camera asks for now; the page's script asks again each second."""
    job = jobs.show(work, caller, job_id)
    student = students.get(work, caller, job.student_id)
    return render(
        "enrolment.html", school=caller.school.name, job=job, name=student.name, number=student.number,
        now=instruction_of(job),
    )  # fmt: skip


def _form(work: Work, caller: Caller, error: DomainError | None = None) -> HTMLResponse:
    page = render(
        "enrol.html", school=caller.school.name, wrong="" if error is None else str(error),
        cameras=[each.camera for each in places.cameras(work, caller.school_id) if not each.camera.revoked],
        students=stored.names(work, caller.school_id), forms=consent_texts.newest(work, caller.school_id),
    )  # fmt: skip
    page.status_code = HTTPStatus.OK if error is None else status_of(error)
    return page
