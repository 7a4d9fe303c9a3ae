"""dlib's ResNet (King 2017, "High Quality Face Recognition with Deep Metric Learning"): 128 numbers a face.

The weights are in the public domain and come in the wheel `face_recognition_models`. A face's vector is the
mean of four views of it, which knows a person better than one: docs/decisions/0024.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import cv2
import dlib
import numpy as np
from numpy.typing import NDArray

from adsum_contracts.models import DLIB_RESNET_V1, ModelSpec
from adsum_recognizer.adapters.dlib_network import CHIP_PX, compiled
from adsum_recognizer.models import DLIB_LANDMARKS, DLIB_NETWORK, verified
from adsum_recognizer.ports import Vectors, padded
from adsum_vision.crops import Crop
from adsum_vision.types import BgrImage, Box

CHIP_PADDING: Final = 0.25
"""Padding of the chips that the network was trained on, in widths of the face (`get_face_chip_details`)."""

LANDMARKS: Final = np.array(
    [
        (0.8595674595992, 0.2134981538014),
        (0.6460604764104, 0.2289674387677),
        (0.1205750620789, 0.2137274526848),
        (0.3340850613712, 0.2290642403242),
        (0.4901123135679, 0.6277975316475),
    ]
)
"""Where the corners of the eyes and the base of the nose belong, as dlib's `get_face_chip_details` has it."""

MIRRORED: Final = (2, 3, 0, 1, 4)
"""Which landmark each becomes in the mirror."""

GLANCES: Final = (
    (0.0, 0.0, 1.0),
    (0.06, 0.0, 1.0),
    (-0.06, 0.0, 1.0),
    (0.0, 0.06, 1.0),
    (0.0, -0.06, 1.0),
    (0.0, 0.0, 0.9),
    (0.0, 0.0, 1.12),
    (0.0, 0.0, 1.2),
)
"""Boxes from which the landmarks are looked for: moved by shares of the face's width, and scaled. The
predictor's answer hangs on its box, and the mean of its answers much less."""

NUDGE: Final = 0.025
"""By how much of the chip's side two of the views are moved up and down."""

Points = NDArray[np.float64]


class DlibEmbedder:
    """Aligns by dlib's own five points, found inside the detector's box, as the network was trained."""

    spec: ModelSpec = DLIB_RESNET_V1
    device: str = "cpu"

    def __init__(self) -> None:
        """Load both files; raise `ModelNotReady` when one is missing or is not the one we know."""
        self._landmarks: Any = dlib.shape_predictor(str(verified(DLIB_LANDMARKS)))
        self._network = compiled(verified(DLIB_NETWORK))

    def embed(self, crops: Sequence[Crop]) -> Vectors:
        """Return the crops' unit vectors, shape (n, 512)."""
        if not crops:
            return np.empty((0, 512), np.float32)
        views = np.concatenate([self.views(crop) for crop in crops])
        descriptors = padded(self._network(views)[:, : self.spec.dimensions])
        return padded(descriptors.reshape(len(crops), -1, 512).mean(axis=1))

    def views(self, crop: Crop) -> NDArray[np.uint8]:
        """Return the chips (4, 150, 150, 3) in RGB: plain, mirrored, a little down, and up in the mirror."""
        rgb = np.ascontiguousarray(crop.image[..., ::-1])
        points = np.mean(list(self._glances(rgb, crop.box)), axis=0)
        plain, down, up = (chip(rgb, points, nudge) for nudge in (0.0, NUDGE, -NUDGE))
        return np.stack([plain, plain[:, ::-1], down, up[:, ::-1]])

    def _glances(self, rgb: BgrImage, box: Box) -> Iterator[Points]:
        for right, down, scale in GLANCES:
            yield self._found(rgb, _rectangle(box, right, down, scale))
        width = rgb.shape[1]
        mirrored = np.ascontiguousarray(rgb[:, ::-1])
        inside = Box(width - box.right, box.y, box.width, box.height)
        found = self._found(mirrored, _rectangle(inside))[list(MIRRORED)]
        yield np.column_stack([width - 1 - found[:, 0], found[:, 1]])

    def _found(self, rgb: BgrImage, rectangle: Any) -> Points:  # noqa: ANN401 - dlib has no types
        return np.array([(point.x, point.y) for point in self._landmarks(rgb, rectangle).parts()], np.float64)


def chip(rgb: BgrImage, points: Points, nudge: float = 0.0) -> BgrImage:
    """Return the face upright and scaled, (150, 150, 3), its landmarks (5, 2) where dlib's network expects
    them, moved down by `nudge` of the chip's side.

    The similarity is the least-squares one (Umeyama 1991), as in dlib. Before shrinking the picture is
    smoothed by what the chip cannot show.
    """
    wanted = (CHIP_PADDING + LANDMARKS) / (2 * CHIP_PADDING + 1) * CHIP_PX
    middle, goal = points.mean(axis=0), wanted.mean(axis=0)
    here, there = ((each - at) @ (1, 1j) for each, at in ((points, middle), (wanted, goal)))
    turn = np.vdot(here, there) / np.vdot(here, here)
    matrix = np.array([[turn.real, -turn.imag], [turn.imag, turn.real]])
    offset = goal - matrix @ middle + (0.0, nudge * CHIP_PX)
    smooth = _smoothed(rgb, abs(turn))
    return np.asarray(cv2.warpAffine(smooth, np.column_stack([matrix, offset]), (CHIP_PX, CHIP_PX)), np.uint8)


def _smoothed(rgb: BgrImage, scale: float) -> BgrImage:
    """Smooth as by pixels of the chip's size (standard deviation of half of one), where there are more."""
    if scale >= _ENLARGED:
        return rgb
    return np.asarray(cv2.GaussianBlur(rgb, (0, 0), 0.5 * np.sqrt(1 / scale**2 - 1)), np.uint8)


_ENLARGED: Final = 0.8
"""From this scale on a chip shows (nearly) every pixel."""


def _rectangle(box: Box, right: float = 0.0, down: float = 0.0, scale: float = 1.0) -> Any:  # noqa: ANN401
    """Return the square that dlib's own detector would have drawn: the predictor learnt from those.

    MTCNN's box is narrower and begins higher. Measured with LFW: docs/decisions/0008.
    """
    (x, _), half = box.center, box.width / 2 * scale
    x, y = x + right * box.width, box.y + 0.55 * box.height + down * box.width
    return dlib.rectangle(round(x - half), round(y - half), round(x + half), round(y + half))
