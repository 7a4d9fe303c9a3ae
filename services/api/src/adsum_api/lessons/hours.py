"""What a camera is told of the lessons to come in its room. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from adsum_contracts.commands import LessonHours

AHEAD: Final = timedelta(hours=24)
MOST: Final = 50
"""As many as a `Configure` may carry."""


def hours_of(spans: Iterable[tuple[datetime, datetime]], now: datetime) -> tuple[LessonHours, ...]:
    """Return the lessons, each from its start to its end, that are not over and begin within a day, soonest
    first."""
    coming = sorted({span for span in spans if now < span[1] and span[0] < now + AHEAD})
    return tuple(LessonHours(starts_at=start, ends_at=end) for start, end in coming[:MOST])


def digest_of(hours: Iterable[LessonHours], spool_id: UUID | None) -> str:
    """Return what changes when the lessons do, or when the camera has lost its memory: a box that starts
    from nothing makes a new spool."""
    told = [f"{each.starts_at.timestamp()}-{each.ends_at.timestamp()}" for each in hours]
    return sha256(" ".join((str(spool_id), *told)).encode()).hexdigest()
