"""Places of one camera's picture with a meaning: the door, the seats, and what nobody may look at. Pure.

Corners are shares of the picture's width and height, so that a zone outlives a change of resolution.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from adsum_vision.types import Box, Face

ZoneKind = Literal["door", "seats", "mask"]

Size = tuple[int, int]
"""Width and height of a picture, in pixels."""


@dataclass(frozen=True, slots=True)
class Zone:
    """A polygon of the picture; `corners` are (x, y) in shares of width and height, 0 to 1, in order.

    What moves in a `door` makes the camera look harder; whoever stopped walking on the `seats` sits, and is
    looked at rarely; a face in a `mask` is neither followed nor sent. Raises `ValueError` for fewer than
    three corners, and for one outside the picture.
    """

    name: str
    kind: ZoneKind
    corners: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        """Refuse what encloses nothing."""
        if len(self.corners) < 3:
            raise ValueError(f"zone {self.name!r} needs at least three corners")
        if not all(0.0 <= share <= 1.0 for corner in self.corners for share in corner):
            raise ValueError(f"zone {self.name!r} has a corner outside the picture: shares are 0 to 1")

    def holds(self, x: float, y: float) -> bool:
        """Say whether the point, in shares, is inside: a ray to the right crosses the outline oddly often."""
        inside = False
        for (x1, y1), (x2, y2) in pairwise((*self.corners, self.corners[0])):
            if (y1 > y) != (y2 > y) and x < x1 + (y - y1) / (y2 - y1) * (x2 - x1):
                inside = not inside
        return inside


def of_kind(zones: Iterable[Zone], kind: ZoneKind) -> tuple[Zone, ...]:
    """Return the zones of one kind."""
    return tuple(zone for zone in zones if zone.kind == kind)


def is_within(box: Box, zones: Sequence[Zone], size: Size) -> bool:
    """Say whether the middle of `box`, in pixels of a picture of `size`, is in one of the zones."""
    x, y = box.center[0] / size[0], box.center[1] / size[1]
    return any(zone.holds(x, y) for zone in zones)


def unmasked(faces: Iterable[Face], zones: Iterable[Zone], size: Size) -> tuple[Face, ...]:
    """Return the faces whose middle is in no mask."""
    masks = of_kind(zones, "mask")
    return tuple(face for face in faces if not is_within(face.box, masks, size))
