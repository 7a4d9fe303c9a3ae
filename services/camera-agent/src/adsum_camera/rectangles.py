"""Is this face inside a bright rectangle? Pure: a picture and a face in, edges and their support out.

Beside a real face there is hair and a room; a sheet of paper or a screen ends in straight edges to the
left, to the right and above, each brighter inwards, for its whole length.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from adsum_vision.types import BgrImage, Face

_PX: Final = 72
_REACH: Final = 1.35
_SIDE_PX: Final = _PX / (2 * _REACH)
"""The upright view: so many pixels a side, reaching so many sides of the face around its middle."""

_NEAREST, _FARTHEST = 0.34, 1.15
"""Where an edge is looked for: sides of the face from its middle."""

_SLOPES: Final = tuple(np.tan(np.deg2rad((-9, -6, -3, 0, 3, 6, 9))).tolist())
_LEAST_STEP: Final = 6.0
_STEP_SHARE: Final = 0.35
"""A step of grey, over two pixels, that makes an edge: at least 6 levels and so much of the view's spread."""

_Plane = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Rectangle:
    """The best left, right and upper edge: sides of the face from its middle, in the face's own upright.

    `support` is the share of the weakest of the three on which there is an edge, 0 to 1.
    """

    left: float
    right: float
    top: float
    support: float


def rectangle_around(image: BgrImage, face: Face) -> Rectangle:
    """Return the straightest frame around the face, however weak."""
    view = cv2.GaussianBlur(_upright(image, face), (3, 3), 0)
    step = max(_LEAST_STEP, _STEP_SHARE * float(view.std()))
    across = np.roll(view, -1, 1) - np.roll(view, 1, 1)
    down = np.roll(view, -1, 0) - np.roll(view, 1, 0)
    middle = _PX // 2
    beside = slice(round(middle - 0.55 * _SIDE_PX), round(middle + 0.5 * _SIDE_PX))
    near, far = round(_NEAREST * _SIDE_PX), round(_FARTHEST * _SIDE_PX)
    left, left_support = _best(_lines(across > step, beside), middle - far, middle - near)
    right, right_support = _best(_lines(across < -step, beside), middle + near, middle + far)
    above = _lines((down > step).T, slice(left, right + 1))
    top, top_support = _best(above, middle - far, middle - near)
    return Rectangle(
        left=(left - middle) / _SIDE_PX,
        right=(right - middle) / _SIDE_PX,
        top=(top - middle) / _SIDE_PX,
        support=min(left_support, right_support, top_support),
    )


def _upright(image: BgrImage, face: Face) -> _Plane:
    """Return the face's surroundings in grey (PX, PX), its eyes level."""
    eyes = np.subtract(face.landmarks[1], face.landmarks[0])
    turn = np.exp(-1j * np.arctan2(eyes[1], eyes[0])) * _SIDE_PX / max(face.box.width, face.box.height)
    matrix = np.array([[turn.real, -turn.imag], [turn.imag, turn.real]])
    shift = np.array((_PX / 2, _PX / 2)) - matrix @ np.array(face.box.center)
    view = cv2.warpAffine(
        image, np.hstack([matrix, shift[:, None]]), (_PX, _PX), borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(cv2.cvtColor(view, cv2.COLOR_BGR2GRAY), np.float32)


def _lines(edges: NDArray[np.bool_], rows: slice) -> _Plane:
    """Return, for each column, the share of `rows` on which the straightest line through it has an edge."""
    wide = cv2.dilate(edges.astype(np.float32), np.ones((1, 3), np.uint8))
    best = np.zeros(_PX, np.float32)
    for slope in _SLOPES:
        shear = np.array([[1, slope, -slope * _PX / 2], [0, 1, 0]])
        flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
        best = np.maximum(best, cv2.warpAffine(wide, shear, (_PX, _PX), flags=flags)[rows].mean(0))
    return best


def _best(support: _Plane, first: int, last: int) -> tuple[int, float]:
    place = first + int(np.argmax(support[first : last + 1]))
    return place, float(support[place])
