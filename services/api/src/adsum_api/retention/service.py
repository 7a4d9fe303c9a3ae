"""What may not be kept any longer goes, kind by kind, and each run leaves its proof."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from adsum_api.deletions.endpoints import KEPT as DELETIONS_KEPT
from adsum_api.enrolment.jobs import CAMERA_PATIENCE, PATIENCE, settle
from adsum_api.errors import SERVERS_AWAY
from adsum_api.retention.clocks import CLOCKS
from adsum_store.models import RetentionRun, School
from adsum_store.repositories import (
    accounts,
    audit,
    clients,
    consents,
    deletions,
    enrolments,
    erasure,
    expiry,
    retention,
)
from adsum_store.repositories.audit import Action, NewEntry
from adsum_store.repositories.retention import Deleted
from adsum_store.unit_of_work import UnitOfWork

log = structlog.get_logger()

HEARTBEATS_IN_FULL: Final = timedelta(days=14)
"""How long it can be asked what a camera saw where. When it watched stays known, for absences rest on it."""

UNDER_WAY: Final = timedelta(hours=26)
"""How old a crop may be that still comes in: so long somebody who was erased can still be found in one."""


def purge_expired(work: UnitOfWork, now: datetime) -> None:
    """Settle what only waits for a lost message, then end and delete what is too old, school by school."""
    for job in enrolments.open_jobs(work):
        settle(work, job, now)
        enrolments.drop_judged_photos(work, job.id)
    work.session.flush()
    enrolments.fail_old(work, camera_before=now - CAMERA_PATIENCE, others_before=now - PATIENCE, now=now)
    accounts.drop_expired_sessions(work, now)
    clients.drop_expired_tokens(work, now)
    deletions.drop_before(work, now - DELETIONS_KEPT)
    full_hour = now.replace(minute=0, second=0, microsecond=0)
    expiry.condense_heartbeats(work, full_hour - HEARTBEATS_IN_FULL)
    erasure.sweep(work, now - 2 * UNDER_WAY, bury_before=now - UNDER_WAY)
    for school_id, student_id in consents.expired(work, now):
        end_consent(work, school_id, student_id, now)
    for school in retention.schools(work):
        run_clocks(work, school, now)


def end_consent(work: UnitOfWork, school_id: UUID, student_id: UUID, now: datetime) -> None:
    """End a consent whose time is over, with all that rests on it."""
    gone = consents.withdraw(work, school_id, student_id, now)
    if gone is not None:
        told = {"templates": gone.templates_deleted}
        subject = ("student", str(student_id))
        audit.append(work, NewEntry(school_id, "retention", Action.CONSENT_EXPIRED, subject, None, told))


def run_clocks(work: UnitOfWork, school: School, now: datetime) -> None:
    """Delete what is too old of each kind; what fails is told in its proof, and stops no other kind."""
    for clock in CLOCKS:
        keep = clock.keeps(school.retention_days)
        if keep is None:
            continue
        gone, error = _delete(work, school, clock.kind, now - keep)
        run = RetentionRun(
            school_id=school.id,
            kind=clock.kind,
            ran_at=now,
            cutoff=now - keep,
            deleted=gone.rows,
            oldest_left=gone.oldest_left,
            error=error,
        )
        retention.prove(work, run)


def _delete(work: UnitOfWork, school: School, kind: str, cutoff: datetime) -> tuple[Deleted, str | None]:
    try:
        with work.session.begin_nested():
            return retention.delete_before(work, school.id, kind, cutoff), None
    except SERVERS_AWAY:
        raise
    except SQLAlchemyError as failed:
        log.error("retention_failed", kind=kind, school_id=str(school.id), error=type(failed).__name__)
        return Deleted(0, None), type(failed).__name__
