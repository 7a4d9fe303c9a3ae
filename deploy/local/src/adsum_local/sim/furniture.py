"""Paints the empty room: wall, window, notice board, door, floor, and the desks that stand before people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from adsum_local.sim.painting import Colour
from adsum_local.sim.room import (
    AISLE_M,
    DESK_HEIGHT_M,
    DOOR_LEFT,
    DOOR_RIGHT,
    ROWS_Z,
    WALL_Z,
    Lens,
    half_width_m,
)
from adsum_local.sim.sprites import Pixels

Corner = tuple[float, float, float]
"""x, height, z in metres."""

_WALL: Final[Colour] = (176, 190, 196)
_WAINSCOT: Final[Colour] = (140, 158, 166)
_FLOOR: Final[Colour] = (104, 134, 160)
_SKY: Final[Colour] = (250, 240, 226)
_DARK: Final[Colour] = (58, 54, 52)
_WOOD: Final[Colour] = (112, 152, 188)
_PAPER: Final[tuple[Colour, ...]] = ((228, 236, 240), (190, 214, 236), (206, 226, 204), (222, 206, 196))
_BOOKS: Final[tuple[Colour, ...]] = (
    (150, 96, 60),
    (70, 80, 168),
    (92, 140, 92),
    (66, 150, 200),
    (220, 224, 226),
)
_FAR: Final = 12.0


@dataclass(frozen=True, slots=True)
class DeskRow:
    """The desks before one row of seats, from `top` pixels down.

    `pixels` is (height, width, 3), `mask` (height, width) 255 where a desk is and 0 elsewhere.
    """

    z: float
    top: int
    pixels: Pixels
    mask: Pixels


def light_gain(across: float) -> tuple[float, float, float]:
    """Return the gain on blue, green and red, `across` picture widths from the left edge.

    Daylight falls in from the left, bright and cool; the right of the room is darker and warmer.
    """
    bright = 0.76 + 0.38 * float(np.exp(-1.6 * max(across, 0.0)))
    warm = min(max(across, 0.0), 1.0)
    return bright * (1.05 - 0.13 * warm), bright, bright * (0.96 + 0.09 * warm)


def paint_room(lens: Lens, rng: np.random.Generator) -> Pixels:
    """Return the room without desks and people (height, width, 3)."""
    picture: Pixels = np.zeros((lens.height, lens.width, 3), np.uint8)
    picture[:] = _WALL
    _fill(picture, lens, _panel(-9, 9, 0.0, 0.95, WALL_Z), _WAINSCOT)
    _floor(picture, lens)
    _window(picture, lens)
    _board(picture, lens, rng)
    _fill(picture, lens, _panel(DOOR_LEFT - 0.08, DOOR_RIGHT + 0.08, 0.0, 2.2, WALL_Z), (196, 206, 210))
    _fill(picture, lens, _panel(DOOR_LEFT, DOOR_RIGHT, 0.0, 2.12, WALL_Z), (86, 96, 104))
    blurred = cv2.GaussianBlur(picture, (0, 0), lens.width / 1600)
    return np.asarray(np.clip(blurred * _gains(lens)[None], 0, 255), np.uint8)


def paint_desks(lens: Lens, rng: np.random.Generator) -> tuple[DeskRow, ...]:
    """Return the rows of desks, back row first."""
    return tuple(_desk_row(lens, z, rng) for z in sorted(ROWS_Z, reverse=True))


def _floor(picture: Pixels, lens: Lens) -> None:
    _fill(picture, lens, ((-_FAR, 0, WALL_Z), (_FAR, 0, WALL_Z), (_FAR, 0, 1.2), (-_FAR, 0, 1.2)), _FLOOR)
    for board in np.arange(-6.0, 6.0, 0.28):
        _line(picture, lens, (board, 0.0, WALL_Z), (board, 0.0, 1.2), (90, 118, 142))
    _line(picture, lens, (-9, 0.0, WALL_Z), (9, 0.0, WALL_Z), (72, 92, 108))


def _window(picture: Pixels, lens: Lens) -> None:
    for left in (-3.5, -2.5):
        _fill(picture, lens, _panel(left - 0.06, left + 0.92, 0.92, 2.3, WALL_Z), (214, 220, 222))
        _fill(picture, lens, _panel(left, left + 0.86, 1.0, 2.3, WALL_Z), _SKY)
        _fill(picture, lens, _panel(left, left + 0.86, 1.0, 1.25, WALL_Z), (150, 190, 160))
        _line(picture, lens, (left + 0.43, 1.0, WALL_Z), (left + 0.43, 2.3, WALL_Z), (214, 220, 222), 0.04)


def _board(picture: Pixels, lens: Lens, rng: np.random.Generator) -> None:
    _fill(picture, lens, _panel(-1.25, 1.75, 1.0, 1.86, WALL_Z), (96, 122, 140))
    _fill(picture, lens, _panel(-1.2, 1.7, 1.04, 1.82, WALL_Z), (104, 128, 92))
    for place in range(14):
        x, y = -1.05 + 0.38 * (place % 7), 1.12 + 0.34 * (place // 7)
        x, y = x + float(rng.uniform(-0.03, 0.05)), y + float(rng.uniform(-0.03, 0.03))
        wide, tall = float(rng.uniform(0.18, 0.3)), float(rng.uniform(0.2, 0.28))
        paper = _PAPER[int(rng.integers(len(_PAPER)))]
        _fill(picture, lens, _panel(x, x + wide, y, y + tall, WALL_Z), paper)
        for line in range(3):
            height = y + tall * (0.3 + 0.2 * line)
            _line(
                picture, lens, (x + 0.03, height, WALL_Z), (x + wide - 0.05, height, WALL_Z), (150, 150, 150)
            )


def _desk_row(lens: Lens, z: float, rng: np.random.Generator) -> DeskRow:
    near, far = z - 0.46, z - 0.16
    picture: Pixels = np.zeros((lens.height, lens.width, 4), np.uint8)
    for side in (-1.0, 1.0):
        inner, outer = side * (AISLE_M - 0.24), side * (half_width_m(z) + 1.0)
        top = ((inner, DESK_HEIGHT_M, far), (outer, DESK_HEIGHT_M, far))
        front = ((outer, DESK_HEIGHT_M, near), (inner, DESK_HEIGHT_M, near))
        panel = ((inner, 0.06, near), (outer, 0.06, near))
        _fill(picture, lens, (*front, *panel), _shade(_WOOD, 0.66))
        _fill(picture, lens, (*top, *front), _WOOD)
        _line(picture, lens, front[0], front[1], _shade(_WOOD, 1.2), 0.02)
        for x in np.arange(AISLE_M, half_width_m(z), 0.5):
            _book(picture, lens, side * float(x), (near, far), rng)
    rows = np.flatnonzero(picture[..., 3].any(1))
    shown = slice(int(rows[0]), int(rows[-1]) + 1) if rows.size else slice(0, 0)
    lit = np.clip(picture[shown, :, :3] * _gains(lens)[None], 0, 255).astype(np.uint8)
    return DeskRow(z - 0.16, shown.start, lit, np.where(picture[shown, :, 3] == 255, 255, 0).astype(np.uint8))


def _gains(lens: Lens) -> NDArray[np.float64]:
    return np.array([light_gain(x / lens.width) for x in range(lens.width)])


def _book(
    picture: Pixels, lens: Lens, x: float, depth: tuple[float, float], rng: np.random.Generator
) -> None:
    near, far = depth
    wide = float(rng.uniform(0.14, 0.2))
    x += float(rng.uniform(-0.08, 0.08)) - wide / 2
    z0, z1 = near + 0.05, far - 0.05
    h, colour = DESK_HEIGHT_M + 0.01, _BOOKS[int(rng.integers(len(_BOOKS)))]
    _fill(picture, lens, ((x, h, z1), (x + wide, h, z1), (x + wide, h, z0), (x, h, z0)), colour)


def _panel(left: float, right: float, bottom: float, top: float, z: float) -> tuple[Corner, ...]:
    return (left, top, z), (right, top, z), (right, bottom, z), (left, bottom, z)


def _shade(colour: Colour, factor: float) -> Colour:
    b, g, r = (min(255.0, channel * factor) for channel in colour)
    return b, g, r


_FINE: Final = 4
"""Bits of a pixel's fraction that OpenCV's drawing takes."""


def _fill(picture: Pixels, lens: Lens, corners: Sequence[Corner], colour: Colour) -> None:
    points = np.array([lens.project(*corner) for corner in corners]) * (1 << _FINE)
    cv2.fillPoly(picture, [np.rint(points).astype(np.int32)], (*colour, 255), cv2.LINE_AA, _FINE)


def _line(
    picture: Pixels, lens: Lens, start: Corner, end: Corner, colour: Colour, wide_m: float = 0.01
) -> None:
    ends = [tuple(round(value * (1 << _FINE)) for value in lens.project(*corner)) for corner in (start, end)]
    thickness = max(1, round(wide_m * lens.metre_px(start[2])))
    cv2.line(picture, ends[0], ends[1], (*colour, 255), thickness, cv2.LINE_AA, _FINE)
