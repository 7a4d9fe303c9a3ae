"""The arguments of every Celery task that crosses a service border: references, never pictures."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from adsum_contracts.events import CommandReply
from adsum_contracts.ids import CameraId, JobId, LessonId, ModelId, SchoolId
from adsum_contracts.message import Message


class EntryRef(Message):
    """One entry of one camera's event stream, by the id that Redis gave it."""

    camera_id: CameraId
    entry_id: Annotated[str, Field(pattern=r"^\d{1,20}-\d{1,20}$")]


class IdentifyFaces(Message):
    """Embed and match these `FaceCaptured` entries."""

    version: Literal[1] = 1
    entries: Annotated[tuple[EntryRef, ...], Field(min_length=1, max_length=256)]


class EnrolSamples(Message):
    """Turn these `EnrolmentSample` entries into templates."""

    version: Literal[1] = 1
    entries: Annotated[tuple[EntryRef, ...], Field(min_length=1, max_length=256)]


class EnrolPhotos(Message):
    """Judge and embed the stored photos of this job."""

    version: Literal[1] = 1
    school_id: SchoolId
    job_id: JobId


Vector512 = Annotated[tuple[float, ...], Field(min_length=512, max_length=512)]


class EnrolVectors(Message):
    """Store these vectors of a legacy file, computed by `model_id`, as the templates of this job."""

    version: Literal[1] = 1
    school_id: SchoolId
    job_id: JobId
    model_id: ModelId
    vectors: Annotated[tuple[Vector512, ...], Field(min_length=1, max_length=1000)]


class EnrolmentProgress(Message):
    """A camera's word on a capture, handed on to the service that keeps the job."""

    version: Literal[1] = 1
    school_id: SchoolId
    reply: CommandReply


class EnrolmentJudged(Message):
    """New verdicts of this job are committed: look whether it is complete, and drop judged photos."""

    version: Literal[1] = 1
    school_id: SchoolId
    job_id: JobId


class ApplyAttendance(Message):
    """Recompute this lesson's register from committed tracks."""

    version: Literal[1] = 1
    school_id: SchoolId
    lesson_id: LessonId


class DecideLesson(Message):
    """Decide this lesson's tracks by all that is committed: there are sightings or a correction to count."""

    version: Literal[1] = 1
    lesson_id: LessonId
