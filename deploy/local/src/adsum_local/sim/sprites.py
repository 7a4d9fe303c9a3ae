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
    """How a sprite is put into a frame: its pivot on pixel (`x`, `y`), at `metre_px` pixels a metre.

    `roll` turns it, degrees, > 0 tilts to the viewer's right; `gain` multiplies blue, green and red;
    `smear_px` is the length of its motion blur, sideways; only columns `left` to `right` are touched.
    """

    x: int
    y: int
    metre_px: float
    roll: float = 0.0
    gain: tuple[float, float, float] = (1.0, 1.0, 1.0)
    smear_px: int = 0
    left: int = 0
    right: int = 1 << 30


@dataclass(frozen=True, slots=True)
class Patch:
    """A sprite turned, sized and lit; its upper left corner is `dx`, `dy` pixels from where its pivot goes.

    `light` (height, width, 3) is added to what shines `through` it, 0 to 256 in 256ths (same shape).
    """

    light: Pixels
    through: NDArray[np.uint16]
    dx: int
    dy: int
    face: FaceArea | None


def patch_of(sprite: Sprite, placing: Placing) -> Patch:
    """Turn, size, smear and light a sprite; `x`, `y`, `left` and `right` do not matter here."""
    scale = placing.metre_px / sprite.metre_px
    matrix = np.asarray(cv2.getRotationMatrix2D(sprite.pivot, -placing.roll, scale), np.float64)
    matrix[:, 2] -= np.array(sprite.pivot)
    height, width = sprite.pixels.shape[:2]
    corners = matrix @ np.array([[0, width, 0, width], [0, 0, height, height], [1, 1, 1, 1]], float)
    smear = placing.smear_px // 2 + 1
    dx, dy = (int(value) for value in np.floor(corners.min(1) - np.array((smear, 0))))
    right, bottom = (int(value) for value in np.ceil(corners.max(1) + np.array((smear, 0))))
    face = sprite.face and _moved(sprite.face, matrix, scale)
    matrix[:, 2] -= np.array((dx, dy))
    pixels = cv2.warpAffine(sprite.pixels, matrix, (right - dx, bottom - dy))
    if placing.smear_px > 1:
        pixels = cv2.blur(pixels, (placing.smear_px, 1))
    lit = np.clip(pixels[..., :3] * np.asarray(placing.gain, np.float32), 0, 255).astype(np.uint8)
    opaque = pixels[..., 3:].astype(np.uint16)
    through = np.repeat(256 - opaque - (opaque >> 7), 3, axis=2)
    return Patch(lit, through, dx, dy, face)


def _moved(face: FaceArea, matrix: NDArray[np.float64], scale: float) -> FaceArea:
    x, y = matrix @ (face.x, face.y, 1.0)
    return FaceArea(float(x), float(y), face.width * scale, face.height * scale)


NOBODY: Final = 0


class Canvas:
    """A frame (height, width, 3) and whose head is seen at each of its pixels (height, width)."""

    def __init__(self, background: Pixels) -> None:
        self.pixels = background.copy()
        self.owner: NDArray[np.uint8] = np.full(background.shape[:2], NOBODY, np.uint8)

    def paste(self, patch: Patch, placing: Placing, owner: int = NOBODY) -> FaceArea | None:
        """Paste a patch over what is there; return where its face now is, in frame pixels."""
        rows, columns = self.owner.shape
        left, top = placing.x + patch.dx, placing.y + patch.dy
        x0, y0 = max(left, placing.left, 0), max(top, 0)
        x1 = min(left + patch.light.shape[1], placing.right, columns)
        y1 = min(top + patch.light.shape[0], rows)
        if x1 > x0 and y1 > y0:
            window = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
            through, under = patch.through[window], self.pixels[y0:y1, x0:x1]
            behind = np.multiply(under, through, dtype=np.uint16) >> 8
            cv2.add(behind.astype(np.uint8), patch.light[window], dst=under)
            self.owner[y0:y1, x0:x1][through[..., 0] < 128] = owner
        face = patch.face
        return face and FaceArea(placing.x + face.x, placing.y + face.y, face.width, face.height)

    def cover(self, pixels: Pixels, mask: Pixels, top: int) -> None:
        """Put opaque things over rows from `top` on, where `mask` (height, width) is not zero."""
        rows = slice(top, top + pixels.shape[0])
        cv2.copyTo(pixels, mask, self.pixels[rows])
        self.owner[rows][mask > 0] = NOBODY


def at_resolution(sprite: Sprite, metre_px: float) -> Sprite:
    """Return the sprite, halved until pasting it at `metre_px` shrinks it by less than two."""
    while sprite.metre_px >= 2.0 * metre_px:
        sprite = sprite.halved()
    return sprite
