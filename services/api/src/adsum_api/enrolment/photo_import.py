"""Many students' photos at once: students and consents where they are new, and a job for each student.

A job is named by its photos' content, the consent that they rest on and the model they are judged by: a new
consent or another model needs new templates. So an import that was cut off is begun again and goes on: what
is judged stands, what waits is waited for, and what was given up is handed in anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from itertools import groupby
from operator import attrgetter
from uuid import UUID, uuid5

from adsum_api.deps import Operator
from adsum_api.enrolment.jobs import PATIENCE
from adsum_api.enrolment.photo_lists import Fault, ListedPhoto, NoSuchPhoto, PhotoSource, read_photo
from adsum_api.enrolment.photos import MAX_PHOTOS, photo_job
from adsum_api.ports import TaskSender
from adsum_api.students import consents
from adsum_api.students.consents import AttestationOff, ConsentWithdrawn
from adsum_contracts.ids import JobId, ModelId, SchoolId
from adsum_contracts.routes import ENROL_PHOTOS, QUEUE_ENROL
from adsum_contracts.tasks import EnrolPhotos
from adsum_store.models import Consent, EnrolmentJob, Student
from adsum_store.repositories import enrolments, student_keys, students
from adsum_store.sealing import Vault
from adsum_store.unit_of_work import UnitOfWork

Content = tuple[ListedPhoto, bytes]


@dataclass(slots=True)
class PhotoImport:
    """Hands photos in, a student at a time; `jobs` has each job's photos in the order of its verdicts."""

    source: PhotoSource
    vault: Vault
    tasks: TaskSender
    models: Sequence[ModelId]
    now: datetime
    jobs: dict[UUID, tuple[ListedPhoto, ...]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    added: int = 0

    def bring_in(self, work: UnitOfWork, caller: Operator, rows: Sequence[ListedPhoto]) -> None:
        """Hand in the photos of one student, whose consent the caller vouches for where there is none and
        the school allows it."""
        student = self._student(work, caller, rows)
        if student is None:
            self._refuse(rows, f"there is no student {rows[0].number}, and the list has no name for one")
            return
        try:
            consent = consents.attest_if_missing(work, caller, student.id, self.now)
        except ConsentWithdrawn:
            self._refuse(rows, "consent was withdrawn: no photo taken")
            return
        except AttestationOff:
            self._refuse(rows, "there is no consent: no photo taken")
            return
        contents = list(self._contents(rows))
        for start in range(0, len(contents), MAX_PHOTOS):
            self._hand_in(work, student, consent, contents[start : start + MAX_PHOTOS])

    def _student(self, work: UnitOfWork, caller: Operator, rows: Sequence[ListedPhoto]) -> Student | None:
        known = students.by_number(work, caller.school_id, rows[0].number)
        name = next((row.name for row in rows if row.name), None)
        if known is not None or name is None:
            return known
        self.added += 1
        return students.put(work, caller.school_id, rows[0].number, name)

    def _contents(self, rows: Iterable[ListedPhoto]) -> Iterable[Content]:
        for row in rows:
            try:
                yield row, read_photo(self.source, row.photo)
            except NoSuchPhoto as error:
                self._refuse((row,), str(error))

    def _hand_in(
        self, work: UnitOfWork, student: Student, consent: Consent, contents: Sequence[Content]
    ) -> None:
        job = self._job(work, student, consent, contents)
        self.jobs[job.id] = tuple(row for row, _ in contents)
        if job.state == "done":
            return
        judged = {verdict.index for verdict in enrolments.verdicts(work, job.id)}
        own = student_keys.vault_of(work.session, self.vault, job.school_id, job.student_id)
        for index, (_, content) in enumerate(contents):
            if index not in judged:
                sealed = own.seal(content)
                enrolments.keep_photo(work, job, index, sealed, self.now + PATIENCE)
        message = EnrolPhotos(school_id=SchoolId(job.school_id), job_id=JobId(job.id))
        work.after_commit(lambda: self.tasks.send(ENROL_PHOTOS, QUEUE_ENROL, message))

    def _job(
        self, work: UnitOfWork, student: Student, consent: Consent, contents: Sequence[Content]
    ) -> EnrolmentJob:
        digests = b"".join(sha256(content).digest() for _, content in contents)
        models = " ".join(sorted(self.models))
        job_id = uuid5(consent.id, f"{models} {sha256(digests).hexdigest()}")
        there = enrolments.locked(work, student.school_id, job_id)
        if there is None:
            return enrolments.add(work, photo_job(student, len(contents), self.now, job_id))
        if there.state == "failed":
            there.state, there.error, there.finished_at, there.created_at = "pending", None, None, self.now
        return there

    def _refuse(self, rows: Iterable[ListedPhoto], reason: str) -> None:
        self.faults += [Fault(row.line, reason) for row in rows]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a photo: accepted, refused for `reason`, or not judged yet (`accepted` is None)."""

    row: ListedPhoto
    accepted: bool | None
    reason: str | None


def outcomes(work: UnitOfWork, job_id: UUID, rows: Sequence[ListedPhoto]) -> list[Outcome]:
    """Return what became of each of the job's photos by now."""
    found = {verdict.index: verdict for verdict in enrolments.verdicts(work, job_id)}
    return [
        Outcome(row, found[index].accepted, found[index].reason)
        if index in found
        else Outcome(row, None, None)
        for index, row in enumerate(rows)
    ]


def by_student(rows: Iterable[ListedPhoto]) -> list[list[ListedPhoto]]:
    """Group the rows by student, each student's in the order of the list."""
    ordered = sorted(rows, key=attrgetter("number", "line"))
    return [list(group) for _, group in groupby(ordered, key=attrgetter("number"))]
