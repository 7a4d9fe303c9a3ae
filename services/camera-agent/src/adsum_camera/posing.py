"""Which way a head looks, for a guided capture. Pure.

Five landmarks tell how far a head has *moved* better than how it stands: a long nose or a camera above
the door looks like a nod. So only `front` is judged by itself, and the others by how far yaw and pitch
are from the same person's own front samples. With a generic head (`tests/test_posing.py`) the angles of
`adsum_vision.quality` are 0.9 of the true ones up to 40 degrees, and landmarks that tremble by 2 to 4 % of
the distance between the eyes make them tremble by 2.5 to 5 degrees: the bounds are twice that and more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from adsum_contracts.face import Pose
from adsum_vision.quality import Quality


@dataclass(frozen=True, slots=True)
class PosePolicy:
    """Degrees. `front_yaw` and `front_pitch` at most, for the front; the rest is away from it: `turned` and
    `nodded` at least, and `aside` at most the other way (a turned head may well nod a little)."""

    front_yaw: float = 12.0
    front_pitch: float = 25.0
    turned: float = 15.0
    nodded: float = 10.0
    aside: float = 20.0


@dataclass(frozen=True, slots=True)
class Front:
    """How a person's head reads when it looks into the camera; zero until they have."""

    yaw: float = 0.0
    pitch: float = 0.0

    @staticmethod
    def of(samples: Sequence[Quality]) -> Front:
        """Return the medians of the front samples: one bad landmark in one of them changes little."""
        if not samples:
            return Front()
        return Front(median(each.yaw for each in samples), median(each.pitch for each in samples))


def shows(pose: Pose, quality: Quality, front: Front, policy: PosePolicy) -> bool:
    """Say whether the head is in `pose`; no head is in two of `left`, `right`, `up` and `down`.

    The owner's left is the picture's right.
    """
    yaw, pitch = quality.yaw - front.yaw, quality.pitch - front.pitch
    match pose:
        case "front":
            return abs(quality.yaw) <= policy.front_yaw and abs(quality.pitch) <= policy.front_pitch
        case "left":
            return yaw >= policy.turned and abs(pitch) <= policy.aside
        case "right":
            return yaw <= -policy.turned and abs(pitch) <= policy.aside
        case "up":
            return pitch <= -policy.nodded and abs(yaw) < policy.turned
        case "down":
            return pitch >= policy.nodded and abs(yaw) < policy.turned
