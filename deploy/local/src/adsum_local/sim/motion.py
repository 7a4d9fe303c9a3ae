"""How a body moves through the room and a head turns, as curves over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import hypot
from typing import Final

import numpy as np
from numpy.typing import NDArray

from adsum_local.sim.room import Spot

SIT_DOWN_S: Final = 0.8


@dataclass(frozen=True, slots=True)
class Moment:
    """Where somebody is at one time; `sits` is 0 standing and 1 sitting."""

    at_s: float
    x: float
    z: float
    sits: float


@dataclass(frozen=True, slots=True)
class Route:
    """Moments in order of time; in between, everything changes evenly."""

    moments: tuple[Moment, ...]

    @property
    def starts_s(self) -> float:
        """When the route begins."""
        return self.moments[0].at_s

    @property
    def ends_s(self) -> float:
        """When the route ends."""
        return self.moments[-1].at_s

    def at(self, time_s: float) -> Moment | None:
        """Return the place at this time, None before the first moment and after the last."""
        if not self.starts_s <= time_s <= self.ends_s:
            return None
        after = next(place for place, moment in enumerate(self.moments) if moment.at_s >= time_s)
        one, other = self.moments[max(after - 1, 0)], self.moments[after]
        span = other.at_s - one.at_s
        share = (time_s - one.at_s) / span if span else 0.0
        return Moment(
            time_s,
            one.x + share * (other.x - one.x),
            one.z + share * (other.z - one.z),
            one.sits + share * (other.sits - one.sits),
        )

    def then(self, *, after_s: float, sits: float) -> Route:
        """Stay where one is, and be sitting or standing `after_s` seconds later."""
        last = self.moments[-1]
        return Route((*self.moments, Moment(last.at_s + after_s, last.x, last.z, sits)))

    def then_sit(self) -> Route:
        """Sit down."""
        return self.then(after_s=SIT_DOWN_S, sits=1.0)

    def then_stand(self) -> Route:
        """Get up."""
        return self.then(after_s=SIT_DOWN_S, sits=0.0)

    def then_rise(self, at_s: float, stand_s: float) -> Route:
        """Get up at a time, stand for a while, sit down again."""
        return self.until(at_s).then_stand().then(after_s=stand_s, sits=0.0).then_sit()

    def then_walk(self, points: Sequence[Spot], speed: float) -> Route:
        """Walk on through these points, metres a second."""
        return Route((*self.moments, *walk(points, self.ends_s, speed).moments[1:]))

    def until(self, at_s: float) -> Route:
        """Stay as one is until then."""
        last = self.moments[-1]
        return self.then(after_s=max(0.0, at_s - last.at_s), sits=last.sits)


def walk(points: Sequence[Spot], start_s: float, speed: float) -> Route:
    """Walk through the points at `speed` metres a second, from `start_s` on."""
    lengths = [hypot(b.x - a.x, b.z - a.z) for a, b in pairwise(points)]
    times = start_s + np.concatenate([[0.0], np.cumsum(lengths)]) / speed
    return Route(tuple(Moment(float(t), p.x, p.z, 0.0) for t, p in zip(times, points, strict=True)))


@dataclass(frozen=True, slots=True)
class Pose:
    """How a head is held, degrees (see `heads.View`); `roll` > 0 tilts to the viewer's right.

    `glance` counts how often the person has turned to something else.
    """

    yaw: float
    pitch: float
    roll: float
    smile: float
    talk: float
    shut: float
    glance: int


_YAW, _PITCH, _ROLL, _SMILE, _CHAT = range(5)
_TURN_S: Final = 0.5
_BLINK_EVERY_S: Final = 4.3
_BLINK_S: Final = 0.18


@dataclass(frozen=True, slots=True)
class Gaze:
    """What the head does: `held` (count, 5) from `times` (count,) on, reached within half a second."""

    times: NDArray[np.float64]
    held: NDArray[np.float64]

    def at(self, time_s: float) -> Pose:
        """Return the pose at this time."""
        now = max(int(np.searchsorted(self.times, time_s, side="right")) - 1, 0)
        share = min(max((time_s - float(self.times[now])) / _TURN_S, 0.0), 1.0)
        share = share * share * (3.0 - 2.0 * share)
        row = self.held[max(now - 1, 0)] * (1.0 - share) + self.held[now] * share
        talks = self.held[now][_CHAT] > 0.5 and (time_s * 2.5) % 1.0 < 0.5
        blink = (time_s + float(self.times[0]) * 7.0) % _BLINK_EVERY_S < _BLINK_S
        yaw, pitch, roll, smile = (float(row[column]) for column in (_YAW, _PITCH, _ROLL, _SMILE))
        return Pose(yaw, pitch, roll, smile, float(talks), float(blink), now)


def invent_gaze(route: Route, rng: np.random.Generator) -> Gaze:
    """Invent what somebody on this route looks at: ahead while walking, around while sitting."""
    times, held = [route.starts_s], [_ahead(rng)]
    while times[-1] < route.ends_s:
        times.append(times[-1] + float(rng.uniform(1.8, 4.5)))
        moment = route.at(times[-1])
        held.append(_around(rng) if moment and moment.sits > 0.5 else _ahead(rng))
    return Gaze(np.array(times), np.array(held))


def _ahead(rng: np.random.Generator) -> tuple[float, ...]:
    return (
        float(rng.normal(0, 7)),
        float(rng.normal(2, 3)),
        float(rng.normal(0, 3)),
        float(rng.uniform(0, 0.5)),
        0.0,
    )


def _around(rng: np.random.Generator) -> tuple[float, ...]:
    """Mostly to the front; sometimes at a neighbour, down at the desk, or with the head tilted."""
    kind, side = rng.random(), float(rng.choice((-1.0, 1.0)))
    yaw, pitch, roll, smile, _ = _ahead(rng)
    if kind < 0.14:
        return side * float(rng.uniform(28, 48)), pitch, roll, float(rng.uniform(0, 1)), 1.0
    if kind < 0.26:
        return yaw, float(rng.uniform(18, 26)), roll, 0.0, 0.0
    if kind < 0.36:
        return yaw * 0.5, pitch, side * float(rng.uniform(12, 20)), smile, 0.0
    return yaw, pitch, roll, smile, 0.0
