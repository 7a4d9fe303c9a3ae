"""Collecting an enrolment's samples."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np

from adsum_camera.capture import CaptureStep, Collection, Progress, SampleTaken
from adsum_contracts.commands import CaptureSamples
from adsum_contracts.ids import CameraId, CommandId, JobId
from adsum_vision.crops import Crop
from adsum_vision.judge import Accepted, Refused
from adsum_vision.quality import Quality
from adsum_vision.types import Box, Face

NOON = datetime(2026, 2, 11, 12, tzinfo=UTC)
BOX = Box(0, 0, 80, 80)
POINTS = ((0.0, 0.0),) * 5
GOOD = Accepted(
    Crop(np.zeros((1, 1, 3), np.uint8), BOX, POINTS),
    Face(BOX, POINTS, 1.0),
    Quality(80, 1, 0.5, 0, 0, 0, 1, cut_by_edge=False),
)
TWO = Refused("two_faces")


def collection(count: int = 3, timeout_s: float = 10) -> Collection:
    command = CaptureSamples(
        camera_id=CameraId(UUID(int=1)),
        command_id=CommandId(UUID(int=2)),
        job_id=JobId(UUID(int=3)),
        issued_at=NOON,
        count=count,
        timeout_s=timeout_s,
    )
    return Collection(command, NOON)


def observed(collecting: Collection, second: float, verdict: Accepted | Refused) -> tuple[CaptureStep, ...]:
    return collecting.observe(verdict, NOON + timedelta(seconds=second))


def test_samples_are_numbered_and_counted_until_all_are_there() -> None:
    collecting = collection(count=2)
    assert observed(collecting, 0.0, GOOD) == (SampleTaken(0, GOOD), Progress("progress", 1))
    assert observed(collecting, 0.3, GOOD) == (SampleTaken(1, GOOD), Progress("done", 2))
    assert collecting.finished
    assert observed(collecting, 0.6, GOOD) == ()


def test_two_samples_are_at_least_a_fifth_of_a_second_apart() -> None:
    collecting = collection()
    observed(collecting, 0.0, GOOD)
    assert observed(collecting, 0.1, GOOD) == ()
    assert len(observed(collecting, 0.2, GOOD)) == 2


def test_a_stall_is_explained_every_two_seconds() -> None:
    collecting = collection()
    told = [second for second in range(9) if observed(collecting, second, TWO)]
    assert told == [2, 4, 6, 8]


def test_the_explanation_names_the_last_reason() -> None:
    collecting = collection()
    observed(collecting, 1.0, TWO)
    assert observed(collecting, 2.0, Refused("too_dark")) == (Progress("progress", 0, "too_dark"),)


def test_a_capture_that_takes_too_long_fails_with_its_reason_and_what_it_has() -> None:
    collecting = collection(timeout_s=5)
    observed(collecting, 0.0, GOOD)
    observed(collecting, 4.0, TWO)
    assert observed(collecting, 5.0, GOOD) == (Progress("failed", 1, "two_faces"),)
    assert collecting.finished
