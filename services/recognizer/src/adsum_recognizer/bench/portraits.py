"""Crops to replay: drawn, nobody's, each student another, each view a little different."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import cv2
import numpy as np

from adsum_contracts.face import Box, FaceCrop
from adsum_recognizer.known_vectors import PICTURES, known_picture
from adsum_vision.crops import Crop

VIEWS: Final = 3
JPEG_QUALITY: Final = 90
"""What a camera agent encodes with."""


@dataclass(frozen=True, slots=True)
class Portrait:
    """A view of a student: the crop, and the same as a camera sends it."""

    crop: Crop
    jpeg: bytes
    told: FaceCrop


@cache
def portrait(student: int, view: int) -> Portrait:
    """Return the same picture for the same numbers, on every machine; drawn once."""
    face = known_picture(student % PICTURES)
    height, width = face.image.shape[:2]
    tint = np.random.default_rng(student).normal(0, 25, (6, 6, 3)).astype(np.float32)
    grain = np.random.default_rng((student, view)).normal(0, 5, face.image.shape).astype(np.float32)
    tinted = face.image + cv2.resize(tint, (width, height), interpolation=cv2.INTER_CUBIC) + grain
    image = np.clip(tinted, 0, 255).astype(np.uint8)
    jpeg = cv2.imencode(".jpg", image, (cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY))[1].tobytes()
    box = Box(x=face.box.x, y=face.box.y, width=face.box.width, height=face.box.height)
    told = FaceCrop(
        width=width, height=height, box=box, landmarks=face.landmarks, detector_score=0.99, quality=0.6
    )
    return Portrait(Crop(image, face.box, face.landmarks), jpeg, told)
