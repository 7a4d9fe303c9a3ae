"""Photos on their way in: counted, measured, sealed, and handed on by reference."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID, uuid4

from adsum_api.deps import Operator
from adsum_api.enrolment.jobs import PATIENCE
from adsum_api.enrolment.schemas import JobOut
from adsum_api.errors import TooLarge, Unsupported
from adsum_api.ports import TaskSender
from adsum_api.students import consents
from adsum_api.students import service as students
from adsum_contracts.ids import JobId, SchoolId
from adsum_contracts.routes import ENROL_PHOTOS, QUEUE_ENROL
from adsum_contracts.tasks import EnrolPhotos
from adsum_store.models import EnrolmentJob, Student
from adsum_store.repositories import enrolments, student_keys
from adsum_store.sealing import Vault
from adsum_store.unit_of_work import UnitOfWork

MAX_PHOTOS: Final = 20
MAX_PHOTO_BYTES: Final = 10 * 1024 * 1024


class PhotoTooLarge(TooLarge):
    """One of the files is larger than anybody accepts."""

    def __init__(self, index: int) -> None:
        super().__init__(f"photo {index} has more than {MAX_PHOTO_BYTES // 1024**2} MB: send a smaller one")


class NotAPhoto(Unsupported):
    """One of the files is no picture, whatever its name and its declared type say."""

    def __init__(self, index: int) -> None:
        super().__init__(f"photo {index} is neither JPEG nor PNG nor WebP: send one of these")


class Photo(Protocol):
    """An uploaded file, read bit by bit."""

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` bytes."""


def accept(
    work: UnitOfWork,
    caller: Operator,
    vault: Vault,
    tasks: TaskSender,
    student_id: UUID,
    photos: Sequence[Photo],
    now: datetime,
) -> JobOut:
    """Keep the photos sealed for at most a day, and have them judged once this is committed.

    Raises `StudentNotFound`, `ConsentMissing`, `PhotoTooLarge` or `NotAPhoto`.
    """
    student = students.get(work, caller, student_id)
    consents.require(work, caller, student.id)
    job = enrolments.add(work, photo_job(student, len(photos), now, uuid4()))
    own = student_keys.vault_of(work.session, vault, student.school_id, student.id)
    for index, photo in enumerate(photos):
        enrolments.keep_photo(work, job, index, own.seal(_content(index, photo)), now + PATIENCE)
    message = EnrolPhotos(school_id=SchoolId(job.school_id), job_id=JobId(job.id))
    work.after_commit(lambda: tasks.send(ENROL_PHOTOS, QUEUE_ENROL, message))
    return JobOut.of(job, ())


def photo_job(student: Student, photos: int, now: datetime, job_id: UUID) -> EnrolmentJob:
    """Return a new job for so many photos of a student."""
    return EnrolmentJob(
        id=job_id,
        school_id=student.school_id,
        student_id=student.id,
        source="photos",
        wanted=photos,
        collected=photos,
        state="pending",
        created_at=now,
    )


def _content(index: int, photo: Photo) -> bytes:
    content = photo.read(MAX_PHOTO_BYTES + 1)
    if len(content) > MAX_PHOTO_BYTES:
        raise PhotoTooLarge(index)
    if not is_photo(content):
        raise NotAPhoto(index)
    return content


def is_photo(content: bytes) -> bool:
    """Whether the bytes begin as JPEG (ISO 10918-1, B.1), PNG (RFC 2083, 3.1) or WebP (RFC 9649, 2.4) do:
    what no decoder should be tried on ends here."""
    is_webp = content[:4] == b"RIFF" and content[8:12] == b"WEBP"
    return is_webp or content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))
