"""What may not be kept any longer: photos nobody judged, jobs nobody finished, messages long told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from adsum_api.enrolment.jobs import CAMERA_PATIENCE, PATIENCE, settle
from adsum_store.repositories import enrolments, outbox
from adsum_store.unit_of_work import UnitOfWork

TOLD_FOR: Final = timedelta(days=7)
"""How long a page that lost its connection can still catch up."""


def purge_expired(work: UnitOfWork, now: datetime) -> None:
    """Settle what only waits for a lost message, then end and delete what is too old."""
    for job in enrolments.open_jobs(work):
        settle(work, job, now)
        enrolments.drop_judged_photos(work, job.id)
    work.session.flush()
    enrolments.drop_expired_photos(work, now)
    enrolments.fail_old(work, camera_before=now - CAMERA_PATIENCE, others_before=now - PATIENCE, now=now)
    outbox.drop_before(work, now - TOLD_FOR)
