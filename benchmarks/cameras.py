"""How many classrooms one core, and this machine, carry: 1920x1080, 30 students each, 10 frames a second.

Real agents watch drawn lessons; see docs/decisions/0022-how-cameras-are-measured.md. The same lesson is
watched as a user would do it by hand, and both registers are judged by the same rules.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from adsum_local.score import Score
from adsum_local.sim import SimPlan
from adsum_recognizer.handlers.looking import look
from adsum_vision.judge import Accepted
from adsum_vision.quality import MATCHING
from benchmarks.by_hand import ByHand, watch_by_hand
from benchmarks.curve import Line, curve
from benchmarks.films import Film, draw_films
from benchmarks.fleet import Load, SimCamera, cameras_on, watch
from benchmarks.judge import Judge, Roster, SeenFace, judging
from benchmarks.measure import Asked, Report

PICTURE = Path(__file__).parents[1] / "docs" / "images" / "cameras.svg"
GOAL = 8
"""Cameras that two cores are to carry without losing a student."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured: films, students, the numbers of cameras, seconds at each of them, which numbers
    of cameras watch a whole lesson and are judged, and how often the by-hand way looks."""

    films: int
    students: int
    seconds: float
    counts: tuple[int, ...]
    window_s: float
    judged: tuple[int, ...]
    by_hand_every_s: float


SIZES = {
    "quick": Size(1, 12, 30.0, (1, 2), 5.0, (1,), 6.0),
    "usual": Size(2, 30, 120.0, (1, 2, 4, 8, 12, 16), 12.0, (1, GOAL), 3.0),
    "long": Size(3, 30, 120.0, (1, 2, 4, 8, 12, 16), 120.0, (1, GOAL), 1.0),
}


@dataclass(frozen=True, slots=True)
class Point:
    """One number of cameras: what they cost, and, where a whole lesson was judged, what came of it."""

    cameras: int
    cores: float
    cores_each: float
    frames_a_second_each: float
    looks_a_second_each: float
    dropped_share: float
    crops_each: float | None = None
    register: dict[str, Any] | None = None


def run(asked: Asked) -> Report:
    """Draw the films, watch them both ways, judge, and report."""
    size = SIZES["quick" if asked.quick else "long" if asked.long else "usual"]
    films = _films(size, asked)
    with judging() as judge:
        asked.tell("enrolling")
        rosters = [judge.enrol(film) for film in films]
        asked.tell("watching a lesson by hand")
        hand = watch_by_hand(films[0], size.by_hand_every_s)
        hand_score = judge.by_single_faces(hand.faces, rosters[0])
        points = [_point(count, size, rosters, judge, asked) for count in size.counts]
    return _report(points, films, hand, hand_score, size)


def _films(size: Size, asked: Asked) -> tuple[Film, ...]:
    asked.tell(f"drawing {size.films} lessons of {size.students} students")
    plans = [
        SimPlan(
            students=size.students, strangers=2, seed=seed, size=(1920, 1080), fps=10, seconds=size.seconds
        )
        for seed in range(1, size.films + 1)
    ]
    return draw_films(plans, asked.films or Path("films"))


def _point(count: int, size: Size, rosters: Sequence[Roster], judge: Judge, asked: Asked) -> Point:
    whole = count in size.judged
    seconds = size.seconds if whole else size.window_s
    asked.tell(f"{count} cameras for {seconds:g} s")
    load = watch(cameras_on([roster.film for roster in rosters], count), seconds)
    crops = sum(len(faces) for faces in load.faces.values())
    return Point(
        cameras=count,
        cores=round(load.cores, 3),
        cores_each=round(load.cores / count, 4),
        frames_a_second_each=round(load.frames / load.seconds / count, 2),
        looks_a_second_each=round(load.looks / load.seconds / count, 2),
        dropped_share=round(load.dropped_share, 4),
        crops_each=round(crops / count, 1) if whole else None,
        register=_registers(load, rosters, judge, asked) if whole else None,
    )


def _registers(load: Load, rosters: Sequence[Roster], judge: Judge, asked: Asked) -> dict[str, Any]:
    """Judge every camera's register, and add them up."""
    scores = []
    for place, camera in enumerate(load.cameras):
        asked.tell(f"judging register {place + 1} of {len(load.cameras)}")
        roster = next(each for each in rosters if each.film is camera.film)
        scores.append(judge.by_tracks(_faces(load, camera), roster))
    return _summed(scores)


def _faces(load: Load, camera: SimCamera) -> list[SeenFace]:
    faces = []
    for event, jpeg in load.faces[camera.id]:
        seen = look(jpeg, event.face, MATCHING)
        if isinstance(seen, Accepted):
            elapsed = (event.captured_at - camera.starts_at).total_seconds()
            box = event.frame_box
            faces.append(
                SeenFace(
                    crop=seen.crop,
                    at=event.captured_at,
                    second=elapsed % camera.film.truth.lesson_s,
                    box=(box.x, box.y, box.width, box.height),
                    camera=camera.id,
                    track=event.track_id,
                    track_started_at=event.track_started_at,
                )
            )
    return faces


