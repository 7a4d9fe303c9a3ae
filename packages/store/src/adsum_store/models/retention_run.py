"""Retention runs: the proof that what may not be kept any longer was deleted, or that it could not be."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from adsum_store.models.base import Row


class RetentionRun(Row):
    """Of one `kind` of data, everything from before `cutoff` was deleted, `deleted` rows of it; the oldest
    that is left is of `oldest_left`. With an `error` nothing was, and the alarm is on."""

    __tablename__ = "retention_runs"
    __table_args__ = (Index("ix_retention_runs_latest", "school_id", "kind", "ran_at"),)

    kind: Mapped[str]
    ran_at: Mapped[datetime]
    cutoff: Mapped[datetime]
    deleted: Mapped[int]
    oldest_left: Mapped[datetime | None]
    error: Mapped[str | None]
