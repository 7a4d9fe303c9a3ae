"""The life of an enrolment job: pending, running, and done or failed for good."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from adsum_api.deps import Operator
from adsum_api.enrolment.schemas import JobOut
from adsum_api.errors import NotFound
from adsum_contracts.events import CommandReply
from adsum_contracts.tasks import EnrolmentJudged, EnrolmentProgress
from adsum_store.models import EnrolmentJob
from adsum_store.repositories import enrolments
from adsum_store.unit_of_work import UnitOfWork

CAPTURE_TIMEOUT_S: Final = 180.0
"""How long a camera looks for samples before it gives up: the original gives a person about two minutes."""

CAMERA_PATIENCE: Final = timedelta(seconds=CAPTURE_TIMEOUT_S, minutes=5)
"""After this a camera that never answered has failed the job."""

PATIENCE: Final = timedelta(hours=24)
"""How long photos wait, sealed, for a verdict, and their job with them."""


ENDED: Final = frozenset({"done", "failed"})
"""What a camera says last."""


class JobNotFound(NotFound):
    """No enrolment job of this school has this id."""

    def __init__(self, job_id: UUID) -> None:
        super().__init__("enrolment job", job_id)


def show(work: UnitOfWork, caller: Operator, job_id: UUID) -> JobOut:
    """Return how far the job has come; raise `JobNotFound`."""
    job = enrolments.get(work, caller.school_id, job_id)
    if job is None:
        raise JobNotFound(job_id)
    return JobOut.of(job, enrolments.verdicts(work, job_id))


def note_progress(work: UnitOfWork, message: EnrolmentProgress, now: datetime) -> None:
    """Write down what a camera says about its job; late, repeated or reordered replies change nothing."""
    reply = message.reply
    if reply.job_id is None:
        return
    job = enrolments.locked(work, message.school_id, reply.job_id)
    if job is None or job.finished_at is not None or job.camera_id != reply.camera_id:
        return
    _advance(job, reply, now)


def note_verdicts(work: UnitOfWork, message: EnrolmentJudged, now: datetime) -> None:
    """Drop the photos that are judged, and end the job when every picture is."""
    job = enrolments.locked(work, message.school_id, message.job_id)
    if job is not None:
        enrolments.drop_judged_photos(work, job.id)
        settle(work, job, now)


def settle(work: UnitOfWork, job: EnrolmentJob, now: datetime) -> None:
    """Set a locked job to what its verdicts say."""
    judged = enrolments.judged(work, job.id)
    if job.finished_at is not None or judged == 0:
        return
    job.collected = max(job.collected, judged)
    job.state = "running"
    if judged >= job.wanted:
        job.state, job.error, job.pose, job.finished_at = "done", None, None, now


def _advance(job: EnrolmentJob, reply: CommandReply, now: datetime) -> None:
    job.state = "running"
    if reply.done >= job.collected:
        job.collected, job.error, job.pose = min(reply.done, job.wanted), reply.reason, reply.pose
    if reply.outcome == "failed":
        job.state, job.error, job.finished_at = "failed", reply.reason or "capture_failed", now
    if reply.outcome in ENDED:
        job.pose = None
