"""The values that every part of Adsum's vision speaks: pictures, boxes, faces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BgrImage = NDArray[np.uint8]
"""A picture of shape (height, width, 3) in OpenCV's channel order: blue, green, red."""

Point = tuple[float, float]
"""x to the right and y downwards, in pixels."""

Landmarks = tuple[Point, Point, Point, Point, Point]
"""Left eye, right eye, nose tip, left and right mouth corner, as they stand in the picture."""


@dataclass(frozen=True, slots=True)
class Box:
    """An axis-aligned box in pixels; `x`, `y` is its upper left corner and may lie outside the picture."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The x of the right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The y of the lower edge."""
        return self.y + self.height

    @property
    def center(self) -> Point:
        """The middle of the box."""
        return self.x + self.width / 2, self.y + self.height / 2

    @property
    def area(self) -> float:
        """Square pixels; zero for a box turned inside out."""
        return max(self.width, 0.0) * max(self.height, 0.0)

    def iou(self, other: Box) -> float:
        """Return the shared area over the joint area, 0 to 1."""
        width = min(self.right, other.right) - max(self.x, other.x)
        height = min(self.bottom, other.bottom) - max(self.y, other.y)
        shared = max(width, 0.0) * max(height, 0.0)
        joint = self.area + other.area - shared
        return shared / joint if joint > 0 else 0.0

    def within(self, width: float, height: float) -> Box:
        """Return the part of the box inside a picture of this size; its area is zero where there is none."""
        left, top = max(self.x, 0.0), max(self.y, 0.0)
        return Box(left, top, min(self.right, width) - left, min(self.bottom, height) - top)

    def shifted(self, dx: float, dy: float) -> Box:
        """Return the box moved by `dx`, `dy` pixels."""
        return Box(self.x + dx, self.y + dy, self.width, self.height)

    def scaled(self, factor: float) -> Box:
        """Return the box as it stands in the same picture resized by `factor`."""
        return Box(self.x * factor, self.y * factor, self.width * factor, self.height * factor)


@dataclass(frozen=True, slots=True)
class Face:
    """A face that the detector found; `score` is its probability, 0 to 1."""

    box: Box
    landmarks: Landmarks
    score: float


def face_from(edges: NDArray[np.float32], landmarks: NDArray[np.float32], score: np.float32) -> Face:
    """Return a detector's face from arrays: (left, top, right, bottom), and (5, 2) points in our order."""
    left, top, right, bottom = (float(edge) for edge in edges)
    eye_left, eye_right, nose, mouth_left, mouth_right = ((float(x), float(y)) for x, y in landmarks)
    return Face(
        box=Box(left, top, right - left, bottom - top),
        landmarks=(eye_left, eye_right, nose, mouth_left, mouth_right),
        score=float(score),
    )


def moved(landmarks: Landmarks, dx: float, dy: float, factor: float = 1.0) -> Landmarks:
    """Return the landmarks shifted by `dx`, `dy` pixels and then scaled by `factor`."""
    left, right, nose, mouth_left, mouth_right = (
        ((x + dx) * factor, (y + dy) * factor) for x, y in landmarks
    )
    return left, right, nose, mouth_left, mouth_right
