"""What the server tells a camera, signed, in the stream `v1:camera:{camera_id}:commands`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from adsum_contracts.ids import CameraId, CommandId, JobId, SpoolId, StudentId, TrackId
from adsum_contracts.message import Instant, Message, Sequence64


class Command(Message):
    """The header that every command shares; a camera obeys a `command_id` once."""

    version: Literal[1] = 1
    camera_id: CameraId
    command_id: CommandId
    issued_at: Instant


class CaptureSamples(Command):
    """Send `count` good samples of the one face in front of you as `EnrolmentSample`s."""

    type: Literal["capture_samples"] = "capture_samples"
    job_id: JobId
    count: Annotated[int, Field(ge=1, le=200)]
    timeout_s: Annotated[float, Field(gt=0, le=600)]


class TrackNamed(Command):
    """This track has its name: the camera may send fewer crops of it, and shows the name on its preview."""

    type: Literal["track_named"] = "track_named"
    track_id: TrackId
    student_id: StudentId
    name: str


class Committed(Command):
    """These entries are in Postgres and their follow-up is under way: the spool may forget them."""

    type: Literal["committed"] = "committed"
    spool_id: SpoolId
    sequences: Annotated[tuple[Sequence64, ...], Field(min_length=1, max_length=1000)]


CameraCommand = Annotated[CaptureSamples | TrackNamed | Committed, Field(discriminator="type")]
CAMERA_COMMAND: TypeAdapter[CaptureSamples | TrackNamed | Committed] = TypeAdapter(CameraCommand)
"""Reads any command from its JSON; raises `pydantic.ValidationError`."""
