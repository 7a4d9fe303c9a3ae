"""How a face moves across the picture: a Kalman filter with constant velocity (Kalman 1960).

Lengths are measured in *sides*, the side of the face itself, so that one set of constants fits a face
of 40 px in the last row and one of 200 px at the door. x and y have the same noise, hence share one
covariance, and the filter needs no matrices.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

SEEN_SIDES: Final = 0.08
"""Standard deviation of where a detector puts the middle of the same face twice."""

START_SIDES_PER_S: Final = 5.0
"""Standard deviation of the speed of a face just met: 1.5 m/s over a face of 0.16 m is two of them."""

JERK_SIDES_PER_S2: Final = 20.0
"""Standard deviation of its acceleration: 3.2 m/s² over a face of 0.16 m, who sets off, stops, or turns
into a row. With 6 nearly half of all tracks broke there (docs/decisions/0019-looking-where-it-pays.md)."""


@dataclass(frozen=True, slots=True)
class Motion:
    """Middle `x`, `y` in pixels, speed in pixels per second, `side` in pixels; variances in sides²."""

    x: float
    y: float
    side: float
    speed_x: float = 0.0
    speed_y: float = 0.0
    place_variance: float = SEEN_SIDES**2
    covariance: float = 0.0
    speed_variance: float = START_SIDES_PER_S**2

    @property
    def doubt_sides(self) -> float:
        """How far from (`x`, `y`) the next detection may well be: one standard deviation, in sides."""
        return math.sqrt(self.place_variance + SEEN_SIDES**2)

    def after(self, seconds: float) -> Motion:
        """Return where the face should be `seconds` later."""
        push = JERK_SIDES_PER_S2**2
        return replace(
            self,
            x=self.x + self.speed_x * seconds,
            y=self.y + self.speed_y * seconds,
            place_variance=self.place_variance
            + 2 * seconds * self.covariance
            + seconds**2 * self.speed_variance
            + push * seconds**4 / 4,
            covariance=self.covariance + seconds * self.speed_variance + push * seconds**3 / 2,
            speed_variance=self.speed_variance + push * seconds**2,
        )

    def seen(self, x: float, y: float, side: float) -> Motion:
        """Return the motion corrected by a detection whose middle is `x`, `y`; the size is smoothed."""
        expected = self.place_variance + SEEN_SIDES**2
        place_gain, speed_gain = self.place_variance / expected, self.covariance / expected
        dx, dy = x - self.x, y - self.y
        return Motion(
            x=self.x + place_gain * dx,
            y=self.y + place_gain * dy,
            side=0.5 * self.side + 0.5 * side,
            speed_x=self.speed_x + speed_gain * dx,
            speed_y=self.speed_y + speed_gain * dy,
            place_variance=(1 - place_gain) * self.place_variance,
            covariance=(1 - place_gain) * self.covariance,
            speed_variance=self.speed_variance - speed_gain * self.covariance,
        )
