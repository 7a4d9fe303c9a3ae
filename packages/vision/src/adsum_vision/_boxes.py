"""The geometry of MTCNN as facenet-pytorch 2.6.0 computes it (models/utils/detect_face.py), in numpy.

Boxes are float32 arrays of shape (n, 4): left, top, right, bottom, in pixels. Every function is pure.
Where the original counts a box's width once with and once without an added pixel, so do we: equal
results matter more than either convention.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float32]
Scores = NDArray[np.float32]
Indices = NDArray[np.intp]

STRIDE = 2
CELL = 12
"""PNet looks at windows of 12 pixels, two pixels apart."""


def pyramid(height: int, width: int, min_face_px: float, factor: float) -> tuple[float, ...]:
    """Return the scales at which PNet's 12-pixel window fits faces from `min_face_px` upwards."""
    scale = CELL / min_face_px
    shortest = min(height, width) * scale
    scales = []
    while shortest >= CELL:
        scales.append(scale)
        scale *= factor
        shortest *= factor
    return tuple(scales)


def level_size(height: int, width: int, scale: float) -> tuple[int, int]:
    """Return height and width of the pyramid's level at `scale`."""
    return int(height * scale + 1), int(width * scale + 1)


def windows(cells: NDArray[np.intp], scales: NDArray[np.float32]) -> Boxes:
    """Return the box in the full picture of each cell (x, y) of the map of its level, which has a scale."""
    corners = (STRIDE * cells).astype(np.float32)
    first = np.floor((corners + 1) / scales[:, None])
    last = np.floor((corners + CELL) / scales[:, None])
    return np.concatenate((first, last), axis=1)


def regressed(boxes: Boxes, offsets: Boxes, *, extra_px: int) -> Boxes:
    """Move each edge by its offset, in shares of width or height (measured with `extra_px` added)."""
    size = boxes[:, 2:] - boxes[:, :2] + np.float32(extra_px)
    return boxes + offsets * np.concatenate((size, size), axis=1)


def squared(boxes: Boxes) -> Boxes:
    """Return squares with the same middle and the longer side."""
    size = boxes[:, 2:] - boxes[:, :2]
    side = size.max(axis=1, keepdims=True, initial=-np.inf)
    corner = boxes[:, :2] + size * np.float32(0.5) - side * np.float32(0.5)
    return np.concatenate((corner, corner + side), axis=1)


def pixels(boxes: Boxes, height: int, width: int) -> NDArray[np.int64]:
    """Return the half-open pixel ranges (left, top, right, bottom) that the boxes cover in the picture."""
    whole = boxes.astype(np.int64)
    first = np.maximum(whole[:, :2], 1) - 1
    last = np.minimum(whole[:, 2:], (width, height))
    return np.concatenate((first, last), axis=1)


def best_by_union(boxes: Boxes, scores: Scores, threshold: float, groups: Indices | None = None) -> Indices:
    """Return the indices of the boxes that no better one overlaps by more than `threshold`, best first.

    The overlap is shared over joint area. Of equal scores the first wins. Boxes of different `groups` do
    not compete.
    """
    corner_and_size = np.concatenate((boxes[:, :2], boxes[:, 2:] - boxes[:, :2]), axis=1).astype(np.float64)
    if groups is not None and boxes.size:
        # Far enough apart, boxes of different groups share nothing.
        corner_and_size[:, 0] += groups * (2 * np.abs(boxes).max() + 1)
    kept = cv2.dnn.NMSBoxes(corner_and_size, scores, 0.0, threshold)  # type: ignore[arg-type]
    return np.asarray(kept, dtype=np.intp).reshape(-1)


def best_by_smaller(boxes: Boxes, scores: Scores, threshold: float) -> Indices:
    """Return the indices of the boxes that no better one overlaps by more than `threshold`, best first.

    The overlap is the original MTCNN's "Min": shared over the smaller area, sides measured with one pixel
    added. Of equal scores (ONet's are often exactly 1) the last wins, as in facenet-pytorch.
    """
    areas = np.prod(boxes[:, 2:] - boxes[:, :2] + 1, axis=1)
    kept: list[int] = []
    left = np.argsort(scores, kind="stable")[::-1]
    while left.size:
        best, left = left[0], left[1:]
        kept.append(int(best))
        corner = np.maximum(boxes[best, :2], boxes[left, :2])
        size = np.maximum(np.minimum(boxes[best, 2:], boxes[left, 2:]) - corner + 1, 0)
        overlap = np.prod(size, axis=1) / np.minimum(areas[best], areas[left])
        left = left[overlap <= threshold]
    return np.array(kept, dtype=np.intp)