def _summed(scores: Sequence[Score]) -> dict[str, Any]:
    """Add up registers; every one is of a whole lesson."""
    names = ("truth_present", "correct", "missed", "wrong_name", "strangers_named")
    return {"registers": len(scores)} | {name: sum(getattr(each, name) for each in scores) for name in names}


def _report(
    points: Sequence[Point], films: Sequence[Film], hand: ByHand, hand_score: Score, size: Size
) -> Report:
    judged = [point for point in points if point.register is not None]
    hand_cores = hand.cpu_per_frame_s * films[0].truth.fps
    figures = {
        "size": asdict(size),
        "cameras": [
            asdict(point) | {"times_less_cpu": round(hand_cores / point.cores_each, 1)} for point in points
        ],
        "by_hand": {
            "cores_each": round(hand_cores, 3),
            "cpu_ms_per_frame": round(1000 * hand.cpu_per_frame_s, 1),
            "frames_looked_at": len(hand.cpu_s),
            "faces_each_lesson": round(hand.faces_per_frame * films[0].truth.frames),
            "register": _summed([hand_score]),
        },
        "times_less_cpu": {str(point.cameras): round(hand_cores / point.cores_each, 1) for point in judged},
        "cameras_a_core_carries": _carried(judged),
        "crops_per_student_and_lesson": _per_student(judged[-1].crops_each, films),
        "faces_per_student_and_lesson": round(sum(f.faces for f in films) / sum(f.present for f in films), 1),
    }
    pictures = {} if size is SIZES["quick"] else {PICTURE: _picture(points, hand_cores)}
    return Report((_table(points, figures), _comparison(figures)), figures, pictures)


def _carried(judged: Sequence[Point]) -> float | None:
    """Return how many cameras a core carries, by the largest number of them that lost no student."""
    complete = [point for point in judged if point.register and not point.register["missed"]]
    return round(1 / complete[-1].cores_each, 1) if complete else None


def _per_student(crops: float | None, films: Sequence[Film]) -> float:
    return round((crops or 0.0) * len(films) / sum(film.present for film in films), 1)


def _table(points: Sequence[Point], figures: dict[str, Any]) -> Table:
    table = Table(
        title="Classrooms of 1920x1080 on this machine",
        caption=f"one core carries {figures['cameras_a_core_carries'] or '?'} cameras and loses nobody; "
        "found, lost, wrong: people, over all registers of whole lessons; other rows are a busy moment",
    )
    for heading in (
        "cameras",
        "cores",
        "cores each",
        "less CPU",
        "looks/s",
        "dropped",
        "crops",
        "found",
        "lost",
        "wrong",
    ):
        table.add_column(heading, justify="right")
    for point in points:
        register = point.register
        table.add_row(
            str(point.cameras),
            f"{point.cores:.2f}",
            f"{point.cores_each:.3f}",
            f"{figures['by_hand']['cores_each'] / point.cores_each:.1f} x",
            f"{point.looks_a_second_each:.1f}",
            f"{point.dropped_share:.1%}",
            "" if point.crops_each is None else f"{point.crops_each:.0f}",
            *_counts(register),
        )
    return table


def _counts(register: dict[str, Any] | None) -> tuple[str, str, str]:
    if register is None:
        return "", "", ""
    wrong = register["wrong_name"] + register["strangers_named"]
    return f"{register['correct']} of {register['truth_present']}", str(register["missed"]), str(wrong)


def _comparison(figures: dict[str, Any]) -> Table:
    judged = [point for point in figures["cameras"] if point["register"]][-1]
    hand = figures["by_hand"]
    table = Table(
        title=f"A camera of {judged['cameras']}, watched by us and by hand",
        caption=f"{judged['times_less_cpu']} times less CPU; "
        "by hand: facenet-pytorch's MTCNN on every frame, detection alone counted",
    )
    for heading in ("", "adsum", "by hand"):
        table.add_column(heading, justify="left" if not heading else "right")
    table.add_row("cores a camera", f"{judged['cores_each']:.3f}", f"{hand['cores_each']:.2f}")
    table.add_row(
        "faces to embed, per student and lesson",
        f"{figures['crops_per_student_and_lesson']:.1f}",
        f"{figures['faces_per_student_and_lesson']:.1f}",
    )
    for heading, place in (("students found", 0), ("lost", 1), ("wrong names", 2)):
        ours, theirs = _counts(judged["register"])[place], _counts(hand["register"])[place]
        table.add_row(heading, ours, theirs)
    return table


def _picture(points: Sequence[Point], hand_cores: float) -> str:
    ours = Line("adsum", "#0f766e", [(point.cameras, point.cores) for point in points])
    theirs = Line(
        "by hand",
        "#b45309",
        [(point.cameras, point.cameras * hand_cores) for point in points],
        extrapolated=True,
    )
    return curve(
        "CPU cores that cameras keep busy",
        "adsum: measured; by hand: one camera measured, times the number of cameras",
        (ours, theirs),
        os.cpu_count() or 1,
    )
