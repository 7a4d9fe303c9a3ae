"""Is this face a flat copy of itself? Pure: two aligned patches in, how much changed out.

A printed or shown face stays an affine copy of itself however it is held, turned and lit; a living one
blinks, speaks and turns in depth. So two patches, brought roughly together by their landmarks, are laid
over each other as well as any affine map can, and compared by correlation, which no brightness and no
contrast changes: the enhanced correlation coefficient (Evangelidis and Psarakis, "Parametric Image
Alignment Using Enhanced Correlation Coefficient Maximization", PAMI 2008), as OpenCV computes it.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from adsum_vision.types import BgrImage, Landmarks

Patch = NDArray[np.uint8]
"""A face in grey, upright and of one size: (PATCH_PX, PATCH_PX)."""

PATCH_PX: Final = 28
"""As few as tell eyes from brows: the comparison is done in 0.2 ms, and noise averages out."""

_MARGIN_PX: Final = 3
_STEPS: Final = 8
_EVERYWHERE: Final = np.full((PATCH_PX, PATCH_PX), 255, np.uint8)
_SHRUNK: Final = 0.7
"""Scale below which shrinking needs a blur first, so that no pixel of the frame is skipped."""

_UPRIGHT: Final = np.array([(0.34, 0.38), (0.66, 0.38), (0.5, 0.57), (0.37, 0.75), (0.63, 0.75)]) * PATCH_PX
"""Where eyes, nose and the mouth's corners come to lie in a patch."""


def patch_of(image: BgrImage, landmarks: Landmarks) -> Patch | None:
    """Return the face upright and in grey; `None` where it lies outside the picture."""
    points = np.asarray(landmarks, np.float64)
    left, top = np.floor(points.min(0) - np.ptp(points, 0).max()).astype(int)
    right, bottom = np.ceil(points.max(0) + np.ptp(points, 0).max()).astype(int)
    left, top = max(left, 0), max(top, 0)
    region = image[top:bottom, left:right]
    if min(region.shape[:2]) < 8:
        return None
    matrix = similarity(points - (left, top), _UPRIGHT)
    scale = float(np.hypot(*matrix[:, 0]))
    grey = cv2.cvtColor(region, cv2.COLOR_BGR2GRAY)
    if scale < _SHRUNK:
        grey = cv2.GaussianBlur(grey, (0, 0), 0.5 / scale)
    return np.asarray(
        cv2.warpAffine(grey, matrix, (PATCH_PX, PATCH_PX), borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def similarity(points: NDArray[np.float64], onto: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the turn, scale and shift (2, 3) that bring the points nearest to `onto`, by least squares."""
    middle, onto_middle = points.mean(0), onto.mean(0)
    one, other = (points - middle) @ (1, 1j), (onto - onto_middle) @ (1, 1j)
    turn = np.vdot(one, other) / np.vdot(one, one).real
    matrix = np.array([[turn.real, -turn.imag], [turn.imag, turn.real]])
    return np.hstack([matrix, (onto_middle - matrix @ middle)[:, None]])


def change(before: Patch, now: Patch) -> float:
    """Return how unlike two patches are once laid over each other: 0 an affine copy, 1 nothing in common."""
    inner = now[_MARGIN_PX:-_MARGIN_PX, _MARGIN_PX:-_MARGIN_PX]
    start = np.array([[1, 0, _MARGIN_PX], [0, 1, _MARGIN_PX]], np.float32)
    until = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, _STEPS, 1e-3)
    try:
        alike, _ = cv2.findTransformECC(inner, before, start, cv2.MOTION_AFFINE, until, _EVERYWHERE, 3)
    except cv2.error:  # it diverged: no affine map comes near
        return 1.0
    return float(np.clip(1.0 - alike, 0.0, 1.0))
