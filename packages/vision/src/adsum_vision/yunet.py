"""Finds faces with YuNet (Wu, Peng & Yu 2023, "YuNet: A Tiny Millisecond-level Face Detector"), on OpenCV.

The model is a file of OpenCV's model zoo (github.com/opencv/opencv_zoo, models/face_detection_yunet, where
its permissive licence lies beside it). It is not part of Adsum: whoever wants it fetches it, names its path,
and it is used only if it is that very file.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from adsum_vision._boxes import best_by_union
from adsum_vision.types import BgrImage, Face, face_from

MODEL_NAME: Final = "face_detection_yunet_2023mar.onnx"
MODEL_SHA256: Final = "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4"

SMALLEST_SEEN_PX: Final = 16
"""YuNet finds faces from about ten pixels on; pictures are shrunk until the smallest wanted has these."""

STEP: Final = 1 / 3
"""Between the sizes looked at: YuNet misses faces of more than a quarter of a large picture."""

LARGEST_LAST_PX: Final = 320
"""The longer side below which no smaller copy is looked at: YuNet was trained on pictures of this size."""

OVERLAP: Final = 0.3
"""Shared over joint area beyond which two boxes are one face: the zoo's own default."""


class YunetNotFound(FileNotFoundError):  # noqa: N818 - named for what it is
    """The named file is missing, or is another file than the one that was measured."""

    def __init__(self, model: Path, reason: str) -> None:
        super().__init__(
            f"{model} {reason}: name OpenCV's {MODEL_NAME} (SHA-256 {MODEL_SHA256[:8]}…), or use mtcnn"
        )


class YunetDetector:
    """YuNet from a model file, spoken to like `MtcnnDetector`.

    `min_face_px` is the side of the smallest face looked for, in pixels of the picture; `min_score` the
    probability that a face must reach. Raises `YunetNotFound`. OpenCV's own number of threads applies. One
    detector serves one thread at a time.
    """

    def __init__(self, model: Path, *, min_face_px: float = 40, min_score: float = 0.7) -> None:
        self._network = cv2.FaceDetectorYN.create(str(_checked(model)), "", (320, 320), min_score, OVERLAP)
        self._min_face_px = min_face_px

    def detect(self, image: BgrImage) -> tuple[Face, ...]:
        """Return the faces of the picture, largest box first; boxes may reach over its edges."""
        found = np.concatenate([self._found(image, scale) for scale in self._scales(image)])
        edges, landmarks, scores = found[:, :4].copy(), found[:, 4:14].reshape(-1, 5, 2), found[:, 14]
        edges[:, 2:] += edges[:, :2]
        best = best_by_union(edges, scores, OVERLAP)
        faces = [face_from(edges[index], landmarks[index], scores[index]) for index in best]
        return tuple(sorted(faces, key=lambda face: face.box.area, reverse=True))

    def _scales(self, image: BgrImage) -> list[float]:
        """Return the sizes to look at, as shares of the picture's, largest first."""
        scales = [min(1.0, SMALLEST_SEEN_PX / self._min_face_px)]
        while max(image.shape[:2]) * scales[-1] > LARGEST_LAST_PX:
            scales.append(scales[-1] * STEP)
        return scales

    def _found(self, image: BgrImage, scale: float) -> NDArray[np.float32]:
        """Return rows of x, y, width, height, five points, score in pixels of the picture.

        The points stand in our order: what YuNet calls the right eye is the person's, left in the picture.
        """
        height, width = (max(1, round(side * scale)) for side in image.shape[:2])
        looked_at = image if scale == 1 else cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
        self._network.setInputSize((width, height))
        rows = self._network.detect(looked_at)[1]
        if rows is None:
            return np.empty((0, 15), np.float32)
        found = np.array(rows, np.float32)
        found[:, 0:14:2] *= image.shape[1] / width
        found[:, 1:14:2] *= image.shape[0] / height
        return found


def _checked(model: Path) -> Path:
    try:
        content = model.read_bytes()
    except OSError:
        raise YunetNotFound(model, "cannot be read") from None
    if hashlib.sha256(content).hexdigest() != MODEL_SHA256:
        raise YunetNotFound(model, "is another file")
    return model
