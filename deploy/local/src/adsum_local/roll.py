"""Taking one roll through the API: enrol, calibrate, open the lesson, start the camera, watch."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from adsum_local.classroom import Classroom, Pupil, enrol_pupils
from adsum_local.client import ApiClient
from adsum_local.errors import ServiceFailed
from adsum_local.stack import Stack

CAMERA_START_S: Final = 6.0
"""A camera agent needs this long to load its detector: the lesson begins when it can see."""

CLOSING_PATIENCE_S: Final = 120.0
"""How long after its end a lesson may stay open (a service may be on its way back) before we give up."""

POLL_S: Final = 0.5

Register = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scene:
    """What the camera will look at (an index, an address or a file), for how long, and whom to enrol."""

    source: str
    seconds: float
    late_after_s: int
    pupils: tuple[Pupil, ...]


@dataclass(frozen=True, slots=True)
class Roll:
    """A lesson under way."""

    lesson_id: str
    starts_at: datetime
    ends_at: datetime


def begin(
    scene: Scene,
    stack: Stack,
    api: ApiClient,
    progress: Callable[[float], None],
    say: Callable[[str], None],
    **camera_settings: str,
) -> Roll:
    """Enrol everybody, let their enrolments set threshold and margin, and begin the lesson."""
    classroom = Classroom.create(api, scene.late_after_s)
    enrol_pupils(api, classroom, scene.pupils, progress)
    if scene.pupils:
        say(stack.run("adsum-recognizer", "calibrate", "--accept", "--by", "demo").strip().splitlines()[0])
    starts_at = datetime.now(UTC) + timedelta(seconds=CAMERA_START_S)
    ends_at = starts_at + timedelta(seconds=scene.seconds)
    section_id = classroom.section_id if scene.pupils else None
    lesson_id = api.open_lesson(section_id, classroom.room_id, starts_at, ends_at)
    camera_settings |= {"ADSUM_CAMERA_STARTS_AT": starts_at.isoformat()}
    stack.start_camera(scene.source, classroom.camera_id, classroom.camera_key, **camera_settings)
    return Roll(lesson_id, starts_at, ends_at)


def watch(roll: Roll, stack: Stack, api: ApiClient, show: Callable[[Register, str], None]) -> Register:
    """Show the register until the lesson is closed, and return it; raise `ServiceFailed` if it never is."""
    while True:
        register = api.register(roll.lesson_id)
        left = (roll.ends_at - datetime.now(UTC)).total_seconds()
        if register["lesson"]["closed_at"] is not None:
            show(register, "Lesson closed")
            return register
        show(
            register, f"Lesson: {left:.0f} s to go" if left > 0 else "Lesson over, waiting for the last crops"
        )
        if left < -CLOSING_PATIENCE_S:
            raise ServiceFailed("the lesson was not closed in time: see the log")
        if stack.supervisor.exit_status("camera") not in {None, 0}:
            raise ServiceFailed(f"the camera agent gave up: {stack.supervisor.last_words('camera')}")
        time.sleep(POLL_S)
