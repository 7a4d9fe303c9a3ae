"""Who comes when and does what: a lesson as pure values, written from a seed.

Students come through the door at the back, walk down the aisle and along their row, sit, turn and tilt
their heads, get up for a moment. Some come late, some leave early past the camera, some never come.
Strangers either sit down or just cross the room.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from adsum_local.sim.motion import Gaze, Route, invent_gaze, walk
from adsum_local.sim.plan import SimPlan
from adsum_local.sim.room import DOOR_X, FRONT_Z, WALL_Z, Spot, choose_seats, half_width_m

Role = Literal["student", "stranger"]

LATE_SHARE: Final = 0.15
EARLY_SHARE: Final = 0.1
RISING_SHARE: Final = 0.15

GRACE: Final = 0.3
"""When lateness begins, as a share of the lesson."""

CLEAR_BEFORE_S: Final = 8.0
CLEAR_AFTER_S: Final = 4.0
"""Nobody comes in so shortly before or after lateness begins: whoever watches needs seconds to be sure."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One person's lesson. Times are seconds from its start; `leaves_s` is None for who stays to the end."""

    person: int
    role: Role
    enters_s: float
    leaves_s: float | None
    route: Route
    gaze: Gaze


@dataclass(frozen=True, slots=True)
class Script:
    """Everybody who comes; `present` students are numbered by `Visit.person`, then come the strangers."""

    late_after_s: float
    visits: tuple[Visit, ...]

    def late(self, visit: Visit) -> bool:
        """Tell whether this visit began after the grace period."""
        return visit.enters_s > self.late_after_s


@dataclass(frozen=True, slots=True)
class _Errand:
    person: int
    role: Role
    enters_s: float
    leaves_s: float | None
    rises_s: float | None = None
    crosses: bool = False


def write_script(plan: SimPlan) -> Script:
    """Write the lesson of this plan."""
    rng = np.random.default_rng((plan.seed, 1))
    late_after = GRACE * plan.seconds
    errands = (*_students(plan, rng, late_after), *_strangers(plan, rng))
    chosen = choose_seats(rng, len(errands))
    visits = (_visit(e, seat, plan.seconds, rng) for e, seat in zip(errands, chosen, strict=True))
    return Script(late_after, tuple(visits))


def _students(plan: SimPlan, rng: np.random.Generator, late_after: float) -> tuple[_Errand, ...]:
    present = plan.students - plan.absent
    who = rng.permutation(plan.students)[:present].tolist()
    late = _share(LATE_SHARE, present)
    on_time_s = _spread(
        rng, 0.5, max(1.0, late_after - max(CLEAR_BEFORE_S, 0.11 * plan.seconds)), present - late
    )
    late_s = _spread(rng, late_after + CLEAR_AFTER_S + 0.2, max(late_after + 5.0, 0.55 * plan.seconds), late)
    leaving = dict(
        zip(
            who,
            _spread(rng, 0.62 * plan.seconds, 0.72 * plan.seconds, _share(EARLY_SHARE, present)),
            strict=False,
        )
    )
    rising = set(who[-_share(RISING_SHARE, present) :]) - set(leaving)
    return tuple(
        _Errand(person, "student", enters, leaving.get(person), _rise(person, rising, rng, plan.seconds))
        for person, enters in zip(who, (*on_time_s, *late_s), strict=True)
    )


def _share(share: float, count: int) -> int:
    """Return the share of a group: of five or more, at least one."""
    return max(round(share * count), int(count >= 5))


def _rise(person: int, rising: set[int], rng: np.random.Generator, seconds: float) -> float | None:
    return float(rng.uniform(0.78, 0.88)) * seconds if person in rising else None


def _strangers(plan: SimPlan, rng: np.random.Generator) -> tuple[_Errand, ...]:
    """Every other stranger sits down, the rest just cross the room."""
    starts = rng.uniform(0.12, 0.6, plan.strangers) * plan.seconds
    return tuple(
        _Errand(plan.students + place, "stranger", float(start), None, crosses=place % 2 == 1)
        for place, start in enumerate(starts)
    )


def _spread(rng: np.random.Generator, first: float, last: float, count: int) -> tuple[float, ...]:
    """Return `count` moments, spread evenly and then shaken."""
    step = (last - first) / max(count, 1)
    return tuple(float(first + step * (place + rng.uniform(0.1, 0.9))) for place in range(count))


def _visit(errand: _Errand, seat: Spot, seconds: float, rng: np.random.Generator) -> Visit:
    speed = float(rng.uniform(1.35, 1.7))
    route = _crossing(errand, speed) if errand.crosses else _sitting(errand, seat, seconds, speed)
    gaze = invent_gaze(route, rng)
    return Visit(errand.person, errand.role, errand.enters_s, errand.leaves_s, route, gaze)


_BEHIND_THE_DOOR: Final = (Spot(DOOR_X + 0.5, WALL_Z + 0.15), Spot(DOOR_X, WALL_Z + 0.1))
_AISLE: Final = Spot(0.0, WALL_Z - 0.5)


def _crossing(errand: _Errand, speed: float) -> Route:
    out = Spot(-half_width_m(FRONT_Z) - 0.4, FRONT_Z)
    points = (*_BEHIND_THE_DOOR, _AISLE, Spot(0.0, FRONT_Z + 0.2), out)
    return walk(points, _setting_off(errand, speed), speed)


def _sitting(errand: _Errand, seat: Spot, seconds: float, speed: float) -> Route:
    row = seat.z + 0.22
    way_in = (*_BEHIND_THE_DOOR, _AISLE, Spot(0.0, row), Spot(seat.x, row), seat)
    route = walk(way_in, _setting_off(errand, speed), speed).then_sit()
    if errand.rises_s is not None and errand.rises_s > route.ends_s + 2.0:
        route = route.then_rise(errand.rises_s, stand_s=3.0)
    if errand.leaves_s is None:
        return route.until(seconds)
    side = 1.0 if seat.x > 0 else -1.0
    out = Spot(side * (half_width_m(FRONT_Z) + 0.4), FRONT_Z)
    way_out = (seat, Spot(seat.x, row), Spot(0.0, row), Spot(0.0, FRONT_Z + 0.2), out)
    return route.until(errand.leaves_s).then_stand().then_walk(way_out, speed)


def _setting_off(errand: _Errand, speed: float) -> float:
    """Return when to start behind the wall, so as to be in the door at `enters_s`."""
    hidden = abs(_BEHIND_THE_DOOR[0].x - DOOR_X) + (_BEHIND_THE_DOOR[1].z - WALL_Z)
    return errand.enters_s - hidden / speed
