"""From a plan to a folder: `lesson.mp4`, `truth.json` and `enrolment/<student>/{1,2,3}.jpg`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from adsum_local.sim.attack import Attack, plan_attack
from adsum_local.sim.classroom import VISIBLE_SHARE, Classroom, Seen
from adsum_local.sim.company import Company, draw_company
from adsum_local.sim.photos import photo_company
from adsum_local.sim.plan import SimPlan, SimulationError
from adsum_local.sim.script import Script, Visit, write_script
from adsum_local.sim.sprites import FaceArea
from adsum_local.sim.truth import PixelBox, TrueAttack, TruePerson, Truth
from adsum_local.sim.video import writing_video

Progress = Callable[[float], None]

_IN_THE_PICTURE: Final = -1
"""Whose record is that of the face held up: nobody's number."""


@dataclass(frozen=True, slots=True)
class SimResult:
    """Where everything is, and a sentence for each thing that was left out."""

    video: Path
    truth: Path
    enrolment: Path
    notices: tuple[str, ...] = ()


@dataclass(slots=True)
class _Record:
    """What the video has shown of one person."""

    visible: list[int]
    in_room: list[int]
    boxes: dict[int, PixelBox]


def simulate(plan: SimPlan, out: Path, progress: Progress | None = None) -> SimResult:
    """Render the lesson of this plan into the folder `out`; `progress` is told the share done, 0 to 1.

    Raises `SimulationError` where the plan's photos are of no use or `out` cannot be written.
    """
    company = photo_company(plan, plan.faces) if plan.faces else draw_company(plan)
    script = write_script(plan)
    result = SimResult(out / "lesson.mp4", out / "truth.json", out / "enrolment", company.notices)
    try:
        out.mkdir(parents=True, exist_ok=True)
        _write_enrolment(company, plan, result.enrolment)
        classroom = Classroom(plan, script, company.actors)
        records = _write_video(plan, classroom, result.video, progress)
        truth = _truth(plan, script, company, records, classroom.poster)
        _write_text(result.truth, truth.model_dump_json())
    except OSError as error:
        raise SimulationError(f"cannot write to {out}: {error.strerror or error}") from error
    return result


def _write_enrolment(company: Company, plan: SimPlan, folder: Path) -> None:
    for student in range(plan.students):
        home = folder / company.ids[student]
        home.mkdir(parents=True, exist_ok=True)
        for number, picture in enumerate(company.portraits(student), start=1):
            encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 92])[1]
            (home / f"{number}.jpg").write_bytes(encoded.tobytes())


def _write_video(
    plan: SimPlan, classroom: Classroom, path: Path, progress: Progress | None
) -> dict[int, _Record]:
    records: dict[int, _Record] = defaultdict(lambda: _Record([], [], {}))
    with writing_video(path, plan.size, plan.fps) as video:
        for index in range(plan.frames):
            frame = classroom.frame(index)
            video.write(frame.pixels)
            for seen in frame.faces:
                _note(records[seen.person], seen, index)
            if frame.held:
                _note(records[_IN_THE_PICTURE], frame.held, index)
            if progress:
                progress((index + 1) / plan.frames)
    return records


def _note(record: _Record, seen: Seen, index: int) -> None:
    record.in_room.append(index)
    if seen.share >= VISIBLE_SHARE:
        record.visible.append(index)
        record.boxes[index] = _pixel_box(seen.face)


def _pixel_box(face: FaceArea) -> PixelBox:
    corner = face.x - face.width / 2, face.y - face.height / 2
    return round(corner[0]), round(corner[1]), round(face.width), round(face.height)


def _truth(
    plan: SimPlan, script: Script, company: Company, records: dict[int, _Record], poster: FaceArea | None
) -> Truth:
    visits = {visit.person: visit for visit in script.visits}
    nothing = _Record([], [], {})
    return Truth(
        seed=plan.seed,
        fps=plan.fps,
        size=plan.size,
        frames=plan.frames,
        lesson_s=plan.seconds,
        late_after_s=script.late_after_s,
        people=tuple(
            _person(plan, script, company, visits.get(who), records.get(who, nothing), who)
            for who in range(plan.students + plan.strangers)
        ),
        poster=_pixel_box(poster) if poster else None,
        attack=_attack(plan_attack(plan, script), company, records.get(_IN_THE_PICTURE, nothing)),
    )


def _attack(attack: Attack | None, company: Company, record: _Record) -> TrueAttack | None:
    if attack is None:
        return None
    return TrueAttack(
        kind=attack.kind,
        shows=company.ids[attack.victim],
        held_by=company.ids[attack.impostor],
        starts_s=attack.starts_s,
        ends_s=attack.ends_s,
        boxes=record.boxes,
    )


def _person(
    plan: SimPlan, script: Script, company: Company, visit: Visit | None, record: _Record, who: int
) -> TruePerson:
    student = who < plan.students
    return TruePerson(
        id=company.ids[who],
        name=company.names[who],
        role="student" if student else "stranger",
        present=visit is not None,
        intervals=_intervals(record.in_room),
        first_visible_s=record.visible[0] / plan.fps if record.visible else None,
        last_visible_s=record.visible[-1] / plan.fps if record.visible else None,
        late=visit is not None and student and script.late(visit),
        left_early=visit is not None and visit.leaves_s is not None,
        boxes=record.boxes,
    )


def _intervals(frames: list[int]) -> tuple[tuple[int, int], ...]:
    """Return the runs of consecutive frame numbers as (first, last)."""
    if not frames:
        return ()
    numbers = np.array(frames)
    breaks = np.flatnonzero(np.diff(numbers) > 1)
    firsts, lasts = np.r_[0, breaks + 1], np.r_[breaks, len(numbers) - 1]
    return tuple((int(numbers[a]), int(numbers[b])) for a, b in zip(firsts, lasts, strict=True))


def _write_text(path: Path, text: str) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, "utf-8")
    part.replace(path)
