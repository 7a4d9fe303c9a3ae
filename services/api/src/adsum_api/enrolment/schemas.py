"""Enrolment jobs, out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from adsum_api.texts import Name, Number
from adsum_contracts.face import Pose
from adsum_store.models import EnrolmentJob, EnrolmentVerdict

POSES: Final[tuple[Pose, ...]] = ("front", "left", "right", "up", "down")
"""In this order: how a head turns is judged from the front."""


class VerdictOut(BaseModel):
    """Whether picture `index` became a template; `reason` is a stable code when it did not."""

    model_config = ConfigDict(from_attributes=True)

    index: int
    accepted: bool
    reason: str | None


class JobOut(BaseModel):
    """How far an enrolment has come.

    `wanted` pictures are asked for, `collected` are here, `accepted` and `refused` are judged. `error` says
    why the job failed, or, while a camera collects, what it waits for (`no_face`, `two_faces`, `wrong_pose`,
    …). `pose` is what a guided capture asks for now.
    """

    id: UUID
    student_id: UUID
    source: Literal["photos", "camera", "legacy"]
    state: Literal["pending", "running", "done", "failed"]
    wanted: int
    collected: int
    accepted: int
    refused: int
    verdicts: list[VerdictOut]
    error: str | None
    pose: str | None
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, job: EnrolmentJob, verdicts: Sequence[EnrolmentVerdict]) -> JobOut:
        """Show a stored job; a picture that two models judged counts as accepted when one took it."""
        judged = {verdict.index for verdict in verdicts}
        accepted = {verdict.index for verdict in verdicts if verdict.accepted}
        return cls.model_validate(
            {
                **{name: getattr(job, name) for name in _STORED},
                "accepted": len(accepted),
                "refused": len(judged - accepted),
                "verdicts": [VerdictOut.model_validate(verdict) for verdict in verdicts],
            }
        )


_STORED = tuple(JobOut.model_fields.keys() - {"accepted", "refused", "verdicts"})


class Registration(BaseModel):
    """The original demo's form: whom to register, with how many samples, at which camera."""

    enrollment: Number
    name: Name
    num_images: Annotated[int, Field(ge=1, le=200)] = 20
    camera: Annotated[UUID | None, Field(description="The default camera, unless given.")] = None


class CaptureIn(BaseModel):
    """A camera collects `count` samples of the one face in front of it; `guided`, it asks for five poses in
    turn: front, left, right, up and down."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"camera_id": None, "count": 15, "guided": True}}
    )

    camera_id: Annotated[UUID | None, Field(description="The default camera, unless given.")] = None
    count: Annotated[int, Field(ge=1, le=200)] = 20
    guided: bool = False

    @property
    def poses(self) -> tuple[Pose, ...]:
        """What is asked for, in turn; nothing, where anybody may look as they like."""
        return POSES if self.guided else ()


class CaptureStarted(BaseModel):
    """The original demo's answer, and the job to follow at `follow`."""

    message: str
    job: JobOut
    follow: str
