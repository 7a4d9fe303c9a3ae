"""What the server tells a camera, signed, in the stream `v1:camera:{camera_id}:commands`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from adsum_contracts.face import Pose
from adsum_contracts.ids import CameraId, CommandId, JobId, SpoolId, StudentId, TrackId
from adsum_contracts.message import Instant, Message, Sequence64


class Command(Message):
    """The header that every command shares; a camera obeys a `command_id` once."""

    version: Literal[1] = 1
    camera_id: CameraId
    command_id: CommandId
    issued_at: Instant


class CaptureSamples(Command):
    """Send `count` good samples of the one face in front of you as `EnrolmentSample`s.

    With `poses`, ask for these in turn and share `count` out evenly among them.
    """

    type: Literal["capture_samples"] = "capture_samples"
    job_id: JobId
    count: Annotated[int, Field(ge=1, le=200)]
    timeout_s: Annotated[float, Field(gt=0, le=600)]
    poses: Annotated[tuple[Pose, ...], Field(max_length=5)] = ()


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


class LessonHours(Message):
    """When a lesson in the camera's room begins and ends."""

    starts_at: Instant
    ends_at: Instant


class Configure(Command):
    """The next lessons in your room, soonest first: look harder when one begins. Replaces the last one."""

    type: Literal["configure"] = "configure"
    lessons: Annotated[tuple[LessonHours, ...], Field(max_length=50)] = ()


class Renew(Command):
    """Use new credentials from now on, and answer with them: `CommandReply`, `done`, by the new key.

    `closed`: `adsum_contracts.credentials`, readable by the key that the camera has had so far.
    """

    type: Literal["renew"] = "renew"
    closed: Annotated[str, Field(max_length=4096, repr=False)]


AnyCommand = CaptureSamples | TrackNamed | Committed | Configure | Renew
CameraCommand = Annotated[AnyCommand, Field(discriminator="type")]
CAMERA_COMMAND: TypeAdapter[AnyCommand] = TypeAdapter(CameraCommand)
"""Reads any command from its JSON; raises `pydantic.ValidationError`."""
