"""Worse pictures score worse, and each fault has its own reason."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adsum_contracts.routes import RefusalReason
from adsum_vision.crops import Crop, cut_crop
from adsum_vision.judge import Accepted, Refused, sole_face
from adsum_vision.mtcnn import MtcnnDetector
from adsum_vision.quality import ENROLMENT, MATCHING, Quality, angles, assess, is_cut, refusal, sharpness
from adsum_vision.types import BgrImage, Box, Face, Landmarks

FRONTAL: Landmarks = ((40, 40), (80, 40), (60, 64), (45, 83), (75, 83))
GOOD = Quality(
    score=0.9,
    face_px=120,
    sharpness=0.08,
    brightness=0.5,
    yaw=0,
    roll=0,
    pitch=0,
    detector_score=0.999,
    cut_by_edge=False,
)


@pytest.fixture(scope="module")
def crop(portrait: BgrImage, detector: MtcnnDetector) -> Crop:
    """The drawn face, cut out."""
    return cut_crop(portrait, detector.detect(portrait)[0])


def changed(crop: Crop, image: np.ndarray) -> Crop:
    return replace(crop, image=np.asarray(np.clip(image, 0, 255), np.uint8))


def turned(landmarks: Landmarks, degrees: float) -> Landmarks:
    turn = np.exp(1j * np.radians(degrees))
    left, right, nose, mouth_left, mouth_right = (
        (p.real, p.imag) for p in (complex(x, y) * turn for x, y in landmarks)
    )
    return left, right, nose, mouth_left, mouth_right


def test_the_more_blurred_the_lower(crop: Crop) -> None:
    blurred = [
        assess(changed(crop, cv2.GaussianBlur(crop.image, (0, 0), s)), 0.99) for s in (0.5, 1, 2, 4, 8)
    ]

    assert [q.sharpness for q in blurred] == sorted((q.sharpness for q in blurred), reverse=True)
    assert [q.score for q in blurred] == sorted((q.score for q in blurred), reverse=True)
    assert refusal(blurred[0], ENROLMENT) is None
    assert refusal(blurred[-1], MATCHING) == "too_blurred"


def test_the_darker_the_lower(crop: Crop) -> None:
    darkened = [assess(changed(crop, crop.image * share), 0.99) for share in (0.5, 0.3, 0.2, 0.1)]

    assert [q.score for q in darkened] == sorted((q.score for q in darkened), reverse=True)
    assert refusal(darkened[-1], MATCHING) == "too_dark"


def test_an_overexposed_face_is_too_bright(crop: Crop) -> None:
    assert refusal(assess(changed(crop, crop.image * 1.5 + 120.0), 0.99), MATCHING) == "too_bright"


def test_light_does_not_change_sharpness(crop: Crop) -> None:
    dim = changed(crop, crop.image * 0.6)

    assert assess(dim, 0.99).sharpness == pytest.approx(assess(crop, 0.99).sharpness, rel=0.1)


def test_the_same_face_in_a_larger_picture_is_equally_sharp(crop: Crop) -> None:
    larger = Crop(
        np.asarray(cv2.resize(crop.image, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), np.uint8),
        crop.box.scaled(2),
        crop.landmarks,
    )

    assert assess(larger, 0.99).sharpness == pytest.approx(assess(crop, 0.99).sharpness, rel=0.15)


def test_a_plain_wall_has_no_sharpness() -> None:
    assert sharpness(np.full((64, 64), 90, np.uint8)) == 0


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_likelier_face_never_scores_lower(one: float, other: float) -> None:
    wall = Crop(np.full((100, 100, 3), 128, np.uint8), Box(20, 20, 60, 60), FRONTAL)

    assert assess(wall, min(one, other)).score <= assess(wall, max(one, other)).score <= 1


@given(st.lists(st.tuples(st.floats(-500, 500), st.floats(-500, 500)), min_size=5, max_size=5))
def test_any_five_points_give_finite_angles(points: list[tuple[float, float]]) -> None:
    a, b, c, d, e = points

    assert np.isfinite(angles((a, b, c, d, e))).all()


def test_a_frontal_face_has_no_angles() -> None:
    assert angles(FRONTAL) == pytest.approx((0, 0, 0), abs=1)


@given(st.floats(-60, 60))
def test_tilting_the_head_is_roll_alone(degrees: float) -> None:
    roll, yaw, pitch = angles(turned(FRONTAL, degrees))

    assert roll == pytest.approx(degrees, abs=0.01)
    assert (yaw, pitch) == pytest.approx(angles(FRONTAL)[1:], abs=0.01)


@pytest.mark.parametrize("dx", [-12, -6, 6, 12])
def test_a_nose_to_the_side_is_yaw_to_that_side(dx: float) -> None:
    moved: Landmarks = (FRONTAL[0], FRONTAL[1], (60 + dx, 64), FRONTAL[3], FRONTAL[4])

    assert np.sign(angles(moved)[1]) == np.sign(dx)


def test_a_nose_low_down_is_pitch_downwards() -> None:
    lower: Landmarks = (FRONTAL[0], FRONTAL[1], (60, 75), FRONTAL[3], FRONTAL[4])

    assert angles(lower)[2] > 15


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({}, None),
        ({"detector_score": 0.75}, "low_detection_score"),
        ({"cut_by_edge": True}, "cut_by_the_edge"),
        ({"face_px": 20}, "face_too_small"),
        ({"brightness": 0.04}, "too_dark"),
        ({"brightness": 0.97}, "too_bright"),
        ({"yaw": -65}, "turned_away"),
        ({"pitch": 65}, "turned_away"),
        ({"roll": 65}, "turned_away"),
        ({"sharpness": 0.004}, "too_blurred"),
    ],
)
def test_each_fault_has_its_reason(fault: dict[str, float], reason: RefusalReason | None) -> None:
    faulty = replace(GOOD, **fault)  # type: ignore[arg-type]

    assert refusal(faulty, MATCHING) == reason
    assert refusal(faulty, ENROLMENT) == reason


@given(
    st.builds(
        Quality,
        score=st.floats(0, 1),
        face_px=st.floats(1, 300),
        sharpness=st.floats(0, 0.2),
        brightness=st.floats(0, 1),
        yaw=st.floats(-90, 90),
        roll=st.floats(-90, 90),
        pitch=st.floats(-90, 90),
        detector_score=st.floats(0, 1),
        cut_by_edge=st.booleans(),
    )
)
def test_what_may_be_enrolled_may_be_matched(quality: Quality) -> None:
    if refusal(quality, ENROLMENT) is None:
        assert refusal(quality, MATCHING) is None


def test_a_face_whose_features_touch_the_edge_is_cut() -> None:
    face = Face(Box(20, 10, 80, 100), FRONTAL, 0.99)

    assert not is_cut(face, 120, 120)
    assert is_cut(face, 85, 120)
    assert is_cut(face, 120, 70)


@pytest.mark.parametrize("side", [60, 90, 140])
def test_small_drawn_faces_may_be_matched(portrait: BgrImage, detector: MtcnnDetector, side: int) -> None:
    small = np.asarray(cv2.resize(portrait, (side, side), interpolation=cv2.INTER_AREA), np.uint8)
    scene = np.full((240, 320, 3), (125, 130, 120), np.uint8)
    scene[40 : 40 + side, 50 : 50 + side] = small
    finder = MtcnnDetector(min_face_px=24, threads=1)

    assert isinstance(sole_face(scene, finder, MATCHING), Accepted)
    blurred = np.asarray(cv2.GaussianBlur(scene, (0, 0), side / 18), np.uint8)
    assert isinstance(sole_face(blurred, finder, MATCHING), Refused)


@pytest.mark.data
def test_nearly_all_of_lfw_may_be_enrolled_and_nothing_of_it_blurred(
    shared_data: Path, detector: MtcnnDetector
) -> None:
    photos = [cv2.imread(str(path)) for path in sorted(shared_data.glob("lfw-dev/strangers/*/*.jpg"))[::8]]
    reasons, blurred = [], []
    for photo in photos:
        face = min(detector.detect(photo), key=lambda face: abs(face.box.center[0] - 125))
        reasons.append(refusal(assess(cut_crop(photo, face), face.score), ENROLMENT))
        soft = np.asarray(cv2.GaussianBlur(photo, (0, 0), 4), np.uint8)
        blurred.append(refusal(assess(cut_crop(soft, face), face.score), ENROLMENT))

    assert reasons.count(None) >= 0.95 * len(photos)
    assert blurred.count(None) <= 0.02 * len(photos)
