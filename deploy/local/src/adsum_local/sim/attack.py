"""An impostor holds an absent student's face up to the camera: who, whose, when, and how the hand moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from adsum_local.sim.plan import AttackKind, SimPlan
from adsum_local.sim.script import Script, Visit

HELD_FROM: Final = 0.38
HELD_UNTIL: Final = 0.72
"""The shares of the lesson between which a picture is held up: who sits by then, sits on."""

REACH_M: Final = 0.3
"""How far before the body the picture is held."""

LIFT_S: Final = 0.6
_LIFT_M: Final = 0.45

_FARTHEST_M: Final[dict[AttackKind, float]] = {"photo": 4.2, "phone": 3.3}
"""Behind these rows the face in the picture is too small for anybody to be fooled."""

_SWINGS: Final = np.array([(0.014, 0.006), (0.010, 0.005), (0.012, 0.004), (3.0, 1.2), (7.0, 3.0)])
"""A slow and a quick swing of x, height, distance (metres), roll and turn (degrees)."""

_SLOW_HZ, _QUICK_HZ = 0.3, 0.95


@dataclass(frozen=True, slots=True)
class Hold:
    """Where the held picture is at one moment, from the middle of the impostor's face: metres, degrees."""

    dx: float
    dy: float
    dz: float
    roll: float
    turn: float


@dataclass(frozen=True, slots=True)
class Attack:
    """`impostor` holds the face of `victim` up; both are numbers of `Visit.person`.

    `beside_m` is how far beside the impostor's own face; `phases` (5, 2) are those of the hand's swings.
    """

    kind: AttackKind
    impostor: int
    victim: int
    starts_s: float
    ends_s: float
    beside_m: float
    phases: NDArray[np.float64]

    def at(self, time_s: float) -> Hold | None:
        """Return how the picture is held at this time, None while it is not."""
        if not self.starts_s <= time_s <= self.ends_s:
            return None
        slow = np.sin(2 * np.pi * _SLOW_HZ * time_s + self.phases[:, 0])
        quick = np.sin(2 * np.pi * _QUICK_HZ * time_s + self.phases[:, 1])
        dx, dy, dz, roll, turn = (float(v) for v in _SWINGS[:, 0] * slow + _SWINGS[:, 1] * quick)
        lifted = min((time_s - self.starts_s) / LIFT_S, (self.ends_s - time_s) / LIFT_S, 1.0)
        return Hold(self.beside_m + dx, dy - _LIFT_M * (1.0 - lifted), dz - REACH_M, roll, turn)


def plan_attack(plan: SimPlan, script: Script) -> Attack | None:
    """Choose who holds up whose face in this lesson: a sitter near the camera, and somebody absent."""
    if plan.attack is None:
        return None
    rng = np.random.default_rng((plan.seed, 8))
    starts, ends = HELD_FROM * plan.seconds, HELD_UNTIL * plan.seconds
    sitters = sorted(
        (visit for visit in script.visits if _sits(visit, starts, ends)),
        key=lambda visit: _distance(visit, starts),
    )
    near = [visit for visit in sitters if _distance(visit, starts) <= _FARTHEST_M[plan.attack]]
    impostor = (near or sitters[:1])[int(rng.integers(max(len(near), 1)))]
    here = {visit.person for visit in script.visits}
    absent = [student for student in range(plan.students) if student not in here]
    return Attack(
        kind=plan.attack,
        impostor=impostor.person,
        victim=absent[int(rng.integers(len(absent)))],
        starts_s=starts,
        ends_s=ends,
        beside_m=0.0 if plan.attack == "photo" else float(rng.choice((-0.24, 0.24))),
        phases=rng.uniform(0, 2 * np.pi, _SWINGS.shape),
    )


def _sits(visit: Visit, starts_s: float, ends_s: float) -> bool:
    """Tell whether somebody sits from before the start until after the end, and does not get up between."""
    if visit.leaves_s is not None and visit.leaves_s < ends_s:
        return False
    places = [visit.route.at(time_s) for time_s in np.linspace(starts_s, ends_s, 20).tolist()]
    return all(place is not None and place.sits >= 1.0 for place in places)


def _distance(visit: Visit, time_s: float) -> float:
    place = visit.route.at(time_s)
    return np.inf if place is None else place.z
