"""What a camera tells the server: one versioned union, in the stream `v1:camera:{camera_id}:events`.

Every event has its place in the camera's spool: (camera_id, spool_id, sequence) names it for ever, so
a second copy of it is recognised wherever it turns up.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from adsum_contracts.face import Box, FaceCrop
from adsum_contracts.ids import CameraId, CommandId, JobId, SpoolId, TrackId
from adsum_contracts.message import Instant, Message, Sequence64


class Event(Message):
    """The header that every event shares."""

    version: Literal[1] = 1
    camera_id: CameraId
    spool_id: SpoolId
    sequence: Sequence64
    captured_at: Instant


class FaceCaptured(Event):
    """One of the best crops of one track; the JPEG travels beside it as the entry's blob."""

    type: Literal["face_captured"] = "face_captured"
    track_id: TrackId
    track_started_at: Instant
    frame_width: Annotated[int, Field(gt=0)]
    frame_height: Annotated[int, Field(gt=0)]
    frame_box: Box
    face: FaceCrop


class EnrolmentSample(Event):
    """One good picture of the one face in front of the camera, asked for by `CaptureSamples`."""

    type: Literal["enrolment_sample"] = "enrolment_sample"
    job_id: JobId
    index: Annotated[int, Field(ge=0, lt=1000)]
    face: FaceCrop


class TrackAlive(Message):
    """A track that the camera still follows, or has just lost, at the time of the heartbeat."""

    track_id: TrackId
    started_at: Instant
    last_seen_at: Instant


class Heartbeat(Event):
    """The camera saw the room: without these, nobody is ever `absent`. Counters are since the last one."""

    type: Literal["heartbeat"] = "heartbeat"
    state: Literal["watching", "no_signal", "capacity_limited"]
    since: Instant
    frames: Annotated[int, Field(ge=0)]
    frames_dropped: Annotated[int, Field(ge=0)]
    faces: Annotated[int, Field(ge=0)]
    faces_too_small: Annotated[int, Field(ge=0)]
    spool_depth: Annotated[int, Field(ge=0)]
    tracks: Annotated[tuple[TrackAlive, ...], Field(max_length=500)] = ()


class CommandReply(Event):
    """How far a command has come. `reason` is a stable code, such as `no_face` or `two_faces`."""

    type: Literal["command_reply"] = "command_reply"
    command_id: CommandId
    job_id: JobId | None = None
    outcome: Literal["accepted", "progress", "done", "failed"]
    done: Annotated[int, Field(ge=0)] = 0
    wanted: Annotated[int, Field(ge=0)] = 0
    reason: str | None = None


CameraEvent = Annotated[
    FaceCaptured | EnrolmentSample | Heartbeat | CommandReply,
    Field(discriminator="type"),
]
CAMERA_EVENT: TypeAdapter[FaceCaptured | EnrolmentSample | Heartbeat | CommandReply] = TypeAdapter(
    CameraEvent
)
"""Reads any event from its JSON; raises `pydantic.ValidationError`."""
