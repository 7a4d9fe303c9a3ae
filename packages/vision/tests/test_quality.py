"""Worse pictures score worse, and each fault has its own reason."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from adsum_contracts.routes import PictureFault
from adsum_vision.crops import Crop, cut_crop
from adsum_vision.judge import Accepted, Refused, sole_face
from adsum_vision.mtcnn import MtcnnDetector
from adsum_vision.quality import (
    ENROLMENT,
    MATCHING,
    Quality,
    angles,
    assess,
    is_cut,
    refusal,
    sharpness,
    shown,
)
from adsum_vision.types import BgrImage, Box, Face, Landmarks

FRONTAL: Landmarks = ((40, 40), (80, 40), (60, 64), (45, 83), (75, 83))
GOOD = Quality(
    face_px=120,
    sharpness=0.08,
    brightness=0.5,
    yaw=0,
    roll=0,
    pitch=0,
    detector_score=0.999,
    cut_by_edge=False,
)

QUALITIES = st.builds(
    Quality,
    face_px=st.floats(1, 300),
    sharpness=st.floats(0, 0.2),
    brightness=st.floats(0, 1),
    yaw=st.floats(-90, 90),
    roll=st.floats(-90, 90),
    pitch=st.floats(-90, 90),
    detector_score=st.floats(0, 1),
    cut_by_edge=st.booleans(),
    contrast=st.floats(0, 2),
    burnt_out=st.floats(0, 1),
    shown=st.floats(0, 1),
)


@pytest.fixture(scope="module")
def crop(portrait: BgrImage, detector: MtcnnDetector) -> Crop:
    """The drawn face, cut out."""
    return cut_crop(portrait, detector.detect(portrait)[0])


def changed(crop: Crop, image: np.ndarray) -> Crop:
    return replace(crop, image=np.asarray(np.clip(image, 0, 255), np.uint8))


def cut_from(width: int, height: int, face: Face) -> Crop:
    """The face, cut out of a grey picture of this size."""
    return cut_crop(np.full((height, width, 3), 128, np.uint8), face)


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


def test_the_flatter_the_lower(crop: Crop) -> None:
    hazy = [
        assess(changed(crop, crop.image * share + 110 * (1 - share)), 0.99) for share in (1, 0.4, 0.2, 0.1)
    ]

    assert [q.contrast for q in hazy] == sorted((q.contrast for q in hazy), reverse=True)
    assert [q.parts[3] for q in hazy] == sorted((q.parts[3] for q in hazy), reverse=True)
    assert hazy[-1].score < hazy[0].score


def test_what_the_light_has_burnt_out_counts_for_nothing(crop: Crop) -> None:
    half = crop.image.copy()
    half[:, : half.shape[1] // 2] = 255
    lit = assess(changed(crop, half), 0.99)

    assert lit.burnt_out == pytest.approx(0.5, abs=0.1)
    assert lit.score < assess(crop, 0.99).score


RAISES = {
    "face_px": (0, 160),
    "sharpness": (0, 0.2),
    "contrast": (0, 1),
    "shown": (0, 1),
    "detector_score": (0, 1),
    "brightness": (0, 0.5),
}
"""What may only raise the score as it grows; the brightness until it is too much."""

LOWERS = {"yaw": (0, 90), "pitch": (0, 90), "roll": (0, 90), "burnt_out": (0, 1), "brightness": (0.5, 1)}
"""What may only lower it."""


@given(
    st.sampled_from(
        [*((name, *span, 1) for name, span in RAISES.items()), *((n, *s, -1) for n, s in LOWERS.items())]
    ),
    st.floats(0, 1),
    st.floats(0, 1),
    QUALITIES,
)
def test_the_score_follows_each_of_its_parts(
    part: tuple[str, float, float, int], one: float, other: float, quality: Quality
) -> None:
    name, least, most, sign = part
    low, high = (least + share * (most - least) for share in sorted((one, other)))
    lower, higher = (replace(quality, **{name: value}).score for value in (low, high))  # type: ignore[arg-type]

    assert sign * lower <= sign * higher + 1e-12
    assert 0 <= lower <= 1
    assert 0 <= higher <= 1


@given(QUALITIES)
def test_left_and_right_up_and_down_are_alike(quality: Quality) -> None:
    mirrored = replace(quality, yaw=-quality.yaw, pitch=-quality.pitch, roll=-quality.roll)

    assert mirrored.score == quality.score


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
def test_each_fault_has_its_reason(fault: dict[str, float], reason: PictureFault | None) -> None:
    faulty = replace(GOOD, **fault)  # type: ignore[arg-type]

    assert refusal(faulty, MATCHING) == reason
    assert refusal(faulty, ENROLMENT) == reason


@given(QUALITIES)
def test_what_may_be_enrolled_may_be_matched(quality: Quality) -> None:
    if refusal(quality, ENROLMENT) is None:
        assert refusal(quality, MATCHING) is None


def test_a_face_whose_features_touch_the_edge_is_cut() -> None:
    face = Face(Box(20, 10, 80, 100), FRONTAL, 0.99)

    assert not is_cut(cut_from(120, 120, face))
    assert is_cut(cut_from(85, 120, face))
    assert is_cut(cut_from(120, 70, face))


def test_the_share_that_the_edge_leaves_is_measured() -> None:
    face = Face(Box(20, 10, 80, 100), FRONTAL, 0.99)

    assert shown(cut_from(300, 300, face)) == 1
    assert shown(cut_from(80, 300, face)) == pytest.approx(0.75)
    assert shown(cut_from(80, 60, face)) == pytest.approx(0.375)
    assert assess(cut_from(80, 300, face), 0.99).shown == pytest.approx(0.75)


@given(
    st.floats(-60, 110), st.floats(-60, 110), st.floats(30, 90), st.floats(0.3, 1.5), st.integers(100, 300)
)
def test_a_crop_shows_as_much_as_the_picture_did(
    x: float, y: float, side: float, shape: float, picture: int
) -> None:
    box = Box(x, y, side, side * shape)
    inside = box.within(picture, picture).area / box.area
    assume(inside > 0.05)
    crop = cut_from(picture, picture, Face(box, FRONTAL, 0.99))

    assert shown(crop) == pytest.approx(inside, abs=0.05)


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
        seen = assess(cut_crop(photo, face), face.score)
        reasons.append(refusal(seen, ENROLMENT))
        assert refusal(seen, MATCHING) is None
        soft = np.asarray(cv2.GaussianBlur(photo, (0, 0), 4), np.uint8)
        blurred.append(refusal(assess(cut_crop(soft, face), face.score), ENROLMENT))

    assert reasons.count(None) >= 0.95 * len(photos)
    assert blurred.count(None) <= 0.02 * len(photos)
