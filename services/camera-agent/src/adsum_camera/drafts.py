"""Events as the contracts want them, made from what the camera saw; each waits for its place in the spool."""

from __future__ import annotations

from datetime import datetime

from adsum_camera.adapters.spool import Draft
from adsum_camera.capture import Progress, SampleTaken
from adsum_camera.heartbeats import Beat, Vitals
from adsum_camera.selection import Candidate
from adsum_contracts import tracing
from adsum_contracts.commands import CaptureSamples
from adsum_contracts.events import CommandReply, EnrolmentSample, FaceCaptured, Heartbeat, TrackAlive
from adsum_contracts.face import Box as SentBox
from adsum_contracts.face import FaceCrop, LivenessDoubt
from adsum_contracts.ids import CameraId, JobId
from adsum_vision.crops import Crop
from adsum_vision.quality import Quality
from adsum_vision.types import Box


def face_captured(
    camera_id: CameraId, candidate: Candidate, frame_size: tuple[int, int], liveness: LivenessDoubt | None
) -> Draft:
    """One of the best crops of a track, and the beginning of its trace; `frame_size` is (width, height)."""
    trace = tracing.capture(
        "capture", candidate.captured_at, camera_id=str(camera_id), track_id=str(candidate.track.id)
    )
    return lambda spool_id, sequence: FaceCaptured(
        camera_id=camera_id,
        spool_id=spool_id,
        sequence=sequence,
        captured_at=candidate.captured_at,
        track_id=candidate.track.id,
        track_started_at=candidate.track.started_at,
        frame_width=frame_size[0],
        frame_height=frame_size[1],
        frame_box=_sent_box(candidate.track.box),
        face=_face_crop(candidate.crop, candidate.quality),
        liveness=liveness,
        traceparent=trace,
    )


def enrolment_sample(camera_id: CameraId, job_id: JobId, taken: SampleTaken, at: datetime) -> Draft:
    """One good picture of the one face in front of the camera."""
    sample = taken.sample
    return lambda spool_id, sequence: EnrolmentSample(
        camera_id=camera_id,
        spool_id=spool_id,
        sequence=sequence,
        captured_at=at,
        job_id=job_id,
        index=taken.index,
        face=_face_crop(sample.crop, sample.quality),
        pose=taken.pose,
    )


def command_reply(camera_id: CameraId, command: CaptureSamples, progress: Progress, at: datetime) -> Draft:
    """How far a capture has come."""
    return lambda spool_id, sequence: CommandReply(
        camera_id=camera_id,
        spool_id=spool_id,
        sequence=sequence,
        captured_at=at,
        command_id=command.command_id,
        job_id=command.job_id,
        outcome=progress.outcome,
        done=progress.done,
        wanted=command.count,
        reason=progress.reason,
        pose=progress.pose,
    )


def heartbeat(camera_id: CameraId, beat: Beat, vitals: Vitals) -> Draft:
    """What the camera saw since it last said so."""
    return lambda spool_id, sequence: Heartbeat(
        camera_id=camera_id,
        spool_id=spool_id,
        sequence=sequence,
        captured_at=beat.at,
        since=beat.since,
        state=beat.state,
        frames=beat.frames,
        frames_dropped=beat.frames_dropped,
        faces=beat.faces,
        faces_too_small=beat.faces_too_small,
        looks=beat.looks,
        crops_sent=beat.crops_sent,
        unsent=dict(beat.unsent),
        coverage=beat.coverage,
        lesson_coverage=beat.lesson_coverage,
        spool_depth=vitals.spool_depth,
        spool_dropped=vitals.spool_dropped,
        fps=vitals.fps,
        frame_age_s=None if vitals.frame_age_s is None else max(vitals.frame_age_s, 0.0),
        reconnects=vitals.reconnects,
        clock_offset_s=vitals.clock_offset_s,
        tracks=tuple(
            TrackAlive(track_id=track.id, started_at=track.started_at, last_seen_at=track.last_seen_at)
            for track in beat.tracks
        ),
    )


def _face_crop(crop: Crop, quality: Quality) -> FaceCrop:
    height, width = crop.image.shape[:2]
    return FaceCrop(
        width=width,
        height=height,
        box=_sent_box(crop.box),
        landmarks=crop.landmarks,
        detector_score=min(1.0, max(0.0, quality.detector_score)),
        quality=min(1.0, max(0.0, quality.score)),
    )


def _sent_box(box: Box) -> SentBox:
    return SentBox(x=box.x, y=box.y, width=box.width, height=box.height)
