"""Drawn lessons to measure with, and their truth; films that are kept in a folder are drawn once."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import cv2

from adsum_local.sim import SimPlan, Truth, load_truth, simulate


@dataclass(frozen=True, slots=True)
class Film:
    """One lesson: the video, who was there, and the folder of enrolment pictures."""

    video: Path
    truth: Truth
    enrolment: Path

    @property
    def present(self) -> int:
        """How many students came."""
        return sum(person.present and person.role == "student" for person in self.truth.people)

    @property
    def faces(self) -> int:
        """How many clearly visible faces of students there are, counted anew in every frame."""
        return sum(len(person.boxes) for person in self.truth.people if person.role == "student")


def draw_films(plans: Sequence[SimPlan], folder: Path) -> tuple[Film, ...]:
    """Draw the lessons that are not in the folder yet, on as many cores as there are."""
    homes = [folder / _name(plan) for plan in plans]
    missing = [(plan, home) for plan, home in zip(plans, homes, strict=True) if not _is_drawn(home)]
    if missing:
        with ProcessPoolExecutor(mp_context=get_context("spawn")) as painters:
            list(painters.map(_draw, *zip(*missing, strict=True)))
    return tuple(
        Film(home / "lesson.mp4", load_truth(home / "truth.json"), home / "enrolment") for home in homes
    )


def _draw(plan: SimPlan, home: Path) -> None:
    cv2.setNumThreads(1)
    simulate(plan, home)


def _name(plan: SimPlan) -> str:
    width, height = plan.size
    people = f"{plan.students}+{plan.strangers}"
    extras = f"{plan.attack or 'plain'}{'-poster' if plan.poster else ''}"
    return f"{width}x{height}-{plan.seconds:g}s-{plan.fps}fps-{people}-{extras}-{plan.seed}"


def _is_drawn(home: Path) -> bool:
    return (home / "truth.json").exists()  # written last
