"""The detector is a plug: MTCNN by default, YuNet from a file that is checked."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from adsum_vision.detectors import detector_named
from adsum_vision.mtcnn import MtcnnDetector
from adsum_vision.types import BgrImage
from adsum_vision.yunet import MODEL_NAME, YunetDetector, YunetNotFound


@pytest.fixture(scope="module")
def model(shared_data: Path) -> Path:
    """YuNet's model file beside the checkout."""
    return shared_data / "models" / MODEL_NAME


def test_mtcnn_needs_nothing_but_its_name() -> None:
    assert isinstance(detector_named("mtcnn", threads=1), MtcnnDetector)


def test_yunet_without_a_file_says_which_one_it_wants() -> None:
    with pytest.raises(YunetNotFound, match=MODEL_NAME):
        detector_named("yunet")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(YunetNotFound, match="cannot be read"):
        detector_named("yunet", model=tmp_path / "model.onnx")


def test_another_file_is_refused_before_it_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"not the model")

    with pytest.raises(YunetNotFound, match="is another file"):
        detector_named("yunet", model=tmp_path / "model.onnx")


@pytest.mark.data
def test_yunet_finds_the_drawn_faces_with_their_landmarks_in_our_order(
    classroom: BgrImage, model: Path, detector: MtcnnDetector
) -> None:
    ours, found = detector.detect(classroom), detector_named("yunet", model=model).detect(classroom)

    assert len(found) == len(ours) == 3
    for mine, other in zip(ours, found, strict=True):
        between = np.linalg.norm(np.subtract(mine.landmarks, other.landmarks), axis=1)
        assert between.mean() < 0.2 * mine.box.area**0.5
        assert mine.box.iou(other.box) > 0.4


@pytest.mark.data
def test_yunet_finds_a_face_that_fills_a_large_picture(portrait: BgrImage, model: Path) -> None:
    large = np.asarray(cv2.resize(portrait, (1600, 1600), interpolation=cv2.INTER_CUBIC), np.uint8)

    (face,) = YunetDetector(model).detect(large)

    assert face.box.width > 450


@pytest.mark.data
@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 900, 3), (40, 40, 3)])
def test_yunet_finds_nothing_in_an_empty_picture(shape: tuple[int, int, int], model: Path) -> None:
    assert YunetDetector(model).detect(np.full(shape, 128, np.uint8)) == ()
