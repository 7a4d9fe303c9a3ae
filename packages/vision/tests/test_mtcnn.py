"""The detector finds the faces that facenet-pytorch finds, at the same places, whatever the picture."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adsum_vision.laps import Laps
from adsum_vision.mtcnn import DetectorNotExported, MtcnnDetector
from adsum_vision.original import OriginalDetector
from adsum_vision.types import BgrImage, Face

LANDMARK_TOLERANCE = 0.03
"""Mean distance of a landmark, in shares of the face's side."""


def landmark_distance(ours: Face, theirs: Face) -> float:
    """Return the mean distance between landmarks, in shares of the side of their box."""
    between = np.linalg.norm(np.subtract(ours.landmarks, theirs.landmarks), axis=1).mean()
    return float(between / theirs.box.area**0.5)


def closest(face: Face, faces: tuple[Face, ...]) -> Face | None:
    """Return the face at the same place, if there is one."""
    return max(
        (other for other in faces if face.box.iou(other.box) > 0.4),
        key=lambda other: face.box.iou(other.box),
        default=None,
    )


@pytest.mark.parametrize("min_face_px", [24, 40])
def test_drawn_faces_are_found_where_the_original_finds_them(classroom: BgrImage, min_face_px: int) -> None:
    ours = MtcnnDetector(min_face_px=min_face_px, threads=1).detect(classroom)
    theirs = OriginalDetector(min_face_px=min_face_px).detect(classroom)

    assert len(ours) == len(theirs) == 3
    for mine, other in zip(ours, theirs, strict=True):
        assert mine.box.iou(other.box) > 0.8
        assert landmark_distance(mine, other) < LANDMARK_TOLERANCE
        assert mine.score == pytest.approx(other.score, abs=0.05)


def test_a_face_across_the_edge_is_found_where_the_original_finds_it(
    portrait: BgrImage, detector: MtcnnDetector
) -> None:
    cut = np.ascontiguousarray(portrait[30:, 60:])

    (mine,), (other,) = detector.detect(cut), OriginalDetector().detect(cut)

    assert mine.box.iou(other.box) > 0.8


def test_texture_holds_no_more_false_faces_than_the_original_sees(detector: MtcnnDetector) -> None:
    blobs = cv2.resize(np.random.default_rng(3).integers(0, 256, (40, 50, 3)).astype(np.uint8), (500, 400))
    picture = np.asarray(blobs, np.uint8)

    assert len(detector.detect(picture)) <= len(OriginalDetector().detect(picture))


@pytest.mark.data
def test_single_faces_in_photos_are_found_where_the_original_finds_them(
    shared_data: Path, detector: MtcnnDetector
) -> None:
    original, distances = OriginalDetector(), []
    for path in sorted(shared_data.glob("lfw-dev/strangers/*/*.jpg"))[::20]:
        photo = _read(path)
        theirs = original.detect(photo)[0]
        mine = closest(theirs, detector.detect(photo))
        assert mine is not None, path.name
        distances.append(landmark_distance(mine, theirs))

    assert len(distances) == 20
    assert np.mean(distances) < LANDMARK_TOLERANCE


def test_the_largest_face_comes_first(classroom: BgrImage, detector: MtcnnDetector) -> None:
    areas = [face.box.area for face in detector.detect(classroom)]

    assert areas == sorted(areas, reverse=True)
    assert len(areas) == 3


def test_faces_far_below_the_smallest_size_are_left_out(classroom: BgrImage) -> None:
    assert len(MtcnnDetector(min_face_px=200, threads=1).detect(classroom)) == 1


def test_more_faces_than_one_batch_holds_are_all_found(portrait: BgrImage, detector: MtcnnDetector) -> None:
    small = cv2.resize(portrait, (110, 110), interpolation=cv2.INTER_AREA)
    crowd = np.asarray(np.tile(small, (7, 10, 1)), np.uint8)

    assert len(detector.detect(crowd)) == 70


def test_a_grey_face_is_a_face(portrait: BgrImage, detector: MtcnnDetector) -> None:
    grey = np.asarray(cv2.cvtColor(cv2.cvtColor(portrait, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR), np.uint8)

    assert len(detector.detect(grey)) == 1


@pytest.mark.parametrize(
    "shape", [(1, 1, 3), (1, 4000, 3), (4000, 1, 3), (11, 500, 3), (12, 12, 3), (39, 39, 3), (40, 40, 3)]
)
def test_a_picture_too_small_for_any_face_has_none(
    shape: tuple[int, int, int], detector: MtcnnDetector
) -> None:
    assert detector.detect(np.full(shape, 128, np.uint8)) == ()


@settings(max_examples=25, deadline=None)
@given(
    height=st.integers(1, 300),
    width=st.integers(1, 300),
    smallest=st.sampled_from([12, 20, 40]),
    seed=st.integers(0, 2**16),
)
def test_noise_of_any_shape_is_looked_at_without_error(
    height: int, width: int, smallest: int, seed: int
) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)

    for face in _DETECTORS[smallest].detect(noise):
        assert 0 < face.score <= 1
        assert face.box.area > 0


_DETECTORS = {px: MtcnnDetector(min_face_px=px, threads=1) for px in (12, 20, 40)}


@settings(max_examples=20, deadline=None)
@given(left=st.integers(0, 400), top=st.integers(0, 300), side=st.integers(90, 300))
def test_a_face_is_found_wherever_it_stands(portrait: BgrImage, left: int, top: int, side: int) -> None:
    picture = np.full((620, 720, 3), 120, np.uint8)
    picture[top : top + side, left : left + side] = cv2.resize(portrait, (side, side))

    (face,) = _DETECTORS[40].detect(picture)

    x, y = face.box.center
    assert abs(x - left - side / 2) < 0.15 * side
    assert abs(y - top - side / 2) < 0.15 * side


def test_the_same_picture_gives_the_same_faces_after_another(
    classroom: BgrImage, portrait: BgrImage, detector: MtcnnDetector
) -> None:
    def found() -> tuple[Face, ...]:
        return detector.detect(classroom)

    first = found()
    detector.detect(portrait)

    assert found() == first


def test_a_view_of_a_larger_picture_is_read_as_it_stands(
    classroom: BgrImage, detector: MtcnnDetector
) -> None:
    view = classroom[40:320, 10:420]

    assert detector.detect(view) == detector.detect(np.ascontiguousarray(view))


def test_the_steps_are_timed(classroom: BgrImage, detector: MtcnnDetector) -> None:
    ticks = iter(range(100))
    laps = Laps(clock=lambda: float(next(ticks)))

    detector.detect(classroom, laps)

    assert set(laps.seconds) == {"resize", "pnet", "rnet", "onet", "crop", "nms"}
    assert sum(laps.seconds.values()) == next(ticks) - 1


def test_a_missing_export_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(DetectorNotExported, match="make setup"):
        MtcnnDetector(tmp_path)


def _read(path: Path) -> BgrImage:
    return np.asarray(cv2.imread(str(path)), np.uint8)
