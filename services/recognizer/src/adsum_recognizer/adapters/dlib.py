"""dlib's ResNet (King 2017, "High Quality Face Recognition with Deep Metric Learning"): 128 numbers a face.

The weights are in the public domain and come in the wheel `face_recognition_models`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import dlib
import numpy as np
from numpy.typing import NDArray

from adsum_contracts.models import DLIB_RESNET_V1, ModelSpec
from adsum_recognizer.models import DLIB_LANDMARKS, DLIB_NETWORK, verified
from adsum_recognizer.ports import Vectors, padded
from adsum_vision.crops import Crop
from adsum_vision.types import Box

CHIP_PX: Final = 150
CHIP_PADDING: Final = 0.25
"""Size and padding of the chips that the network was trained on."""


class DlibEmbedder:
    """Aligns by dlib's own five points, found inside the detector's box, as the network was trained."""

    spec: ModelSpec = DLIB_RESNET_V1

    def __init__(self) -> None:
        """Load both files; raise `ModelNotReady` when one is missing or is not the one we know."""
        self._landmarks: Any = dlib.shape_predictor(str(verified(DLIB_LANDMARKS)))
        self._network: Any = dlib.face_recognition_model_v1(str(verified(DLIB_NETWORK)))

    def embed(self, crops: Sequence[Crop]) -> Vectors:
        """Return the crops' unit vectors, shape (n, 512)."""
        if not crops:
            return np.empty((0, 512), np.float32)
        descriptors = self._network.compute_face_descriptor([self._chip(crop) for crop in crops])
        return padded(np.array(descriptors, np.float32).reshape(len(crops), self.spec.dimensions))

    def _chip(self, crop: Crop) -> NDArray[np.uint8]:
        rgb = np.ascontiguousarray(crop.image[..., ::-1])
        points = self._landmarks(rgb, _rectangle(crop.box))
        chip: NDArray[np.uint8] = dlib.get_face_chip(rgb, points, size=CHIP_PX, padding=CHIP_PADDING)
        return chip


def _rectangle(box: Box) -> Any:  # noqa: ANN401 - dlib has no types
    """Return the square that dlib's own detector would have drawn: the predictor learnt from those.

    MTCNN's box is narrower and begins higher. Measured with LFW: docs/decisions/0008.
    """
    (x, _), half = box.center, box.width / 2
    y = box.y + 0.55 * box.height
    return dlib.rectangle(round(x - half), round(y - half), round(x + half), round(y + half))
