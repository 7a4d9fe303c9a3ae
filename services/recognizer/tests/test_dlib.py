"""dlib's network on real faces: who is enrolled is named, and strangers are not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from adsum_contracts.models import DLIB_RESNET_V1
from adsum_recognizer.adapters.dlib import DlibEmbedder
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
    scores = np.array([[(probe @ mine.T).max() for mine in gallery] for probe in probes])
    assert scores.argmax(axis=1).tolist() == list(range(PEOPLE))
    assert (scores.max(axis=1) >= policy.threshold).mean() >= 0.8
    assert (strangers @ np.concatenate(gallery).T).max() < policy.threshold


def test_no_crop_is_no_vector() -> None:
    assert DlibEmbedder().embed([]).shape == (0, 512)
