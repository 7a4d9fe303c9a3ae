"""Enrolment jobs, the photos they wait with, and the verdict on each photo or sample."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from adsum_store.models.base import Row


class EnrolmentJob(Row):
    """A caller's request to enrol one student. `source`: photos, camera or legacy; `state`: pending,
    running, done or failed, with `error`; `wanted` is how many samples, photos or vectors it is about;
    `collected` how many a camera says it has sent; `pose` the one it asks for now, in a guided capture."""

    __tablename__ = "enrolment_jobs"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "student_id"], ["students.school_id", "students.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["school_id", "camera_id"], ["cameras.school_id", "cameras.id"]),
        UniqueConstraint("school_id", "id"),
    )

    student_id: Mapped[UUID] = mapped_column(index=True)
    source: Mapped[str]
    camera_id: Mapped[UUID | None]
    wanted: Mapped[int]
    collected: Mapped[int] = mapped_column(server_default="0")
    state: Mapped[str] = mapped_column(server_default="pending")
    error: Mapped[str | None]
    pose: Mapped[str | None]
    finished_at: Mapped[datetime | None]


class EnrolmentPhoto(Row):
    """An uploaded photo, encrypted, until it is judged or `expires_at`, whichever comes first."""

    __tablename__ = "enrolment_photos"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "job_id"], ["enrolment_jobs.school_id", "enrolment_jobs.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("job_id", "index"),
    )

    job_id: Mapped[UUID]
    index: Mapped[int]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class EnrolmentVerdict(Row):
    """Whether picture `index` of the job became a template of `model_id`; `reason` is a stable code."""

    __tablename__ = "enrolment_verdicts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "job_id"], ["enrolment_jobs.school_id", "enrolment_jobs.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("job_id", "index", "model_id"),
    )

    job_id: Mapped[UUID]
    index: Mapped[int]
    model_id: Mapped[str]
    accepted: Mapped[bool]
    reason: Mapped[str | None]
    quality: Mapped[float | None]
