"""What is deleted when its time is over, and the proof of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CursorResult, String, column, delete, func, select, text, true, values
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import InstrumentedAttribute

from adsum_store.models import (
    AuditEntry,
    EnrolmentCrop,
    EnrolmentPhoto,
    KeptAnswer,
    Mark,
    OutboxMessage,
    RetentionRun,
    School,
    Sighting,
    Track,
)
from adsum_store.repositories import audit
from adsum_store.repositories.audit import Action, NewEntry
from adsum_store.unit_of_work import UnitOfWork

AGED_BY: Final[Mapping[str, InstrumentedAttribute[datetime]]] = {
    "photos": EnrolmentPhoto.expires_at,
    "crops": EnrolmentCrop.created_at,
    "sightings": Sighting.captured_at,
    "tracks": Track.last_seen_at,
    "kept_answers": KeptAnswer.created_at,
    "messages": OutboxMessage.created_at,
    "marks": Mark.marked_at,
    "audit": AuditEntry.at,
    "proofs": RetentionRun.ran_at,
}
"""Each kind of data, by the column that tells how old a row is."""


@dataclass(frozen=True, slots=True)
class Deleted:
    """How many rows went, and how old the oldest is that stays."""

    rows: int
    oldest_left: datetime | None


def delete_before(work: UnitOfWork, school_id: UUID, kind: str, cutoff: datetime) -> Deleted:
    """Delete a school's rows of one kind that are older than `cutoff`."""
    if kind == "audit":
        _open_the_log(work, school_id, cutoff)
    aged = AGED_BY[kind]
    table: Any = aged.class_
    gone = work.session.execute(
        delete(table).where(table.school_id == school_id, aged < cutoff),
        execution_options={"synchronize_session": False},
    )
    assert isinstance(gone, CursorResult)  # noqa: S101 - for mypy: a DML statement has a row count
    oldest = work.session.scalar(select(func.min(aged)).where(table.school_id == school_id))
    return Deleted(gone.rowcount, oldest)


def schools(work: UnitOfWork) -> Sequence[School]:
    """Return every school, whose clocks run."""
    return work.session.scalars(select(School).order_by(School.id)).all()


def prove(work: UnitOfWork, run: RetentionRun) -> None:
    """Keep the proof of a run."""
    work.session.add(run)
    work.session.flush()


@dataclass(frozen=True, slots=True)
class LastRun:
    """When a clock last did its work, and what became of its very last run, if that failed."""

    succeeded_at: datetime | None
    error: str | None


def last_of_clocks(work: UnitOfWork, kinds: Sequence[str]) -> dict[tuple[UUID, str], LastRun]:
    """Return the last run of each kind at each school. A few rows are read of an index for each."""
    wanted = values(column("kind", String), name="wanted").data([(each,) for each in kinds])
    kind = wanted.c.kind
    runs = select(RetentionRun.ran_at).where(RetentionRun.school_id == School.id, RetentionRun.kind == kind)
    newest_first = RetentionRun.ran_at.desc()
    succeeded = runs.where(RetentionRun.error.is_(None)).order_by(newest_first).limit(1).scalar_subquery()
    error = runs.with_only_columns(RetentionRun.error).order_by(newest_first).limit(1).scalar_subquery()
    rows = work.session.execute(select(School.id, kind, succeeded, error).join(wanted, true()))
    return {(school_id, kind): LastRun(at, failed) for school_id, kind, at, failed in rows}


def last_runs(work: UnitOfWork, school_id: UUID) -> dict[str, RetentionRun]:
    """Return the latest proof of each kind."""
    query = (
        select(RetentionRun)
        .where(RetentionRun.school_id == school_id)
        .ext(distinct_on(RetentionRun.kind))
        .order_by(RetentionRun.kind, RetentionRun.ran_at.desc())
    )
    return {run.kind: run for run in work.session.scalars(query)}


def _open_the_log(work: UnitOfWork, school_id: UUID, cutoff: datetime) -> None:
    """Let this transaction cut the log's beginning off, and say in the log where it did."""
    older = (AuditEntry.school_id == school_id, AuditEntry.at < cutoff)
    newest = select(AuditEntry.hash).where(*older).order_by(AuditEntry.id.desc()).limit(1)
    head = work.session.scalar(newest)
    if head is not None:
        work.session.execute(text("SET LOCAL adsum.prunes_audit = 'on'"))
        entry = NewEntry(
            school_id, "retention", Action.LOG_PRUNED, ("school", str(school_id)), None, {"head": head.hex()}
        )
        audit.append(work, entry)
