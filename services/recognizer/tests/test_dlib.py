"""dlib's network on real faces: who is enrolled is named, and strangers are not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import dlib
import numpy as np
import pytest

from adsum_contracts.models import DLIB_RESNET_V1
from adsum_recognizer.adapters.dlib import DlibEmbedder, chip
from adsum_recognizer.adapters.dlib_network import compiled, read_layers
from adsum_recognizer.errors import WrongModel
from adsum_recognizer.gallery import compared
from adsum_recognizer.models import DLIB_NETWORK, verified
from adsum_recognizer.policies import DEFAULTS
from adsum_recognizer.ports import Vectors
from adsum_vision.crops import cut_crop
from adsum_vision.mtcnn import MtcnnDetector

PEOPLE, STRANGERS = 6, 10


def embedded(paths: Sequence[Path], detector: MtcnnDetector, embedder: DlibEmbedder) -> Vectors:
    """The face nearest to the middle of each picture: whom LFW says that it shows."""
    crops = []
    for path in paths:
        image = np.asarray(cv2.imread(str(path)), np.uint8)
        middle = np.array(image.shape[1::-1]) / 2
        faces = detector.detect(image)
        crops.append(cut_crop(image, min(faces, key=lambda face: np.linalg.norm(face.box.center - middle))))
    return embedder.embed(crops)


@pytest.mark.data
def test_lfw_people_are_named_and_strangers_are_not(shared_data: Path) -> None:
    detector, embedder, policy = MtcnnDetector(), DlibEmbedder(), DEFAULTS[DLIB_RESNET_V1.id]
    people = sorted((shared_data / "lfw-dev" / "enrolled").iterdir())[:PEOPLE]
    photos = [sorted(person.glob("*.jpg")) for person in people]
    gallery = [embedded(mine[:3], detector, embedder) for mine in photos]
    probes = embedded([mine[3] for mine in photos], detector, embedder)
    strange = sorted((shared_data / "lfw-dev" / "strangers").glob("*/*.jpg"))[:STRANGERS]
    strangers = embedded(strange, detector, embedder)

    assert gallery[0].shape == (3, 512)
    np.testing.assert_allclose(np.linalg.norm(probes, axis=1), 1, rtol=1e-5)
    scores = compared(probes, gallery)
    assert scores.argmax(axis=1).tolist() == list(range(PEOPLE))
    assert (scores.max(axis=1) >= policy.threshold).mean() >= 0.8
    assert compared(strangers, gallery).max() < policy.threshold


def test_no_crop_is_no_vector() -> None:
    assert DlibEmbedder().embed([]).shape == (0, 512)


@pytest.fixture(scope="module")
def chips() -> np.ndarray:
    """Smooth noise and its brightened half: what a network does with any picture tells it from another."""
    noise = np.random.default_rng(1).integers(0, 256, (6, 150, 150, 3)).astype(np.uint8)
    smooth = np.stack([cv2.GaussianBlur(each, (0, 0), 4) for each in noise])
    return np.concatenate([smooth, cv2.convertScaleAbs(smooth[:2], alpha=1.5).reshape(-1, 150, 150, 3)])


@pytest.fixture(scope="module")
def dlibs_own(chips: np.ndarray) -> np.ndarray:
    network = dlib.face_recognition_model_v1(str(verified(DLIB_NETWORK)))
    return np.array(network.compute_face_descriptor(list(chips)), np.float32)


def relative(found: np.ndarray, expected: np.ndarray) -> float:
    return float(np.abs(found - expected).max() / np.abs(expected).max())


def test_our_network_is_dlib_s_own(chips: np.ndarray, dlibs_own: np.ndarray) -> None:
    network = compiled(verified(DLIB_NETWORK))
    assert relative(network(chips), dlibs_own) < 1e-5
    assert relative(network(chips[..., ::-1]), dlibs_own) > 0.05, "swapped channels would be noticed"
    assert relative(network(chips // 2), dlibs_own) > 0.05, "and another scale"
    one_by_one = np.concatenate([network(chip[None]) for chip in chips])
    assert relative(one_by_one, network(chips)) < 1e-5, "no vector depends on its batch"


def test_another_network_s_file_is_refused() -> None:
    content = verified(DLIB_NETWORK).read_bytes()
    with pytest.raises(WrongModel, match="ends within a con_4"):
        read_layers(content[: len(content) // 2])
    with pytest.raises(WrongModel, match="affine_"):
        read_layers(content.replace(b"affine_", b"batchn_"))


def test_chips_are_cut_as_dlib_cuts_them() -> None:
    """With dlib's points our chip is dlib's, but for its way of sampling pixels."""
    rng = np.random.default_rng(2)
    picture = cv2.GaussianBlur(rng.integers(0, 256, (260, 240, 3)).astype(np.uint8), (0, 0), 6)
    points = np.array([(160, 100), (135, 104), (75, 108), (98, 110), (118, 150)], np.float64)
    shape = dlib.full_object_detection(
        dlib.rectangle(60, 60, 180, 190), dlib.points([dlib.point(int(x), int(y)) for x, y in points])
    )
    theirs = dlib.get_face_chip(picture, shape, size=150, padding=0.25)
    off = np.abs(chip(picture, points).astype(int) - theirs)[5:-5, 5:-5]
    assert off.mean() < 2
    moved = chip(picture, points, 0.1).astype(int)
    assert np.abs(moved[15:] - chip(picture, points)[:-15]).mean() < 2, "a nudge moves the picture down"
