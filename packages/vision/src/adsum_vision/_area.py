"""Shrinking by area means, for many windows of one picture at once.

`torch.nn.functional.interpolate(mode="area")` gives each output pixel the mean of the input pixels that
it touches, all with equal weight (OpenCV's INTER_AREA weighs those at the border by their share, and
differs). Such a mean is four look-ups in a table of sums (Crow 1984, "Summed-area tables for texture
mapping"), whatever the window's size, so the picture is read once for all levels and all crops.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from adsum_vision.types import BgrImage

Pixels = NDArray[np.float32]


class AreaMeans:
    """The table of sums of one picture."""

    def __init__(self, image: BgrImage) -> None:
        # Sums beyond 2**31 (pictures over 8 megapixels) wrap around, and so do their differences:
        # what is left is right as long as one output pixel covers less than 8 megapixels.
        self._sums: NDArray[np.int32] = np.asarray(cv2.integral(image, sdepth=cv2.CV_32S), np.int32)

    def whole(self, height: int, width: int) -> Pixels:
        """Return the picture shrunk to `height` x `width`, of shape (height, width, 3), 0 to 255."""
        top, bottom = _bins(self._sums.shape[0] - 1, height)
        left, right = _bins(self._sums.shape[1] - 1, width)
        rows = self._sums[bottom] - self._sums[top]
        sums = rows.take(right, axis=1) - rows.take(left, axis=1)
        return _means(sums, (bottom - top)[:, None] * (right - left))

    def windows(self, ranges: NDArray[np.int64], size: int) -> Pixels:
        """Return the pixel ranges (left, top, right, bottom) resized to (n, size, size, 3), 0 to 255."""
        left, right = _bins_of(ranges[:, 0], ranges[:, 2], size)
        top, bottom = _bins_of(ranges[:, 1], ranges[:, 3], size)
        sums = self._at(bottom, right) - self._at(top, right)
        sums -= self._at(bottom, left)
        sums += self._at(top, left)
        return _means(sums, (bottom - top)[:, :, None] * (right - left)[:, None, :])

    def _at(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.int32]:
        stride = self._sums.shape[1]
        places = rows[:, :, None] * stride + columns[:, None, :]
        found: NDArray[np.int32] = self._sums.reshape(-1, 3).take(places, axis=0)
        return found


def _bins(length: int, count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    index = np.arange(count, dtype=np.int64)
    return index * length // count, -(-(index + 1) * length // count)


def _bins_of(
    first: NDArray[np.int64], last: NDArray[np.int64], count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    index, length = np.arange(count, dtype=np.int64), (last - first)[:, None]
    return first[:, None] + index * length // count, first[:, None] - (-(index + 1) * length // count)


def _means(sums: NDArray[np.int32], counts: NDArray[np.int64]) -> Pixels:
    return np.divide(sums, counts[..., None], dtype=np.float32, casting="unsafe")
