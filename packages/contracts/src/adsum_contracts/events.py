"""What a camera tells the server: one versioned union, in the stream `v1:camera:{camera_id}:events`.

Every event has its place in the camera's spool: (camera_id, spool_id, sequence) names it for ever, so
a second copy of it is recognised wherever it turns up.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from adsum_contracts.face import Box, FaceCrop, LivenessDoubt, Pose
from adsum_contracts.ids import CameraId, CommandId, JobId, SpoolId, TrackId
from adsum_contracts.message import Instant, Message, Sequence64, Share
from adsum_contracts.tracing import Traceparent

Count = Annotated[int, Field(ge=0, lt=2**31)]
"""Fits a column of the record: a camera cannot make a row that nobody can add up."""

COVERAGE_COLUMNS, COVERAGE_ROWS = 16, 9
"""The picture's places, for saying what the camera sees where."""

UnsentReason = Literal[
    "face_too_small",
    "too_blurred",
    "turned_away",
    "too_dark",
    "too_bright",
    "cut_by_the_edge",
    "low_detection_score",
    "masked",
    "still",
]
"""Why a face was seen and not sent: a `PictureFault`, a mask of the camera, or a face that hangs
on the wall."""


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
    liveness: LivenessDoubt | None = None
    """`None` while too little of the track was seen to say."""
    traceparent: Annotated[Traceparent | None, Field(exclude_if=lambda value: value is None)] = None
    """The trace that the capture began. Left out where nothing is traced, so that an older server
    reads the event."""


class EnrolmentSample(Event):
    """One good picture of the one face in front of the camera, asked for by `CaptureSamples`."""

    type: Literal["enrolment_sample"] = "enrolment_sample"
    job_id: JobId
    index: Annotated[int, Field(ge=0, lt=1000)]
    face: FaceCrop
    pose: Pose | None = None
    """The pose that was asked for, in a guided capture."""


class TrackAlive(Message):
    """A track that the camera still follows, or has just lost, at the time of the heartbeat."""

    track_id: TrackId
    started_at: Instant
    last_seen_at: Instant


class PlaceSeen(Message):
    """What faces looked like at one place of the picture: means over the `faces` counted there.

    `face_px` is the side of a face in pixels, `yaw` how far it was turned away, in degrees (0 to 90),
    `sharpness` as `adsum_vision.quality` measures it.
    """

    column: Annotated[int, Field(ge=0, lt=COVERAGE_COLUMNS)]
    row: Annotated[int, Field(ge=0, lt=COVERAGE_ROWS)]
    faces: Annotated[int, Field(gt=0, lt=2**31)]
    too_small: Count = 0
    face_px: Annotated[float, Field(gt=0, le=10_000)]
    yaw: Annotated[float, Field(ge=0, le=180)] | None = None
    sharpness: Share | None = None


class Heartbeat(Event):
    """The camera saw the room: without these, nobody is ever `absent`. Counters are since the last one.

    `frames` came and were looked at, be it only for movement; `looks` of them were searched for faces.
    `fps` is what the source brings. `frame_age_s` is the newest frame's age. `spool_dropped` counts, since
    the spool was made, what it had to give up. `clock_offset_s` is the server's clock minus the camera's
    own, already added to every time here. `lesson_coverage` is the share of the lesson under way, from its
    start until now, that the camera has watched.
    """

    type: Literal["heartbeat"] = "heartbeat"
    state: Literal["watching", "no_signal", "capacity_limited"]
    since: Instant
    frames: Count
    frames_dropped: Count
    faces: Count
    faces_too_small: Count
    spool_depth: Count
    tracks: Annotated[tuple[TrackAlive, ...], Field(max_length=500)] = ()
    looks: Count = 0
    fps: Annotated[float, Field(ge=0)] = 0.0
    frame_age_s: Annotated[float, Field(ge=0)] | None = None
    reconnects: Count = 0
    spool_dropped: Count = 0
    crops_sent: Count = 0
    clock_offset_s: float | None = None
    lesson_coverage: Share | None = None
    unsent: dict[UnsentReason, Count] = Field(default_factory=dict)
    coverage: Annotated[tuple[PlaceSeen, ...], Field(max_length=COVERAGE_COLUMNS * COVERAGE_ROWS)] = ()


class CommandReply(Event):
    """How far a command has come. `reason` is a stable code, such as `no_face` or `two_faces`."""

    type: Literal["command_reply"] = "command_reply"
    command_id: CommandId
    job_id: JobId | None = None
    outcome: Literal["accepted", "progress", "done", "failed"]
    done: Annotated[int, Field(ge=0)] = 0
    wanted: Annotated[int, Field(ge=0)] = 0
    reason: str | None = None
    pose: Pose | None = None
    """The pose wanted now, in a guided capture."""


CameraEvent = Annotated[
    FaceCaptured | EnrolmentSample | Heartbeat | CommandReply,
    Field(discriminator="type"),
]
CAMERA_EVENT: TypeAdapter[FaceCaptured | EnrolmentSample | Heartbeat | CommandReply] = TypeAdapter(
    CameraEvent
)
"""Reads any event from its JSON; raises `pydantic.ValidationError`."""
