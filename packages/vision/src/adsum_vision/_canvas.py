"""All levels of a picture's pyramid on one canvas, so that PNet runs once a picture.

PNet is convolutional: what it says of a window depends on that window's 12 x 12 pixels alone. Levels that
lie side by side therefore do not disturb each other, as long as answers about windows that reach over a
level's edge are thrown away. One large run keeps both cores busy where a dozen small ones do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from adsum_vision._boxes import CELL, STRIDE, Boxes, Indices, level_size, pyramid, windows

NOBODY = -1


@dataclass(frozen=True, slots=True)
class Level:
    """One size of the picture and its place on the canvas, in pixels; places are multiples of `STRIDE`."""

    scale: float
    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, slots=True, eq=False)
class Canvas:
    """Where the levels lie; `owner` names for each cell of PNet's map the level that its window lies in."""

    height: int
    width: int
    levels: tuple[Level, ...]
    owner: NDArray[np.int8]

    def located(self, rows: Indices, columns: Indices) -> tuple[Boxes, Indices]:
        """Return the boxes in the picture of cells of PNet's map, and the level of each."""
        levels = self.owner[rows, columns].astype(np.intp)
        corners = np.array([(level.left, level.top) for level in self.levels], np.intp)[levels]
        scales = np.array([level.scale for level in self.levels], np.float32)[levels]
        cells = np.stack((columns, rows), axis=1) - corners // STRIDE
        return windows(cells, scales), levels


@lru_cache(maxsize=16)
def canvas_for(height: int, width: int, min_face_px: float, factor: float) -> Canvas:
    """Lay out the pyramid of a picture; a picture too small for any window gives a canvas without levels."""
    scales = pyramid(height, width, min_face_px, factor)
    levels = _placed(scales, [level_size(height, width, scale) for scale in scales])
    across = max((_even(level.left + level.width) for level in levels), default=0)
    down = max((_even(level.top + level.height) for level in levels), default=0)
    owner = np.full((max(down // STRIDE - 5, 0), max(across // STRIDE - 5, 0)), NOBODY, np.int8)
    for index, level in enumerate(levels):
        top, left = level.top // STRIDE, level.left // STRIDE
        rows, columns = ((side - CELL) // STRIDE + 1 for side in (level.height, level.width))
        owner[top : top + rows, left : left + columns] = index
    return Canvas(down, across, levels, owner)


def _placed(scales: Sequence[float], sizes: Sequence[tuple[int, int]]) -> tuple[Level, ...]:
    """Put the levels on shelves as wide as the first and largest: each on the first shelf with room."""
    levels: list[Level] = []
    shelves: list[tuple[int, int, int]] = []  # top, height, filled up to
    for scale, (height, width) in zip(scales, sizes, strict=True):
        fits = (
            i for i, (_, high, left) in enumerate(shelves) if height <= high and left + width <= sizes[0][1]
        )
        place = next(fits, len(shelves))
        if place == len(shelves):
            shelves.append((shelves[-1][0] + shelves[-1][1] if shelves else 0, _even(height), 0))
        top, high, left = shelves[place]
        levels.append(Level(scale, left, top, width, height))
        shelves[place] = (top, high, left + _even(width))
    return tuple(levels)


def _even(length: int) -> int:
    return length + length % STRIDE
