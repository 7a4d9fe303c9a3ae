"""Cut-out pictures, pasted into a frame at any size, turn and place.

Colours are premultiplied by the opacity (Porter and Duff, 1984), so that shrinking, turning and blurring
a sprite leaves no fringe.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class FaceArea:
    """Middle and size of the face in the sprite, in its pixels."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Sprite:
    """Premultiplied BGRA pixels (height, width, 4).

    `pivot` is the point, in sprite pixels, that is placed and around which the sprite turns;
    `metre_px` its pixels per metre of the room.
    """

    pixels: Pixels
    pivot: tuple[float, float]
    metre_px: float
    face: FaceArea | None = None

    @classmethod
    def of(
        cls,
        colour: NDArray[np.float32],
        alpha: NDArray[np.float32],
        pivot: tuple[float, float],
        metre_px: float,
        face: FaceArea | None = None,
    ) -> Sprite:
        """Make a sprite of colours 0 to 255 (height, width, 3) and opacity 0 to 1 (height, width)."""
        layers = np.dstack([np.clip(colour, 0, 255) * alpha[..., None], alpha * 255.0])
        return cls(np.rint(layers).astype(np.uint8), pivot, metre_px, face)

    def halved(self) -> Sprite:
        """Return the sprite at half its resolution, the same size in the room."""
        height, width = self.pixels.shape[:2]
        small = cv2.resize(self.pixels, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
        rx, ry = (width // 2) / width, (height // 2) / height
        face = self.face and FaceArea(
            self.face.x * rx, self.face.y * ry, self.face.width * rx, self.face.height * ry
        )
        pivot = (self.pivot[0] * rx, self.pivot[1] * ry)
        return Sprite(np.asarray(small, np.uint8), pivot, self.metre_px * rx, face)
