"""What the school, and whoever runs Adsum for it, agreed on about attendance."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from adsum_api.attendance.rules import AttendancePolicy
from adsum_contracts.models import FACENET_VGGFACE2, ModelSpec


@dataclass(frozen=True, slots=True)
class Agreement:
    """`model` is the one whose templates make a student recognisable. A lesson is closed `settle` after
    its end, so that late sightings arrive; while a camera that was watching has not spoken since the end,
    Adsum waits for it, but no longer than `wait_at_most` after the end."""

    model: ModelSpec = FACENET_VGGFACE2
    policy: AttendancePolicy = field(default_factory=AttendancePolicy)
    settle: timedelta = timedelta(seconds=10)
    wait_at_most: timedelta = timedelta(seconds=60)
