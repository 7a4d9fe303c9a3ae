"""What a lesson left behind, for those who measure how well it was taken. Read-only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from adsum_store.models import CameraHeartbeat, Sighting, Student, Track


@dataclass(frozen=True, slots=True)
class Crop:
    """When a crop was captured, and x, y, width, height of its face in the frame (pixels)."""

    captured_at: datetime
    frame_box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class NamedTrack:
    """A recognised track: the student's number and where its crops were."""

    number: str
    crops: Sequence[Crop]


class Evidence:
    """Queries over the sightings, tracks and heartbeats of a lesson."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def named_tracks(self, lesson_id: UUID) -> tuple[NamedTrack, ...]:
        """Every track with a name that counts, and its crops; none that waits for a person's look."""
        rows = self._session.execute(
            select(Track.id, Student.number, Sighting.captured_at, Sighting.frame_box)
            .join(Student, Student.id == Track.student_id)
            .join(Sighting, and_(Sighting.track_id == Track.id, Sighting.lesson_id == Track.lesson_id))
            .where(Track.lesson_id == lesson_id, Track.decision == "recognised", Track.review.is_(None))
            .order_by(Track.id, Sighting.captured_at)
        )
        crops: dict[tuple[UUID, str], list[Crop]] = defaultdict(list)
        for track_id, number, captured_at, (x, y, width, height) in rows:
            crops[track_id, number].append(Crop(captured_at, (x, y, width, height)))
        return tuple(NamedTrack(number, tuple(found)) for (_, number), found in crops.items())

    def crop_count(self, lesson_id: UUID) -> int:
        """How many crops were matched in the lesson."""
        query = select(func.count()).select_from(Sighting).where(Sighting.lesson_id == lesson_id)
        return self._session.scalar(query) or 0

    def frame_count(self, start: datetime, end: datetime) -> Mapping[UUID, int]:
        """How many frames each camera said it looked at between two instants."""
        rows = self._session.execute(
            select(CameraHeartbeat.camera_id, func.sum(CameraHeartbeat.frames))
            .where(CameraHeartbeat.at > start, CameraHeartbeat.since < end)
            .group_by(CameraHeartbeat.camera_id)
        )
        return {camera_id: int(frames) for camera_id, frames in rows}
