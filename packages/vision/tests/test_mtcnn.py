"""The detector finds what facenet-pytorch finds, to a five-hundredth of a pixel."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest

from adsum_vision.mtcnn import DetectorNotExported, MtcnnDetector
from adsum_vision.types import BgrImage, Face

PIXEL_TOLERANCE = 0.002
SCORE_TOLERANCE = 1e-5


def assert_same(image: BgrImage, original: ModuleType, min_face_px: int) -> int:
    """Compare every box, landmark and probability; return how many faces there were."""
    faces = MtcnnDetector(min_face_px=min_face_px, threads=1).detect(image)
    network = original.MTCNN(min_face_size=min_face_px, keep_all=True)
    boxes, scores, landmarks = network.detect(np.ascontiguousarray(image[:, :, ::-1]), landmarks=True)
    if boxes is None:
        assert faces == ()
        return 0
    ours = [(f.box.x, f.box.y, f.box.right, f.box.bottom) for f in faces]
    np.testing.assert_allclose(ours, boxes.astype(float), rtol=0, atol=PIXEL_TOLERANCE)
    np.testing.assert_allclose(
        [f.landmarks for f in faces], landmarks.astype(float), rtol=0, atol=PIXEL_TOLERANCE
    )
    np.testing.assert_allclose([f.score for f in faces], scores.astype(float), rtol=0, atol=SCORE_TOLERANCE)
    return len(faces)


@pytest.mark.parametrize("min_face_px", [24, 40])
def test_drawn_faces_are_found_as_the_original_finds_them(
    classroom: BgrImage, original: ModuleType, min_face_px: int
) -> None:
    assert assert_same(classroom, original, min_face_px) == 3


def test_texture_without_faces_is_judged_as_the_original_judges_it(original: ModuleType) -> None:
    blobs = cv2.resize(np.random.default_rng(3).integers(0, 256, (40, 50, 3)).astype(np.uint8), (500, 400))

    assert_same(np.asarray(blobs, np.uint8), original, 20)


def test_a_face_across_the_edge_is_found_as_the_original_finds_it(
    portrait: BgrImage, original: ModuleType
) -> None:
    assert assert_same(np.ascontiguousarray(portrait[30:, 60:]), original, 40) == 1


@pytest.mark.data
def test_faces_in_photos_are_found_as_the_original_finds_them(
    shared_data: Path, original: ModuleType
) -> None:
    photos = sorted(shared_data.glob("photos/*.jpg"))[::3]
    portraits = sorted(shared_data.glob("lfw-dev/enrolled/*/*_0001.jpg"))[:6]

    found = [assert_same(_read(path), original, 40) for path in photos + portraits]

    assert len(photos) == 4
    assert sum(found) >= 20


def test_the_largest_face_comes_first(classroom: BgrImage, detector: MtcnnDetector) -> None:
    areas = [face.box.area for face in detector.detect(classroom)]

    assert areas == sorted(areas, reverse=True)
    assert len(areas) == 3


def test_faces_far_below_the_smallest_size_are_left_out(classroom: BgrImage) -> None:
    assert len(MtcnnDetector(min_face_px=160, threads=1).detect(classroom)) == 1


@pytest.mark.parametrize("shape", [(1, 1, 3), (11, 500, 3), (12, 12, 3), (39, 39, 3), (40, 40, 3)])
def test_a_picture_too_small_for_any_face_has_none(
    shape: tuple[int, int, int], detector: MtcnnDetector
) -> None:
    assert detector.detect(np.full(shape, 128, np.uint8)) == ()


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


def test_a_missing_export_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(DetectorNotExported, match="make setup"):
        MtcnnDetector(tmp_path)


def _read(path: Path) -> BgrImage:
    return np.asarray(cv2.imread(str(path)), np.uint8)
