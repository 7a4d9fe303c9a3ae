"""What faces looked like at each place of the picture since the last heartbeat. Pure.

A school that hangs a camera wants to know which seats it can tell apart: how many pixels a face has
there, how far it is turned away, how sharp it is. The picture is a grid of 16 x 9 places, each with a
few sums: the memory is the same after an hour as after a second.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

from adsum_camera.zones import Size
from adsum_contracts.events import COVERAGE_COLUMNS, COVERAGE_ROWS, PlaceSeen
from adsum_vision.quality import angles
from adsum_vision.types import Box, Face

Place = tuple[int, int]
"""Column and row."""


@dataclass(slots=True)
class _Sums:
    faces: int = 0
    too_small: int = 0
    face_px: float = 0.0
    yaw: float = 0.0
    measured: int = 0
    sharpness: float = 0.0


class Coverage:
    """Sums by place. Every face counts where its middle is, once a look; one outside counts at the edge.

    `min_face_px` is the side below which nobody is told apart. Sharpness is known of those faces alone
    that were cut out to be judged, and is its mean over them.
    """

    def __init__(self, min_face_px: float) -> None:
        self._min_face_px = min_face_px
        self._places: dict[Place, _Sums] = {}

    def saw(self, faces: Iterable[Face], size: Size) -> None:
        """Count the faces of one look at a picture of `size`."""
        for face in faces:
            side = sqrt(face.box.area)
            sums = self._at(face.box, size)
            sums.faces += 1
            sums.too_small += side < self._min_face_px
            sums.face_px += side
            sums.yaw += abs(angles(face.landmarks)[1])

    def measured(self, box: Box, sharpness: float, size: Size) -> None:
        """Add what was measured of a face that `saw` counted."""
        sums = self._at(box, size)
        sums.measured += 1
        sums.sharpness += min(max(sharpness, 0.0), 1.0)

    def taken(self) -> tuple[PlaceSeen, ...]:
        """Return the places where faces were, and start anew."""
        places, self._places = self._places, {}
        return tuple(_told(place, sums) for place, sums in sorted(places.items()) if sums.faces)

    def _at(self, box: Box, size: Size) -> _Sums:
        return self._places.setdefault(place_of(box, size), _Sums())


def place_of(box: Box, size: Size) -> Place:
    """Return the column and the row of the middle of `box`."""
    (x, y), (width, height) = box.center, size
    column = min(max(int(COVERAGE_COLUMNS * x / width), 0), COVERAGE_COLUMNS - 1)
    row = min(max(int(COVERAGE_ROWS * y / height), 0), COVERAGE_ROWS - 1)
    return column, row


def _told(place: Place, sums: _Sums) -> PlaceSeen:
    return PlaceSeen(
        column=place[0],
        row=place[1],
        faces=sums.faces,
        too_small=sums.too_small,
        face_px=max(sums.face_px / sums.faces, 1.0),
        yaw=sums.yaw / sums.faces,
        sharpness=sums.sharpness / sums.measured if sums.measured else None,
    )
