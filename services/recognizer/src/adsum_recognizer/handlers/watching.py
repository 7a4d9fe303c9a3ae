"""What cameras say of themselves: heartbeats, and how far a command has come."""

from __future__ import annotations

from collections.abc import Sequence

from adsum_contracts.events import CommandReply, Heartbeat
from adsum_contracts.ids import LessonId, SchoolId
from adsum_contracts.tasks import EnrolmentProgress, EntryRef
from adsum_recognizer.handlers.intake import Intake
from adsum_recognizer.handlers.opening import Opened
from adsum_recognizer.ports import FollowUps
from adsum_store.repositories import heartbeats, tracks
from adsum_store.repositories.heartbeats import HeartbeatRow
from adsum_store.unit_of_work import Store


class Watching:
    """Keeps heartbeats, and hands replies on."""

    def __init__(self, store: Store, intake: Intake, follow_ups: FollowUps) -> None:
        self._store = store
        self._intake = intake
        self._follow_ups = follow_ups

    def keep_heartbeats(self, refs: Sequence[EntryRef]) -> None:
        """Store the heartbeats; what they say of tracks that have a row is decided again."""
        self._intake.take(refs, Heartbeat, self._commit_heartbeats)

    def hand_on_replies(self, refs: Sequence[EntryRef]) -> None:
        """Send each reply to whoever keeps its job."""
        self._intake.take(refs, CommandReply, self._commit_replies)

    def _commit_heartbeats(self, beats: Sequence[Opened[Heartbeat]]) -> None:
        alive = {track.track_id for beat in beats for track in beat.event.tracks}
        with self._store.begin() as work:
            for beat in beats:
                heartbeats.insert_new(work.session, _row(beat))
            lessons = tracks.lessons_of(work.session, alive)
        self._follow_ups.decide([LessonId(lesson_id) for lesson_id in lessons])

    def _commit_replies(self, replies: Sequence[Opened[CommandReply]]) -> None:
        for reply in replies:
            school_id = SchoolId(reply.camera.school_id)
            self._follow_ups.enrolment_progress(EnrolmentProgress(school_id=school_id, reply=reply.event))


def _row(beat: Opened[Heartbeat]) -> HeartbeatRow:
    event = beat.event
    return HeartbeatRow(
        school_id=beat.camera.school_id,
        camera_id=event.camera_id,
        spool_id=event.spool_id,
        sequence=event.sequence,
        since=event.since,
        at=event.captured_at,
        state=event.state,
        frames=event.frames,
        frames_dropped=event.frames_dropped,
        faces=event.faces,
        faces_too_small=event.faces_too_small,
        spool_depth=event.spool_depth,
        tracks=[track.model_dump(mode="json") for track in event.tracks],
        looks=event.looks,
        fps=event.fps,
        frame_age_s=event.frame_age_s,
        reconnects=event.reconnects,
        spool_dropped=event.spool_dropped,
        crops_sent=event.crops_sent,
        clock_offset_s=event.clock_offset_s,
        lesson_coverage=event.lesson_coverage,
        unsent={reason: count for reason, count in event.unsent.items() if count},
        coverage=[place.model_dump(mode="json", exclude_none=True) for place in event.coverage],
    )
