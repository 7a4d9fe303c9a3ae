"""When a student was in a lesson, from which faces, and how much of it a camera watched."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from adsum_api.access.needs import needs
from adsum_api.access.own import Own
from adsum_api.access.rights import Right
from adsum_api.attendance.agreement import Agreement
from adsum_api.attendance.presence import Span, clipped, merged, share
from adsum_api.attendance.rules import presence_in
from adsum_api.attendance.service import recognised
from adsum_api.attendance.spoken_of import check_spoken_of
from adsum_api.contract.routing import ContractRoute
from adsum_api.deps import Caller, Now, Reach, Work
from adsum_api.lessons import service as lessons
from adsum_store.models import Lesson, Track
from adsum_store.repositories import coverage
from adsum_store.unit_of_work import UnitOfWork

router = APIRouter(prefix="/v1/lessons/{lesson_id}", tags=["attendance"], route_class=ContractRoute)


class SpanOut(BaseModel):
    """From when to when, and how many minutes that is."""

    starts_at: datetime
    ends_at: datetime
    minutes: float

    @classmethod
    def of(cls, span: Span) -> SpanOut:
        """Return the span as it is told."""
        return cls(
            starts_at=span.start, ends_at=span.end, minutes=round(span.length / timedelta(minutes=1), 2)
        )


class TrackOut(BaseModel):
    """A face that was followed and has the student's name; `review`: why a person should look first."""

    track_id: UUID
    camera_id: UUID
    started_at: datetime
    last_seen_at: datetime
    captured_at: datetime
    review: str | None


class PresenceOut(BaseModel):
    """The student's `intervals` in the lesson, out of `tracks`; a short look away parts none. `watched`: when
    a camera saw the room, and `watched_share` how much of the lesson that is, from 0 to 1: where it is low,
    nobody's absence can be seen."""

    lesson_id: UUID
    student_id: UUID
    first_seen_at: datetime | None
    last_seen_at: datetime | None
    minutes: float
    intervals: list[SpanOut]
    tracks: list[TrackOut]
    watched: list[SpanOut]
    watched_share: Annotated[float, Field(ge=0, le=1)]


@router.get(
    "/students/{student_id}/presence",
    dependencies=[needs(Right.ATTENDANCE_READ, own=Own.LESSON)],
    summary="When a student was there, with the evidence",
)
def get_presence(
    lesson_id: UUID, student_id: UUID, work: Work, caller: Caller, runtime: Reach, now: Now
) -> PresenceOut:
    """Return a student's intervals in a lesson, the faces they come from, and when the room was watched."""
    lesson = lessons.find(work, caller.school_id, lesson_id).lesson
    check_spoken_of(work, caller, lesson, student_id, now)
    return presence_of(work, lesson, student_id, runtime.agreement)


def presence_of(work: UnitOfWork, lesson: Lesson, student_id: UUID, agreement: Agreement) -> PresenceOut:
    """Return what cameras know of a student in a lesson."""
    held = Span(lesson.starts_at, lesson.ends_at)
    tracks = [
        track
        for track in coverage.recognised_tracks(work, lesson.school_id, lesson.id)
        if track.student_id == student_id
    ]
    named = [known for track in tracks if (known := recognised(track)) is not None]
    presence = presence_in(held, named, agreement.policy)
    spans = coverage.watched(work, lesson.school_id, lesson.room_id, held.start, held.end)
    watched = merged(clipped((Span(since, at) for since, at in spans), held))
    return PresenceOut(
        lesson_id=lesson.id,
        student_id=student_id,
        first_seen_at=presence.first_seen_at if presence else None,
        last_seen_at=presence.last_seen_at if presence else None,
        minutes=presence.minutes if presence else 0.0,
        intervals=[SpanOut.of(span) for span in presence.spans] if presence else [],
        tracks=[_track(track) for track in sorted(tracks, key=lambda track: (track.started_at, track.id))],
        watched=[SpanOut.of(span) for span in watched],
        watched_share=round(share(watched, held), 4),
    )


def _track(track: Track) -> TrackOut:
    return TrackOut(
        track_id=track.id, camera_id=track.camera_id, started_at=track.started_at,
        last_seen_at=track.last_seen_at, captured_at=track.captured_at, review=track.review,
    )  # fmt: skip
