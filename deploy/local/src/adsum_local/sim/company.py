"""Everybody in a lesson: their numbers, names, looks and enrolment pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Protocol

import numpy as np

from adsum_local.sim.actors import Actor, DrawnActor, dressed
from adsum_local.sim.auditions import auditions
from adsum_local.sim.bodies import draw_body
from adsum_local.sim.casting import cast
from adsum_local.sim.faces import Expression
from adsum_local.sim.heads import View, draw_head
from adsum_local.sim.names import invent_names
from adsum_local.sim.people import Person
from adsum_local.sim.plan import SimPlan
from adsum_local.sim.sprites import Canvas, Pixels, Placing, patch_of

PORTRAITS: Final = 3
PORTRAIT_PX: Final = 320
_PORTRAIT_METRE_PX: Final = 700.0


class Portraits(Protocol):
    """Gives the enrolment pictures of a student, none of which appears in the video."""

    def __call__(self, student: int) -> tuple[Pixels, ...]:
        """Return `PORTRAITS` pictures (height, width, 3)."""
        ...


@dataclass(frozen=True, slots=True)
class Company:
    """Students first, then strangers; every sequence and `actors` go by that order."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    actors: Mapping[int, Actor]
    portraits: Portraits
    notices: tuple[str, ...] = ()


def ids_of(plan: SimPlan) -> tuple[str, ...]:
    """Return student numbers from 101 on, then the strangers' ids."""
    students = (str(101 + place) for place in range(plan.students))
    return (*students, *(f"stranger-{place + 1}" for place in range(plan.strangers)))


def names_of(plan: SimPlan) -> tuple[str, ...]:
    """Invent everybody's name."""
    return invent_names(np.random.default_rng((plan.seed, 4)), plan.students + plan.strangers)


def draw_company(plan: SimPlan) -> Company:
    """Invent drawn people for this plan."""
    people = cast(np.random.default_rng((plan.seed, 0)), plan.students + plan.strangers, auditions())

    def portraits(student: int) -> tuple[Pixels, ...]:
        rng = np.random.default_rng((plan.seed, 5, student))
        return tuple(_portrait(people[student], place, rng) for place in range(PORTRAITS))

    actors = {who: DrawnActor(person) for who, person in enumerate(people)}
    return Company(ids_of(plan), names_of(plan), actors, portraits)


def _portrait(person: Person, place: int, rng: np.random.Generator) -> Pixels:
    """Draw a picture as a school takes it: facing the camera, even light, a plain wall."""
    yaw = float((-7.0, 0.0, 8.0)[place] + rng.uniform(-3, 3))
    expression = Expression(smile=float(rng.uniform(0.0, 0.6)))
    view = View(yaw, float(rng.uniform(-4, 4)), float(rng.uniform(-0.4, 0.2)), expression)
    wall = np.full((PORTRAIT_PX, PORTRAIT_PX, 3), rng.uniform(150, 205, 3), np.float64)
    canvas = Canvas(np.rint(wall).astype(np.uint8))
    upright = Placing(PORTRAIT_PX // 2, PORTRAIT_PX // 2, _PORTRAIT_METRE_PX)
    tilted = replace(upright, roll=float(rng.normal(0, 3)))
    canvas.paste(patch_of(draw_body(dressed(person), view.light, sitting=True), upright), upright)
    canvas.paste(patch_of(draw_head(person, view), tilted), tilted)
    noisy = canvas.pixels * rng.uniform(0.9, 1.08) + rng.normal(0, 2.0, canvas.pixels.shape)
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)
