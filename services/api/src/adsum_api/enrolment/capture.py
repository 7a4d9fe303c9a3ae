"""A camera collects samples of the one face in front of it; the original demo's registration is one way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from adsum_api.deps import Operator
from adsum_api.enrolment.jobs import CAPTURE_TIMEOUT_S
from adsum_api.enrolment.schemas import CaptureIn, CaptureStarted, JobOut, Registration
from adsum_api.places import service as places
from adsum_api.ports import CameraCommands
from adsum_api.students import consents
from adsum_api.students import service as pupils
from adsum_contracts.commands import CaptureSamples
from adsum_contracts.face import Pose
from adsum_contracts.ids import CameraId, CommandId, JobId
from adsum_store.models import Camera, EnrolmentJob, Student
from adsum_store.repositories import enrolments, students
from adsum_store.sealing import Vault
from adsum_store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose samples, how many, at which camera, and in which poses, if any."""

    student: Student
    camera: Camera
    samples: int
    poses: tuple[Pose, ...]


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
    job = _begin(work, vault, commands, Asked(student, camera, wanted.num_images, ()), now)
    return CaptureStarted(
        message=f"Collecting {wanted.num_images} samples of {student.name} at camera {camera.name}.",
        job=JobOut.of(job, ()),
        follow=f"/v1/enrolments/{job.id}",
    )


def start_of_student(
    work: UnitOfWork,
    caller: Operator,
    vault: Vault,
    commands: CameraCommands,
    student_id: UUID,
    wanted: CaptureIn,
    now: datetime,
) -> JobOut:
    """Have a camera collect samples of a student who gave consent; it is told after the commit.

    Raises `StudentNotFound`, `ConsentMissing`, `CameraNotFound`, `NoDefaultCamera` or `CameraRevoked`.
    """
    student = pupils.get(work, caller, student_id)
    consents.require(work, caller, student.id)
    camera = places.chosen_or_default(work, caller, wanted.camera_id)
    asked = Asked(student, camera, wanted.count, wanted.poses)
    return JobOut.of(_begin(work, vault, commands, asked, now), ())


def _begin(
    work: UnitOfWork, vault: Vault, commands: CameraCommands, asked: Asked, now: datetime
) -> EnrolmentJob:
    job = enrolments.add(work, _job(asked, now))
    key, command = vault.open(asked.camera.key_sealed), _command(job, asked, now)
    work.after_commit(lambda: commands.send(asked.camera.id, key, command))
    return job


def _job(asked: Asked, now: datetime) -> EnrolmentJob:
    return EnrolmentJob(
        school_id=asked.student.school_id,
        student_id=asked.student.id,
        source="camera",
        camera_id=asked.camera.id,
        wanted=asked.samples,
        collected=0,
        state="pending",
        created_at=now,
    )


def _command(job: EnrolmentJob, asked: Asked, now: datetime) -> CaptureSamples:
    return CaptureSamples(
        camera_id=CameraId(asked.camera.id),
        command_id=CommandId(uuid4()),
        issued_at=now,
        job_id=JobId(job.id),
        count=job.wanted,
        timeout_s=CAPTURE_TIMEOUT_S,
        poses=asked.poses,
    )
