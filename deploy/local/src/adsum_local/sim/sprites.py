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


@dataclass(frozen=True, slots=True)
class Placing:
    """How a sprite is put into a frame: its pivot at (`x`, `y`), at `metre_px` pixels a metre.

    `roll` turns it, degrees, > 0 tilts to the viewer's right; `gain` multiplies blue, green and red;
    `smear_px` is the length of its motion blur, sideways; only columns `left` to `right` are touched.
    """

    x: float
    y: float
    metre_px: float
    roll: float = 0.0
    gain: tuple[float, float, float] = (1.0, 1.0, 1.0)
    smear_px: float = 0.0
    left: int = 0
    right: int = 1 << 30


NOBODY: Final = 0


class Canvas:
    """A frame (height, width, 3) and whose head is seen at each of its pixels (height, width)."""

    def __init__(self, background: Pixels) -> None:
        self.pixels = background.copy()
        self.owner: NDArray[np.uint8] = np.full(background.shape[:2], NOBODY, np.uint8)

    def paste(self, sprite: Sprite, placing: Placing, owner: int = NOBODY) -> FaceArea | None:
        """Paste a sprite over what is there; return where its face now is, in frame pixels."""
        scale = placing.metre_px / sprite.metre_px
        matrix = cv2.getRotationMatrix2D(sprite.pivot, -placing.roll, scale)
        matrix[:, 2] += np.array((placing.x, placing.y)) - sprite.pivot
        self._lay(sprite, matrix, placing, owner)
        if sprite.face is None:
            return None
        x, y = matrix @ (sprite.face.x, sprite.face.y, 1.0)
        return FaceArea(float(x), float(y), sprite.face.width * scale, sprite.face.height * scale)

    def _lay(self, sprite: Sprite, matrix: NDArray[np.float64], placing: Placing, owner: int) -> None:
        x0, y0, x1, y1 = self._reach(sprite, matrix, placing)
        if x1 <= x0 or y1 <= y0:
            return
        moved = matrix - np.array([[0.0, 0.0, x0], [0.0, 0.0, y0]])
        patch = cv2.warpAffine(sprite.pixels, moved, (x1 - x0, y1 - y0))
        if placing.smear_px >= 2.0:
            patch = cv2.blur(patch, (round(placing.smear_px), 1))
        self.blend(np.asarray(patch, np.uint8), x0, y0, placing.gain)
        self.owner[y0:y1, x0:x1][patch[..., 3] > 127] = owner

    def blend(self, patch: Pixels, x: int, y: int, gain: tuple[float, float, float]) -> None:
        """Lay premultiplied pixels (height, width, 4) that lie within the frame."""
        height, width = patch.shape[:2]
        under = self.pixels[y : y + height, x : x + width]
        lit = cv2.multiply(patch[..., :3], (*gain, 0.0))
        through = cv2.cvtColor(255 - patch[..., 3], cv2.COLOR_GRAY2BGR)
        under[:] = cv2.add(cv2.multiply(under, through, scale=1 / 255), lit)

    def _reach(
        self, sprite: Sprite, matrix: NDArray[np.float64], placing: Placing
    ) -> tuple[int, int, int, int]:
        height, width = sprite.pixels.shape[:2]
        corners = matrix @ np.array([[0, width, 0, width], [0, 0, height, height], [1, 1, 1, 1]], float)
        (x0, y0), (x1, y1) = np.floor(corners.min(1)).astype(int), np.ceil(corners.max(1)).astype(int)
        smear = round(placing.smear_px / 2)
        rows, columns = self.owner.shape
        return (
            max(int(x0) - smear, placing.left, 0),
            max(int(y0), 0),
            min(int(x1) + smear, placing.right, columns),
            min(int(y1), rows),
        )


def at_resolution(sprite: Sprite, metre_px: float) -> Sprite:
    """Return the sprite halved until pasting at `metre_px` shrinks it by less than two, which does not alias."""
    while sprite.metre_px >= 2.0 * metre_px:
        sprite = sprite.halved()
    return sprite
