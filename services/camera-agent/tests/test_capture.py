"""Collecting an enrolment's samples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from adsum_camera.capture import CaptureStep, Collection, Progress, SampleTaken
from adsum_contracts.commands import CaptureSamples
from adsum_contracts.face import Pose
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


def collection(count: int = 3, timeout_s: float = 10, poses: tuple[Pose, ...] = ()) -> Collection:
    command = CaptureSamples(
        camera_id=CameraId(UUID(int=1)),
        command_id=CommandId(UUID(int=2)),
        job_id=JobId(UUID(int=3)),
        issued_at=NOON,
        count=count,
        timeout_s=timeout_s,
        poses=poses,
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


def test_a_stall_is_explained_at_once_and_again_every_two_seconds() -> None:
    collecting = collection()
    told = [tenths / 10 for tenths in range(1, 80) if observed(collecting, tenths / 10, TWO)]
    assert told == [0.5, 2.5, 4.5, 6.5]


def test_a_new_reason_is_told_soon() -> None:
    collecting = collection()
    reasons = [TWO] * 10 + [Refused("too_dark")] * 10
    steps = [observed(collecting, index / 10, reason) for index, reason in enumerate(reasons)]
    assert {index: step[0].reason for index, step in enumerate(steps) if step} == {  # type: ignore[union-attr]
        5: "two_faces",
        10: "too_dark",
    }


def test_the_explanation_names_the_last_reason() -> None:
    collecting = collection()
    observed(collecting, 0.1, TWO)
    assert observed(collecting, 2.0, Refused("too_dark")) == (Progress("progress", 0, "too_dark"),)


def test_a_capture_that_takes_too_long_fails_with_its_reason_and_what_it_has() -> None:
    collecting = collection(timeout_s=5)
    observed(collecting, 0.0, GOOD)
    observed(collecting, 4.0, TWO)
    assert observed(collecting, 5.0, GOOD) == (Progress("failed", 1, "two_faces"),)
    assert collecting.finished


ALL: tuple[Pose, ...] = ("front", "left", "right", "up", "down")


def looking(yaw: float = 0, pitch: float = 0) -> Accepted:
    return replace(GOOD, quality=replace(GOOD.quality, yaw=yaw, pitch=pitch))


IN_POSE = {
    "front": looking(),
    "left": looking(yaw=25),
    "right": looking(yaw=-25),
    "up": looking(pitch=-18),
    "down": looking(pitch=18),
}


def run(collecting: Collection, verdicts: Sequence[Accepted | Refused]) -> list[CaptureStep]:
    """Feed ten frames a second and return all that is to be told."""
    told = [observed(collecting, index / 10, verdict) for index, verdict in enumerate(verdicts)]
    return [step for steps in told for step in steps]


def poses_taken(steps: Sequence[CaptureStep]) -> Counter[Pose | None]:
    return Counter(step.pose for step in steps if isinstance(step, SampleTaken))


def reasons(steps: Sequence[CaptureStep]) -> list[tuple[str | None, Pose | None]]:
    return [(step.reason, step.pose) for step in steps if isinstance(step, Progress) and step.reason]


def test_the_first_thing_told_is_the_first_pose() -> None:
    assert collection(poses=ALL).accepted() == Progress("accepted", 0, pose="front")


def test_poses_are_asked_for_in_turn_and_share_the_samples_evenly() -> None:
    collecting = collection(count=20, timeout_s=100, poses=ALL)
    steps = run(collecting, [IN_POSE[pose] for pose in ALL for _ in range(10)])
    assert poses_taken(steps) == dict.fromkeys(ALL, 4)
    assert steps[-1] == Progress("done", 20)
    asked = [step.pose for step in steps if isinstance(step, Progress)]
    assert asked == [*["front"] * 3, *["left"] * 4, *["right"] * 4, *["up"] * 4, *["down"] * 4, None]


def test_what_does_not_divide_goes_to_the_first_poses() -> None:
    steps = run(collection(count=7, poses=ALL), [IN_POSE[pose] for pose in ALL for _ in range(10)])
    assert poses_taken(steps) == {"front": 2, "left": 2, "right": 1, "up": 1, "down": 1}


def test_a_good_face_in_the_wrong_pose_is_told_so_and_not_taken() -> None:
    collecting = collection(count=2, poses=("front", "left"))
    observed(collecting, 0.0, looking())
    steps = [step for tenth in range(2, 9) for step in observed(collecting, tenth / 10, looking(yaw=-25))]
    assert steps == [Progress("progress", 1, "wrong_pose", "left")]


def test_poses_are_judged_from_how_this_person_looks_to_the_front() -> None:
    """A camera above the door: everybody reads as looking down."""
    collecting = collection(count=4, poses=("front", "up"))
    steps = run(collecting, [looking(pitch=20)] * 5 + [looking(pitch=6)] * 5)
    assert poses_taken(steps) == {"front": 2, "up": 2}


def test_a_pose_that_somebody_cannot_take_is_skipped_told_and_made_up_for() -> None:
    collecting = collection(count=6, timeout_s=100, poses=("front", "left", "up"))
    stiff = [looking()] * 230 + [IN_POSE["up"]] * 20
    steps = run(collecting, stiff)
    assert Progress("progress", 2, "pose_skipped", "up") in steps
    assert reasons(steps).count(("pose_skipped", "up")) == 1
    assert poses_taken(steps) == {"front": 2, "up": 4}
    assert steps[-1] == Progress("done", 6)


def test_who_can_take_no_pose_is_enrolled_from_the_front_all_the_same() -> None:
    collecting = collection(count=10, timeout_s=180, poses=ALL)
    steps = run(collecting, [looking()] * 900)
    assert [pose for reason, pose in reasons(steps) if reason == "pose_skipped"] == [*ALL[2:], None]
    assert poses_taken(steps) == {"front": 2, None: 8}
    assert steps[-1] == Progress("done", 10)


def test_nobody_in_front_of_the_camera_loses_no_pose() -> None:
    steps = run(collection(count=10, timeout_s=100, poses=ALL), [Refused("no_face")] * 900)
    assert set(reasons(steps)) == {("no_face", "front")}


def test_a_guided_capture_that_takes_too_long_says_which_pose_is_missing() -> None:
    collecting = collection(count=10, timeout_s=5, poses=ALL)
    steps = run(collecting, [looking()] * 60)
    assert steps[-1] == Progress("failed", 2, "wrong_pose", "left")


@given(
    st.lists(
        st.sampled_from([*IN_POSE.values(), TWO, Refused("turned_away"), Refused("no_face")]), max_size=400
    ),
    st.integers(1, 30),
    st.lists(st.sampled_from(ALL), max_size=5).map(tuple),
)
def test_whatever_is_seen_samples_are_numbered_counted_and_never_too_many(
    verdicts: list[Accepted | Refused], count: int, poses: tuple[Pose, ...]
) -> None:
    collecting = collection(count=count, timeout_s=30, poses=poses)
    steps = run(collecting, verdicts)
    taken = [step for step in steps if isinstance(step, SampleTaken)]
    assert [sample.index for sample in taken] == list(range(len(taken)))
    assert len(taken) == collecting.done <= count
    assert collecting.finished == (len(taken) == count or len(verdicts) > 300)
    for sample in taken:
        assert sample.pose is None or sample.pose in poses
