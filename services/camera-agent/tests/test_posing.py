"""Which way a head looks: told of a generic head that is turned for real, in three dimensions."""

from __future__ import annotations

from itertools import combinations
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adsum_camera.posing import Front, PosePolicy, shows
from adsum_contracts.face import Pose
from adsum_vision.quality import Quality, angles
from adsum_vision.types import Landmarks

HEAD = np.array([(-0.5, 0, 0), (0.5, 0, 0), (0, 0.6, 0.5), (-0.4, 1.07, 0.08), (0.4, 1.07, 0.08)])
"""Eyes, nose and corners of the mouth: right, down and towards the camera, in distances between the eyes."""

POLICY = PosePolicy()


def seen(yaw: float, pitch: float, tremble: float = 0.0, seed: int = 0) -> Quality:
    """A head of 32 pixels between the eyes, turned by degrees as `Quality` counts them."""
    y, p = np.radians((yaw, pitch))
    about_y = np.array([(np.cos(y), 0, np.sin(y)), (0, 1, 0), (-np.sin(y), 0, np.cos(y))])
    about_x = np.array([(1, 0, 0), (0, np.cos(p), np.sin(p)), (0, -np.sin(p), np.cos(p))])
    points = (HEAD @ (about_y @ about_x).T)[:, :2] + np.random.default_rng(seed).normal(0, tremble, (5, 2))
    left, right, nose, mouth_left, mouth_right = ((32 * float(x), 32 * float(y)) for x, y in points)
    landmarks: Landmarks = (left, right, nose, mouth_left, mouth_right)
    roll, yaw, pitch = angles(landmarks)
    return Quality(80, 0.05, 0.5, yaw, roll, pitch, 0.99, cut_by_edge=False)


@pytest.mark.parametrize(
    ("pose", "yaw", "pitch"),
    [("front", 0, 0), ("left", 28, 0), ("right", -28, 5), ("up", 5, -20), ("down", 0, 22)],
)
def test_a_head_that_does_as_it_is_asked_is_seen_to(pose: Pose, yaw: float, pitch: float) -> None:
    fronts = [seen(0, 0, tremble=0.02, seed=seed) for seed in range(4)]
    found = [shows(pose, seen(yaw, pitch, 0.02, seed), Front.of(fronts), POLICY) for seed in range(10, 60)]
    assert np.mean(found) >= 0.9


@pytest.mark.parametrize("pose", ["left", "right", "up", "down"])
def test_a_head_that_stays_is_seen_to_stay(pose: Pose) -> None:
    fronts = [seen(0, 0, tremble=0.02, seed=seed) for seed in range(4)]
    assert not any(shows(pose, seen(0, 0, 0.02, seed), Front.of(fronts), POLICY) for seed in range(10, 60))


def test_a_camera_above_the_door_changes_nothing_but_the_front() -> None:
    front = Front.of([seen(0, 18)])
    assert shows("down", seen(0, 38), front, POLICY)
    assert shows("up", seen(0, 2), front, POLICY)
    assert not shows("down", seen(0, 18), front, POLICY)


@given(st.floats(-60, 60), st.floats(-60, 60), st.floats(-12, 12), st.floats(-25, 25))
def test_no_head_turns_two_ways_at_once(
    yaw: float, pitch: float, front_yaw: float, front_pitch: float
) -> None:
    turned = Quality(80, 0.05, 0.5, yaw, 0, pitch, 0.99, cut_by_edge=False)
    front = Front(front_yaw, front_pitch)
    ways = [pose for pose in get_args(Pose) if pose != "front" and shows(pose, turned, front, POLICY)]
    assert list(combinations(ways, 2)) == []
