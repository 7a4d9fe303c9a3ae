"""Whether the detector computes on this processor as it does on others: it is shown a face that was drawn.

Not every machine that runs the networks runs them rightly: with SVE switched on, an emulated ARM processor
got OpenVINO's third network wrong by a fifth of the face, and three of four faces were missed.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from adsum_vision.judge import FaceDetector
from adsum_vision.types import Landmarks

PICTURE: Final = Path(__file__).with_name("drawn_face.png")
DRAWN: Final[Landmarks] = ((66.4, 68.8), (93.6, 68.8), (80.7, 86.0), (69.5, 100.6), (91.5, 100.6))
"""Where the picture's eyes, nose and mouth were drawn, in pixels of it; its face is 72 pixels large."""
FACE_PX: Final = 72.0


def straying(detector: FaceDetector) -> float | None:
    """Return how far the worst landmark is from where it was drawn, as a share of the face's side.

    `None` when the face is not found, or more than one.
    """
    image = cv2.imread(str(PICTURE))
    if image is None:
        raise FileNotFoundError(PICTURE)
    found = detector.detect(np.asarray(image, np.uint8))
    if len(found) != 1:
        return None
    return (
        max(math.dist(seen, drawn) for seen, drawn in zip(found[0].landmarks, DRAWN, strict=True)) / FACE_PX
    )
