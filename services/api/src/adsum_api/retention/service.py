"""What may not be kept any longer: photos nobody judged, jobs nobody finished, messages long told, and
what cameras reported long ago, faces that were enrolled then, and sessions that ended."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from adsum_api.contract.idempotency import KEPT_FOR
from adsum_api.deletions.endpoints import KEPT as DELETIONS_KEPT
from adsum_api.enrolment.jobs import CAMERA_PATIENCE, PATIENCE, settle
from adsum_store.repositories import (
    accounts,
    clients,
    deletions,
    enrolments,
    expiry,
    kept_answers,
    kept_crops,
    outbox,
)
from adsum_store.unit_of_work import UnitOfWork

TOLD_FOR: Final = timedelta(days=7)
"""How long a page that lost its connection can still catch up."""

HEARTBEATS_IN_FULL: Final = timedelta(days=14)
"""How long it can be asked what a camera saw where. When it watched stays known, for absences rest on it."""

SIGHTINGS_KEPT: Final = timedelta(days=90)
"""How long an objection to a mark can be looked into down to its crops' scores: about a term."""

CROPS_KEPT: Final = timedelta(days=400)
"""How long an enrolled face can be shown to another model: a school year and the weeks around it. Who is
enrolled longer needs new photos anyway: faces change."""


def purge_expired(work: UnitOfWork, now: datetime) -> None:
    """Settle what only waits for a lost message, then end and delete what is too old."""
    for job in enrolments.open_jobs(work):
        settle(work, job, now)
        enrolments.drop_judged_photos(work, job.id)
    work.session.flush()
    enrolments.drop_expired_photos(work, now)
    enrolments.fail_old(work, camera_before=now - CAMERA_PATIENCE, others_before=now - PATIENCE, now=now)
    outbox.drop_before(work, now - TOLD_FOR)
    accounts.drop_expired_sessions(work, now)
    clients.drop_expired_tokens(work, now)
    kept_answers.drop_before(work, now - KEPT_FOR)
    deletions.drop_before(work, now - DELETIONS_KEPT)
    full_hour = now.replace(minute=0, second=0, microsecond=0)
    expiry.condense_heartbeats(work, full_hour - HEARTBEATS_IN_FULL)
    kept_crops.drop_before(work.session, now - CROPS_KEPT)
    expiry.drop_sightings(work, now - SIGHTINGS_KEPT)
