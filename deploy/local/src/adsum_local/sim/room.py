"""The room in metres, and the lens that looks into it from above the board.

x grows to the viewer's right from the middle aisle, z away from the camera, heights from the floor up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

CAMERA_HEIGHT_M: Final = 2.4
WALL_Z: Final = 7.8
DOOR_LEFT: Final = 2.35
DOOR_RIGHT: Final = 3.25
DOOR_X: Final = (DOOR_LEFT + DOOR_RIGHT) / 2
ROWS_Z: Final = (2.5, 3.2, 4.1, 5.25, 6.6)
FRONT_Z: Final = 2.15
DESK_HEIGHT_M: Final = 0.74
AISLE_M: Final = 0.4
"""From the middle of the room to the first seat of a row."""

_SEAT_M: Final = 0.46
_EDGE_M: Final = 0.19
_FOCAL: Final = 1.1
"""Focal length over picture width: 49 degrees from side to side."""

_HORIZON: Final = -0.07
"""Where heights of the camera are projected to, in picture widths below the upper edge: it looks down."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A place on the floor."""

    x: float
    z: float


@dataclass(frozen=True, slots=True)
class Lens:
    """A pinhole camera for pictures of `width` x `height` pixels."""

    width: int
    height: int

    def metre_px(self, z: float) -> float:
        """Return how many pixels a metre takes at this distance."""
        return _FOCAL * self.width / z

    def project(self, x: float, height: float, z: float) -> tuple[float, float]:
        """Return the pixel at which a point of the room is seen."""
        scale = self.metre_px(z)
        return self.width / 2 + scale * x, _HORIZON * self.width + scale * (CAMERA_HEIGHT_M - height)


def half_width_m(z: float) -> float:
    """Return how far the picture reaches to either side at this distance."""
    return z / (2 * _FOCAL)


def seats() -> tuple[Spot, ...]:
    """Return every seat, front row first; rows are spread over what the camera sees."""
    return tuple(Spot(side * x, z) for z in ROWS_Z for x in _row(z) for side in (-1.0, 1.0))


def _row(z: float) -> tuple[float, ...]:
    room = half_width_m(z) - _EDGE_M - AISLE_M
    count = int(room / _SEAT_M) + 1
    pitch = min(room / (count - 1), 0.62) if count > 1 else 0.0
    return tuple(AISLE_M + pitch * place for place in range(count))


def choose_seats(rng: np.random.Generator, count: int) -> tuple[Spot, ...]:
    """Return `count` seats, chosen so that nobody sits right behind somebody else while there is a choice."""
    free = [seats()[place] for place in rng.permutation(len(seats()))]
    taken: list[Spot] = []
    while len(taken) < count:
        best = min(free, key=lambda seat: sum(_hidden(seat, other) for other in taken))
        free.remove(best)
        taken.append(best)
    return tuple(taken[place] for place in rng.permutation(count))


_EYE_M: Final = 1.15
_FACE: Final = (0.09, 0.11)
_HAIR: Final = (0.17, 0.2)
"""Half a face, and half a head with its hair: width and height, metres."""


def _hidden(one: Spot, other: Spot) -> float:
    """Return about how much of the farther sitter's face the nearer sitter's head hides, 0 to 1."""
    near, far = sorted((one, other), key=lambda spot: spot.z)
    lens = Lens(1000, 1000)
    (nx, ny), (fx, fy) = (lens.project(spot.x, _EYE_M, spot.z) for spot in (near, far))
    near_px, far_px = lens.metre_px(near.z), lens.metre_px(far.z)
    wide, tall = (
        min(max(_HAIR[axis] * near_px + _FACE[axis] * far_px - apart, 0.0) / (2 * _FACE[axis] * far_px), 1.0)
        for axis, apart in enumerate((abs(nx - fx), abs(ny - fy)))
    )
    return wide * tall
