"""What the tests of vision share: the detector, the original to compare with, pictures."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest
import torch

from adsum_vision.mtcnn import MtcnnDetector
from adsum_vision.original import original_mtcnn
from adsum_vision.types import BgrImage


@pytest.fixture(scope="session")
def detector() -> MtcnnDetector:
    """The detector as the product runs it."""
    return MtcnnDetector(threads=1)


@pytest.fixture(scope="session")
def original() -> ModuleType:
    """facenet-pytorch's own `models.mtcnn`, unchanged, on one thread."""
    torch.set_num_threads(1)
    return original_mtcnn()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of evaluation photos beside the checkout."""
    folder = Path(__file__).resolve().parents[4] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no evaluation photos beside the checkout")
    return folder


@pytest.fixture(scope="session")
def portrait() -> BgrImage:
    """A picture of 220 x 220 pixels with one drawn face: no test needs anybody's picture."""
    return _drawn_face(220)


@pytest.fixture(scope="session")
def classroom() -> BgrImage:
    """Return a picture of 640 x 360 pixels with grain and three faces of different sizes."""
    grain = np.random.default_rng(7).normal(0, 6, (360, 640, 3))
    picture = np.full((360, 640, 3), BACKGROUND, np.float64)
    for side, left, top in ((220, 20, 60), (140, 270, 120), (90, 480, 30)):
        picture[top : top + side, left : left + side] = _drawn_face(side)
    return np.asarray(np.clip(picture + grain, 0, 255), np.uint8)


BACKGROUND = (125, 130, 120)
SKIN, HAIR, LIPS = np.array([140, 165, 215.0]), np.array([30, 40, 60.0]), np.array([95, 95, 170.0])


def _drawn_face(side: int = 220) -> BgrImage:
    """Return a square picture with one frontal face, its box about 0.6 `side` high."""
    y, x = np.mgrid[0:440, 0:440] / 440 - 0.5
    canvas = np.full((440, 440, 3), BACKGROUND, np.float64)
    _fill(canvas, (x / 0.30) ** 2 + ((y + 0.05) / 0.40) ** 2 < 1, HAIR)
    _fill(canvas, (abs(x) < 0.13) & (y > 0.1) & (y < 0.5), 0.8 * SKIN)
    depth = (x / 0.25) ** 2 + (y / 0.36) ** 2
    face = (depth < 1) & (y > -0.24)
    canvas[face] = (SKIN * (0.62 + 0.42 * np.sqrt(np.clip(1 - depth, 0, 1)))[..., None])[face]
    for eye in (-0.11, 0.11):
        _fill(canvas, ((x - eye) / 0.05) ** 2 + ((y + 0.06) / 0.024) ** 2 < 1, np.array([228, 228, 228.0]))
        _fill(canvas, ((x - eye) / 0.022) ** 2 + ((y + 0.06) / 0.022) ** 2 < 1, np.array([30, 40, 50.0]))
        _fill(canvas, (abs(x - eye) < 0.06) & (abs(y + 0.125) < 0.012), HAIR)
        _fill(canvas, ((x - eye / 4) / 0.012) ** 2 + ((y - 0.09) / 0.008) ** 2 < 1, 0.4 * SKIN)
    shadow = 0.25 * np.exp(-(((x - 0.02) / 0.014) ** 2) - ((y - 0.02) / 0.06) ** 2)
    shadow += 0.35 * np.exp(-((x / 0.05) ** 2) - ((y - 0.10) / 0.02) ** 2)
    canvas *= 1 - shadow[..., None]
    _fill(canvas, (x / 0.09) ** 2 + ((y - 0.19) / 0.025) ** 2 < 1, LIPS)
    _fill(canvas, (abs(x) < 0.085) & (abs(y - 0.19) < 0.004), 0.3 * SKIN)
    soft = cv2.GaussianBlur(canvas, (0, 0), 1.2)
    return np.asarray(cv2.resize(soft, (side, side), interpolation=cv2.INTER_AREA).round(), np.uint8)


def _fill(canvas: np.ndarray, where: np.ndarray, colour: np.ndarray) -> None:
    canvas[where] = colour
