"""A sheet to paint on: soft-edged shapes laid over each other, in any unit of length.

Shapes are implicit functions, negative inside; dividing by the length of their gradient turns them into
a distance in pixels, so every edge is smooth for one pixel whatever the shape (Inigo Quilez, "Distance
estimation", 2008).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Colour = tuple[float, float, float]
"""BGR, 0 to 255."""

Plane = NDArray[np.float32]

_BLACK: Final[Colour] = (0.0, 0.0, 0.0)


def cover(implicit: NDArray[np.floating], softness_px: float = 1.0) -> Plane:
    """Return how much of each pixel lies where `implicit` (height, width) is negative, 0 to 1."""
    rows, columns = np.gradient(implicit)
    slope = np.sqrt(rows * rows + columns * columns) + 1e-6
    return np.asarray(np.clip(0.5 - implicit / (slope * softness_px), 0.0, 1.0), np.float32)


def shaded(colour: Colour, factor: float) -> Colour:
    """Return the colour, darker (factor below 1) or lighter."""
    return colour[0] * factor, colour[1] * factor, colour[2] * factor


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """Return `one` with `share` of `other` in it."""
    b, g, r = (a * (1 - share) + c * share for a, c in zip(one, other, strict=True))
    return b, g, r


@dataclass(frozen=True, slots=True)
class Stroke:
    """Where an ellipse or a bow is, how large, and how far it is turned (radians, clockwise)."""

    x: float
    y: float
    rx: float
    ry: float
    angle: float = 0.0


class Sheet:
    """A picture (height, width, 3) and its opacity (height, width), with its own unit of length.

    `x` and `y` are the coordinates of every pixel; `unit_px` pixels make one unit.
    """

    def __init__(self, left: float, top: float, width: float, height: float, unit_px: float) -> None:
        columns, rows = round(width * unit_px), round(height * unit_px)
        self.unit_px = unit_px
        self.left, self.top = left, top
        xs = left + (np.arange(columns, dtype=np.float32) + 0.5) / unit_px
        ys = top + (np.arange(rows, dtype=np.float32) + 0.5) / unit_px
        self.x, self.y = (plane.astype(np.float32) for plane in np.meshgrid(xs, ys))
        self.colour: Plane = np.zeros((rows, columns, 3), np.float32)
        self.alpha: Plane = np.zeros((rows, columns), np.float32)

    def lay(self, coverage: Plane, colour: Colour | Plane) -> None:
        """Lay a colour, or a picture of the sheet's size, over the whole sheet."""
        rows, columns = _touched(coverage.max(axis=1)), _touched(coverage.max(axis=0))
        paint = np.asarray(colour, np.float32)
        self._lay_in(
            (rows, columns),
            coverage[rows, columns],
            paint[rows, columns] if paint.ndim == 3 else paint,
        )

    def ellipse(self, at: Stroke, colour: Colour, opacity: float = 1.0, softness_px: float = 1.0) -> None:
        """Lay one ellipse; only the pixels around it are touched."""
        window = self._window(at, margin=(2.0 + softness_px) / self.unit_px)
        along, across = self._turned(at, window)
        implicit = np.sqrt((along / at.rx) ** 2 + (across / at.ry) ** 2) - 1.0
        self._lay_in(window, cover(implicit, softness_px) * np.float32(opacity), colour)

    def bow(self, at: Stroke, bend: float, colour: Colour, opacity: float = 1.0) -> None:
        """Lay a bow that tapers to both ends: `rx` half its length, `ry` half its thickness.

        Its middle lies `bend` lower than its ends.
        """
        box = Stroke(at.x, at.y, at.rx, at.ry + abs(bend), at.angle)
        window = self._window(box, margin=3.0 / self.unit_px)
        along, across = self._turned(at, window)
        share = (along / at.rx) ** 2
        half = at.ry * np.sqrt(np.clip(1.0 - share, 0.0, 1.0))
        edge = np.abs(across - bend * (1.0 - share)) - half
        inside = np.clip(0.5 - edge * self.unit_px, 0.0, 1.0) * (share < 1.0)
        self._lay_in(window, inside * np.float32(opacity), colour)

    def glow(self, at: Stroke, amount: float, colour: Colour = _BLACK) -> None:
        """Tint towards a colour, most in the middle: a Gaussian with standard deviations rx / 2, ry / 2."""
        wide = Stroke(at.x, at.y, at.rx * 1.6, at.ry * 1.6, at.angle)
        window = self._window(wide, margin=0.0)
        along, across = self._turned(at, window)
        weight = np.exp(-2.0 * ((along / at.rx) ** 2 + (across / at.ry) ** 2))
        region = self.colour[window]
        region += np.float32(amount) * weight[..., None] * (np.asarray(colour, np.float32) - region)

    def _lay_in(self, window: tuple[slice, slice], coverage: Plane, colour: Colour | Plane) -> None:
        region, alpha = self.colour[window], self.alpha[window]
        region += coverage[..., None] * (np.asarray(colour, np.float32) - region)
        alpha += coverage * (1.0 - alpha)

    def _turned(self, at: Stroke, window: tuple[slice, slice]) -> tuple[Plane, Plane]:
        x, y = self.x[window] - np.float32(at.x), self.y[window] - np.float32(at.y)
        cos, sin = np.float32(np.cos(at.angle)), np.float32(np.sin(at.angle))
        return x * cos + y * sin, y * cos - x * sin

    def _window(self, at: Stroke, margin: float) -> tuple[slice, slice]:
        reach = max(at.rx, at.ry) + margin if at.angle else 0.0
        reach_x, reach_y = reach or at.rx + margin, reach or at.ry + margin
        rows, columns = self.alpha.shape
        return (
            _span(at.y - reach_y - self.top, at.y + reach_y - self.top, self.unit_px, rows),
            _span(at.x - reach_x - self.left, at.x + reach_x - self.left, self.unit_px, columns),
        )


def _touched(most: Plane) -> slice:
    """Return the lines from the first to the last on which anything is."""
    where = np.flatnonzero(most)
    return slice(int(where[0]), int(where[-1]) + 1) if where.size else slice(0, 0)


def _span(start: float, stop: float, unit_px: float, count: int) -> slice:
    first = min(max(int(start * unit_px), 0), count - 2)
    return slice(first, max(first + 2, min(int(stop * unit_px) + 2, count)))
