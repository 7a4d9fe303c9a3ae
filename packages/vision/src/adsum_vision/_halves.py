"""Shrinking a picture, and windows cut out of it, from copies that are each half as large as the last.

Such copies ("mipmaps": Williams 1983, "Pyramidal parametrics") cost a third more than the picture; any
smaller size is then a bilinear look-up in the copy that is less than twice as large, whatever the size of
the window. Halving by area means and bilinear look-ups are what OpenCV does fastest on every processor.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from adsum_vision._canvas import Canvas
from adsum_vision.types import BgrImage

AT_ONCE = 512
"""Windows cut in one go: OpenCV takes no map of 32,767 rows or more, and a window has 48 at most."""


class Halves:
    """A picture and its halved copies, each made when it is first needed."""

    def __init__(self, image: BgrImage) -> None:
        self._copies = [image]

    def drawn(self, canvas: Canvas) -> NDArray[np.uint8]:
        """Return the pyramid as laid out, of shape (height, width, 3); between levels lies anything."""
        pixels = np.empty((canvas.height, canvas.width, 3), np.uint8)
        for level in canvas.levels:
            place = pixels[level.top : level.top + level.height, level.left : level.left + level.width]
            copy = self._copy(_halvings(1 / level.scale))
            cv2.resize(copy, (level.width, level.height), dst=place, interpolation=cv2.INTER_LINEAR)
        return pixels

    def windows(self, ranges: NDArray[np.int64], size: int) -> NDArray[np.uint8]:
        """Return pixel ranges (left, top, right, bottom), each resized to (size, size, 3).

        Ranges must not be empty. All that come from the same copy are cut together.
        """
        cut = np.empty((len(ranges), size, size, 3), np.uint8)
        steps = (ranges[:, 2:] - ranges[:, :2]).max(axis=1, initial=0) / size
        halvings = np.array([_halvings(step) for step in steps], np.intp)
        for count in np.unique(halvings):
            alike = np.flatnonzero(halvings == count)
            for start in range(0, len(alike), AT_ONCE):
                chosen = alike[start : start + AT_ONCE]
                cut[chosen] = self._cut(int(count), ranges[chosen], size)
        return cut

    def _cut(self, halvings: int, ranges: NDArray[np.int64], size: int) -> NDArray[np.uint8]:
        """Lay the windows below each other in one map of places, and look all of them up."""
        copy, image = self._copy(halvings), self._copies[0]
        middles = (np.arange(size, dtype=np.float32) + np.float32(0.5)) / np.float32(size)
        shape = (len(ranges), size, size)
        places = []
        for axis in (0, 1):
            shrunk = copy.shape[1 - axis] / image.shape[1 - axis]
            first, last = ranges[:, axis, None] * shrunk, ranges[:, axis + 2, None] * shrunk
            places.append(np.asarray(first + (last - first) * middles - 0.5, np.float32))
        x = np.broadcast_to(places[0][:, None, :], shape).reshape(-1, size)
        y = np.broadcast_to(places[1][:, :, None], shape).reshape(-1, size)
        found = cv2.remap(copy, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(found, np.uint8).reshape(*shape, 3)

    def _copy(self, halvings: int) -> BgrImage:
        """Return the picture halved so often, or the last copy that still has two pixels each way."""
        while len(self._copies) <= halvings and min(self._copies[-1].shape[:2]) >= 4:
            height, width = self._copies[-1].shape[:2]
            half = cv2.resize(self._copies[-1], (width // 2, height // 2), interpolation=cv2.INTER_AREA)
            self._copies.append(np.asarray(half, np.uint8))
        return self._copies[min(halvings, len(self._copies) - 1)]


def _halvings(step: float) -> int:
    """Return how often to halve before looking up every `step`-th pixel: to a step of 1 up to 2."""
    return max(int(np.floor(np.log2(step))), 0)
