"""From the original demo's files to students, consents and enrolment jobs, and back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from itertools import groupby
from math import fsum
from operator import itemgetter, mul
from pathlib import Path
from typing import Final
from uuid import UUID, uuid5

from adsum_api.deps import Operator
from adsum_api.legacy.files import (
    STUDENTS_FILE,
    VECTORS_FILE,
    LegacyFiles,
    Refusal,
    Vector,
    write_students,
    write_vectors,
)
from adsum_api.ports import TaskSender
from adsum_api.students import consents
from adsum_api.students.consents import ConsentWithdrawn
from adsum_contracts.ids import JobId, SchoolId
from adsum_contracts.models import FACENET_VGGFACE2
from adsum_contracts.routes import ENROL_VECTORS, QUEUE_ENROL
from adsum_contracts.tasks import EnrolVectors
from adsum_store.models import EnrolmentJob, Student
from adsum_store.repositories import enrolments, galleries, students
from adsum_store.unit_of_work import UnitOfWork

VECTORS_A_TASK: Final = 32
"""Some 450 KB on the broker, which takes no value above 1 MB."""

SAME: Final = 1 - 1e-6
"""Cosine above which two vectors differ by rounding alone; two photos never come so near."""


@dataclass(slots=True)
class Report:
    """What an import did; `refused` says what was left out and why."""

    added: int = 0
    renamed: int = 0
    vectors_sent: int = 0
    vectors_known: int = 0
    refused: list[Refusal] = field(default_factory=list)


class LegacyImport:
    """Brings the files in, one student at a time, so that a long import needs no long transaction."""

    def __init__(self, files: LegacyFiles, tasks: TaskSender, now: datetime) -> None:
        self._files = files
        self._tasks = tasks
        self._now = now
        self.report = Report(refused=list(files.refused))

    def numbers(self) -> list[str]:
        """Return every number that the files speak of."""
        return sorted(self._files.names.keys() | self._files.vectors.keys())

    def bring_in(self, work: UnitOfWork, caller: Operator, number: str) -> None:
        """Bring one student in, with consent attested and vectors handed to the recognizer after the commit.

        Raises `AttestationOff` where the school switched that off.
        """
        student = self._student(work, caller, number)
        if student is None:
            self.report.refused.append(Refusal(number, "vectors without a student of this number"))
            return
        vectors = self._files.vectors.get(number, ())
        try:
            consents.attest_if_missing(work, caller, student.id, self._now)
        except ConsentWithdrawn:
            self.report.refused.append(Refusal(number, "consent was withdrawn: no vectors taken"))
            return
        self._enrol(work, student, vectors)

    def _student(self, work: UnitOfWork, caller: Operator, number: str) -> Student | None:
        before = students.by_number(work, caller.school_id, number)
        name = self._files.names.get(number)
        if name is None or (before is not None and before.name == name):
            return before
        if before is None:
            self.report.added += 1
        else:
            self.report.renamed += 1
        return students.put(work, caller.school_id, number, name)

    def _enrol(self, work: UnitOfWork, student: Student, vectors: tuple[Vector, ...]) -> None:
        new = _unknown(work, student, vectors)
        self.report.vectors_known += len(vectors) - len(new)
        for start in range(0, len(new), VECTORS_A_TASK):
            self._enrol_some(work, student, new[start : start + VECTORS_A_TASK])

    def _enrol_some(self, work: UnitOfWork, student: Student, vectors: list[Vector]) -> None:
        job_id = _job_id(student.id, vectors)
        if enrolments.get(work, student.school_id, job_id) is None:
            enrolments.add(work, _job(job_id, student, len(vectors), self._now))
        message = EnrolVectors(
            school_id=SchoolId(student.school_id),
            job_id=JobId(job_id),
            model_id=FACENET_VGGFACE2.id,
            vectors=tuple(tuple(vector.tolist()) for vector in vectors),
        )
        work.after_commit(lambda: self._tasks.send(ENROL_VECTORS, QUEUE_ENROL, message))
        self.report.vectors_sent += len(vectors)


def export_legacy(work: UnitOfWork, school_id: UUID, folder: Path) -> tuple[int, int]:
    """Write both files into `folder`; return how many students and how many vectors."""
    people = write_students(folder / STUDENTS_FILE, iter(students.names(work, school_id)))
    rows = galleries.vectors(work, school_id, FACENET_VGGFACE2.id)
    return people, write_vectors(folder / VECTORS_FILE, _together(rows))


def _together(
    rows: Iterator[tuple[str, Sequence[float]]],
) -> Iterator[tuple[str, list[Sequence[float]]]]:
    for number, group in groupby(rows, key=itemgetter(0)):
        yield number, [vector for _, vector in group]


def _unknown(work: UnitOfWork, student: Student, vectors: tuple[Vector, ...]) -> list[Vector]:
    """Return the vectors that are no templates of this student yet."""
    known = galleries.of_student(work, student.school_id, student.id, FACENET_VGGFACE2.id)
    return [vector for vector in vectors if all(_cosine(vector, there) < SAME for there in known)]


def _cosine(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the cosine of two vectors of length one."""
    return fsum(map(mul, one, other))


def _job_id(student_id: UUID, vectors: list[Vector]) -> UUID:
    """Name the job by its content: the same file again is the same job, whose verdicts stand."""
    return uuid5(student_id, sha256(b"".join(vector.tobytes() for vector in vectors)).hexdigest())


def _job(job_id: UUID, student: Student, vectors: int, now: datetime) -> EnrolmentJob:
    return EnrolmentJob(
        id=job_id,
        school_id=student.school_id,
        student_id=student.id,
        source="legacy",
        wanted=vectors,
        collected=vectors,
        created_at=now,
    )
