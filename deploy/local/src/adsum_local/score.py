"""How well a simulated lesson was taken: the register and every named face, held against the truth.

Pure. A register that reads right is not enough: a name given to the wrong face counts, even when its
owner was in the room as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from adsum_local.quantiles import quantile

IN_THE_ROOM: Final = frozenset({"present", "late", "left_early"})

NOW_S: Final = 0.15
"""How far apart a crop and a known box may be to be of the same moment: a frame and a half."""

NEAR_S: Final = 2.0
"""How long a known box still tells where a face is that is turned away or half hidden."""

BoxXYWH = tuple[float, float, float, float]
"""x, y, width, height in pixels of the frame."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who was really there. `boxes` maps seconds of the lesson to where the face was."""

    number: str
    is_student: bool
    present: bool
    late: bool
    boxes: Mapping[float, BoxXYWH]


@dataclass(frozen=True, slots=True)
class NamedFace:
    """A track that got a name, and where its crops were cut: (seconds of the lesson, box)."""

    number: str
    crops: Sequence[tuple[float, BoxXYWH]]


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """What the register says of one student; `latency_ms` from capture to committed mark."""

    number: str
    status: str
    late: bool
    latency_ms: float | None


@dataclass(frozen=True, slots=True)
class Score:
    """The figures of `adsum demo --once --json` that hold the register against the truth."""

    truth_present: int
    marked_present: int
    correct: int
    wrong_name: int
    missed: int
    strangers_named: int
    late_correct: int
    late_wrong: int
    latency_ms: dict[str, float | None]


def score(
    people: Collection[Person], faces: Collection[NamedFace], register: Collection[RegisterLine]
) -> Score:
    """Count rights and wrongs.

    `wrong_name` counts students who were marked but were not there, and further faces (of students, or of
    nobody) that carried the name of somebody else; `strangers_named` counts strangers with a name.
    """
    present = {p.number for p in people if p.is_student and p.present}
    late = {p.number for p in people if p.is_student and p.present and p.late}
    marked = {line.number for line in register if line.status in IN_THE_ROOM}
    marked_late = {line.number for line in register if line.late}
    correct = marked & present
    strangers, wrong_faces = _misnamed(people, faces)
    right_lateness = {number for number in correct if (number in late) == (number in marked_late)}
    delays = sorted(line.latency_ms for line in register if line.latency_ms is not None)
    return Score(
        truth_present=len(present),
        marked_present=len(marked),
        correct=len(correct),
        wrong_name=len(wrong_faces | (marked - present)),
        missed=len(present - marked),
        strangers_named=len(strangers),
        late_correct=len(right_lateness),
        late_wrong=len(correct - right_lateness),
        latency_ms={"p50": quantile(delays, 0.5), "p95": quantile(delays, 0.95)},
    )


def _misnamed(people: Collection[Person], faces: Collection[NamedFace]) -> tuple[set[str], set[str]]:
    """The strangers who got a name, and the names that students or nobody bore wrongly."""
    strangers: set[str] = set()
    wrong: set[str] = set()
    for face in faces:
        owner = owner_of(face, people)
        if owner is None:
            wrong.add(face.number)
        elif not owner.is_student:
            strangers.add(owner.number)
        elif owner.number != face.number:
            wrong.add(face.number)
    return strangers, wrong


def owner_of(face: NamedFace, people: Collection[Person]) -> Person | None:
    """Whose face most crops of the track were cut from, or None where nobody was."""
    votes = Counter(
        nearest.number for at, box in face.crops if (nearest := _nearest(people, at, box)) is not None
    )
    if not votes:
        return None
    winner = votes.most_common(1)[0][0]
    return next(person for person in people if person.number == winner)


def _nearest(people: Collection[Person], at: float, box: BoxXYWH) -> Person | None:
    """Whose face it is: one that is clearly visible now, or else one that was or will be there."""
    return _nearest_within(people, at, box, NOW_S) or _nearest_within(people, at, box, NEAR_S)


def _nearest_within(people: Collection[Person], at: float, box: BoxXYWH, gap_s: float) -> Person | None:
    x, y = box[0] + box[2] / 2, box[1] + box[3] / 2
    distances = {
        person.number: distance
        for person in people
        if (true := box_at(person.boxes, at, gap_s)) is not None and (distance := _distance(true, x, y)) < 1
    }
    if not distances:
        return None
    closest = min(distances, key=distances.__getitem__)
    return next(person for person in people if person.number == closest)


def box_at(boxes: Mapping[float, BoxXYWH], at: float, gap_s: float) -> BoxXYWH | None:
    """Where the face was at `at` seconds: between the known boxes before and after it, or at the only one
    near. The truth knows the clearly visible moments; a face is somewhere in between them too."""
    before = max((t for t in boxes if at - gap_s <= t <= at), default=None)
    after = min((t for t in boxes if at <= t <= at + gap_s), default=None)
    if before is None or after is None:
        near = before if before is not None else after
        return None if near is None else boxes[near]
    share = (at - before) / (after - before) if after > before else 0.0
    x, y, width, height = (a + (b - a) * share for a, b in zip(boxes[before], boxes[after], strict=True))
    return x, y, width, height


def _distance(true: BoxXYWH, x: float, y: float) -> float:
    """How far (x, y) is from the centre, in half boxes: below 1 it is inside."""
    return max(abs(x - true[0] - true[2] / 2) / (true[2] / 2), abs(y - true[1] - true[3] / 2) / (true[3] / 2))
