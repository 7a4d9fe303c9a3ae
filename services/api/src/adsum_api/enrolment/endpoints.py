"""Photos of a student, the jobs that judge them, and the original demo's `/register/`."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, Response, UploadFile

from adsum_api.access.needs import needs
from adsum_api.access.rights import Right
from adsum_api.contract.routing import ContractRoute
from adsum_api.deps import Caller, Now, Reach, Work
from adsum_api.enrolment import capture, jobs, photos
from adsum_api.enrolment.photos import MAX_PHOTOS
from adsum_api.enrolment.schemas import CaptureIn, CaptureStarted, JobOut, Registration
from adsum_api.problems import documented

router = APIRouter(tags=["enrolment"], route_class=ContractRoute)


@router.post(
    "/v1/students/{student_id}/photos",
    dependencies=[needs(Right.BIOMETRICS_ENROL)],
    status_code=HTTPStatus.ACCEPTED,
    responses=documented(415, "not-a-photo", "photo 0 is neither JPEG nor PNG nor WebP: send one of these"),
)
def upload_photos(
    work: Work,
    caller: Caller,
    runtime: Reach,
    now: Now,
    student_id: UUID,
    files: Annotated[list[UploadFile], File(alias="photos", min_length=1, max_length=MAX_PHOTOS)],
) -> JobOut:
    """Enrol a student from 1 to 20 photos of at most 10 MB, each of one face; the job has their verdicts.

    They are JPEG, PNG or WebP, told by what is in them and not by their names.
    """
    return photos.accept(
        work, caller, runtime.vault, runtime.tasks, student_id, [each.file for each in files], now
    )


@router.post(
    "/v1/students/{student_id}/captures",
    dependencies=[needs(Right.BIOMETRICS_ENROL)],
    status_code=HTTPStatus.ACCEPTED,
    responses=documented(
        409, "consent-missing", "the student has no active consent: record one with POST /v1/students/…"
    ),
)
def start_capture(
    work: Work,
    caller: Caller,
    runtime: Reach,
    now: Now,
    response: Response,
    student_id: UUID,
    wanted: CaptureIn,
) -> JobOut:
    """Have a camera collect samples of a student who stands alone before it; `guided`, it asks for poses.

    Follow the job at `Location`: it tells what is wanted now, and what is wrong.
    """
    job = capture.start_of_student(work, caller, runtime.vault, runtime.commands, student_id, wanted, now)
    response.headers["Location"] = f"/v1/enrolments/{job.id}"
    return job


@router.get("/v1/enrolments/{job_id}", dependencies=[needs(Right.BIOMETRICS_ENROL)])
def show_enrolment(work: Work, caller: Caller, job_id: UUID) -> JobOut:
    """Show how far an enrolment has come, with a verdict on each picture."""
    return jobs.show(work, caller, job_id)


@router.post(
    "/register/",
    dependencies=[needs(Right.BIOMETRICS_ENROL, Right.ROSTER_WRITE, Right.CONSENT_WRITE)],
    status_code=HTTPStatus.ACCEPTED,
    tags=["the original demo's routes"],
)
def register(
    work: Work,
    caller: Caller,
    runtime: Reach,
    now: Now,
    response: Response,
    wanted: Annotated[Registration, Form()],
) -> CaptureStarted:
    """Register a student at a camera: it collects samples of the one face in front of it."""
    started = capture.start(work, caller, runtime.vault, runtime.commands, wanted, now)
    response.headers["Location"] = started.follow
    return started
