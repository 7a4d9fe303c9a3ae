"""Enrolment as the recognizer sees it: what a job waits with, and the verdict on each of its pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from adsum_store.models import EnrolmentJob, EnrolmentPhoto, EnrolmentVerdict


class VerdictRow(TypedDict):
    """The columns of a new verdict; `reason` is None exactly when the picture was accepted."""

    school_id: UUID
    job_id: UUID
    index: int
    model_id: str
    accepted: bool
    reason: str | None
    quality: float | None


def insert_new(session: Session, rows: Sequence[VerdictRow]) -> None:
    """Store those that are not stored yet; the first verdict on a picture stands."""
    if rows:
        session.execute(insert(EnrolmentVerdict).values(list(rows)).on_conflict_do_nothing())


def job(session: Session, school_id: UUID, job_id: UUID) -> EnrolmentJob | None:
    """Return the job, unless its student, and with it the job, was erased meanwhile."""
    return session.scalar(
        select(EnrolmentJob).where(EnrolmentJob.school_id == school_id, EnrolmentJob.id == job_id)
    )


def unjudged_photos(session: Session, job_id: UUID, model_id: str) -> Sequence[EnrolmentPhoto]:
    """Return the job's sealed photos on which this model has no verdict yet, in their order."""
    judged = select(EnrolmentVerdict.index).where(
        EnrolmentVerdict.job_id == job_id, EnrolmentVerdict.model_id == model_id
    )
    return session.scalars(
        select(EnrolmentPhoto)
        .where(EnrolmentPhoto.job_id == job_id, EnrolmentPhoto.index.not_in(judged))
        .order_by(EnrolmentPhoto.index)
    ).all()


def without_verdict(session: Session, job_id: UUID, model_id: str, indices: Sequence[int]) -> set[int]:
    """Return those of the job's pictures on which this model has no verdict yet."""
    judged = select(EnrolmentVerdict.index).where(
        EnrolmentVerdict.job_id == job_id, EnrolmentVerdict.model_id == model_id
    )
    return set(indices) - set(session.scalars(judged))
