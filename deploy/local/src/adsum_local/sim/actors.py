"""What every person in the room looks like from moment to moment: drawn, or cut from photos."""

from __future__ import annotations

from math import ceil, frexp, log2
from typing import Final, Protocol

from adsum_local.sim.bodies import Clothes, draw_body
from adsum_local.sim.faces import Expression
from adsum_local.sim.heads import FULL_METRE_PX, View, draw_head
from adsum_local.sim.motion import Pose
from adsum_local.sim.people import Person
from adsum_local.sim.sprites import Sprite, at_resolution

WINDOW_LIGHT: Final = -0.45
"""The daylight comes from the viewer's left."""

_STEP_DEGREES: Final = 5


def resolution_for(metre_px: float) -> float:
    """Return the power of the square root of two that is enough for `metre_px`, up to full detail."""
    return min(float(2 ** (ceil(2 * log2(metre_px)) / 2)), FULL_METRE_PX)


class Actor(Protocol):
    """A person whom the classroom can show."""

    @property
    def clothes(self) -> Clothes:
        """What the body looks like."""
        ...

    def head(self, pose: Pose, metre_px: float) -> Sprite:
        """Return the head in this pose, fit to be pasted at `metre_px` pixels a metre."""
        ...


class DrawnActor:
    """Draws each pose once, to the nearest five degrees, and keeps it."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self._drawn: dict[tuple[View, float], Sprite] = {}
        self.clothes = dressed(person)

    def head(self, pose: Pose, metre_px: float) -> Sprite:
        """Return the head in this pose, fit to be pasted at `metre_px` pixels a metre."""
        view, resolution = _nearest(pose), resolution_for(metre_px)
        if (view, resolution) not in self._drawn:
            self._drawn[view, resolution] = draw_head(self._person, view, resolution)
        return self._drawn[view, resolution]


def dressed(person: Person) -> Clothes:
    """Return what this person's body looks like."""
    return Clothes(person.head.skin, person.shirt, person.trousers, person.height_m)


class BodyStore:
    """Draws every body once for each power of two of its size."""

    def __init__(self) -> None:
        self._drawn: dict[tuple[Clothes, bool, int], Sprite] = {}

    def body(self, clothes: Clothes, metre_px: float, *, sitting: bool) -> Sprite:
        """Return the body, fit to be pasted at `metre_px` pixels a metre."""
        key = (clothes, sitting, frexp(metre_px)[1])
        if key not in self._drawn:
            full = draw_body(clothes, WINDOW_LIGHT, sitting=sitting)
            self._drawn[key] = at_resolution(full, metre_px)
        return self._drawn[key]


def _nearest(pose: Pose) -> View:
    expression = Expression(smile=float(round(pose.smile)), talk=pose.talk, shut=pose.shut)
    return View(_rounded(pose.yaw), _rounded(pose.pitch), WINDOW_LIGHT, expression)


def _rounded(degrees: float) -> float:
    return float(_STEP_DEGREES * round(degrees / _STEP_DEGREES))
