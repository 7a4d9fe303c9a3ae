"""The original demo's registration: a camera collects samples of the one face in front of it."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from adsum_api.deps import Operator
from adsum_api.enrolment.jobs import CAPTURE_TIMEOUT_S
from adsum_api.enrolment.schemas import CaptureStarted, JobOut, Registration
from adsum_api.places import service as places
from adsum_api.ports import CameraCommands
from adsum_api.students import consents
from adsum_contracts.commands import CaptureSamples
from adsum_contracts.ids import CameraId, CommandId, JobId
from adsum_store.models import Camera, EnrolmentJob, Student
from adsum_store.repositories import enrolments, students
from adsum_store.sealing import Vault
from adsum_store.unit_of_work import UnitOfWork


def start(
    work: UnitOfWork,
    caller: Operator,
    vault: Vault,
    commands: CameraCommands,
    wanted: Registration,
    now: datetime,
) -> CaptureStarted:
    """Make or rename the student, attest their consent, and send the camera its command after the commit.

    Raises `CameraNotFound`, `NoDefaultCamera`, `CameraRevoked`, `AttestationOff` or `ConsentWithdrawn`.
    """
    camera = places.chosen_or_default(work, caller, wanted.camera)
    student = students.put(work, caller.school_id, wanted.enrollment, wanted.name)
    consents.attest_if_missing(work, caller, student.id, now)
    job = enrolments.add(work, _job(student, camera, wanted.num_images, now))
    key, command = vault.open(camera.key_sealed), _command(job, camera, now)
    work.after_commit(lambda: commands.send(camera.id, key, command))
    return CaptureStarted(
        message=f"Collecting {wanted.num_images} samples of {student.name} at camera {camera.name}.",
        job=JobOut.of(job, ()),
        follow=f"/v1/enrolments/{job.id}",
    )


def _job(student: Student, camera: Camera, samples: int, now: datetime) -> EnrolmentJob:
    return EnrolmentJob(
        school_id=student.school_id,
        student_id=student.id,
        source="camera",
        camera_id=camera.id,
        wanted=samples,
        collected=0,
        state="pending",
        created_at=now,
    )


def _command(job: EnrolmentJob, camera: Camera, now: datetime) -> CaptureSamples:
    return CaptureSamples(
        camera_id=CameraId(camera.id),
        command_id=CommandId(uuid4()),
        issued_at=now,
        job_id=JobId(job.id),
        count=job.wanted,
        timeout_s=CAPTURE_TIMEOUT_S,
    )
