"""Enrolment jobs as the api keeps them: the job, its waiting photos, and its end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from adsum_store.models import EnrolmentJob, EnrolmentPhoto, EnrolmentVerdict
from adsum_store.unit_of_work import UnitOfWork

OPEN: Final = EnrolmentJob.finished_at.is_(None)


def add(work: UnitOfWork, job: EnrolmentJob) -> EnrolmentJob:
    """Store a new job."""
    work.session.add(job)
    work.session.flush()
    return job


def keep_photo(work: UnitOfWork, job: EnrolmentJob, index: int, sealed: bytes, expires_at: datetime) -> None:
    """Store a sealed photo of this job, without holding it in memory; one that is there stays."""
    work.session.execute(
        insert(EnrolmentPhoto)
        .values(school_id=job.school_id, job_id=job.id, index=index, sealed=sealed, expires_at=expires_at)
        .on_conflict_do_nothing()
    )


def get(work: UnitOfWork, school_id: UUID, job_id: UUID) -> EnrolmentJob | None:
    """Return the job of this school."""
    return work.session.scalar(_of(school_id, job_id))


def locked(work: UnitOfWork, school_id: UUID, job_id: UUID) -> EnrolmentJob | None:
    """Return the job, which nobody else can change before this transaction ends."""
    query = _of(school_id, job_id).with_for_update()
    return work.session.scalar(query, execution_options={"populate_existing": True})


def verdicts(work: UnitOfWork, job_id: UUID) -> Sequence[EnrolmentVerdict]:
    """Return the job's verdicts in the order of its pictures."""
    query = select(EnrolmentVerdict).where(EnrolmentVerdict.job_id == job_id)
    return work.session.scalars(query.order_by(EnrolmentVerdict.index, EnrolmentVerdict.model_id)).all()


def judged(work: UnitOfWork, job_id: UUID) -> int:
    """Count the job's pictures that have a verdict."""
    query = select(func.count(EnrolmentVerdict.index.distinct())).where(EnrolmentVerdict.job_id == job_id)
    return work.session.scalars(query).one()


def drop_judged_photos(work: UnitOfWork, job_id: UUID) -> None:
    """Delete the job's photos that have a verdict."""
    done = select(EnrolmentVerdict.index).where(EnrolmentVerdict.job_id == job_id)
    work.session.execute(
        delete(EnrolmentPhoto).where(EnrolmentPhoto.job_id == job_id, EnrolmentPhoto.index.in_(done))
    )


def open_jobs(work: UnitOfWork) -> Sequence[EnrolmentJob]:
    """Return the unfinished jobs of every school, oldest first, that nobody else holds."""
    query = select(EnrolmentJob).where(OPEN).order_by(EnrolmentJob.created_at)
    return work.session.scalars(query.with_for_update(skip_locked=True)).all()


def drop_expired_photos(work: UnitOfWork, now: datetime) -> None:
    """Delete the photos of every school whose time is over."""
    work.session.execute(delete(EnrolmentPhoto).where(EnrolmentPhoto.expires_at <= now))


def fail_old(work: UnitOfWork, *, camera_before: datetime, others_before: datetime, now: datetime) -> None:
    """End the unfinished jobs that were asked for before these times, with the error `expired`."""
    too_old: ColumnElement[bool] = or_(
        (EnrolmentJob.source == "camera") & (EnrolmentJob.created_at <= camera_before),
        EnrolmentJob.created_at <= others_before,
    )
    work.session.execute(
        update(EnrolmentJob).where(OPEN, too_old).values(state="failed", error="expired", finished_at=now)
    )


def _of(school_id: UUID, job_id: UUID) -> Select[EnrolmentJob]:
    return select(EnrolmentJob).where(EnrolmentJob.school_id == school_id, EnrolmentJob.id == job_id)
