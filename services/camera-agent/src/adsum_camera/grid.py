"""The picture as a coarse grid: the cells a box touches, and the few rectangles that cover cells. Pure.

Rectangles end on the grid's lines, so the detector meets few sizes, and its networks keep their shapes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from adsum_camera.zones import Size, Zone
from adsum_vision.types import Box

COLUMNS, ROWS = 32, 18

Cells = NDArray[np.bool_]
"""Shape (ROWS, COLUMNS): some places of the picture."""


@dataclass(frozen=True, slots=True)
class Change:
    """The `cells` that look different now; none when `light` went on or off, which is nobody's movement."""

    cells: Cells
    light: bool = False


NEIGHBOURS: Final = np.ones((3, 3), np.uint8)
WASTE: Final = 1.25
"""Two rectangles become one when that is at most this much larger: looking twice has a price of its own."""


def nowhere() -> Cells:
    """Return no cells."""
    return np.zeros((ROWS, COLUMNS), np.bool_)


def touched(boxes: Iterable[Box], size: Size) -> Cells:
    """Return the cells that the boxes, in pixels of a picture of `size` (width, height), lie in."""
    cells = nowhere()
    across, down = COLUMNS / size[0], ROWS / size[1]
    for box in boxes:
        left, right = max(math.floor(box.x * across), 0), math.ceil(box.right * across)
        top, bottom = max(math.floor(box.y * down), 0), math.ceil(box.bottom * down)
        cells[top : max(bottom, 0), left : max(right, 0)] = True
    return cells


def within(zones: Iterable[Zone]) -> Cells:
    """Return the cells whose middle is in one of the zones."""
    zones = tuple(zones)
    return np.array(
        [
            [
                any(zone.holds((column + 0.5) / COLUMNS, (row + 0.5) / ROWS) for zone in zones)
                for column in range(COLUMNS)
            ]
            for row in range(ROWS)
        ],
        np.bool_,
    ).reshape(ROWS, COLUMNS)


def grown(cells: Cells) -> Cells:
    """Return the cells and all their neighbours."""
    return cv2.dilate(cells.astype(np.uint8), NEIGHBOURS).astype(np.bool_)


def rectangles(cells: Cells, size: Size) -> tuple[Box, ...]:
    """Return boxes, in pixels, that cover the cells: one for each patch, joined where that wastes little."""
    _, _, patches, _ = cv2.connectedComponentsWithStats(cells.astype(np.uint8), connectivity=8)
    found = [
        (left, top, left + width, top + height)
        for left, top, width, height, _ in patches[1:].tolist()  # the first is all that is no patch
    ]
    across, down = size[0] / COLUMNS, size[1] / ROWS
    return tuple(
        Box(
            round(left * across),
            round(top * down),
            round((right - left) * across),
            round((bottom - top) * down),
        )
        for left, top, right, bottom in _joined(found)
    )


_Span = tuple[int, int, int, int]


def _joined(spans: list[_Span]) -> list[_Span]:
    """Join pairs as long as any is worth joining."""
    for one, other in combinations(spans, 2):
        both = min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])
        if _area(both) <= WASTE * (_area(one) + _area(other)):
            return _joined([*(span for span in spans if span not in (one, other)), both])
    return spans


def _area(span: _Span) -> int:
    left, top, right, bottom = span
    return (right - left) * (bottom - top)
