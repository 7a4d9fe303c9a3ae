"""A drawn classroom: faces of ovals and shadows, so that a box can be measured without anybody's picture."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from adsum_camera.bench.pictures import Picture
from adsum_vision.types import BgrImage, Box

WALL = np.array([125.0, 130.0, 120.0])
SKIN, HAIR, LIPS = (
    np.array([140.0, 165.0, 215.0]),
    np.array([30.0, 40.0, 60.0]),
    np.array([95.0, 95.0, 170.0]),
)
WHITE, IRIS = np.array([228.0, 228.0, 228.0]), np.array([30.0, 40.0, 50.0])
ROWS, COLUMNS = 4, 6

Canvas = NDArray[np.float64]


def drawn_classroom(width: int, height: int, seed: int = 7) -> Picture:
    """Return a picture with rows of faces, the larger the nearer, on a wall with grain, and their boxes."""
    random = np.random.default_rng(seed)
    frame = WALL + random.normal(0, 5, (height, width, 3))
    portrait, marked = _portrait(), []
    for row in range(ROWS):
        side = round(min(height, width * 9 / 16) * (0.12 + 0.035 * row))
        for column in range(COLUMNS):
            left = round((column + 0.5 + random.uniform(-0.1, 0.1)) * width / COLUMNS - side / 2)
            top = round((row + 0.5) * height / ROWS - side / 2)
            face = cv2.resize(portrait, (side, side), interpolation=cv2.INTER_AREA)
            frame[top : top + side, left : left + side] = face * random.uniform(0.8, 1.1)
            marked.append(Box(left + 0.25 * side, top + 0.2 * side, 0.5 * side, 0.66 * side))
    return Picture("a drawn classroom", np.asarray(np.clip(frame, 0, 255), np.uint8), tuple(marked))


def _portrait() -> BgrImage:
    """Return a frontal face of 440 x 440 pixels; places are shares of the side, from its middle."""
    y, x = np.mgrid[0:440, 0:440] / 440 - 0.5
    canvas = np.full((440, 440, 3), WALL)
    canvas[(x / 0.30) ** 2 + ((y + 0.05) / 0.40) ** 2 < 1] = HAIR
    canvas[(abs(x) < 0.13) & (y > 0.1) & (y < 0.5)] = 0.8 * SKIN
    depth = (x / 0.25) ** 2 + (y / 0.36) ** 2
    face = (depth < 1) & (y > -0.24)
    canvas[face] = (SKIN * (0.62 + 0.42 * np.sqrt(np.clip(1 - depth, 0, 1)))[..., None])[face]
    for eye in (-0.11, 0.11):
        canvas[((x - eye) / 0.05) ** 2 + ((y + 0.06) / 0.024) ** 2 < 1] = WHITE
        canvas[((x - eye) / 0.022) ** 2 + ((y + 0.06) / 0.022) ** 2 < 1] = IRIS
        canvas[(abs(x - eye) < 0.06) & (abs(y + 0.125) < 0.012)] = HAIR
        canvas[((x - eye / 4) / 0.012) ** 2 + ((y - 0.09) / 0.008) ** 2 < 1] = 0.4 * SKIN
    shadow = 0.25 * np.exp(-(((x - 0.02) / 0.014) ** 2) - ((y - 0.02) / 0.06) ** 2)
    shadow += 0.35 * np.exp(-((x / 0.05) ** 2) - ((y - 0.10) / 0.02) ** 2)
    canvas *= 1 - shadow[..., None]
    canvas[(x / 0.09) ** 2 + ((y - 0.19) / 0.025) ** 2 < 1] = LIPS
    canvas[(abs(x) < 0.085) & (abs(y - 0.19) < 0.004)] = 0.3 * SKIN
    return np.asarray(cv2.GaussianBlur(canvas, (0, 0), 1.2).round(), np.uint8)
