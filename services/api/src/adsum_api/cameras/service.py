"""A camera's reports, read and judged."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from adsum_api.cameras.schemas import CoverageOut, HealthOut
from adsum_api.deps import Operator
from adsum_api.errors import Invalid
from adsum_api.places.service import CameraNotFound
from adsum_store.repositories import camera_reports, places
from adsum_store.repositories.places import CameraRecord
from adsum_store.unit_of_work import UnitOfWork

HOUR: Final = timedelta(hours=1)
MOST: Final = timedelta(days=7)
USUAL: Final = timedelta(hours=24)


def health(work: UnitOfWork, caller: Operator, camera_id: UUID, now: datetime) -> HealthOut:
    """Return how the camera is; raise `CameraNotFound`."""
    return _health(work, _record(work, caller, camera_id), now)


def healths(work: UnitOfWork, caller: Operator, now: datetime) -> list[HealthOut]:
    """Return how every camera is that may still speak, by name."""
    records = places.cameras(work, caller.school_id)
    return [_health(work, record, now) for record in records if not record.camera.revoked]


def coverage(
    work: UnitOfWork, caller: Operator, camera_id: UUID, start: datetime | None, end: datetime | None,
    now: datetime,
) -> CoverageOut:  # fmt: skip
    """Return what the camera saw where from `start` to `end`, by default in the 24 hours up to now.

    Raises `CameraNotFound`, and `Invalid` for no time or more than a week.
    """
    camera = _record(work, caller, camera_id).camera
    end = end or now
    times = (start or end - USUAL, end)
    if not timedelta(0) < times[1] - times[0] <= MOST:
        raise Invalid("ask for a time of at most 7 days: `from` before `to`, both with their zone")
    return CoverageOut.of(
        camera.id,
        times,
        camera_reports.places(work, camera.id, *times),
        camera_reports.unsent(work, camera.id, *times),
    )


def _health(work: UnitOfWork, record: CameraRecord, now: datetime) -> HealthOut:
    hour = camera_reports.totals(work, record.camera.id, now - HOUR, now)
    return HealthOut.of(record, hour, now)


def _record(work: UnitOfWork, caller: Operator, camera_id: UUID) -> CameraRecord:
    record = places.camera_record(work, caller.school_id, camera_id)
    if record is None:
        raise CameraNotFound(camera_id)
    return record
