"""A crop as bytes, to be looked at again by another model: exactly as the first one saw it.

JPEG would not do: at quality 95 the centred cosine to the untouched crop's vector falls to 0.995 (lfw-dev,
135 faces, dlib); lossless WebP takes half the bytes of PNG. docs/decisions/0033.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from adsum_vision.crops import Crop, UnreadableImage, decode_image
from adsum_vision.types import Box, Landmarks

VERSION: Final = b"1"
PLACES: Final = 14
"""Numbers before the picture: x, y, width, height of the box, then five landmarks, in pixels of the crop."""

LOSSLESS: Final = 101
"""OpenCV's name for WebP without loss."""


def packed(crop: Crop) -> bytes:
    """Return the crop's box, landmarks and pixels."""
    box = (crop.box.x, crop.box.y, crop.box.width, crop.box.height)
    places = np.array([*box, *np.ravel(crop.landmarks)], "<f8")
    _, picture = cv2.imencode(".webp", crop.image, [cv2.IMWRITE_WEBP_QUALITY, LOSSLESS])
    return VERSION + places.tobytes() + picture.tobytes()


def unpacked(content: bytes) -> Crop:
    """Return the crop that was packed; raise `UnreadableImage` for anything else."""
    head = len(VERSION) + PLACES * 8
    if not content.startswith(VERSION) or len(content) <= head:
        raise UnreadableImage("this is no crop that Adsum kept")
    x, y, width, height, *points = np.frombuffer(content[len(VERSION) : head], "<f8").tolist()
    image = decode_image(content[head:])
    left, right, nose, mouth_left, mouth_right = zip(points[::2], points[1::2], strict=True)
    landmarks: Landmarks = (left, right, nose, mouth_left, mouth_right)
    return Crop(image, Box(x, y, width, height), landmarks)
